"""`migrate config` and `config show` on the command line: what they write, print and end with."""

# ruff: noqa: ANN401 - a mark of pytest, a fixture

from __future__ import annotations

import json
import os
import re
import resource
import stat
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from programs import Result, RunCli
from schema import load, problems
from trees import Tree, snapshot

import codex_action
from codex_action.config import places, yaml12

CASES = Path(__file__).parents[1] / "cases/config"
INPUTS = [
    path
    for path in sorted((CASES / "samples").iterdir()) + sorted((CASES / "formats").iterdir())
    if path.suffix in (".yaml", ".json") and ".after." not in path.name and path.stem != "F10"
]
YAML = [path for path in INPUTS if path.suffix == ".yaml"]
CANONICAL = ".fractary/codex/config.yaml"
PLUGIN = ".fractary/plugins/codex/config.json"
UNIFIED = ".fractary/config.yaml"
OLD = (CASES / "samples/F4-v4.0-real-commented.yaml").read_bytes()
OLD_JSON = (CASES / "samples/F1-plugin-v2.0-project.json").read_bytes()
V3 = 'schema_version: "3.0"\n'
# The package under test, wherever the suite runs from.
HERE = {"PYTHONPATH": str(Path(codex_action.__file__).parents[1])}
MODULE = (sys.executable, "-m", "codex_action")


@pytest.fixture(autouse=True)
def _no_shared_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(places, "GLOBAL", str(tmp_path / "no-such-file"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "no-such-folder"))


def place_of(path: Path) -> str:
    """Where a file of this format stands in a project."""
    if path.suffix == ".json":
        return PLUGIN
    return UNIFIED if "codex" in yaml12.read(path.read_bytes()).data else CANONICAL


def result_of(place: str) -> str:
    return CANONICAL if place == PLUGIN else place


def state(tree: Tree) -> dict[str, Any]:
    return {name: row for name, row in snapshot(tree.root).items() if not name.startswith(".git/")}


def conforms(result: Result) -> dict[str, Any]:
    schema = load("migrate-config")
    assert list(problems(result.data, schema)) == []
    for file in result.data["files"]:
        assert file.keys() == schema["$defs"]["file"]["properties"].keys()
    return result.data


def only(result: Result) -> dict[str, Any]:
    (file,) = conforms(result)["files"]
    return file


def each(paths: list[Path]) -> Any:
    return pytest.mark.parametrize("path", [pytest.param(path, id=path.stem) for path in paths])


@each(INPUTS)
def test_the_way_of_every_format(path: Path, make_project: Callable[..., Tree], run_cli: RunCli) -> None:
    place = place_of(path)
    project = make_project({place: path.read_bytes()})
    untouched = state(project)
    dry = run_cli("migrate", "config", cwd=project.root)
    assert (dry.code, dry.err) == (1, "")
    assert dry.out.startswith(f"{place}: format F")
    assert "(--write does it)" in dry.out
    assert f"+++ b/{result_of(place)}" in dry.out
    file = only(run_cli("migrate", "config", "--json", cwd=project.root))
    assert state(project) == untouched
    assert (file["path"], file["output"]) == (place, result_of(place))
    assert (file["needs_migration"], file["written"]) == (True, False)
    golden = yaml12.read((CASES / f"formats/{path.stem}.after.yaml").read_bytes()).data
    assert file["format"] == golden["detection"].split(" | ")[1]
    assert file["changes"]

    wrote = run_cli("migrate", "config", "--write", "--json", cwd=project.root)
    assert wrote.code == 1
    assert {**file, "written": True} == only(wrote)
    after = project.read(result_of(place))
    data = yaml12.read(after).data
    assert data.get("codex", data)["schema_version"] == "3.0"
    if place == PLUGIN:
        assert project.read(PLUGIN) == path.read_bytes()
    else:
        for line in path.read_bytes().splitlines():
            if line.strip().startswith(b"#"):
                assert line.strip() in after
    assert state(project).keys() - untouched.keys() <= {CANONICAL, ".fractary/codex"}

    settled = state(project)
    again = run_cli("migrate", "config", "--write", cwd=project.root)
    assert (again.code, again.err) == (0, "")
    assert state(project) == settled
    shown = run_cli("config", "show", "--json", cwd=project.root)
    assert shown.code == 0
    assert list(problems(shown.data, load("config-show"))) == []
    assert shown.data["file"] == result_of(place)
    assert [p for p in shown.data["problems"] if p["severity"] == "error"] == []


FORMS: dict[str, Callable[[bytes], bytes]] = {
    "crlf": lambda text: text.replace(b"\n", b"\r\n"),
    "bom": lambda text: b"\xef\xbb\xbf" + text,
    "crlf-bom": lambda text: b"\xef\xbb\xbf" + text.replace(b"\n", b"\r\n"),
    "four-spaces": lambda text: re.sub(
        rb"(?m)^( *)(- +)?", lambda found: found[1] * 2 + (b"-   " if found[2] else b""), text
    ),
    "long-line": lambda text: (
        text + b"# " + b"y" * 400 + b"\nlong_line: " + b"x" * 300 + b"  # " + b"y" * 300 + b"\n"
    ),
    "tab-in-a-comment": lambda text: (
        b"# tab\there\n" + re.sub(rb"(?m)^(\w+:(?: \w+)?)$", rb"\1\t# a\ttab", text)
    ),
    "marked": lambda text: b"---\n" + text,
    "no-last-line-end": lambda text: text.rstrip(b"\n"),
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
@each(YAML)
def test_every_form_of_a_file(
    path: Path, form: Callable[[bytes], bytes], make_project: Callable[..., Tree], run_cli: RunCli
) -> None:
    before = form(path.read_bytes())
    place = place_of(path)
    project = make_project({place: before})
    assert run_cli("migrate", "config", "--write", cwd=project.root).code == 1
    after = project.read(place)
    assert after.startswith(b"\xef\xbb\xbf") == before.startswith(b"\xef\xbb\xbf")
    assert (b"\r\n" in after) == (b"\r\n" in before)
    assert after.count(b"\n") == after.count(b"\r\n") or b"\r\n" not in before
    comments = re.findall(rb"(?m)^[ ]*(#[^\r\n]*)", before) + re.findall(rb"# a\ttab|# y+", before)
    for comment in comments:
        assert comment in after
    assert after.endswith(b"\n") == before.endswith(b"\n") or path.stem == "F11-section"
    settled = state(project)
    assert run_cli("migrate", "config", "--write", cwd=project.root).code == 0
    assert state(project) == settled


def test_text_of_a_run(make_project: Callable[..., Tree], run_cli: RunCli) -> None:
    project = make_project(
        {CANONICAL: "version: '4.0'\norganization: umbrella  # ours\ncache:\n  ttl_days: 2\nauto_sync: yes\n"}
    )
    result = run_cli("migrate", "config", cwd=project.root)
    assert result.out.splitlines()[:7] == [
        f"{CANONICAL}: format F4: It has the key 'version' of the plugin's YAML (F4); to be migrated (--write does it)",
        "  move      version -> extensions.migrated_from",
        "  move      organization -> codex_repo.organization",
        "  convert   cache.ttl_days -> cache.ttl_seconds  (2 became 172800)",
        "  extension auto_sync -> extensions.auto_sync",
        f"  {CANONICAL}:5:12: warning: auto_sync: yes is text in YAML 1.2 and true in YAML 1.1; quote it or write it out",
        "",
    ]
    assert "+  organization: umbrella  # ours" in result.out.splitlines()
    quiet = run_cli("migrate", "config", "--write", cwd=project.root).out
    assert "; migrated\n" in quiet
    assert "+++" not in quiet


def test_diff_with_write(make_project: Callable[..., Tree], run_cli: RunCli) -> None:
    project = make_project({CANONICAL: OLD})
    dry = run_cli("migrate", "config", "--diff", cwd=project.root).out
    assert dry == run_cli("migrate", "config", cwd=project.root).out
    wrote = run_cli("migrate", "config", "--diff", "--write", cwd=project.root).out
    assert wrote.partition("\n")[2] == dry.partition("\n")[2]
    assert project.read(CANONICAL) != OLD


def test_the_diff_is_the_change(make_project: Callable[..., Tree], run_cli: RunCli) -> None:
    project = make_project({CANONICAL: OLD})
    project.commit()
    lines = run_cli("migrate", "config", cwd=project.root).out.partition("\n\n")[2].splitlines()
    run_cli("migrate", "config", "--write", cwd=project.root)
    theirs = project.git("diff", "--no-color", "--diff-algorithm=myers")
    added = sorted(line for line in project.read(CANONICAL).decode().splitlines() if f"+{line}" in lines)
    assert added
    assert f"+++ b/{CANONICAL}" in theirs
    removed = [line for line in lines if line.startswith("-") and not line.startswith("---")]
    assert all(line[1:] in OLD.decode() for line in removed)


@pytest.mark.parametrize("color", ["always", "never"])
def test_colors(color: str, make_project: Callable[..., Tree], run_cli: RunCli) -> None:
    project = make_project({CANONICAL: OLD})
    assert ("\x1b[3" in run_cli("migrate", "config", "--color", color, cwd=project.root).out) == (
        color == "always"
    )


def test_json_becomes_yaml(make_project: Callable[..., Tree], run_cli: RunCli) -> None:
    project = make_project({PLUGIN: OLD_JSON})
    assert run_cli("migrate", "config", "--write", cwd=project.root).code == 1
    assert project.read(PLUGIN) == OLD_JSON
    assert b"# from " in project.read(CANONICAL)
    assert stat.S_IMODE((project.root / CANONICAL).stat().st_mode) == 0o644
    file = only(run_cli("migrate", "config", PLUGIN, "--json", cwd=project.root))
    assert (file["needs_migration"], file["note"]) == (False, f"{CANONICAL} is there already and in force")


@pytest.mark.parametrize("write", [True, False], ids=["write", "dry"])
def test_remove_source(write: bool, make_project: Callable[..., Tree], run_cli: RunCli) -> None:  # noqa: FBT001
    project = make_project({PLUGIN: OLD_JSON})
    options = ["--write"] if write else []
    result = run_cli("migrate", "config", "--remove-source", "--json", *options, cwd=project.root)
    assert result.code == 1
    assert only(result)["removed_source"] is write
    assert (project.root / PLUGIN).exists() is not write
    assert (project.root / CANONICAL).exists() is write


@pytest.mark.parametrize(
    "edited", [None, CANONICAL, PLUGIN], ids=["as-migrated", "yaml-edited", "json-edited"]
)
def test_remove_source_after_an_earlier_run(
    edited: str | None, make_project: Callable[..., Tree], run_cli: RunCli
) -> None:
    project = make_project({PLUGIN: OLD_JSON})
    run_cli("migrate", "config", "--write", cwd=project.root)
    if edited == CANONICAL:
        project.write({CANONICAL: project.read(CANONICAL) + b"project: edited\n"})
    elif edited == PLUGIN:
        project.write({PLUGIN: project.read(PLUGIN).replace(b"{", b'{"edited": 1, ', 1)})
    written = project.read(CANONICAL)
    result = run_cli("migrate", "config", PLUGIN, "--write", "--remove-source", "--json", cwd=project.root)
    file = only(result)
    assert (result.code, file["removed_source"]) == (0, edited is None)
    assert (project.root / PLUGIN).exists() is (edited is not None)
    assert project.read(CANONICAL) == written
    words = (
        "with other settings: this file is kept"
        if edited
        else "with the same settings: this file was removed"
    )
    assert file["note"] == f"{CANONICAL} is there already and in force {words}"


def test_remove_source_keeps_its_file_where_the_yaml_cannot_be_read(
    make_project: Callable[..., Tree], run_cli: RunCli
) -> None:
    project = make_project({PLUGIN: OLD_JSON, CANONICAL: "a: [\n"})
    result = run_cli("migrate", "config", PLUGIN, "--write", "--remove-source", cwd=project.root)
    assert result.code == 3
    assert f"Error: {CANONICAL}:" in result.out
    assert project.read(PLUGIN) == OLD_JSON


def test_remove_source_never_removes_what_was_rewritten_or_not_migrated(
    make_project: Callable[..., Tree], run_cli: RunCli
) -> None:
    project = make_project({CANONICAL: OLD, PLUGIN: OLD_JSON})
    result = run_cli("migrate", "config", "--write", "--remove-source", "--json", cwd=project.root)
    assert [
        (file["path"], file["written"], file["removed_source"]) for file in conforms(result)["files"]
    ] == [
        (CANONICAL, True, False),
        (PLUGIN, False, False),
    ]
    assert project.read(PLUGIN) == OLD_JSON


def test_output(make_project: Callable[..., Tree], run_cli: RunCli) -> None:
    project = make_project({CANONICAL: OLD, "deep/er/x": ""})
    result = run_cli("migrate", "config", "--output", "new/v3.yaml", "--json", cwd=project.root)
    assert (result.code, only(result)["output"], only(result)["written"]) == (1, "new/v3.yaml", True)
    assert project.read(CANONICAL) == OLD
    run_cli("migrate", "config", "--write", cwd=project.root)
    assert project.read("new/v3.yaml") == project.read(CANONICAL)


def test_output_and_files_count_from_where_one_is(
    make_project: Callable[..., Tree], run_cli: RunCli, tmp_path: Path
) -> None:
    project = make_project({"deep/er/old.yaml": OLD})
    result = run_cli("migrate", "config", "old.yaml", "--output", "../new.yaml", cwd=project.root / "deep/er")
    assert (result.code, result.err) == (1, "")
    assert (project.root / "deep/new.yaml").exists()
    result = run_cli(
        "migrate", "config", "old.yaml", "--output", "../../../out.yaml", cwd=project.root / "deep/er"
    )
    assert (result.code, result.err) == (1, "")
    assert (tmp_path / "out.yaml").read_bytes() == (project.root / "deep/new.yaml").read_bytes()
    other = make_project({"x.yaml": OLD}, name="other")
    result = run_cli("migrate", "config", "../../../other/x.yaml", "--write", cwd=project.root / "deep/er")
    assert (result.code, result.err) == (1, "")
    assert other.read("x.yaml") != OLD


def test_output_takes_one_file(make_project: Callable[..., Tree], run_cli: RunCli) -> None:
    project = make_project({CANONICAL: OLD, PLUGIN: OLD_JSON})
    result = run_cli("migrate", "config", "--output", "x.yaml", cwd=project.root)
    assert (result.code, result.out) == (2, "")
    assert result.err == "Error: --output takes one file, not 2\nHint: name the file to migrate\n"


@pytest.mark.parametrize("what", ["pipe", "folder", "below a file"])
def test_an_output_that_is_no_file(what: str, make_project: Callable[..., Tree], run_cli: RunCli) -> None:
    project = make_project({CANONICAL: OLD, "x/file": "x"})
    target = {"pipe": "p", "folder": "x", "below a file": "x/file/y"}[what]
    if what == "pipe":
        os.mkfifo(project.root / "p")
    before = state(project)
    result = run_cli("migrate", "config", "--output", target, cwd=project.root)
    assert (result.code, result.out) == (5, "")
    assert result.err.startswith(f"Error: cannot write {target}: ")
    assert state(project) == before


@pytest.mark.parametrize(
    ("files", "code"),
    [
        ({}, 0),
        ({CANONICAL: V3}, 0),
        ({CANONICAL: V3 + "projekt: x\n"}, 0),
        ({CANONICAL: OLD}, 1),
        ({CANONICAL: V3 + "project: [x]\n"}, 3),
        ({CANONICAL: "a: [\n"}, 3),
        ({CANONICAL: OLD, PLUGIN: "{"}, 3),
        ({CANONICAL: "- a\n"}, 3),
        ({UNIFIED: "logs: {}\n"}, 0),
        ({CANONICAL: "something: else\n"}, 0),
        ({CANONICAL: ""}, 0),
    ],
    ids=[
        "nothing",
        "v3",
        "a warning",
        "old",
        "wrong",
        "broken",
        "one broken",
        "a list",
        "others' file",
        "unknown",
        "empty",
    ],
)
@pytest.mark.parametrize("options", [(), ("--write",), ("--json",)], ids=" ".join)
def test_exit_codes(
    files: dict[str, Any],
    code: int,
    options: tuple[str, ...],
    make_project: Callable[..., Tree],
    run_cli: RunCli,
) -> None:
    project = make_project(files)
    result = run_cli("migrate", "config", *options, cwd=project.root)
    assert result.code == code
    assert "Traceback" not in result.out + result.err
    if options == ("--json",):
        conforms(result)
    if not files:
        assert result.err == ""
        assert (
            "--json" in options
            or result.out == "There is no configuration here; codex-action init writes one.\n"
        )


def test_one_broken_file_does_not_keep_others(make_project: Callable[..., Tree], run_cli: RunCli) -> None:
    project = make_project({CANONICAL: "a: [\n", PLUGIN: OLD_JSON, ".fractary/codex.yaml": OLD})
    result = run_cli("migrate", "config", "--write", "--json", cwd=project.root)
    document = conforms(result)
    assert result.code == 3
    assert [(file["path"], file["written"]) for file in document["files"]] == [
        (".fractary/codex.yaml", True),
        (PLUGIN, False),
    ]
    (failure,) = document["failures"]
    assert failure["path"] == CANONICAL
    assert failure["problems"][0]["line"] == 2
    text = run_cli("migrate", "config", cwd=project.root).out
    assert f"Error: {CANONICAL}:2:1: " in text


def test_a_file_that_is_not_there(project: Tree, run_cli: RunCli) -> None:
    result = run_cli("migrate", "config", "gone.yaml", cwd=project.root)
    assert (result.code, result.out, result.err) == (2, "", "Error: there is no file 'gone.yaml'\n")
    assert (
        run_cli("migrate", "config", "gone.yaml", "--json", cwd=project.root).data["error"]["exit_code"] == 2
    )


@pytest.mark.parametrize("kind", ["file", "folder", "target"])
def test_a_link_out_of_the_repository(
    kind: str, make_project: Callable[..., Tree], run_cli: RunCli, tmp_path: Path
) -> None:
    out = Tree(tmp_path / "out").write({"config.yaml": OLD})
    project = make_project({PLUGIN: OLD_JSON} if kind == "target" else {".fractary/x": ""})
    if kind == "file":
        (project.root / ".fractary/codex").mkdir()
        (project.root / CANONICAL).symlink_to(out.root / "config.yaml")
    else:
        (project.root / ".fractary/codex").symlink_to(out.root)
    if kind == "target":
        (out.root / "config.yaml").unlink()
    before = snapshot(out.root)
    result = run_cli("migrate", "config", "--write", cwd=project.root)
    assert result.code == 3
    assert f"Error: {CANONICAL}: is a link out of the repository\n" in result.out
    assert snapshot(out.root) == before


def test_a_link_inside_the_repository_is_followed(make_project: Callable[..., Tree], run_cli: RunCli) -> None:
    project = make_project({"settings.yaml": OLD, ".fractary/codex/x": ""})
    (project.root / CANONICAL).symlink_to("../../settings.yaml")
    assert run_cli("migrate", "config", "--write", cwd=project.root).code == 1
    assert (project.root / CANONICAL).is_symlink()
    assert project.read("settings.yaml") != OLD


def test_the_mode_stays(make_project: Callable[..., Tree], run_cli: RunCli) -> None:
    project = make_project({CANONICAL: OLD})
    (project.root / CANONICAL).chmod(0o600)
    run_cli("migrate", "config", "--write", cwd=project.root)
    assert stat.S_IMODE((project.root / CANONICAL).stat().st_mode) == 0o600


@pytest.mark.parametrize("what", ["file", "folder"])
def test_what_may_not_be_written(what: str, open_folder: Path, as_user: Any, run_cli: RunCli) -> None:
    tree = Tree(open_folder)
    with as_user():
        tree.write({CANONICAL: OLD})
    (open_folder / CANONICAL if what == "file" else (open_folder / CANONICAL).parent).chmod(
        0o444 if what == "file" else 0o555
    )
    with as_user():
        result = run_cli("migrate", "config", "--write", cwd=open_folder)
    assert (result.code, result.out) == (5, "")
    assert result.err == f"Error: cannot write {CANONICAL}: Permission denied\nHint: nothing was changed\n"
    assert tree.read(CANONICAL) == OLD
    assert sorted(os.listdir((open_folder / CANONICAL).parent)) == ["config.yaml"]


@pytest.mark.parametrize("place", [CANONICAL, PLUGIN])
@pytest.mark.parametrize("limit", [0, 1, 100])
def test_a_full_disk(place: str, limit: int, make_project: Callable[..., Tree], run_script: RunCli) -> None:
    old = OLD if place == CANONICAL else OLD_JSON
    project = make_project({place: old})
    program = (
        "import resource, signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); sys.dont_write_bytecode = True;"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}));"
        "from codex_action.cli.start import run; sys.argv = ['codex-action', 'migrate', 'config', '--write', '--remove-source']; run()"
    )
    result = run_script(command=(sys.executable, "-c", program), cwd=project.root, env=HERE)
    assert (result.code, result.out) == (5, "")
    assert result.err == f"Error: cannot write {CANONICAL}: File too large\nHint: nothing was changed\n"
    assert project.read(place) == old
    assert not [name for name in snapshot(project.root) if name.endswith(".tmp")]
    assert place == CANONICAL or not (project.root / CANONICAL).exists()
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] != limit


def test_a_full_standard_output(make_project: Callable[..., Tree], run_script: RunCli) -> None:
    if not os.path.exists("/dev/full"):
        pytest.skip("this system has no /dev/full")
    project = make_project({CANONICAL: OLD})
    command = ("sh", "-c", 'exec "$@" >/dev/full', "sh", *MODULE, "migrate", "config")
    result = run_script(command=command, cwd=project.root, env=HERE)
    assert (result.code, result.err) == (5, "Error: cannot write the report: No space left on device\n")


AMBIGUOUS = """\
version: "4.0"
organization: umbrella
auto_sync: on
logging:
  enabled: yes
  mode: 0755
  at: 12:30
  since: 2001-12-14
  size: 1_000
  "quoted": "yes"
"""


def test_warnings_where_yaml_1_1_reads_something_else(
    make_project: Callable[..., Tree], run_cli: RunCli
) -> None:
    project = make_project({CANONICAL: AMBIGUOUS})
    file = only(run_cli("migrate", "config", "--json", cwd=project.root))
    assert [
        (w["line"], w["column"], w["path"], w["message"].partition(";")[0]) for w in file["warnings"]
    ] == [
        (3, 12, "auto_sync", "on is text in YAML 1.2 and true in YAML 1.1"),
        (5, 12, "logging.enabled", "yes is text in YAML 1.2 and true in YAML 1.1"),
        (6, 9, "logging.mode", "0755 is the number 755 in YAML 1.2 and the number 493 in YAML 1.1"),
        (7, 7, "logging.at", "12:30 is text in YAML 1.2 and the number 750 in YAML 1.1"),
        (8, 10, "logging.since", "2001-12-14 is text in YAML 1.2 and the date 2001-12-14 in YAML 1.1"),
        (9, 9, "logging.size", "1_000 is text in YAML 1.2 and the number 1000 in YAML 1.1"),
    ]
    run_cli("migrate", "config", "--write", cwd=project.root)
    for text in (b"auto_sync: on\n", b"mode: 0755\n", b"at: 12:30\n"):
        assert text in project.read(CANONICAL)


SECRET = "hunter2-in-clear-text"
WITH_SECRETS: dict[str, tuple[str, str]] = {
    "yaml": (CANONICAL, f"version: '4.0'\norganization: umbrella\nauth: {{default_token: {SECRET}}}\nlogging:\n  password: '{SECRET}'  # changes\n"),
    "a login": (CANONICAL, f"version: '4.0'\norganization: umbrella\nauto_sync: https://me:{SECRET}@example.com/x\n"),
    "json": (PLUGIN, json.dumps({"version": "2.0", "organization": "umbrella", "default_sync_patterns": [], "notifications": {"webhook_url": SECRET}})),
    "unified": (UNIFIED, f"work:\n  token: {SECRET}\ncodex:\n  organization: umbrella\n  remotes: {{a/b: {{token: {SECRET}}}}}\n"),
    "v3": (CANONICAL, f"{V3}remotes:\n  a/b: {{token: {SECRET}}}\n  a/c: {{token: '${{X:-{SECRET}}}'}}\nstorage: [{{type: http, password: {SECRET}, base: 'https://me:{SECRET}@x.org'}}]\n"),
    "wrong kind": (CANONICAL, f"{V3}remotes: {{a/b: {{token: [{SECRET}]}}}}\n"),
    "wrong place": (CANONICAL, f"{V3}remotes: {{a/b: {SECRET}{'x' * 40}}}\n"),
    "broken": (CANONICAL, f"{V3}remotes: {{a/b: {{token: {SECRET}]\n"),
}  # fmt: skip


@pytest.mark.parametrize(("place", "text"), WITH_SECRETS.values(), ids=WITH_SECRETS)
@pytest.mark.parametrize("format_", ["text", "json", "github"])
def test_no_secret_is_printed(
    place: str, text: str, format_: str, make_project: Callable[..., Tree], run_cli: RunCli
) -> None:
    project = make_project({place: text})
    dry = run_cli("migrate", "config", "--format", format_, cwd=project.root)
    assert dry.code in (0, 1, 3)
    results = [dry, run_cli("migrate", "config", "--write", "--diff", "--format", format_, cwd=project.root)]
    if format_ != "github":
        results.append(run_cli("config", "show", "--origins", "--format", format_, cwd=project.root))
    for result in results:
        assert SECRET not in result.out + result.err
    if dry.code == 1:
        assert "looks like a secret in clear text" in dry.out
        assert SECRET.encode() in project.read(result_of(place))


ENV = f"""\
# of this project
export CODEX_GITHUB_ORG=umbrella
FRACTARY_ORG="umbrella"
OTHER_TOOL_TOKEN={SECRET}
PATH=/x
"""


@pytest.mark.parametrize("place", [".env", ".fractary/env/.env"])
def test_an_env_file(place: str, make_project: Callable[..., Tree], run_cli: RunCli) -> None:
    text = (CASES / "formats/F0.env").read_bytes() + f"\nOTHER_TOOL_TOKEN={SECRET}\n".encode()
    project = make_project({place: text})
    folder, name = (project.root / place).parent, Path(place).name
    result = run_cli("migrate", "config", name, "--json", cwd=folder)
    file = only(result)
    assert result.code == 1
    assert (file["path"], file["output"], file["format"], file["written"]) == (place, CANONICAL, "F0", False)
    result = run_cli("migrate", "config", name, "--write", cwd=folder)
    assert result.code == 1
    assert "the .env file itself is left as it is" in result.out
    assert project.read(place) == text
    assert b"schema_version" in project.read(CANONICAL)
    assert SECRET.encode() not in project.read(CANONICAL)
    settled = state(project)
    assert run_cli("migrate", "config", name, "--write", cwd=folder).code == 0
    assert state(project) == settled


@pytest.mark.parametrize("kind", ["folder", "pipe", "large", "binary", "others"])
def test_an_env_file_that_is_none(kind: str, project: Tree, run_cli: RunCli) -> None:
    path = project.root / ".env"
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    else:
        path.write_bytes(
            {
                "large": b"A=1\n" * 300_000,
                "binary": bytes(range(256)) * 9,
                "others": ENV.encode()[:0] + b"PATH=/x\n",
            }[kind]
        )
    result = run_cli("migrate", "config", ".env", "--write", cwd=project.root)
    assert result.code == (0 if kind in ("binary", "others") else 3)
    assert "bug" not in result.err


def test_a_thousand_environments_take_less_than_a_second(
    make_project: Callable[..., Tree], run_cli: RunCli
) -> None:
    environments = "".join(
        f"  e{n}:\n    branch: b{n}  # of {n}\n    description: Environment {n}\n" for n in range(1000)
    )
    project = make_project(
        {CANONICAL: f"version: '4.0'\norganization: umbrella\nenvironments:\n{environments}"}
    )
    start = time.process_time()
    assert run_cli("migrate", "config", "--write", cwd=project.root).code == 1
    taken = time.process_time() - start
    data = yaml12.read(project.read(CANONICAL)).data
    assert data["environments"] == {f"e{n}": f"b{n}" for n in range(1000)}
    assert len(data["extensions"]["environments"]) == 1000
    assert taken < 10


def test_only_the_section_of_a_file_for_all_tools_changes(
    make_project: Callable[..., Tree], run_cli: RunCli
) -> None:
    above = b"# all tools\nlogs:\n    level: info   # odd indent\n    on: yes\n\n"
    below = b"\nwork:  {a: 1,   b: [x,y]}   # as it is\n\n# the end\n"
    project = make_project(
        {UNIFIED: above + b"codex:\n  organization: umbrella  # ours\n  project: x\n" + below}
    )
    assert run_cli("migrate", "config", "--write", cwd=project.root).code == 1
    after = project.read(UNIFIED)
    assert after.startswith(above)
    assert after.endswith(below)
    assert yaml12.read(after).data["codex"]["codex_repo"] == {"organization": "umbrella"}


def test_workflow_commands(make_project: Callable[..., Tree], run_cli: RunCli) -> None:
    project = make_project({CANONICAL: AMBIGUOUS, PLUGIN: "{"})
    lines = run_cli("migrate", "config", "--format", "github", cwd=project.root).out.splitlines()
    assert lines[0].startswith(
        f"::warning file={CANONICAL},title=codex-action config,line=3,col=12::auto_sync: on is text"
    )
    assert any(
        line.startswith(f"::warning file={CANONICAL},line=1,title=codex-action migrate::an older format: ")
        for line in lines
    )
    assert lines[-1].startswith(f"::error file={PLUGIN},title=codex-action config,line=1,col=2::")


HOSTILE = 'version: \'4.0\'\norganization: umbrella\n"::error::x": 1\n"##[x]\\e[31m\\n::warning::y": \'::stop-commands::z\'\n"\\u202e": on\n'


@pytest.mark.parametrize("format_", ["text", "json", "github"])
def test_nothing_in_a_file_speaks_to_a_terminal_or_a_runner(
    format_: str, make_project: Callable[..., Tree], run_cli: RunCli
) -> None:
    project = make_project({CANONICAL: HOSTILE})
    for arguments in (
        ("migrate", "config"),
        ("migrate", "config", "--write"),
        ("config", "show", "--origins"),
    ):
        if format_ == "github" and arguments[0] == "config":
            continue
        result = run_cli(*arguments, "--format", format_, cwd=project.root)
        assert result.code in (0, 1)
        for line in (result.out + result.err).splitlines():
            assert not re.match(r"\s*::(?!(?:warning|error|notice) file=)", line)
            assert "##[" not in line or format_ == "json"
            assert "\x1b" not in line
            assert "\u202e" not in line


def test_show_text(make_project: Callable[..., Tree], run_cli: RunCli) -> None:
    project = make_project({CANONICAL: V3 + "project: mine\nremotes:\n  a/b: {token: '${T}'}\n"})
    plain = run_cli("config", "show", cwd=project.root)
    assert (plain.code, plain.err) == (0, "")
    rows = dict(re.split(r"\s{2,}", line, maxsplit=1) for line in plain.out.splitlines())
    assert rows["project"] == "mine"
    assert rows["cache.ttl_seconds"] == "86400"
    assert rows["remotes.a/b.token"] == "${T}"
    origins = run_cli("config", "show", "--origins", cwd=project.root).out
    assert re.search(rf"(?m)^project +mine +{re.escape(CANONICAL)}:2$", origins)
    assert re.search(r"(?m)^cache\.enabled +true +default$", origins)


def test_show_json(make_project: Callable[..., Tree], run_cli: RunCli) -> None:
    project = make_project({CANONICAL: V3 + "projekt: mine\nextensions: {n: .nan, i: -.inf}\n"})
    result = run_cli("config", "show", "--json", cwd=project.root)
    schema = load("config-show")
    assert list(problems(result.data, schema)) == []
    assert result.data.keys() == schema["properties"].keys() == {*schema["required"]}
    assert result.data["problems"] == [
        {
            "message": "unknown key 'projekt'; did you mean 'project'?",
            "path": "projekt",
            "line": 2,
            "column": 1,
            "severity": "warning",
            "file": CANONICAL,
        }
    ]
    assert result.data["origins"]["projekt"] == f"{CANONICAL}:2"
    json.loads(result.out, parse_constant=pytest.fail)


def test_show_where_there_is_nothing(project: Tree, run_cli: RunCli) -> None:
    result = run_cli("config", "show", "--json", cwd=project.root)
    assert (result.code, result.data["file"]) == (0, None)


def test_both_as_processes(make_project: Callable[..., Tree], run_script: RunCli) -> None:
    project = make_project({CANONICAL: OLD})
    for arguments, code in (
        (("migrate", "config"), 1),
        (("migrate", "config", "--write"), 1),
        (("migrate", "config"), 0),
        (("config", "show"), 0),
    ):
        result = run_script(*arguments, command=MODULE, cwd=project.root, env=HERE)
        assert (result.code, result.err) == (code, "")
