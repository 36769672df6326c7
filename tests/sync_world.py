"""Two trees and a manifest in memory: what a sync decides can be done here, and looked at."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from codex_action.sync.gates import FORCEABLE, Limits
from codex_action.sync.manifest import Entry, Manifest, advanced
from codex_action.sync.model import Action, FileState, Plan, Tree
from codex_action.sync.plan import Request, in_order, make_plan
from codex_action.sync.rules import Rules

EMPTY = Manifest("umbrella", "handbook", "umbrella/codex", "main")
RULES = Rules("umbrella", "handbook", "codex", patterns=("**",))
BOLD = Limits(max_deletes=10_000, max_delete_percent=100, forced=FORCEABLE)


def digest(content: str) -> str:
    return hashlib.sha256(content.encode()).hexdigest()


def state(path: str, content: str, mode: int = 0o100644) -> FileState:
    return FileState(path, digest(content), len(content), mode)


def tree(files: Mapping[str, str], **more: Mapping[str, str]) -> Tree:
    return Tree({path: state(path, content) for path, content in files.items()}, **more)


def remembered(files: Mapping[str, str], **more: str) -> Manifest:
    """A manifest of files that were in step with these contents."""
    entries = {
        path: Entry(digest(text), len(text), "2026-01-01T00:00:00Z", "local") for path, text in files.items()
    }
    return replace(EMPTY, entries=entries, **more)


def request(rules: Rules = RULES, **more: object) -> Request:
    return Request(rules, **more)  # type: ignore[arg-type]


def plan_of(
    local: Mapping[str, str], codex: Mapping[str, str], base: Mapping[str, str] = {}, **more: object
) -> Plan:
    """A plan of three sets of contents, without limits unless they are given."""
    more.setdefault("limits", BOLD)
    rules = more.pop("rules", RULES)
    return make_plan(request(rules, **more), remembered(base), tree(local), tree(codex))  # type: ignore[arg-type]


def done(plan: Plan) -> list[str]:
    """The actions, a word each."""
    return [f"{action.kind} {action.side} {action.path}" for action in plan.actions]


@dataclass
class World:
    """Both sides' contents, what is remembered of them, and what a strategy put aside."""

    local: dict[str, str] = field(default_factory=dict)
    codex: dict[str, str] = field(default_factory=dict)
    manifest: Manifest = EMPTY
    backup: list[str] = field(default_factory=list)

    def plan(self, **more: object) -> Plan:
        more.setdefault("limits", BOLD)
        return make_plan(request(**more), self.manifest, tree(self.local), tree(self.codex))

    def carry_out(self, plan: Plan, only: Iterable[Action] | None = None) -> None:
        """Do the actions of a plan (or `only` some, as if a run was killed), then remember them."""
        chosen = plan.actions if only is None else tuple(only)
        content = {digest(text): text for text in (*self.local.values(), *self.codex.values())}
        for action in in_order(chosen):
            side = self.local if action.side == "local" else self.codex
            before = side.pop(action.path, None)
            assert action.before == (None if before is None else digest(before))
            if before is not None and action.path in plan.resolved:
                self.backup.append(before)
            if action.after is not None:
                side[action.path] = content[action.after]
        self.manifest = advanced(self.manifest, plan, chosen, now="2026-02-02T00:00:00Z")
