"""The mappings by name of a migration: environments, remotes and types of documents."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from codex_action.config.draft import ABSENT, KEPT, Draft, fits, kind
from codex_action.config.formats import NAMED, path, seconds
from codex_action.config.moves import Path
from codex_action.config.schema import dotted

_TYPES: Path = ("types",)
_CUSTOM: Path = ("types", "custom")
_TYPE_FIELDS = {
    "patterns": "patterns", "ttl": "ttl", "defaultTtl": "ttl", "description": "description", "priority": "priority",
}  # fmt: skip


def carry_named(draft: Draft) -> None:
    """Fill every mapping by name of version 3 from the older ones."""
    for target, names in NAMED:
        found = {source: draft.find(source) for source in map(path, names)}
        if _is_type(found.get(_CUSTOM)):
            del found[_CUSTOM]
        for source, value in found.items():
            others = [other for place, other in found.items() if place != source and other is not ABSENT]
            if value is not ABSENT:
                _carry(draft, source, path(target), value, whole=_is_alone(source, others))


def _is_alone(source: Path, others: list[Any]) -> bool:
    """Is there nothing to put together? `types` and `types.custom` stand in each other."""
    if source == _CUSTOM:
        return all(len(other) == 1 for other in others)
    return not (others if source == _TYPES else any(others))


def _carry(draft: Draft, source: Path, target: Path, value: Any, *, whole: bool) -> None:
    if source == _CUSTOM and isinstance(value, list):
        _copy_types(draft, value)
    elif not isinstance(value, Mapping):
        draft.misfit(source, target, value)
    elif whole and draft.filled(target) is ABSENT and _is_plain(target, value):
        draft.move(source, target, value)
    else:
        for name, entry in value.items():
            _carry_entry(draft, (*source, name), (*target, name), entry)


def _is_plain(target: Path, value: Mapping[str, Any]) -> bool:
    """Is every entry one of version 3 already?"""
    if not fits(target, value):
        return False
    return target != _TYPES or all(set(entry) <= set(_TYPE_FIELDS.values()) for entry in value.values())


def _carry_entry(draft: Draft, source: Path, target: Path, entry: Any) -> None:
    if source == _CUSTOM and not _is_type(entry):
        return  # types by name, or a list of them: a source of its own
    known = draft.filled(target)
    if known is not ABSENT:
        if known != entry:
            draft.warn(source, f"is something else elsewhere in the file: {KEPT}")
    elif target[0] == "types" and isinstance(entry, Mapping):
        _carry_type(draft, source, target, entry)
    elif fits(target, entry):
        draft.move(source, target, entry)
    elif target[0] == "environments" and isinstance(entry, Mapping) and fits(target, entry.get("branch")):
        draft.move((*source, "branch"), target, entry["branch"])
    else:
        draft.warn(source, f"{kind(entry)} that has no place in version 3: {KEPT}")


def _is_type(entry: Any) -> bool:
    """Is what stands under `types.custom` a type of that name?"""
    return isinstance(entry, Mapping) and not all(isinstance(item, Mapping) for item in entry.values())


def _carry_type(draft: Draft, source: Path, target: Path, entry: Mapping[str, Any]) -> None:
    for key, value in entry.items():
        name = _TYPE_FIELDS.get(key)
        if name is None:
            continue
        place, new = (*target, name), seconds(value) if name == "ttl" else value
        if not fits(place, new):
            draft.misfit((*source, key), place, value)
        elif draft.filled(place) is ABSENT:
            note = f"{json.dumps(value)} became {new}" if new is not value else ""
            draft.move((*source, key), place, new, note=note)
        elif draft.filled(place) != new:
            draft.warn((*source, key), f"{dotted(place)} is known already: {KEPT}")


def _copy_types(draft: Draft, items: list[Any]) -> None:
    """Types in a list, each with its name: what is known of them is copied, the list stays."""
    for number, item in enumerate(items):
        source, name = (*_CUSTOM, number), item.get("name") if isinstance(item, Mapping) else None
        if not isinstance(name, str) or not fits(("types", name), {}):
            draft.misfit(source, ("types",), item)
            continue
        for key, value in item.items():
            place = ("types", name, _TYPE_FIELDS.get(key, ""))
            new = seconds(value) if place[-1] == "ttl" else value
            if place[-1] and draft.filled(place) is ABSENT and fits(place, new):
                draft.add(place, new, "a copy: the list is kept under extensions", (*source, key))
