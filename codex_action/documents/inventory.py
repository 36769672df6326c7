"""What is kept of documents, as its users look at it (SPEC-00020 2.2)."""

from __future__ import annotations

import os
from typing import NamedTuple

from codex_action.cache.entry import Freshness
from codex_action.cache.health import CacheHealth
from codex_action.cache.manager import CacheManager
from codex_action.cache.persistence import CachePersistence
from codex_action.errors import CacheError, UsageError

STATUSES = ("all", *(state.value for state in Freshness))


class CachedDocument(NamedTuple):
    """A document that is kept. `size` in bytes, times in seconds since 1970; `version` None is the default branch."""

    reference: str
    version: str | None
    source: str
    size: int
    cached_at: float
    expires_at: float
    status: str
    access_count: int
    last_accessed: float


def list_documents(
    cache: CacheManager, project: str | None, pattern: str | None, status: str
) -> tuple[CachedDocument, ...]:
    """What is kept, by reference. Raises UsageError for a status or pattern that is none, CacheError as `need`."""
    if status not in STATUSES:
        raise UsageError(f"there is no status {status!r}", hint=f"one of {', '.join(STATUSES)}")
    need(cache)
    wanted = None if status == "all" else Freshness(status)
    return tuple(
        CachedDocument(
            entry.reference,
            entry.version,
            entry.source,
            entry.size,
            entry.created_at,
            entry.expires_at,
            cache.status(entry).value,
            entry.access_count,
            entry.accessed_at,
        )
        for entry in cache.list(project=project, pattern=pattern, status=wanted)
    )


def need(cache: CacheManager) -> None:
    """Raises CacheError where what is named as the cache is none, or cannot be looked into; nothing is touched."""
    _disk(cache).need()


def _disk(cache: CacheManager) -> CachePersistence:
    if cache.disk is None:
        raise CacheError(
            "the cache is turned off",
            hint="cache.enabled in the configuration turns it on; what was kept before is still in its folder",
        )
    return cache.disk


def check_health(cache: CacheManager, *, repair: bool) -> CacheHealth:
    """What is wrong with a cache's files. Raises CacheError where the cache is turned off or cannot be mended."""
    from codex_action.cache import repair as repairs

    disk = _disk(cache)
    if os.path.isdir(disk.guard.folder):  # else that is what is wrong with it
        disk.need()
    return repairs.repair(disk) if repair else repairs.check(disk)
