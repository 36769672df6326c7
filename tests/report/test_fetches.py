"""Documents and failures as a workflow's log and summary show them."""

from __future__ import annotations

import pytest

from codex_action.artifacts.document import Document
from codex_action.documents.library import Fetched
from codex_action.errors import NotFound
from codex_action.report import fetches

NOW = 1_700_000_000.0
GUIDE = Document("codex://umbrella/handbook/docs/guide.md", b"# Guide\n", "github", fetched_at=NOW)
KEPT = Document("codex://umbrella/handbook/a.md", b"a" * 2000, "github", cached=True, fetched_at=NOW - 7200)
OLD = Document("codex://umbrella/handbook/b.md", b"", "a|b", cached=True, stale=True, fetched_at=NOW - 90_000)
FOUND = [
    Fetched("a", GUIDE),
    Fetched("b", KEPT),
    Fetched("c", OLD),
    Fetched("codex://umbrella/x/y.md", error=NotFound("it is gone", hint="look elsewhere")),
]


def test_text() -> None:
    assert fetches.text(FOUND, NOW).splitlines() == [
        "codex://umbrella/handbook/docs/guide.md: 8 B from github",
        "codex://umbrella/handbook/a.md: 2.0 KB from github, cached 2h ago",
        "codex://umbrella/handbook/b.md: 0 B from a|b, cached 1d ago, stale: it was not renewed",
        "codex://umbrella/x/y.md: it is gone (look elsewhere)",
        "3 documents fetched, 2 of them from the cache; 1 could not be had.",
    ]


def test_markdown() -> None:
    head, rows = fetches.markdown_table(FOUND, NOW).split("|---|---|--:|---|\n")
    assert "**3 documents fetched, 2 of them from the cache; 1 could not be had.**" in head
    cells = [[cell.strip() for cell in row.strip("|").split("|")] for row in rows.splitlines()]
    assert [(row[0], *row[2:]) for row in cells] == [
        ("✅", "8 B", "github"),
        ("✅", "2.0 KB", "github, cached 2h ago"),
        ("⚠️", "0 B", "a&#124;b, cached 1d ago; it was not renewed"),
        ("❌", "", "it is gone"),
    ]


def test_workflow_commands() -> None:
    lines = fetches.workflow(FOUND, NOW).splitlines()
    assert lines[:2] == [
        "::error title=codex fetch::codex://umbrella/x/y.md: it is gone (look elsewhere)",
        (
            "::notice title=codex fetch::codex://umbrella/handbook/b.md: 0 B from a|b, cached 1d ago, "
            "stale: it was not renewed"
        ),
    ]
    assert (lines[2], lines[-1]) == ("::group::codex documents: 4", "::endgroup::")


@pytest.mark.parametrize("budget", [500, 5000, 50_000])
def test_a_summary_stays_in_its_budget(budget: int) -> None:
    table = fetches.markdown_table(FOUND * 200, NOW, budget=budget)
    assert len(table.encode()) <= budget
    assert "more rows: the log has them all." in table


def test_nothing_wrong_is_said_in_a_sentence() -> None:
    assert fetches.summary(FOUND[:1]) == "1 document fetched, 0 of them from the cache."
