"""How time grows with the input: the only measure that a busy machine does not upset."""

from __future__ import annotations

import time
from typing import Callable

# Ten times the input may take forty times as long: a quadratic way takes a hundred.
_MOST = 40
# What takes less than this is quick, whatever its ratio: a machine with other work has pauses this long.
_QUICK = 3.0


def taken(work: Callable[[int], object], size: int) -> float:
    """Seconds that work of a size takes."""
    start = time.perf_counter()
    work(size)
    return time.perf_counter() - start


def assert_grows_gently(work: Callable[[int], object], few: int) -> None:
    """Ten times as much may take longer, but nothing like a hundred times as long."""
    work(few)  # what is loaded and compiled only once
    short = max(taken(work, few), taken(work, few))
    many = taken(work, 10 * few)
    assert many < max(_MOST * short, _QUICK), f"{few}: {short:.3f} s, {10 * few}: {many:.3f} s"
