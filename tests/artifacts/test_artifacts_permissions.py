"""Permissions: the configuration's rules, and ways around a rule that lead nowhere."""

from __future__ import annotations

from typing import Any

import pytest

from codex_action.artifacts.permissions import (
    Level,
    PermissionContext,
    PermissionManager,
    PermissionRule,
    Permissions,
    evaluate_permission,
)
from codex_action.config.schema import SCHEMA
from codex_action.errors import InvalidReference, UsageError, ValidationError

INTERNAL = Permissions((PermissionRule("internal/**", Level.NONE), PermissionRule("public/**", Level.READ)))


def allowed(
    path: str, permissions: Permissions = INTERNAL, action: str = "fetch", user: str | None = None
) -> bool:
    return evaluate_permission(path, action, permissions, PermissionContext("acme", "site", user)).allowed


@pytest.mark.parametrize(
    "path",
    [
        "internal/a", "internal", "internal/", "internal//a", "./internal/a", "/internal/a", "//internal/a", "internal/./a",
        "public/../internal/a", "x/y/../../internal/a", "internal/.env", "internal/.x/a", "internal\\a", ".\\internal\\a",
        "internal/x/../a", "codex://acme/site/internal/a", "codex://other/site@v1/internal/a#top", "codex://acme/site/%69nternal/a",
        "../internal/a", "a/../../b", "..", "", ".", "/", "a/..",
    ],
)  # fmt: skip
def test_there_is_no_way_around_a_denial(path: str) -> None:
    assert not allowed(path)


@pytest.mark.parametrize(
    "path", ["public/a", "docs/a.md", "x/internal/a", "internal.md", "Internal/a", "codex://acme/site/docs/a"]
)
def test_what_no_rule_denies_is_allowed(path: str) -> None:
    assert allowed(path)


@pytest.mark.parametrize(
    "pattern", ["/internal/**", "internal/", "/internal/", "./internal/**", "!!/internal/"]
)
def test_a_pattern_may_be_written_as_for_a_root_or_a_folder(pattern: str) -> None:
    permissions = Permissions((PermissionRule(pattern, Level.NONE),))
    assert not allowed("internal/x/.a", permissions)
    assert allowed("docs/internal/a", permissions)
    everything_else = Permissions((PermissionRule(f"!{pattern.lstrip('!.')}", Level.NONE),))
    assert allowed("internal/a", everything_else)
    assert not allowed("docs/a", everything_else)


@pytest.mark.parametrize("path", [".env", "a/.env", ".github/workflows/x.yml", "a"])
def test_two_stars_are_everything(path: str) -> None:
    assert not allowed(path, Permissions((PermissionRule("**", Level.NONE),)))


@pytest.mark.parametrize(
    ("level", "actions"),
    [
        (Level.NONE, set()),
        (Level.READ, {"fetch", "cache", "sync"}),
        (Level.WRITE, {"fetch", "cache", "sync"}),
        (Level.ADMIN, {"fetch", "cache", "sync", "invalidate", "manage"}),
    ],
)
def test_an_action_asks_for_a_level(level: Level, actions: set[str]) -> None:
    by_rule = Permissions((PermissionRule("**", level),), default_level=Level.ADMIN)
    by_default = Permissions(default_level=level)
    for action in ("fetch", "cache", "sync", "invalidate", "manage"):
        assert allowed("a", by_rule, action) is allowed("a", by_default, action) is (action in actions)


def test_the_reason_names_rule_and_levels() -> None:
    decision = evaluate_permission("internal/a", "manage", INTERNAL)
    assert decision.rule == INTERNAL.rules[0]
    assert decision.reason == "the rule 'internal/**' gives none; manage needs admin"
    assert evaluate_permission("a", "fetch", INTERNAL).reason == "the default is read"
    closed = Permissions(default_allow=False)
    assert evaluate_permission("a", "fetch", closed).reason == "the default is to deny"


SECTION: dict[str, Any] = {
    "default": "none",
    "rules": [
        {"pattern": "docs/secret/**", "permission": "none", "users": ["Mallory"]},
        {"pattern": "docs/**", "permission": "read"},
        {"pattern": "plans/**", "permission": "admin", "users": ["alice", "bob"]},
    ],
}


@pytest.mark.parametrize(
    ("path", "user", "expected"),
    [
        ("docs/a.md", None, True),
        ("docs/secret/a.md", "alice", True),
        ("docs/secret/a.md", "mallory", False),
        ("docs/secret/a.md", None, False),
        ("plans/a.md", "Alice", True),
        ("plans/a.md", "carol", False),
        ("plans/a.md", None, False),
        ("src/a.py", "alice", False),
    ],
)
def test_a_configurations_rules(path: str, user: str | None, *, expected: bool) -> None:
    assert allowed(path, Permissions.from_config(SECTION), user=user) is expected


def test_a_configuration_without_the_section_allows_everything() -> None:
    decision = evaluate_permission("../internal/a", "manage", Permissions.from_config(None))
    assert (decision.allowed, decision.level, decision.rule) == (True, Level.ADMIN, None)
    assert decision.reason == "permissions are not enforced"


def test_a_section_without_a_default_lets_read() -> None:
    permissions = Permissions.from_config({})
    assert allowed("a", permissions)
    assert not allowed("a", permissions, "manage")


def test_levels_are_those_of_the_schema() -> None:
    section = SCHEMA["properties"]["permissions"]["properties"]
    assert [str(level) for level in Level] == section["default"]["enum"]
    assert section["rules"]["items"]["properties"]["permission"]["enum"] == section["default"]["enum"]


@pytest.mark.parametrize(
    ("section", "code"),
    [
        ({"default": "all"}, "INVALID_LEVEL"),
        ({"rules": [{"pattern": "a", "permission": "READ"}]}, "INVALID_LEVEL"),
    ],
)
def test_an_unknown_level_is_an_error(section: dict[str, Any], code: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Permissions.from_config(section)
    assert caught.value.code == code
    assert caught.value.hint == "one of none, read, write, admin"


@pytest.mark.parametrize(
    ("given", "code"), [({"actions": ("fly",)}, "INVALID_ACTION"), ({"scope": "world"}, "INVALID_SCOPE")]
)
def test_a_rule_that_says_nothing_known_is_an_error(given: dict[str, Any], code: str) -> None:
    with pytest.raises(ValidationError) as caught:
        PermissionRule("**", Level.READ, **given)
    assert caught.value.code == code


def test_a_broken_pattern_is_an_error() -> None:
    with pytest.raises(UsageError):
        PermissionRule("[z-a]", Level.READ)
    with pytest.raises(UsageError):
        PermissionRule("/", Level.READ)


def test_what_is_asked_must_be_known() -> None:
    with pytest.raises(ValidationError, match="'fly' is no action"):
        allowed("a", action="fly")
    with pytest.raises(InvalidReference):
        allowed("codex://acme")


def test_the_manager_knows_who_asks() -> None:
    manager = PermissionManager(Permissions.from_config(SECTION), PermissionContext(user="bob"))
    assert manager.is_allowed("plans/a.md", "manage")
    assert manager.has_permission("plans/a.md", "fetch", Level.WRITE)
    assert not manager.has_permission("docs/a.md", "fetch", Level.WRITE)
    assert manager.evaluate("docs/a.md").level is Level.READ
