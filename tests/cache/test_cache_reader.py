"""Reading through the cache: what is fetched when, and what is served."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Callable, Union

import pytest
from caches import NOON, World, key
from timing import pause

from codex_action.artifacts.document import FetchResult
from codex_action.cache.entry import CacheEntry, CacheKey
from codex_action.cache.manager import CacheManager
from codex_action.cache.reader import ReadThrough
from codex_action.errors import (
    ConfigurationError,
    NotFound,
    NotModified,
    RateLimited,
    StorageError,
    Unauthorized,
    Unreachable,
)

A = key("docs/a.md")
HUNDRED, FIFTY = (lambda: 100.0), (lambda: 50.0)
Answer = Union[bytes, StorageError]


class Server:
    """Gives what it is told to, and remembers which ETags it was asked with."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)
        self.asked: list[str | None] = []

    def __call__(self, etag: str | None) -> FetchResult:
        self.asked.append(etag)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, bytes):
            return FetchResult(answer, "text/markdown", f'"{answer.decode()}"', "Mon", source="github")
        raise answer


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path / "cache")


@pytest.fixture
def cache(world: World) -> Iterator[CacheManager]:
    with world.cache() as cache:
        yield cache


def test_miss_then_hit(cache: CacheManager) -> None:
    server, reader = Server(b"one"), ReadThrough(cache)
    first = reader.read(A, server, ttl=HUNDRED)
    assert (first.entry.content, first.cached, first.stale) == (b"one", False, False)
    assert (first.entry.source, first.entry.content_type, first.entry.last_modified) == (
        "github",
        "text/markdown",
        "Mon",
    )
    second = reader.read(A, server, ttl=HUNDRED)
    assert (second.entry.content, second.cached, second.stale) == (b"one", True, False)
    assert server.asked == [None]
    found = cache.metrics()
    assert (found.hit_rate, found.miss_rate) == (0.5, 0.5)


def test_what_somebody_else_fetched_meanwhile_is_a_hit_and_no_miss(
    cache: CacheManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = []
    lookup = cache.lookup

    def once_too_early(wanted: CacheKey) -> CacheEntry | None:
        looks.append(wanted)
        if len(looks) == 1:
            cache.set(A, b"one", 100.0, None, source="github")
            return None
        return lookup(wanted)

    monkeypatch.setattr(cache, "lookup", once_too_early)
    reading = ReadThrough(cache).read(A, Server(Unreachable("down")), ttl=HUNDRED)
    assert (reading.entry.content, reading.cached) == (b"one", True)
    assert (cache.metrics().hit_rate, cache.metrics().miss_rate) == (1.0, 0.0)


@pytest.mark.parametrize(
    ("answer", "content", "cached"),
    [
        pytest.param(NotModified("x"), b"one", True, id="not modified"),
        pytest.param(b"two", b"two", False, id="changed"),
    ],
)
def test_expired(world: World, cache: CacheManager, answer: Answer, content: bytes, *, cached: bool) -> None:
    """One request, with the ETag; afterwards its time starts anew."""
    server, reader = Server(b"one", answer, b"wrong"), ReadThrough(cache)
    reader.read(A, server, ttl=HUNDRED)
    world.clock.at = NOON + 400
    reading = reader.read(A, server, ttl=FIFTY)
    assert (reading.entry.content, reading.cached, reading.stale) == (content, cached, False)
    assert server.asked == [None, '"one"']
    world.clock.at += 49
    assert reader.read(A, server, ttl=FIFTY).entry.created_at == NOON + 400
    assert len(server.asked) == 2


def test_stale_is_served_at_once_and_renewed(world: World, cache: CacheManager) -> None:
    free = threading.Event()
    server = Server(b"one", b"two")
    reader = ReadThrough(cache)
    reader.read(A, server, ttl=HUNDRED)
    world.clock.at = NOON + 399

    def slow(etag: str | None) -> FetchResult:
        free.wait(10)
        return server(etag)

    for _ in range(3):
        reading = reader.read(A, slow, ttl=HUNDRED)
        assert (reading.entry.content, reading.cached, reading.stale) == (b"one", True, True)
        assert (reading.renewing, reading.error) == (True, None)
    free.set()
    reader.close()
    assert server.asked == [None, '"one"'], "one renewal, however many reads"
    assert reader.read(A, server, ttl=HUNDRED).entry.content == b"two"


@pytest.mark.parametrize(
    "error", [Unreachable("no route"), RateLimited("later", reset_at=1), StorageError("502")]
)
def test_what_cannot_be_renewed(world: World, cache: CacheManager, error: StorageError) -> None:
    """Within the stale time it is served at once; later it is served with a mark and the reason, but never silently."""
    server, reader = Server(b"one", error), ReadThrough(cache)
    reader.read(A, server, ttl=HUNDRED)
    world.clock.at = NOON + 200
    assert reader.read(A, server, ttl=HUNDRED).renewing
    reader.close()
    assert len(world.warnings) == 1
    assert error.message in world.warnings[0]
    world.clock.at = NOON + 400
    reading = reader.read(A, server, ttl=HUNDRED)
    assert (reading.entry.content, reading.cached, reading.stale, reading.error) == (
        b"one",
        True,
        True,
        error,
    )
    with pytest.raises(type(error)):
        reader.read(key("b"), server, ttl=HUNDRED)
    reader.read(A, server, ttl=HUNDRED)
    reader.close()
    assert len(world.warnings) == 1


@pytest.mark.parametrize(
    ("answer", "content", "stale"),
    [
        pytest.param(b"two", b"two", False, id="changed"),
        pytest.param(NotModified("x"), b"one", False, id="not modified"),
        pytest.param(Unreachable("x"), b"one", True, id="not to be had"),
    ],
)
def test_max_age(world: World, cache: CacheManager, answer: Answer, content: bytes, *, stale: bool) -> None:
    """A younger one is served as it is, an older one is asked for first, whatever time it was given."""
    server, reader = Server(b"one", answer), ReadThrough(cache)
    reader.read(A, server, ttl=HUNDRED)
    world.clock.at = NOON + 50
    assert reader.read(A, server, ttl=HUNDRED, max_age=51) == (cache.lookup(A), True, False, None, False)
    reading = reader.read(A, server, ttl=HUNDRED, max_age=50)
    assert (reading.entry.content, reading.stale, reading.renewing) == (content, stale, False)
    assert (reading.error is answer) is stale
    assert server.asked == [None, '"one"']
    world.clock.at = NOON + 5000
    assert reader.read(A, server, ttl=HUNDRED, max_age=1e6).entry.content == content
    assert len(server.asked) == 2


def test_a_document_that_went_away(world: World, cache: CacheManager) -> None:
    """It is not there for a minute without another request, whatever was there before."""
    server, reader = Server(b"one", NotFound("no such document"), b"again"), ReadThrough(cache)
    reader.read(A, server, ttl=HUNDRED)
    world.clock.at = NOON + 400
    for seconds in (0, 59.9):
        world.clock.at = NOON + 400 + seconds
        with pytest.raises(NotFound) as caught:
            reader.read(A, server, ttl=HUNDRED)
    assert caught.value.hint == "--bypass-cache asks again"
    assert len(server.asked) == 2
    world.clock.at = NOON + 460
    assert reader.read(A, server, ttl=HUNDRED).entry.content == b"again"
    assert server.asked[-1] is None


def test_a_renewal_that_finds_nothing(world: World, cache: CacheManager) -> None:
    """What is served while it is stale is gone with the next read."""
    server, reader = Server(b"one", NotFound("no such document")), ReadThrough(cache)
    reader.read(A, server, ttl=HUNDRED)
    world.clock.at = NOON + 100
    assert reader.read(A, server, ttl=HUNDRED).entry.content == b"one"
    reader.close()
    with pytest.raises(NotFound):
        reader.read(A, server, ttl=HUNDRED)
    assert world.warnings == ["codex://umbrella/handbook/docs/a.md could not be renewed: no such document"]


def test_access_that_was_withdrawn(world: World, cache: CacheManager) -> None:
    """What a token opened is forgotten when it opens it no more, and nothing is remembered of the refusal."""
    server, reader = Server(b"one", Unauthorized("no"), b"again"), ReadThrough(cache)
    reader.read(A, server, ttl=HUNDRED)
    world.clock.at = NOON + 400
    with pytest.raises(Unauthorized):
        reader.read(A, server, ttl=HUNDRED)
    assert cache.lookup(A) is None
    assert reader.read(A, server, ttl=HUNDRED).entry.content == b"again"


def test_bypass(cache: CacheManager) -> None:
    """It is fetched whole, remembered, and nothing older stands in for it."""
    server, reader = Server(b"one", b"two", Unreachable("x")), ReadThrough(cache)
    reader.read(A, server, ttl=HUNDRED)
    reading = reader.read(A, server, ttl=HUNDRED, bypass=True)
    assert (reading.entry.content, reading.cached) == (b"two", False)
    with pytest.raises(Unreachable):
        reader.read(A, server, ttl=HUNDRED, bypass=True)
    assert server.asked == [None, None, None]
    assert reader.read(A, server, ttl=HUNDRED).entry.content == b"two"


@pytest.mark.parametrize(("age", "stale"), [(0, False), (100, True), (3e8, True), (-3e8, True)])
def test_offline(world: World, cache: CacheManager, age: float, *, stale: bool) -> None:
    """Nothing is fetched; what is not fresh has a mark, be it old or from the future."""
    reader = ReadThrough(cache)
    reader.read(A, Server(b"one"), ttl=HUNDRED)
    world.clock.at = NOON + age
    server = Server(b"wrong")
    reading = reader.read(A, server, ttl=HUNDRED, offline=True)
    assert (reading.entry.content, reading.stale) == (b"one", stale)
    with pytest.raises(Unreachable, match="offline"):
        reader.read(key("b"), server, ttl=HUNDRED, offline=True)
    reader.close()
    assert server.asked == []


def test_a_private_document_is_never_on_disk(world: World) -> None:
    answers: list[FetchResult | StorageError] = [
        FetchResult(b"secret", "text/plain", '"1"', private=True),
        NotModified("x"),
        NotFound("x"),
    ]

    def server(_: str | None) -> FetchResult:
        answer = answers.pop(0)
        if isinstance(answer, StorageError):
            raise answer
        return answer

    with world.cache() as cache:
        reader = ReadThrough(cache)
        for at in (0, 400):
            world.clock.at = NOON + at
            assert reader.read(A, server, ttl=HUNDRED).entry.content == b"secret"
            assert world.blobs() == []
        world.clock.at = NOON + 800
        with pytest.raises(NotFound):
            reader.read(A, server, ttl=HUNDRED)
        assert world.blobs() == []
    with world.cache() as cache:
        assert cache.lookup(A) is None


def test_an_error_that_is_none_of_storage_is_not_caught(cache: CacheManager) -> None:
    def broken(_: str | None) -> FetchResult:
        raise ZeroDivisionError

    reader = ReadThrough(cache)
    with pytest.raises(ZeroDivisionError):
        reader.read(A, broken, ttl=HUNDRED)
    assert reader.read(A, Server(b"one"), ttl=HUNDRED).entry.content == b"one"


def together(number: int, work: Callable[[], object]) -> list[object]:
    """What some threads get, or the errors they meet."""
    results: list[object] = []

    def run() -> None:
        try:
            results.append(work())
        except StorageError as error:
            results.append(error)

    threads = [threading.Thread(target=run) for _ in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


@pytest.mark.parametrize(
    "answer", [b"one", NotFound("x"), Unreachable("x")], ids=["there", "missing", "unreachable"]
)
def test_one_fetch_for_many_threads(cache: CacheManager, answer: Answer) -> None:
    reader, server = ReadThrough(cache), Server(answer)
    gate = threading.Barrier(8)

    def slow(etag: str | None) -> FetchResult:
        pause(0.2)  # they all wait for it by now
        return server(etag)

    def work() -> bytes:
        gate.wait()
        return reader.read(A, slow, ttl=HUNDRED).entry.content

    results = together(8, work)
    assert len(results) == 8
    if isinstance(answer, bytes):
        assert set(results) == {answer}
    else:
        assert {type(result) for result in results} == {type(answer)}
    assert len(server.asked) == 1


def test_closing_waits_for_renewals_but_not_for_ever(world: World, cache: CacheManager) -> None:
    reader, free = ReadThrough(cache, deadline=0.2), threading.Event()
    for name in "abcdef":
        reader.read(key(name), Server(b"one"), ttl=HUNDRED)
    world.clock.at = NOON + 100
    begun: list[int] = []

    def hanging(_: str | None) -> FetchResult:
        begun.append(1)
        free.wait(30)
        return FetchResult(b"late")

    for name in "abcdef":
        reader.read(key(name), hanging, ttl=HUNDRED)
    start = time.monotonic()
    reader.close()
    assert time.monotonic() - start < 25  # of 30
    assert len(begun) == 4, "no more than four at a time"
    cache.close()
    free.set()
    reader._background.wait(10)  # noqa: SLF001  (what comes too late does no harm)
    assert world.warnings == []
    with world.cache() as again:
        held = again.lookup(key("a"))
        assert held
        assert held.content == b"one"


@pytest.mark.parametrize(
    ("error", "told"),
    [
        pytest.param(ConfigurationError("no such provider"), "could not be renewed: no such provider", id="ours"),
        pytest.param(ZeroDivisionError("x"), "could not be renewed: this is a bug: ZeroDivisionError('x')", id="a bug"),
    ],
)  # fmt: skip
def test_a_renewal_never_ends_in_a_traceback(
    world: World, cache: CacheManager, capfd: pytest.CaptureFixture[str], error: Exception, told: str
) -> None:
    """One warning, and the documents whose turn comes later are renewed all the same."""
    reader, names = ReadThrough(cache), "abcdefghij"
    for name in names:
        reader.read(key(name), Server(b"one"), ttl=HUNDRED)
    world.clock.at = NOON + 100

    def broken(_: str | None) -> FetchResult:
        raise error

    for name in names:
        reader.read(key(name), broken if name < "f" else Server(b"two"), ttl=HUNDRED)
    reader.close()
    assert capfd.readouterr().err == ""
    (warning,) = world.warnings
    assert told in warning
    renewed = [cache.lookup(key(name)) for name in names[5:]]
    assert [entry and entry.content for entry in renewed] == [b"two"] * 5
