"""Numbers of bytes for people."""

from __future__ import annotations

_UNITS = ("KB", "MB", "GB")


def format_bytes(size: int) -> str:
    """A size as SPEC-00020 prints it: `999 B`, `12.5 KB`, each unit 1024 of the one before; halves are rounded up."""
    if size < 1024:
        return f"{size} B"
    power = min((size.bit_length() - 1) // 10, len(_UNITS))
    unit = 1 << (10 * power)
    tenths = (20 * size + unit) // (2 * unit)
    return f"{tenths // 10}.{tenths % 10} {_UNITS[power - 1]}"
