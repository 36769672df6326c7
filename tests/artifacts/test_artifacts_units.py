"""Durations and sizes as people write them."""

from __future__ import annotations

import pytest

from codex_action.artifacts.units import is_duration, is_size, parse_duration, parse_size
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
