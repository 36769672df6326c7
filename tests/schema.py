"""The part of JSON Schema that docs/schemas/ uses, checked; a keyword that is not known here is an error."""

# ruff: noqa: ANN401  (a value is any JSON)

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

SCHEMAS = Path(__file__).parents[1] / "docs" / "schemas"
_TYPES: dict[str, Any] = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None)}
_BELOW = frozenset(("properties", "additionalProperties", "items"))
_WORDS = frozenset(("$schema", "$id", "$defs", "title", "description"))


def load(name: str) -> dict[str, Any]:
    """A schema of ours, such as `validate-refs`."""
    schema: dict[str, Any] = json.loads((SCHEMAS / f"{name}.json").read_text(encoding="utf-8"))
    return schema


def problems(
    value: Any, schema: dict[str, Any], root: dict[str, Any] | None = None, at: str = "$"
) -> Iterator[str]:
    """What of a value breaks a schema."""
    root = schema if root is None else root
    for word, rule in schema.items():
        if word == "$ref":
            yield from problems(value, root["$defs"][rule.rpartition("/")[2]], root, at)
        elif word == "required":
            yield from (f"{at}: {key} is missing" for key in rule if key not in value)
        elif word in _BELOW:
            for place, item, inner in _below(word, rule, value, schema):
                yield from problems(item, inner, root, at + place)
        elif word not in _WORDS and not _holds(word, rule, value):
            yield f"{at}: {value!r} is not {word} {rule!r}"


def _below(
    word: str, rule: Any, value: Any, schema: dict[str, Any]
) -> Iterator[tuple[str, Any, dict[str, Any]]]:
    """What is in a value, each with its place and the schema for it."""
    if word == "items":
        yield from ((f"[{index}]", item, rule) for index, item in enumerate(value))
        return
    named = schema.get("properties", {}).keys()
    if word == "properties":
        yield from ((f".{key}", value[key], rule[key]) for key in value.keys() & named)
    else:
        yield from ((f".{key}", value[key], rule) for key in value.keys() - named)


def _holds(word: str, rule: Any, value: Any) -> bool:
    if word == "type":
        return any(_is(name, value) for name in ([rule] if isinstance(rule, str) else rule))
    if word == "const":
        return bool(value == rule)
    if word == "enum":
        return value in rule
    if word == "minimum":
        return bool(value >= rule)
    if word == "maximum":
        return bool(value <= rule)
    if word == "pattern":
        return re.search(rule, value) is not None
    raise AssertionError(f"this checker does not know {word!r}")


def _is(name: str, value: Any) -> bool:
    if name in ("integer", "number"):
        return isinstance(value, int if name == "integer" else (int, float)) and not isinstance(value, bool)
    return isinstance(value, _TYPES[name])
