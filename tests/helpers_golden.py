"""What the upstream SDKs answered, and the places where we answer otherwise on purpose."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Callable, NamedTuple

import pytest

GOLDEN = Path(__file__).parent / "cases" / "golden"


class Row(NamedTuple):
    """One call of an upstream function: its arguments, and its answer (None: it refused)."""

    id: str
    args: tuple[Any, ...]
    result: Any


class Deviation(NamedTuple):
    """A difference that is meant: `claims` tells, from the row alone, where it shows."""

    name: str
    why: str
    claims: Callable[[Row], bool]


class Table(NamedTuple):
    """An upstream function, what ours answers, and where they differ; `theirs` brings their answer into our shape."""

    name: str
    ours: Callable[..., Any]
    deviations: tuple[Deviation, ...] = ()
    theirs: Callable[[Row], Any] = lambda row: row.result

    def rows(self) -> list[Row]:
        """The golden rows."""
        lines = (GOLDEN / f"{self.name}.jsonl").read_text(encoding="utf-8").splitlines()
        rows = (json.loads(line) for line in lines)
        return [Row(f"{self.name}-{row['id']}", tuple(row["args"]), row.get("result")) for row in rows]

    def judge(self, row: Row) -> str | None:
        """What is wrong with our answer, or None: it is theirs, or differs where a deviation says so."""
        ours, theirs = self.ours(*row.args), self.theirs(row)
        names = [deviation.name for deviation in self.deviations if deviation.claims(row)]
        if (ours == theirs) != bool(names):
            return None
        claimed = f"claimed by {names}, but the same" if names else "no deviation has a name for it"
        return f"{row.args!r}: upstream {theirs!r}, ours {ours!r}: {claimed}"


def every_row(tables: Sequence[Table]) -> list[Any]:
    """The parameters of a test over each row of some tables."""
    return [pytest.param(table, row, id=row.id) for table in tables for row in table.rows()]


def every_deviation(tables: Sequence[Table]) -> list[Any]:
    """The parameters of a test over each deviation of some tables."""
    return [
        pytest.param(table, item, id=f"{table.name}-{item.name}")
        for table in tables
        for item in table.deviations
    ]
