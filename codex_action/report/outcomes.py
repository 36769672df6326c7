"""What came of a sync in Markdown: a row for each project, then what failed."""

from __future__ import annotations

from collections.abc import Sequence

from codex_action.report.operations import DONE, Part, counts
from codex_action.report.pieces import link, sentence, short, table
from codex_action.report.safe import markdown
from codex_action.sync.model import SyncResult

_STATUS = {
    "success": "✅ applied",
    "partial": "⚠️ partly applied",
    "failed": "❌ failed",
    "refused": "🚫 refused",
}


def results(found: Sequence[SyncResult], server: str, most: int, more: str) -> list[str]:
    """A table of projects, and a list of what went wrong. Only pages of the server at this URL are linked."""
    rows: list[tuple[str, ...]] = [
        (_status(item), markdown(item.project[:100]), _done(item), _where(item, server))
        for item in found[:most]
    ]
    head: tuple[str, ...] = ("", "Project", "What", "Where")
    if not any(where for *_, where in rows):
        head, rows = head[:3], [row[:3] for row in rows]
    errors = [(item.project, error) for item in found for error in item.errors]
    failed = [(markdown(project[:100]), sentence(error)) for project, error in errors[:most]]
    return [
        *table(head, rows, len(found) - most, more),
        *table(("Project", "What failed"), failed, len(errors) - most, more),
    ]


def _status(result: SyncResult) -> str:
    return _STATUS[result.status] if result.done or result.status != "partial" else "⚠️ conflicts left"


def failures(found: Sequence[SyncResult]) -> int:
    """How much went wrong."""
    return sum(len(item.errors) for item in found)


def _done(result: SyncResult) -> str:
    nothing = "nothing to do" if result.status == "success" else "nothing was written"
    return counts([Part(result.project, result.done, result.conflicts)], DONE) or nothing


def _where(result: SyncResult, server: str) -> str:
    url = result.pull_request or ""
    texts = [link("pull request", url if url.startswith(f"{server}/") else "")] if url else []
    texts += [f"commit {short(result.commit)}"] if result.commit else []
    return ", ".join(texts)
