"""Folders that inputs name, and the workspace they have to be in."""

from __future__ import annotations

import os

from codex_action import files
from codex_action.errors import UsageError


def inside(workspace: str, name: str, path: str, base: str = ".") -> str:
    """Where a path really leads. Raises UsageError, which names the input, if that is out of the workspace."""
    real, root = os.path.realpath(os.path.join(base, path)), os.path.realpath(workspace)
    if not files.is_below(root, real):
        raise UsageError(f"{name}: {path!r} leads out of the workspace")
    return real
