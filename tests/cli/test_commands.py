"""The command line in this process: options, their twins in the environment, exit codes, what goes where."""

from __future__ import annotations

import inspect
import io
import json
import os
import re
import runpy
import sys
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Callable

import click
import pytest
from programs import RunCli
from schema import load, problems
from trees import Tree

from codex_action.checks.options import ValidateOptions
from codex_action.cli import door, start
from codex_action.cli.main import codex, fractary
from codex_action.cli.options import option
from codex_action.cli.progress import Progress
from codex_action.errors import ExitCode, GitError, StorageError
from codex_action.version import __version__

BAD = "codex://umbrella/handbook/../x"
OLD = "@codex/other/a.md"


def commands(
    group: click.Command, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    yield path, group
    if isinstance(group, click.Group):
        context = click.Context(group)
        for name in group.list_commands(context):
            inner = group.get_command(context, name)
            assert inner is not None
            yield from commands(inner, (*path, name))


ALL = dict(commands(codex))
NAMES = {(): {"validate", "doctor"}, ("validate",): {"refs"}}


def test_the_commands() -> None:
    groups = {(), ("validate",), ("config",), ("migrate",), ("types",), ("cache",), ("sync",)}
    commands = {
        ("validate", "refs"),
        ("validate", "setup"),
        ("config", "show"),
        ("types", "list"),
        ("types", "show"),
        ("migrate", "config"),
        ("init",),
        ("fetch",),
        ("cache", "list"),
        ("cache", "clear"),
        ("cache", "health"),
        ("cache", "metrics"),
        ("sync", "project"),
        ("doctor",),
    }
    assert {*ALL} == groups | commands
    context = click.Context(codex)
    assert isinstance(codex, click.Group)
    assert codex.get_command(context, "nonsense") is None


@pytest.mark.parametrize("path", ALL, ids=lambda path: " ".join(path) or "codex-action")
@pytest.mark.parametrize("flag", ["-h", "--help"])
def test_help_tells_of_every_option(path: tuple[str, ...], flag: str, run_cli: RunCli) -> None:
    result = run_cli(*path, flag)
    assert (result.code, result.err) == (0, "")
    for parameter in ALL[path].params:
        if isinstance(parameter, click.Option):
            assert any(
                re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", result.out) for name in parameter.opts
            )
            assert parameter.help
            assert parameter.help.rstrip("]")[-1] in ".=" or parameter.help.endswith("]")
    for name in NAMES.get(path, ()):
        assert f"  {name}" in result.out


@pytest.mark.parametrize("path", [(), ("validate",)], ids=["codex-action", "validate"])
def test_a_group_alone_shows_its_help(path: tuple[str, ...], run_cli: RunCli) -> None:
    result = run_cli(*path)
    assert "Usage: codex-action" in result.out + result.err
    assert result.code in (0, 2)  # which of them is click's choice, and has changed


@pytest.mark.parametrize(
    "path", [path for path in ALL if path in (("doctor",), ("validate", "refs"))], ids=" ".join
)
def test_every_option_has_its_twin(path: tuple[str, ...]) -> None:
    for parameter in ALL[path].params:
        long = [name for name in parameter.opts if name.startswith("--")]
        if isinstance(parameter, click.Option) and long not in ([], ["--json"], ["--help"]):
            assert parameter.envvar == "CODEX_" + long[0][2:].replace("-", "_").upper()


def test_what_can_be_asked_for_can_be_asked_for_here() -> None:
    names = {parameter.name for parameter in ALL["validate", "refs"].params}
    assert {item.name for item in fields(ValidateOptions)} - names == {
        "changed_files",
        "example_orgs",
        "leave_out",
        "progress",
    }


def test_the_order_of_names_does_not_matter() -> None:
    @click.command()
    @option("-x", "--some-thing/--no-some-thing", "thing")
    def made(thing: bool) -> None:  # noqa: FBT001
        click.echo(str(thing))

    assert made.params[0].envvar == "CODEX_SOME_THING"
    assert inspect.isfunction(made.callback)


# option, value in the environment, how it shows
TWINS: dict[str, tuple[str, str, dict[str, object]]] = {
    "path": ("CODEX_PATH", "docs", {"files_checked": 2}),
    "fix": ("CODEX_FIX", "1", {"fixed": 1}),
    "no fix": ("CODEX_FIX", "false", {"fixed": 0}),
    "diff": ("CODEX_DIFF", "true", {"fixed": 1}),
    "resolve": ("CODEX_RESOLVE", "offline", {"files_checked": 3}),
    "changed since": ("CODEX_CHANGED_SINCE", "HEAD", {"files_checked": 0}),
    "select": ("CODEX_SELECT", "CODEX001\nCODEX002", {"errors": 1, "warnings": 0}),
    "select, commas": ("CODEX_SELECT", "CODEX001,CODEX002", {"errors": 1, "warnings": 0}),
    "ignore": ("CODEX_IGNORE", "\n  CODEX002 \n\nCODEX010\n", {"errors": 0, "warnings": 0}),
    "exclude": ("CODEX_EXCLUDE", "with space.md\ndocs/", {"files_checked": 1}),
    "code blocks": ("CODEX_CODE_BLOCKS", "1", {"refs_checked": 3}),
    "project": ("CODEX_PROJECT", "else/where", {"warnings": 1}),
    "jobs": ("CODEX_JOBS", "2", {"files_checked": 4}),
    "fail on": ("CODEX_FAIL_ON", "never", {"errors": 1}),
    "an empty list": ("CODEX_SELECT", "", {"errors": 1, "warnings": 1}),
    "an empty value": ("CODEX_PATH", "", {"files_checked": 4}),
}


@pytest.mark.parametrize(("name", "value", "shown"), TWINS.values(), ids=TWINS.keys())
def test_twins(
    name: str, value: str, shown: dict[str, object], make_project: object, run_cli: RunCli
) -> None:
    tree = make_project(  # type: ignore[operator]
        {
            "a.md": f"{BAD} {OLD}\n\n```\n{BAD}\n```\n",
            "docs/x.md": "x\n",
            "docs/y.md": "x\n",
            "with space.md": "x\n",
        }
    )
    shown = {**shown, "files_checked": 4} if name == "CODEX_RESOLVE" else shown
    result = run_cli("validate", "refs", "--json", cwd=tree.root, env={name: value})
    assert {key: result.data[key] for key in shown} == shown
    assert result.code == (0 if value in ("never", "docs", "HEAD") or name == "CODEX_IGNORE" else 1)


def test_an_option_wins_over_its_twin(project: Tree, run_cli: RunCli) -> None:
    project.write({"a.md": f"{BAD} {OLD}\n"})
    env = {"CODEX_SELECT": "CODEX010", "CODEX_FORMAT": "markdown"}
    result = run_cli("validate", "refs", "--select", "CODEX002", "--json", cwd=project.root, env=env)
    assert result.rules == ["CODEX002"]


def test_forms(project: Tree, run_cli: RunCli) -> None:
    project.write({"a.md": OLD})
    starts = {
        "text": "a.md:1:1: CODEX010",
        "json": "{\n",
        "github": "::warning file=a.md",
        "sarif": '{\n  "$schema"',
        "markdown": "### Codex",
    }
    for name, beginning in starts.items():
        given = run_cli("validate", "refs", "--format", name, cwd=project.root)
        twin = run_cli("validate", "refs", cwd=project.root, env={"CODEX_FORMAT": name})
        assert given.out.startswith(beginning)
        assert given == twin
        assert given.code == (0 if name == "sarif" else 1)
    assert run_cli("validate", "refs", "--json", cwd=project.root) == run_cli(
        "validate", "refs", "--format", "json", cwd=project.root
    )


CODES: dict[str, tuple[list[str], dict[str, str], int]] = {
    "fine": (["validate", "refs", "README.md"], {}, 0),
    "findings": (["validate", "refs"], {}, 1),
    "only warnings, fail on error": (
        ["validate", "refs", "--ignore", "CODEX002", "--fail-on", "error"],
        {},
        0,
    ),
    "pending changes": (["validate", "refs", "--diff", "--select", "CODEX010", "--fail-on", "error"], {}, 1),
    "never": (["validate", "refs", "--fail-on", "never"], {}, 0),
    "SARIF": (["validate", "refs", "--format", "sarif"], {}, 0),
    "SARIF, fail on what": (["validate", "refs", "--format", "sarif", "--fail-on", "warning"], {}, 1),
    "SARIF, fail on what the environment says": (
        ["validate", "refs", "--format", "sarif"],
        {"CODEX_FAIL_ON": "warning"},
        1,
    ),
    "an unknown option": (["validate", "refs", "--nonsense"], {}, 2),
    "an unknown command": (["nonsense"], {}, 2),
    "an unknown rule": (["validate", "refs", "--select", "X"], {}, 2),
    "a bad choice": (["validate", "refs", "--resolve", "x"], {}, 2),
    "a bad number": (["validate", "refs", "--jobs", "-1"], {}, 2),
    "a bad choice in the environment": (["validate", "refs"], {"CODEX_RESOLVE": "x"}, 2),
    "a missing file": (["validate", "refs", "none.md"], {}, 2),
    "a missing place": (["validate", "refs", "-C", "none"], {}, 2),
    "an unwritable output": (["validate", "refs", "--output", "none/x.txt"], {}, 2),
    "git is missing": (["validate", "refs"], {"PATH": "/nowhere"}, 5),
    "doctor": (["doctor"], {}, 0),
    "help": (["--help"], {}, 0),
}


@pytest.mark.parametrize(("arguments", "env", "code"), CODES.values(), ids=CODES.keys())
def test_exit_codes(
    arguments: list[str], env: dict[str, str], code: int, project: Tree, run_cli: RunCli
) -> None:
    project.write({"a.md": f"{BAD} {OLD}\n"})
    result = run_cli(*arguments, cwd=project.root, env=env)
    assert result.code == code
    assert (result.err == "") is (code in (0, 1))
    assert "Traceback" not in result.err


def test_sarif_names_places_from_the_repository_s_root(project: Tree, run_cli: RunCli) -> None:
    project.write({"site/.fractary/keep": "", "site/a.md": BAD})
    result = run_cli("validate", "refs", "--format", "sarif", cwd=project.root / "site")
    (run,) = json.loads(result.out)["runs"]
    place = run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]
    assert place["uri"] == "site/a.md"
    assert run["automationDetails"]["id"] == "codex-action/validate-refs/site/"


def test_sarif_says_what_it_leaves_out(project: Tree, run_cli: RunCli) -> None:
    project.write({"a.md": f"{BAD}\n" * 5001})
    result = run_cli("validate", "refs", "--format", "sarif", cwd=project.root)
    assert len(json.loads(result.out)["runs"][0]["results"]) == 5000
    assert result.err.endswith("1 finding left out.\n")


def test_every_code_has_its_meaning() -> None:
    epilog = str(codex.epilog)
    for code in (ExitCode.OK, ExitCode.FINDINGS, ExitCode.USAGE, ExitCode.OUTSIDE, ExitCode.INTERRUPTED):
        assert re.search(rf"\b{int(code)} ", epilog)


def test_another_place(project: Tree, run_cli: RunCli, tmp_path: Path) -> None:
    project.write({"docs/a.md": OLD})
    result = run_cli(
        "validate", "refs", "-C", "work/docs", "--output", "out.json", "--json", "a.md", cwd=tmp_path
    )
    assert (result.code, result.out) == (1, "")
    document = json.loads((project.root / "docs/out.json").read_text())
    assert [item["file"] for item in document["findings"]] == ["docs/a.md"]


def test_another_place_for_every_command(project: Tree, run_cli: RunCli, tmp_path: Path) -> None:
    data = run_cli("-C", "work", "doctor", "-C", "docs", "--json", cwd=tmp_path).data
    assert data["root"] == str(project.root)
    assert run_cli("-C", "none", "doctor", cwd=tmp_path).code == 2


def test_output_is_a_file(project: Tree, run_cli: RunCli) -> None:
    project.write({"é.md": OLD})
    result = run_cli("validate", "refs", "--output", "out.txt", "--color", "always", cwd=project.root)
    assert (result.code, result.out, result.err) == (1, "", "")
    text = (project.root / "out.txt").read_bytes().decode("utf-8")
    assert text.startswith("é.md:1:1: CODEX010")
    assert "\x1b" not in text
    assert "\r" not in text


def test_color(project: Tree, run_cli: RunCli, monkeypatch: pytest.MonkeyPatch) -> None:
    project.write({"a.md": OLD})
    colored = {
        (arguments, variable): "\x1b["
        in run_cli("validate", "refs", *arguments, cwd=project.root, env=variable and dict([variable])).out
        for arguments in ((), ("--color", "always"), ("--color", "never"))
        for variable in (None, ("CODEX_COLOR", "always"))
    }
    assert colored == {
        ((), None): False,
        ((), ("CODEX_COLOR", "always")): True,
        (("--color", "always"), None): True,
        (("--color", "always"), ("CODEX_COLOR", "always")): True,
        (("--color", "never"), None): False,
        (("--color", "never"), ("CODEX_COLOR", "always")): False,
    }

    class Terminal:
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr("sys.stdout", Terminal())
    assert [door.colored(choice) for choice in ("auto", "always", "never")] == [True, True, False]
    monkeypatch.setenv("NO_COLOR", "1")
    assert [door.colored(choice) for choice in ("auto", "always", "never")] == [False, True, False]


def test_quiet_and_verbose(project: Tree, run_cli: RunCli) -> None:
    project.write({"a.md": OLD, "b.bin": b"\0"})
    plain, quiet, verbose = (
        run_cli("validate", "refs", *flags, cwd=project.root).out for flags in ([], ["-q"], ["-v"])
    )
    assert quiet == f"a.md:1:1: CODEX010 legacy reference, now codex://umbrella/other/a.md [{OLD}]\n"
    assert plain.startswith(quiet)
    assert verbose.startswith(plain)
    assert "1 binary file" in verbose
    assert run_cli("validate", "refs", "--quiet", "README.md", cwd=project.root).out == ""


def test_quiet_tells_what_was_fixed(project: Tree, run_cli: RunCli) -> None:
    project.write({"a.md": f"{OLD} {OLD}\n", "b.md": f"{OLD}\n"})
    result = run_cli("validate", "refs", "-q", "--fix", cwd=project.root)
    assert (result.code, result.out, result.err) == (1, "3 places fixed in 2 files.\n", "")


def test_an_error_with_json_is_a_document_and_a_sentence(project: Tree, run_cli: RunCli) -> None:
    for arguments in (["--json"], ["--format", "json"]):
        result = run_cli("validate", "refs", "--select", "X", *arguments, cwd=project.root)
        assert list(problems(result.data, load("error"))) == []
        error = result.data["error"]
        assert result.err == f"Error: {error['message']}\nHint: {error['hint']}\n"
        assert (error["exit_code"], error["type"]) == (result.code, "UsageError") == (2, "UsageError")
    plain = run_cli("validate", "refs", "--select", "X", cwd=project.root)
    assert (plain.out, plain.err) == ("", result.err)


WRONG: dict[str, list[str]] = {
    "an option": ["validate", "refs", "--nonsense"],
    "a place before the command": ["-C", "none", "validate", "refs"],
    "a place": ["validate", "refs", "-C", "none"],
    "a number": ["validate", "refs", "--jobs", "many"],
    "a negative number": ["validate", "refs", "--jobs", "-1"],
    "a choice": ["validate", "refs", "--resolve", "x"],
    "a rule": ["validate", "refs", "--select", "X"],
    "a missing file": ["validate", "refs", "none.md"],
    "doctor's place": ["-C", "none", "doctor"],
    "doctor's option": ["doctor", "--nonsense"],
}
JSON = {"--json": ["--json"], "--format json": ["--format", "json"], "--format=json": ["--format=json"]}


@pytest.mark.parametrize("more", JSON.values(), ids=JSON.keys())
@pytest.mark.parametrize("arguments", WRONG.values(), ids=WRONG.keys())
def test_every_error_with_json_is_a_document(
    arguments: list[str], more: list[str], project: Tree, run_cli: RunCli
) -> None:
    result = run_cli(*arguments, *more, cwd=project.root)
    assert list(problems(result.data, load("error"))) == []
    error = result.data["error"]
    assert (result.code, error["exit_code"], error["type"]) == (2, 2, "UsageError")
    assert f"Error: {error['message']}\n" in result.err
    plain = run_cli(*arguments, cwd=project.root)
    assert (plain.code, plain.out, plain.err) == (2, "", result.err)


def test_an_error_without_a_hint_is_one_line(run_cli: RunCli, tmp_path: Path) -> None:
    result = run_cli("validate", "refs", "-C", str(tmp_path / "none"))
    assert result.err == f"Error: cannot enter {str(tmp_path / 'none')!r}: No such file or directory\n"


def test_paths_are_shown_as_they_can_be_opened_from_here(project: Tree, run_cli: RunCli) -> None:
    project.write({"docs/a.md": OLD})
    assert run_cli("validate", "refs", cwd=project.root / "docs").out.startswith("a.md:1:1:")
    assert run_cli("validate", "refs", "--path", "work", cwd=project.root.parent).out.startswith(
        "work/docs/a.md:1:1:"
    )


SEEN: dict[str, tuple[str, list[str], str]] = {
    "the folder's own": ("docs", [], "em.md:3:3: "),
    "named": ("docs", ["em.md"], "em.md:3:3: "),
    "one above": ("docs", ["../x.md"], "../x.md:3:3: "),
    "beside it": ("docs/in", ["../em.md"], "../em.md:3:3: "),
    "from the root": ("", ["docs/em.md"], "docs/em.md:3:3: "),
    "with a path": ("docs", ["--path", ".."], "em.md:3:3: "),
    "from another folder": ("docs", ["-C", ".."], "docs/em.md:3:3: "),
}


@pytest.mark.parametrize(("folder", "arguments", "start"), SEEN.values(), ids=SEEN.keys())
def test_paths_are_as_seen_from_the_current_folder(
    folder: str, arguments: list[str], start: str, project: Tree, run_cli: RunCli
) -> None:
    text = f"\n\n  {OLD}\n"
    project.write({"docs/em.md": text, "x.md": text, "docs/in/none.md": "x\n"})
    result = run_cli("validate", "refs", *arguments, cwd=project.root / folder)
    assert start in [line[: len(start)] for line in result.out.splitlines()]
    data = run_cli("validate", "refs", "--json", *arguments, cwd=project.root / folder).data
    assert {item["file"] for item in data["findings"]} <= {"docs/em.md", "x.md"}


def test_annotations_lead_from_the_workspace(project: Tree, run_cli: RunCli) -> None:
    project.write({"docs/a.md": OLD})
    env = {"GITHUB_WORKSPACE": str(project.root.parent)}
    result = run_cli("validate", "refs", "--format", "github", cwd=project.root, env=env)
    assert result.out.startswith("::warning file=work/docs/a.md,line=1,")


def test_fractary_codex_is_the_same(project: Tree, run_cli: RunCli) -> None:
    project.write({"a.md": OLD})
    same = run_cli("codex", "validate", "refs", cwd=project.root, program=fractary, name="fractary")
    assert same == run_cli("validate", "refs", cwd=project.root)
    assert (
        "Usage: fractary codex validate refs"
        in run_cli("codex", "validate", "refs", "-h", program=fractary, name="fractary").out
    )


@pytest.mark.parametrize("program", [codex, fractary], ids=["codex-action", "fractary"])
def test_version(program: click.Command, run_cli: RunCli) -> None:
    assert run_cli("--version", program=program).out.endswith(f" {__version__}\n")


def test_doctor(project: Tree, run_cli: RunCli) -> None:
    env = {"GITHUB_TOKEN": "canary", "GITHUB_API_URL": "https://me:canary@b.example/api/v3"}
    text = run_cli("doctor", cwd=project.root, env=env).out
    facts = dict(re.split(r"  +", line, maxsplit=1) for line in text.splitlines())
    assert facts["project"] == "umbrella/handbook"
    assert facts["project source"] == "git remote"
    assert facts["git problem"] == "-"
    assert facts["github api"].endswith("b.example/api/v3")
    assert facts["github token set"] == "yes"
    assert facts["codex token set"] == "no"
    assert facts["tracked files"] == "4"
    assert "canary" not in text
    elsewhere = run_cli("doctor", "--json", cwd=project.root / "docs").data
    assert elsewhere["root"] == str(project.root)


TROUBLE = {
    "git is missing": {"PATH": "/nowhere"},
    "a bad name": {"GITHUB_REPOSITORY": "nonsense"},
    "a server with a password": {"GITHUB_SERVER_URL": "https://me:canary@ghes.example"},
}


@pytest.mark.parametrize("env", TROUBLE.values(), ids=TROUBLE.keys())
def test_doctor_helps_where_something_is_wrong(env: dict[str, str], project: Tree, run_cli: RunCli) -> None:
    result = run_cli("doctor", "--json", cwd=project.root, env=env)
    assert (result.code, result.err) == (0, "")
    assert "canary" not in result.out
    assert list(problems(result.data, load("doctor"))) == []


def test_doctor_says_what_is_wrong_with_git(project: Tree, run_cli: RunCli) -> None:
    (project.root / ".git/index").write_bytes(b"nonsense")
    data = run_cli("doctor", "--json", cwd=project.root).data
    assert data["tracked_files"] is None
    assert data["git_problem"].startswith("git ls-files failed")
    if os.geteuid() == 0:
        os.chown(project.root, 12345, 12345)
        assert "safe.directory" in run_cli("doctor", "--json", cwd=project.root).data["git_problem"]


GIT_FAILS: dict[str, tuple[dict[str, str], str]] = {
    "not installed": ({"PATH": "/nowhere"}, "Error: git is not installed\n"),
    "not trusted": ({}, "Error: git does not trust this folder"),
}


@pytest.mark.parametrize(("env", "words"), GIT_FAILS.values(), ids=GIT_FAILS.keys())
@pytest.mark.parametrize("text", [OLD, "codex://umbrella/handbook/README.md", "nothing"])
def test_git_that_cannot_tell_the_project_is_told(
    text: str, env: dict[str, str], words: str, project: Tree, run_cli: RunCli
) -> None:
    project.write({"a.md": text})
    if not env:
        if os.geteuid() != 0:
            pytest.skip("only root can give files away")
        os.chown(project.root, 12345, 12345)
    result = run_cli("validate", "refs", "a.md", cwd=project.root, env=env)
    if text == "nothing":
        assert (result.code, result.err) == (0, "")
        return
    assert (result.code, result.out) == (5, "")
    assert result.err.startswith(words)
    elsewhere = {**env, "GITHUB_REPOSITORY": "umbrella/x"}
    told = run_cli("validate", "refs", "a.md", cwd=project.root, env=elsewhere)
    assert told.code == (5 if text == OLD else 0)  # an older form may name one of our own files: git is asked
    doctor = run_cli("doctor", "--json", cwd=project.root, env=env)
    assert (doctor.code, doctor.err) == (0, "")
    assert words[7:].strip() in doctor.data["project_problem"]


@pytest.mark.parametrize("format_", ["text", "markdown", "json"])
def test_a_repository_without_a_remote_says_so(
    format_: str, make_project: Callable[..., Tree], run_cli: RunCli
) -> None:
    tree = make_project({"a.md": "codex://umbrella/handbook/b.md\n", "b.md": "nothing\n"}, remote=None)
    notice = "The current project is not known, so nothing was looked up in it; give --project ORG/NAME."
    result = run_cli("validate", "refs", "--format", format_, cwd=tree.root)
    assert result.code == 0
    if format_ == "json":
        assert result.data["unverified"] == 1
    else:
        assert notice in result.out
        assert "1 reference not looked up; --resolve remote asks the git servers." in result.out
    for arguments in (["b.md"], ["--project", "umbrella/handbook"]):
        quiet = run_cli("validate", "refs", "--format", format_, *arguments, cwd=tree.root)
        assert notice not in quiet.out


# --- the door itself -----------------------------------------------------------------------------------------------


def raising(error: BaseException) -> click.Command:
    @click.command()
    def made() -> None:
        raise error

    return made


ENDS = {
    "interrupted": (KeyboardInterrupt(), 130, "Interrupted: nothing is half written.\n"),
    "aborted": (click.Abort(), 130, "Interrupted: nothing is half written.\n"),
    "an error of ours": (GitError("git failed", hint="look"), 5, "Error: git failed\nHint: look\n"),
    "an error of click's": (click.ClickException("##[error]no"), 1, "Error: ##\\x5berror]no\n"),
}


@pytest.mark.parametrize(("error", "code", "words"), ENDS.values(), ids=ENDS.keys())
def test_how_a_run_ends(error: BaseException, code: int, words: str, run_cli: RunCli) -> None:
    result = run_cli(program=raising(error))
    assert (result.code, result.err.lstrip("\n")) == (code, words)


@pytest.mark.parametrize(
    "error", [GitError("git failed", hint="look"), ValueError("no")], ids=["ours", "bug"]
)
def test_debug_adds_a_traceback_and_changes_nothing_else(
    error: Exception, run_cli: RunCli, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = run_cli(program=raising(error))
    monkeypatch.setenv("CODEX_DEBUG", "1")
    debug = run_cli(program=raising(error))
    assert (debug.code, debug.out) == (plain.code, plain.out)
    assert debug.err.startswith("Traceback")
    assert plain.err.splitlines()[0] in debug.err


@pytest.mark.parametrize("kind", ["full", "gone"])
def test_a_report_that_cannot_be_printed(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if kind == "full":
        if not os.path.exists("/dev/full"):
            pytest.skip("this system has no /dev/full")
        stream = open("/dev/full", "w", encoding="utf-8")  # noqa: SIM115
    else:
        reading, writing = os.pipe()
        os.close(reading)
        stream = os.fdopen(writing, "w", encoding="utf-8")
    monkeypatch.setattr("sys.stdout", stream)
    if kind == "full":
        with pytest.raises(StorageError, match="No space left"):
            door.emit("x" * 100_000, None)
    else:
        door.emit("x" * 100_000, None)
    stream.close()


def test_streams_that_cannot_be_set_up_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    out = io.StringIO()
    monkeypatch.setattr("sys.stdout", out)
    assert door.main(codex, ["--version"], "codex-action") == 0
    assert __version__ in out.getvalue()


@pytest.mark.parametrize("run", [start.run, start.run_fractary], ids=["codex-action", "fractary"])
@pytest.mark.parametrize("arguments", [["--version"], ["--help"], ["--nonsense"]], ids=str)
def test_scripts(
    run: object, arguments: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["x", *arguments])
    code: object = 0
    try:
        run()  # type: ignore[operator]
    except SystemExit as ended:
        code = ended.code
    assert code == (2 if arguments == ["--nonsense"] else 0)
    shown = capsys.readouterr()
    assert (__version__ in shown.out) is (arguments == ["--version"])


def test_the_module(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.argv", ["codex_action", "--version"])
    runpy.run_module("codex_action", run_name="__main__")
    assert capsys.readouterr().out == f"codex-action {__version__}\n"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("total", [99, 100, 12_000])
def test_progress_is_shown_on_a_terminal_for_what_is_large(
    total: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stderr", Terminal())
    with Progress("Reading", wanted=True, least=100) as show:
        assert show is not None
        for done in (0, total // 2, total):
            show(done, total)
    assert ("Reading" in sys.stderr.getvalue()) is (total >= 100)  # type: ignore[attr-defined]


def test_progress_is_not_shown_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    with Progress("Reading", wanted=True, least=0) as show:
        assert show is None
    monkeypatch.setattr("sys.stderr", Terminal())
    with Progress("Reading", wanted=False, least=0) as show:
        assert show is None
    monkeypatch.setenv("CI", "true")
    with Progress("Reading", wanted=True, least=0) as show:
        assert show is None


def test_a_wrong_command_line_with_json_is_a_document(run_cli: RunCli) -> None:
    result = run_cli("validate", "refs", "--json", "--nonsense")
    assert result.code == 2
    assert result.data["error"]["type"] == "UsageError"
    assert "--nonsense" in result.data["error"]["message"]
