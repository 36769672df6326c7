"""Where each field of the older formats went: tables only. A field that is in none of them goes to `extensions`.

Formats share their names where they share a meaning, so one table serves all; the first row of a target that fits wins.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

from codex_action.artifacts.units import DAY, parse_duration, parse_size
from codex_action.config.moves import Path
from codex_action.errors import ValidationError

Convert = Callable[[Any], Any]  # None: the value cannot be converted


class Field(NamedTuple):
    """One value: from where to where, and what becomes of it."""

    target: Path
    source: Path
    convert: Convert


class Lists(NamedTuple):
    """A list put together from others: all of the groups, and of each group the first that has something."""

    target: Path
    groups: tuple[tuple[Path, ...], ...]
    fallback: tuple[Path, ...] = ()


def path(dotted: str) -> Path:
    """A path of keys none of which has a dot."""
    return tuple(dotted.split("."))


def same(value: Any) -> Any:
    """Nothing becomes of it."""
    return value


def _days(value: Any) -> Any:
    days = _finite(value)
    return None if days is None else _whole(days * DAY)


def seconds(value: Any) -> Any:
    """Seconds, or a duration in words; plain digits in quotes are seconds too."""
    if isinstance(value, str):
        try:
            return int(value) if value.isdecimal() else parse_duration(value)
        except ValidationError:
            return None
    return _finite(value)


def _megabytes(value: Any) -> Any:
    """Bytes, or a size in words, as megabytes."""
    try:
        size = _finite(parse_size(value) if isinstance(value, str) else value)
    except ValidationError:
        return None
    return None if size is None else _whole(size / (1 << 20))


def _whole(value: float) -> float:
    return int(value) if value == int(value) else value


def _finite(value: Any) -> Any:
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return value if is_number and math.isfinite(value) and abs(value) < 1e15 else None


def one_of(words: dict[Any, str]) -> Convert:
    """A word for each of these values; a value that is the word already is right."""
    known = {**{word: word for word in words.values()}, **words}
    return lambda value: known.get(value) if isinstance(value, (str, bool)) else None


_DIRECTIONS = one_of({"to_codex": "to-codex", "from_codex": "from-codex", "bidirectional": "bidirectional"})
_CONFLICTS = one_of({"prompt": "manual", "local": "keep-local", "remote": "keep-codex"})

_FIELDS: tuple[tuple[str, Convert, str], ...] = (
    ("codex_repo.organization", same, "organization organization.name org defaultOrg organizationSlug"),
    ("codex_repo.organization", same, "CODEX_GITHUB_ORG ORGANIZATION_NAME"),
    ("codex_repo.repository", same, "codex_repo organization.codexRepo codexRepo codexPath"),
    ("codex_repo.repository", same, "CODEX_GITHUB_REPO CODEX_REPO_NAME"),
    ("project", same, "project project_name"),
    ("cache.enabled", same, "cache.enabled"),
    ("cache.ttl_seconds", same, "cache.ttl_seconds"),
    ("cache.ttl_seconds", seconds, "cache.default_ttl cache.defaultTtl"),
    ("cache.ttl_seconds", _days, "cache.ttl_days"),
    ("cache.max_size_mb", same, "cache.max_size_mb"),
    ("cache.max_size_mb", _megabytes, "cache.maxSize"),
    ("cache.path", same, "cache.path cacheDir cache.directory cache.cacheDir cache.location"),
    ("sync.default_direction", _DIRECTIONS, "sync.default_direction sync_direction sync.defaultDirection"),
    ("sync.default_direction", one_of({True: "bidirectional"}), "sync.bidirectional"),
    ("sync.parallel_repos", same, "sync.parallel_repos handlers.sync.options.github.parallel_repos"),
    ("sync.layout", same, "sync.layout"),
    ("sync.conflict", same, "sync.conflict"),
    ("sync.conflict", _CONFLICTS, "sync.conflictResolution"),
    ("sync.max_deletes", same, "sync.max_deletes handlers.sync.options.github.deletion_threshold"),
    ("sync.max_delete_percent", same, "sync.max_delete_percent"),
    ("sync.max_delete_percent", same, "handlers.sync.options.github.deletion_threshold_percent"),
    ("permissions", same, "permissions"),
    ("validate", same, "validate"),
)
FIELDS = tuple(
    Field(path(target), path(source), convert)
    for target, convert, sources in _FIELDS
    for source in sources.split()
)

ORGANIZATION: Path = ("codex_repo", "organization")
REPOSITORY: Path = ("codex_repo", "repository")
PATTERNS: Path = ("sync", "patterns")
FROM_CODEX: Path = ("sync", "from_codex")
STORAGE: Path = ("storage",)
_LISTS: tuple[tuple[Path, tuple[str, ...], str], ...] = (
    (
        PATTERNS,
        (
            "sync_patterns sync_patterns.include default_sync_patterns",  # a project's replace the organisation's
            "sync.patterns",
            "sync.to_codex sync.to_codex.include sync.default_to_codex",
            "sync.include",
            "autoSync",
            "syncRules.include",
            "rules.autoSyncPatterns",
            "sync.rules",
        ),
        "_old_sync_patterns",  # what an earlier migrator put aside
    ),
    (
        ("sync", "exclude"),
        (
            "default_exclude_patterns",
            "exclude_patterns",
            "sync_patterns.exclude",
            "sync.to_codex.exclude",
            "sync.exclude",
            "syncRules.exclude",
        ),
        "",
    ),
    (FROM_CODEX, ("sync.from_codex sync.from_codex.include sync.default_from_codex",), ""),
    (STORAGE, ("storage",), ""),
)
LISTS = tuple(
    Lists(target, tuple(tuple(map(path, group.split())) for group in groups), tuple(map(path, more.split())))
    for target, groups, more in _LISTS
)
RULES: Path = ("sync", "rules")  # each with a direction of its own

# Mappings by name, put together from others.
NAMED: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("environments", ("environments", "sync.environments")),
    ("remotes", ("remotes", "dependencies")),
    ("types", ("types", "types.custom")),
)

# What to do about a value that has no place, by where it stood.
ADVICE: dict[Path, str] = {
    ("codexPath",): "set codex_repo.repository to the repository's name",
    ("sync_direction",): "set sync.default_direction to to-codex, from-codex or bidirectional",
    (
        "sync",
        "bidirectional",
    ): "it does not say which way: set sync.default_direction to to-codex or from-codex",
    ("sync", "conflictResolution"): "set sync.conflict to manual, keep-local or keep-codex",
    ("storage",): "add what is needed of it to the list `storage`, each with its type: local, github or http",
    ("permissions",): "no rule of it is in force",
    (
        "sync",
        "from_codex",
        "exclude",
    ): "documents that it held back are pulled: choose narrower sync.from_codex",
}
UNREAD: tuple[Path, ...] = (("sync", "from_codex", "exclude"),)  # what had an effect that is missed

ENV_KEYS = (
    "CODEX_GITHUB_ORG", "ORGANIZATION_NAME", "CODEX_GITHUB_REPO", "CODEX_REPO_NAME", "TARGET_DIRECTORY",
    "TARGET_SYNC_DIRECTORY", "SYNC_DIRECTORIES", "SYNC_SCHEDULE_HOURS", "PAT_SECRET_NAME", "BOT_NAME", "BOT_EMAIL",
    "DRY_RUN", "MAX_DELETION_THRESHOLD",
)  # fmt: skip

VERSIONS: tuple[Path, ...] = (("version",), ("schema_version",))
OLD_DIRECTIONS = {"F8": "to-codex", "F9": "to-codex"}  # what these did where nothing was said


def _containers() -> frozenset[Path]:
    """The paths at which a mapping is in its place, because fields of it are known."""
    sources = [field.source for field in FIELDS]
    sources += [source for row in LISTS for group in row.groups for source in group]
    sources += [(*path(source), "") for _, names in NAMED for source in names]
    return frozenset(source[:length] for source in sources for length in range(1, len(source)))


CONTAINERS = _containers()
