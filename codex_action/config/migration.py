"""Bring a configuration of any older format to version 3: what moves where, and what a person should look at.

Nothing is lost: what version 3 has no place for is kept under `extensions`, under its own path.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from codex_action.config.detect import VersionDetection, detect_version, needs_migration
from codex_action.config.draft import ABSENT, EXTENSIONS, KEPT, VERSION_PATH, Change, Draft, fits
from codex_action.config.expand import parse_env_file
from codex_action.config.fill import decide_direction, fill_lists, fill_repository, split_repository
from codex_action.config.formats import ENV_KEYS, FIELDS, REPOSITORY, VERSIONS, Field
from codex_action.config.lists import carry_lists
from codex_action.config.moves import Move, Path, build
from codex_action.config.named import carry_named
from codex_action.config.schema import VERSION, dotted
from codex_action.config.secrets import find_secrets
from codex_action.errors import MigrationError, Problem

__all__ = ["Change", "Migration", "migrate_config", "migrate_env"]


@dataclass(frozen=True)
class Migration:
    """A configuration before and after. `moves` are relative to `section`, and make all of it that is ours."""

    before: Mapping[str, Any]
    after: Mapping[str, Any]
    changes: tuple[Change, ...]
    warnings: tuple[Problem, ...]
    detection: VersionDetection
    moves: tuple[Move, ...] = ()

    @property
    def section(self) -> Path:
        """Where in the file our part is."""
        return self.detection.section


def migrate_config(config: Mapping[str, Any]) -> Migration:
    """The configuration in version 3; the same again where it is that already, or is nothing of ours.

    Raises MigrationError if it is no mapping.
    """
    if not isinstance(config, Mapping):
        raise MigrationError("a configuration is a mapping; this file holds something else")
    detection = detect_version(config)
    if not needs_migration(config):
        return Migration(config, config, (), _nothing_known(config, detection), detection)
    section = "".join(map(str, detection.section))
    draft = Draft(config[section] if section else config, detection.section)
    _fill(draft, config, detection)
    moves = draft.sorted_moves()
    after = build(moves)
    whole = {**config, section: after} if section else after
    return Migration(config, whole, tuple(draft.changes), tuple(draft.warnings), detection, moves)


def migrate_env(text: str) -> Migration:
    """The configuration that a .env file of the first version amounts to; other tools' variables are passed over."""
    variables = parse_env_file(text)
    return migrate_config({key: variables[key] for key in variables if key in ENV_KEYS})


def _nothing_known(config: Mapping[str, Any], detection: VersionDetection) -> tuple[Problem, ...]:
    if detection.format == "F10" or not config:
        return ()
    return (Problem(detection.reason, severity="warning"),)


def _fill(draft: Draft, config: Mapping[str, Any], detection: VersionDetection) -> None:
    """Carry everything over; the order is that in which one thing depends on another."""
    draft.moves.append(Move(None, VERSION_PATH, VERSION))
    _carry_version(draft)
    for field in FIELDS:  # the organisation comes first
        if field.target == REPOSITORY:
            split_repository(draft)
        _carry_field(draft, field)
    fill_repository(draft, config)
    decide_direction(draft, detection.format)
    carry_named(draft)
    carry_lists(draft)
    fill_lists(draft)
    draft.keep_rest()
    for path, message in find_secrets(draft.config):
        draft.warn(path, message)


def _carry_version(draft: Draft) -> None:
    target = (*EXTENSIONS, "migrated_from")
    source = next((source for source in VERSIONS if draft.find(source) is not ABSENT), None)
    if source and draft.find(target[-1:]) is ABSENT:
        draft.move(source, target, draft.find(source))


def _difference(old: Any, new: Any) -> str:
    """What was made of a value, as a file has them; nothing if nothing."""
    return "" if (type(old), old) == (type(new), new) else f"{json.dumps(old)} became {json.dumps(new)}"


def _carry_field(draft: Draft, field: Field) -> None:
    value = draft.find(field.source)
    if value is ABSENT:
        return
    new = field.convert(value)
    if new is None or not fits(field.target, new):
        draft.misfit(field.source, field.target, value)
        return
    known = draft.filled(field.target)
    if known is ABSENT:
        draft.move(field.source, field.target, new, note=_difference(value, new))
    elif known != new:
        draft.warn(field.source, f"{dotted(field.target)} is known already: {KEPT}")
