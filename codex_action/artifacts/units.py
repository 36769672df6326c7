"""Durations, lifetimes and sizes as people write them: `24h`, `1.5 GB`."""

from __future__ import annotations

import math
import re
from typing import Union

from codex_action.errors import ValidationError

Number = Union[int, float]

DAY = 86_400
LONGEST_TTL = 10**15  # in seconds: what clocks and databases still count in
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": DAY, "w": 7 * DAY, "M": 30 * DAY, "y": 365 * DAY}
_BYTES = {"B": 1, "KB": 1 << 10, "MB": 1 << 20, "GB": 1 << 30, "TB": 1 << 40}
_DURATION = re.compile(r"([0-9]{1,15}(?:\.[0-9]{1,15})?)\s*([smhdwMy])")
_SIZE = re.compile(r"([0-9]{1,15}(?:\.[0-9]{1,15})?)\s*([KMGT]?B)", re.IGNORECASE | re.ASCII)


def parse_duration(value: str | Number) -> Number:
    """Seconds: a number as it is, or a decimal number and one of s m h d w M(30 days) y(365 days)."""
    if not isinstance(value, str):
        return value
    found = _DURATION.fullmatch(value)
    if not found:
        raise ValidationError(
            "a duration is a number and one of s m h d w M y, as in 24h", code="INVALID_DURATION"
        )
    return _rounded(float(found[1]) * _SECONDS[found[2]])


def parse_ttl(value: object) -> int:
    """Seconds of a lifetime, 0 or more: a number, or what `parse_duration` reads. Raises ValidationError."""
    seconds = parse_duration(value) if isinstance(value, (int, float, str)) else math.nan
    if isinstance(value, bool) or not 0 <= seconds <= LONGEST_TTL:
        raise ValidationError(
            "a lifetime is a number of seconds, 0 or more, or a duration such as 7d", code="INVALID_TTL"
        )
    return _rounded(seconds)


def format_duration(seconds: int) -> str:
    """Whole seconds in the largest unit that divides them: `7d`, `90m`."""
    sizes = ((_SECONDS[unit], unit) for unit in "dhm")
    return next(
        (f"{seconds // size}{unit}" for size, unit in sizes if seconds and not seconds % size), f"{seconds}s"
    )


def parse_size(value: str | Number) -> Number:
    """Bytes: a number as it is, or a decimal number and one of B KB MB GB TB, each 1024 of the one before."""
    if not isinstance(value, str):
        return value
    found = _SIZE.fullmatch(value)
    if not found:
        raise ValidationError("a size is a number and one of B KB MB GB TB, as in 100MB", code="INVALID_SIZE")
    return _rounded(float(found[1]) * _BYTES[found[2].upper()])


def is_duration(value: str) -> bool:
    """Is this text a duration?"""
    return _DURATION.fullmatch(value) is not None


def is_size(value: str) -> bool:
    """Is this text a size?"""
    return _SIZE.fullmatch(value) is not None


def _rounded(value: float) -> int:
    return math.floor(value + 0.5)  # halves go up, as in the SDK that wrote these files
