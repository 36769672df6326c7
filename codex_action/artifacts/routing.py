"""Which repositories a document goes to: what its header asks for, and what an organisation's rules say."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from codex_action.artifacts.patterns import evaluate_patterns, match_pattern
from codex_action.errors import ValidationError


@dataclass(frozen=True)
class AutoSyncPattern:
    """Documents that go to some repositories whatever their headers say. No includes: to every repository."""

    pattern: str
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()


@dataclass(frozen=True)
class RoutingRules:
    """An organisation's rules.

    `prevent_self_sync` keeps `systems/NAME/` from NAME, `prevent_codex_sync` keeps documents from where they come
    from and from codex repositories, `allow_project_overrides` lets headers decide.
    """

    auto_sync_patterns: tuple[AutoSyncPattern, ...] = ()
    prevent_self_sync: bool = True
    prevent_codex_sync: bool = True
    allow_project_overrides: bool = True


DEFAULT_RULES = RoutingRules()


def should_sync_to_repo(
    file_path: str,
    file_metadata: Mapping[str, Any],
    *,
    target_repo: str,
    source_repo: str,
    rules: RoutingRules = DEFAULT_RULES,
) -> bool:
    """Whether a document goes to a repository (seed 1, core/routing; prior-art.md 3.4).

    The first automatic pattern that the path matches decides. Else the repository must not be the document's own, and
    the header's `codex_sync_include` must name it while `codex_sync_exclude` does not. Raises UsageError for a broken
    pattern and ValidationError for a header's list that is none.
    """
    for auto in rules.auto_sync_patterns:
        if match_pattern(file_path, auto.pattern):
            return evaluate_patterns(target_repo, auto.include, auto.exclude)
    if rules.prevent_self_sync and _system(file_path) == target_repo:
        return False
    if rules.prevent_codex_sync and (target_repo == source_repo or target_repo.startswith("codex.")):
        return False
    include = _names(file_metadata, "codex_sync_include")
    if not rules.allow_project_overrides or not include:
        return False
    return evaluate_patterns(target_repo, include, _names(file_metadata, "codex_sync_exclude"))


def get_target_repos(
    file_path: str,
    file_metadata: Mapping[str, Any],
    *,
    source_repo: str,
    all_repos: Iterable[str],
    rules: RoutingRules = DEFAULT_RULES,
) -> list[str]:
    """The repositories that a document goes to, in their order. Raises what should_sync_to_repo raises."""
    return [
        repo
        for repo in all_repos
        if should_sync_to_repo(
            file_path, file_metadata, target_repo=repo, source_repo=source_repo, rules=rules
        )
    ]


def _system(path: str) -> str | None:
    """NAME of the first `systems/NAME/` in a path."""
    found = re.search("(?:^|/)systems/([^/]+)/", path)
    return found and found[1]


def _names(metadata: Mapping[str, Any], key: str) -> list[str]:
    value = metadata.get(key) or []
    if not isinstance(value, (list, tuple)) or not all(isinstance(name, str) for name in value):
        raise ValidationError(f"{key} is no list of texts", code="INVALID_SYNC_PATTERNS")
    return [*value]
