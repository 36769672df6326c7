"""Durations, lifetimes and sizes as people write them."""

from __future__ import annotations

import math

import pytest

from codex_action.artifacts.units import (
    LONGEST_TTL,
    format_duration,
    is_duration,
    is_size,
    parse_duration,
    parse_size,
    parse_ttl,
)
from codex_action.errors import ValidationError


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("1s", 1), ("2m", 120), ("24h", 86400), ("1d", 86400), ("1w", 604800), ("1M", 2592000), ("1y", 31536000),
     ("1.5h", 5400), ("1 h", 3600), ("0.5s", 1), ("0.4s", 0), ("2.5s", 3), (7, 7), (1.5, 1.5), (-1, -1)],
)  # fmt: skip
def test_a_duration_in_seconds(text: str, seconds: float) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize(
    "text",
    ["", "1", "h", "1H", " 1h", "1h ", "1h\n", "-1h", ".5h", "1.h", "1e3s", "1ms", "١h", "9" * 16 + "h"],
)
def test_no_duration(text: str) -> None:
    assert not is_duration(text)
    with pytest.raises(ValidationError) as caught:
        parse_duration(text)
    assert caught.value.code == "INVALID_DURATION"


@pytest.mark.parametrize(
    ("text", "size"),
    [("1B", 1), ("1KB", 1024), ("1kb", 1024), ("1 MB", 1 << 20), ("1.5GB", 1610612736), ("1TB", 1 << 40), ("0.1KB", 102), (7, 7)],
)  # fmt: skip
def test_a_size_in_bytes(text: str, size: float) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize(
    "text", ["", "1", "1K", "1PB", "1MiB", "-1MB", " 1MB", "1MB\n", "1e3B", "1ſB", "1\u212aB"]
)
def test_no_size(text: str) -> None:
    assert not is_size(text)
    with pytest.raises(ValidationError) as caught:
        parse_size(text)
    assert caught.value.code == "INVALID_SIZE"


def test_what_is_one() -> None:
    assert is_duration("1 h")
    assert is_size("1 b")


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("7d", 604800), ("1.5h", 5400), (0, 0), (60, 60), (1.5, 2), ("0s", 0), ("0.4s", 0), (LONGEST_TTL, LONGEST_TTL)],
)  # fmt: skip
def test_a_lifetime_in_seconds(value: object, seconds: int) -> None:
    found = parse_ttl(value)
    assert (found, type(found)) == (seconds, int)


@pytest.mark.parametrize(
    "value", [-1, -0.1, True, None, [], {}, math.inf, math.nan, LONGEST_TTL + 1, 10**1000, "999999999999999y"], ids=repr
)  # fmt: skip
def test_no_lifetime(value: object) -> None:
    with pytest.raises(ValidationError) as caught:
        parse_ttl(value)
    assert caught.value.code == "INVALID_TTL"


@pytest.mark.parametrize("text", ["", "week", "60", "-1h"])
def test_a_lifetime_is_no_other_text(text: str) -> None:
    with pytest.raises(ValidationError) as caught:
        parse_ttl(text)
    assert caught.value.code == "INVALID_DURATION"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0s"), (1, "1s"), (60, "1m"), (90, "90s"), (5400, "90m"), (3600, "1h"), (86400, "1d"), (604800, "7d"), (86401, "86401s")],
)  # fmt: skip
def test_a_duration_for_people(seconds: int, text: str) -> None:
    assert format_duration(seconds) == text
    assert parse_duration(text) == seconds
