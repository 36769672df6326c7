"""Which kind a document is of: the built-in kinds, a project's own, and who wins."""

# ruff: noqa: ANN401 - what a configuration holds can be anything

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest

from codex_action.artifacts.kinds import BUILT_IN_TYPES, DEFAULT_TYPE, TTL, ArtifactType
from codex_action.artifacts.registry import (
    ArchiveConfig,
    TypeRegistry,
    create_default_registry,
    load_custom_types,
    merge_type,
    parse_custom_type,
)
from codex_action.errors import ConfigurationError, Problem, ValidationError

API = ArtifactType("api", ("docs/api/**",), 5)


def test_lifetimes_in_both_spellings() -> None:
    assert (TTL.HOUR, TTL.DAY, TTL.WEEK, TTL.MONTH, TTL.YEAR) == (3600, 86400, 604800, 2592000, 31536000)
    assert (TTL.ONE_HOUR, TTL.ONE_DAY, TTL.ONE_WEEK, TTL.ONE_MONTH, TTL.ONE_YEAR) == (
        TTL.HOUR,
        TTL.DAY,
        TTL.WEEK,
        TTL.MONTH,
        TTL.YEAR,
    )
    assert (TTL.MINUTE, TTL.TWO_WEEKS, TTL.SIX_HOURS, TTL.THREE_DAYS) == (60, 1209600, 21600, 259200)


def test_a_registry_is_a_collection() -> None:
    registry = TypeRegistry()
    assert len(registry) == len(BUILT_IN_TYPES) == 10
    assert registry.names() == list(BUILT_IN_TYPES)
    assert [*registry] == [*BUILT_IN_TYPES.values()]
    assert "docs" in registry
    assert "api" not in registry
    assert registry.get("docs") is BUILT_IN_TYPES["docs"]
    assert registry.get("api") is None
    registry.register(API)
    assert registry.names()[-1] == "api"
    assert registry.get("api") is API
    assert registry.unregister("api")
    assert not registry.unregister("api")
    assert registry.names() == list(BUILT_IN_TYPES)


def test_what_is_registered_later_counts_at_once() -> None:
    registry = TypeRegistry()
    assert registry.detect_type("docs/api/x.md") == "docs"
    registry.register(API)
    assert registry.detect_type("docs/api/x.md") == "api"
    registry.unregister("api")
    assert registry.detect_type("docs/api/x.md") == "docs"


def test_no_kind_at_all() -> None:
    registry = TypeRegistry(())
    assert (len(registry), registry.names(), registry.list_types()) == (0, [], [])
    assert registry.match("docs/x.md") is None
    assert registry.detect_type("docs/x.md") == "default"
    assert registry.ttl_for("docs/x.md") == TTL.WEEK


def kind(name: str, *patterns: str, priority: int = 0) -> ArtifactType:
    return ArtifactType(name, patterns, 1, priority=priority)


# kinds -> the one that x/y.md is of
PRECEDENCE: dict[str, tuple[tuple[ArtifactType, ...], str]] = {
    "the longer pattern": ((kind("a", "x/**"), kind("b", "x/*.md")), "b"),
    "the longest of all its patterns": ((kind("a", "x/*.md"), kind("b", "x/**", "other/long/**")), "b"),
    "the first of two": ((kind("a", "x/**"), kind("b", "x/y*")), "a"),
    "priority": ((kind("a", "x/*.md"), kind("b", "**", priority=1)), "b"),
    "the highest priority": ((kind("a", "**", priority=2), kind("b", "x/*.md", priority=1)), "a"),
    "below zero": ((kind("a", "x/*.md", priority=-1), kind("b", "**")), "b"),
    "no pattern": ((kind("a"), kind("b", "**")), "b"),
    "only what matches": ((kind("a", "z/long/pattern/**", priority=9), kind("b", "**")), "b"),
    "default is never looked for": ((kind("default", "x/y.md", priority=9), kind("b", "**")), "b"),
}


@pytest.mark.parametrize(("kinds", "name"), PRECEDENCE.values(), ids=PRECEDENCE)
def test_precedence(kinds: tuple[ArtifactType, ...], name: str) -> None:
    registry = TypeRegistry(kinds)
    assert registry.detect_type("x/y.md") == name
    assert registry.match("x\\y.md") is registry.get(name)


def test_kinds_are_listed_as_they_are_asked() -> None:
    registry = TypeRegistry(
        [kind("a", "x"), kind("b", "xx"), kind("default", "xxx"), kind("c", "x", priority=1)]
    )
    assert [found.name for found in registry.list_types()] == ["c", "b", "a"]


def test_the_schema_kind() -> None:
    registry = create_default_registry()
    for path in ("schemas/a.txt", "a.schema.json", "x/a.schema.yaml", "docs/a.schema.json"):
        assert registry.detect_type(path) == "schema"
        assert registry.ttl_for(path) == TTL.DAY


def test_lifetimes_by_precedence() -> None:
    registry = create_default_registry({"api": {"patterns": ["api/**"], "ttl": "2h"}}, default_ttl=7)
    assert registry.ttl_for("api/x", 9) == 9
    assert registry.ttl_for("api/x", 0) == 0
    assert registry.ttl_for("api/x") == 7200
    assert registry.ttl_for("docs/x") == TTL.WEEK
    assert registry.ttl_for("what/else") == 7
    registry.register(replace(DEFAULT_TYPE, ttl=3))
    assert registry.ttl_for("what/else") == 3


def test_archives() -> None:
    registry = TypeRegistry()
    assert registry.get_archive_config("docs/x.md") == ArchiveConfig(365, "cloud")
    assert registry.get_archive_config("specs/x.md") is None
    assert registry.get_archive_config("what/else") == (90, "cloud")
    registry.register(replace(API, archive_after_days=1))
    assert registry.get_archive_config("docs/api/x.md") is None


def test_paths_of_a_kind() -> None:
    paths = ["docs/a.md", "specs\\b.md", "docs/specs/x", "x.py", "c.md"]
    registry = TypeRegistry()
    assert registry.filter_by_type(paths, "docs") == ["docs/a.md", "docs/specs/x", "c.md"]
    assert registry.filter_by_type(paths, "specs") == ["specs\\b.md", "docs/specs/x"]
    assert registry.filter_by_type(paths, "default") == []
    assert registry.filter_by_type(paths, "other") == []


def test_a_kind_of_one_s_own() -> None:
    found = parse_custom_type("api", {"patterns": ["api/**"]})
    assert found == replace(DEFAULT_TYPE, name="api", patterns=("api/**",), description="Custom type: api")
    settings = {"patterns": ("a", "b"), "ttl": 60, "description": "x", "priority": 3}
    assert parse_custom_type("api", settings) == ArtifactType(
        "api", ("a", "b"), 60, "x", 3, DEFAULT_TYPE.archive_after_days, DEFAULT_TYPE.archive_storage
    )


def test_a_built_in_kind_is_changed_by_its_name() -> None:
    docs = BUILT_IN_TYPES["docs"]
    assert parse_custom_type("docs", {"ttl": "1h"}) == replace(docs, ttl=3600)
    assert parse_custom_type("docs", {"patterns": ["x/**"]}) == replace(docs, patterns=("x/**",))
    assert parse_custom_type("default", {"ttl": 5}) == replace(DEFAULT_TYPE, ttl=5)
    registry = create_default_registry({"docs": {"ttl": 5}})
    assert registry.ttl_for("docs/x.md") == 5
    assert registry.names() == list(BUILT_IN_TYPES)


def test_patterns_are_replaced_or_extended() -> None:
    base = kind("a", "x", "y")
    assert merge_type(base, {"patterns": ["y", "z"]}).patterns == ("y", "z")
    assert merge_type(base, {"patterns": ["y", "z"]}, extend_patterns=True).patterns == ("x", "y", "z")
    assert merge_type(base, {}) == merge_type(base, {}, extend_patterns=True) == base


# settings -> the code of the error
WRONG: dict[str, tuple[Any, str]] = {
    "nothing": (None, "INVALID_TYPE_CONFIG"),
    "a list": ([], "INVALID_TYPE_CONFIG"),
    "no patterns": ({}, "MISSING_TYPE_PATTERNS"),
    "an empty list": ({"patterns": []}, "MISSING_TYPE_PATTERNS"),
    "a text": ({"patterns": "x"}, "INVALID_TYPE_PATTERNS"),
    "an empty pattern": ({"patterns": [""]}, "INVALID_TYPE_PATTERNS"),
    "a number": ({"patterns": [1]}, "INVALID_TYPE_PATTERNS"),
    "patterns of nothing": ({"patterns": None}, "INVALID_TYPE_PATTERNS"),
    "too many patterns in one": ({"patterns": ["x", "{1..9}{1..9}{1..9}{1..9}"]}, "INVALID_TYPE_PATTERNS"),
    "a lifetime below zero": ({"patterns": ["x"], "ttl": -1}, "INVALID_TTL"),
    "a lifetime of nothing": ({"patterns": ["x"], "ttl": None}, "INVALID_TTL"),
    "a lifetime without end": ({"patterns": ["x"], "ttl": math.inf}, "INVALID_TTL"),
    "words": ({"patterns": ["x"], "ttl": "a week"}, "INVALID_DURATION"),
    "a description that is no text": ({"patterns": ["x"], "description": 1}, "INVALID_TYPE_CONFIG"),
    "a priority that is no number": ({"patterns": ["x"], "priority": True}, "INVALID_TYPE_CONFIG"),
}


@pytest.mark.parametrize(("settings", "code"), WRONG.values(), ids=WRONG)
def test_no_kind(settings: Any, code: str) -> None:
    with pytest.raises(ValidationError) as caught:
        parse_custom_type("a", settings)
    assert caught.value.code == code


def test_all_that_is_wrong_is_told_at_once() -> None:
    types = {"a": {}, "b": {"patterns": ["x"]}, "c.d": {"patterns": ["x"], "ttl": -1}}
    with pytest.raises(ConfigurationError, match=r"^types\.a: a type needs patterns$") as caught:
        load_custom_types(types)
    lifetime = "a lifetime is a number of seconds, 0 or more, or a duration such as 7d"
    assert caught.value.problems == (
        Problem("a type needs patterns", "types.a"),
        Problem(lifetime, "types.c.d"),
    )
    with pytest.raises(ConfigurationError):
        create_default_registry(types)
    assert list(load_custom_types({"b": types["b"]})) == ["b"]
    assert load_custom_types({}) == {}
