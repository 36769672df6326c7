"""What a configuration of version 3 holds: its schema, what is wrong with a given one, and the typed settings.

SCHEMA is JSON Schema; schema.json beside it is the same for editors (a test holds them equal).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from codex_action.config.moves import Path
from codex_action.errors import Problem

VERSION = "3.0"
_NAME = "^[A-Za-z0-9](?:[A-Za-z0-9-]{0,37}[A-Za-z0-9])?$"
_PROJECT = r"^(?!\.$)(?!.*\.\.)[A-Za-z0-9._-]{1,100}$"
_STRINGS = {"type": "array", "items": {"type": "string"}}


def _section(about: str, **properties: Any) -> dict[str, Any]:
    return {"type": "object", "description": about, "properties": properties}


SCHEMA: dict[str, Any] = {
    "$schema": "http://json-schema.org/draft-07/schema#",
    "title": "codex configuration, version 3",
    "type": "object",
    "required": ["schema_version"],
    "properties": {
        "schema_version": {"type": "string", "const": VERSION},
        "codex_repo": _section(
            "The organisation's shared knowledge base.",
            organization={"type": "string", "pattern": _NAME},
            repository={"type": "string", "pattern": _PROJECT},
            default_branch={"type": "string", "default": "main"},
        ),
        "project": {"type": "string", "pattern": _PROJECT},  # default: the git remote's
        "cache": _section(
            "Where fetched documents are kept, and for how long.",
            enabled={"type": "boolean", "default": True},
            ttl_seconds={"type": "number", "minimum": 0, "default": 86400},
            stale_seconds={
                "type": "number",
                "minimum": 0,
                "default": 300,
                "description": "For so long after its time a copy is served while it is renewed.",
            },
            max_size_mb={"type": "number", "minimum": 0, "default": 100, "description": "0 is unlimited."},
            path={"type": "string", "default": ".fractary/plugins/codex/cache"},
        ),
        "sync": _section(
            "Which files are synced, and how.",
            default_direction={
                "enum": ["to-codex", "from-codex", "bidirectional"],
                "default": "bidirectional",
            },
            patterns=_STRINGS,
            exclude=_STRINGS,
            parallel_repos={"type": "integer", "minimum": 1, "default": 3},
            layout={"type": "string", "default": "projects/{project}"},
            conflict={"enum": ["manual", "keep-local", "keep-codex"], "default": "manual"},
            max_deletes={"type": "integer", "minimum": 0, "default": 50},
            max_delete_percent={
                "type": "number",
                "minimum": 0,
                "maximum": 100,
                "default": 20,
                "description": "Of a side, if it has ten files or more.",
            },
            from_codex=_STRINGS,
            allow_protected={"type": "boolean", "default": False},
        ),
        "environments": {
            "type": "object",
            "description": "The branch of the codex repository for each environment.",
            "additionalProperties": {"type": "string"},
        },
        "storage": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["type"],
                "properties": {"type": {"enum": ["local", "github", "http"]}},
                "additionalProperties": True,
            },
        },
        "types": {
            "type": "object",
            "additionalProperties": _section(
                "A kind of document.",
                patterns=_STRINGS,
                ttl={"type": "integer", "minimum": 0},
                description={"type": "string"},
                priority={"type": "integer"},
            ),
        },
        "permissions": _section(
            "Who may read and write which documents.",
            default={"enum": ["none", "read", "write", "admin"]},
            rules={
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["pattern", "permission"],
                    "properties": {
                        "pattern": {"type": "string"},
                        "permission": {"enum": ["none", "read", "write", "admin"]},
                        "users": _STRINGS,
                    },
                },
            },
        ),
        "remotes": {
            "type": "object",
            "description": "Access to other repositories: org/project -> a token as ${VARIABLE}.",
            "additionalProperties": _section("One repository.", token={"type": "string"}),
        },
        "validate": _section(
            "What `validate refs` checks.",
            exclude=_STRINGS,
            example_orgs=_STRINGS,
            select=_STRINGS,
            ignore=_STRINGS,
        ),
        # Fields of older formats that have no place here.
        "extensions": {"type": "object", "additionalProperties": True},
    },
}
_TYPES: dict[str, tuple[tuple[type, ...], str]] = {
    "object": ((dict,), "a mapping"),
    "array": ((list,), "a list"),
    "string": ((str,), "text"),
    "boolean": ((bool,), "true or false"),
    "integer": ((int,), "a whole number"),
    "number": ((int, float), "a number"),
}


def dotted(path: Path) -> str:
    """A path as people write it: `sync.patterns[0]`."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return text.lstrip(".")


def check(data: Any, places: Mapping[Path, tuple[int, int]], *, base: Path = ()) -> list[Problem]:
    """Everything that is wrong with a configuration, in the order of the file; unknown keys are warnings."""
    problems = [
        Problem(message, dotted((*base, *path)), *_place(places, (*base, *path)), severity)
        for path, message, severity in _check(data, SCHEMA, ())
    ]
    return sorted(problems, key=lambda problem: (problem.line, problem.column))


def _place(places: Mapping[Path, tuple[int, int]], path: Path) -> tuple[int, int]:
    while path and path not in places:
        path = path[:-1]
    return places.get(path, (0, 0))


def _check(value: Any, schema: Mapping[str, Any], path: Path) -> Iterator[tuple[Path, str, str]]:
    wanted = schema.get("type")
    if wanted and not _is(wanted, value):
        shown = "this value" if path[-1:] == ("token",) and isinstance(value, (int, float)) else _shown(value)
        yield path, f"must be {_TYPES[wanted][1]}, not {shown}", "error"
        return
    yield from ((path, message, "error") for message in _limits(value, schema))
    if isinstance(value, dict):
        yield from _check_keys(value, schema, path)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _check(item, schema.get("items", {}), (*path, index))


def _is(wanted: str, value: Any) -> bool:
    if isinstance(value, bool) or (isinstance(value, float) and not math.isfinite(value)):
        return wanted == "boolean" and isinstance(value, bool)
    return isinstance(value, _TYPES[wanted][0])


def _near(word: str, known: Iterable[str]) -> str:
    """The known word that was perhaps meant, as a question to add."""
    from difflib import get_close_matches  # 1 ms that a good configuration does not need

    near = get_close_matches(word, list(known), 1)
    return f"; did you mean {near[0]!r}?" if near else ""


def _limits(value: Any, schema: Mapping[str, Any]) -> Iterator[str]:
    if "const" in schema and value != schema["const"]:
        yield f"must be {schema['const']!r}, not {_shown(value)}"
    if "enum" in schema and value not in schema["enum"]:
        hint = _near(value, schema["enum"]) if isinstance(value, str) else ""
        yield f"must be one of {', '.join(schema['enum'])}, not {_shown(value)}{hint}"
    if "pattern" in schema and not re.search(schema["pattern"], value):
        yield f"{_shown(value)} cannot be a name here"
    if "minimum" in schema and value < schema["minimum"]:
        yield f"must be at least {schema['minimum']}, not {value}"
    if "maximum" in schema and value > schema["maximum"]:
        yield f"must be at most {schema['maximum']}, not {value}"


def _check_keys(
    value: Mapping[str, Any], schema: Mapping[str, Any], path: Path
) -> Iterator[tuple[Path, str, str]]:
    properties = schema.get("properties", {})
    others = schema.get("additionalProperties")
    for key in schema.get("required", ()):
        if key not in value:
            yield path, f"the key {key!r} is missing", "error"
    for key, item in value.items():
        if key in properties:
            yield from _check(item, properties[key], (*path, key))
        elif isinstance(others, Mapping):
            yield from _check(item, others, (*path, key))
        elif not others:
            yield (*path, key), f"unknown key {key!r}{_near(str(key), properties)}", "warning"


def _shown(value: Any) -> str:
    """A value in a message: never its content where that could be a secret, only what it is."""
    if isinstance(value, str):
        return repr(value) if len(value) <= 40 and "token" not in value.lower() else "this text"
    if isinstance(value, dict):
        return "a mapping"
    return "a list" if isinstance(value, list) else "nothing" if value is None else str(value).lower()


def defaults() -> dict[str, Any]:
    """The settings that a configuration need not name, with their sections."""
    return _defaults(SCHEMA)


def _defaults(schema: Mapping[str, Any]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key, item in schema.get("properties", {}).items():
        if "default" in item:
            result[key] = item["default"]
        elif "properties" in item:
            inner = _defaults(item)
            if inner:
                result[key] = inner
    return result
