"""codex-action: references between an organisation's repositories and its shared knowledge base.

The rooms, from the doors down; each imports only what stands below it (docs/architecture.md):
cli, action > aio > codex, report > sync, checks, documents > cache, storage > config > remote > artifacts > refs >
files, workers > errors, version.

Names are imported when they are asked for: `import codex_action` loads nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from codex_action.version import __version__

if TYPE_CHECKING:
    from codex_action.artifacts.document import Document, FetchResult
    from codex_action.artifacts.frontmatter import extract_raw_frontmatter, has_frontmatter
    from codex_action.artifacts.globs import compile_globs
    from codex_action.artifacts.kinds import BUILT_IN_TYPES, TTL, ArtifactType
    from codex_action.artifacts.metadata import (
        ParsedMetadata,
        parse_custom_destination,
        parse_metadata,
        validate_metadata,
    )
    from codex_action.artifacts.patterns import (
        evaluate_patterns,
        filter_by_patterns,
        match_any_pattern,
        match_pattern,
    )
    from codex_action.artifacts.permissions import (
        Decision,
        Level,
        PermissionContext,
        PermissionManager,
        PermissionRule,
        Permissions,
        evaluate_permission,
    )
    from codex_action.artifacts.registry import (
        TypeRegistry,
        create_default_registry,
        load_custom_types,
        merge_type,
        parse_custom_type,
    )
    from codex_action.artifacts.routing import (
        AutoSyncPattern,
        RoutingRules,
        get_target_repos,
        should_sync_to_repo,
    )
    from codex_action.artifacts.units import parse_ttl
    from codex_action.cache.entry import CacheEntry, CacheKey, Freshness
    from codex_action.cache.health import CacheHealth, CacheIssue
    from codex_action.cache.manager import CacheManager, create_cache_manager
    from codex_action.cache.metrics import CacheMetrics
    from codex_action.cache.persistence import CachePersistence
    from codex_action.cache.selection import ClearResult
    from codex_action.checks.model import CheckReport, Finding
    from codex_action.checks.options import ValidateOptions
    from codex_action.checks.readiness import SetupValidation
    from codex_action.codex import Codex
    from codex_action.config.detect import detect_version, needs_migration
    from codex_action.config.load import Config, load_config
    from codex_action.config.migration import Migration, migrate_config
    from codex_action.config.project import detect_current_project, resolve_organization
    from codex_action.documents.inventory import CachedDocument
    from codex_action.documents.library import Fetched, LibrarySettings
    from codex_action.documents.options import FetchOptions
    from codex_action.errors import (
        CacheError,
        CodexError,
        ConfigurationError,
        GitError,
        MigrationError,
        NotFound,
        NotModified,
        PermissionDenied,
        RateLimited,
        StorageError,
        Unauthorized,
        Unreachable,
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
    from codex_action.storage.base import StorageProvider
    from codex_action.storage.create import create_storage_manager
    from codex_action.storage.github import GitHubStorage
    from codex_action.storage.http import HttpStorage
    from codex_action.storage.local import LocalStorage
    from codex_action.storage.manager import StorageManager
    from codex_action.storage.memory import MemoryStorage
    from codex_action.sync.model import Conflict, Plan, SyncResult
    from codex_action.sync.options import SyncOptions

_HOMES = {
    "ArtifactType": "artifacts.kinds",
    "AutoSyncPattern": "artifacts.routing",
    "BUILT_IN_TYPES": "artifacts.kinds",
    "CacheEntry": "cache.entry",
    "CacheError": "errors",
    "CacheHealth": "cache.health",
    "CacheIssue": "cache.health",
    "CacheKey": "cache.entry",
    "CacheManager": "cache.manager",
    "CacheMetrics": "cache.metrics",
    "CachePersistence": "cache.persistence",
    "CachedDocument": "documents.inventory",
    "CheckReport": "checks.model",
    "ClearResult": "cache.selection",
    "Codex": "codex",
    "CodexError": "errors",
    "Config": "config.load",
    "ConfigurationError": "errors",
    "Conflict": "sync.model",
    "Decision": "artifacts.permissions",
    "Document": "artifacts.document",
    "FetchOptions": "documents.options",
    "FetchResult": "artifacts.document",
    "Fetched": "documents.library",
    "Finding": "checks.model",
    "Freshness": "cache.entry",
    "GitError": "errors",
    "GitHubStorage": "storage.github",
    "HttpStorage": "storage.http",
    "LegacyConversion": "refs.convert",
    "LegacyReference": "refs.convert",
    "Level": "artifacts.permissions",
    "LibrarySettings": "documents.library",
    "LocalStorage": "storage.local",
    "MemoryStorage": "storage.memory",
    "Migration": "config.migration",
    "MigrationError": "errors",
    "NotFound": "errors",
    "NotModified": "errors",
    "ParsedMetadata": "artifacts.metadata",
    "ParsedReference": "refs.uri",
    "PermissionContext": "artifacts.permissions",
    "PermissionDenied": "errors",
    "PermissionManager": "artifacts.permissions",
    "PermissionRule": "artifacts.permissions",
    "Permissions": "artifacts.permissions",
    "Plan": "sync.model",
    "Project": "refs.resolve",
    "RateLimited": "errors",
    "RoutingRules": "artifacts.routing",
    "SetupValidation": "checks.readiness",
    "StorageError": "errors",
    "StorageManager": "storage.manager",
    "StorageProvider": "storage.base",
    "SyncOptions": "sync.options",
    "SyncResult": "sync.model",
    "TTL": "artifacts.kinds",
    "TypeRegistry": "artifacts.registry",
    "Unauthorized": "errors",
    "Unreachable": "errors",
    "UsageError": "errors",
    "ValidateOptions": "checks.options",
    "ValidationError": "errors",
    "build_uri": "refs.uri",
    "compile_globs": "artifacts.globs",
    "convert_legacy_reference": "refs.legacy",
    "convert_legacy_references": "refs.convert",
    "convert_to_uri": "refs.legacy",
    "create_cache_manager": "cache.manager",
    "create_default_registry": "artifacts.registry",
    "create_storage_manager": "storage.create",
    "detect_current_project": "config.project",
    "detect_version": "config.detect",
    "evaluate_patterns": "artifacts.patterns",
    "evaluate_permission": "artifacts.permissions",
    "extract_raw_frontmatter": "artifacts.frontmatter",
    "filter_by_patterns": "artifacts.patterns",
    "find_legacy_references": "refs.convert",
    "get_directory": "refs.uri",
    "get_extension": "refs.uri",
    "get_filename": "refs.uri",
    "get_target_repos": "artifacts.routing",
    "has_frontmatter": "artifacts.frontmatter",
    "has_legacy_references": "refs.convert",
    "is_legacy_reference": "refs.legacy",
    "is_safe_path": "refs.paths",
    "is_valid_uri": "refs.uri",
    "load_config": "config.load",
    "load_custom_types": "artifacts.registry",
    "match_any_pattern": "artifacts.patterns",
    "match_pattern": "artifacts.patterns",
    "merge_type": "artifacts.registry",
    "migrate_config": "config.migration",
    "migration_report": "report.upgrade",
    "needs_migration": "config.detect",
    "parse_custom_destination": "artifacts.metadata",
    "parse_custom_type": "artifacts.registry",
    "parse_metadata": "artifacts.metadata",
    "parse_reference": "refs.uri",
    "parse_ttl": "artifacts.units",
    "resolve_organization": "config.project",
    "resolve_reference": "refs.resolve",
    "resolve_references": "refs.resolve",
    "sanitize_path": "refs.paths",
    "should_sync_to_repo": "artifacts.routing",
    "validate_metadata": "artifacts.metadata",
    "validate_path": "refs.paths",
}
__all__ = [  # noqa: RUF022  (held equal to _HOMES by a test)
    "__version__",
    "ArtifactType",
    "AutoSyncPattern",
    "BUILT_IN_TYPES",
    "CacheEntry",
    "CacheError",
    "CacheHealth",
    "CacheIssue",
    "CacheKey",
    "CacheManager",
    "CacheMetrics",
    "CachePersistence",
    "CachedDocument",
    "CheckReport",
    "ClearResult",
    "Codex",
    "CodexError",
    "Config",
    "ConfigurationError",
    "Conflict",
    "Decision",
    "Document",
    "FetchOptions",
    "FetchResult",
    "Fetched",
    "Finding",
    "Freshness",
    "GitError",
    "GitHubStorage",
    "HttpStorage",
    "LegacyConversion",
    "LegacyReference",
    "Level",
    "LibrarySettings",
    "LocalStorage",
    "MemoryStorage",
    "Migration",
    "MigrationError",
    "NotFound",
    "NotModified",
    "ParsedMetadata",
    "ParsedReference",
    "PermissionContext",
    "PermissionDenied",
    "PermissionManager",
    "PermissionRule",
    "Permissions",
    "Plan",
    "Project",
    "RateLimited",
    "RoutingRules",
    "SetupValidation",
    "StorageError",
    "StorageManager",
    "StorageProvider",
    "SyncOptions",
    "SyncResult",
    "TTL",
    "TypeRegistry",
    "Unauthorized",
    "Unreachable",
    "UsageError",
    "ValidateOptions",
    "ValidationError",
    "build_uri",
    "compile_globs",
    "convert_legacy_reference",
    "convert_legacy_references",
    "convert_to_uri",
    "create_cache_manager",
    "create_default_registry",
    "create_storage_manager",
    "detect_current_project",
    "detect_version",
    "evaluate_patterns",
    "evaluate_permission",
    "extract_raw_frontmatter",
    "filter_by_patterns",
    "find_legacy_references",
    "get_directory",
    "get_extension",
    "get_filename",
    "get_target_repos",
    "has_frontmatter",
    "has_legacy_references",
    "is_legacy_reference",
    "is_safe_path",
    "is_valid_uri",
    "load_config",
    "load_custom_types",
    "match_any_pattern",
    "match_pattern",
    "merge_type",
    "migrate_config",
    "migration_report",
    "needs_migration",
    "parse_custom_destination",
    "parse_custom_type",
    "parse_metadata",
    "parse_reference",
    "parse_ttl",
    "resolve_organization",
    "resolve_reference",
    "resolve_references",
    "sanitize_path",
    "should_sync_to_repo",
    "validate_metadata",
    "validate_path",
]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
