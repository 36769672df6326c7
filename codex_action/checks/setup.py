"""What this place is: the facts that a support question needs. Secrets are told only as set or not."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Mapping
from typing import Union

from codex_action.artifacts.ignore import FILE_NAME
from codex_action.checks.selection import WorkTree
from codex_action.errors import CodexError
from codex_action.refs.resolve import Project
from codex_action.remote.access import TOKENS
from codex_action.remote.git import redact

Fact = Union[str, int, bool, None]


def diagnose(
    tree: WorkTree, project: Project | CodexError | None, environ: Mapping[str, str], version: str
) -> dict[str, Fact]:
    """Versions, the project and how it became known, or why not, git's state here, and the event of a workflow."""
    problem = project.message if isinstance(project, CodexError) else None
    project = None if isinstance(project, CodexError) else project
    return {
        "version": version,
        "python": platform.python_version(),
        "platform": platform.platform(),
        "executable": sys.executable,
        "root": tree.root,
        "project": str(project) if project else None,
        "project_source": project.source if project else None,
        "project_problem": problem,
        "organization": environ.get("CODEX_ORG") or (project.org if project else None),
        **_git_facts(tree),
        "ignore_file": os.path.exists(os.path.join(tree.root, FILE_NAME)),
        "github_event": environ.get("GITHUB_EVENT_NAME"),
        "github_repository": environ.get("GITHUB_REPOSITORY"),
        "github_server": redact(environ.get("GITHUB_SERVER_URL", "")) or None,
        "github_api": redact(environ.get("GITHUB_API_URL", "")) or None,
        **{f"{name.lower()}_set": bool(environ.get(name)) for name in TOKENS},
    }


def _git_facts(tree: WorkTree) -> dict[str, Fact]:
    if tree.git is None:
        return {"git": "not a repository"}
    owner = _owner(tree.root)
    try:
        tracked: Fact = len(tree.tracked)
        problem = None
    except CodexError as error:
        tracked, problem = None, error.message + (f" ({error.hint})" if error.hint else "")
    return {
        "git": _git_version(tree),
        "git_problem": problem,
        "tracked_files": tracked,
        "folder_owner": owner,
        "process_owner": os.geteuid() if hasattr(os, "geteuid") else None,
    }


def _owner(folder: str) -> Fact:
    return os.stat(folder).st_uid if hasattr(os, "geteuid") else None


def _git_version(tree: WorkTree) -> Fact:
    try:
        return tree.git.run("--version").decode().strip() if tree.git else None
    except CodexError as error:
        return error.message
