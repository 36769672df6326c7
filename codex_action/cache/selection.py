"""Which remembered documents are meant."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from codex_action.cache.entry import CacheEntry, CacheKey
from codex_action.errors import UsageError
from codex_action.refs.uri import PREFIX


class ClearResult(NamedTuple):
    """How many documents were cleared, or would be with `dry_run`, and their references (SPEC-00020 2.2)."""

    deleted_count: int
    affected_entries: tuple[str, ...]
    dry_run: bool


SCOPES = ("all", "expired", "project", "pattern")


def check_scope(scope: str, filter_text: str | None) -> None:
    """Raises UsageError for a scope there is not, or one whose filter is missing or too much."""
    if scope not in SCOPES:
        raise UsageError(f"there is no scope {scope!r}", hint=f"scopes are {', '.join(SCOPES)}")
    if bool(filter_text) != (scope in ("project", "pattern")):
        wrong = "takes no filter" if filter_text else "needs a filter"
        raise UsageError(f"the scope '{scope}' {wrong}", hint="project and pattern have one, and only they")


def select(
    entries: Iterable[CacheEntry], *, project: str | None = None, pattern: str | None = None
) -> list[CacheEntry]:
    """Those of a project (ORG/PROJECT, or a name, in any case) that a glob matches.

    Raises UsageError for what is no glob.
    """
    chosen = list(entries) if project is None else _of_project(entries, project)
    return chosen if pattern is None else _matching(chosen, pattern)


def _of_project(entries: Iterable[CacheEntry], project: str) -> list[CacheEntry]:
    """GitHub knows no case in names."""
    org, _, name = project.lower().rpartition("/")
    return [
        entry for entry in entries if entry.key.project.lower() == name and org in ("", entry.key.org.lower())
    ]


def _matching(entries: Iterable[CacheEntry], pattern: str) -> list[CacheEntry]:
    from codex_action.artifacts.globs import compile_globs  # its expressions take time: no fetch needs them

    whole = pattern.startswith(PREFIX)
    matches = compile_globs([pattern[len(PREFIX) :] if whole else pattern], dot=True)
    return [entry for entry in entries if any(map(matches, _names(entry.key, whole=whole)))]


def _names(key: CacheKey, *, whole: bool) -> tuple[str, ...]:
    """What a pattern may mean: all that follows codex://, or the path with or without its project."""
    if whole:
        return (key.reference[len(PREFIX) :],)
    return key.path, f"{key.org}/{key.project}/{key.path}"
