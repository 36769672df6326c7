"""A map over worker processes; one job is a plain loop."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from typing import Callable, TypeVar

T = TypeVar("T")
R = TypeVar("R")


def map_processes(function: Callable[[T], R], items: Sequence[T], jobs: int) -> Iterator[R]:
    """`function` of each item, in order. With `jobs` > 1 in as many processes: both must be picklable.

    Close the iterator to stop early: what has not begun is dropped.
    """
    if jobs <= 1 or len(items) <= 1:
        yield from map(function, items)
        return
    import multiprocessing  # 20 ms: only for large trees
    from concurrent.futures import ProcessPoolExecutor

    # A forked child has everything loaded; macOS and Windows cannot fork safely.
    context = multiprocessing.get_context("fork" if sys.platform.startswith("linux") else "spawn")
    pool = ProcessPoolExecutor(min(jobs, len(items)), mp_context=context)
    try:
        yield from pool.map(function, items)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def map_threads(function: Callable[[T], R], items: Sequence[T], jobs: int) -> Iterator[R]:
    """`function` of each item, in order, in as many threads: for waiting on others."""
    if jobs <= 1 or len(items) <= 1:
        yield from map(function, items)
        return
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(min(jobs, len(items))) as pool:
        yield from pool.map(function, items)
