"""What a sync is made of: files, actions, conflicts, a plan, and what came of it."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from codex_action.errors import ExitCode

Direction = Literal["to-codex", "from-codex", "bidirectional"]
Side = Literal["codex", "local"]
Kind = Literal["create", "update", "delete"]
Strategy = Literal["manual", "keep-local", "keep-codex"]
ConflictKind = Literal["content", "deleted_locally", "deleted_remotely"]
Resolution = Literal["manual", "keep_local", "keep_remote"]
Status = Literal["success", "partial", "failed", "refused"]

FILE, EXECUTABLE = 0o100644, 0o100755  # git's two modes of a file
PARTLY = 6  # the exit code of a sync that left something undone


class FileState(NamedTuple):
    """A file as it was seen: `hash` is the sha256 of its bytes in hexadecimal digits, `size` is in bytes."""

    path: str
    hash: str
    size: int
    mode: int = FILE


class Note(NamedTuple):
    """A path that was left alone, and why."""

    path: str
    reason: str


@dataclass(frozen=True)
class Tree:
    """One side: the files that the rules select, by the project's path.

    `passed` are paths that are there but not looked into, `strange` what must not be in a tree that is synced
    (devices, submodules, links that lead out of it); both give the reason, and a folder speaks for all below it.
    """

    files: Mapping[str, FileState]
    passed: Mapping[str, str] = field(default_factory=dict)
    strange: Mapping[str, str] = field(default_factory=dict)


class Action(NamedTuple):
    """One file to write or delete on one side.

    `before` and `after` are hashes, None where there is no file; `size` and `mode` are of the file that is written, or
    of the one that is deleted.
    """

    kind: Kind
    side: Side
    path: str
    before: str | None
    after: str | None
    size: int
    mode: int
    reason: str


class Conflict(NamedTuple):
    """A file that changed on both sides (SPEC-00020, SyncConflict): its three versions, and what is done."""

    path: str
    kind: ConflictKind
    base: str | None
    local: str | None
    codex: str | None
    resolution: Resolution = "manual"


class Refusal(NamedTuple):
    """Why a plan is not carried out; `gate` names the rule, `hint` what allows it."""

    gate: str
    message: str
    hint: str
    paths: tuple[str, ...] = ()


class Stats(NamedTuple):
    """How much a plan does; `total_bytes` counts what is written and what is deleted."""

    creates: int
    updates: int
    deletes: int
    skips: int
    conflicts: int
    total_bytes: int


@dataclass(frozen=True)
class Plan:
    """What a sync would do (sync.md 3): data, the same whoever looks at it.

    `in_step` are files that are equal on both sides and not yet remembered so, `gone` remembered ones that are on
    neither side: they change the manifest and no file. A plan with `refusals` is looked at, not carried out.
    """

    project: str
    direction: Direction
    environment: str | None
    branch: str
    codex_commit: str
    rules_digest: str
    actions: tuple[Action, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    skipped: tuple[Note, ...] = ()
    denied: tuple[Note, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    in_step: tuple[FileState, ...] = ()
    gone: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        """The sha256 of all that a plan does: plans with the same one write the same bytes to the same places."""
        names = ("op", "side", "path", "mode", "before", "after")
        rows = [
            dict(zip(names, (a.kind, a.side, a.path, f"{a.mode:o}", a.before, a.after)))
            for a in sorted(self.actions, key=action_order)
        ]
        whole = {"operations": rows, "rules": self.rules_digest}
        text = json.dumps(whole, separators=(",", ":"), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()

    @property
    def stats(self) -> Stats:
        """The plan in numbers."""
        kinds = Counter(action.kind for action in self.actions)
        total = sum(action.size for action in self.actions)
        numbers = (kinds["create"], kinds["update"], kinds["delete"])
        return Stats(*numbers, len(self.skipped), len(self.conflicts), total)

    @property
    def resolved(self) -> frozenset[str]:
        """Paths of conflicts that a strategy settles: the loser there is kept in the backup."""
        return frozenset(item.path for item in self.conflicts if item.resolution != "manual")


def action_order(action: Action) -> tuple[str, str]:
    """Where an action stands in a plan: by path, and by side where a path has two."""
    return action.path, action.side


class Outcome(NamedTuple):
    """What came of an action; `error` is None where it was done."""

    action: Action
    error: str | None = None


@dataclass(frozen=True)
class SyncResult:
    """What came of a sync (SPEC-00020 2.2). In a dry run the numbers are those of the plan.

    `backup` is the folder with what conflicts would have lost; `commit` and `pull_request` say where it was published;
    `diffs` are what changes in texts, by side and path, if that was asked for.
    """

    plan: Plan
    outcomes: tuple[Outcome, ...] = ()
    dry_run: bool = False
    backup: str | None = None
    commit: str | None = None
    pull_request: str | None = None
    notices: tuple[str, ...] = ()
    failures: tuple[str, ...] = ()
    diffs: Mapping[tuple[str, str], str] = field(default_factory=dict, repr=False)

    @property
    def project(self) -> str:
        """The project's name."""
        return self.plan.project

    @property
    def direction(self) -> Direction:
        """Which side was written."""
        return self.plan.direction

    @property
    def done(self) -> tuple[Action, ...]:
        """The actions that were carried out, or would be."""
        if self.dry_run:
            return self.plan.actions
        return tuple(outcome.action for outcome in self.outcomes if outcome.error is None)

    @property
    def files_created(self) -> int:
        """Files that were new on a side."""
        return _count(self.done, "create")

    @property
    def files_updated(self) -> int:
        """Files whose bytes were replaced."""
        return _count(self.done, "update")

    @property
    def files_deleted(self) -> int:
        """Files that were deleted."""
        return _count(self.done, "delete")

    @property
    def conflicts(self) -> tuple[Conflict, ...]:
        """Files that changed on both sides."""
        return self.plan.conflicts

    @property
    def errors(self) -> tuple[str, ...]:
        """What went wrong, path by path, then as a whole."""
        failed = (f"{item.action.path}: {item.error}" for item in self.outcomes if item.error is not None)
        return (*failed, *self.failures)

    @property
    def status(self) -> Status:
        """`refused` with nothing done, `failed` if all that was tried failed, `partial` if something is left."""
        if self.plan.refusals:
            return "refused"
        if self.errors:
            return "partial" if self.done and not self.dry_run else "failed"
        left = any(conflict.resolution == "manual" for conflict in self.conflicts)
        return "partial" if left and not self.dry_run else "success"

    @property
    def exit_code(self) -> int:
        """4 refused, 5 failed, 6 partly applied or conflicts left, else 0."""
        codes = {"refused": ExitCode.REFUSED, "failed": ExitCode.OUTSIDE, "partial": PARTLY}
        return int(codes.get(self.status, ExitCode.OK))


def _count(actions: Iterable[Action], kind: Kind) -> int:
    return sum(action.kind == kind for action in actions)
