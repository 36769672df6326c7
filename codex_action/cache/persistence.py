"""The disk tier: an index, and the contents it names, in one folder."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from codex_action.cache.blobs import Altered, Blobs, is_ours
from codex_action.cache.entry import CacheEntry, CacheKey
from codex_action.cache.guard import TROUBLE, Guard, Outside, reason
from codex_action.cache.index import BadRow, Index, Totals

if TYPE_CHECKING:
    from codex_action.cache.metrics import Group

_NONE = Totals(0, 0, 0, 0)


class CachePersistence:
    """Documents in `folder`, of `max_bytes` in all (0: no limit); seed 1's name for it.

    Trouble with the disk is not its user's: what cannot be read is not there, what cannot be written is not kept, and
    a warning tells so once. Only `clear` raises CacheError.
    """

    def __init__(self, folder: str, outside: Outside, max_bytes: int = 0) -> None:
        self.guard = Guard(folder, outside)
        self.blobs = Blobs(os.path.join(self.guard.folder, "objects"), outside.access)
        self._now = outside.clock
        self._max_bytes = max_bytes
        self._written = max_bytes  # since the size was looked at; others may have written a lot before

    def read(self, key: CacheKey) -> CacheEntry | None:
        """What is remembered under a key, with its content, which was checked."""
        row = partial(self._row, key=key)
        before = None
        while True:
            entry = self.guard.attempt(row, None)
            if entry is None or entry.missing:
                return entry
            try:
                return entry.with_body(self.blobs.read(entry.content_hash))
            except OSError as error:
                if entry.content_hash == before:
                    self._drop(entry, error)
                    return None
                before = entry.content_hash  # perhaps it was cleared or replaced at this moment: look again

    def _row(self, index: Index, key: CacheKey) -> CacheEntry | None:
        try:
            return index.get(key)
        except BadRow:
            self.guard.tell("damaged", f"a damaged entry of the cache in {self.guard.folder!r} is not used")
            if index.writable:
                index.remove([key])
            return None

    def _drop(self, entry: CacheEntry, error: OSError) -> None:
        sentence = f"the cached copy of {entry.reference} is not used: its file {reason(error)}"
        self.guard.tell("damaged", sentence)

        def drop(index: Index) -> None:
            if index.writable:
                with index.transaction():
                    self.drop_content(index, entry.content_hash)

        self.guard.attempt(drop, None)

    def drop_content(self, index: Index, name: str) -> None:
        """Within a transaction: forget a content if its file is bad or gone, and take a bad file away."""
        try:
            self.blobs.read(name)
        except OSError as error:
            index.remove_content(name)
            if isinstance(error, Altered):
                self.blobs.remove(name)

    def write(self, entry: CacheEntry) -> bool:
        """Remember a document; was it kept? One larger than the whole cache may be is not."""
        if self._max_bytes and entry.size > self._max_bytes:
            self.remove([entry.key])
            return False
        return self.guard.attempt(lambda index: self._write(index, entry), otherwise=False)

    def _write(self, index: Index, entry: CacheEntry) -> bool:
        try:
            with index.transaction():
                before = index.content_of(entry.key)
                if not entry.missing:
                    self.blobs.write(entry.content_hash, entry.content)
                index.put(entry)
        except TROUBLE:
            with contextlib.suppress(*TROUBLE):
                self._sweep(index, [entry.content_hash])
            raise
        if before != entry.content_hash:
            self._sweep(index, [before])
        self._written += entry.size
        return True

    @property
    def needs_room(self) -> bool:
        """May it be larger than its limit by now? Looking costs more than a write, so it is not done at each."""
        return bool(self._max_bytes) and self._written * 16 > self._max_bytes

    def make_room(self) -> None:
        """Forget what was not used for the longest time, until the limit is kept."""
        self.guard.attempt(self._shrink, None)

    def _shrink(self, index: Index) -> None:
        """A tenth more than is needed, so that it is not needed again at once."""
        self._written = 0
        excess = index.totals(0.0, 0.0).size - self._max_bytes
        if excess > 0:
            self._remove(index, index.least_used(excess + self._max_bytes // 10))

    def remove(self, keys: Iterable[CacheKey]) -> None:
        """Forget these."""
        self.guard.attempt(lambda index: self._remove(index, tuple(keys)), None)

    def _remove(self, index: Index, keys: Sequence[CacheKey]) -> None:
        with index.transaction():
            names = {index.content_of(key) for key in keys}
            index.remove(keys)
        self._sweep(index, names)

    def _sweep(self, index: Index, names: Iterable[str]) -> None:
        """Take away contents that no row has, while nobody can write a row for one.

        The rows went before: whoever is killed between leaves a file too many, never a row without its file.
        """
        names = [name for name in names if name]
        if names:
            with index.transaction():
                for name in names:
                    if not index.uses(name):
                        self.blobs.remove(name)

    def need(self) -> None:
        """Raises CacheError where there is a folder that cannot be looked into, or is no cache's."""
        with self.guard.command("cannot be used"):
            self.guard.check_folder()

    def clear(self, keys: Iterable[CacheKey] | None = None) -> None:
        """Forget these, or everything. Raises CacheError."""
        if not os.path.lexists(self.guard.folder):
            return
        with self.guard.command("cannot be cleared"):
            index = self.guard.open()
            if keys is None:
                index.remove_all()
                self.sweep_all(index)
            else:
                self._remove(index, tuple(keys))

    def sweep_all(self, index: Index) -> Sequence[str]:
        """Take away every file of ours that no row needs, and give their paths. Raises what is in TROUBLE."""
        with index.transaction():
            useless = [path for path in self.blobs.paths() if is_ours(path) and not self.needs(index, path)]
            for path in useless:
                os.unlink(os.path.join(self.blobs.folder, path))
        return useless

    def needs(self, index: Index, path: str) -> bool:
        """Is it a content that a row names? Within a transaction no other file is still being written."""
        name = os.path.basename(path)
        return path == f"{name[:2]}/{name}" and index.uses(name)

    def list(self, *, missing: bool = False) -> Sequence[CacheEntry]:
        """All documents, or what is known not to be there, without contents, ordered by organisation, project, path."""
        return self.guard.look(lambda index: index.entries(missing=missing), [])

    def totals(self, stale_seconds: float) -> Totals:
        """How many documents there are, and how old."""
        return self.guard.look(lambda index: index.totals(self._now(), stale_seconds), _NONE)

    def groups(self) -> Sequence[Group]:
        """Counts and sizes by source and project."""
        return self.guard.look(Index.groups, [])

    def counters(self) -> dict[str, float]:
        """What was counted by all processes ever."""
        return self.guard.look(Index.counters, {})

    def count(self, hits: Mapping[CacheKey, tuple[int, float]], counters: Mapping[str, float]) -> bool:
        """Add to the counters, all at once; False where it cannot be done now."""

        def add(index: Index) -> bool:
            if index.writable:  # a cache that can only be read is no trouble
                index.count(hits, counters)
            return True

        return self.guard.attempt(add, otherwise=False)

    def close(self) -> None:
        """End. A write that comes later is not kept; no file but the index and the contents is left."""
        if self._written != self._max_bytes:
            self.guard.attempt(self._tidy, None)
        self.guard.close()

    def _tidy(self, index: Index) -> None:
        if index.writable:
            index.remove_missing(self._now())
            if self._max_bytes:
                self._shrink(index)
