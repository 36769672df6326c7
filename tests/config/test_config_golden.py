"""Every answer is the upstream SDK's answer, or a deviation with a name and a reason."""

from __future__ import annotations

from typing import Any, Callable

import pytest
from helpers_golden import Deviation, Row, Table, every_deviation, every_row

from codex_action.artifacts import units
from codex_action.config import expand, unified
from codex_action.config.detect import detect_version, needs_migration
from codex_action.config.migration import migrate_config
from codex_action.errors import MigrationError, ValidationError


def shape(row: Row) -> str:
    return detect_version(row.args[0]).format


def config(row: Row) -> dict[str, Any]:
    return row.args[0] if isinstance(row.args[0], dict) else {}


# --- formats --------------------------------------------------------------------------------------------------------

# Upstream knows its own two formats, and has one word for all it cannot place.
WORDS = {"F8": "2.x", "F9": "3.0", "unknown": "unknown"}
MORE_FORMATS = Deviation(
    "more-formats",
    "every format that was ever shipped is known, by its shape",
    lambda row: shape(row) not in WORDS,
)


def word(value: object) -> str:
    found = detect_version(value).format
    return WORDS.get(found, found)


DETECT = Table(
    "js.detectVersion",
    word,
    (
        MORE_FORMATS,
        Deviation(
            "shape-not-number",
            "a version field tells nothing: formats of three tools say 3.0",
            lambda row: row.result["version"] == "3.0" and shape(row) == "unknown",
        ),
        Deviation(
            "no-half-format",
            "an organisation with a name is that of the third configuration, whatever else is missing",
            lambda row: row.result["confidence"] == "low" and shape(row) == "F9",
        ),
    ),
    lambda row: row.result["version"],
)
IS_LEGACY = Table(
    "js.isLegacyConfig",
    lambda value: detect_version(value).format == "F8",
    (
        Deviation(
            "by-key",
            "a key that only the second configuration has tells it, whatever its value",
            lambda row: not row.result and shape(row) == "F8",
        ),
        Deviation(
            "one-format",
            "a configuration has one format: the keys of a newer one decide",
            lambda row: row.result and shape(row) != "F8",
        ),
    ),
)
NEEDS = Table(
    "js.needsMigration",
    needs_migration,
    (
        Deviation(
            "target",
            "the format to reach is another one",
            lambda row: shape(row) == ("F10" if row.result else "F9"),
        ),
        Deviation(
            "more-formats",
            MORE_FORMATS.why,
            lambda row: not row.result and shape(row) not in (*WORDS, "F10"),
        ),
    ),
)

# --- migration ------------------------------------------------------------------------------------------------------


def migrated(value: object, _options: object = None) -> object:
    """What both formats have: names, patterns, excludes and the direction."""
    try:
        migration = migrate_config(value)
    except MigrationError:
        return None
    if migration.detection.format not in WORDS or not migration.moves:
        return migration.detection.format if migration.moves or migration.detection.format == "F10" else None
    after = migration.after
    repository, sync = after.get("codex_repo", {}), after.get("sync", {})
    return (
        repository.get("organization"),
        repository.get("repository"),
        sync.get("patterns", []),
        sync.get("exclude", []),
        sync["default_direction"],
    )


def upstream_migrated(row: Row) -> object:
    if not row.result["success"]:
        return None
    found = row.result["config"]
    names, sync = found["organization"], found["sync"]
    patterns = [item.get("pattern") for item in sync["patterns"]] + sync["include"]
    return names["name"], names["codexRepo"], patterns, sync["exclude"], sync["defaultDirection"]


def invented(row: Row) -> bool:
    """Did upstream fill in a name that the configuration does not have?"""
    names = row.result.get("config", {}).get("organization", {})
    said = [config(row).get(key) for key in ("org", "defaultOrg", "codexRepo", "codexPath")]
    said += (
        list(config(row)["organization"].values())
        if isinstance(config(row).get("organization"), dict)
        else []
    )
    return row.result["success"] and any(name not in said for name in names.values())


def misfit(row: Row) -> bool:
    """Is a name none, or a list no list of texts?"""
    names = [config(row).get(key) for key in ("org", "codexRepo")]
    rules = config(row).get("syncRules")
    return row.result["success"] and (
        any(not isinstance(name, str) or not name.isascii() for name in names if name is not None)
        or config(row).get("codexPath", "").startswith(".")
        or (isinstance(rules, dict) and isinstance(rules.get("include"), str))
    )  # fmt: skip


def rules(row: Row) -> list[Any]:
    found = config(row).get("autoSync")
    return found if isinstance(found, list) else []


MIGRATE = Table(
    "js.migrateConfig",
    migrated,
    (
        MORE_FORMATS,
        Deviation("no-guess", "a name that the file does not say is found at run time, not written into it", invented),
        Deviation("kept", "a value that cannot stand in its place is kept beside it, not put there or taken apart", misfit),
        Deviation(
            "every-shape",
            "what is missing or odd is no reason to refuse the rest",
            lambda row: not row.result["success"] and shape(row) in ("F8", "F9"),
        ),
        Deviation(
            "texts-are-patterns",
            "a rule may be a text, and one without a pattern is kept",
            lambda row: row.result["success"] and any(not isinstance(rule, dict) or "pattern" not in rule for rule in rules(row)),
        ),
    ),
    upstream_migrated,
)  # fmt: skip

# --- values ---------------------------------------------------------------------------------------------------------


def or_none(function: Callable[..., Any]) -> Callable[..., Any]:
    def answer(*args: object) -> object:
        try:
            return function(*args)
        except ValidationError:
            return None

    return answer


ENVIRON = {"A": "1", "EMPTY": "", "HOME": "/root"}
EXPAND = Table(
    "js.expandEnvVars",
    lambda value: expand.expand_env(value, ENVIRON),
    (
        Deviation(
            "default", "${NAME:-default} is what the documents promise", lambda row: ":-" in row.args[0]
        ),
        Deviation(
            "no-object",
            "a name is looked up among the variables, not on an object",
            lambda row: row.args[0] in ("${constructor}", "${__proto__}"),
        ),
        Deviation("inside", "the inner one of two is a variable", lambda row: row.args[0] == "${${A}}"),
    ),
)
ENV_NAMES = Table(
    "js.extractEnvVarNames",
    lambda value: list(expand.env_names(value)),
    (
        Deviation(
            "names",
            "a name is of letters, digits and underscores",
            lambda row: any(not name.isidentifier() for name in row.result) and row.args[0] != "${${A}}",
        ),
        Deviation("inside", "the inner one of two is a variable", lambda row: row.args[0] == "${${A}}"),
        Deviation("once", "each name once", lambda row: len(set(row.result)) < len(row.result)),
    ),
)
DURATION = Table("js.parseDuration", or_none(units.parse_duration))
SIZE = Table("js.parseSize", or_none(units.parse_size))
IS_DURATION = Table("js.isValidDuration", units.is_duration)
IS_SIZE = Table("js.isValidSize", units.is_size)

# --- the file for all tools -----------------------------------------------------------------------------------------

MERGE = Table(
    "js.mergeUnifiedConfigs",
    unified.merge_configs,
    (
        Deviation(
            "nothing-invented",
            "a merge has what its two sides have: no version, no name that nobody gave",
            lambda row: row.args != ({}, {}),
        ),
    ),
)
CHECK = Table(
    "js.UnifiedConfigSchema.safeParse",
    lambda value: not unified.check_unified(value),
    (
        Deviation(
            "other-tools",
            "another tool's section is judged by that tool",
            lambda row: not row.result["success"] and "file" in row.args[0],
        ),
        Deviation(
            "as-written",
            "the section as every tool writes it is right, and a key that is not known is no error",
            lambda row: (
                any(path == ["codex"] for path in row.result["paths"]) and row.args[0]["codex"] is not None
            ),
        ),
        Deviation(
            "plain-excludes",
            "an exclude need not be a codex:// pattern: the shipped presets have plain ones",
            lambda row: any("from_codex" in path for path in row.result["paths"]),
        ),
    ),
    lambda row: row.result["success"],
)

TABLES = (
    DETECT, IS_LEGACY, NEEDS, MIGRATE, EXPAND, ENV_NAMES, DURATION, SIZE, IS_DURATION, IS_SIZE, MERGE, CHECK,
)  # fmt: skip


@pytest.mark.parametrize(("table", "row"), every_row(TABLES))
def test_we_answer_as_upstream_or_deviate_by_name(table: Table, row: Row) -> None:
    assert table.judge(row) is None


@pytest.mark.parametrize(("table", "deviation"), every_deviation(TABLES))
def test_a_deviation_is_seen_in_a_row(table: Table, deviation: Deviation) -> None:
    assert any(deviation.claims(row) for row in table.rows())
    assert deviation.why
