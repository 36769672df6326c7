"""Folders that inputs name, and the workspace they have to be in."""

from __future__ import annotations

import os

from codex_action.errors import UsageError


def inside(workspace: str, name: str, path: str, base: str = ".") -> str:
    """Where a path really leads. Raises UsageError, which names the input, if that is out of the workspace."""
    real, root = os.path.realpath(os.path.join(base, path)), os.path.realpath(workspace)
    if not is_below(root, real):
        raise UsageError(f"{name}: {path!r} leads out of the workspace")
    return real


def is_below(folder: str, path: str) -> bool:
    """Is an absolute path that folder, or in it, going by the names alone?"""
    return os.path.commonpath((folder, path)) == folder
