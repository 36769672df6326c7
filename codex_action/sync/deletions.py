"""Files that a sync deleted in a checkout of the codex repository, until they are deleted in a commit, too.

What else is gone from a checkout is its owner's to publish; from the checkout alone nobody could tell these apart.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any

from codex_action.errors import StorageError
from codex_action.storage.beneath import opened
from codex_action.sync import folders
from codex_action.sync.journal import new_run, state_folder

_NAME = "deleted"
_LIMIT = 64 * 1024 * 1024


def remembered(root: str, codex: str, branch: str) -> dict[str, str]:
    """The project's paths of files that were deleted in the folder `codex`, at a branch, and the sha256 of each."""
    try:
        with opened(root, state_folder()) as folder:
            document = json.loads(folder.read(_NAME, _LIMIT))
        ours = document["codex"] == os.path.realpath(codex) and document["branch"] == branch
        return _texts(document["files"]) if ours else {}
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return {}  # then the file is named, and stays in the codex repository


def _texts(files: Any) -> dict[str, str]:  # noqa: ANN401  (whatever the file holds)
    return {path: value for path, value in files.items() if isinstance(value, str)}


def remember(root: str, codex: str, branch: str, files: Mapping[str, str]) -> None:
    """Note these and no others. Call it with the lock held, before they are deleted. Raises StorageError."""
    document = {"codex": os.path.realpath(codex), "branch": branch, "files": files}
    data = json.dumps(document, sort_keys=True).encode()
    try:
        with folders.made(root, state_folder()) as folder:
            if not files:
                folders.remove(folder, _NAME)
                return
            name = f"{_NAME}-{new_run()}"
            folders.write(folder, name, [data], folder.state("."), 0o644)
            folders.put(folder, name, _NAME, new=False)
    except OSError as error:
        raise StorageError(f"nothing was done: {error.strerror or error}") from error
