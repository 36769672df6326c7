"""Documents kept in memory, the least recently used out first."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable

from codex_action.cache.entry import CacheEntry, CacheKey


class MemoryTier:
    """At most `max_entries` documents of `max_bytes` in all; several threads may use it."""

    def __init__(self, max_entries: int, max_bytes: int) -> None:
        self._max_entries = max_entries
        self._max_bytes = max_bytes
        self._entries: OrderedDict[CacheKey, CacheEntry] = OrderedDict()
        self._alone: set[CacheKey] = set()
        self._lock = threading.Lock()
        self.size = 0

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: CacheKey) -> CacheEntry | None:
        """A document, which is now the most recently used. Each step is whole, so it goes without the lock."""
        entry = self._entries.get(key)
        if entry is not None:
            try:  # noqa: SIM105  (a context manager would take as long as all the rest)
                self._entries.move_to_end(key)
            except KeyError:  # another thread was quicker to forget it
                pass
        return entry

    def put(self, entry: CacheEntry, *, alone: bool = False) -> None:
        """Keep a document if it fits. `alone`: it is nowhere else."""
        if not self._max_entries:
            return
        with self._lock:
            self._forget(entry.key)
            if entry.size > self._max_bytes:
                return
            self._entries[entry.key] = entry
            self.size += entry.size
            if alone:
                self._alone.add(entry.key)
            while len(self._entries) > self._max_entries or self.size > self._max_bytes:
                self._forget(next(iter(self._entries)))

    def remove(self, keys: Iterable[CacheKey]) -> None:
        """Forget these."""
        with self._lock:
            for key in keys:
                self._forget(key)

    def clear(self) -> None:
        """Forget all."""
        with self._lock:
            self._entries.clear()
            self._alone.clear()
            self.size = 0

    def is_alone(self, key: CacheKey) -> bool:
        """Is a document here and nowhere else?"""
        return key in self._alone

    def alone(self) -> list[CacheEntry]:
        """The documents that are nowhere else."""
        with self._lock:
            return [self._entries[key] for key in self._alone]

    def _forget(self, key: CacheKey) -> None:
        entry = self._entries.pop(key, None)
        if entry is not None:
            self._alone.discard(key)
            self.size -= entry.size
