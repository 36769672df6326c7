"""Who may do what with which documents: rules, and the decision they lead to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, NoReturn

from codex_action.artifacts.permitted import check_pattern, is_named
from codex_action.errors import ValidationError
from codex_action.refs.uri import PREFIX, parse_reference


class Level(IntEnum):
    """What one may do with a document; each level holds those before it."""

    NONE = 0
    READ = 1
    WRITE = 2
    ADMIN = 3

    def __str__(self) -> str:
        return self.name.lower()

    @classmethod
    def parse(cls, text: str) -> Level:
        """A level by its name. Raises ValidationError for what is none."""
        levels = {str(level): level for level in cls}
        if text not in levels:
            _refuse(f"{text!r} is no level", "INVALID_LEVEL", levels)
        return levels[text]


# The level that each action asks for.
ACTIONS = {
    "fetch": Level.READ,
    "cache": Level.READ,
    "sync": Level.READ,
    "invalidate": Level.ADMIN,
    "manage": Level.ADMIN,
}
SCOPES = ("global", "org", "project", "path")


@dataclass(frozen=True)
class PermissionRule:
    """The level that a rule gives for paths, or for documents that a codex:// pattern names (seed 1, permissions).

    No `actions` are all actions, no `users` everybody. Scope `org` compares the organisation, `project` this and the
    project, where the rule names them. Raises ValidationError, or UsageError for a broken pattern.
    """

    pattern: str
    level: Level
    actions: tuple[str, ...] = ()
    users: tuple[str, ...] = ()
    scope: str = "global"
    org: str | None = None
    project: str | None = None
    priority: int = 0
    enabled: bool = True
    description: str = ""

    def __post_init__(self) -> None:
        check_pattern(self.pattern)
        for action in self.actions:
            _needed(action)
        if self.scope not in SCOPES:
            _refuse(f"{self.scope!r} is no scope", "INVALID_SCOPE", SCOPES)


@dataclass(frozen=True)
class Permissions:
    """Rules, tried by falling priority and else in their order; the first that fits decides, else the defaults."""

    rules: tuple[PermissionRule, ...] = ()
    default_level: Level = Level.READ
    default_allow: bool = True
    enforced: bool = True

    @classmethod
    def from_config(cls, section: Mapping[str, Any] | None) -> Permissions:
        """What a configuration's `permissions` say; without that section everything is allowed.

        Raises ValidationError for an unknown level, and UsageError for a broken pattern.
        """
        if section is None:
            return cls(enforced=False)
        rules = tuple(
            PermissionRule(
                rule["pattern"], Level.parse(rule["permission"]), users=tuple(rule.get("users", ()))
            )
            for rule in section.get("rules", ())
        )
        return cls(rules, default_level=Level.parse(section.get("default", "read")))


@dataclass(frozen=True)
class PermissionContext:
    """Whose document it is, and who asks; None is not known."""

    org: str | None = None
    project: str | None = None
    user: str | None = None


@dataclass(frozen=True)
class Decision:
    """Whether it is allowed, by which rule (None: the default), and why in words."""

    allowed: bool
    level: Level
    rule: PermissionRule | None
    reason: str


UNKNOWN = PermissionContext()


def evaluate_permission(
    path: str, action: str, permissions: Permissions, context: PermissionContext = UNKNOWN
) -> Decision:
    """Decide on an action with a document, named by its path or its reference (documents.md 4).

    The path is brought to its normal form first; one that leads out of the project is denied. Patterns cover names
    that start with a dot. Raises ValidationError for an unknown action or a broken reference.
    """
    needed = _needed(action)
    if path.startswith(PREFIX):
        reference = parse_reference(path)
        path = reference.path
        context = PermissionContext(reference.org, reference.project, context.user)
    if not permissions.enforced:
        return Decision(allowed=True, level=Level.ADMIN, rule=None, reason="permissions are not enforced")
    normal = _normal(path)
    if not normal:
        return Decision(
            allowed=False, level=Level.NONE, rule=None, reason="the path is not one inside the project"
        )
    for rule in sorted(permissions.rules, key=lambda rule: -rule.priority):
        if _fits(rule, normal, action, context):
            reason = (
                f"the rule {rule.description or rule.pattern!r} gives {rule.level}; {action} needs {needed}"
            )
            return Decision(rule.level >= needed, rule.level, rule, reason)
    level = permissions.default_level
    allowed = permissions.default_allow and level >= needed
    return Decision(
        allowed, level, None, f"the default is {level if permissions.default_allow else 'to deny'}"
    )


class PermissionManager:
    """Decisions under one set of permissions, for one asker (seed 1, permissions)."""

    def __init__(self, permissions: Permissions, context: PermissionContext = UNKNOWN) -> None:
        self.permissions = permissions
        self.context = context

    def evaluate(self, path: str, action: str = "fetch") -> Decision:
        """The decision on an action. Raises what evaluate_permission raises."""
        return evaluate_permission(path, action, self.permissions, self.context)

    def is_allowed(self, path: str, action: str = "fetch") -> bool:
        """Whether the action is allowed."""
        return self.evaluate(path, action).allowed

    def has_permission(self, path: str, action: str, level: Level) -> bool:
        """Whether the action is allowed, and that with at least some level."""
        decision = self.evaluate(path, action)
        return decision.allowed and decision.level >= level


def _fits(rule: PermissionRule, path: str, action: str, context: PermissionContext) -> bool:
    if not rule.enabled or (rule.actions and action not in rule.actions):
        return False
    if rule.scope in ("org", "project") and rule.org not in (None, context.org):
        return False
    if rule.scope == "project" and rule.project not in (None, context.project):
        return False
    return _concerns(rule, context.user) and is_named(rule.pattern, path, context.org, context.project)


def _concerns(rule: PermissionRule, user: str | None) -> bool:
    """Whether a rule is about somebody; what is denied to some is denied to those who do not say who they are."""
    if not rule.users:
        return True
    if user is None:
        return rule.level is Level.NONE
    return user.lower() in {name.lower() for name in rule.users}


def _normal(path: str) -> str | None:
    """The path without `.`, `..`, doubled and backward slashes; None if it leads out of its root."""
    names: list[str] = []
    for name in path.replace("\\", "/").split("/"):
        if name == "..":
            if not names:
                return None
            names.pop()
        elif name not in ("", "."):
            names.append(name)
    return "/".join(names)


def _needed(action: str) -> Level:
    if action not in ACTIONS:
        _refuse(f"{action!r} is no action", "INVALID_ACTION", ACTIONS)
    return ACTIONS[action]


def _refuse(message: str, code: str, choices: Iterable[str]) -> NoReturn:
    raise ValidationError(message, code=code, hint=f"one of {', '.join(choices)}")
