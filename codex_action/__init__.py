"""codex-action: references between an organisation's repositories and its shared knowledge base.

The rooms, from the doors down; each imports only what stands below it (docs/architecture.md):
cli, action > codex, report > checks > config > remote > artifacts > refs > files, workers > errors, version.

Names are imported when they are asked for: `import codex_action` loads nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from codex_action.version import __version__

if TYPE_CHECKING:
    from codex_action.checks.model import CheckReport, Finding
    from codex_action.checks.options import ValidateOptions
    from codex_action.codex import Codex
    from codex_action.config.detect import detect_version, needs_migration
    from codex_action.config.load import Config, load_config
    from codex_action.config.migration import Migration, migrate_config
    from codex_action.config.project import detect_current_project, resolve_organization
    from codex_action.errors import (
        CodexError,
        ConfigurationError,
        GitError,
        MigrationError,
        UsageError,
        ValidationError,
    )
    from codex_action.refs.convert import (
        LegacyConversion,
        LegacyReference,
        convert_legacy_references,
        find_legacy_references,
        has_legacy_references,
    )
    from codex_action.refs.legacy import convert_legacy_reference, convert_to_uri, is_legacy_reference
    from codex_action.refs.paths import is_safe_path, sanitize_path, validate_path
    from codex_action.refs.resolve import Project, resolve_reference, resolve_references
    from codex_action.refs.uri import (
        ParsedReference,
        build_uri,
        get_directory,
        get_extension,
        get_filename,
        is_valid_uri,
        parse_reference,
    )
    from codex_action.report.upgrade import migration_report

_HOMES = {
    "CheckReport": "checks.model",
    "Codex": "codex",
    "CodexError": "errors",
    "Config": "config.load",
    "ConfigurationError": "errors",
    "Finding": "checks.model",
    "GitError": "errors",
    "LegacyConversion": "refs.convert",
    "LegacyReference": "refs.convert",
    "Migration": "config.migration",
    "MigrationError": "errors",
    "ParsedReference": "refs.uri",
    "Project": "refs.resolve",
    "UsageError": "errors",
    "ValidateOptions": "checks.options",
    "ValidationError": "errors",
    "build_uri": "refs.uri",
    "convert_legacy_reference": "refs.legacy",
    "convert_legacy_references": "refs.convert",
    "convert_to_uri": "refs.legacy",
    "detect_current_project": "config.project",
    "detect_version": "config.detect",
    "find_legacy_references": "refs.convert",
    "get_directory": "refs.uri",
    "get_extension": "refs.uri",
    "get_filename": "refs.uri",
    "has_legacy_references": "refs.convert",
    "is_legacy_reference": "refs.legacy",
    "is_safe_path": "refs.paths",
    "is_valid_uri": "refs.uri",
    "load_config": "config.load",
    "migrate_config": "config.migration",
    "migration_report": "report.upgrade",
    "needs_migration": "config.detect",
    "parse_reference": "refs.uri",
    "resolve_organization": "config.project",
    "resolve_reference": "refs.resolve",
    "resolve_references": "refs.resolve",
    "sanitize_path": "refs.paths",
    "validate_path": "refs.paths",
}
__all__ = [  # noqa: RUF022  (held equal to _HOMES by a test)
    "__version__",
    "CheckReport",
    "Codex",
    "CodexError",
    "Config",
    "ConfigurationError",
    "Finding",
    "GitError",
    "LegacyConversion",
    "LegacyReference",
    "Migration",
    "MigrationError",
    "ParsedReference",
    "Project",
    "UsageError",
    "ValidateOptions",
    "ValidationError",
    "build_uri",
    "convert_legacy_reference",
    "convert_legacy_references",
    "convert_to_uri",
    "detect_current_project",
    "detect_version",
    "find_legacy_references",
    "get_directory",
    "get_extension",
    "get_filename",
    "has_legacy_references",
    "is_legacy_reference",
    "is_safe_path",
    "is_valid_uri",
    "load_config",
    "migrate_config",
    "migration_report",
    "needs_migration",
    "parse_reference",
    "resolve_organization",
    "resolve_reference",
    "resolve_references",
    "sanitize_path",
    "validate_path",
]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
