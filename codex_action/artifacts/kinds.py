"""The kinds of documents that everybody has, and for how long a copy of each is fresh."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

DEFAULT = "default"  # the kind of what no pattern matches


class TTL:
    """Lifetimes in seconds, in the spellings of both SDKs (seed 1, types)."""

    MINUTE = 60
    FIVE_MINUTES = 5 * MINUTE
    FIFTEEN_MINUTES = 15 * MINUTE
    THIRTY_MINUTES = 30 * MINUTE
    HOUR = ONE_HOUR = 60 * MINUTE
    SIX_HOURS = 6 * HOUR
    TWELVE_HOURS = 12 * HOUR
    DAY = ONE_DAY = 24 * HOUR
    TWO_DAYS = 2 * DAY
    THREE_DAYS = 3 * DAY
    WEEK = ONE_WEEK = 7 * DAY
    TWO_WEEKS = 14 * DAY
    MONTH = ONE_MONTH = 30 * DAY
    YEAR = ONE_YEAR = 365 * DAY


@dataclass(frozen=True)
class ArtifactType:
    """A kind of document: the patterns of its paths, and the seconds for which a copy is fresh (seed 1, types).

    Of two kinds that match, the higher priority wins. After `archive_after_days` a document may go to
    `archive_storage` (`cloud` or `local`); None is never.
    """

    name: str
    patterns: tuple[str, ...]
    ttl: int
    description: str = ""
    priority: int = 0
    archive_after_days: int | None = None
    archive_storage: str | None = None


_DOCS = ("docs/**", "README.md", "CLAUDE.md", "*.md")
_SPECS = ("specs/**", "SPEC-*.md", "**/specs/**")
_LOGS = (".fractary/**/logs/**", "logs/**", "*.log")
_STANDARDS = ("standards/**", "guides/**", ".fractary/standards/**")
_TEMPLATES = ("templates/**", ".templates/**", ".fractary/templates/**")
_STATE = (".fractary/**/state.json", ".fractary/**/state/**", "**/state.json")
_CONFIG = (".fractary/**/*.json", "*.config.js", "*.config.ts", "tsconfig.json", "package.json")
_SYSTEMS = (".fractary/systems/**", "systems/**")
_MEMORY = ("memory/**", ".fractary/codex/memory/**", "**/knowledge-base/**")
_SCHEMA = ("schemas/**", "**/*.schema.json", "**/*.schema.yaml")
_REMEMBERED = "Institutional memory entries (troubleshooting, decisions, patterns)"

# The JavaScript SDK's, in its order, and the `schema` that the Python SDK's plan names.
_TYPES = (
    ArtifactType("docs", _DOCS, TTL.WEEK, "Documentation files", 0, 365, "cloud"),
    ArtifactType("specs", _SPECS, TTL.TWO_WEEKS, "Technical specifications"),
    ArtifactType("logs", _LOGS, TTL.DAY, "Session and workflow logs", 0, 30, "cloud"),
    ArtifactType("standards", _STANDARDS, TTL.MONTH, "Organization standards and guides"),
    ArtifactType("templates", _TEMPLATES, TTL.TWO_WEEKS, "Reusable templates", 0, 180, "cloud"),
    ArtifactType("state", _STATE, TTL.HOUR, "Session and workflow state", 0, 7, "local"),
    ArtifactType("config", _CONFIG, TTL.DAY, "Configuration files"),
    ArtifactType("systems", _SYSTEMS, TTL.TWO_WEEKS, "System definitions"),
    ArtifactType("memory", _MEMORY, TTL.MONTH, _REMEMBERED, 0, 365, "cloud"),
    ArtifactType("schema", _SCHEMA, TTL.DAY, "Schemas of data"),
)
BUILT_IN_TYPES: Mapping[str, ArtifactType] = MappingProxyType({kind.name: kind for kind in _TYPES})
DEFAULT_TYPE = ArtifactType(DEFAULT, ("**/*",), TTL.WEEK, "Everything else", 0, 90, "cloud")
