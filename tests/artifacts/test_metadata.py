"""What a header means: each known field by itself, older names, and destinations."""

# ruff: noqa: ANN401 - what a header holds can be anything

from __future__ import annotations

from typing import Any

import pytest

from codex_action.artifacts.metadata import (
    LISTS,
    TEXTS,
    CustomDestination,
    ParsedMetadata,
    parse_custom_destination,
    parse_metadata,
    validate_metadata,
)
from codex_action.errors import Problem, UnsafePath, ValidationError

FULL = """---
org: acme
system: billing
title: Invoices
description: How they are made
visibility: internal
created: 2024-01-01
updated: 2024-02-30
codex_sync_include: ['*-service', site]
codex_sync_exclude: []
codex_sync_custom: ['site:docs/invoices.md']
audience: [dev]
tags: [a, b]
extra: {deep: [1, null]}
---
# Invoices
"""


def test_a_full_header() -> None:
    found = parse_metadata(FULL)
    assert found.metadata == {
        "org": "acme",
        "system": "billing",
        "title": "Invoices",
        "description": "How they are made",
        "visibility": "internal",
        "created": "2024-01-01",
        "updated": "2024-02-30",
        "codex_sync_include": ["*-service", "site"],
        "codex_sync_exclude": [],
        "codex_sync_custom": ["site:docs/invoices.md"],
        "audience": ["dev"],
        "tags": ["a", "b"],
        "extra": {"deep": [1, None]},
    }
    assert (found.content, found.problems, found.valid, found.has_frontmatter) == (
        "# Invoices\n",
        (),
        True,
        True,
    )
    assert found.raw == FULL[4 : FULL.index("\n---\n# ")]


def test_no_header() -> None:
    assert parse_metadata("# x\n") == ParsedMetadata({}, "# x\n")
    assert not parse_metadata("# x\n").has_frontmatter
    assert parse_metadata("---\n---\n") == ParsedMetadata({}, "", "")


# header -> (metadata, problems)
FIELDS: dict[str, tuple[str, Any, list[Problem]]] = {
    "a number": ("title: 5\nx: 1", {"x": 1}, [Problem("must be text, not a number", "title", 2, 1)]),
    "a boolean": ("x: 1\norg: true", {"x": 1}, [Problem("must be text, not true or false", "org", 3, 1)]),
    "nothing": ("title:\nx: 1", {"x": 1}, [Problem("must be text, not nothing", "title", 2, 1)]),
    "a list": ("title: [a]", {}, [Problem("must be text, not a list", "title", 2, 1)]),
    "a mapping": ("tags: {a: 1}", {}, [Problem("must be a list, not a mapping", "tags", 2, 1)]),
    "text": ("tags: a, b", {}, [Problem("must be a list, not text", "tags", 2, 1)]),
    "numbers": ("tags:\n  - a\n  - 1\n  - 2", {}, [Problem("must be text, not a number", "tags[1]", 4, 5)]),
    "visibility": ("visibility: Public", {}, [Problem("must be one of public, internal, private, in small letters", "visibility", 2, 1)]),
    "visibility that cannot be compared": ("visibility: {}", {}, [Problem("must be one of public, internal, private, in small letters", "visibility", 2, 1)]),
    "two": ("tags: 1\nok: 1\ntitle: 2", {"ok": 1}, [Problem("must be a list, not a number", "tags", 2, 1), Problem("must be text, not a number", "title", 4, 1)]),
    "text and YAML": ("title: 5\na: b: c\nok: 1", {"ok": 1}, [Problem("must be text, not a number", "title", 2, 1), Problem("mapping values are not allowed in this context", "", 3, 5)]),
    "a destination": ("codex_sync_custom: ['a:b', c]", {}, [Problem("a destination is written repository:path", "codex_sync_custom[1]", 2, 28)]),
    "a destination outside": ("codex_sync_custom: ['a:../b']", {}, [Problem("the path climbs with '..'", "codex_sync_custom[0]", 2, 21)]),
    "an older name": ("codex_sync_includes: [a]", {"codex_sync_includes": ["a"], "codex_sync_include": ["a"]}, []),
    "older names": ("codex: {includes: [a], excludes: [b]}", {"codex": {"includes": ["a"], "excludes": ["b"]}, "codex_sync_include": ["a"], "codex_sync_exclude": ["b"]}, []),
    "the oldest of the older": ("codex: {excludes: [b]}\ncodex_sync_excludes: [c]", {"codex": {"excludes": ["b"]}, "codex_sync_excludes": ["c"], "codex_sync_exclude": ["b"]}, []),
    "today's name": ("codex: {includes: [a]}\ncodex_sync_include: []", {"codex": {"includes": ["a"]}, "codex_sync_include": []}, []),
    "a wrong older value": ("x: 1\ncodex:\n  includes: a", {"x": 1, "codex": {"includes": "a"}}, [Problem("must be a list, not text", "codex_sync_include", 4, 3)]),
    "codex is text": ("codex: x", {"codex": "x"}, []),
}  # fmt: skip


@pytest.mark.parametrize(("raw", "metadata", "problems"), FIELDS.values(), ids=FIELDS)
def test_fields(raw: str, metadata: Any, problems: list[Problem]) -> None:
    found = parse_metadata(f"---\n{raw}\n---\nbody")
    assert found.metadata == metadata
    assert list(found.problems) == problems
    assert found.valid == (not problems)
    assert found.content == "body"


def test_a_pattern_is_a_warning() -> None:
    found = parse_metadata("---\ncodex_sync_include: [*]\n---\n")
    assert found.metadata == {"codex_sync_include": ["*"]}
    assert [problem.severity for problem in found.problems] == ["warning"]
    assert found.valid


def test_values_without_places() -> None:
    assert validate_metadata(dict.fromkeys(TEXTS, "x")) == []
    assert validate_metadata({key: ["x:y"] for key in LISTS}) == []
    assert validate_metadata({"org": None, "tags": [object()]}) == [
        Problem("must be text, not nothing", "org"),
        Problem("must be text, not this", "tags[0]"),
    ]


@pytest.mark.parametrize(
    ("data", "kind"),
    [(None, "nothing"), ("x", "text"), (5, "a number"), ([], "a list"), (True, "true or false"), (object(), "this")],
)  # fmt: skip
def test_no_mapping(data: object, kind: str) -> None:
    assert validate_metadata(data) == [Problem(f"must be a mapping of keys to values, not {kind}")]


def test_a_destination() -> None:
    assert parse_custom_destination(" site : docs/a.md ") == CustomDestination("site", "docs/a.md")
    assert parse_custom_destination("a:b:c") == ("a", "b:c")


@pytest.mark.parametrize("text", ["", "a", ":", "a:", ":b", " : "])
def test_no_destination(text: str) -> None:
    with pytest.raises(ValidationError, match="repository:path") as caught:
        parse_custom_destination(text)
    assert caught.value.code == "INVALID_DESTINATION"


@pytest.mark.parametrize("path", ["../x", "/x", "~/x", "a/../../x", "a\\b", "https://x"])
def test_a_destination_stays_in_its_repository(path: str) -> None:
    with pytest.raises(UnsafePath):
        parse_custom_destination(f"r:{path}")
