"""What is kept of documents, in memory and on disk."""

from __future__ import annotations

import atexit
import math
import time
import warnings
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Callable, NamedTuple

from codex_action.artifacts.document import content_hash
from codex_action.cache.access import PRIVATE, Access
from codex_action.cache.entry import CacheEntry, CacheKey, Freshness, key_of
from codex_action.cache.guard import Outside
from codex_action.cache.index import Totals
from codex_action.cache.memory import MemoryTier
from codex_action.cache.persistence import CachePersistence
from codex_action.cache.policy import STALE_SECONDS, freshness
from codex_action.cache.selection import ClearResult, check_scope, select
from codex_action.cache.tally import Tally
from codex_action.errors import UsageError

if TYPE_CHECKING:
    from typing_extensions import Self

    from codex_action.cache.metrics import CacheMetrics

_MEGABYTE = 1024 * 1024
_MEMORY = 50 * _MEGABYTE
_FLUSH = 1000


class CacheStats(NamedTuple):
    """Documents and bytes in all, how old they are, and how many of them are in memory."""

    entries: int
    size: int
    fresh: int
    stale: int
    expired: int
    memory_entries: int
    memory_size: int


def _header(text: str | None) -> str | None:
    """A header's value, if it can be sent again."""
    return text if text and text.isprintable() else None


def _warn(message: str) -> None:
    warnings.warn(message, stacklevel=2)


class CacheManager:
    """Documents by their keys (seed 1); a key is a CacheKey or any text. Several threads and processes may use it.

    `cache_dir` None keeps documents in memory alone. `max_size_mb` is for the disk, 0 is no limit. `stale_seconds`
    past its time a document is expired. `now` gives seconds since 1970. `warn` hears, once for each kind of trouble,
    why the cache does not work as it should; nothing of that is ever raised.
    """

    def __init__(  # noqa: PLR0913  (settings, read by name)
        self,
        cache_dir: str | None = None,
        max_memory_entries: int = 1000,
        *,
        max_size_mb: float = 100,
        stale_seconds: float = STALE_SECONDS,
        now: Callable[[], float] = time.time,
        warn: Callable[[str], None] = _warn,
        access: Access = PRIVATE,
    ) -> None:
        self.now = now
        self.warn = warn
        self.stale_seconds = stale_seconds
        self.disk = (
            CachePersistence(cache_dir, Outside(now, warn, access), int(max_size_mb * _MEGABYTE))
            if cache_dir
            else None
        )
        self._memory = MemoryTier(max_memory_entries, _MEMORY)
        self._tally = Tally()
        if self.disk:
            atexit.register(self.close)

    def get(self, key: CacheKey | str) -> CacheEntry | None:
        """A document within its time, with its content; None if there is none."""
        if isinstance(key, str):
            key = key_of(key)
        entry = self._memory.get(key)
        now = self.now()
        if entry is None or not 0 <= now - entry.created_at < entry.ttl:
            entry = self._newer(key, entry)
            if entry is None or not 0 <= now - entry.created_at < entry.ttl:
                self.count_miss()
                return None
        if not entry.content_hash:
            self.count_miss()
            return None
        self.count_hit(key, now)
        return entry

    def lookup(self, key: CacheKey | str) -> CacheEntry | None:
        """Whatever is remembered, however old, and be it that there is no such document; it is not counted."""
        if isinstance(key, str):
            key = key_of(key)
        held = self._memory.get(key)
        return held if held and held.is_valid else self._newer(key, held)

    def _newer(self, key: CacheKey, held: CacheEntry | None) -> CacheEntry | None:
        """What the disk has, if it is newer: another process may have renewed it."""
        if self.disk is None:
            return held
        stored = self.disk.read(key)
        if stored is None or (held and held.created_at >= stored.created_at):
            return held
        self._memory.put(stored)
        return stored

    def set(  # noqa: PLR0913  (what is known of a document, read by name)
        self,
        key: CacheKey | str,
        content: bytes,
        ttl_seconds: float,
        etag: str | None = None,
        *,
        source: str = "",
        content_type: str = "application/octet-stream",
        last_modified: str | None = None,
        memory_only: bool = False,
    ) -> CacheEntry:
        """Remember a document for so many seconds. Raises UsageError for a time that is none.

        `memory_only`: it must not be written to disk.
        """
        entry = self._entry(key, content_hash(content), content, ttl_seconds)
        known = replace(
            entry,
            source=source,
            content_type=_header(content_type) or "application/octet-stream",
            etag=_header(etag),
            last_modified=_header(last_modified),
        )
        return self.store(known, memory_only=memory_only)

    def set_missing(self, key: CacheKey | str, seconds: float) -> CacheEntry:
        """Remember for so many seconds that there is no such document."""
        return self.renew(self._entry(key, "", b"", seconds))

    def _entry(self, key: CacheKey | str, name: str, content: bytes, ttl: float) -> CacheEntry:
        if not (0 <= ttl < math.inf):
            raise UsageError(f"a document cannot be remembered for {ttl} seconds")
        now = self.now()
        if isinstance(key, str):
            key = key_of(key)
        return CacheEntry(
            key, "", name, len(content), now, float(min(ttl, 1e9)), self.now, accessed_at=now, body=content
        )

    def store(self, entry: CacheEntry, *, memory_only: bool = False) -> CacheEntry:
        """Remember an entry as it is."""
        if self.disk is None or memory_only:
            if self.disk:
                self.disk.remove([entry.key])
            self._memory.put(entry, alone=True)
        else:
            self._memory.put(entry, alone=not self.disk.write(entry))
            if self.disk.needs_room:
                self.flush()  # the latest hits count
                self.disk.make_room()
        return entry

    def renew(self, entry: CacheEntry) -> CacheEntry:
        """Remember an entry with another time, where it was: what must not be on disk does not get there."""
        return self.store(entry, memory_only=self._memory.is_alone(entry.key))

    def remove(self, key: CacheKey | str) -> None:
        """Forget a document."""
        keys = [key_of(key) if isinstance(key, str) else key]
        self._memory.remove(keys)
        if self.disk:
            self.disk.remove(keys)

    def list(
        self, *, project: str | None = None, pattern: str | None = None, status: Freshness | None = None
    ) -> Sequence[CacheEntry]:
        """The documents, without their contents, ordered by reference.

        `project`: ORG/PROJECT, or a project's name. `pattern`: a glob over codex://ORG/PROJECT/PATH, over
        ORG/PROJECT/PATH or over the path. Raises UsageError for a pattern that is none.
        """
        self.flush()
        entries = select(self._known(), project=project, pattern=pattern)
        return [entry for entry in entries if status is None or self.status(entry) is status]

    def _known(self, *, missing: bool = False) -> Sequence[CacheEntry]:
        """All documents, or what is known not to be there."""
        entries = self.disk.list(missing=missing) if self.disk else ()
        alone = {entry.key: replace(entry, body=None) for entry in self._alone(missing=missing)}
        return (
            [*alone.values(), *(entry for entry in entries if entry.key not in alone)] if alone else entries
        )

    def _alone(self, *, missing: bool = False) -> Sequence[CacheEntry]:
        return [entry for entry in self._memory.alone() if entry.missing is missing]

    def status(self, entry: CacheEntry) -> Freshness:
        """How old it is by now."""
        return freshness(entry, self.now(), self.stale_seconds)

    def clear(
        self,
        scope: str = "expired",
        filter: str | None = None,  # noqa: A002  (SPEC-00020's name)
        *,
        dry_run: bool = False,
    ) -> ClearResult:
        """Forget documents, or with `dry_run` only say which (SPEC-00020 3.2.1).

        Scopes: `all`, `expired`, `project` and `pattern`, whose filter is as in `list` and holds for absences too.
        Raises UsageError for a scope or filter that makes no sense, CacheError where the disk does not allow it.
        """
        check_scope(scope, filter)
        chosen = {scope: filter} if filter else {}
        entries = self.list(**chosen, status=Freshness.EXPIRED if scope == "expired" else None)
        if not dry_run:
            gone = select(self._known(missing=True), **chosen) if chosen else ()
            self._clear(None if scope == "all" else [entry.key for entry in (*entries, *gone)])
        return ClearResult(len(entries), tuple(entry.reference for entry in entries), dry_run)

    def _clear(self, keys: Sequence[CacheKey] | None) -> None:
        if self.disk:
            self.disk.clear(keys)
        if keys is None:
            self._memory.clear()
        else:
            self._memory.remove(keys)

    def stats(self) -> CacheStats:
        """How much there is, and how old."""
        alone = self._alone()
        states = [self.status(entry) for entry in alone]
        stored = self.disk.totals(self.stale_seconds) if self.disk else Totals(0, 0, 0, 0)
        entries = stored.entries + len(alone)
        fresh = stored.fresh + states.count(Freshness.FRESH)
        expired = stored.expired + states.count(Freshness.EXPIRED)
        size = stored.size + sum(entry.size for entry in alone)
        in_memory = len(self._memory), self._memory.size
        return CacheStats(entries, size, fresh, entries - fresh - expired, expired, *in_memory)

    def metrics(self) -> CacheMetrics:
        """How well it works (SPEC-00020 3.2.4); without a disk, since it was made."""
        from codex_action.cache.metrics import group, measure

        self.flush()
        groups = group(self._alone())
        counters = self._tally.counters()
        if self.disk:
            groups += self.disk.groups()
            for name, value in self.disk.counters().items():
                counters[name] = counters.get(name, 0) + value
        return measure(groups, counters)

    def count_hit(self, key: CacheKey, at: float) -> None:
        """Count that a document was served; written down with many others."""
        self._tally.hits.append((key, at))
        if len(self._tally.hits) >= _FLUSH:
            self.flush()

    def count_miss(self) -> None:
        """Count that a document was not there."""
        self._tally.misses.append(1.0)

    def count_fetch(self, seconds: float) -> None:
        """Count that a document was fetched, and how long that took."""
        self._tally.fetches.append(seconds)

    def flush(self) -> None:
        """Write down what was counted."""
        if self.disk:
            self._tally.hand_over(self.disk.count)

    def close(self) -> None:
        """Write down what was counted, and leave the folder in order. A later write stays in memory."""
        if self.disk:
            atexit.unregister(self.close)
            self.flush()
            self.disk.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


# Seed 1's way to make one.
create_cache_manager = CacheManager
