"""How well the cache works, from counts."""

from __future__ import annotations

from dataclasses import replace

from caches import entry, key

from codex_action.cache.metrics import CacheMetrics, Group, Share, group, measure

ROWS = (
    Group("github", "umbrella", "handbook", 3, 300, 10.0, 30.0),
    Group("http", "umbrella", "handbook", 1, 50, 5.0, 5.0),
    Group("github", "umbrella", "tools", 2, 20, 20.0, 40.0),
)


def test_of_nothing() -> None:
    assert measure([], {}) == CacheMetrics()


def test_sums_and_shares() -> None:
    found = measure(ROWS, {"hits": 873, "misses": 127, "fetches": 4, "fetch_seconds": 0.98})
    assert (found.total_entries, found.total_size_bytes) == (6, 370)
    assert (found.hit_rate, found.miss_rate) == (0.873, 0.127)
    assert found.avg_fetch_time == 0.245
    assert (found.oldest_entry, found.newest_entry) == (5.0, 40.0)
    assert found.by_source == {"github": Share(5, 320), "http": Share(1, 50)}
    assert list(found.by_project.items()) == [("handbook", Share(4, 350)), ("tools", Share(2, 20))]


def test_projects_of_one_name_are_told_apart() -> None:
    found = measure([*ROWS, Group("github", "rain", "tools", 5, 1, 1.0, 1.0)], {})
    assert list(found.by_project) == ["rain/tools", "handbook", "umbrella/tools"]


def test_entries_are_groups() -> None:
    it = replace(entry("a"), key=key("a", org="rain"), size=7)
    assert group([it]) == [Group("github", "rain", "handbook", 1, 7, it.created_at, it.created_at)]
