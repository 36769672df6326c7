"""A plan or a result of a sync, as a reviewer reads it, and as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from codex_action.report.safe import log_lines, visible
from codex_action.report.sizes import format_bytes
from codex_action.report.text import plural
from codex_action.sync.model import Action, Conflict, Note, Plan, SyncResult
from codex_action.sync.saved import result_document

SYNC_PROJECT = "codex-action/sync-project@1"
_SIGNS = {"create": "+", "update": "~", "delete": "-"}
_COLORS = {"create": "32", "update": "33", "delete": "31", "conflict": "35"}
_SIDES = (("codex", "In the codex repository"), ("local", "In this project"))
_KINDS = {
    "content": "changed on both sides",
    "deleted_locally": "deleted here, changed in the codex repository",
    "deleted_remotely": "deleted in the codex repository, changed here",
}
_RESOLVED = {
    "manual": "both files stay as they are",
    "keep_local": "this project's is kept; the other goes to the backup",
    "keep_remote": "the codex repository's is kept; the other goes to the backup",
}
# Diffs by (side, path), for those files that have one.
Diffs = Mapping["tuple[str, str]", str]


def document(result: SyncResult) -> dict[str, Any]:
    """The document of `sync project --json` (doors.md 5)."""
    return {"schema": SYNC_PROJECT, **result_document(result)}


def render(
    result: SyncResult,
    *,
    diffs: Diffs | None = None,
    verbose: bool = False,
    quiet: bool = False,
    color: bool = False,
) -> str:
    """What is planned, or was done: by side, a file a line, then conflicts, refusals and what it comes to.

    `quiet`: of the files only those that failed, and of what is left alone nothing.
    """
    plan = result.plan
    failed: dict[tuple[str, str], str | None] = {
        (item.action.side, item.action.path): item.error for item in result.outcomes if item.error
    }
    lines = [_head(plan)]
    listed = [action for action in plan.actions if not quiet or (action.side, action.path) in failed]
    for side, title in _SIDES:
        lines += _side(
            [action for action in listed if action.side == side], title, failed, diffs or {}, color
        )
    lines += _conflicts(plan.conflicts, color)
    lines += _notes(plan.denied, "Denied by the permissions", shown=True)
    lines += _notes(() if quiet else plan.skipped, "Left alone", shown=verbose)
    for refusal in plan.refusals:
        lines += [
            "",
            f"Refused: {visible(refusal.message)}",
            *(f"  {visible(path)}" for path in refusal.paths[:10]),
        ]
        lines += [f"  and {len(refusal.paths) - 10} more"] if len(refusal.paths) > 10 else []
        lines += [f"Hint: {visible(refusal.hint)}"] if refusal.hint else []
    return log_lines("".join(f"{line}\n" for line in [*lines, "", *_end(result)]))


def _head(plan: Plan) -> str:
    environment = f" for {visible(plan.environment)}" if plan.environment else ""
    return f"Sync {visible(plan.project)}, {plan.direction}, branch {visible(plan.branch)}{environment}"


def _side(
    actions: Sequence[Action],
    title: str,
    failed: Mapping[tuple[str, str], str | None],
    diffs: Diffs,
    color: bool,  # noqa: FBT001
) -> list[str]:
    if not actions:
        return []
    lines = ["", f"{title}: {_counts(actions)}"]
    width = max(len(visible(action.path)) for action in actions)
    for action in actions:
        name = f"{visible(action.path):<{width}}"
        text = f"  {_SIGNS[action.kind]} {name}  {format_bytes(action.size):>8}"
        lines.append(_paint(text, action.kind, color))
        error = failed.get((action.side, action.path))
        lines += [f"      failed: {visible(error)}"] if error else []
        lines += [f"      {visible(line)}" for line in diffs.get((action.side, action.path), "").splitlines()]
    return lines


def _counts(actions: Iterable[Action]) -> str:
    kinds = [action.kind for action in actions]
    words = (("create", "to create"), ("update", "to update"), ("delete", "to delete"))
    return ", ".join(f"{kinds.count(kind)} {word}" for kind, word in words if kind in kinds)


def _conflicts(conflicts: Sequence[Conflict], color: bool) -> list[str]:  # noqa: FBT001
    if not conflicts:
        return []
    lines = ["", f"{plural(len(conflicts), 'conflict')}:"]
    for item in conflicts:
        text = f"  ! {visible(item.path)}  {_KINDS[item.kind]}; {_RESOLVED[item.resolution]}"
        lines.append(_paint(text, "conflict", color))
    if any(item.resolution == "manual" for item in conflicts):
        lines.append("  settle them with --conflict keep-local or keep-codex, or make both files the same")
    return lines


def _notes(notes: Sequence[Note], title: str, *, shown: bool) -> list[str]:
    if not notes:
        return []
    if not shown:
        return ["", f"{title}: {plural(len(notes), 'file')} (-v lists them)"]
    return ["", f"{title}:", *(f"    {visible(note.path)}  {visible(note.reason)}" for note in notes)]


def _end(result: SyncResult) -> list[str]:
    """What it comes to, and where it went."""
    lines = [_sum(result)]
    if result.plan.in_step and not result.plan.refusals:
        files = plural(len(result.plan.in_step), "file")
        verb = "would be" if result.dry_run else "from now on"
        lines.append(f"The same on both sides, and {verb} remembered: {files}.")
    lines += [f"Error: {visible(text)}" for text in result.failures]
    lines += [f"Backup of what conflicts replaced: {visible(result.backup)}"] if result.backup else []
    lines += [f"Commit {visible(result.commit)}"] if result.commit else []
    lines += [f"Pull request {visible(result.pull_request)}"] if result.pull_request else []
    return lines


def _sum(result: SyncResult) -> str:
    plan, stats = result.plan, result.plan.stats
    if not (plan.actions or plan.conflicts or plan.refusals or result.errors):
        return _nothing(plan) if not result.commit else "Committed what was written before."
    if result.dry_run or plan.refusals:
        total = f"{stats.creates} created, {stats.updates} updated, {stats.deletes} deleted"
        return f"Plan {plan.digest[:12]}: {total}, {format_bytes(stats.total_bytes)}; nothing was written."
    numbers = (
        f"{result.files_created} created, {result.files_updated} updated, {result.files_deleted} deleted"
    )
    return f"{result.status.capitalize()}: {numbers}."


def _nothing(plan: Plan) -> str:
    """The sides need not agree where something was passed over."""
    notes = (("denied", plan.denied), ("left alone", plan.skipped))
    apart = [word for word, found in notes if found]
    return (
        f"Nothing to do, but for what is {' or '.join(apart)}."
        if apart
        else "Nothing to do: both sides agree."
    )


def _paint(text: str, kind: str, color: bool) -> str:  # noqa: FBT001
    return f"\033[{_COLORS[kind]}m{text}\033[0m" if color else text
