"""Which files of a project are synced, and where they live in the codex repository."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import NamedTuple

from codex_action.artifacts.globs import compile_globs
from codex_action.errors import ConfigurationError
from codex_action.sync.manifest import MANIFEST
from codex_action.sync.model import Direction
from codex_action.sync.names import unsafe

# Documents of other projects are written here, and looked for here before any network (sync.md 7).
SHARED = ".fractary/codex/shared/"
# Locks, journals and backups of syncs.
STATE = ".fractary/codex/sync/"
# What is git's or ours is nobody's document.
OURS = ("**/.git/**", MANIFEST, f"{SHARED}**", f"{STATE}**", ".fractary/plugins/codex/cache/**")
_PLACEHOLDER = re.compile(r"\{(org|project|codex_repo)\}")


class Rule(NamedTuple):
    """A pattern that takes paths in or leaves them out; the highest priority decides, then the order.

    `direction` limits it to syncs of this direction.
    """

    pattern: str
    include: bool
    priority: float = 0
    direction: Direction | None = None


class Evaluation(NamedTuple):
    """What rules say of a path, and which one did."""

    path: str
    should_sync: bool
    reason: str
    matched_rule: Rule | None = None


def create_rules_from_patterns(include: Iterable[str] = (), exclude: Iterable[str] = ()) -> tuple[Rule, ...]:
    """Rules in which what is excluded stays out, whatever includes it (prior-art.md 3.6)."""
    return (
        *(Rule(pattern, include=False, priority=100) for pattern in exclude),
        *(Rule(pattern, include=True, priority=50) for pattern in include),
    )


def _in_force(rules: Iterable[Rule], direction: Direction) -> list[Rule]:
    ours = (rule for rule in rules if rule.direction in (None, direction))
    return sorted(ours, key=lambda rule: -rule.priority)


def evaluate_path(
    path: str, rules: Iterable[Rule], direction: Direction, default_excludes: Iterable[str] = ()
) -> Evaluation:
    """Is a path synced, and why (prior-art.md 3.6)? A list that includes anything leaves out all else.

    Raises UsageError for what is no pattern.
    """
    for pattern in default_excludes:
        if compile_globs((pattern,), dot=True)(path):
            return Evaluation(path, should_sync=False, reason=f"excluded by default pattern: {pattern}")
    rules = _in_force(rules, direction)
    for rule in rules:
        if compile_globs((rule.pattern,), dot=True)(path):
            verb = "included" if rule.include else "excluded"
            return Evaluation(path, rule.include, f"{verb} by rule: {rule.pattern}", rule)
    if any(rule.include for rule in rules):
        return Evaluation(path, should_sync=False, reason="no rule includes it")
    return Evaluation(path, should_sync=True, reason="no matching rule, included by default")


def selector(
    rules: Iterable[Rule], direction: Direction, default_excludes: Iterable[str] = ()
) -> Callable[[str], bool]:
    """`evaluate_path` for very many paths: neighbours that say the same are one expression. Raises UsageError."""
    rules = _in_force(rules, direction)
    runs = [(compile_globs(default_excludes, dot=True), False)]
    for include, run in groupby(rules, key=lambda rule: rule.include):
        runs.append((compile_globs((rule.pattern for rule in run), dot=True), include))
    otherwise = not any(rule.include for rule in rules)

    def selects(path: str) -> bool:
        for matches, include in runs:
            if matches(path):
                return include
        return otherwise

    return selects


def expand_placeholders(
    patterns: Iterable[str], project: str, *, org: str | None = None, codex_repo: str | None = None
) -> tuple[str, ...]:
    """Patterns with `{project}`, and `{org}` and `{codex_repo}` where they are known, replaced once."""
    known = {"project": project, "org": org, "codex_repo": codex_repo}

    def value(match: re.Match[str]) -> str:
        name = known[match[1]]
        return match[0] if name is None else name

    return tuple(_PLACEHOLDER.sub(value, pattern) for pattern in patterns)


@dataclass(frozen=True)
class Rules:
    """The section `sync` of a configuration, for one project.

    `also_ours` are globs of further files that are not documents, as a cache elsewhere; `permissions` is any text that
    is another one when the permissions are.
    """

    org: str
    project: str
    codex_repo: str
    patterns: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    layout: str = "projects/{project}"
    from_codex: tuple[str, ...] = ()
    also_ours: tuple[str, ...] = ()
    permissions: str = ""

    @cached_property
    def selects(self) -> Callable[[str], bool]:
        """Is a file of the project synced? Without patterns none is. Raises UsageError for what is no pattern."""
        if not self.patterns:
            return lambda _: False
        rules = create_rules_from_patterns(self.patterns, self.exclude)
        return selector(rules, "bidirectional", (*OURS, *self.also_ours))

    def folder_of(self, project: str) -> str:
        """A project's folder in the codex repository, '' for its root. Raises ConfigurationError."""
        (folder,) = expand_placeholders((self.layout,), project, org=self.org, codex_repo=self.codex_repo)
        folder = folder.strip("/")
        reason = unsafe(folder) if folder else None
        if reason:
            raise ConfigurationError(
                f"sync.layout {self.layout!r} gives the folder {folder!r}, which {reason}"
            )
        return folder

    @cached_property
    def folder(self) -> str:
        """The project's own folder there."""
        return self.folder_of(self.project)

    def codex_path(self, path: str) -> str:
        """Where a file of the project lives in the codex repository."""
        return f"{self.folder}/{path}" if self.folder else path

    @cached_property
    def digest(self) -> str:
        """The sha256 of all that decides which files are synced: another one means that other files may be."""
        rows = {
            "exclude": sorted(self.exclude),
            "from_codex": sorted(self.from_codex),
            "layout": self.layout,
            "patterns": sorted(self.patterns),
            "permissions": self.permissions,
        }
        return hashlib.sha256(json.dumps(rows, sort_keys=True).encode()).hexdigest()
