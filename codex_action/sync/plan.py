"""Two trees, their ancestor and the rules -> a plan, and whether one plan is covered by another."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Optional

from codex_action.sync.gates import Case, Limits, refusals
from codex_action.sync.manifest import Manifest
from codex_action.sync.model import Action, Direction, Note, Plan, Strategy, Tree, action_order
from codex_action.sync.names import fold
from codex_action.sync.reconcile import Reconciled, reconcile
from codex_action.sync.routed import FromCodex
from codex_action.sync.rules import Rules

Denied = Callable[[str], Optional[str]]


@dataclass(frozen=True)
class Request:
    """What a sync was asked for. `denied` gives the reason why the permissions keep a path out, or None.

    `selects` is asked in the place of the rules where something else, as the documents' own headers, selects too.
    """

    rules: Rules
    direction: Direction = "bidirectional"
    environment: str | None = None
    branch: str = "main"
    codex_commit: str = ""
    conflict: Strategy = "manual"
    limits: Limits = field(default_factory=Limits)
    denied: Denied | None = None
    selects: Callable[[str], bool] | None = None


def make_plan(request: Request, manifest: Manifest, local: Tree, codex: Tree) -> Plan:
    """The plan that makes two trees agree (sync.md 3).

    Raises UsageError for what is no pattern, ConfigurationError for a layout that gives no folder.
    """
    selects = request.selects or _selector(request.rules)
    compared = reconcile(
        manifest.entries,
        local,
        codex,
        direction=request.direction,
        strategy=request.conflict,
        selects=selects,
    )
    denied = _deny(compared, request.denied) if request.denied else ()
    actions = tuple(sorted(compared.actions, key=action_order))
    case = Case(request.limits, request.rules, manifest, local, codex, actions, selects)
    return Plan(
        project=request.rules.project,
        direction=request.direction,
        environment=request.environment,
        branch=request.branch,
        codex_commit=request.codex_commit,
        rules_digest=request.rules.digest,
        actions=actions,
        conflicts=tuple(compared.conflicts),
        skipped=_skipped(compared, local, codex),
        denied=denied,
        refusals=refusals(case),
        in_step=tuple(sorted(compared.in_step, key=attrgetter("path"))),
        gone=tuple(compared.gone),
    )


def _selector(rules: Rules) -> Callable[[str], bool]:
    routing = FromCodex(rules) if rules.from_codex else None
    return lambda path: rules.selects(path) or (routing is not None and routing.keeps(path))


def _deny(compared: Reconciled, denied: Denied) -> tuple[Note, ...]:
    """Take out what the permissions keep out, and say so for each path that differs."""
    differing = {action.path for action in compared.actions} | {item.path for item in compared.conflicts}
    paths = sorted(differing.union(state.path for state in compared.in_step))
    reasons = {path: reason for path in paths if (reason := denied(path)) is not None}
    compared.actions = [action for action in compared.actions if action.path not in reasons]
    compared.conflicts = [conflict for conflict in compared.conflicts if conflict.path not in reasons]
    compared.in_step = [state for state in compared.in_step if state.path not in reasons]
    return tuple(Note(path, reason) for path, reason in reasons.items() if path in differing)


def _skipped(compared: Reconciled, local: Tree, codex: Tree) -> tuple[Note, ...]:
    """What is left alone, each path once: also what is there but was not looked into."""
    reasons = {**codex.passed, **local.passed, **{note.path: note.reason for note in compared.skipped}}
    return tuple(Note(path, reasons[path]) for path in sorted(reasons))


def in_order(actions: tuple[Action, ...]) -> tuple[Action, ...]:
    """Actions as they are carried out: deletions that make room, then what is written, then the other deletions.

    `a` makes room for `a/b`, and `a/b` for `a`; so does a name for one that some file systems take for the same.
    """
    written = {(action.side, fold(action.path)) for action in actions if action.kind != "delete"}
    above = {(side, path[:end]) for side, path in written for end in _slashes(path)}

    def makes_room(action: Action) -> bool:
        path = fold(action.path)
        places = (path, *(path[:end] for end in _slashes(path)))
        return (action.side, path) in above or any((action.side, place) in written for place in places)

    deleted = [action for action in actions if action.kind == "delete"]
    first = [action for action in deleted if makes_room(action)]
    rest = [action for action in deleted if not makes_room(action)]
    return (*first, *(action for action in actions if action.kind != "delete"), *rest)


def _slashes(path: str) -> list[int]:
    return [index for index, character in enumerate(path) if character == "/"]


def compare(approved: Plan, fresh: Plan, *, exact: bool = False) -> tuple[str, ...]:
    """What a fresh plan does that an approved one does not, a sentence each; () if it may be carried out (sync.md 4).

    What was approved and is no longer to be done has been done already, unless the plans must be `exact`ly the same.
    """
    heads = (
        ("project", approved.project, fresh.project),
        ("direction", approved.direction, fresh.direction),
        ("environment", approved.environment, fresh.environment),
        ("branch", approved.branch, fresh.branch),
    )
    moved = [f"the {name} was {old!r} and is {new!r}" for name, old, new in heads if old != new]
    if approved.rules_digest != fresh.rules_digest:
        moved.append("the rules are others: patterns, excludes, layout, routing or permissions")
    known = {action_order(action): action for action in approved.actions}
    now = {action_order(action): action for action in fresh.actions}
    moved += [text for key, action in sorted(now.items()) if (text := _moved(known.get(key), action))]
    if exact:
        gone = (action for key, action in sorted(known.items()) if key not in now)
        moved += [f"{_named(action)} is no longer to be done" for action in gone]
    return tuple(moved)


def _named(action: Action) -> str:
    return f"{action.kind} {action.path} ({action.side})"


def _moved(old: Action | None, new: Action) -> str | None:
    if old is None:
        return f"{_named(new)} is not in the plan"
    if old.kind != new.kind:
        return f"{_named(old)} has become {new.kind}"
    rows = (
        ("the file it replaces", old.before, new.before),
        ("what it writes", old.after, new.after),
        ("the mode", f"{old.mode:o}", f"{new.mode:o}"),
    )
    facts = [f"{what} was {_short(one)} and is {_short(two)}" for what, one, two in rows if one != two]
    return f"{_named(new)}: {', '.join(facts)}" if facts else None


def _short(value: str | None) -> str:
    return "nothing" if value is None else value[:12]
