"""Rows of text in columns that fit a width."""

from __future__ import annotations

from collections.abc import Sequence

from codex_action.report.safe import visible

_GAP = "  "
_WIDEST = 30  # of a column that is not the last, where the width is limited


def table(rows: Sequence[Sequence[str]], width: int | None = None) -> list[str]:
    """The lines of a table; None is no limit. The last column goes on below itself, others are cut with `…`.

    All cells are foreign text: what cannot be seen in them is shown.
    """
    shown = [[visible(cell) for cell in row] for row in rows]
    if width is not None:
        shown = [[*(_cut(cell) for cell in row[:-1]), row[-1]] for row in shown]
    widths = [max(map(len, column)) for column in zip(*(row[:-1] for row in shown))]
    left = sum(wide + len(_GAP) for wide in widths)
    lines = []
    for row in shown:
        start = _GAP.join([*(f"{cell:<{wide}}" for cell, wide in zip(row, widths)), ""])
        for part in _wrapped(row[-1], None if width is None else max(width - left, 10)):
            lines.append(f"{start}{part}".rstrip())
            start = " " * left
    return lines


def _cut(text: str) -> str:
    return text if len(text) <= _WIDEST else text[: _WIDEST - 1] + "…"


def _wrapped(text: str, width: int | None) -> list[str]:
    if width is None or len(text) <= width:
        return [text]
    from textwrap import wrap

    return wrap(text, width, break_on_hyphens=False)
