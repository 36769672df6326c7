"""The decision (sync.md 1): what three versions of a file mean, and what is done about it.

B is what both sides held after the last sync, L what is here, C what is in the codex repository; - is no file.

    L vs C                    B         meaning                    done
    equal                     any       in step                    remembered
    differ                    = C       local changed (new, gone)  codex gets it
    differ                    = L       codex changed (new, gone)  local gets it
    differ                    neither   conflict                   nothing, or what the strategy says

A side that the direction does not write is left as it is, and the report says that the other is ahead.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, Union

from codex_action.sync.known import differing
from codex_action.sync.manifest import Entry
from codex_action.sync.model import (
    Action,
    Conflict,
    ConflictKind,
    Direction,
    FileState,
    Kind,
    Note,
    Resolution,
    Side,
    Strategy,
    Tree,
)
from codex_action.sync.names import within
from codex_action.sync.rules import SHARED

_WRITES: Mapping[Direction, frozenset[Side]] = {
    "to-codex": frozenset(("codex",)),
    "from-codex": frozenset(("local",)),
    "bidirectional": frozenset(("codex", "local")),
}
_WINNERS: Mapping[Strategy, tuple[Side, Resolution] | None] = {
    "manual": None,
    "keep-local": ("local", "keep_local"),
    "keep-codex": ("codex", "keep_remote"),
}
_OTHER: Mapping[Side, Side] = {"local": "codex", "codex": "local"}
_WHERE: Mapping[Side, str] = {"local": "here", "codex": "in codex"}
_LEFT = "no longer matches the patterns: it is neither synced nor deleted"


class Versions(NamedTuple):
    """One path's three versions; `base` is a hash."""

    path: str
    base: str | None
    local: FileState | None
    codex: FileState | None


class Clash(NamedTuple):
    """A conflict, and what a strategy does about it."""

    conflict: Conflict
    action: Action | None = None


Decision = Union[Action, Note, Clash]


def decide(versions: Versions, writes: frozenset[Side], strategy: Strategy) -> Decision:
    """What is done about a file that differs; a note says why it is left alone."""
    base, local, codex = versions.base, _hash(versions.local), _hash(versions.codex)
    if base not in (local, codex):
        return _conflict(versions, writes, strategy)
    ahead: Side = "local" if base == codex else "codex"
    what = f"{_change(base, local if ahead == 'local' else codex)} {_WHERE[ahead]}"
    if _OTHER[ahead] not in writes:
        return Note(versions.path, f"{ahead} is ahead: {what}")
    return _action(versions, ahead, what)


def _hash(state: FileState | None) -> str | None:
    return None if state is None else state.hash


def _change(before: str | None, after: str | None) -> str:
    return "new" if before is None else "deleted" if after is None else "changed"


def _conflict(versions: Versions, writes: frozenset[Side], strategy: Strategy) -> Clash:
    """The strategy's winner is written over the other, if the direction writes that side."""
    path, base, local, codex = versions
    kind: ConflictKind = "content"
    if local is None or codex is None:
        kind = "deleted_locally" if local is None else "deleted_remotely"
    conflict = Conflict(path, kind, base, _hash(local), _hash(codex))
    chosen = _WINNERS[strategy]
    if chosen is None or _OTHER[chosen[0]] not in writes:
        return Clash(conflict)
    winner, resolution = chosen
    action = _action(versions, winner, f"conflict: {winner} is kept")
    return Clash(conflict._replace(resolution=resolution), action)


def _action(versions: Versions, winner: Side, reason: str) -> Action:
    """Make the loser's side like the winner's. A file that is there keeps its mode."""
    source, target = versions.local, versions.codex
    if winner == "codex":
        source, target = target, source
    kind: Kind = "create" if target is None else "delete" if source is None else "update"
    states = [state for state in (source, target) if state is not None]
    size, mode = states[0].size, states[-1].mode
    return Action(kind, _OTHER[winner], versions.path, _hash(target), _hash(source), size, mode, reason)


@dataclass
class Reconciled:
    """What comes of comparing two trees; `in_step` and `gone` change the manifest only."""

    actions: list[Action] = field(default_factory=list)
    conflicts: list[Conflict] = field(default_factory=list)
    skipped: list[Note] = field(default_factory=list)
    in_step: list[FileState] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)


def reconcile(
    entries: Mapping[str, Entry],
    local: Tree,
    codex: Tree,
    *,
    direction: Direction,
    strategy: Strategy = "manual",
    selects: Callable[[str], bool] = lambda _: True,
) -> Reconciled:
    """Compare two trees with their ancestor: each path of each is looked at once, and only what differs is decided.

    Trees hold what the rules select; `selects` tells a remembered file that was deleted on both sides from one that the
    rules have left. Documents of other projects are never written to the codex repository.
    """
    result = Reconciled()
    places = [part for tree in (local, codex) for part in (tree.passed, tree.strange) if part]
    lost: list[str] = []
    for path in _changed(entries, local.files, codex.files, result.in_step, lost):
        if not _is_within(path, places):
            base = entries[path].sha256 if path in entries else None
            versions = Versions(path, base, local.files.get(path), codex.files.get(path))
            writes = _WRITES[direction] & {"local"} if path.startswith(SHARED) else _WRITES[direction]
            _sort_in(decide(versions, writes, strategy), result)
    _forget(sorted(path for path in lost if not _is_within(path, places)), selects, result)
    return result


def _is_within(path: str, places: Iterable[Mapping[str, str]]) -> bool:
    """Is it, or is it below, what was not looked into? The tree's own note says so."""
    return any(within(path, part) is not None for part in places)


def _changed(
    entries: Mapping[str, Entry],
    local: Mapping[str, FileState],
    codex: Mapping[str, FileState],
    in_step: list[FileState],
    lost: list[str],
) -> list[str]:
    """Paths whose sides differ, in order; `in_step` gets what is equal and not remembered so, `lost` what is gone."""
    changed = []
    for path in {*differing(local, entries), *differing(codex, entries)}:
        here, there = local.get(path), codex.get(path)
        if here is None and there is None:
            lost.append(path)
        elif here is None or there is None or here.hash != there.hash:
            changed.append(path)
        else:
            entry = entries.get(path)
            if entry is None or entry.sha256 != here.hash:
                in_step.append(here)
    return sorted(changed)


def _sort_in(decision: Decision, result: Reconciled) -> None:
    if isinstance(decision, Action):
        result.actions.append(decision)
    elif isinstance(decision, Note):
        result.skipped.append(decision)
    else:
        result.conflicts.append(decision.conflict)
        if decision.action is not None:
            result.actions.append(decision.action)


def _forget(paths: Iterable[str], selects: Callable[[str], bool], result: Reconciled) -> None:
    """Remembered files that neither tree holds: deleted on both sides, or no longer looked at."""
    for path in paths:
        if selects(path):
            result.gone.append(path)
        else:
            result.skipped.append(Note(path, _LEFT))
