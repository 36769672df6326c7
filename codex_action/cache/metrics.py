"""Counts -> how well the cache works (SPEC-00020 2.2)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple

from codex_action.cache.entry import CacheEntry


@dataclass(frozen=True)
class Group:
    """Documents of one source and project: how many, their bytes, the oldest's and newest's time."""

    source: str
    org: str
    project: str
    count: int
    size: int
    oldest: float
    newest: float


@dataclass(frozen=True)
class Share:
    """A source's or project's part: documents and bytes."""

    count: int
    size: int


class CacheMetrics(NamedTuple):
    """How well the cache works. Rates are from 0 to 1, `avg_fetch_time` is in seconds, the others since 1970.

    Hits, misses and fetches are those of all processes since the cache was made. A project goes by its name alone
    where no other organisation has one of that name.
    """

    total_entries: int = 0
    total_size_bytes: int = 0
    hit_rate: float = 0.0
    miss_rate: float = 0.0
    avg_fetch_time: float = 0.0
    oldest_entry: float | None = None
    newest_entry: float | None = None
    by_source: Mapping[str, Share] = MappingProxyType({})
    by_project: Mapping[str, Share] = MappingProxyType({})


def group(entries: Iterable[CacheEntry]) -> list[Group]:
    """Each entry as a group of its own."""
    return [Group(e.source, e.key.org, e.key.project, 1, e.size, e.created_at, e.created_at) for e in entries]


def measure(groups: Iterable[Group], counters: Mapping[str, float]) -> CacheMetrics:
    """`counters`: hits, misses, fetches, fetch_seconds."""
    groups = list(groups)
    asked = counters.get("hits", 0) + counters.get("misses", 0)
    fetches = counters.get("fetches", 0)
    organisations: dict[str, set[str]] = {}
    for each in groups:
        organisations.setdefault(each.project, set()).add(each.org)
    return CacheMetrics(
        total_entries=sum(each.count for each in groups),
        total_size_bytes=sum(each.size for each in groups),
        hit_rate=counters.get("hits", 0) / asked if asked else 0.0,
        miss_rate=counters.get("misses", 0) / asked if asked else 0.0,
        avg_fetch_time=counters.get("fetch_seconds", 0) / fetches if fetches else 0.0,
        oldest_entry=min((each.oldest for each in groups), default=None),
        newest_entry=max((each.newest for each in groups), default=None),
        by_source=_shares((each.source, each) for each in groups),
        by_project=_shares(
            (each.project if len(organisations[each.project]) == 1 else f"{each.org}/{each.project}", each)
            for each in groups
        ),
    )


def _shares(named: Iterable[tuple[str, Group]]) -> dict[str, Share]:
    """The largest first."""
    shares: dict[str, Share] = {}
    for name, each in named:
        before = shares.get(name, Share(0, 0))
        shares[name] = Share(before.count + each.count, before.size + each.size)
    return dict(sorted(shares.items(), key=lambda item: (-item[1].count, item[0])))
