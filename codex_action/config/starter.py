"""The first configuration of a project: decided here, written by `init`."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from codex_action import files
from codex_action.config.moves import Path
from codex_action.config.places import project_files
from codex_action.config.plain import write_yaml
from codex_action.config.schema import VERSION, defaults
from codex_action.errors import RefusedError, StorageError
from codex_action.refs.uri import build_uri

PLACE = ".fractary/codex/config.yaml"
STANDARD, MINIMAL = "standard", "minimal"
_COMMENTS: Mapping[Path, str] = {
    ("codex_repo",): "the organisation's shared knowledge base",
    ("project",): "this project, as references name it",
    ("cache",): "where fetched documents are kept, and for how long; max_size_mb 0 is unlimited",
    ("sync",): "which files are synced with the codex repository",
    ("environments",): "the codex repository's branch for each environment",
    ("validate",): "what codex-action validate refs leaves out",
}


@dataclass(frozen=True)
class Started:
    """What `init` wrote, or would have."""

    organization: str
    repository: str
    project: str
    preset: str
    files: tuple[str, ...]


def starter(organization: str, repository: str, project: str, preset: str) -> dict[str, Any]:
    """The configuration to start with; the standard one names what people change first."""
    build_uri(organization, project)
    build_uri(organization, repository)
    known = defaults()
    config: dict[str, Any] = {
        "schema_version": VERSION,
        "codex_repo": {"organization": organization, "repository": repository, "default_branch": "main"},
        "project": project,
    }
    if preset == MINIMAL:
        return config
    return {
        **config,
        "cache": known["cache"],
        "sync": {
            "default_direction": known["sync"]["default_direction"],
            "patterns": ["docs/**/*.md", "README.md"],
            "exclude": ["**/node_modules/**", "**/.git/**"],
        },
        "environments": {"dev": "develop", "test": "test", "prod": "main"},
        "validate": {"exclude": []},
    }


def start(
    root: str, organization: str, repository: str, project: str, *, preset: str, force: bool
) -> Started:
    """Write the first configuration, and a .gitignore that keeps the cache out of git.

    Raises RefusedError if there is a configuration already and `force` is not given, ValidationError for names that
    cannot be, StorageError if it cannot be written.
    """
    config = starter(organization, repository, project, preset)
    found = project_files(root)
    if found and not force:
        raise RefusedError(
            f"there is a configuration already: {os.path.relpath(found[0], root)}",
            hint="change it by hand, migrate it with codex-action migrate config, or give --force",
        )
    cache = f"{config.get('cache', defaults()['cache'])['path']}/.gitignore"
    written = {PLACE: write_yaml(config, _COMMENTS), cache: b"*\n"}
    for name, data in written.items():
        _write(os.path.join(root, name), data)
    return Started(organization, repository, project, preset, tuple(written))


def _write(path: str, data: bytes) -> None:
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        files.create(path, data)
    except OSError as error:
        raise StorageError(f"cannot write {path!r}: {error.strerror}") from error
