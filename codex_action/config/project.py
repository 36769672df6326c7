"""Which organisation and project am I."""

from __future__ import annotations

import os
from collections.abc import Mapping

from codex_action.errors import GitError
from codex_action.files import repository_of
from codex_action.refs.resolve import Project, choose_project


def detect_current_project(
    directory: str = ".",
    *,
    option: str | None = None,
    configured: str | None = None,
    environ: Mapping[str, str] | None = None,
    trusted: bool = False,
) -> Project | None:
    """The current project: option > CODEX_CURRENT_ORG/PROJECT > `configured` > GITHUB_REPOSITORY > git remote.

    See references.md 1. None where nothing tells. Raises GitError where git should know and fails, and what
    `choose_project` raises.
    """
    known = os.environ if environ is None else environ
    return choose_project(option, known, None, configured) or choose_project(
        None, {}, _origin(directory, known, trusted=trusted)
    )


def project_of_checkout(directory: str, environ: Mapping[str, str]) -> Project | None:
    """The project of another checkout, as its git remote says: the variables speak of ours."""
    try:
        return choose_project(None, {}, _origin(directory, environ, trusted=False))
    except GitError:
        return None


def _origin(directory: str, environ: Mapping[str, str], *, trusted: bool) -> str | None:
    if repository_of(directory) is None:
        return None
    from codex_action.remote.git import Git  # starts no process unless nothing else tells

    return Git(directory, environ=environ, trusted=trusted).remote_url()


def detect_organization(
    project: Project | None, environ: Mapping[str, str], configured: str | None = None
) -> str | None:
    """The organisation for references that name none: configuration, CODEX_ORG, the project's (references.md 2)."""
    return configured or environ.get("CODEX_ORG") or (project.org if project else None)


def resolve_organization(directory: str = ".", *, environ: Mapping[str, str] | None = None) -> str | None:
    """The organisation of a project: its configuration's, CODEX_ORG, or that of the git remote (seed 1, core).

    Raises ConfigurationError, GitError, InvalidReference.
    """
    from codex_action.config.load import load_config

    known = os.environ if environ is None else environ
    configured = load_config(directory, environ=known).get("codex_repo", "organization")
    if configured or known.get("CODEX_ORG"):
        return detect_organization(None, known, configured)
    return detect_organization(detect_current_project(directory, environ=known), known)
