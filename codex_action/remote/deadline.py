"""How much time is left, without what a thread waits for its turn: that is no host's doing."""

from __future__ import annotations

import time
from threading import get_ident
from typing import Callable, NamedTuple

Now = Callable[[], float]


class _Waits(NamedTuple):
    """What a thread has waited in all, in seconds, and when the last of it is over."""

    seconds: float = 0.0
    end: float = 0.0


_waits: dict[int, _Waits] = {}


def _waits_of(thread: int) -> _Waits:
    return _waits.get(thread) or _Waits()


def waited() -> float:
    """For how many seconds in all this thread has waited for its turns, or is about to."""
    return _waits_of(get_ident()).seconds


def add_wait(seconds: float, *, end: float = 0.0) -> None:
    """Tell that this thread has waited for its turn, or will now, until `end`."""
    _waits[get_ident()] = _Waits(waited() + seconds, end)


class Deadline:
    """So many seconds from now on, for the thread that makes it."""

    def __init__(self, seconds: float, now: Now = time.monotonic) -> None:
        self._now = now
        self._end = now() + seconds - waited()

    @property
    def left(self) -> float:
        """Seconds, at least 0."""
        return max(0.0, self._end + waited() - self._now())

    def patience(self) -> Callable[[int], float]:
        """How long this thread can wait for what another one does: while that waits for its turn, this one does too."""
        before: dict[int, float] = {}

        def left(thread: int) -> float:
            waits = _waits_of(thread)
            under_way = max(0.0, waits.end - self._now())
            return self.left + waits.seconds - before.setdefault(thread, waits.seconds - under_way)

        return left
