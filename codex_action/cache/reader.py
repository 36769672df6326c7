"""Read documents through the cache: what the policy decides is done here."""

from __future__ import annotations

import threading
import time
from functools import partial
from typing import Callable, NamedTuple

from codex_action.artifacts.document import FetchResult
from codex_action.cache.entry import CacheEntry, CacheKey
from codex_action.cache.manager import CacheManager
from codex_action.cache.policy import (
    Outcome,
    ReadOptions,
    Refresh,
    ServeStale,
    Settlement,
    Store,
    Use,
    decide,
    settle,
)
from codex_action.errors import CodexError, NotFound, StorageError, Unreachable
from codex_action.shared import Flights
from codex_action.workers import Pool

Fetcher = Callable[["str | None"], FetchResult]
_RENEWALS = 4


class Reading(NamedTuple):
    """What was read. `cached`: it was remembered. `stale`: it is past its time.

    A stale one is being renewed (`renewing`), could not be renewed (`error`), or was read offline.
    """

    entry: CacheEntry
    cached: bool = False
    stale: bool = False
    error: StorageError | None = None
    renewing: bool = False


class _Request(NamedTuple):
    """A document somebody wants."""

    key: CacheKey
    fetch: Fetcher
    ttl: Callable[[], float]
    options: ReadOptions


class ReadThrough:
    """Reads by way of a cache; several threads may use it, and one document is fetched by one of them at a time.

    `deadline` is how many seconds `close` waits for renewals that are under way.
    """

    def __init__(self, cache: CacheManager, *, deadline: float = 5.0) -> None:
        self._cache = cache
        self._deadline = deadline
        self._lock = threading.Lock()
        self._flights: Flights[Reading] = Flights()
        self._renewing: set[CacheKey] = set()
        self._background = Pool(_RENEWALS, "codex-cache")
        self._told: set[type[Exception]] = set()

    def read(
        self,
        key: CacheKey,
        fetch: Fetcher,
        *,
        ttl: Callable[[], float],
        bypass: bool = False,
        offline: bool = False,
        max_age: float | None = None,
    ) -> Reading:
        """The document of a key, from the cache where that will do (documents.md 3).

        `fetch` gets the ETag of what is remembered, or None; it gives a FetchResult, or raises NotModified, NotFound
        or another StorageError. `ttl` gives for how many seconds that is good. `bypass` fetches in any case,
        `offline` in no case. `max_age`: for how many seconds what is remembered is good, instead of its own time; an
        older one is served only where it cannot be renewed. A private result leaves nothing on disk. Raises what
        `fetch` raises where nothing remembered can stand in for it; Unreachable for `offline`.
        """
        options = ReadOptions(bypass, offline, self._cache.stale_seconds, max_age)
        request = _Request(key, fetch, ttl, options)
        ready = self._from_cache(request)
        if ready:
            return ready
        if offline:
            self._cache.count_miss()
            here = "the cache does not count" if bypass else f"{key.reference} is not in the cache"
            raise Unreachable(f"{here}, and nothing is fetched offline")
        again = partial(self._look_again, request)
        return self._flights.run((key, bypass), again, join=self._cache.count_miss)

    def _from_cache(self, request: _Request) -> Reading | None:
        """What is remembered, if it will do as it is. Raises NotFound where that is remembered."""
        entry = None if request.options.bypass else self._cache.lookup(request.key)
        now = self._cache.now()
        decision = decide(entry, request.options, now)
        if not isinstance(decision, Use):
            return None
        self._cache.count_hit(request.key, now)
        if decision.entry.missing:
            raise NotFound(
                f"{request.key.reference} was not there {now - decision.entry.created_at:.0f} s ago",
                hint="--bypass-cache asks again",
            )
        if decision.refresh:
            self._renew_later(request)
        return Reading(decision.entry, cached=True, stale=decision.stale, renewing=decision.refresh)

    def _look_again(self, request: _Request) -> Reading:
        """What somebody else has fetched meanwhile, or what is fetched now: a hit or a miss, never both."""
        ready = self._from_cache(request)
        if ready:
            return ready
        self._cache.count_miss()
        return self._fetch(request)

    def _fetch(self, request: _Request) -> Reading:
        held = None if request.options.bypass else self._cache.lookup(request.key)
        start = time.monotonic()
        outcome: Outcome
        try:
            outcome = request.fetch(held.etag if held else None)
        except StorageError as error:
            outcome = error
        self._cache.count_fetch(time.monotonic() - start)
        return self._perform(request, settle(held, outcome, request.ttl(), self._cache.now()))

    def _perform(self, request: _Request, settlement: Settlement) -> Reading:
        if isinstance(settlement, Store):
            return Reading(self._store(request, settlement))
        if isinstance(settlement, Refresh):
            entry = self._cache.renew(settlement.entry)
            return Reading(entry, cached=True)
        if isinstance(settlement, ServeStale):
            return Reading(settlement.entry, cached=True, stale=True, error=settlement.error)
        if settlement.missing_for:
            self._cache.set_missing(request.key, settlement.missing_for)
        if settlement.forget:
            self._cache.remove(request.key)
        raise settlement.error

    def _store(self, request: _Request, settled: Store) -> CacheEntry:
        result = settled.result
        return self._cache.set(
            request.key,
            result.content,
            settled.ttl,
            result.etag,
            source=result.source,
            content_type=result.content_type,
            last_modified=result.last_modified,
            memory_only=result.private,
        )

    def _renew_later(self, request: _Request) -> None:
        with self._lock:
            if request.key in self._renewing:
                return
            self._renewing.add(request.key)
        self._background.start(lambda: self._renew(request))

    def _renew(self, request: _Request) -> None:
        """Nobody waits for it: whatever goes wrong becomes a warning."""
        try:
            self._report(
                request, self._flights.run((request.key, False), partial(self._fetch, request)).error
            )
        except Exception as error:  # noqa: BLE001  (a traceback between a program's own lines helps nobody)
            self._report(request, error)
        finally:
            with self._lock:
                self._renewing.discard(request.key)

    def _report(self, request: _Request, error: Exception | None) -> None:
        """Warn, once of trouble and once of a bug."""
        if error is None:
            return
        reason = error.message if isinstance(error, CodexError) else f"this is a bug: {error!r}"
        kind = CodexError if isinstance(error, CodexError) else Exception
        with self._lock:
            told = kind in self._told
            self._told.add(kind)
        if not told:
            self._cache.warn(f"{request.key.reference} could not be renewed: {reason}")

    def close(self) -> None:
        """Let renewals end, for a while."""
        self._background.wait(self._deadline)
