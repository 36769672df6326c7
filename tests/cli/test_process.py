"""The installed program as a process: signals, pipes, start-up, and what it says of bugs."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from programs import RunCli, script
from trees import Tree

from codex_action.cli.main import codex
from codex_action.version import __version__

BAD = "codex://umbrella/handbook/../x"
DEAR = (
    "requests", "yaml", "ruamel", "jsonschema", "asyncio", "importlib.metadata", "markdown_it", "pathspec",
    "multiprocessing", "concurrent.futures", "urllib.parse", "difflib", "tempfile", "json",
)  # fmt: skip


@pytest.mark.parametrize(
    ("command", "shown"),
    [
        ((script(), "--version"), "codex-action"),
        ((script("fractary"), "--version"), "fractary"),
        ((script("fractary"), "codex", "--version"), "codex-action"),
        ((sys.executable, "-I", "-m", "codex_action", "--version"), "codex-action"),
        ((script(), "--version", "--debug"), None),
    ],
    ids=["codex-action", "fractary", "fractary codex", "module", "with more"],
)
def test_version(command: tuple[str, ...], shown: str | None, run_script: RunCli) -> None:
    result = run_script(command=command)
    if shown:
        assert (result.code, result.out, result.err) == (0, f"{shown} {__version__}\n", "")
    else:
        assert "Traceback" not in result.err


@pytest.mark.parametrize(
    "command",
    [(script(),), (script("fractary"), "codex"), (sys.executable, "-I", "-m", "codex_action")],
    ids=["codex-action", "fractary", "module"],
)
def test_every_door_is_the_same(command: tuple[str, ...], project: Tree, run_script: RunCli) -> None:
    project.write({"a.md": BAD})
    result = run_script("validate", "refs", command=command, cwd=project.root)
    assert result.code == 1
    assert result.out.startswith("a.md:1:1: CODEX002 ")
    assert result.err == ""


def slow_git(folder: Path) -> dict[str, str]:
    """An environment whose git says that it was called, and takes its time."""
    folder.mkdir()
    (folder / "git").write_text(f'#!/bin/sh\necho called >"{folder}/called"\nexec sleep 30\n')
    (folder / "git").chmod(0o755)
    return {**os.environ, "PATH": f"{folder}:{os.environ['PATH']}"}


@pytest.mark.parametrize("arguments", [[], ["--json"], ["--debug"]], ids=["plain", "json", "debug"])
def test_interrupted(arguments: list[str], project: Tree, tmp_path: Path) -> None:
    environ = slow_git(tmp_path / "tools")
    process = subprocess.Popen(
        [script(), "validate", "refs", *arguments],
        cwd=project.root,
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    deadline = time.monotonic() + 20
    while not (tmp_path / "tools/called").exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=20)
    assert process.returncode == 130
    assert out == b""
    assert err.decode().strip() == "Interrupted: nothing is half written."


def test_a_reader_that_goes_away_has_seen_enough(project: Tree) -> None:
    project.write({f"{number}.md": f"{BAD}\n" * 200 for number in range(50)})
    with subprocess.Popen(
        [script(), "validate", "refs"], cwd=project.root, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert b"CODEX002" in process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 1


def test_no_output_at_all_is_no_traceback(project: Tree) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [script(), "validate", "refs"], cwd=project.root, stdout=writing, stderr=subprocess.PIPE, check=False
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_full_disk_is_told(project: Tree) -> None:
    if not os.path.exists("/dev/full"):
        pytest.skip("this system has no /dev/full")
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [script(), "validate", "refs"], cwd=project.root, stdout=full, stderr=subprocess.PIPE, check=False
        )
    assert done.returncode == 5
    assert done.stderr.decode() == "Error: cannot write the report: No space left on device\n"


PRINTING: dict[str, list[str]] = {
    "version": ["--version"],
    "help": ["--help"],
    "help of a command": ["validate", "refs", "--help"],
    "report": ["validate", "refs"],
    "a report in JSON": ["validate", "refs", "--json"],
    "doctor": ["doctor"],
    "an error in JSON": ["validate", "refs", "--json", "--nonsense"],
    "another error in JSON": ["validate", "refs", "--json", "--select", "X"],
}


@pytest.mark.parametrize("program", ["codex-action", "fractary codex"])
@pytest.mark.parametrize("arguments", PRINTING.values(), ids=PRINTING.keys())
def test_a_full_disk_is_never_a_bug(arguments: list[str], program: str, project: Tree) -> None:
    if not os.path.exists("/dev/full"):
        pytest.skip("this system has no /dev/full")
    name, *more = program.split()
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [script(name), *more, *arguments],
            cwd=project.root,
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
        )
    words = done.stderr.decode()
    assert "Traceback" not in words
    assert "bug" not in words
    assert "Exception ignored" not in words
    assert done.returncode == (2 if {"--nonsense", "X"} & {*arguments} else 5)
    assert "Error: " in words


@pytest.mark.parametrize("closed", [">&-", ">&- 2>&-", "<&- >&- 2>&-"], ids=["stdout", "both", "all"])
@pytest.mark.parametrize("arguments", PRINTING.values(), ids=PRINTING.keys())
def test_closed_streams_are_never_a_bug(
    arguments: list[str], closed: str, project: Tree, run_script: RunCli
) -> None:
    command = ("sh", "-c", f'"$0" "$@" {closed}', script())
    result = run_script(*arguments, command=command, cwd=project.root)
    assert "Traceback" not in result.err
    assert "bug" not in result.err
    assert "Exception ignored" not in result.err
    assert result.code == (2 if {"--nonsense", "X"} & {*arguments} else 0)


def test_output_that_does_not_fit_the_locale_is_escaped(project: Tree, run_script: RunCli) -> None:
    project.write({"ü😀.md": BAD})
    env = {"PYTHONIOENCODING": "ascii", "LC_ALL": "C"}
    result = run_script("validate", "refs", cwd=project.root, env=env)
    assert (result.code, result.err) == (1, "")
    assert result.stdout.startswith(b"\\xfc\\U0001f600.md:1:1: CODEX002")


LOADED = """
import sys
sys.argv = ["codex-action", *{arguments!r}]
from codex_action.cli.start import run
try:
    run()
except SystemExit as ended:
    assert not ended.code, ended.code
sys.stdout.flush()
print("\\nLOADED", *sorted(sys.modules))
"""


def loaded(run_script: RunCli, cwd: Path, *arguments: str) -> set[str]:
    result = run_script(command=(sys.executable, "-I", "-c", LOADED.format(arguments=arguments)), cwd=cwd)
    assert result.code == 0, result.err
    return {*result.out.rpartition("LOADED ")[2].split()}


def test_a_run_that_meets_no_reference_loads_little(project: Tree, run_script: RunCli) -> None:
    project.write({"a.md": "a codex of laws\n" * 100})
    bare = {*run_script(command=(sys.executable, "-I", "-c", "import sys; print(*sys.modules)")).out.split()}
    for arguments in (["validate", "refs"], ["validate", "refs", "README.md", "a.md"]):
        modules = loaded(run_script, project.root, *arguments) - bare
        assert [name for name in DEAR[:9] if name in modules] == []
        ours = {name for name in modules if name.startswith("codex_action")}
        assert "codex_action.checks.run" not in ours
        assert not any(name.startswith(("codex_action.report.m", "codex_action.action")) for name in ours)


def test_files_that_were_named_need_no_git(project: Tree, run_script: RunCli) -> None:
    modules = loaded(run_script, project.root, "validate", "refs", "README.md")
    assert "codex_action.checks.files" in modules
    assert "codex_action.remote.git" not in modules


def test_the_version_needs_nothing(run_script: RunCli, tmp_path: Path) -> None:
    modules = loaded(run_script, tmp_path, "--version")
    assert "click" not in modules
    assert {name for name in modules if name.startswith("codex_action")} == {
        "codex_action",
        "codex_action.cli",
        "codex_action.cli.start",
        "codex_action.version",
    }


class Bug(Exception):
    """Something nobody thought of."""


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise Bug("it\n::error::broke")

    monkeypatch.setattr("codex_action.files.find_root", fail)


@pytest.mark.usefixtures("broken")
def test_a_bug_is_one_sentence_and_an_address(run_cli: RunCli) -> None:
    result = run_cli("validate", "refs")
    assert result.code == 70
    lines = result.err.splitlines()
    assert lines[0] == f"Error: this is a bug in codex-action {__version__}: Bug: it\\x0a::error::broke"
    assert lines[1].startswith("Hint: run again with --debug")
    assert lines[1].endswith("https://github.com/fractary/codex-action/issues")
    assert len(lines) == 2


@pytest.mark.usefixtures("broken")
def test_a_bug_with_debug_is_a_traceback(run_cli: RunCli) -> None:
    result = run_cli("validate", "refs", "--debug")
    assert result.code == 70
    assert result.err.startswith("Traceback")
    assert "\n::error::" not in result.err
    assert result.err.splitlines()[-1].startswith("Hint: report what it prints")


@pytest.mark.usefixtures("broken")
@pytest.mark.parametrize("value", ["1", "true", "on", "0", "false", ""])
def test_a_bug_with_debug_in_the_environment(value: str, run_cli: RunCli) -> None:
    result = run_cli("validate", "refs", env={"CODEX_DEBUG": value})
    assert result.code == 70
    assert ("Traceback" in result.err) is (value in ("1", "true", "on"))


@pytest.mark.parametrize("json", [[], ["--json"]], ids=["text", "json"])
def test_with_debug_an_error_has_a_traceback_before_it(
    json: list[str], project: Tree, run_script: RunCli
) -> None:
    arguments = ("validate", "refs", "--select", "X", *json)
    plain = run_script(*arguments, cwd=project.root)
    debug = run_script(*arguments, "--debug", cwd=project.root)
    assert plain.code == 2
    assert (debug.code, debug.out) == (plain.code, plain.out)
    assert debug.err.startswith("Traceback")
    assert debug.err.endswith(plain.err)
    assert "UsageError" in debug.err


def test_nothing_else_is_called_a_bug(run_cli: RunCli, tmp_path: Path) -> None:
    for arguments in (
        ["validate", "refs", "\udcff"],
        ["validate", "refs", "x" * 5000],
        ["validate", "refs", "--path", "a\0b"],
    ):
        result = run_cli(*arguments, cwd=tmp_path)
        assert result.code == 2, result.err
    assert codex.name == "codex"
