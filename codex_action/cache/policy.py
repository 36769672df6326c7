"""Whether a remembered document will do, and what a fetch's outcome means for it.

decide   nothing remembered, or bypass   Fetch
         fresh                           Use
         stale                           Use, marked, and renew it meanwhile; a remembered absence: Fetch
         expired                         Revalidate
         older than is wanted            Revalidate; with max_age there is no stale time
         offline                         Use, marked where it is not fresh

settle   a document                      Store
         not modified                    Refresh
         not found                       Fail, and remember that for a minute
         not authorised                  Fail, and forget what was remembered
         anything else                   ServeStale; Fail where nothing is remembered
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple, Union

from codex_action.artifacts.document import FetchResult
from codex_action.cache.entry import CacheEntry, Freshness
from codex_action.errors import NotFound, NotModified, StorageError, Unauthorized

STALE_SECONDS = 300.0
MISSING_SECONDS = 60.0


class ReadOptions(NamedTuple):
    """How a document is asked for. `bypass`: what is remembered does not count. `offline`: nothing is fetched.

    `max_age` counts instead of the time that a document was remembered for.
    """

    bypass: bool = False
    offline: bool = False
    stale_seconds: float = STALE_SECONDS
    max_age: float | None = None


class Use(NamedTuple):
    """Serve what is remembered. `stale`: it is past its time; `refresh`: it is renewed meanwhile."""

    entry: CacheEntry
    stale: bool = False
    refresh: bool = False


class Revalidate(NamedTuple):
    """Ask whether what is remembered is still right, and get what is right if not."""

    entry: CacheEntry


class Fetch(NamedTuple):
    """Nothing remembered will do."""


class Store(NamedTuple):
    """Remember what was fetched, for `ttl` seconds."""

    result: FetchResult
    ttl: float


class Refresh(NamedTuple):
    """What is remembered is still right, and its time starts anew."""

    entry: CacheEntry


class ServeStale(NamedTuple):
    """It could not be renewed: serve what is remembered, with a mark."""

    entry: CacheEntry
    error: StorageError


class Fail(NamedTuple):
    """Nothing can be served. `missing_for`: remember for so many seconds that there is no such document."""

    error: StorageError
    missing_for: float = 0.0
    forget: bool = False


Decision = Union[Use, Revalidate, Fetch]
Outcome = Union[FetchResult, StorageError]
Settlement = Union[Store, Refresh, ServeStale, Fail]


def freshness(entry: CacheEntry, now: float, stale_seconds: float = STALE_SECONDS) -> Freshness:
    """How an entry's age stands to its time; what comes from the future is stale, because no age can be told."""
    age = now - entry.created_at
    if 0 <= age < entry.ttl:
        return Freshness.FRESH
    return Freshness.STALE if age < entry.ttl + stale_seconds else Freshness.EXPIRED


def decide(entry: CacheEntry | None, options: ReadOptions, now: float) -> Decision:
    """Whether what is remembered will do (documents.md 3)."""
    if entry is None or options.bypass:
        return Fetch()
    state = _freshness_asked(entry, options, now)
    if state is Freshness.FRESH:
        return Use(entry)
    if entry.missing:
        return Fetch()
    if options.offline:
        return Use(entry, stale=True)
    return Use(entry, stale=True, refresh=True) if state is Freshness.STALE else Revalidate(entry)


def _freshness_asked(entry: CacheEntry, options: ReadOptions, now: float) -> Freshness:
    """The freshness that counts for who asks. An absence is never believed for longer than it was meant to be."""
    if options.max_age is None:
        return freshness(entry, now, options.stale_seconds)
    limit = min(options.max_age, entry.ttl) if entry.missing else options.max_age
    return Freshness.FRESH if 0 <= now - entry.created_at < limit else Freshness.EXPIRED


def settle(entry: CacheEntry | None, outcome: Outcome, ttl: float, now: float) -> Settlement:
    """What a fetch's outcome means for what is remembered; `entry` None where that does not count."""
    if isinstance(outcome, FetchResult):
        return Store(outcome, ttl)
    held = None if entry is None or entry.missing else entry
    if isinstance(outcome, NotFound):
        return Fail(outcome, missing_for=MISSING_SECONDS)
    if isinstance(outcome, Unauthorized):
        return Fail(outcome, forget=True)
    if held is None:
        return Fail(outcome)
    if isinstance(outcome, NotModified):
        return Refresh(replace(held, created_at=now, ttl=ttl))
    return ServeStale(held, outcome)
