"""A hub that does everything wrong, through the command line and the library: what is told, and that nothing stays."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator

import pytest
from documents_world import GUIDE, GUIDE_TEXT, World
from fault_server import ENDLESS, MODES, PATIENT, FaultServer

from codex_action.codex import Codex
from codex_action.documents.library import LibrarySettings
from codex_action.errors import CodexError, ExitCode, NotFound, StorageError

# Those that end too late take their 30 seconds: CODEX_FAULTS=slow has them too.
WITH_SLOW = os.environ.get("CODEX_FAULTS") == "slow"
CUT = r"the connection was cut|no whole answer came"
LARGE = "the answer is larger than 10 MiB"
UNREADABLE = "no answer that can be read"
LIMITED = r"takes no more requests before \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC"
LATE = "in time"
# Any bytes may be a document: what comes whole with 200 is one. A list of a repository's files has a form.
FETCHED = {
    "ok": b"x" * 100,
    "cut-json": b'{"tree": [{"path": "a.md", "sha": "',
    "deep-json": b"[" * 200_000,
    "wrong-json": b'{"tree": [7, null]}',
    "future": b"ok",
    "other-each-time": b"v1",
}
TOLD = {
    "short": f"{CUT}|came where",  # as older versions of urllib3 leave it to us
    "long": "more bytes came than were announced", "long-big": "more bytes came than were announced", "reset": CUT,
    "closed": CUT, "hang": LATE, "drip": LATE, "drip-headers": LATE, "drip-lines": LATE, "drip-chunks": LATE, "bomb": LARGE,
    "redirect-bomb": LARGE, "cut-gzip": "gzip has no end", "no-gzip": "no valid gzip", "brotli": "not asked for", "large": LARGE,
    "endless": LARGE, "endless-chunks": LARGE, "endless-chunk-line": UNREADABLE, "endless-headers": UNREADABLE,
    "endless-status": UNREADABLE, "cut-chunks": CUT, "bad-chunk": CUT, "bad-length": "length is no number", "two-lengths": CUT,
    "garbage": UNREADABLE, "too-many": LIMITED, "too-many-cut": LIMITED, "storm": LIMITED, "spent": LIMITED,
    "status": "GitHub answers 500", "loop": "more than 5 redirections", "redirect": "only https is asked",
    "unasked": "GitHub answers 304", **dict.fromkeys(FETCHED, "GitHub's answer cannot be read"),
}  # fmt: skip
PATHS = {"storm": "storm/9", "status": "status/500", "redirect": "redirect/http:%2F%2F169.254.169.254%2F"}


def test_every_mode_has_a_row() -> None:
    assert TOLD.keys() == MODES.keys()
    assert set(ENDLESS) | FETCHED.keys() <= TOLD.keys()


RUN = [mode for mode in MODES if WITH_SLOW or mode not in ENDLESS]


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with FaultServer() as server:
        server.wait = 3600
        yield server


def api(server: FaultServer, mode: str) -> dict[str, str | None]:
    return {"GITHUB_API_URL": f"{server.url}/{PATHS.get(mode, mode)}"}


def is_told(mode: str, err: str) -> bool:
    """One sentence that says what is wrong, at most with a hint."""
    return re.fullmatch(rf"Error: [^\n]*(?:{TOLD[mode]})[^\n]*\n(?:Hint: [^\n]+\n)?", err) is not None


@pytest.mark.parametrize("mode", [mode for mode in RUN if mode not in FETCHED])
def test_fetch(mode: str, world: World, server: FaultServer) -> None:
    start = time.monotonic()
    result = world.run("fetch", GUIDE, "--max-wait", "0", env=api(server, mode))
    assert (result.code, result.out) == (ExitCode.OUTSIDE, "")
    assert is_told(mode, result.err), result.err
    assert time.monotonic() - start < PATIENT + (30 if mode in ENDLESS else 0)
    assert len(server.log) <= 6
    assert world.json("cache-list", "cache", "list")["total"] == 0
    assert world.run("fetch", GUIDE).stdout == GUIDE_TEXT
    assert world.asked() == ["docs/guide.md"]


@pytest.mark.parametrize("mode", ["large", "garbage", "spent", "status", "loop"])
def test_fetch_as_json(mode: str, world: World, server: FaultServer) -> None:
    result = world.run("fetch", GUIDE, "--max-wait", "0", "--json", env=api(server, mode))
    assert (result.code, result.data["error"]["exit_code"]) == (5, 5)
    assert re.search(TOLD[mode], result.data["error"]["message"])


@pytest.mark.parametrize("mode", FETCHED)
def test_what_comes_whole_is_a_document(mode: str, world: World, server: FaultServer) -> None:
    result = world.run("fetch", GUIDE, env=api(server, mode))
    assert (result.code, result.stdout, result.err) == (0, FETCHED[mode], "")
    assert world.run("fetch", GUIDE, "--bypass-cache").stdout == GUIDE_TEXT
    assert world.run("fetch", GUIDE, "--offline").stdout == GUIDE_TEXT


def test_a_short_storm_is_waited_out(world: World, server: FaultServer) -> None:
    env = {"GITHUB_API_URL": f"{server.url}/storm/2"}
    result = world.run("fetch", GUIDE, env=env)
    assert (result.code, result.stdout, result.err) == (0, b"fine", "")


@pytest.mark.parametrize(
    "mode", ["short", "long", "bomb", "cut-gzip", "garbage", "spent", "status", "unasked"]
)
def test_a_copy_outlives_it(mode: str, world: World, server: FaultServer) -> None:
    assert world.run("fetch", GUIDE).stdout == GUIDE_TEXT
    result = world.run("fetch", GUIDE, "--bypass-cache", "--max-wait", "0", env=api(server, mode))
    assert (result.code, result.stdout) in ((5, b""), (0, GUIDE_TEXT))
    assert world.run("fetch", GUIDE, "--offline").stdout == GUIDE_TEXT
    assert world.run("cache", "health").code == 0


@pytest.mark.parametrize("mode", RUN)
def test_exists(mode: str, world: World, server: FaultServer) -> None:
    """Nothing that is heard here says that a document is not there."""
    environ = {name: text for name, text in {**world.env, **api(server, mode)}.items() if text}
    start = time.monotonic()
    with Codex(str(world.root), environ=environ, library=LibrarySettings(max_wait=0)) as codex:
        with pytest.raises(CodexError, match=TOLD[mode]) as caught:
            codex.document_exists(GUIDE)
        assert isinstance(caught.value, StorageError)
        assert not isinstance(caught.value, NotFound)
        assert caught.value.exit_code == ExitCode.OUTSIDE
        assert "\n" not in caught.value.message
        assert codex.list_cache() == ()
    assert time.monotonic() - start < PATIENT + (30 if mode in ENDLESS else 0)
    well = {**environ, "GITHUB_API_URL": world.hub.url}
    with Codex(str(world.root), environ=well) as codex:
        assert codex.document_exists(GUIDE)
