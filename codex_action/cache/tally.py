"""What was asked for since the last time it was written down."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Callable

from codex_action.cache.entry import CacheKey

Hits = Mapping[CacheKey, "tuple[int, float]"]
Counters = Mapping[str, float]
# What waits to be written down in a cache that cannot be written is not worth more memory than this.
_MOST = 100_000


class Tally:
    """Hits, misses and fetches of all threads. Counting one appends to a list, which no thread can come between."""

    def __init__(self) -> None:
        self.hits: list[tuple[CacheKey, float]] = []
        self.misses: list[float] = []
        self.fetches: list[float] = []
        self._lock = threading.Lock()

    def counters(self) -> dict[str, float]:
        """The sums of what is not written down yet."""
        seconds = list(self.fetches)
        return {
            "hits": len(self.hits),
            "misses": len(self.misses),
            "fetches": len(seconds),
            "fetch_seconds": sum(seconds),
        }

    def hand_over(self, write: Callable[[Hits, Counters], bool]) -> None:
        """Give all of it to `write`, and forget it if that went well; what comes meanwhile waits for the next time."""
        with self._lock:
            counts = self.counters()
            number, missed, fetched = (int(counts[name]) for name in ("hits", "misses", "fetches"))
            if not (number or missed or fetched):
                return
            hits: dict[CacheKey, tuple[int, float]] = {}
            for key, at in self.hits[:number]:
                before = hits.get(key, (0, at))
                hits[key] = before[0] + 1, max(before[1], at)
            if write(hits, counts) or number + missed > _MOST:
                del self.hits[:number], self.misses[:missed], self.fetches[:fetched]
