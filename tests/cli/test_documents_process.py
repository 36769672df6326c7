"""`fetch` and `cache` as real processes: signals, pipes, full disks and terminals."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

import pytest
from documents_world import GUIDE, GUIDE_TEXT, World
from programs import Result, script
from terminals import on_terminal

from codex_action.cache.manager import CacheManager

pytestmark = pytest.mark.slow

STYLE = "codex://northwind/handbook/docs/style.md"
MANY = [f"codex://northwind/handbook/docs/{number}.md" for number in range(20)]


def environ(world: World) -> Mapping[str, str]:
    return {**os.environ, **{name: value for name, value in world.env.items() if value is not None}}


# --- interrupted ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments",
    [[GUIDE], [GUIDE, "--json"], [*MANY, "--output-dir", "out"], [*MANY, "--json", "-v"], [GUIDE, "--debug"]],
    ids=["one", "json", "many", "many, json", "debug"],
)
def test_interrupted(arguments: list[str], real_world: World) -> None:
    world = real_world
    assert world.run("fetch", STYLE).code == 0
    world.hub.latency = 4.0
    with subprocess.Popen(
        [script(), "fetch", *arguments],
        cwd=world.root,
        env=environ(world),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    ) as process:
        deadline = time.monotonic() + 20
        while not world.hub.in_flight and time.monotonic() < deadline:
            time.sleep(0.01)
        os.killpg(process.pid, signal.SIGINT)
        out, err = process.communicate(timeout=20)
        waiting = world.hub.in_flight
    assert waiting, "it ended while its requests were still without answer"
    assert (process.returncode, out, err.decode().strip()) == (
        130,
        b"",
        "Interrupted: nothing is half written.",
    )
    assert not (world.root / "out").exists()
    world.hub.latency = 0.0
    assert world.run("cache", "health").out == "Cache Health: healthy\n"
    assert world.json("fetch", "fetch", STYLE)["cached"] is True


# --- where nothing can be written -------------------------------------------------------------------------------------

PRINTING: dict[str, list[str]] = {
    "a document": ["fetch", GUIDE],
    "a document as JSON": ["fetch", GUIDE, "--json"],
    "a folder": ["fetch", GUIDE, STYLE, "--output-dir", "out"],
    "list": ["cache", "list"],
    "clear": ["cache", "clear"],
    "health": ["cache", "health"],
    "metrics": ["cache", "metrics", "--json"],
}


@pytest.mark.parametrize("arguments", PRINTING.values(), ids=PRINTING.keys())
def test_a_full_disk_is_told(arguments: list[str], real_world: World) -> None:
    if not os.path.exists("/dev/full"):
        pytest.skip("this system has no /dev/full")
    real_world.run("fetch", GUIDE)
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [script(), *arguments],
            cwd=real_world.root,
            env=environ(real_world),
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert done.returncode == 5
    assert re.fullmatch(rb"Error: cannot write .*: No space left on device\n", done.stderr)
    assert real_world.run("cache", "health").code == 0


def test_a_file_on_a_full_disk(real_world: World) -> None:
    if not os.path.exists("/dev/full"):
        pytest.skip("this system has no /dev/full")
    for more in ((), ("--json",)):
        result = real_world.run("fetch", GUIDE, "--output", "/dev/full", *more)
        assert (result.code, result.err) == (
            2,
            "Error: cannot write '/dev/full': No space left on device\n",
        )


@pytest.mark.parametrize("closed", [">&-", ">&- 2>&-", "<&- >&- 2>&-"], ids=["stdout", "both", "all"])
@pytest.mark.parametrize("arguments", PRINTING.values(), ids=PRINTING.keys())
def test_closed_streams_are_never_a_bug(arguments: list[str], closed: str, real_world: World) -> None:
    command = ("sh", "-c", f'"$0" "$@" {closed}', script())
    result = real_world.run(*arguments, command=command)
    assert (result.code, result.err) == (0, "")


@pytest.mark.parametrize("arguments", PRINTING.values(), ids=PRINTING.keys())
def test_a_reader_that_went_away_has_seen_enough(arguments: list[str], real_world: World) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [script(), *arguments],
        cwd=real_world.root,
        env=environ(real_world),
        stdout=writing,
        stderr=subprocess.PIPE,
        check=False,
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (0, b"")


# --- terminals --------------------------------------------------------------------------------------------------------


def show(world: World, *arguments: str, width: int = 80, typed: str = "") -> Result:
    return on_terminal([script(), *arguments], world.root, environ(world), width=width, typed=typed)


def test_a_document_on_a_terminal_is_harmless(real_world: World) -> None:
    result = show(real_world, "fetch", "northwind/handbook/docs/evil.md", "-q")
    assert result.code == 0
    assert result.out == "\\x1b[31mred\\x07\n::error::x\n\\x9b2J\\u202eback\n"
    assert show(real_world, "fetch", GUIDE).stdout == GUIDE_TEXT


@pytest.mark.parametrize("path", ["data/logo.bin", "docs/latin.md"])
def test_what_is_no_text_does_not_go_to_a_terminal(path: str, real_world: World) -> None:
    result = show(real_world, "fetch", f"northwind/handbook/{path}")
    assert result.code == 2
    assert result.out == (f"Error: codex://northwind/handbook/{path} is no text\nHint: give --output FILE\n")


@pytest.mark.parametrize(
    ("arguments", "shown"),
    [
        ([GUIDE], False),
        ([GUIDE, STYLE, "--output-dir", "out"], True),
        ([GUIDE, STYLE, "--output-dir", "out", "-q"], False),
    ],
    ids=["one", "several", "quiet"],
)
def test_progress_is_for_several_documents(arguments: list[str], shown: bool, real_world: World) -> None:  # noqa: FBT001
    result = show(real_world, "fetch", *arguments)
    assert result.code == 0
    assert ("Fetching" in result.out) is shown
    assert ("100%" in result.out) is shown


def test_progress_is_over_before_documents_are_told(real_world: World) -> None:
    shown = show(real_world, "fetch", GUIDE, STYLE, "--output-dir", "out").out
    assert shown.index("100%") < shown.index("\n") < shown.index("wrote ")


def test_no_progress_in_a_workflow(real_world: World) -> None:
    real_world.env["CI"] = "true"
    assert "Fetching" not in show(real_world, "fetch", GUIDE, STYLE, "--output-dir", "out").out


@pytest.mark.parametrize("width", [60, 80, 120])
def test_tables_fit(width: int, real_world: World) -> None:
    deep = "codex://northwind/handbook/" + "folder/" * 20 + "document.md"
    with CacheManager(str(real_world.cache)) as cache:
        for reference in (deep, GUIDE):
            cache.set(reference, b"x" * 99999, 60, source="github")
    lines = show(real_world, "cache", "list", width=width).out.splitlines()
    assert len(lines) == 6
    assert max(map(len, lines)) <= width
    assert "document.md" in lines[3]
    for command in ("metrics", "health"):
        shown = show(real_world, "cache", command, width=width).out.splitlines()
        assert max(map(len, shown)) <= width


@pytest.mark.parametrize(
    ("typed", "code", "left"), [("y\n", 0, 0), ("n\n", 130, 1), ("\n", 130, 1)], ids=["y", "n", "enter"]
)
def test_clearing_asks_first(typed: str, code: int, left: int, real_world: World) -> None:
    real_world.run("fetch", GUIDE)
    result = show(real_world, "cache", "clear", "--scope", "all", typed=typed)
    assert result.code == code
    assert f"Clear 1 document from {real_world.cache}? [y/N]: " in result.out
    assert real_world.json("cache-list", "cache", "list")["total"] == left


def test_a_program_of_one_s_own_sees_the_same(real_world: World, tmp_path: Path) -> None:
    """`fractary codex` is the same program, as a process too."""
    result = real_world.run("codex", "fetch", GUIDE, command=(script("fractary"),))
    assert (result.code, result.stdout) == (0, GUIDE_TEXT)


# --- what is open already ---------------------------------------------------------------------------------------------


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="this system has no /proc")
@pytest.mark.parametrize("form", ["", "--json"], ids=["document", "report"])
@pytest.mark.parametrize(
    "name", ["/dev/stdout", "/dev/fd/7", "/proc/self/fd/7", "/proc/$$/fd/7", "link", "-"]
)
def test_what_is_behind_an_open_file_stays(name: str, form: str, real_world: World) -> None:
    """A log of many commands: nobody replaces it, and each writes after the one before."""
    (real_world.root / "link").symlink_to("/dev/stdout")
    log = real_world.root / "log"
    to = ">>" if "$$" in name else ">"  # another process's place in the file is its own
    command = (
        f'{{ echo before; "{script()}" fetch {GUIDE} --output {name} {form}; echo after; }} {to} log 7>&1'
    )
    subprocess.run(
        ["sh", "-c", command], cwd=real_world.root, env=environ(real_world), check=True, timeout=60
    )
    lines = log.read_bytes().splitlines()
    assert (lines[0], lines[-1]) == (b"before", b"after")
    assert (b"# Guide" in lines) is not bool(form)
    assert len(lines) > 3


def test_a_file_that_is_not_open_is_no_output(real_world: World) -> None:
    result = real_world.run("fetch", GUIDE, "--output", "/dev/fd/799")
    assert (result.code, result.err) == (2, "Error: cannot write '/dev/fd/799': Bad file descriptor\n")
