"""Plans in Markdown, project by project: what can lose something first, the rest folded, within so many rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from codex_action.report.pieces import details, path, sentence, table
from codex_action.report.safe import markdown
from codex_action.report.sizes import format_bytes
from codex_action.report.text import plural
from codex_action.sync.model import EXECUTABLE, Action, Conflict, Plan, Refusal, Side, SyncResult

# Diffs by (project, side, path), for those files that have one.
Diffs = Mapping["tuple[str, str, str]", str]
Words = Mapping[str, str]

TO_DO: Words = {"create": "to add", "update": "to update", "delete": "to delete"}
DONE: Words = {"create": "added", "update": "updated", "delete": "deleted"}
_OPEN_BELOW = 12  # rows
# Spaces that do not break keep a row on one line.
_ICONS = {
    "create": "➕\u00a0add",
    "update": "✏️\u00a0update",
    "delete": "➖\u00a0delete",
    "conflict": "⚠️\u00a0conflict",
}
_SIDES: tuple[Side, ...] = ("codex", "local")
_PLACES = {"codex": "from codex", "local": "from the project"}
_CONFLICTS = {
    "content": "both changed",
    "deleted_locally": "project deleted, codex changed",
    "deleted_remotely": "codex deleted, project changed",
}
_RESOLVED = {
    "manual": "",
    "keep_local": "; the project's is kept, the other backed up",
    "keep_remote": "; codex's is kept, the other backed up",
}


class Part(NamedTuple):
    """What is to be done, or was done, for one project; `denied` and `skipped` are numbers of files."""

    project: str
    actions: Sequence[Action]
    conflicts: Sequence[Conflict]
    refusals: Sequence[Refusal] = ()
    denied: int = 0
    skipped: int = 0

    def count(self, kind: str) -> int:
        """How many actions of a kind it has."""
        return sum(action.kind == kind for action in self.actions)

    @property
    def left(self) -> int:
        """Conflicts that nobody has settled."""
        return sum(conflict.resolution == "manual" for conflict in self.conflicts)


def of_plan(plan: Plan) -> Part:
    """What a plan would do."""
    return Part(
        plan.project, plan.actions, plan.conflicts, plan.refusals, len(plan.denied), len(plan.skipped)
    )


def of_result(result: SyncResult) -> Part:
    """What was done."""
    return Part(result.project, result.done, result.conflicts, result.plan.refusals)


def counts(parts: Iterable[Part], words: Words) -> str:
    """`5 to add, 2 to update, **1 conflict**`, or "" where there is nothing."""
    parts = list(parts)
    numbers = [(sum(part.count(kind) for part in parts), word) for kind, word in words.items()]
    texts = [f"{number:,} {word}" for number, word in numbers if number]
    left = sum(part.left for part in parts)
    return ", ".join([*texts, *([f"**{plural(left, 'conflict')}**"] if left else [])])


def refused(parts: Iterable[Part], most: int) -> list[str]:
    """Why a plan is not carried out."""
    found = [(part.project, refusal) for part in parts for refusal in part.refusals]
    if not found:
        return []
    lines = ["> [!CAUTION]"]
    for project, refusal in found[:most]:
        lines += [f"> **{markdown(project[:100])}** is not synced: {sentence(refusal.message)}  "]
        lines += [f"> Hint: {sentence(refusal.hint)}", ">"] if refusal.hint else [">"]
    lines += [f"> … and {len(found) - most:,} more"] if len(found) > most else []
    return [*lines, ""]


def urgent(parts: Iterable[Part], diffs: Diffs, most: int, more: str) -> list[str]:
    """Conflicts and deletions, which nobody may overlook."""
    parts = list(parts)
    clashes = [(part.project, item) for part in parts for item in part.conflicts]
    gone = [(part.project, item) for part in parts for item in part.actions if item.kind == "delete"]
    # As many of each: what is deleted must not disappear behind what is only left alone.
    found: list[tuple[str, Conflict | Action]] = [*clashes[:most], *gone[:most]]
    rows = [_urgent(project, item, diffs) for project, item in found]
    head: tuple[str, ...] = ("", "Project", "Path", "What")
    if len({part.project for part in parts}) == 1:
        head, rows = (head[0], *head[2:]), [(icon, *cells) for icon, _, *cells in rows]
    return table(head, rows, len(clashes) + len(gone) - len(found), more)


def _urgent(project: str, item: Conflict | Action, diffs: Diffs) -> tuple[str, ...]:
    start = (markdown(project[:100]), path(item.path))
    if isinstance(item, Conflict):
        return _ICONS["conflict"], *start, f"{_CONFLICTS[item.kind]}{_RESOLVED[item.resolution]}"
    return _ICONS["delete"], *start, f"{_PLACES[item.side]}, {_change(project, item, diffs)}"


def folded(parts: Iterable[Part], diffs: Diffs, words: Words, most: int, more: str) -> list[str]:
    """Additions and updates, a fold for each project and direction; all are open where they are few."""
    groups = [
        (part.project, side, found)
        for part in parts
        for side in _SIDES
        if (found := [item for item in part.actions if item.side == side and item.kind != "delete"])
    ]
    is_open = sum(len(found) for _, _, found in groups) < _OPEN_BELOW
    lines = []
    for project, side, found in groups:
        summary = f"<b>{direction(project, side)}</b>: {counts([Part(project, found, ())], words)}"
        rows = [(_ICONS[item.kind], path(item.path), _change(project, item, diffs)) for item in found[:most]]
        lines += details(
            summary, table(("", "Path", "Change"), rows, len(found) - most, more), is_open=is_open
        )
    return lines


def direction(project: str, side: str) -> str:
    """From where to where."""
    name = markdown(project[:100])
    return f"{name} → codex" if side == "codex" else f"codex → {name}"


def totals(parts: Sequence[Part], most: int, more: str) -> list[str]:
    """Every project a row of numbers."""
    rows = [
        (markdown(part.project[:100]), *(f"{part.count(kind):,}" for kind in TO_DO), f"{part.left:,}")
        for part in parts[:most]
    ]
    return table(("Project", "Add", "Update", "Delete", "Conflicts"), rows, len(parts) - most, more)


def passed(parts: Iterable[Part]) -> list[str]:
    """Files that a plan leaves alone, as numbers."""
    parts = list(parts)
    denied, skipped = (sum(getattr(part, name) for part in parts) for name in ("denied", "skipped"))
    texts = [f"{plural(denied, 'file')} kept out by the permissions"] if denied else []
    texts += [f"{plural(skipped, 'file')} left alone"] if skipped else []
    return [f"<sub>{', '.join(texts)}</sub>", ""] if texts else []


def _change(project: str, action: Action, diffs: Diffs) -> str:
    """Lines where they are known, else bytes."""
    diff = diffs.get((project, action.side, action.path))
    size = format_bytes(action.size).replace(" ", "\u00a0")
    if diff is not None:
        lines = diff.split("\n")
        added, taken = (
            sum(line.startswith(sign) and not line.startswith(sign * 3) for line in lines) for sign in "+-"
        )
        size = f"+{added:,}\u00a0−{taken:,}"
    return f"{size}, executable" if action.mode == EXECUTABLE and action.kind != "delete" else size
