"""What a sync of one project is asked for, and what its configuration says of that."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, get_args

from codex_action.config.load import Config
from codex_action.errors import ConfigurationError, UsageError
from codex_action.sync.gates import FORCEABLE, Limits
from codex_action.sync.model import Direction, Strategy
from codex_action.sync.rules import Rules

if TYPE_CHECKING:
    from codex_action.refs.places import CodexRepository
    from codex_action.refs.resolve import Project
    from codex_action.sync.approval import Approval
    from codex_action.sync.model import Plan

_SHORTEST = 12  # digits of a digest that a plan is known by


@dataclass(frozen=True)
class SyncOptions:
    """How a project is synced (SPEC-00020 2.2). None, and no patterns: what the configuration says.

    `codex` is a path or a URL of the codex repository; `target_branch` its branch, if not the environment's. `exclude`
    adds to the configuration's. `force` names gates that are passed this once: deletes, empty-side, rules-changed,
    collisions. `approved` is a plan, `expect` a plan's digest, `approvals` what pull requests keep of theirs: a new
    plan goes no further, than all of these together. `max_deletes` is in the place of sync.max_deletes. `diffs`: the
    result holds what changes in texts.
    """

    direction: Direction | None = None
    environment: str | None = None
    target_branch: str | None = None
    patterns: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    dry_run: bool = False
    codex: str | None = None
    conflict: Strategy | None = None
    force: frozenset[str] = frozenset()
    push: bool = False
    pull_request: bool = False
    approved: Plan | None = None
    expect: str | None = None
    approvals: tuple[Approval, ...] | None = None
    max_deletes: int | None = None
    diffs: bool = False

    @property
    def publishes(self) -> bool:
        """Is the codex repository committed to?"""
        return self.push or self.pull_request

    def check(self) -> None:
        """Raises UsageError for what makes no sense, whatever the project."""
        rows = (
            (self.direction is not None and self.direction not in get_args(Direction), "direction", self.direction),
            (self.conflict is not None and self.conflict not in get_args(Strategy), "conflict strategy", self.conflict),
            (bool(self.force - FORCEABLE), "gate that can be forced", ", ".join(sorted(self.force - FORCEABLE))),
        )  # fmt: skip
        for wrong, what, value in rows:
            if wrong:
                raise UsageError(f"{value!r} is no {what}")
        if self.push and self.pull_request:
            raise UsageError("a push and a pull request are two ways to publish", hint="give one of them")
        if self.approved and self.expect:
            raise UsageError("a plan and a digest are two ways to approve", hint="give one of them")
        if self.expect is not None and not _is_digest(self.expect):
            raise UsageError(
                f"{self.expect[:80]!r} is no plan's digest", hint=f"{_SHORTEST} to 64 digits, as a dry run shows"
            )  # fmt: skip


def _is_digest(text: str) -> bool:
    return _SHORTEST <= len(text) <= 64 and set(text) <= set("0123456789abcdef")


def direction_of(config: Config, options: SyncOptions) -> Direction:
    """Which sides are written."""
    chosen: Direction = options.direction or config.get("sync", "default_direction")
    return chosen


def strategy_of(config: Config, options: SyncOptions) -> Strategy:
    """What is done about files that changed on both sides."""
    chosen: Strategy = options.conflict or config.get("sync", "conflict")
    return chosen


def limits_of(config: Config, options: SyncOptions) -> Limits:
    """What the plan may do without asking."""
    asked = options.max_deletes
    return Limits(
        max_deletes=int(config.get("sync", "max_deletes") if asked is None else asked),
        max_delete_percent=float(config.get("sync", "max_delete_percent")),
        allow_protected=bool(config.get("sync", "allow_protected")),
        forced=options.force,
    )


def rules_of(
    config: Config, options: SyncOptions, project: Project, codex: CodexRepository, cache: str | None
) -> Rules:
    """Which files are synced. `cache` is the path of the cache's folder in the project, if it is there."""
    permissions = config.get("permissions")
    return Rules(
        org=codex.org,
        project=project.name,
        codex_repo=codex.name,
        patterns=options.patterns or config.strings("sync", "patterns"),
        exclude=_without_twins((*config.strings("sync", "exclude"), *options.exclude)),
        layout=config.get("sync", "layout"),
        from_codex=config.strings("sync", "from_codex"),
        also_ours=(f"{_literal(cache)}/**",) if cache else (),
        permissions="" if permissions is None else json.dumps(permissions, sort_keys=True),
    )


def _without_twins(patterns: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(patterns))


def _literal(path: str) -> str:
    """A path as a glob that matches it alone."""
    return "".join(f"[{character}]" if character in "*?[]{}()!@+|" else character for character in path)


def named_branch(config: Config, options: SyncOptions) -> str | None:
    """The branch that a sync is asked for by name; None for whichever the codex repository is at.

    Raises UsageError for an unknown environment.
    """
    known = config.branch(options.environment) if options.environment else None
    return options.target_branch or known


def need_project(project: Project | None, name: str | None) -> Project:
    """The project that is synced, which a name must not contradict. Raises UsageError."""
    if project is None:
        raise UsageError("this project is not known", hint="name it in the configuration: project: NAME")
    if name and name.lower() not in (project.name.lower(), str(project).lower()):
        raise UsageError(
            f"this folder is the project {project}, not {name}",
            hint="run it in the other project's folder, or with -C FOLDER",
        )
    return project


def need_codex(codex: CodexRepository | None) -> CodexRepository:
    """The codex repository that the configuration names. Raises ConfigurationError."""
    if codex is None:
        raise ConfigurationError(
            "the configuration names no codex repository", hint="codex-action init writes a first configuration"
        )  # fmt: skip
    return codex
