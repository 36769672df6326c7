"""Whether a remembered document will do, and what becomes of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from caches import NOON, Clock, entry
from helpers_golden import Deviation, Row, Table, every_deviation, every_row

from codex_action.artifacts.document import FetchResult
from codex_action.cache.entry import CacheEntry, Freshness
from codex_action.cache.policy import (
    Fail,
    Fetch,
    ReadOptions,
    Refresh,
    Revalidate,
    ServeStale,
    Store,
    Use,
    decide,
    freshness,
    settle,
)
from codex_action.errors import (
    GitError,
    NotFound,
    NotModified,
    RateLimited,
    StorageError,
    Unauthorized,
    Unreachable,
)

NEW, FRESH, STALE, EXPIRED = entry(age=0), entry(age=99.9), entry(age=100), entry(age=400)
FUTURE, FAR_FUTURE = entry(age=-0.1), entry(age=-3e8)
GONE, GONE_LONG = entry(content="", age=1, ttl=60), entry(content="", age=60, ttl=60)
OFFLINE, BYPASS = ReadOptions(offline=True), ReadOptions(bypass=True)


@pytest.mark.parametrize(
    ("it", "expected"),
    [
        pytest.param(entry(age=0), Freshness.FRESH, id="new"),
        pytest.param(FRESH, Freshness.FRESH, id="almost over"),
        pytest.param(STALE, Freshness.STALE, id="over"),
        pytest.param(entry(age=399.9), Freshness.STALE, id="almost expired"),
        pytest.param(EXPIRED, Freshness.EXPIRED, id="expired"),
        pytest.param(FUTURE, Freshness.STALE, id="from the future"),
        pytest.param(FAR_FUTURE, Freshness.STALE, id="from ten years ahead"),
        pytest.param(entry(age=3e8), Freshness.EXPIRED, id="ten years old"),
        pytest.param(entry(ttl=0), Freshness.STALE, id="good for no time"),
    ],
)
def test_freshness(it: CacheEntry, expected: Freshness) -> None:
    assert freshness(it, NOON) is expected


def test_the_time_it_may_be_stale_for_can_be_chosen() -> None:
    assert freshness(STALE, NOON, 0) is Freshness.EXPIRED
    assert freshness(EXPIRED, NOON, 301) is Freshness.STALE


@pytest.mark.parametrize(
    ("it", "options", "expected"),
    [
        pytest.param(None, ReadOptions(), Fetch(), id="nothing"),
        pytest.param(None, OFFLINE, Fetch(), id="nothing, offline"),
        pytest.param(FRESH, ReadOptions(), Use(FRESH), id="fresh"),
        pytest.param(FRESH, OFFLINE, Use(FRESH), id="fresh, offline: no mark"),
        pytest.param(FRESH, BYPASS, Fetch(), id="fresh, bypassed"),
        pytest.param(
            STALE, ReadOptions(), Use(STALE, stale=True, refresh=True), id="stale: served and renewed"
        ),
        pytest.param(STALE, OFFLINE, Use(STALE, stale=True), id="stale, offline: marked"),
        pytest.param(STALE, ReadOptions(stale_seconds=0), Revalidate(STALE), id="no stale time wanted"),
        pytest.param(FUTURE, ReadOptions(), Use(FUTURE, stale=True, refresh=True), id="from the future"),
        pytest.param(EXPIRED, ReadOptions(), Revalidate(EXPIRED), id="expired"),
        pytest.param(EXPIRED, OFFLINE, Use(EXPIRED, stale=True), id="expired, offline: marked"),
        pytest.param(GONE, ReadOptions(), Use(GONE), id="known not to be there"),
        pytest.param(GONE, BYPASS, Fetch(), id="known not to be there, bypassed"),
        pytest.param(GONE_LONG, ReadOptions(), Fetch(), id="was not there a while ago"),
        pytest.param(GONE_LONG, OFFLINE, Fetch(), id="was not there a while ago, offline"),
        pytest.param(FRESH, ReadOptions(max_age=100), Use(FRESH), id="younger than is wanted"),
        pytest.param(
            FRESH, ReadOptions(max_age=99.9), Revalidate(FRESH), id="fresh, but older than is wanted"
        ),
        pytest.param(NEW, ReadOptions(max_age=0), Revalidate(NEW), id="new, but none is young enough"),
        pytest.param(
            STALE, ReadOptions(max_age=99), Revalidate(STALE), id="no stale time where an age is wanted"
        ),
        pytest.param(EXPIRED, ReadOptions(max_age=401), Use(EXPIRED), id="expired, but young enough"),
        pytest.param(
            FUTURE, ReadOptions(max_age=1e6), Revalidate(FUTURE), id="from the future, whatever is wanted"
        ),
        pytest.param(
            FRESH, ReadOptions(offline=True, max_age=1), Use(FRESH, stale=True), id="older, offline: marked"
        ),
        pytest.param(FRESH, ReadOptions(bypass=True, max_age=1e6), Fetch(), id="young enough, bypassed"),
        pytest.param(GONE, ReadOptions(max_age=1), Fetch(), id="was not there, longer ago than is wanted"),
        pytest.param(GONE_LONG, ReadOptions(max_age=1e6), Fetch(), id="an absence has its own time at most"),
    ],
)
def test_decide(it: CacheEntry | None, options: ReadOptions, expected: object) -> None:
    assert decide(it, options, NOON) == expected


RESULT = FetchResult(b"new", etag='"2"')


@pytest.mark.parametrize(
    ("it", "outcome", "expected"),
    [
        pytest.param(None, RESULT, Store(RESULT, 50), id="new"),
        pytest.param(EXPIRED, RESULT, Store(RESULT, 50), id="changed"),
        pytest.param(
            EXPIRED, NotModified("same"), Refresh(replace(EXPIRED, created_at=NOON, ttl=50)), id="the same"
        ),
        *(
            pytest.param(
                EXPIRED, error, ServeStale(EXPIRED, error), id=f"{type(error).__name__}: what there is"
            )
            for error in (Unreachable("x"), RateLimited("x", reset_at=1), GitError("x"), StorageError("x"))
        ),
        *(
            pytest.param(None, error, Fail(error), id=f"{type(error).__name__}: nothing there")
            for error in (
                Unreachable("x"),
                RateLimited("x", reset_at=1),
                GitError("x"),
                StorageError("x"),
                NotModified("x"),
            )
        ),
    ],
)
def test_settle(it: CacheEntry | None, outcome: FetchResult | StorageError, expected: object) -> None:
    assert settle(it, outcome, 50, NOON) == expected


@pytest.mark.parametrize("it", [None, EXPIRED, GONE_LONG])
def test_what_is_not_there_is_remembered_and_what_is_forbidden_is_forgotten(it: CacheEntry | None) -> None:
    """Neither is ever answered with an older copy: it was withdrawn."""
    missing, refused = NotFound("x"), Unauthorized("x")
    assert settle(it, missing, 50, NOON) == Fail(missing, missing_for=60)
    assert settle(it, refused, 50, NOON) == Fail(refused, forget=True)


def test_a_remembered_absence_cannot_stand_in() -> None:
    error = Unreachable("x")
    assert settle(GONE_LONG, error, 50, NOON) == Fail(error)


# --- What the JavaScript SDK answers ----------------------------------------------------------------------------------


def at_age(arguments: dict[str, Any]) -> dict[str, Any]:
    clock = Clock(NOON + arguments["ageSeconds"])
    it = replace(entry(ttl=arguments["ttlSeconds"]), clock=clock)
    return {
        "status": freshness(it, clock()).value,
        "valid": it.is_valid,
        "fresh": it.is_fresh,
        "remainingTtl": max(0, int(it.expires_at - clock() + 1e-6)),
        "ageFloor": int(clock() - it.created_at + 1e-6),
    }


def used(row: Row) -> tuple[float, float]:
    return row.args[0]["ageSeconds"], row.args[0]["ttlSeconds"]


TABLE = Table(
    "js.cacheEntryAtAge",
    at_age,
    (
        Deviation(
            "valid-is-within-its-time",
            "the first seed's is_valid knows no stale time; status tells it",
            lambda row: row.result["status"] == "stale",
        ),
        Deviation(
            "fresh-is-the-first-half",
            "the first seed's is_fresh is the first half of the time; status tells the rest",
            lambda row: row.result["fresh"] and used(row)[0] >= used(row)[1] / 2,
        ),
    ),
)


@pytest.mark.parametrize(("table", "row"), every_row([TABLE]))
def test_golden(table: Table, row: Row) -> None:
    assert table.judge(row) is None


@pytest.mark.parametrize(("table", "deviation"), every_deviation([TABLE]))
def test_every_deviation_shows(table: Table, deviation: Deviation) -> None:
    assert any(map(deviation.claims, table.rows()))


def test_status_and_times_are_the_golden_ones() -> None:
    """The deviations are about two answers of five; the others are theirs in every row."""
    for row in TABLE.rows():
        ours = at_age(*row.args)
        assert {name: ours[name] for name in ("status", "remainingTtl", "ageFloor")} == {
            name: row.result[name] for name in ("status", "remainingTtl", "ageFloor")
        }
