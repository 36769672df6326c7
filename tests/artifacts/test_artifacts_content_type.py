"""What a path promises, and what the upstream SDK reads from it."""

from __future__ import annotations

import pytest
from helpers_golden import Deviation, Row, Table, every_deviation, every_row

from codex_action.artifacts.content_type import UNKNOWN, detect_content_type

DETECT = Table(
    "js.detectContentType",
    detect_content_type,
    (
        Deviation(
            "a-name-is-no-extension",
            "a file called md has no extension; they take the whole name for one",
            lambda row: "." not in row.args[0] and row.result != UNKNOWN,
        ),
        Deviation(
            "nothing-is-inherited",
            "their table is an object, which knows __proto__",
            lambda row: not isinstance(row.result, str),
        ),
    ),
)


@pytest.mark.parametrize(("table", "row"), every_row([DETECT]))
def test_as_upstream(table: Table, row: Row) -> None:
    assert table.judge(row) is None


@pytest.mark.parametrize(("table", "deviation"), every_deviation([DETECT]))
def test_every_deviation_shows(table: Table, deviation: Deviation) -> None:
    assert any(deviation.claims(row) for row in table.rows())


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("docs/A.MD", "text/markdown"),
        ("a.json", "application/json"),
        ("a.svg", "image/svg+xml"),
        ("Makefile", UNKNOWN),
        ("a.md/b", UNKNOWN),
        ("", UNKNOWN),
    ],
)
def test_kinds(path: str, kind: str) -> None:
    assert detect_content_type(path) == kind
