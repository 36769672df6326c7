"""A map over processes or threads, of which one job is a plain loop; threads that hold nobody up."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, BinaryIO, Callable, TypeVar

if TYPE_CHECKING:
    from concurrent.futures import Future

T = TypeVar("T")
R = TypeVar("R")


def map_processes(function: Callable[[T], R], items: Sequence[T], jobs: int) -> Iterator[R]:
    """`function` of each item, in no order. With `jobs` > 1 in as many processes: results must be picklable.

    This process does its share too, and gives its own results as they come. Raises what `function` raises here,
    RuntimeError if another process did not finish.
    """
    jobs = min(jobs, len(items))
    if jobs <= 1:
        yield from map(function, items)
    elif can_fork():
        yield from _map_forked(function, items, jobs)
    else:
        yield from _map_spawned(function, items, jobs)


def can_fork() -> bool:
    """Do other processes begin as copies of this one here, so that work for them need not be picklable?"""
    return sys.platform.startswith("linux") and threading.active_count() == 1


def _map_forked(function: Callable[[T], R], items: Sequence[T], jobs: int) -> Iterator[R]:
    """A forked child has everything loaded and listed: nothing is sent there, and nothing has to start."""
    children = [_fork(function, items[number::jobs]) for number in range(1, jobs)]
    try:
        yield from map(function, items[::jobs])
        for child in children:
            yield from _results(*child)
    finally:
        for (
            _,
            stream,
        ) in children:  # all, before waiting for one: a later child holds the earlier ones' ends too
            stream.close()  # a child that is still writing ends
        for process, _ in children:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(process, 0)


def _fork(function: Callable[[T], R], share: Sequence[T]) -> tuple[int, BinaryIO]:
    reading, writing = os.pipe()
    process = os.fork()
    if process:
        os.close(writing)
        return process, os.fdopen(reading, "rb")
    import pickle  # 3 ms: only where results cross processes

    status = 1
    try:
        os.close(reading)
        with os.fdopen(writing, "wb") as stream:
            pickle.dump(list(map(function, share)), stream, pickle.HIGHEST_PROTOCOL)
        status = 0
    finally:
        os._exit(status)  # whatever happened: the parent's buffers and handlers are not ours to run


def _results(process: int, stream: BinaryIO) -> list[Any]:
    import pickle

    data = stream.read()
    _, status = os.waitpid(process, 0)
    if status:
        raise RuntimeError(f"a worker process ended early (status {status})")
    results: list[Any] = pickle.loads(data)  # noqa: S301  (our own child wrote it)
    return results


def _map_spawned(function: Callable[[T], R], items: Sequence[T], jobs: int) -> Iterator[R]:
    import multiprocessing  # 20 ms: only for large trees
    from concurrent.futures import ProcessPoolExecutor

    with ProcessPoolExecutor(jobs, mp_context=multiprocessing.get_context("spawn")) as pool:
        yield from pool.map(function, items)


class Pool:
    """At most `size` threads for what waits on others: begun when they are needed, ended when nothing is left.

    They end with the process too, whatever they wait for.
    """

    def __init__(self, size: int, name: str) -> None:
        self._size = size
        self._name = name
        self._jobs: deque[Callable[[], object]] = deque()
        self._threads: list[threading.Thread] = []
        self._working = 0
        self._lock = threading.Lock()

    def start(self, job: Callable[[], object]) -> None:
        """Run a job when its turn comes; it raises nothing."""
        with self._lock:
            self._jobs.append(job)
            if self._working < self._size:
                self._threads = [thread for thread in self._threads if thread.is_alive()]
                thread = threading.Thread(target=self._work, name=self._name, daemon=True)
                thread.start()
                self._threads.append(thread)
                self._working += 1

    def submit(self, work: Callable[[], R]) -> Future[R]:
        """What `work` will give or raise; cancelled before its turn, it never runs."""
        from concurrent.futures import Future

        future: Future[R] = Future()
        self.start(lambda: _settle(future, work))
        return future

    def _work(self) -> None:
        while True:
            with self._lock:
                if not self._jobs:
                    self._working -= 1
                    return
                job = self._jobs.popleft()
            job()

    def wait(self, seconds: float | None = None) -> bool:
        """Wait until all is done, or for so long; then what has not begun never will. Was all done?"""
        end = None if seconds is None else time.monotonic() + seconds
        while True:
            with self._lock:
                thread = next(filter(threading.Thread.is_alive, self._threads), None)
            if thread is None:
                return True
            thread.join(None if end is None else max(0.0, end - time.monotonic()))
            if thread.is_alive():
                self.drop()
                return False

    def drop(self) -> None:
        """What has not begun never will."""
        with self._lock:
            self._jobs.clear()


def _settle(future: Future[R], work: Callable[[], R]) -> None:
    if future.set_running_or_notify_cancel():
        try:
            future.set_result(work())
        except BaseException as error:  # noqa: BLE001  (it is raised where the result is taken)
            future.set_exception(error)


def map_threads(function: Callable[[T], R], items: Sequence[T], jobs: int) -> Iterator[R]:
    """`function` of each item, in order, in as many threads: for waiting on others.

    Whoever takes no more results, as after Ctrl-C, waits for no thread: they begin nothing, and end with the process.
    """
    if jobs <= 1 or len(items) <= 1:
        yield from map(function, items)
        return
    pool = Pool(min(jobs, len(items)), "codex-map")
    futures = [pool.submit(partial(function, item)) for item in items]
    try:
        for future in futures:
            yield future.result()
    finally:
        pool.drop()
    pool.wait()
