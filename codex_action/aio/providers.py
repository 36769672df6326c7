"""Storage providers of either colour: one that is awaited, from one that waits, and the other way round."""

from __future__ import annotations

import asyncio
import functools
import threading
from collections.abc import Awaitable, Iterable, Mapping
from concurrent import futures
from typing import Callable, Protocol, TypeVar

from codex_action.aio.threads import Twin, threaded
from codex_action.artifacts.document import FetchResult
from codex_action.errors import StorageError, Unreachable
from codex_action.storage.base import StorageProvider

R = TypeVar("R")
_TIMEOUT = 30.0
_GRACE = 1.0


class AsyncStorageProvider(Protocol):
    """A place that documents are fetched from (seed 1, storage); what its methods raise is as in StorageProvider.

    A method `list`, if there is one, gives the paths below a folder.
    """

    async def fetch(
        self, path: str, *, timeout: float = 30.0, headers: dict[str, str] | None = None
    ) -> FetchResult:
        """The document at a path. Raises NotFound, NotModified."""
        ...

    async def exists(self, path: str) -> bool:
        """Is there such a document? False only where that is sure."""
        ...

    async def close(self) -> None:
        """Give back connections and files. More than once is no error."""
        ...


class ThreadedProvider(Twin[StorageProvider]):
    """A storage provider, awaitable; made by `as_async`."""

    exists = threaded(StorageProvider.exists)
    fetch = threaded(StorageProvider.fetch)
    list = threaded(StorageProvider.list)


def as_async(provider: StorageProvider) -> ThreadedProvider:
    """An awaitable storage provider from one of ours."""
    return ThreadedProvider(provider)


def from_async(provider: AsyncStorageProvider) -> StorageProvider:
    """A storage provider from an awaitable one, to be registered like any other.

    Its coroutines run on an event loop of their own, so that it can be asked from any thread, a running loop's
    included. A connection that belongs to a loop is therefore opened in `fetch`, not before.
    """
    return _LoopedProvider(provider)


class _LoopedProvider:
    """Asks an awaitable provider and waits for its answer, but never longer than a call may take."""

    def __init__(self, provider: AsyncStorageProvider) -> None:
        self._provider = provider
        self._loop = _LoopThread()

    def fetch(
        self, path: str, *, timeout: float = _TIMEOUT, headers: Mapping[str, str] | None = None
    ) -> FetchResult:
        """The document at a path."""
        known = None if headers is None else dict(headers)
        return self._loop.run(lambda: self._provider.fetch(path, timeout=timeout, headers=known), timeout)

    def exists(self, path: str) -> bool:
        """Is there such a document?"""
        return self._loop.run(lambda: self._provider.exists(path))

    def list(self, prefix: str = "") -> Iterable[str]:
        """The paths below a folder, where the provider can say."""
        ask: Callable[[str], Awaitable[Iterable[str]]] | None = getattr(self._provider, "list", None)
        if ask is None:
            raise StorageError("this storage provider cannot say what it has")
        return self._loop.run(functools.partial(ask, prefix))

    def close(self) -> None:
        """Close the provider, and end its loop."""
        self._loop.close(self._provider.close)


class _LoopThread:
    """An event loop in a thread, begun when it is first needed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._closed = False

    def run(self, make: Callable[[], Awaitable[R]], timeout: float = _TIMEOUT) -> R:
        """What a coroutine gives that is made and run there. Raises Unreachable after `timeout` seconds."""
        with self._lock:
            if self._closed:
                raise StorageError("the storage provider is closed")
            loop = self._begun()
        return self._wait(loop, make, timeout)

    def close(self, last: Callable[[], Awaitable[None]]) -> None:
        """Run a last coroutine, and end the loop with all that still runs there. The second time does nothing."""
        with self._lock:
            if self._closed:
                return
            loop = self._begun()
            self._closed = True
        try:
            self._wait(loop, last, _TIMEOUT)
        finally:
            loop.call_soon_threadsafe(self._stop.set)
            if self._thread:
                self._thread.join(_TIMEOUT)

    def _wait(self, loop: asyncio.AbstractEventLoop, make: Callable[[], Awaitable[R]], timeout: float) -> R:
        async def ask() -> R:
            return await asyncio.wait_for(make(), timeout)

        if threading.current_thread() is self._thread:
            raise RuntimeError("a provider's coroutine would wait for itself")
        future = asyncio.run_coroutine_threadsafe(ask(), loop)
        try:
            return future.result(timeout + _GRACE)  # longer only where the loop itself is held up
        except (TimeoutError, asyncio.TimeoutError, futures.TimeoutError) as error:
            raise Unreachable(f"no answer within {timeout:g} seconds") from error
        except futures.CancelledError as error:
            raise StorageError("the storage provider was closed before it answered") from error
        finally:
            future.cancel()

    def _begun(self) -> asyncio.AbstractEventLoop:
        if self._loop is None:
            ready: futures.Future[asyncio.AbstractEventLoop] = futures.Future()
            self._thread = threading.Thread(
                target=lambda: asyncio.run(self._serve(ready)), name="codex-aio-provider", daemon=True
            )
            self._thread.start()
            self._loop = ready.result()
        return self._loop

    async def _serve(self, ready: futures.Future[asyncio.AbstractEventLoop]) -> None:
        self._stop = asyncio.Event()
        ready.set_result(asyncio.get_running_loop())
        await self._stop.wait()
