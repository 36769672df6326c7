"""A clock that moves only when somebody sleeps."""

from __future__ import annotations

from codex_action.remote.session import Clock


class FakeTime:
    """Seconds since 1970, and how long was slept."""

    def __init__(self, start: float = 1000.0) -> None:
        self.seconds = start
        self.slept: list[float] = []

    def now(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.seconds += seconds

    def clock(self, *, chance: float = 0.0) -> Clock:
        return Clock(now=self.now, monotonic=self.now, sleep=self.sleep, chance=lambda: chance)
