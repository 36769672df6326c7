"""The memory tier: what stays, what goes."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest
from caches import entry, key

from codex_action.cache.memory import MemoryTier


def paths(tier: MemoryTier) -> list[str]:
    return [name for name in "abcdefg" if tier._entries.get(key(name))]  # noqa: SLF001  (a look that is no use)


def test_the_least_recently_used_goes_first() -> None:
    tier = MemoryTier(3, 1000)
    for name in "abc":
        tier.put(entry(name))
    assert tier.get(key("a"))
    tier.put(entry("d"))
    assert paths(tier) == ["a", "c", "d"]
    assert len(tier) == 3
    assert tier.get(key("b")) is None


@pytest.mark.parametrize(
    ("sizes", "left"),
    [
        ((4, 4), "ab"),
        ((4, 4, 4), "bc"),
        ((4, 4, 9), "c"),
        pytest.param((4, 4, 11), "ab", id="larger than all of it"),
        pytest.param((0, 0, 10), "abc", id="empty ones take nothing"),
    ],
)
def test_the_size_is_limited(sizes: tuple[int, ...], left: str) -> None:
    tier = MemoryTier(10, 10)
    for name, size in zip("abc", sizes):
        tier.put(replace(entry(name), size=size))
    assert "".join(paths(tier)) == left
    assert tier.size == sum(size for name, size in zip("abc", sizes) if name in left)


def test_a_newer_one_takes_an_older_ones_place() -> None:
    tier = MemoryTier(2, 100)
    tier.put(entry("a"), alone=True)
    tier.put(replace(entry("a"), size=50))
    assert (len(tier), tier.size, tier.alone()) == (1, 50, [])


def test_too_large_a_one_takes_the_older_one_away() -> None:
    tier = MemoryTier(2, 10)
    tier.put(entry("a"))
    tier.put(replace(entry("a"), size=11))
    assert tier.get(key("a")) is None


def test_what_is_nowhere_else_is_known() -> None:
    tier = MemoryTier(2, 100)
    for name in "abc":
        tier.put(entry(name), alone=name != "b")
    assert [it.key.path for it in tier.alone()] == ["c"]
    tier.remove([key("c"), key("x")])
    assert tier.alone() == []
    tier.put(entry("a"), alone=True)
    tier.clear()
    assert (len(tier), tier.size, tier.alone()) == (0, 0, [])


def test_without_entries_nothing_is_kept() -> None:
    tier = MemoryTier(0, 100)
    tier.put(entry("a"), alone=True)
    assert tier.get(key("a")) is None
    assert tier.alone() == []


def test_eight_threads() -> None:
    tier = MemoryTier(20, 200)

    def work(number: int) -> None:
        for turn in range(300):
            tier.put(entry(f"{(number * turn) % 50}"), alone=True)
            tier.get(key(f"{turn % 50}"))
            tier.alone()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(tier) == 20
    assert tier.size == 60
    assert len(tier.alone()) == 20
