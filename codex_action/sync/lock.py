"""One sync at a time in a project, and one publisher in a checkout (reliability.md R15).

The locks are the kernel's, which no dead process keeps.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import stat
import sys
import time
from collections.abc import Iterator, Mapping

from codex_action.errors import CodexError, ExitCode, StorageError
from codex_action.storage.beneath import Folder, opened
from codex_action.sync.folders import exists, give, made
from codex_action.sync.rules import STATE

_LOCK, _TURNS = "lock", "codex-sync.turn"
_OPEN = os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOFOLLOW", 0)
_OPEN |= getattr(os, "O_NONBLOCK", 0)
_FAR = 1 << 30  # on Windows what is locked cannot be read: a byte that is not there
_PATIENCE = 2.0  # seconds for what a killed owner left
_TURN = 60.0  # seconds for another project's push
_BUSY = (errno.EACCES, errno.EAGAIN, errno.EDEADLK)


class Locked(CodexError):
    """Another sync is at work in `place`; `owner` says which, as far as it is known."""

    exit_code = ExitCode.LOCKED

    def __init__(self, owner: Mapping[str, str], place: str = "this project") -> None:
        known = " ".join(f"{name} {owner[name]}" for name in ("pid", "host", "since") if name in owner)
        super().__init__(
            f"another sync is at work in {place}{f' ({known})' if known else ''}",
            hint="wait until it has ended; the lock goes with its process",
        )
        self.owner = owner


@contextlib.contextmanager
def locked(root: str, *, now: str) -> Iterator[None]:
    """Hold a project's lock; `now` is an ISO 8601 time in UTC that others are told. Raises Locked, StorageError."""
    try:
        with made(root, STATE.strip("/").split("/")) as folder:
            _keep_out_of_git(folder)
            descriptor = _opened(folder)
    except OSError as error:
        raise StorageError(f"{STATE} in the project cannot be used: {error.strerror}") from error
    with _held(descriptor, now, "this project"):
        yield


@contextlib.contextmanager
def taking_turns(own: str | None, place: str, *, now: str) -> Iterator[None]:
    """Be the only publisher of a checkout, whose own folder of git's is `own`, None for a clone that nobody shares.

    `place` is its name for those who wait in vain. Raises Locked after a minute, StorageError.
    """
    if own is None:
        yield
        return
    try:
        with opened(own) as folder:
            descriptor = _opened(folder, _TURNS)
    except OSError as error:
        raise StorageError(f"{place} cannot be published from: {error.strerror}") from error
    with _held(descriptor, now, place, _TURN):
        yield


@contextlib.contextmanager
def _held(descriptor: int, now: str, place: str, patience: float = 0.0) -> Iterator[None]:
    try:
        _take(descriptor, place, patience)
        _sign(descriptor, {"pid": str(os.getpid()), "host": _host(), "since": now})
        yield
        _sign(descriptor, {})
    finally:
        os.close(descriptor)


def _keep_out_of_git(folder: Folder) -> None:
    """The folder is this machine's own: git is told so by a file in it."""
    if not exists(folder, ".gitignore"):
        descriptor = os.open(folder.at(".gitignore"), _OPEN, 0o644, dir_fd=folder.descriptor)
        try:
            give(descriptor, folder.state("."))
            os.write(descriptor, b"*\n")
        finally:
            os.close(descriptor)


def _opened(folder: Folder, name: str = _LOCK) -> int:
    descriptor = os.open(folder.at(name), _OPEN, 0o644, dir_fd=folder.descriptor)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "the lock is no regular file")
    give(descriptor, folder.state("."))
    return descriptor


def _take(descriptor: int, place: str, patience: float) -> None:
    start = time.monotonic()
    while not taken(descriptor):
        owner = _owner(descriptor)
        if time.monotonic() > start + max(patience, _PATIENCE if _is_gone(owner) else 0.0):
            raise Locked(owner, place)
        time.sleep(_PATIENCE / 100)


def taken(descriptor: int) -> bool:
    """Lock an open file, unless somebody else has. Raises StorageError."""
    try:
        _lock(descriptor)
    except OSError as error:
        if error.errno not in _BUSY:
            raise StorageError(f"the project cannot be locked: {error.strerror}") from error
        return False
    return True


if sys.platform == "win32":
    import msvcrt

    def _lock(descriptor: int) -> None:
        os.lseek(descriptor, _FAR, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)

    def _host() -> str:
        return os.environ.get("COMPUTERNAME", "")

    def _is_gone(_owner: Mapping[str, str]) -> bool:
        return False  # nothing outlives a process there
else:
    import fcntl

    def _lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _host() -> str:
        return os.uname().nodename

    def _is_gone(owner: Mapping[str, str]) -> bool:
        """Was the owner killed? A process that it was just starting holds the lock for a moment longer."""
        pid = owner.get("pid", "")
        if owner.get("host") != _host() or not pid.isdecimal():
            return False
        try:
            os.kill(int(pid), 0)
        except ProcessLookupError:
            return True
        except (OSError, OverflowError):
            return False
        return False


def _sign(descriptor: int, owner: Mapping[str, str]) -> None:
    """Say who holds the lock, for those who come; that it cannot be said is no harm."""
    with contextlib.suppress(OSError):
        os.ftruncate(descriptor, 0)
        os.lseek(descriptor, 0, os.SEEK_SET)
        os.write(descriptor, json.dumps(owner).encode() if owner else b"")


def _owner(descriptor: int) -> Mapping[str, str]:
    """What the holder says of itself, which may be anything."""
    try:
        os.lseek(descriptor, 0, os.SEEK_SET)
        owner = json.loads(os.read(descriptor, 4096))
    except (OSError, ValueError, RecursionError):
        return {}
    if not isinstance(owner, dict):
        return {}
    return {
        name: value[:100] for name, value in owner.items() if isinstance(value, str) and value.isprintable()
    }
