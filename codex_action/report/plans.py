"""A plan in a workflow's log: what stops it and what it leaves alone as annotations, the whole of it in a group."""

from __future__ import annotations

import posixpath

from codex_action.report.annotations import command, within_limit
from codex_action.report.safe import visible
from codex_action.report.sync import render
from codex_action.report.text import plural
from codex_action.sync.model import Conflict, Plan, SyncResult

_KINDS = {
    "content": "changed here and in the codex repository",
    "deleted_locally": "deleted here, changed in the codex repository",
    "deleted_remotely": "deleted in the codex repository, changed here",
}
_LONGEST = 1000


def workflow(result: SyncResult, *, prefix: str = "", annotations: bool = True) -> str:
    """Annotations within the runner's limits, if they are wanted, and the log. `prefix` leads to the project's root."""
    found = _annotations(result.plan, prefix) if annotations else ""
    title = f"Codex sync: {plural(len(result.plan.actions), 'operation')}"
    return f"{found}::group::{title}\n{render(result, verbose=True)}::endgroup::\n"


def _annotations(plan: Plan, prefix: str) -> str:
    refused = [
        (1, command("error", _text(f"{item.message}; {item.hint}"), title="codex sync")) for item in plan.refusals
    ]  # fmt: skip
    left = [(1, _conflict(item, prefix)) for item in plan.conflicts if item.resolution == "manual"]
    return within_limit("error", refused) + within_limit("warning", left)


def _conflict(item: Conflict, prefix: str) -> str:
    place = posixpath.normpath(posixpath.join(prefix, item.path))
    message = _text(f"{item.path} is {_KINDS[item.kind]}: both stay as they are")
    file = None if item.local is None else visible(place)
    return command("warning", message, file=file, title="codex sync conflict")


def _text(text: str) -> str:
    return visible(text)[:_LONGEST]
