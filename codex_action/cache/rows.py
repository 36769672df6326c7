"""What a row of the index says, and whether that can be: a restored file may be anybody's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Callable
from zlib import crc32

from codex_action.cache.blobs import is_name
from codex_action.cache.entry import CacheEntry, CacheKey

# Times and durations beyond this are none: the year 5138.
_MOST_SECONDS = 1e11
_TYPES = (str, str, int, float, float, str, str, str, float, int)


def place_of(key: CacheKey) -> tuple[str, ...]:
    """A key in the order that the index looks for."""
    return key.org, key.project, key.path, key.version, key.host, key.scope


def seal_of(key: CacheKey, row: Sequence[Any]) -> int:
    """A row's checksum: a bit that turns in a key must not give its document to another."""
    parts = (key.host, key.org, key.project, key.version, key.path, key.scope, *row[:8])
    return crc32(ascii(parts).encode())


def read_row(key: CacheKey, row: Sequence[Any], clock: Callable[[], float]) -> CacheEntry | None:
    """A row's entry, None where it holds what cannot be.

    Its values are used in times, paths and headers.
    """
    source, name, size, created_at, ttl, etag, modified, kind, accessed_at, access_count = known = row[:10]
    if (
        tuple(map(type, known)) != _TYPES
        or (name and not is_name(name))
        or not (etag + modified + kind).isprintable()
        or size < 0
        or not 0 <= ttl <= _MOST_SECONDS
        or not -_MOST_SECONDS <= created_at <= _MOST_SECONDS
        or not -_MOST_SECONDS <= accessed_at <= _MOST_SECONDS
    ):
        return None
    entry = object.__new__(CacheEntry)  # its __init__ takes twice as long, and a list has thousands
    entry.__dict__.update(
        key=key,
        source=source,
        content_hash=name,
        size=size,
        created_at=created_at,
        ttl=ttl,
        clock=clock,
        etag=etag or None,
        last_modified=modified or None,
        content_type=kind,
        accessed_at=accessed_at,
        access_count=access_count,
        body=None,
    )
    return entry
