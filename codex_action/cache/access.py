"""Whom the cache's files belong to, and who may read them."""

from __future__ import annotations

import contextlib
import os
import stat
from typing import NamedTuple


class Access(NamedTuple):
    """Modes of folders and files. `owner` (user id, group id) gets them where root writes, and is trusted as we are."""

    folder: int = 0o700
    file: int = 0o600
    owner: tuple[int, int] | None = None


PRIVATE = Access()


def readable_by_all(owner: tuple[int, int]) -> Access:
    """For a container's cache that a later step of the workflow, another user, saves."""
    return Access(0o755, 0o644, owner)


def make_folder(path: str, access: Access) -> None:
    """Make a folder and those missing above it. Raises OSError; NotADirectoryError where a link or a file is there."""
    try:
        _make(path, access)
    except FileNotFoundError:
        parent = os.path.dirname(path)
        if not os.path.isdir(parent):
            make_folder(parent, access)
        _make(path, access)  # once more in any case: another process may have made the parent meanwhile


def _make(path: str, access: Access) -> None:
    try:
        os.mkdir(path, access.folder)
    except FileExistsError:
        if not os.path.isdir(path):
            raise
    else:
        hand_over(path, access, access.folder)


def hand_over(path: str, access: Access, mode: int) -> None:
    """Give a path its mode, whatever the umask says, and its owner. Raises OSError."""
    os.chmod(path, mode)
    if access.owner and _is_root():
        os.chown(path, *access.owner)


def make_file(path: str, access: Access) -> None:
    """Make an empty file of the right mode if there is none. Raises OSError."""
    with contextlib.suppress(FileExistsError):
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, access.file))
        hand_over(path, access, access.file)


def is_trusted(state: os.stat_result, access: Access) -> bool:
    """Does it belong to us, to root, or to whom we write for? What another user wrote is not believed."""
    if not hasattr(os, "geteuid"):
        return True
    return state.st_uid in {0, os.geteuid(), access.owner[0] if access.owner else 0}


def is_too_open(state: os.stat_result, access: Access) -> bool:
    """May others do more with it than they should?"""
    wanted = access.folder if stat.S_ISDIR(state.st_mode) else access.file
    return os.name != "nt" and bool(stat.S_IMODE(state.st_mode) & ~wanted & 0o077)


def _is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0
