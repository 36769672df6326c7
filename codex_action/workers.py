"""A map over processes or threads; one job is a plain loop."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from collections import deque
from collections.abc import Iterator, Sequence
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
    elif sys.platform.startswith("linux") and threading.active_count() == 1:
        yield from _map_forked(function, items, jobs)
    else:
        yield from _map_spawned(function, items, jobs)


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


def map_threads(function: Callable[[T], R], items: Sequence[T], jobs: int) -> Iterator[R]:
    """`function` of each item, in order, in as many threads: for waiting on others.

    Whoever takes no more results, as after Ctrl-C, waits for no thread: they begin nothing, and end with the process.
    """
    if jobs <= 1 or len(items) <= 1:
        yield from map(function, items)
        return
    from concurrent.futures import Future

    futures: list[Future[R]] = [Future() for _ in items]
    waiting = deque(zip(items, futures))
    threads = [
        threading.Thread(target=_work, args=(function, waiting), name="codex-map", daemon=True)
        for _ in range(min(jobs, len(items)))
    ]
    for thread in threads:
        thread.start()
    try:
        for future in futures:
            yield future.result()
    finally:
        waiting.clear()
    for thread in threads:
        thread.join()


def _work(function: Callable[[T], R], waiting: deque[tuple[T, Future[R]]]) -> None:
    while True:
        try:
            item, future = waiting.popleft()
        except IndexError:
            return
        try:
            future.set_result(function(item))
        except BaseException as error:  # noqa: BLE001  (it is raised where the result is taken)
            future.set_exception(error)
