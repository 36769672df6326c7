"""Documents of a web server: the contract, what is sent to whom, and every fault there is."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import quote, unquote

import pytest
from contracts.storage_contract import MakeProvider, StorageContract
from fault_server import MIB, MODES, PATIENT, FaultServer, bomb

from codex_action.artifacts.document import content_hash
from codex_action.errors import (
    NotFound,
    NotModified,
    RateLimited,
    StorageError,
    Unauthorized,
    Unreachable,
    UsageError,
)
from codex_action.remote.addresses import Forbidden, Reach
from codex_action.remote.session import LIMIT, Clock, Session
from codex_action.storage.http import HttpStorage

CANARY = "tkn_canary_7f3a9c"


def session_for(*names: str, **options: Any) -> Session:  # noqa: ANN401 - the session's own
    clock = Clock(sleep=lambda _: None, chance=lambda: 0.0)
    return Session(
        Reach(frozenset(names), inside=frozenset(names)),
        environ={},
        **{"timeout": 10.0, "clock": clock, **options},
    )


class _Documents(BaseHTTPRequestHandler):
    """Serves documents below /base/, as a plain web server does."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    documents: Mapping[str, bytes]

    def do_GET(self) -> None:
        content = self.documents.get(unquote(self.path.removeprefix("/base/")))
        etag = f'"{content_hash(content)}"' if content is not None else ""
        known = content is not None and self.headers.get("If-None-Match") == etag
        self.send_response(404 if content is None else 304 if known else 200)
        if content is not None:
            self.send_header("ETag", etag)
            self.send_header("Last-Modified", "Thu, 01 Jan 2026 00:00:00 GMT")
        body = b"" if known else content or b""
        if not known:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    do_HEAD = do_GET  # noqa: N815 - http.server's name

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (the name that http.server chose)
        """Nothing: a test's output is its own."""


class TestHttp(StorageContract):
    lists = False

    @pytest.fixture
    def make(self) -> Iterator[MakeProvider]:
        with ExitStack() as stack:

            def serve(documents: Mapping[str, bytes]) -> HttpStorage:
                handler = type("Handler", (_Documents,), {"documents": documents})
                server = stack.enter_context(ThreadingHTTPServer(("127.0.0.1", 0), handler))
                Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
                stack.callback(server.shutdown)
                name = f"127.0.0.1:{server.server_address[1]}"
                return HttpStorage(f"http://{name}/base/", session=session_for(name))

            yield serve


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with FaultServer() as made:
        yield made


@pytest.fixture(scope="module", autouse=True)
def _loaded() -> None:
    """What is imported when first needed is no memory of a fetch."""
    with FaultServer() as made, suppress(StorageError):
        HttpStorage(session=session_for(made.name)).fetch(f"{made.url}/closed/a.md")


def test_a_web_server_lists_nothing() -> None:
    with pytest.raises(StorageError, match="does not list"):
        HttpStorage("https://docs.example").list("docs")


def test_without_a_host_there_is_nothing_to_ask() -> None:
    with pytest.raises(UsageError, match="no host may be asked"):
        HttpStorage()


def test_urls_of_the_hosts_that_are_allowed(server: FaultServer) -> None:
    storage = HttpStorage(session=session_for(server.name))
    result = storage.fetch(f"{server.url}/ok/a.md?x=y")
    assert (result.content, result.content_type, result.source) == (b"x" * 100, "text/plain", "http")
    assert storage.exists(f"{server.url}/ok/a.md")
    with pytest.raises(Forbidden):
        storage.fetch("https://evil.example/")
    storage.close()


def test_a_host_of_this_machine_is_not_asked(server: FaultServer) -> None:
    """Whatever the list says: only a session that was made for it goes there."""
    for url in (server.url, f"https://{server.name}", f"https://localhost:{server.port}"):
        storage = HttpStorage(url, allowed_hosts=[server.name, "LOCALHOST"])
        for ask in (storage.fetch, storage.exists):
            with pytest.raises(Forbidden):
                ask("ok/a.md")
        storage.close()
    assert server.connections == 0


def test_default_headers_go_to_the_host_that_they_are_for(server: FaultServer) -> None:
    with FaultServer() as other:
        headers = {"Authorization": f"Bearer {CANARY}", "X-Team": "docs"}
        storage = HttpStorage(
            server.url, default_headers=headers, session=session_for(server.name, other.name)
        )
        storage.fetch("ok/a.md", headers={"X-More": "1"})
        sent = server.log[0].headers
        assert (sent["authorization"], sent["x-team"], sent["x-more"]) == (f"Bearer {CANARY}", "docs", "1")
        with pytest.raises(Forbidden):
            storage.fetch(f"redirect/{quote(quote('https://evil.example/', safe=''), safe='')}")
        storage.close()
        assert CANARY not in str(other.log)


def test_a_timeout_of_its_own(server: FaultServer) -> None:
    storage = HttpStorage(server.url, timeout=0.2, session=session_for(server.name))
    for ask in (storage.fetch, storage.exists):
        with pytest.raises(Unreachable, match="in time"):
            ask("hang/a.md")
    with pytest.raises(Unreachable, match="in time"):
        HttpStorage(server.url, session=session_for(server.name)).fetch("hang/a.md", timeout=0.2)
    storage.close()


STATUSES: dict[int, tuple[type[Exception] | None, bool | type[Exception]]] = {
    404: (NotFound, False), 410: (NotFound, False), 401: (Unauthorized, Unauthorized), 403: (Unauthorized, Unauthorized),
    204: (Unreachable, Unreachable), 400: (Unreachable, Unreachable), 405: (Unreachable, Unreachable), 500: (Unreachable, Unreachable),
    501: (Unreachable, Unreachable), 503: (Unreachable, Unreachable), 304: (Unreachable, Unreachable),
}  # fmt: skip


@pytest.mark.parametrize("status", STATUSES)
def test_statuses(server: FaultServer, status: int) -> None:
    fetched, exists = STATUSES[status]
    storage = HttpStorage(server.url, session=session_for(server.name))
    assert fetched is not None
    with pytest.raises(fetched):
        storage.fetch(f"status/{status}")
    if exists is False:
        assert storage.exists(f"status/{status}") is False
    else:
        with pytest.raises(exists):
            storage.exists(f"status/{status}")
    storage.close()


# What comes of each mode: None is fine, else the error's kind and words. `exists` asks with HEAD, which has no body to be wrong.
Outcome = tuple[type[Exception], str]
# Which library sees it first differs by their versions.
CUT: Outcome = (Unreachable, "the connection was cut|were announced")
LATE: Outcome = (Unreachable, "in time")
LARGE: Outcome = (Unreachable, "larger than 10 MiB")
TOO_MANY: Outcome = (RateLimited, "takes no more requests before")
UNREADABLE: Outcome = (Unreachable, "no answer that can be read")
FAULTS: dict[str, tuple[Outcome | None, Outcome | None]] = {
    "ok": (None, None),
    "short": (CUT, None),
    "long": ((Unreachable, "more bytes came"), None),
    "long-big": ((Unreachable, "more bytes came"), None),
    "reset": (CUT, None),
    "closed": (CUT, CUT),
    "hang": (LATE, LATE),
    "drip": (LATE, None),
    "drip-headers": (LATE, LATE),
    "drip-lines": (LATE, LATE),
    "drip-chunks": (LATE, None),
    "bomb": (LARGE, None),
    "redirect-bomb": (LARGE, None),
    "cut-gzip": ((Unreachable, "gzip has no end"), None),
    "no-gzip": ((Unreachable, "no valid gzip"), None),
    "brotli": ((Unreachable, "not asked for"), None),
    "large": (LARGE, None),
    "endless": (LARGE, None),
    "endless-chunks": (LARGE, None),
    "endless-chunk-line": (UNREADABLE, None),
    "endless-headers": (UNREADABLE, UNREADABLE),
    "endless-status": (UNREADABLE, UNREADABLE),
    "cut-chunks": (CUT, None),
    "bad-chunk": ((Unreachable, "no whole answer|was cut"), None),
    "bad-length": ((Unreachable, "no number"), None),
    "two-lengths": ((Unreachable, "no whole answer"), (Unreachable, "no whole answer")),
    "garbage": (UNREADABLE, UNREADABLE),
    "too-many": (TOO_MANY, TOO_MANY),
    "too-many-cut": (TOO_MANY, TOO_MANY),
    "storm": (None, None),
    "spent": (TOO_MANY, TOO_MANY),
    "status": ((Unreachable, "answers 503"), (Unreachable, "answers 503")),
    "loop": ((Unreachable, "more than 5 redirections"), (Unreachable, "more than 5 redirections")),
    "redirect": ((Forbidden, "only https"), (Forbidden, "only https")),
    "unasked": ((Unreachable, "answers 304"), (Unreachable, "answers 304")),
    "cut-json": (None, None),
    "deep-json": (None, None),
    "wrong-json": (None, None),
    "future": (None, None),
    "other-each-time": (None, None),
}  # fmt: skip
PATHS = {"storm": "storm/2", "status": "status/503", "redirect": "redirect/http:%2F%2F169.254.169.254%2F"}


def test_every_mode_has_a_row() -> None:
    assert FAULTS.keys() == MODES.keys()


@pytest.mark.parametrize("way", ["fetch", "exists"])
@pytest.mark.parametrize("mode", FAULTS)
def test_faults(server: FaultServer, mode: str, way: str) -> None:
    """No hang, no more memory than the limit and 2 MiB, the right kind of error in one line."""
    outcome = FAULTS[mode][way == "exists"]
    storage = HttpStorage(
        session=session_for(server.name, max_wait=2),
        timeout=0.4 if outcome == LATE else PATIENT,
        default_headers={"Authorization": CANARY},
    )
    bomb()
    with _measured() as measured:
        if outcome is None:
            assert getattr(storage, way)(f"{server.url}/{PATHS.get(mode, f'{mode}/a.md')}")
        else:
            with pytest.raises(outcome[0], match=outcome[1]) as caught:
                getattr(storage, way)(f"{server.url}/{PATHS.get(mode, f'{mode}/a.md')}")
            assert CANARY not in f"{caught.value!r}{caught.value.hint}"  # type: ignore[attr-defined]
            assert "\n" not in str(caught.value)
    storage.close()
    assert measured.seconds < PATIENT
    assert measured.memory <= LIMIT + 2 * MIB
    assert len(server.log) <= 6


class _measured:  # noqa: N801 - used as a function
    """Seconds, and bytes at the peak, of a block; the server's are among them, so it makes little."""

    def __enter__(self) -> _measured:  # noqa: PYI034 - Self is not in 3.9
        tracemalloc.start()
        self._start = time.monotonic()
        return self

    def __exit__(self, *_: object) -> None:
        self.seconds = time.monotonic() - self._start
        self.memory = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()


def test_a_document_just_within_the_limit(tmp_path: Path) -> None:
    content = bytes(LIMIT)
    with ThreadingHTTPServer(
        ("127.0.0.1", 0), type("Handler", (_Documents,), {"documents": {"a": content}})
    ) as server:
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        name = f"127.0.0.1:{server.server_address[1]}"
        storage = HttpStorage(f"http://{name}/base", session=session_for(name))
        with _measured() as measured:
            assert storage.fetch("a").size == LIMIT
        storage.close()
        server.shutdown()
    assert measured.memory <= LIMIT + 2 * MIB


def test_an_etag_that_changes_each_time(server: FaultServer) -> None:
    storage = HttpStorage(server.url, session=session_for(server.name))
    first = storage.fetch("other-each-time/a.md")
    second = storage.fetch("other-each-time/a.md", headers={"If-None-Match": first.etag or ""})
    assert (first.content, second.content, second.etag) == (b"v1", b"v2", '"2"')
    known = storage.fetch("ok/a.md").etag
    with pytest.raises(NotModified):
        storage.fetch("ok/a.md", headers={"if-none-match": known or ""})
    storage.close()
