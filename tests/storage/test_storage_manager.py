"""Several providers: who is asked, and what their answers amount to."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Callable

import pytest
from contracts.storage_contract import MakeProvider, StorageContract

from codex_action.artifacts.document import FetchResult
from codex_action.errors import (
    CodexError,
    NotFound,
    NotModified,
    PermissionDenied,
    RateLimited,
    StorageError,
    Unauthorized,
    Unreachable,
    UsageError,
)
from codex_action.storage.base import StorageProvider
from codex_action.storage.manager import StorageManager
from codex_action.storage.memory import MemoryStorage
from codex_action.storage.order import Place, any_has, fetch_first, first_answer


class Stubborn:
    """A provider that always answers the same, and remembers what it was asked."""

    def __init__(self, outcome: Exception | bytes) -> None:
        self.outcome = outcome
        self.asked: list[tuple[str, float, Mapping[str, str] | None]] = []
        self.closed = 0

    def fetch(
        self, path: str, *, timeout: float = 30.0, headers: Mapping[str, str] | None = None
    ) -> FetchResult:
        self.asked.append((path, timeout, headers))
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return FetchResult(self.outcome, source="stubborn")

    def exists(self, path: str) -> bool:  # noqa: ARG002
        if isinstance(self.outcome, NotFound):
            return False
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return True

    def list(self, prefix: str = "") -> Iterable[str]:  # noqa: ARG002
        return []

    def close(self) -> None:
        self.closed += 1


GONE = NotFound("gone")
SHUT = Unauthorized("shut")
SLOW = Unreachable("slow")
LIMIT = RateLimited("later", reset_at=1.0)
BROKEN = StorageError("broken")
DENIED = PermissionDenied("denied")
Outcomes = Sequence["Exception | bytes"]

ORDERS: list[tuple[str, Outcomes, Exception | bytes, bool | None]] = [
    ("first", [b"1", b"2"], b"1", True),
    ("second", [GONE, b"2"], b"2", True),
    ("all-missing", [GONE, NotFound("too")], GONE, False),
    ("trouble-then-found", [SHUT, b"2"], b"2", True),
    ("trouble-then-missing", [SLOW, GONE], SLOW, None),
    ("missing-then-trouble", [GONE, LIMIT], LIMIT, None),
    ("the-first-trouble-is-told", [GONE, SHUT, SLOW, BROKEN], SHUT, None),
    ("not-modified-is-an-answer", [GONE, NotModified("same"), b"2"], NotModified("same"), None),
    ("what-is-no-answer-ends-it", [DENIED, b"2"], DENIED, None),
    ("nor-is-a-bug", [OSError("bug"), b"2"], OSError("bug"), None),
]


def managed(outcomes: Outcomes) -> tuple[StorageManager, list[Stubborn]]:
    providers = [Stubborn(outcome) for outcome in outcomes]
    manager = StorageManager()
    for number, provider in enumerate(providers):
        manager.register(f"p{number}", provider)
    return manager, providers


@pytest.mark.parametrize(
    ("outcomes", "expected"), [row[1:3] for row in ORDERS], ids=[row[0] for row in ORDERS]
)
def test_fetch_asks_one_after_the_other(outcomes: Outcomes, expected: Exception | bytes) -> None:
    manager, _ = managed(outcomes)
    if isinstance(expected, bytes):
        assert manager.fetch("a.md").content == expected
    else:
        with pytest.raises(type(expected), match=str(expected)) as caught:
            manager.fetch("a.md")
        assert type(caught.value) is type(expected)


@pytest.mark.parametrize(
    ("outcomes", "expected", "known"),
    [row[1:] for row in ORDERS if not isinstance(row[2], NotModified)],
    ids=[row[0] for row in ORDERS if not isinstance(row[2], NotModified)],
)
def test_existence_has_three_values(
    outcomes: Outcomes,
    expected: Exception | bytes,
    known: bool | None,  # noqa: FBT001
) -> None:
    manager, _ = managed(outcomes)
    if known is not None:
        assert manager.exists("a.md") is known
    else:
        with pytest.raises(Exception, match=str(expected)) as caught:
            manager.exists("a.md")
        assert type(caught.value) is type(expected)


def test_nobody_to_ask_is_told() -> None:
    for ask in (lambda: StorageManager().fetch("a.md"), lambda: StorageManager().exists("a.md")):
        with pytest.raises(UsageError, match="there is no storage provider to ask"):
            ask()
    with pytest.raises(NotFound, match="there is no place to look in"):
        first_answer([])
    assert not any_has([])
    with pytest.raises(NotFound, match="there is no place to look in"):
        fetch_first([])


def test_a_provider_that_says_not_found_about_existence_means_no() -> None:
    class Gone(Stubborn):
        def exists(self, path: str) -> bool:  # noqa: ARG002
            raise GONE

    places = [Place(Gone(GONE), "a.md"), Place(MemoryStorage({"a.md": b""}), "a.md")]
    assert any_has(places[:1]) is False
    assert any_has(places) is True


def test_the_smallest_priority_is_first_and_equals_stay_in_order() -> None:
    manager = StorageManager()
    for name, priority in (("b", 100), ("a", 100), ("last", 101), ("first", 10)):
        manager.register(name, MemoryStorage({"a.md": name.encode()}), priority)
    assert manager.list_providers() == ["first", "b", "a", "last"]
    result = manager.fetch("a.md")
    assert (result.content, result.source) == (b"first", "first")
    assert manager.fetch("a.md", provider="last").content == b"last"
    gone = manager.unregister("first")
    assert gone.fetch("a.md").content == b"first"
    assert manager.fetch("a.md").source == "b"
    assert manager.exists("a.md", provider="a")


def test_names() -> None:
    manager = StorageManager()
    provider = MemoryStorage()
    manager.register("docs", provider)
    assert manager.get_provider("docs") is provider
    with pytest.raises(UsageError, match="there is a storage provider 'docs' already"):
        manager.register("docs", MemoryStorage())
    calls: list[Callable[[], object]] = [
        lambda: manager.get_provider("x"),
        lambda: manager.unregister("x"),
        lambda: manager.fetch("a.md", provider="x"),
        lambda: manager.exists("a.md", provider="x"),
    ]
    for call in calls:
        with pytest.raises(UsageError, match="there is no storage provider 'x'") as caught:
            call()
        assert caught.value.hint == "there is docs"
    manager.unregister("docs")
    with pytest.raises(UsageError) as caught:
        manager.get_provider("docs")
    assert caught.value.hint is None


def test_a_named_provider_alone_is_asked() -> None:
    manager, providers = managed([GONE, b"2"])
    with pytest.raises(NotFound):
        manager.fetch("a.md", provider="p0")
    assert providers[1].asked == []


def test_headers_and_the_time_that_is_left_go_along() -> None:
    manager, providers = managed([GONE, b"2"])
    manager.fetch("a.md", timeout=5.0, headers={"If-None-Match": '"x"'})
    (first,), (second,) = providers[0].asked, providers[1].asked
    assert first[0] == second[0] == "a.md"
    assert first[2] == second[2] == {"If-None-Match": '"x"'}
    assert 4.0 < second[1] <= first[1] <= 5.0


def test_a_provider_may_have_a_limit_of_its_own() -> None:
    manager, provider = StorageManager(), Stubborn(b"1")
    manager.register("p", provider, timeout=2.0)
    manager.fetch("a.md")
    manager.fetch("a.md", timeout=1.0)
    (_, first, _), (_, second, _) = provider.asked
    assert first == 2.0
    assert second <= 1.0


def test_the_time_is_for_all_providers_together() -> None:
    class Sleeping(Stubborn):
        def fetch(
            self, path: str, *, timeout: float = 30.0, headers: Mapping[str, str] | None = None
        ) -> FetchResult:
            time.sleep(timeout)
            return super().fetch(path, timeout=timeout, headers=headers)

    manager = StorageManager()
    manager.register("slow", Sleeping(GONE))
    manager.register("next", Stubborn(b"2"))
    with pytest.raises(Unreachable, match="the time was over before everybody could be asked"):
        manager.fetch("a.md", timeout=0.01)


def test_the_time_is_for_all_who_are_asked_whether_it_is_there() -> None:
    class Sleeping(Stubborn):
        def exists(self, path: str) -> bool:
            time.sleep(0.02)
            return super().exists(path)

    places = [Place(Sleeping(GONE), "a.md"), Place(Stubborn(b"2"), "a.md")]
    with pytest.raises(Unreachable, match="the time was over before everybody could be asked"):
        any_has(places, timeout=0.01)
    assert any_has(places, timeout=10.0)


@pytest.mark.parametrize("name", ["Authorization", "COOKIE", "proxy-authorization", "X-Api-Key"])
def test_credentials_go_to_one_provider_alone(name: str) -> None:
    manager, providers = managed([b"1", b"2"])
    with pytest.raises(UsageError, match="go to one provider") as caught:
        manager.fetch("a.md", headers={name: "canary"})
    assert "canary" not in str(caught.value)
    manager.fetch("a.md", provider="p1", headers={name: "canary"})
    assert [len(provider.asked) for provider in providers] == [0, 1]


def test_everybody_is_closed_whatever_one_of_them_says() -> None:
    class Broken(Stubborn):
        def close(self) -> None:
            super().close()
            raise BROKEN

    providers = [Stubborn(b""), Broken(b""), Stubborn(b"")]
    manager = StorageManager()
    for number, provider in enumerate(providers):
        manager.register(str(number), provider)
    with pytest.raises(StorageError, match="broken"):
        manager.close()
    manager.unregister("1")
    with manager as inside:
        assert inside is manager
    assert [provider.closed for provider in providers] == [2, 1, 2]


def test_it_may_change_while_it_is_asked() -> None:
    manager = StorageManager()
    manager.register("stays", MemoryStorage({"a.md": b"a"}))
    errors: list[CodexError] = []

    def change(name: str) -> None:
        for _ in range(200):
            manager.register(name, MemoryStorage(), 1)
            manager.unregister(name)

    def read() -> None:
        for _ in range(400):
            try:
                manager.fetch("a.md")
            except CodexError as error:  # noqa: PERF203
                errors.append(error)

    threads = [threading.Thread(target=change, args=(name,)) for name in "xyz"]
    threads += [threading.Thread(target=read) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert manager.list_providers() == ["stays"]


class _Listed(StorageManager):
    """The manager as one provider of its own: what it finds is what its providers have."""

    def list(self, prefix: str = "") -> Iterable[str]:
        return sorted(
            {path for name in self.list_providers() for path in self.get_provider(name).list(prefix)}
        )


class TestManagerOfTwo(StorageContract):
    """Documents spread over two providers are found as if they were in one."""

    @pytest.fixture
    def make(self) -> MakeProvider:
        def make(documents: Mapping[str, bytes]) -> StorageProvider:
            manager = _Listed()
            items = sorted(documents.items())
            manager.register("even", MemoryStorage(dict(items[::2])))
            manager.register("odd", MemoryStorage(dict(items[1::2])))
            return manager

        return make
