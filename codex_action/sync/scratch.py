"""A folder for a clone, which goes with the run that it is of; of a run that was killed, with the next one."""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator

from codex_action.errors import StorageError
from codex_action.sync.lock import taken

_PREFIX = "codex-sync-"
_ALIVE = ".codex-sync-alive"  # a file that nobody else has, locked as long as the folder is used
_UNSIGNED = 24 * 3600.0  # seconds after which an empty folder without that file is nobody's
_OPEN = os.O_RDWR | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOFOLLOW", 0)


@contextlib.contextmanager
def scratch() -> Iterator[str]:
    """An empty folder, but for one file of ours, while the block runs."""
    _sweep(tempfile.gettempdir())
    with contextlib.ExitStack() as stack:
        signed = None
        while signed is None:
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix=_PREFIX))
            signed = _signed(folder)
        stack.callback(os.close, signed)  # before the folder goes
        yield folder


def _signed(folder: str) -> int | None:
    """The locked file; None if another run has just taken the folder for a dead one's."""
    path = os.path.join(folder, _ALIVE)
    try:
        descriptor = os.open(path, _OPEN | os.O_CREAT | os.O_EXCL, 0o600)
    except FileNotFoundError:
        return None
    if _locked(descriptor, otherwise=True) and os.path.exists(path):
        return descriptor
    os.close(descriptor)
    return None


def _locked(descriptor: int, *, otherwise: bool) -> bool:
    """Is it ours? `otherwise` where nothing can be locked."""
    try:
        return taken(descriptor)
    except StorageError:
        return otherwise


def _sweep(place: str) -> None:
    """Remove what runs of this user have left that are dead."""
    with contextlib.suppress(OSError), os.scandir(place) as entries:
        for entry in entries:
            if entry.name.startswith(_PREFIX):
                with contextlib.suppress(OSError):
                    _remove_dead(entry)


def _remove_dead(entry: os.DirEntry[str]) -> None:
    state = entry.stat(follow_symlinks=False)
    if not stat.S_ISDIR(state.st_mode) or (hasattr(os, "geteuid") and state.st_uid != os.geteuid()):
        return
    try:
        descriptor = os.open(os.path.join(entry.path, _ALIVE), _OPEN)
    except FileNotFoundError:
        if time.time() - state.st_mtime > _UNSIGNED:
            os.rmdir(entry.path)  # whatever is in it is somebody's
        return
    try:
        if _locked(descriptor, otherwise=False):
            shutil.rmtree(entry.path, ignore_errors=True)
    finally:
        os.close(descriptor)
