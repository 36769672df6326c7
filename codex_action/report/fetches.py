"""Several documents, or why they could not be had: as a workflow's log shows them, and as Markdown."""

from __future__ import annotations

from collections.abc import Sequence

from codex_action.artifacts.document import Document
from codex_action.documents.library import Fetched
from codex_action.errors import CodexError
from codex_action.report import documents
from codex_action.report.annotations import command, within_limit
from codex_action.report.markdown import BUDGET, with_rows
from codex_action.report.safe import code, log_lines, markdown, visible
from codex_action.report.sizes import format_bytes
from codex_action.report.text import plural

_TITLE = "codex fetch"
_MOST_CHARACTERS = 4000


def workflow(found: Sequence[Fetched], now: float) -> str:
    """Workflow commands: an error for what could not be had, a notice for what is stale; then all in a group."""
    errors = [(1, _command("error", _failure(one.reference, one.error))) for one in found if one.error]
    stale = [
        (1, _command("notice", documents.line(one.document, now)))
        for one in found
        if one.document and one.document.stale
    ]
    annotated = within_limit("error", errors) + within_limit("notice", stale)
    return f"{annotated}::group::codex documents: {len(found):,}\n{text(found, now)}::endgroup::\n"


def _command(name: str, message: str) -> str:
    return command(name, message[:_MOST_CHARACTERS], title=_TITLE)


def text(found: Sequence[Fetched], now: float) -> str:
    """A line for each document, then what it comes to."""
    lines = [
        documents.line(one.document, now) if one.document else _failure(one.reference, one.error)
        for one in found
    ]
    return log_lines("".join(f"{line}\n" for line in [*lines, summary(found)]))


def _failure(reference: str, error: CodexError | None) -> str:
    """In one line, why a document could not be had."""
    message = f"{error.message} ({error.hint})" if error and error.hint else f"{error}"
    return visible(f"{reference}: {message}")


def summary(found: Sequence[Fetched]) -> str:
    """What it comes to, in a line."""
    there = [one.document for one in found if one.document]
    kept = sum(document.cached for document in there)
    failed = len(found) - len(there)
    counts = f"{plural(len(there), 'document')} fetched, {kept} of them from the cache"
    return f"{counts}; {failed} could not be had." if failed else f"{counts}."


def markdown_table(found: Sequence[Fetched], now: float, *, budget: int = BUDGET) -> str:
    """The step summary: a row for each document; at most `budget` bytes."""
    head = [
        "### Codex documents",
        "",
        f"**{summary(found)}**",
        "",
        "| | Reference | Size | From |",
        "|---|---|--:|---|",
    ]
    rows = [
        _row(one.document, now) if one.document else _failed_row(one.reference, one.error) for one in found
    ]
    return with_rows(head, rows, budget)


def _row(document: Document, now: float) -> str:
    kept = f", cached {documents.age(now - document.fetched_at)}" if document.cached else ""
    stale = "; it was not renewed" if document.stale else ""
    icon = "⚠️" if document.stale else "✅"
    source = f"{markdown(document.source)}{kept}{stale}"
    return f"| {icon} | {code(document.reference)} | {format_bytes(document.size)} | {source} |"


def _failed_row(reference: str, error: CodexError | None) -> str:
    return f"| ❌ | {code(reference)} | | {markdown(error.message if error else '')} |"
