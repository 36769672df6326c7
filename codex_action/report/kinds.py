"""The kinds of documents: all in a table, or one in full."""

from __future__ import annotations

from typing import Any

from codex_action.artifacts.kinds import BUILT_IN_TYPES, ArtifactType
from codex_action.artifacts.registry import TypeRegistry
from codex_action.artifacts.units import format_duration
from codex_action.report.safe import log_lines, visible
from codex_action.report.table import table

TYPES_LIST = "codex-action/types-list@1"
TYPES_SHOW = "codex-action/types-show@1"
_OTHERS = "what no pattern matches"


def list_document(registry: TypeRegistry) -> dict[str, Any]:
    """The document of `types list --json`."""
    types = [_data(kind) for kind in registry.list_types()]
    return {"schema": TYPES_LIST, "types": types, "default_ttl": registry.default.ttl}


def show_document(kind: ArtifactType) -> dict[str, Any]:
    """The document of `types show --json`."""
    return {"schema": TYPES_SHOW, "type": _data(kind)}


def _data(kind: ArtifactType) -> dict[str, Any]:
    return {
        "name": kind.name,
        "description": kind.description,
        "patterns": list(kind.patterns),
        "ttl": kind.ttl,
        "priority": kind.priority,
        "built_in": _is_built_in(kind),
    }


def _is_built_in(kind: ArtifactType) -> bool:
    return BUILT_IN_TYPES.get(kind.name) == kind


def render_list(registry: TypeRegistry, *, width: int | None = None) -> str:
    """A table of the kinds in the order in which a path is compared with them."""
    rows = [
        (kind.name, format_duration(kind.ttl), ", ".join(kind.patterns)) for kind in registry.list_types()
    ]
    rows = [("TYPE", "TTL", "PATTERNS"), *rows, ("-", format_duration(registry.default.ttl), _OTHERS)]
    return log_lines("".join(f"{line}\n" for line in table(rows, width)))


def render_type(kind: ArtifactType) -> str:
    """One kind in full."""
    facts = (
        ("type", kind.name),
        ("description", kind.description),
        ("ttl", f"{format_duration(kind.ttl)} ({kind.ttl} seconds)"),
        ("priority", str(kind.priority)),
        ("origin", "built in" if _is_built_in(kind) else "configuration"),
    )
    lines = [f"{name:<11}  {visible(value)}".rstrip() for name, value in facts]
    lines += ["patterns", *(f"  {visible(pattern)}" for pattern in kind.patterns)]
    return log_lines("".join(f"{line}\n" for line in lines))
