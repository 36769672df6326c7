"""Every answer about kinds is the upstream SDK's, or a deviation with a name and a reason."""

# ruff: noqa: ANN401 - arguments are those of another language

from __future__ import annotations

from typing import Any

import pytest
from helpers_golden import Deviation, Row, Table, every_deviation, every_row

from codex_action.artifacts.kinds import BUILT_IN_TYPES, ArtifactType
from codex_action.artifacts.registry import TypeRegistry, load_custom_types
from codex_action.artifacts.units import parse_ttl
from codex_action.errors import ConfigurationError, ValidationError

REGISTRY = TypeRegistry()
# Our names for the settings of theirs that we have.
NAMES = {"patterns": "patterns", "defaultTtl": "ttl", "description": "description"}


def settings(types: Any) -> dict[str, Any]:
    return {
        name: {NAMES[key]: item for key, item in value.items() if key in NAMES} if value else value
        for name, value in types.items()
    }


def shown(kind: ArtifactType | None) -> dict[str, Any] | None:
    return kind and {
        "name": kind.name,
        "description": kind.description,
        "patterns": list(kind.patterns),
        "defaultTtl": kind.ttl,
        "archiveAfterDays": kind.archive_after_days,
        "archiveStorage": kind.archive_storage,
    }


def archive(path: str) -> dict[str, Any] | None:
    found = REGISTRY.get_archive_config(path)
    return found and {"afterDays": found.after_days, "storage": found.storage}


def detected(options: dict[str, Any], path: str) -> dict[str, Any] | None:
    registry = TypeRegistry() if options.get("includeBuiltIn", True) else TypeRegistry(())
    try:
        for kind in load_custom_types(settings(options["customTypes"])).values():
            registry.register(kind)
    except ConfigurationError:
        return None
    names = [name for name in registry.names() if name != "schema"]  # ours alone: see below
    return {"type": registry.detect_type(path), "ttl": registry.ttl_for(path), "names": names}


def custom(options: dict[str, Any]) -> list[Any] | None:
    try:
        found = load_custom_types(settings(options.get("custom", {})))
    except ConfigurationError:
        return None
    return [[name, shown(kind)] for name, kind in found.items()]


def ttl(value: Any) -> int | None:
    try:
        return parse_ttl(value)
    except ValidationError:
        return None


def built_in(row: Row) -> Any:
    """Without what we do not have: other patterns for sync; a name that is none of their types."""
    if "name" not in row.result:
        return None
    return {key: value for key, value in row.result.items() if key != "syncPatterns"}


def custom_types(row: Row) -> dict[str, Any]:
    return row.args[0].get("customTypes", row.args[0].get("custom", {}))


SCHEMA = Deviation(
    "schema",
    "schemas are a kind of their own",
    lambda row: any(isinstance(item, str) and ".schema." in item for item in row.args),
)
NEEDS_PATTERNS = Deviation(
    "needs-patterns",
    "a new kind says what it is for, or the configuration is wrong",
    lambda row: any(item is not None and not item.get("patterns") for item in custom_types(row).values()),
)
TABLES = (
    Table("js.TypeRegistry.detectType", REGISTRY.detect_type),
    Table("js.TypeRegistry.getTtl", REGISTRY.ttl_for, (SCHEMA,)),
    Table("js.TypeRegistry.getArchiveConfig", archive, (SCHEMA,)),
    Table("js.TypeRegistry.filterByType", lambda name, paths: REGISTRY.filter_by_type(paths, name)),
    Table("js.TypeRegistry.custom.detectType", detected, (NEEDS_PATTERNS,)),
    Table(
        "js.loadCustomTypes",
        custom,
        (
            NEEDS_PATTERNS,
            Deviation(
                "no-archive-settings",
                "nothing here archives, so a kind of one's own cannot say how",
                lambda row: any(
                    item and (item.get("archiveStorage") == "s3" or item.get("archiveAfterDays") == 0)
                    for item in custom_types(row).values()
                ),
            ),
            Deviation(
                "patterns-are-a-list",
                "a text is no list of texts",
                lambda row: any(
                    item and isinstance(item.get("patterns"), str) for item in custom_types(row).values()
                ),
            ),
        ),
        lambda row: row.result and row.result["$map"],
    ),
    Table(
        "js.parseTtl",
        ttl,
        (
            Deviation(
                "no-silent-week",
                "a text that is no duration is an error",
                lambda row: row.result == 604800 and ttl(*row.args) is None,
            ),
            Deviation(
                "all-durations",
                "every duration that a configuration may hold is a lifetime",
                lambda row: row.args[0] in ("1.5h", "1 h", "1M"),
            ),
            Deviation("whole-seconds", "no clock of a cache is finer", lambda row: row.args[0] == 1.5),
        ),
    ),
    Table(
        "js.getBuiltInType",
        lambda name: shown(BUILT_IN_TYPES.get(name)),
        (Deviation("schema", SCHEMA.why, lambda row: row.args == ("schema",)),),
        built_in,
    ),
    Table(
        "js.isBuiltInType",
        BUILT_IN_TYPES.__contains__,
        (
            Deviation("schema", SCHEMA.why, lambda row: row.args == ("schema",)),
            Deviation(
                "no-prototypes",
                "what every object of JavaScript has is no type",
                lambda row: row.args[0] in ("constructor", "__proto__"),
            ),
        ),
    ),
)


@pytest.mark.parametrize(("table", "row"), every_row(TABLES))
def test_every_row(table: Table, row: Row) -> None:
    assert table.judge(row) is None


@pytest.mark.parametrize(("table", "deviation"), every_deviation(TABLES))
def test_a_deviation_is_seen_in_a_row(table: Table, deviation: Deviation) -> None:
    assert any(deviation.claims(row) for row in table.rows())
    assert deviation.why
