"""The index: one row for each remembered document."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Callable, NamedTuple

from codex_action.cache import database
from codex_action.cache.access import PRIVATE, Access
from codex_action.cache.entry import CacheEntry, CacheKey
from codex_action.cache.rows import place_of, read_row, seal_of

if TYPE_CHECKING:
    from codex_action.cache.metrics import Group

_KEY = "host, org, project, version, path, scope"
_FACTS = "source, content_hash, size, created_at, ttl, etag, last_modified, content_type"
_USE = "accessed_at, access_count"
_THIS = "WHERE org = ? AND project = ? AND path = ? AND version = ? AND host = ? AND scope = ?"
_GET = f"SELECT {_FACTS}, {_USE}, seal FROM entry {_THIS}"  # noqa: S608  (made of constants, as all of these)
_ORDER = "ORDER BY org, project, path, version, host, scope"
_ROWS = f"SELECT {_FACTS}, {_USE}, {_KEY}, seal, id FROM entry {_ORDER}"  # noqa: S608
_LIST = f"SELECT {_FACTS}, {_USE}, {_KEY} FROM entry WHERE content_hash {{}} '' {_ORDER}"  # noqa: S608
_PUT = (
    f"INSERT INTO entry ({_KEY}, {_FACTS}, {_USE}, seal) VALUES (?{', ?' * 16}) "  # noqa: S608
    "ON CONFLICT (org, project, path, version, host, scope) DO UPDATE SET source = excluded.source, "
    "content_hash = excluded.content_hash, size = excluded.size, created_at = excluded.created_at, "
    "ttl = excluded.ttl, etag = excluded.etag, last_modified = excluded.last_modified, "
    "content_type = excluded.content_type, seal = excluded.seal, accessed_at = excluded.accessed_at"
)
_HIT = f"UPDATE entry SET access_count = access_count + ?, accessed_at = max(accessed_at, ?) {_THIS}"  # noqa: S608
_COUNT = "INSERT INTO counter VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = value + excluded.value"
_TOTALS = (
    "SELECT count(*), total(size), total(? >= created_at AND ? - created_at < ttl), "
    "total(? - created_at >= ttl + ?) FROM entry INDEXED BY entry_content WHERE content_hash > ''"
)
_GROUPS = (
    "SELECT source, org, project, count(*), total(size), min(created_at), max(created_at) FROM entry "
    "WHERE content_hash > '' GROUP BY source, org, project"
)


class BadRow(Exception):
    """A row does not hold what was written there."""


class Totals(NamedTuple):
    """How many documents, their bytes, and how many are fresh and expired."""

    entries: int
    size: int
    fresh: int
    expired: int


class Row(NamedTuple):
    """A row as `rows` gives it: its number, and what it says (None: it is bad)."""

    id: int
    entry: CacheEntry | None


class Index:
    """Rows in `path`, trusted as data only. Every method raises sqlite3.Error, the first one OSError and Foreign too.

    Several threads and processes may use one file at a time.
    """

    def __init__(self, path: str, clock: Callable[[], float], access: Access = PRIVATE) -> None:
        self.path = path
        self.process = os.getpid()
        self._clock = clock
        self._lock = threading.RLock()
        self._connection, self.writable = database.open_database(path, access)

    def _run(self, statement: str, values: Sequence[object] = ()) -> sqlite3.Cursor:
        return self._patiently(self._connection.execute, statement, values)

    def _patiently(self, call: Callable[..., sqlite3.Cursor], *arguments: object) -> sqlite3.Cursor:
        """Wait for another process once; after that hardly, which the next thread must know before it waits too."""
        try:
            return call(*arguments)
        except sqlite3.OperationalError as error:
            if database.is_locked(error):
                database.lose_patience(self._connection)
            raise

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing of what is written inside; nobody else writes meanwhile."""
        with self._lock:
            self._run("BEGIN IMMEDIATE")
            try:
                yield
                self._run("COMMIT")
            except BaseException:
                with contextlib.suppress(sqlite3.Error):  # a failed COMMIT may have ended it already
                    self._run("ROLLBACK")
                raise

    def get(self, key: CacheKey) -> CacheEntry | None:
        """What is remembered under a key, without its content. Raises BadRow."""
        with self._lock:
            try:
                found = self._run(_GET, place_of(key)).fetchone()
            except sqlite3.OperationalError as error:
                if "decode" in str(error):  # no UTF-8: bits of it have turned
                    raise BadRow from error
                raise
        if found is None:
            return None
        entry = read_row(key, found, self._clock)
        if entry is None or found[10] != seal_of(key, found):
            raise BadRow
        return entry

    def put(self, entry: CacheEntry) -> None:
        """Remember; the hits counted before stay."""
        key = entry.key
        names = (key.host, key.org, key.project, key.version, key.path, key.scope)
        times = float(entry.created_at), float(entry.ttl)
        header = (entry.etag or "", entry.last_modified or "", entry.content_type)
        facts = (entry.source, entry.content_hash, entry.size, *times, *header)
        values = (*names, *facts, entry.accessed_at, entry.access_count, seal_of(key, facts))
        with self._lock:
            self._run(_PUT, values)

    def content_of(self, key: CacheKey) -> str:
        """The content's name that a key's row holds, '' if there is none."""
        with self._lock:
            found = self._run(f"SELECT content_hash FROM entry {_THIS}", place_of(key)).fetchone()  # noqa: S608
        return str(found[0]) if found else ""

    def remove(self, keys: Iterable[CacheKey]) -> None:
        """Forget these."""
        with self._lock:
            self._patiently(self._connection.executemany, f"DELETE FROM entry {_THIS}", map(place_of, keys))  # noqa: S608

    def remove_rows(self, numbers: Iterable[int]) -> None:
        """Forget rows that have no key any more."""
        with self._lock:
            self._patiently(
                self._connection.executemany,
                "DELETE FROM entry WHERE id = ?",
                ((number,) for number in numbers),
            )

    def remove_content(self, name: str) -> None:
        """Forget all that have this content."""
        with self._lock:
            self._run("DELETE FROM entry WHERE content_hash = ?", (name,))

    def remove_all(self) -> None:
        """Forget everything but the counters."""
        with self._lock:
            self._run("DELETE FROM entry")

    def remove_missing(self, now: float) -> None:
        """Forget that documents were missing, where that is over."""
        with self._lock:
            self._run("DELETE FROM entry WHERE content_hash = '' AND created_at + ttl < ?", (now,))

    def uses(self, name: str) -> bool:
        """Has any row this content?"""
        with self._lock:
            return (
                self._run("SELECT 1 FROM entry WHERE content_hash = ? LIMIT 1", (name,)).fetchone()
                is not None
            )

    def rows(self) -> list[Row]:
        """All rows, ordered by organisation, project and path; bad ones have no entry."""
        rows = []
        for *values, seal, number in self._all(_ROWS):
            key = CacheKey(*values[10:])
            entry = read_row(key, values, self._clock)
            rows.append(Row(number, entry if seal == seal_of(key, values) else None))
        return rows

    def entries(self, *, missing: bool = False) -> list[CacheEntry]:
        """All documents, or absences, ordered as `rows`. Nothing is served from here: no seal is looked at."""
        rows = self._all(_LIST.format("=" if missing else ">"))
        entries = [read_row(CacheKey(*row[10:]), row, self._clock) for row in rows]
        return [entry for entry in entries if entry]

    def _all(self, statement: str) -> list[tuple[Any, ...]]:
        with self._lock:
            try:
                return self._run(statement).fetchall()
            except sqlite3.OperationalError:  # perhaps a text that is none: a row's trouble, not everybody's
                self._connection.text_factory = partial(str, encoding="utf-8", errors="surrogateescape")
                return self._run(statement).fetchall()
            finally:
                self._connection.text_factory = str

    def least_used(self, size: int) -> list[CacheKey]:
        """The documents to forget so that `size` bytes get free, those not used for the longest time first."""
        taken: list[CacheKey] = []
        statement = (
            "SELECT host, org, project, version, path, scope, size FROM entry ORDER BY accessed_at, id"
        )
        with self._lock:
            for *parts, bytes_ in self._run(statement):
                if size <= 0:
                    break
                taken.append(CacheKey(*parts))
                size -= int(bytes_)
        return taken

    def count(self, hits: Mapping[CacheKey, tuple[int, float]], counters: Mapping[str, float]) -> None:
        """Add hits (how many, the last one's time) and counters, all at once."""
        with self.transaction():
            self._patiently(
                self._connection.executemany, _HIT, ((*hit, *place_of(key)) for key, hit in hits.items())
            )
            self._patiently(self._connection.executemany, _COUNT, counters.items())

    def counters(self) -> dict[str, float]:
        """What was counted by all processes ever."""
        with self._lock:
            found = self._run("SELECT name, value FROM counter").fetchall()
        return {str(name): float(value) for name, value in found}

    def totals(self, now: float, stale_seconds: float) -> Totals:
        """How many there are, and how old."""
        with self._lock:
            found = self._run(_TOTALS, (now, now, now, stale_seconds)).fetchone()
        return Totals(*map(int, found))

    def groups(self) -> list[Group]:
        """Counts and sizes by source and project."""
        from codex_action.cache.metrics import Group

        with self._lock:
            found = self._run(_GROUPS).fetchall()
        return [
            Group(str(a), str(b), str(c), int(n), int(size), *map(float, ages))
            for a, b, c, n, size, *ages in found
        ]

    def problem(self) -> str | None:
        """What SQLite finds wrong with the file, None if nothing. Reads all of it."""
        with self._lock:
            self.totals(0, 0)  # fails where a table or an index is not there, as the next line does
            self.counters()
            (answer,) = self._run("PRAGMA integrity_check(1)").fetchone()
        return None if answer == "ok" else str(answer)

    def close(self) -> None:
        """End; the last one to do so leaves one file."""
        with self._lock:
            if self.writable:
                with contextlib.suppress(sqlite3.Error):  # others are still reading, or the disk is full
                    self._run("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            self._connection.close()
