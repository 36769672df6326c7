"""How time grows with the input, in seconds of CPU: the only measures that a busy machine does not upset."""

from __future__ import annotations

import os
import time
from typing import Callable

# Ten times the input may take forty times as long: a quadratic way takes a hundred.
_MOST = 40
# What takes less than this is quick, whatever its ratio.
_QUICK = 3.0


def taken(work: Callable[[int], object], size: int) -> float:
    """Seconds of CPU that work of a size takes, here and in the programs that it runs."""
    start = _spent()
    work(size)
    return _spent() - start


def _spent() -> float:
    times = os.times()
    return time.process_time() + times.children_user + times.children_system


def pause(seconds: float) -> None:
    """Time for other threads: where all stand still, that takes one of many short sleeps, not the whole."""
    for _ in range(100):
        time.sleep(seconds / 100)


def assert_grows_gently(work: Callable[[int], object], few: int) -> None:
    """Ten times as much may take longer, but nothing like a hundred times as long."""
    work(few)  # what is loaded and compiled only once
    short = max(taken(work, few), taken(work, few))
    many = taken(work, 10 * few)
    assert many < max(_MOST * short, _QUICK), f"{few}: {short:.3f} s, {10 * few}: {many:.3f} s"
