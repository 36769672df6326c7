"""Of which documents there are copies on this machine, without fetching or opening anything."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from codex_action import files
from codex_action.cache.peek import remembered_paths
from codex_action.refs.uri import ParsedReference

if TYPE_CHECKING:
    from codex_action.refs.places import CodexRepository


def in_cache(folder: str, org: str, project: str, version: str | None) -> Iterable[str]:
    """The paths of a project's documents in the cache."""
    return remembered_paths(folder, org, project, version or "")


def in_checkout(checkout: str, codex: CodexRepository, org: str, project: str) -> Iterable[str]:
    """The paths of a project's documents in a checkout of the codex repository."""
    place = codex.path_of(ParsedReference(org, project, "x", ""))
    if place is None:
        return ()
    below = place.rpartition("/")[0]
    prefix = f"{below}/" if below else ""
    return [path[len(prefix) :] for path in files.walk(checkout, below).paths]
