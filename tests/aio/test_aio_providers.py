"""Providers that are awaited: both adapters under the contract, and what event loops can do to them."""

# ruff: noqa: ARG002 - a provider takes what it is given

from __future__ import annotations

import asyncio
import gc
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor

import pytest
from contracts.storage_contract import DOCUMENTS, MakeProvider, StorageContract

from codex_action.aio import AsyncStorageManager, AsyncStorageProvider, as_async, from_async
from codex_action.artifacts.document import FetchResult
from codex_action.errors import NotFound, StorageError, Unreachable
from codex_action.storage.base import StorageProvider
from codex_action.storage.manager import StorageManager
from codex_action.storage.memory import MemoryStorage


class Remote:
    """A user's own provider, written as seed 1 has it: no `list`, nothing but coroutines."""

    def __init__(self, documents: Mapping[str, bytes] = DOCUMENTS, *, pause: float = 0.0) -> None:
        self.documents = documents
        self.pause = pause
        self.loops: set[int] = set()
        self.closed = 0
        self.cancelled = 0
        self.running = 0
        self.begun = 0
        self.most = 0

    async def fetch(
        self, path: str, *, timeout: float = 30.0, headers: dict[str, str] | None = None
    ) -> FetchResult:
        self.loops.add(id(asyncio.get_running_loop()))
        self.running += 1
        self.begun += 1
        self.most = max(self.most, self.running)
        try:
            await asyncio.sleep(self.pause)
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        finally:
            self.running -= 1
        if path not in self.documents:
            raise NotFound(f"there is no {path!r}")
        return FetchResult(self.documents[path], source="remote")

    async def exists(self, path: str) -> bool:
        await asyncio.sleep(self.pause)
        return path in self.documents

    async def close(self) -> None:
        self.closed += 1


class TestBothAdapters(StorageContract):
    """What is made awaitable and brought back is the provider it was."""

    @pytest.fixture
    def make(self) -> MakeProvider:
        return lambda documents: from_async(as_async(MemoryStorage(documents)))


# --- from_async -------------------------------------------------------------------------------------------------------


def test_a_provider_of_ones_own_is_registered_like_any_other() -> None:
    remote = Remote()
    with StorageManager() as manager:
        manager.register("memory", MemoryStorage({"own.md": b"own"}))
        manager.register("remote", from_async(remote))
        assert manager.fetch("own.md").source == "memory"
        result = manager.fetch("README.md")
        assert (result.content, result.source) == (DOCUMENTS["README.md"], "remote")
        assert manager.exists("README.md")
        assert not manager.exists("nothing.md")
        with pytest.raises(NotFound):
            manager.fetch("nothing.md")
    assert remote.closed == 1
    assert len(remote.loops) == 1


def test_what_it_cannot_do_is_told() -> None:
    provider = from_async(Remote())
    assert isinstance(provider, StorageProvider)
    with pytest.raises(StorageError, match="cannot say what it has"):
        provider.list()
    provider.close()


def test_headers_arrive() -> None:
    seen: list[dict[str, str] | None] = []

    class Asked(Remote):
        async def fetch(
            self, path: str, *, timeout: float = 30.0, headers: dict[str, str] | None = None
        ) -> FetchResult:
            seen.append(headers)
            return FetchResult(b"")

    provider = from_async(Asked())
    provider.fetch("a.md")
    provider.fetch("a.md", headers={"If-None-Match": "x"})
    provider.close()
    assert seen == [None, {"If-None-Match": "x"}]


def test_it_is_asked_from_many_threads_at_once() -> None:
    remote = Remote(pause=0.05)
    provider = from_async(remote)
    paths = [*DOCUMENTS] * 6
    with ThreadPoolExecutor(12) as pool:
        contents = [result.content for result in pool.map(provider.fetch, paths)]
    provider.close()
    assert contents == [DOCUMENTS[path] for path in paths]
    assert remote.most > 1
    assert len(remote.loops) == 1


def test_it_is_asked_inside_a_running_loop() -> None:
    """From the loop's own thread, which then waits, and from its worker threads."""
    remote = Remote()
    provider = from_async(remote)

    async def program() -> list[bytes]:
        here = provider.fetch("README.md").content
        there = await asyncio.gather(*(asyncio.to_thread(provider.fetch, path) for path in DOCUMENTS))
        assert id(asyncio.get_running_loop()) not in remote.loops
        return [here, *(result.content for result in there)]

    assert asyncio.run(program()) == [DOCUMENTS["README.md"], *DOCUMENTS.values()]
    provider.close()


def test_no_answer_in_time_is_unreachable() -> None:
    remote = Remote(pause=60)
    provider = from_async(remote)
    with pytest.raises(Unreachable, match=r"no answer within 0\.02 seconds"):
        provider.fetch("README.md", timeout=0.02)
    provider.close()
    assert remote.cancelled == remote.begun  # on a busy machine it may not even have begun


def test_a_loop_that_is_held_up_holds_nobody_else_up() -> None:
    release = threading.Event()

    class Blocking(Remote):
        async def fetch(
            self, path: str, *, timeout: float = 30.0, headers: dict[str, str] | None = None
        ) -> FetchResult:
            release.wait(10)  # what a coroutine must not do
            return FetchResult(b"late")

    provider = from_async(Blocking())
    with pytest.raises(Unreachable):
        provider.fetch("README.md", timeout=0.02)
    release.set()
    provider.close()


def test_a_timeout_of_its_own_is_unreachable_too() -> None:
    class Late(Remote):
        async def exists(self, path: str) -> bool:
            raise TimeoutError

    provider = from_async(Late())
    with pytest.raises(Unreachable):
        provider.exists("README.md")
    provider.close()


def test_closing_ends_what_still_runs() -> None:
    remote = Remote(pause=60)
    provider = from_async(remote)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(provider.fetch, "README.md")
        while not remote.running:
            time.sleep(0.001)
        provider.close()
        with pytest.raises(StorageError, match="closed before it answered"):
            waiting.result(10)
    assert (remote.cancelled, remote.closed) == (1, 1)
    assert not [thread for thread in threading.enumerate() if thread.name == "codex-aio-provider"]


def test_after_closing_nothing_is_asked() -> None:
    remote = Remote()
    provider = from_async(remote)
    provider.close()
    provider.close()
    assert remote.closed == 1
    with pytest.raises(StorageError, match="is closed"):
        provider.fetch("README.md")


def test_an_error_while_closing_is_told_and_the_loop_ends() -> None:
    class Broken(Remote):
        async def close(self) -> None:
            raise StorageError("broken")

    provider = from_async(Broken())
    with pytest.raises(StorageError, match="broken"):
        provider.close()
    provider.close()
    assert not [thread for thread in threading.enumerate() if thread.name == "codex-aio-provider"]


def test_a_provider_does_not_wait_for_itself() -> None:
    class Circle(Remote):
        async def exists(self, path: str) -> bool:
            return provider.exists(path)

    provider = from_async(Circle())
    with pytest.raises(RuntimeError, match="would wait for itself"):
        provider.exists("a.md")
    provider.close()


def test_an_interrupt_stops_the_coroutine(monkeypatch: pytest.MonkeyPatch) -> None:
    remote = Remote()
    provider = from_async(remote)
    provider.fetch("README.md")
    remote.pause = 60

    def interrupted(_: object, timeout: float | None = None) -> None:
        while not remote.running:
            time.sleep(0.001)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("concurrent.futures.Future.result", interrupted)
        with pytest.raises(KeyboardInterrupt):
            provider.fetch("README.md")
    provider.close()
    assert remote.cancelled == 1


# --- as_async ---------------------------------------------------------------------------------------------------------


def test_a_list_that_is_made_while_it_is_read_does_not_hold_the_loop_up() -> None:
    class Slow(MemoryStorage):
        def list(self, prefix: str = "") -> Iterator[str]:
            for path in super().list(prefix):
                yield f"{path} {threading.current_thread().name}"

    async def listed() -> Iterable[str]:
        async with as_async(Slow({"a.md": b"", "b.md": b""})) as provider:
            return await provider.list()

    paths = list(asyncio.run(listed()))
    assert [path.split()[0] for path in paths] == ["a.md", "b.md"]
    assert not any(path.endswith(threading.current_thread().name) for path in paths)


def test_a_provider_of_ours_is_awaited() -> None:
    async def program() -> None:
        async with as_async(MemoryStorage(DOCUMENTS)) as provider:
            result = await provider.fetch("README.md")
            assert result.content == DOCUMENTS["README.md"]
            assert await provider.exists("README.md")
            assert list(await provider.list("docs/api")) == ["docs/api/index.md"]
            with pytest.raises(NotFound):
                await provider.fetch("nothing.md")
            asked: AsyncStorageProvider = provider
            assert not await asked.exists("nothing.md")

    asyncio.run(program())


def test_through_all_colours_a_hundred_times_at_once() -> None:
    """A loop, a twin's thread, the manager, an adapter, the adapter's loop; and all of it back again."""
    remote = Remote(pause=0.002)

    async def program() -> list[bytes]:
        async with AsyncStorageManager() as manager:
            manager.register("remote", from_async(as_async(from_async(remote))))
            results = await asyncio.gather(*(manager.fetch(path) for path in [*DOCUMENTS] * 12))
            return [result.content for result in results]

    assert asyncio.run(program()) == [*DOCUMENTS.values()] * 12
    assert remote.closed == 1
    gc.collect()


def test_list_is_asked_of_who_has_it() -> None:
    class Listed(Remote):
        async def list(self, prefix: str = "") -> Iterable[str]:
            return [path for path in self.documents if path.startswith(prefix)]

    provider = from_async(Listed())
    assert set(provider.list()) == {*DOCUMENTS}
    provider.close()
