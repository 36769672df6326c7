"""Which of the formats a configuration has, by its shape: the version fields of the older ones lie.

The order of the shapes decides.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from codex_action.config.formats import ENV_KEYS
from codex_action.config.moves import Path

UNKNOWN = "unknown"
SECTION = "codex"
# The version that each format's own documents call it, and whose it is.
FORMATS = {
    "F0": ("1.x", "the variables of .env files and workflows"),
    "F1": ("2.0", "the plugin's first JSON"),
    "F2": ("2.1", "the plugin's second JSON"),
    "F3": ("3.0", "the plugin's third JSON"),
    "F4": ("4.0", "the plugin's YAML"),
    "F5": ("3.0", "the command line's YAML"),
    "F6": ("3.0", "the command line's JSON"),
    "F7": ("2.0", "the JavaScript SDK's own configuration"),
    "F8": ("2.x", "the JavaScript SDK's second configuration"),
    "F9": ("3.0", "the JavaScript SDK's third configuration"),
    "F10": ("3.0", "the present format"),
    "F11": ("2.0", "the file for all tools"),
    "F12": ("2.0", "the file for all tools on the codex repository's side"),
    "F13": ("3.0", "the Python SDK's YAML"),
}


class VersionDetection(NamedTuple):
    """What a configuration is, how sure that is, and why; `section` is the path of our part of the file."""

    version: str
    format: str
    confidence: str
    reason: str
    section: Path = ()


Shape = Callable[[Mapping[str, Any]], str]  # the key that tells, or ""


def detect_version(config: object) -> VersionDetection:
    """The format of a configuration: of the whole file, where it is one for all tools."""
    if not isinstance(config, Mapping):
        return VersionDetection(UNKNOWN, UNKNOWN, "high", "A configuration is a mapping; this is none.")
    section = config.get(SECTION)
    if _v3(config) or not (isinstance(section, Mapping) or isinstance(config.get("file"), Mapping)):
        return _detect(config)
    return _detect_unified(section)


def needs_migration(config: object) -> bool:
    """Is this a configuration in an older format?"""
    detection = detect_version(config)
    ours = not detection.section or isinstance(_at(config, SECTION), Mapping)
    return ours and detection.format not in (UNKNOWN, "F10")


def _detect(config: Mapping[str, Any]) -> VersionDetection:
    for name, confidence, shape in _SHAPES:
        key = shape(config)
        if key:
            return _detected(name, confidence, key)
    return VersionDetection(UNKNOWN, UNKNOWN, "high", "No key is one that a codex configuration has.")


def _detect_unified(section: object) -> VersionDetection:
    if not isinstance(section, Mapping):
        return _detected("F11", "medium", "file", (SECTION,))
    for name, shape in (("F10", _v3), ("F12", _any_of("role", "sync_targets"))):
        key = shape(section)
        if key:
            return _detected(name, "high", f"{SECTION}.{key}", (SECTION,))
    return _detected("F11", "high", SECTION, (SECTION,))


def _detected(name: str, confidence: str, key: str, section: Path = ()) -> VersionDetection:
    version, what = FORMATS[name]
    return VersionDetection(version, name, confidence, f"It has the key {key!r} of {what} ({name}).", section)


def _at(config: Any, dotted: str) -> Any:
    for key in dotted.split("."):
        config = config.get(key) if isinstance(config, Mapping) else None
    return config


def _any_of(*keys: str, kind: type | tuple[type, ...] = object) -> Shape:
    """One of these keys, dotted, has a value of a kind."""

    def shape(config: Mapping[str, Any]) -> str:
        return next((key for key in keys if _has(config, key) and isinstance(_at(config, key), kind)), "")

    return shape


def _has(config: Mapping[str, Any], dotted: str) -> bool:
    parent, _, key = dotted.rpartition(".")
    found = _at(config, parent) if parent else config
    return isinstance(found, Mapping) and key in found


def _either(*shapes: Shape) -> Shape:
    return lambda config: next(filter(None, (shape(config) for shape in shapes)), "")


def _version(config: Mapping[str, Any]) -> str:
    return "version" if str(config.get("version")).startswith("4.") else ""


def _v3(config: Mapping[str, Any]) -> str:
    if re.match(
        "[vV]?[3-9]", str(config.get("schema_version"))
    ):  # older formats stop at 2; a slip is still ours
        return "schema_version"
    return _any_of("codex_repo", kind=Mapping)(config)


def _section(config: Mapping[str, Any]) -> str:
    """A unified file's section on its own."""
    directions = _any_of("sync.to_codex", "sync.from_codex", kind=Mapping)(config)
    return "schema_version" if directions and "schema_version" in config else ""


def _plugin(shape: Shape) -> Shape:
    """A shape within the plugin's family, which has one of these keys and none of the command line's."""
    return lambda config: shape(config) if _PLUGIN(config) and not _COMMAND_LINE(config) else ""


_PLUGIN = _either(
    _any_of("codex_repo", kind=str),
    _any_of(
        "sync_patterns", "exclude_patterns", "default_sync_patterns", "default_exclude_patterns", "sync_direction",
        "auto_sync", "handlers", "project_name", "_old_sync_patterns", "sources", "cache.ttl_days",
    ),
)  # fmt: skip
_COMMAND_LINE = _either(_any_of("cacheDir"), _any_of("storage", kind=(list, Mapping)))

_SHAPES: tuple[tuple[str, str, Shape], ...] = (
    ("F10", "high", _v3),
    ("F11", "high", _section),
    ("F9", "high", _any_of("organization", kind=Mapping)),
    ("F8", "high", _any_of("org", "defaultOrg", "codexRepo", "codexPath", "autoSync", "syncRules")),
    ("F7", "high", _any_of("organizationSlug", "directories", "rules")),
    ("F4", "high", _plugin(_either(_version, _any_of("cli", kind=Mapping)))),
    (
        "F3",
        "high",
        _plugin(
            _either(
                _any_of("project_name", "auth", "cache.default_ttl", "environments"),
                _any_of("sources", kind=Mapping),
            )
        ),
    ),
    ("F1", "high", _plugin(_any_of("default_sync_patterns", "default_exclude_patterns"))),
    ("F2", "medium", _plugin(_PLUGIN)),
    ("F5", "high", _either(_any_of("storage", kind=list), _any_of("cacheDir"))),
    ("F6", "high", _any_of("storage.providers", kind=Mapping)),
    ("F13", "high", _any_of("storage", kind=Mapping)),
    ("F5", "medium", _any_of("types.custom", "sync.bidirectional", "sync.conflictResolution")),
    ("F6", "medium", _any_of("cache.defaultTtl", "sync.environments")),
    ("F0", "high", _any_of(*ENV_KEYS)),
    (
        "F13",
        "low",
        _any_of(
            "organization", "project", "storage", "types", "cache", "sync", "permissions", "environments", "remotes",
            "dependencies",
        ),
    ),
)  # fmt: skip
