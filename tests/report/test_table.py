"""Columns that fit a width, and nothing in them that a terminal obeys."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_action.report.table import table

ROWS = [("NAME", "N", "WHAT"), ("a", "10", "x, y"), ("long-name", "1", "aaa, bbb, ccc, ddd")]


def test_without_a_limit() -> None:
    assert table(ROWS) == [
        "NAME       N   WHAT",
        "a          10  x, y",
        "long-name  1   aaa, bbb, ccc, ddd",
    ]


def test_the_last_column_goes_on_below_itself() -> None:
    assert table(ROWS, 27) == [
        "NAME       N   WHAT",
        "a          10  x, y",
        "long-name  1   aaa, bbb,",
        "               ccc, ddd",
    ]


def test_what_is_too_long_is_cut_or_broken() -> None:
    assert table([("n" * 40, "w" * 25)], 50) == [f"{'n' * 29}…  {'w' * 18}", f"{'':32}{'w' * 7}"]
    assert table([("n" * 40, "w" * 25)]) == [f"{'n' * 40}  {'w' * 25}"]


def test_no_room_at_all() -> None:
    assert table([("name", "a b c d e f g h i j")], 5) == ["name  a b c d e", "      f g h i j"]


def test_empty_cells() -> None:
    assert table([("a", ""), ("", "b")], 40) == ["a", "   b"]
    assert table([("only",)]) == ["only"]


CELLS = st.text(st.sampled_from("ab ,-\x1b\n\u202e/*é"), max_size=60)


@given(st.lists(st.tuples(CELLS, CELLS, CELLS), min_size=1, max_size=6), st.integers(80, 200))
def test_it_fits_and_nothing_is_unseen(rows: list[tuple[str, ...]], width: int) -> None:
    lines = table(rows, width)
    assert len(lines) >= len(rows)
    assert max(map(len, lines)) <= width
    assert all(line.isprintable() for line in lines)


@pytest.mark.parametrize("text", ["\x1b[31m", "a\nb", "\u202e"])
def test_what_cannot_be_seen_is_shown(text: str) -> None:
    (line,) = table([(text, text)])
    assert line.isprintable()
    assert "\\" in line
