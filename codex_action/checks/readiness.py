"""Is everything there that the other commands need (SPEC-00020 3.4.2)."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Optional

from codex_action.config.kinds import type_registry
from codex_action.config.load import Config
from codex_action.config.permissions import configured_permissions
from codex_action.errors import ConfigurationError, ExitCode, Problem, StorageError

Reach = Callable[[str, str], Optional[StorageError]]


@dataclass(frozen=True)
class SetupValidation:
    """What of the setup works; every issue ends with the command that mends it. None: not looked at.

    `problems` are the configuration's, warnings too; those stand in nobody's way.
    """

    config_exists: bool
    config_valid: bool
    cache_accessible: bool
    codex_repo_accessible: bool | None
    issues: tuple[str, ...]
    problems: tuple[Problem, ...] = ()

    @property
    def valid(self) -> bool:
        """Nothing stands in the way."""
        return not self.issues

    @property
    def exit_code(self) -> ExitCode:
        """0, or 1 with issues."""
        return ExitCode.OK if self.valid else ExitCode.FINDINGS


def validate_setup(
    settings: Callable[[], Config],
    cache_of: Callable[[Config], str],
    storage_of: Callable[[Config], object],
    reach: Reach,
) -> SetupValidation:
    """Check the configuration, the cache folder and the codex repository.

    `cache_of` gives the cache's folder, `storage_of` the storage providers, or they raise ConfigurationError.
    `reach(org, repository)` gives the error of a repository that cannot be reached, or None.
    """
    try:
        config = settings()
        cache = cache_of(config)
    except ConfigurationError as error:
        return _unread(error)
    unusable = _unusable(config, type_registry, configured_permissions, storage_of)
    issues = [
        *config.notices,
        *map(_issue, unusable),
    ]
    if config.file is None:
        issues.append("there is no configuration; write one with: codex-action init")
    cache_ok = not config.get("cache", "enabled") or _writable(cache)
    if not cache_ok:
        issues.append(f"the cache folder {cache!r} cannot be written; mend it with: chmod u+rwx {cache}")
    reason = _repository_problem(config, reach)
    if reason:
        issues.append(reason)
    return SetupValidation(
        config_exists=config.file is not None,
        config_valid=not (config.notices or unusable),
        cache_accessible=cache_ok,
        codex_repo_accessible=not reason,
        issues=tuple(issues),
        problems=(*config.problems, *(problem for error in unusable for problem in error.problems)),
    )


def _unread(error: ConfigurationError) -> SetupValidation:
    """Nothing else can be looked at without a configuration."""
    return SetupValidation(
        config_exists=True,
        config_valid=False,
        cache_accessible=False,
        codex_repo_accessible=None,
        issues=(_issue(error),),
        problems=error.problems,
    )


def _issue(error: ConfigurationError) -> str:
    return f"{error.message}; {error.hint or 'see it with: codex-action config show'}"


def _unusable(config: Config, *readers: Callable[[Config], object]) -> list[ConfigurationError]:
    """What is well formed, and still cannot be used."""
    found = []
    for read in readers:
        try:
            read(config)
        except ConfigurationError as error:  # noqa: PERF203  (each may be wrong in its own way)
            found.append(error)
    return found


def _repository_problem(config: Config, reach: Reach) -> str | None:
    org, repository = config.get("codex_repo", "organization"), config.get("codex_repo", "repository")
    if not org or not repository:
        return (
            "codex_repo names no repository; set codex_repo.organization and .repository in the configuration"
        )
    error = reach(org, repository)
    if error is None:
        return None
    return f"{org}/{repository} cannot be reached: {error.message}; {_advice(error)}try: codex-action doctor"


def _advice(error: StorageError) -> str:
    """A token helps only where access was refused, in the words of `remote.access.reason`."""
    refused = error.message.startswith(("no access", "not found"))
    hint = "set GITHUB_TOKEN to a token that may read it" if refused else error.hint
    return f"{hint}, and " if hint else ""


def _writable(folder: str) -> bool:
    """Can files be made in it, or it itself be made?"""
    while not os.path.exists(folder):
        folder = os.path.dirname(folder)
    return os.path.isdir(folder) and os.access(folder, os.W_OK | os.X_OK)
