"""A whole run: where finds are, that reading writes nothing, and that more processes change nothing."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from programs import RunCli
from trees import Tree, snapshot

from codex_action.checks.files import validate
from codex_action.checks.options import ValidateOptions
from codex_action.checks.references import Context
from codex_action.checks.selection import WorkTree

BAD = "codex://umbrella/handbook/../x"
OLD = "@codex/other/a.md"


# --- R1: reading writes nothing --------------------------------------------------------------------------------------

READING = {
    "plain": [],
    "json": ["--json"],
    "diff": ["--diff"],
    "diff of likely fixes": ["--diff", "--unsafe-fixes", "--select", "ALL"],
    "changed": ["--changed-since", "HEAD"],
    "remote": ["--resolve", "remote"],
    "processes": ["--jobs", "2"],
}


@pytest.mark.parametrize("arguments", READING.values(), ids=READING.keys())
def test_reading_writes_nothing(
    arguments: list[str], make_project: Callable[..., Tree], run_script: RunCli
) -> None:
    tree = make_project(
        {
            "a.md": f"{BAD}\n{OLD}\ncodex://umbrella/handbook/readme.md\n",
            "README.md": "# codex-ignore\n",
            "b.py": "# codex-ignore\n",
            ".codexignore": "docs/\n",
        }
    )
    tree.write({"untracked.md": OLD})
    (tree.root / "link.md").symlink_to("a.md")
    # A file with another time than when it was added: git would like to refresh its index.
    os.utime(tree.root / "b.py", (1, 1))
    before = snapshot(tree.root.parent)
    result = run_script(
        "validate", "refs", *arguments, cwd=tree.root, env={"GITHUB_SERVER_URL": "http://127.0.0.1:1"}
    )
    assert result.code == 1
    assert snapshot(tree.root.parent) == before
    assert tree.git("status", "--porcelain").split() == ["??", "link.md", "??", "untracked.md"]


# --- R2: every reference once, at its place --------------------------------------------------------------------------


def planted(encoding: str, newline: str, bom: str) -> tuple[bytes, list[tuple[int, int, int]]]:
    """A text with references in odd places, and the (line, column, byte offset) of each."""
    lines = [f"é€😀 {BAD}", "", f"\t{BAD} und {BAD}", "plain", f"«{BAD}», **{BAD}**", BAD]
    places = []
    text = bom
    for number, line in enumerate(lines, 1):
        column = line.find(BAD)
        while column != -1:
            places.append((number, column + 1, len((text + line[:column]).encode(encoding))))
            column = line.find(BAD, column + 1)
        text += line + newline
    return text.encode(encoding), places


ENCODINGS = {
    "UTF-8": ("utf-8", "\n", ""),
    "UTF-8, BOM": ("utf-8", "\n", "\ufeff"),
    "UTF-8, CRLF": ("utf-8", "\r\n", ""),
    "UTF-8, BOM, CRLF": ("utf-8", "\r\n", "\ufeff"),
    "UTF-16 LE": ("utf-16-le", "\n", "\ufeff"),
    "UTF-16 BE": ("utf-16-be", "\r\n", "\ufeff"),
}


@pytest.mark.parametrize(("encoding", "newline", "bom"), ENCODINGS.values(), ids=ENCODINGS.keys())
def test_every_reference_is_found_at_its_place(
    encoding: str, newline: str, bom: str, project: Tree, run_cli: RunCli
) -> None:
    data, places = planted(encoding, newline, bom)
    project.write({"a.txt": data})
    result = run_cli("validate", "refs", "a.txt", "--json", cwd=project.root)
    found = result.data["findings"]
    assert [(item["line"], item["column"], item["offset"]) for item in found] == places
    for item in found:
        assert data[item["offset"] : item["end_offset"]].decode(encoding) == BAD
        assert (item["end_line"], item["end_column"]) == (item["line"], item["column"] + len(BAD))


@given(
    lines=st.lists(
        st.tuples(
            st.text(st.characters(codec="utf-8", exclude_characters="\r\n"), max_size=20),
            st.booleans(),
            st.sampled_from(["\n", "\r\n"]),
        ),
        max_size=20,
    )
)
def test_every_planted_reference_is_reported_once(
    tmp_path_factory: pytest.TempPathFactory, lines: list[tuple[str, bool, str]]
) -> None:
    root = tmp_path_factory.mktemp("planted")
    clean = [text.replace("codex", "").replace("$ref", "") for text, _, _ in lines]
    body = "".join(f"{text} {BAD if wanted else ''} {end}" for text, (_, wanted, end) in zip(clean, lines))
    (root / "a.rst").write_bytes(body.encode())
    tree = WorkTree(str(root), environ={})
    report = validate(tree, Context, ValidateOptions(path=str(root)), lambda *_: frozenset())
    if report.binary:
        assert "\0" in body
        return
    wanted = [(number, len(text) + 2) for number, (text, row) in enumerate(zip(clean, lines), 1) if row[1]]
    found = [(item.line, item.column) for item in report.findings if item.reference == BAD]
    if body.encode()[:2] not in (b"\xff\xfe", b"\xfe\xff"):
        assert found == wanted or "\ufeff" in body


def test_processes_change_nothing(make_project: Callable[..., Tree], run_script: RunCli) -> None:
    tree = make_project({"README.md": "x\n"})
    files = {
        f"d{number % 7}/{number:04}.md": f"{BAD if number % 3 else 'x'} {number}\n{OLD}\n"
        for number in range(1_300)
    }
    odd = {f"d{number % 7}/{number:04}.odd": b"\xff\xfe\0" for number in range(0, 1_300, 100)}
    tree.write({**files, **odd, "z.bin": b"\0"})
    (tree.root / "link").symlink_to("README.md")
    for arguments in ([], ["--diff"]):
        results = [
            run_script("validate", "refs", "--json", "--jobs", jobs, *arguments, cwd=tree.root)
            for jobs in ("1", "2", "5")
        ]
        assert len(results[0].data["findings"]) > 2_000
        assert len(results[0].data["problems"]) == 13
        assert [result.code for result in results] == [1, 1, 1]
        assert results[0].stdout == results[1].stdout == results[2].stdout
    assert len(results[0].data["changed_files"]) == 1_300


def test_progress_is_told_for_every_batch(project: Tree) -> None:
    project.write({f"{number}.md": "x\n" for number in range(1_100)})
    told: list[tuple[int, int]] = []
    options = ValidateOptions(path=str(project.root), progress=lambda done, total: told.append((done, total)))
    tree = WorkTree(str(project.root), environ={"PATH": "/usr/bin:/bin"})
    validate(tree, Context, options, lambda *_: frozenset())
    assert told == [(500, 1104), (1000, 1104), (1104, 1104)]


# --- counts and options ----------------------------------------------------------------------------------------------


def test_what_is_no_reference_is_counted(project: Tree, run_cli: RunCli) -> None:
    text = "codex://umbrella/{name}/x codex://umbrella/*/x codex:// codex://threads/12 codex://settings codex://umbrella/x/a.md\n"
    project.write({"a.txt": text, "b.bin": b"\0"})
    data = run_cli("validate", "refs", "--json", cwd=project.root).data
    counts = {
        key: data[key] for key in ("placeholders", "foreign", "refs_checked", "binary_files", "unverified")
    }
    assert counts == {"placeholders": 3, "foreign": 2, "refs_checked": 1, "binary_files": 1, "unverified": 1}


def test_findings_are_in_the_order_of_files_and_places(project: Tree, run_cli: RunCli) -> None:
    project.write({"z.md": f"{OLD} {BAD}\n{BAD}\n", "a.md": f"{BAD}\n", "m/x.md": f"@codex/x/../y {OLD}\n"})
    data = run_cli("validate", "refs", "--json", cwd=project.root).data
    places = [(item["file"], item["line"], item["column"], item["rule"]) for item in data["findings"]]
    assert places == sorted(places)
    assert len(places) == 6


SELECTED = {
    "default": ([], ["CODEX002", "CODEX010"], 1),
    "select": (["--select", "CODEX010"], ["CODEX010"], 1),
    "select two": (["--select", "CODEX010", "--select", "CODEX002"], ["CODEX002", "CODEX010"], 1),
    "ignore": (["--ignore", "CODEX010"], ["CODEX002"], 1),
    "fail on error": (["--ignore", "CODEX002", "--fail-on", "error"], ["CODEX010"], 0),
    "never": (["--fail-on", "never"], ["CODEX002", "CODEX010"], 0),
    "nothing left": (["--ignore", "ALL"], [], 0),
}


@pytest.mark.parametrize(("arguments", "rules", "code"), SELECTED.values(), ids=SELECTED.keys())
def test_rules_are_chosen(
    arguments: list[str], rules: list[str], code: int, project: Tree, run_cli: RunCli
) -> None:
    project.write({"a.md": f"{BAD} {OLD}\n"})
    result = run_cli("validate", "refs", "--json", *arguments, cwd=project.root)
    assert (result.rules, result.code) == (rules, code)


def test_code_blocks_are_checked_where_asked_for(project: Tree, run_cli: RunCli) -> None:
    project.write({"a.md": f"```\n{BAD}\n```\n<!-- {BAD} -->\n"})
    assert run_cli("validate", "refs", cwd=project.root).code == 0
    assert run_cli("validate", "refs", "--code-blocks", "--json", cwd=project.root).rules == ["CODEX002"] * 2


WHO = {
    "the remote": ([], {}, "codex://umbrella/other/a.md"),
    "CODEX_ORG": ([], {"CODEX_ORG": "elsewhere"}, "codex://elsewhere/other/a.md"),
    "GITHUB_REPOSITORY": ([], {"GITHUB_REPOSITORY": "hub/handbook"}, "codex://hub/other/a.md"),
    "CODEX_CURRENT_*": (
        [],
        {"CODEX_CURRENT_ORG": "current", "CODEX_CURRENT_PROJECT": "x", "GITHUB_REPOSITORY": "hub/x"},
        "codex://current/other/a.md",
    ),
    "half a pair": ([], {"CODEX_CURRENT_ORG": "current"}, "codex://umbrella/other/a.md"),
    "--project": (["--project", "mine/x"], {"GITHUB_REPOSITORY": "hub/x"}, "codex://mine/other/a.md"),
    "CODEX_PROJECT": ([], {"CODEX_PROJECT": "mine/x"}, "codex://mine/other/a.md"),
}


@pytest.mark.parametrize(("arguments", "env", "uri"), WHO.values(), ids=WHO.keys())
def test_who_we_are(
    arguments: list[str], env: dict[str, str], uri: str, project: Tree, run_cli: RunCli
) -> None:
    project.write({"a.md": OLD})
    result = run_cli("validate", "refs", "a.md", "--json", *arguments, cwd=project.root, env=env)
    assert [item["suggestion"] for item in result.data["findings"]] == [uri]


@pytest.mark.parametrize("name", ["nonsense", "a/b/c", "-x/y", "/", "umbrella/.."])
@pytest.mark.parametrize("text", [OLD, "nothing"], ids=["with a reference", "without"])
def test_a_project_that_cannot_be_is_a_usage_error(
    name: str, text: str, project: Tree, run_cli: RunCli
) -> None:
    project.write({"a.md": text})
    result = run_cli("validate", "refs", "--json", "--project", name, cwd=project.root)
    assert (result.code, "is no project" in result.err) == (2, True)
    assert result.data["error"]["exit_code"] == 2


def test_a_bad_variable_is_a_usage_error(project: Tree, run_cli: RunCli) -> None:
    project.write({"a.md": OLD})
    result = run_cli("validate", "refs", cwd=project.root, env={"GITHUB_REPOSITORY": "nonsense"})
    assert (result.code, "'nonsense' is no project" in result.err) == (2, True)


# --- what happens between reading and writing ------------------------------------------------------------------------


def test_a_file_that_changes_meanwhile_is_left_alone(project: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another program writes the file after it was read and before it is written."""
    from codex_action.checks import fixes

    project.write({"a.md": OLD})
    real = fixes.apply_edits

    def apply_late(*arguments: object) -> bytes:
        project.write({"a.md": "another text\n"})
        return real(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(fixes, "apply_edits", apply_late)
    tree = WorkTree(str(project.root), environ={"PATH": "/usr/bin:/bin"})
    context = Context(None, "umbrella")
    report = validate(
        tree, lambda: context, ValidateOptions(path=str(project.root), fix=True), lambda *_: frozenset()
    )
    assert [(item.file, item.reason) for item in report.problems] == [
        ("a.md", "not fixed: it changed while it was being checked")
    ]
    assert [item.code for item in report.findings] == ["CODEX010"]
    assert project.read("a.md") == b"another text\n"


@pytest.mark.parametrize(
    ("content", "rules"),
    [(b"fine now\n", []), (b"\xff\xfe\x00", ["CODEX010"])],
    ids=["mended by someone else", "no text any more"],
)
def test_a_file_that_changes_before_it_is_mended(
    content: bytes, rules: list[str], project: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.write({"a.md": OLD})

    def context() -> Context:  # asked for after reading and before mending
        project.write({"a.md": content})
        return Context(None, "umbrella")

    tree = WorkTree(str(project.root), environ={"PATH": "/usr/bin:/bin"})
    report = validate(
        tree, context, ValidateOptions(path=str(project.root), fix=True), lambda *_: frozenset()
    )
    assert (report.changed, [item.code for item in report.findings]) == ((), rules)
    assert bool(report.problems) is (content[0] == 0xFF)
    assert project.read("a.md") == content


def test_a_utf16_file_that_goes_away_is_no_bug(project: Tree, tmp_path: Path) -> None:
    project.write({"a.txt": b"\xff\xfe" + BAD.encode("utf-16-le")})

    def context() -> Context:
        (project.root / "a.txt").unlink()
        return Context()

    tree = WorkTree(str(project.root), environ={"PATH": "/usr/bin:/bin"})
    report = validate(tree, context, ValidateOptions(path=str(project.root)), lambda *_: frozenset())
    assert [item.code for item in report.findings] == ["CODEX002"]


def test_the_report_is_the_same_in_any_locale(project: Tree, run_script: RunCli) -> None:
    project.commit({"é.md": f"é {BAD}\n"})
    outputs = {
        run_script("validate", "refs", "--json", cwd=project.root, env=env).stdout
        for env in ({"LC_ALL": "C"}, {"LC_ALL": "C.UTF-8"}, {"LANG": "de_DE.ISO-8859-1"})
    }
    assert len(outputs) == 1
    assert json.loads(outputs.pop())["findings"][0]["file"] == "é.md"
