"""`fetch`: every option and its twin, what goes where, what a run ends with."""

from __future__ import annotations

import base64
import json
import os
from pathlib import Path
from typing import Any, Callable

import pytest
from documents_world import GUIDE, GUIDE_TEXT, World
from fake_github import FakeGitHub
from programs import RunCli, Terminal
from schema import load, problems

STYLE = "codex://northwind/handbook/docs/style.md"
NONE = "codex://northwind/handbook/docs/none.md"
BINARY = "codex://northwind/handbook/data/logo.bin"


# --- one document -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [GUIDE, "northwind/handbook/docs/guide.md", "@codex/handbook/docs/guide.md"])
def test_a_document_goes_out_as_it_is(name: str, world: World) -> None:
    result = world.run("fetch", name)
    assert (result.code, result.stdout, result.stderr) == (0, GUIDE_TEXT, b"")
    assert world.run("fetch", name).stdout == GUIDE_TEXT
    assert world.asked() == ["docs/guide.md"]


@pytest.mark.parametrize("path", ["docs/evil.md", "data/logo.bin", "docs/latin.md"])
def test_bytes_stay_bytes_where_no_terminal_is(path: str, world: World) -> None:
    content = world.hub.repos["northwind/handbook"].versions["main"][path]
    assert world.run("fetch", f"northwind/handbook/{path}").stdout == content


def test_a_document_as_json(world: World) -> None:
    found = world.json("fetch", "fetch", GUIDE)
    assert found["reference"] == GUIDE
    assert (found["source"], found["cached"], found["stale"], found["version"]) == (
        "github",
        False,
        False,
        None,
    )
    assert found["content"] == GUIDE_TEXT.decode()
    assert found["content_base64"] is None
    assert found["metadata"] == {"title": "Guide", "since": "2024-01-01"}
    assert (found["size"], found["content_type"]) == (len(GUIDE_TEXT), "text/markdown")
    again = world.json("fetch", "fetch", GUIDE)
    assert again == {**found, "cached": True}


@pytest.mark.parametrize("path", ["data/logo.bin", "docs/latin.md"])
def test_what_is_no_text_is_base64(path: str, world: World) -> None:
    found = world.json("fetch", "fetch", f"northwind/handbook/{path}")
    assert found["content"] is None
    assert (
        base64.b64decode(found["content_base64"])
        == world.hub.repos["northwind/handbook"].versions["main"][path]
    )


def test_a_path_of_the_current_project(world: World) -> None:
    world.write("docs/own.md", "mine")
    assert world.run("fetch", "docs/own.md").stdout == b"mine"
    assert world.json("fetch", "fetch", "docs/own.md")["reference"] == "codex://northwind/web/docs/own.md"
    assert world.asked() == []
    elsewhere = world.run("fetch", "docs/guide.md", "--project", "northwind/handbook")
    assert elsewhere.stdout == GUIDE_TEXT
    assert (
        world.run("fetch", "docs/guide.md", env={"CODEX_PROJECT": "northwind/handbook"}).stdout == GUIDE_TEXT
    )


def test_a_file_of_three_segments_is_the_project_s_own(world: World) -> None:
    world.hub.add("docs/team", {"guide.md": b"somebody else's"})
    assert world.run("fetch", "docs/team/guide.md").stdout == b"somebody else's"
    world.write("docs/team/guide.md", "mine")
    for name in ("docs/team/guide.md", "@codex:docs/team/guide.md", "docs/team/guide.md#top"):
        assert world.run("fetch", name).stdout == b"mine"
    assert world.run("fetch", "codex://docs/team/guide.md").stdout == b"somebody else's"
    assert (
        world.json("fetch", "fetch", "docs/team/guide.md")["reference"]
        == "codex://northwind/web/docs/team/guide.md"
    )


def test_a_folder_of_three_segments_is_none(world: World) -> None:
    world.hub.add("docs/team", {"guide": b"somebody else's"})
    world.write("docs/team/guide/a.md", "mine")
    assert world.run("fetch", "docs/team/guide").stdout == b"somebody else's"


@pytest.mark.parametrize(
    "name", ["docs/none.md", "codex://northwind/web/docs/none.md", "codex://NorthWind/Web/docs/none.md"]
)
def test_an_own_file_that_is_not_here(name: str, world: World) -> None:
    result = world.run("fetch", name)
    assert (result.code, result.out) == (5, "")
    assert result.err.splitlines()[0].lower() == (
        "error: there is no file 'docs/none.md' in this project, and elsewhere: "
        "northwind/web does not exist, or is private and asked for without a token"
    )
    assert "a token that may read it" in result.err
    world.hub.add("northwind/web", {"a.md": b"a"})
    again = world.run("fetch", name, "--json")
    assert again.data["error"]["type"] == "NotFound"
    assert again.data["error"]["message"].lower() == (
        "there is no file 'docs/none.md' in this project, and elsewhere: there is no northwind/web/docs/none.md"
    )
    offline = world.run("fetch", name, "--offline", "--bypass-cache")
    assert "in this project, and elsewhere:" in offline.err


@pytest.mark.parametrize(
    "arguments",
    [("codex://northwind/web@v1/docs/none.md",), ("codex://northwind/web/docs/none.md", "--source", "github"), (NONE,)],
    ids=["version", "source", "another project"],
)  # fmt: skip
def test_where_no_own_file_counts_none_is_missed(arguments: tuple[str, ...], world: World) -> None:
    result = world.run("fetch", *arguments)
    assert result.code == 5
    assert "in this project" not in result.err


def test_versions(world: World) -> None:
    assert world.run("fetch", GUIDE, "--version", "v1").stdout == b"# Guide 1\n"
    assert world.run("fetch", GUIDE, env={"CODEX_VERSION": "v1"}).stdout == b"# Guide 1\n"
    assert (
        world.run("fetch", GUIDE.replace("handbook", "handbook@v1"), "--version", "main").stdout
        == b"# Guide 1\n"
    )
    assert world.run("fetch", GUIDE).stdout == GUIDE_TEXT
    found = world.json("fetch", "fetch", GUIDE, "--version", "v1")
    assert (found["version"], found["cached"]) == ("v1", True)


@pytest.mark.parametrize("how", [("--bypass-cache",), {"CODEX_BYPASS_CACHE": "1"}], ids=["option", "twin"])
def test_the_cache_can_be_passed_by(how: Any, world: World) -> None:  # noqa: ANN401
    world.run("fetch", GUIDE)
    world.hub.repos["northwind/handbook"].versions["main"]["docs/guide.md"] = b"new"
    assert world.run("fetch", GUIDE).stdout == GUIDE_TEXT
    assert given(world, how).stdout == b"new"
    assert world.run("fetch", GUIDE).stdout == b"new"


def given(world: World, how: Any) -> Any:  # noqa: ANN401
    """`fetch GUIDE` with an option, or with its twin."""
    arguments, env = (how, None) if isinstance(how, tuple) else ((), how)
    return world.run("fetch", GUIDE, *arguments, env=env)


@pytest.mark.parametrize("how", [("--offline",), {"CODEX_OFFLINE": "1"}], ids=["option", "twin"])
def test_offline(how: Any, world: World) -> None:  # noqa: ANN401
    result = given(world, how)
    assert (result.code, result.out) == (5, "")
    assert result.err == f"Error: {GUIDE} is not in the cache, and nothing is fetched offline\n"
    world.run("fetch", GUIDE, "--ttl", "0")
    world.asked()
    result = given(world, how)
    assert (result.code, result.stdout) == (0, GUIDE_TEXT)
    assert result.err.startswith(
        f"Warning: {GUIDE}: 47 B from github, cached just now, stale: it was not renewed"
    )
    assert world.asked() == []


@pytest.mark.parametrize("how", [("--ttl", "0"), {"CODEX_TTL": "0"}], ids=["option", "twin"])
def test_a_time_of_one_s_own(how: Any, world: World) -> None:  # noqa: ANN401
    given(world, how)
    assert world.json("cache-list", "cache", "list")["entries"][0]["status"] == "stale"


@pytest.mark.parametrize("seconds", ["1" + "0" * 400, "31536000"], ids=["forever", "a year"])
def test_a_long_time(seconds: str, world: World) -> None:
    assert world.run("fetch", GUIDE, "--ttl", seconds).stdout == GUIDE_TEXT
    assert world.json("cache-list", "cache", "list", "--status", "fresh")["total"] == 1


def test_a_host_that_is_down_leaves_an_old_copy_with_a_mark(world: World) -> None:
    world.write(".fractary/codex/config.yaml", 'schema_version: "3.0"\n')
    world.run("fetch", GUIDE, "--ttl", "0")
    world.hub.refuse("broken", times=20)
    result = world.run("fetch", GUIDE)
    assert (result.code, result.stdout) == (0, GUIDE_TEXT)
    assert result.err.count("\n") <= 2
    assert world.run("fetch", STYLE).code == 5


def test_what_people_may_want_to_know(world: World) -> None:
    first = world.run("fetch", GUIDE, "-v")
    assert first.stdout == GUIDE_TEXT
    assert first.err == f"{GUIDE}: 47 B from github\nGitHub: 4999 of 5000 requests left\n"
    assert (
        world.run("fetch", GUIDE, env={"CODEX_VERBOSE": "1"}).err
        == f"{GUIDE}: 47 B from github, cached just now\n"
    )


def test_only_http_or_github(world: World) -> None:
    assert world.run("fetch", GUIDE, "--source", "github").stdout == GUIDE_TEXT
    for arguments, env in ((("--source", "http"), {}), ((), {"CODEX_SOURCE": "http"})):
        result = world.run("fetch", GUIDE, *arguments, env=env)
        assert (result.code, result.err) == (2, f"Error: there is no http provider to ask for {GUIDE}\n")


@pytest.mark.parametrize(
    "text",
    [
        "codex:/northwind/handbook/docs/guide.md",
        "codex//northwind/handbook/docs/guide.md",
        "Codex://northwind/handbook/docs/guide.md",
        "https://github.com/northwind/handbook/blob/main/docs/guide.md",
    ],
)
def test_a_slip_is_told_with_what_to_write(text: str, world: World) -> None:
    result = world.run("fetch", text)
    assert (result.code, result.out) == (2, "")
    assert result.err == f"Error: {text!r} is no reference\nHint: write {GUIDE}\n"
    assert world.asked() == []


WARNING = """\
schema_version: "3.0"
permissions:
  defualt: none
  rules:
    - {pattern: "codex://northwind/*/secret/**", permission: none, usres: [me]}
"""


@pytest.mark.parametrize(
    "arguments",
    [("fetch", GUIDE), ("fetch", GUIDE, STYLE, "--json"), ("cache", "list"), ("types", "list", "--json"), ("types", "show", "docs")],
    ids=["fetch", "fetch, json", "cache", "types", "type"],
)  # fmt: skip
def test_a_doubtful_configuration_is_told_once(arguments: tuple[str, ...], world: World) -> None:
    world.write(".fractary/codex/config.yaml", WARNING)
    result = world.run(*arguments)
    assert result.code == 0
    assert result.err == (
        "Warning: .fractary/codex/config.yaml:3:3: permissions.defualt: unknown key 'defualt'; did you mean 'default'?\n"
        "Warning: .fractary/codex/config.yaml:5:68: permissions.rules[0].usres: unknown key 'usres'; did you mean 'users'?\n"
    )


@pytest.mark.parametrize(
    ("pattern", "code"),
    [
        ("codex://northwind/handbook/docs/**", 4),
        ("codex://NorthWind/*/docs/guide.md", 4),
        ("codex://northwind/web/**", 0),
        ("northwind/**", 0),
        ("codex:/northwind/**", 3),
    ],
)
def test_permissions_of_certain_projects(pattern: str, code: int, world: World) -> None:
    rule = f"permissions: {{rules: [{{pattern: '{pattern}', permission: none}}]}}\n"
    world.write(".fractary/codex/config.yaml", f'schema_version: "3.0"\n{rule}')
    assert world.run("fetch", GUIDE).code == code


# --- where it goes ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", [("--output", "out.md"), {"CODEX_OUTPUT": "out.md"}], ids=["option", "twin"])
@pytest.mark.parametrize("before", [None, b"old, and longer than what comes" * 9], ids=["new", "existing"])
def test_a_file(before: bytes | None, how: Any, world: World) -> None:  # noqa: ANN401
    place = world.root / "out.md"
    if before:
        place.write_bytes(before)
        place.chmod(0o755)
    result = given(world, how)
    assert (result.code, result.out, result.err) == (0, "", "")
    assert place.read_bytes() == GUIDE_TEXT
    assert os.stat(place).st_mode & 0o777 == (0o755 if before else 0o644)


def test_a_link_is_followed_by_whoever_names_it(world: World) -> None:
    world.write("real.md", "old")
    (world.root / "link.md").symlink_to("real.md")
    assert world.run("fetch", GUIDE, "--output", "link.md").code == 0
    assert (world.root / "link.md").is_symlink()
    assert (world.root / "real.md").read_bytes() == GUIDE_TEXT


def test_a_device(world: World) -> None:
    assert world.run("fetch", GUIDE, "--output", os.devnull).code == 0
    os.mkfifo(world.root / "pipe")
    reading = os.open(world.root / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    try:
        assert world.run("fetch", GUIDE, "--output", "pipe").code == 0
        assert os.read(reading, 1000) == GUIDE_TEXT
    finally:
        os.close(reading)


@pytest.mark.parametrize("more", [(), ("--json",)], ids=["document", "report"])
@pytest.mark.parametrize("place", ["docs", "none/x.md", "", "a" * 300])
def test_a_file_that_cannot_be(place: str, more: tuple[str, ...], world: World) -> None:
    world.write("docs/own.md", "mine")
    result = world.run("fetch", GUIDE, "--output", place, *more)
    assert result.code == 2
    assert result.err.startswith("Error: ")
    assert result.err.count("\n") <= 2


def test_a_report_in_a_file(world: World) -> None:
    result = world.run("fetch", GUIDE, "--json", "--output", "out.json")
    assert (result.code, result.out, result.err) == (0, "", "")
    found = json.loads((world.root / "out.json").read_text())
    assert list(problems(found, load("fetch"))) == []


@pytest.mark.parametrize(
    "how", [("--output-dir", "out"), {"CODEX_OUTPUT_DIR": "out"}], ids=["option", "twin"]
)
def test_a_folder(how: Any, world: World) -> None:  # noqa: ANN401
    result = given(world, how)
    assert (result.code, result.out, result.err) == (0, "wrote out/northwind/handbook/docs/guide.md\n", "")
    assert (world.root / "out/northwind/handbook/docs/guide.md").read_bytes() == GUIDE_TEXT
    assert given(world, how).code == 0


def test_a_folder_and_a_report(world: World) -> None:
    result = world.run("fetch", GUIDE, "--output-dir", "out", "--json", "--output", "r.json")
    assert (result.code, result.out, result.err) == (0, "", "")
    assert (world.root / "out/northwind/handbook/docs/guide.md").exists()
    assert json.loads((world.root / "r.json").read_text())["reference"] == GUIDE


@pytest.mark.parametrize("name", ["-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"])
@pytest.mark.parametrize("form", [[], ["--json"]], ids=["document", "report"])
def test_standard_output_by_name(name: str, form: list[str], world: World) -> None:
    world.run("fetch", GUIDE)
    result = world.run("fetch", GUIDE, "--output", name, *form)
    assert (result.code, result.err) == (0, "")
    assert result.stdout == world.run("fetch", GUIDE, *form).stdout
    assert not (world.root / "-").exists()


def test_a_terminal_by_name_gets_no_control_characters(world: World) -> None:
    shown = world.run("fetch", "northwind/handbook/docs/evil.md", "--output", "-", stream_type=Terminal)
    assert shown.out.startswith("\\x1b[31mred")


def test_a_version_is_told_once(world: World) -> None:
    named = GUIDE.replace("handbook", "handbook@v1")
    for arguments in ([named], [GUIDE, "--version", "v1"]):
        assert world.run("fetch", *arguments, "-v").err.count("@v1") == 1


def test_an_error_names_its_reference_once(world: World) -> None:
    world.run("fetch", NONE)
    result = world.run("fetch", NONE, GUIDE, "--output-dir", "out")
    assert result.err.splitlines()[0].startswith(f"Error: {NONE} was not there ")
    assert result.err.count(NONE) == 1


def test_a_folder_never_leads_elsewhere(world: World) -> None:
    (world.root / "out/northwind").mkdir(parents=True)
    (world.root / "out/northwind/handbook").symlink_to(world.home)
    result = world.run("fetch", GUIDE, "--output-dir", "out")
    assert result.code == 4
    assert "is in the way" in result.err
    assert list(world.home.iterdir()) == []


def test_a_folder_that_is_a_file(world: World) -> None:
    world.write("out", "a file")
    result = world.run("fetch", GUIDE, "--output-dir", "out")
    assert (result.code, result.err) == (5, f"Error: cannot write {GUIDE} below 'out': File exists\n")


def test_two_versions_have_one_place(world: World) -> None:
    result = world.run("fetch", GUIDE, GUIDE.replace("handbook", "handbook@v1"), "--output-dir", "out")
    assert result.code == 4
    assert "have one place in 'out'" in result.err
    assert not (world.root / "out").exists()


def test_a_terminal_gets_text_without_control_characters(world: World) -> None:
    shown = world.run("fetch", "northwind/handbook/docs/evil.md", stream_type=Terminal)
    assert shown.out == "\\x1b[31mred\\x07\n::error::x\n\\x9b2J\\u202eback\n"
    world.write("docs/tab.md", "a\tb\r\nc\fd")
    assert world.run("fetch", "docs/tab.md", stream_type=Terminal).out == "a    b\nc\nd\n"
    binary = world.run("fetch", BINARY, stream_type=Terminal)
    assert (binary.code, binary.out) == (2, "")
    assert binary.err == f"Error: {BINARY} is no text\nHint: give --output FILE\n"


# --- several ----------------------------------------------------------------------------------------------------------


def test_several_go_to_a_folder(world: World) -> None:
    result = world.run("fetch", GUIDE, STYLE, BINARY, GUIDE, "--output-dir", "out")
    assert (result.code, result.err) == (0, "")
    assert result.out == "".join(
        f"wrote out/northwind/handbook/{path}\n"
        for path in ("docs/guide.md", "docs/style.md", "data/logo.bin", "docs/guide.md")
    )
    assert sorted(world.asked()) == ["data/logo.bin", "docs/guide.md", "docs/style.md"]


@pytest.mark.parametrize("folder", [(), ("--output-dir", "")], ids=["none", "empty"])
def test_several_need_a_place(folder: tuple[str, ...], world: World) -> None:
    result = world.run("fetch", GUIDE, STYLE, *folder)
    assert (result.code, result.out) == (2, "")
    assert "several documents need a folder or --json" in result.err
    assert world.asked() == []


def test_some_fail_and_the_others_are_there(world: World) -> None:
    result = world.run("fetch", GUIDE, NONE, "codex://northwind/x/../y", STYLE, "--output-dir", "out")
    assert result.code == 5
    assert result.out.count("wrote ") == 2
    assert result.err.splitlines() == [
        f"Error: {NONE}: there is no northwind/handbook/docs/none.md",
        "Error: codex://northwind/x/../y: the path climbs with '..'",
    ]


def test_several_as_json(world: World) -> None:
    result = world.run("fetch", "codex://northwind/x/../y", GUIDE, NONE, "--json")
    found = result.data
    assert list(problems(found, load("fetch-many"))) == []
    assert result.code == 2  # the first one's
    assert [one["reference"] for one in found["documents"]] == [GUIDE]
    assert [(one["reference"], one["type"], one["exit_code"]) for one in found["errors"]] == [
        ("codex://northwind/x/../y", "UnsafePath", 2),
        (NONE, "NotFound", 5),
    ]
    assert world.json("fetch-many", "fetch", GUIDE, STYLE)["errors"] == []


def test_none_of_several_is_there(world: World) -> None:
    result = world.run("fetch", NONE, NONE.replace("none", "nil"), "--output-dir", "out")
    assert (result.code, result.out) == (5, "")
    assert result.err.count("Error: ") == 2
    assert not (world.root / "out").exists()


# --- what a run ends with ---------------------------------------------------------------------------------------------

DENIED = """\
schema_version: "3.0"
permissions:
  default: read
  rules:
    - {pattern: "docs/**", permission: none}
"""


def _denied(world: World) -> None:
    world.write(".fractary/codex/config.yaml", DENIED)


def _limited(world: World) -> None:
    world.hub.refuse("primary", 3600, times=9)


def _refused(world: World) -> None:
    world.hub.refuse("forbidden", times=9)


def _nothing(world: World) -> None:
    pass


# what is done before, arguments, exit code, error's type, what is said
ENDS: dict[str, tuple[Callable[[World], None], list[str], int, str, str]] = {
    "climbs": (_nothing, ["codex://a/b/../../c"], 2, "UnsafePath", "climbs"),
    "control characters": (_nothing, ["codex://a/b/\x1b[31mx"], 2, "UnsafePath", "control character"),
    "an absolute path": (_nothing, ["codex://a/b//etc/passwd"], 2, "", ""),
    "a drive": (_nothing, ["codex://a/b/C:/x"], 5, "", ""),
    "encoded dots": (_nothing, ["codex://a/b/%2e%2e/x"], 2, "", ""),
    "an odd name": (_nothing, ["codex://-a/b/c"], 2, "", ""),
    "no reference": (_nothing, ["codex://"], 2, "", ""),
    "an empty one": (_nothing, [""], 2, "", ""),
    "up from here": (_nothing, ["../x.md"], 2, "", ""),
    "bytes that are no text": (_nothing, ["codex://a/b/\udcff.md"], 2, "InvalidReference", "no UTF-8"),
    "a version that is no text": (_nothing, [GUIDE, "--version", "\udcff"], 2, "InvalidReference", "no UTF-8"),
    "a long one": (_nothing, ["codex://a/b/" + "x" * 9000], 2, "", ""),
    "git's folder": (_nothing, [".git/config"], 5, "", ""),
    "no such document": (_nothing, [NONE], 5, "NotFound", "there is no northwind/handbook/docs/none.md"),
    "a folder": (_nothing, ["codex://northwind/handbook/docs"], 5, "", ""),
    "no such repository": (_nothing, ["codex://northwind/nil/a.md"], 5, "", "does not exist"),
    "no such version": (_nothing, [GUIDE, "--version", "v9"], 5, "NotFound", "'v9'"),
    "a version that is an option": (_nothing, [GUIDE, "--version", "--upload-pack=x"], 5, "NotFound", "'--upload-pack=x'"),
    "a version with spaces": (_nothing, [GUIDE, "--version", "a b\nc"], 5, "NotFound", "'a b\\nc'"),
    "a limit": (_limited, [GUIDE, "--max-wait", "1"], 5, "RateLimited", "takes no more requests before"),
    "refused": (_refused, [GUIDE], 5, "Unauthorized", "refuses access"),
    "not allowed": (_denied, [GUIDE], 4, "PermissionDenied", "may not be read"),
    "no configuration": (_nothing, [GUIDE, "--config", "none.yaml"], 3, "ConfigurationError", "none.yaml"),
    "no checkout": (_nothing, [GUIDE, "--codex", "none"], 2, "UsageError", "there is no folder 'none'"),
    "an empty checkout": (_nothing, [GUIDE, "--codex", ""], 2, "UsageError", "there is no folder ''"),
    "no environment": (_nothing, [GUIDE, "--env", "none"], 2, "UsageError", "there is no environment 'none'"),
    "two places": (_nothing, [GUIDE, "--output", "a", "--output-dir", "b"], 2, "", ""),
    "a bad project": (_nothing, ["docs/a.md", "--project", "nonsense"], 2, "UsageError", "is no project"),
    "a bad source": (_nothing, [GUIDE, "--source", "ftp"], 2, "UsageError", "--source"),
    "a negative time": (_nothing, [GUIDE, "--ttl", "-1"], 2, "UsageError", "--ttl"),
    "a wait that is no number": (_nothing, [GUIDE, "--max-wait", "nan"], 2, "UsageError", "--max-wait"),
    "no place": (_nothing, [GUIDE, "-C", "none"], 2, "UsageError", "cannot enter 'none'"),
    "nothing asked": (_nothing, [], 2, "UsageError", "REFERENCE"),
    "an option there is not": (_nothing, [GUIDE, "--nonsense"], 2, "UsageError", "--nonsense"),
}  # fmt: skip


@pytest.mark.parametrize(("before", "arguments", "code", "kind", "words"), ENDS.values(), ids=ENDS.keys())
def test_ends(before: Callable[[World], None], arguments: list[str], code: int, kind: str, words: str, world: World) -> None:  # fmt: skip
    before(world)
    plain = world.run("fetch", *arguments)
    assert (plain.code, plain.out) == (code, ""), plain.err
    assert plain.err.count("Error: ") == 1
    assert words in plain.err
    assert plain.err.replace("\n", "").isprintable()
    if "two places" not in plain.err:  # which a report and a folder are not
        told = world.run("fetch", *arguments, "--json", "--cache-dir", "other")
        assert list(problems(told.data, load("error"))) == []
        assert (told.code, told.data["error"]["exit_code"], told.err) == (code, code, plain.err)
        assert kind in ("", told.data["error"]["type"])


def test_a_bug_is_told_as_one(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise KeyError("nobody thought of it")

    monkeypatch.setattr("codex_action.documents.reading.DocumentReader.read", fail)
    assert world.run("fetch", GUIDE).code == 70


# --- options that many commands share ---------------------------------------------------------------------------------


@pytest.mark.parametrize("how", [("--codex", "shelf"), {"CODEX_CODEX": "shelf"}], ids=["option", "twin"])
def test_a_checkout_of_the_codex_repository(how: Any, world: World) -> None:  # noqa: ANN401
    world.write(
        ".fractary/codex/config.yaml",
        'schema_version: "3.0"\ncodex_repo: {organization: northwind, repository: codex}\n',
    )
    world.write("shelf/projects/handbook/docs/guide.md", "on the shelf")
    assert given(world, how).stdout == b"on the shelf"
    assert world.asked() == []


def test_what_validate_reads_from_the_environment_is_no_checkout(world: World) -> None:
    assert world.run("fetch", GUIDE, env={"CODEX_PATH": "docs"}).stdout == GUIDE_TEXT


@pytest.mark.parametrize(
    "how", [("--config", "my.yaml"), {"CODEX_CONFIG": "my.yaml"}], ids=["option", "twin"]
)
def test_a_configuration(how: Any, world: World) -> None:  # noqa: ANN401
    world.write("my.yaml", DENIED)
    result = given(world, how)
    assert (result.code, result.err.startswith(f"Error: {GUIDE} may not be read: ")) == (4, True)


@pytest.mark.parametrize(
    "how", [("--cache-dir", "kept"), {"CODEX_CACHE_DIR": "kept"}], ids=["option", "twin"]
)
def test_a_cache(how: Any, world: World) -> None:  # noqa: ANN401
    given(world, how)
    assert (world.root / "kept/index.db").exists()
    assert not world.cache.exists()


@pytest.mark.parametrize("how", [("--env", "test"), {"CODEX_ENV": "test"}], ids=["option", "twin"])
def test_an_environment(how: Any, world: World) -> None:  # noqa: ANN401
    world.hub.add("northwind/codex", {"guide.md": b"main"}, others={"testing": {"guide.md": b"testing"}})
    world.write(
        ".fractary/codex/config.yaml",
        'schema_version: "3.0"\ncodex_repo: {organization: northwind, repository: codex}\nenvironments: {test: testing}\n',
    )
    arguments, env = (how, None) if isinstance(how, tuple) else ((), how)
    assert world.run("fetch", "northwind/codex/guide.md", *arguments, env=env).stdout == b"testing"


def test_another_place(world: World) -> None:
    world.write("docs/own.md", "mine")
    assert world.run("fetch", "docs/own.md", "-C", "docs").stdout == b"mine"
    assert world.run("-C", "docs", "fetch", "docs/own.md").stdout == b"mine"


# --- the cache fails, the fetch does not ------------------------------------------------------------------------------


@pytest.mark.parametrize("folder", ["afile", "afile/below", "/proc/none", "/dev/null", "dangling"])
def test_a_cache_that_cannot_be(folder: str, world: World) -> None:
    world.write("afile", "a file")
    (world.root / "dangling").symlink_to("/nowhere/at/all")
    for arguments in ((GUIDE,), (GUIDE, STYLE, BINARY, "--output-dir", "out")):
        result = world.run("fetch", *arguments, "--cache-dir", folder)
        assert result.code == 0
        assert result.err.count("\n") == 1
        assert result.err.startswith("Warning: the cache in ")
    assert (world.root / "afile").read_text() == "a file"


def test_a_cache_that_may_not_be_written(
    open_folder: Path, hub: FakeGitHub, run_cli: RunCli, as_user: Callable[[], Any]
) -> None:
    with as_user():
        world = World(open_folder, hub, run_cli)
        world.cache.mkdir(parents=True)
        world.cache.chmod(0o500)
        result = world.run("fetch", GUIDE, STYLE, "--output-dir", "out")
    assert result.code == 0
    assert result.err.startswith("Warning: the cache in ")
    assert result.err.count("\n") == 1


def _bad_content(world: World) -> None:
    for path in world.cache.glob("objects/*/*"):
        path.chmod(0o600)
        path.write_bytes(b"other")


def _bad_index(world: World) -> None:
    (world.cache / "index.db").write_bytes(b"nonsense" * 1000)


@pytest.mark.parametrize("damage", [_bad_content, _bad_index], ids=["content", "index"])
def test_a_damaged_cache_is_one_warning(damage: Callable[[World], None], world: World) -> None:
    references = (GUIDE, STYLE, BINARY)
    world.run("fetch", *references, "--output-dir", "out")
    damage(world)
    result = world.run("fetch", *references, "--output-dir", "out")
    assert result.code == 0
    assert result.err.startswith("Warning: the ")
    assert result.err.count("\n") == 1
    assert world.run("fetch", *references, "--output-dir", "out").err == ""
    assert world.run("cache", "health").code == 0


def test_a_cache_that_is_turned_off(world: World) -> None:
    world.write(".fractary/codex/config.yaml", 'schema_version: "3.0"\ncache: {enabled: false}\n')
    for _ in range(2):
        assert world.run("fetch", GUIDE).stdout == GUIDE_TEXT
    assert world.asked() == ["docs/guide.md"] * 2
    assert not world.cache.exists()
