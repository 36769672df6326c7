"""Bytes in, bytes out: read whole files, write them whole or not at all, walk folders."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from typing import NamedTuple

_READ = (
    os.O_RDONLY
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_NOCTTY", 0)
    | getattr(os, "O_BINARY", 0)
)
_NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0)
_CREATE = (
    os.O_WRONLY
    | os.O_CREAT
    | os.O_EXCL
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
    | _NO_FOLLOW
)
_CHUNK = 64 * 1024


class NotRegular(OSError):
    """The path is no regular file: a link, a folder, a device, a submodule."""


def read_bytes(path: str, *, follow: bool = True) -> bytes:
    """All bytes of a regular file. Raises OSError; NotRegular for what is no regular file. Never waits on a pipe.

    `follow=False` refuses a symbolic link at the end of the path; it is for listed files, which are known to be
    files or links, and spares them a system call.
    """
    try:
        descriptor = os.open(path, _READ if follow else _READ | _NO_FOLLOW)
    except OSError as error:
        if not follow and os.path.islink(path):
            raise NotRegular(errno.ELOOP, "is a symbolic link", path) from error
        if os.path.isdir(path):  # Windows opens no folder
            raise NotRegular(errno.EISDIR, "is a folder", path) from error
        raise
    try:
        if follow:
            _need_regular(os.fstat(descriptor), path)
        first = os.read(descriptor, _CHUNK)
        return first if 0 < len(first) < _CHUNK else _read_all(descriptor, path)
    except IsADirectoryError as error:
        raise NotRegular(errno.EISDIR, "is a folder", path) from error
    finally:
        os.close(descriptor)


def _need_regular(state: os.stat_result, path: str) -> None:
    if stat.S_ISDIR(state.st_mode):
        raise NotRegular(errno.EISDIR, "is a folder", path)
    if not stat.S_ISREG(state.st_mode):
        raise NotRegular(errno.EINVAL, "is not a regular file", path)


def _read_all(descriptor: int, path: str) -> bytes:
    """The empty and the large: one read of the size the file says it has, so that its bytes are held once."""
    state = os.fstat(descriptor)
    _need_regular(state, path)
    os.lseek(descriptor, 0, os.SEEK_SET)
    data = os.read(descriptor, state.st_size + 1)
    while len(data) > state.st_size or len(data) < state.st_size:  # grown, cut, or more than one read gives
        more = os.read(descriptor, max(_CHUNK, state.st_size - len(data)))
        if not more:
            break
        data += more
    return data


def write_atomic(path: str, data: bytes) -> None:
    """Replace an existing file's bytes whole: after a crash it holds the old or the new ones.

    Mode and owner stay; a symbolic link stays and what it points at is replaced. Raises OSError.
    """
    target = os.path.realpath(path)
    state = os.stat(target)
    if not stat.S_ISREG(state.st_mode):  # a rename would put a file in the place of a device
        raise NotRegular(errno.EINVAL, "is not a regular file", path)
    if not os.access(target, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), path)
    _replace(target, data, state, stat.S_IMODE(state.st_mode))


def create(path: str, data: bytes, *, mode: int = 0o644, durable: bool = True) -> None:
    """Write a file whole, whatever its name stood for before: a link there is replaced, not followed.

    It has its folder's owner, and is readable by all if no other mode is given. Not `durable`: after a power failure
    it may be cut or empty, for files that are checked when they are read. Raises OSError.
    """
    _replace(path, data, os.stat(os.path.dirname(path)), mode, durable=durable)


def _replace(target: str, data: bytes, owner: os.stat_result, mode: int, *, durable: bool = True) -> None:
    folder, name = os.path.split(target)
    short = name.encode(errors="ignore")[:100].decode(errors="ignore")  # a file system counts bytes
    temporary = os.path.join(folder, f".{short}.{os.getpid()}.{os.urandom(4).hex()}.tmp")
    try:
        # Inside: a signal that comes meanwhile is seen when the file is there already.
        descriptor = os.open(temporary, _CREATE, 0o600)
        try:
            _write_all(descriptor, data)
            _same_owner(descriptor, owner)
            if durable:
                os.fsync(descriptor)
        finally:
            os.close(descriptor)
        os.chmod(temporary, mode)
        os.replace(temporary, target)
    except BaseException:
        with contextlib.suppress(OSError):  # the first error is the one to be told
            os.unlink(temporary)
        raise
    if durable:
        _sync_folder(folder)


def make_folder(path: str) -> None:
    """Make a folder with the owner of the one it is in, and those missing above it. Raises OSError, FileExistsError."""
    parent = os.path.dirname(os.path.abspath(path))
    if not os.path.isdir(parent):
        make_folder(parent)
    os.mkdir(path)
    if hasattr(os, "chown"):
        mine, owner = os.stat(path), os.stat(parent)
        if (mine.st_uid, mine.st_gid) != (owner.st_uid, owner.st_gid):
            os.chown(path, owner.st_uid, owner.st_gid)


def _write_all(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def _same_owner(descriptor: int, state: os.stat_result) -> None:
    """Give the copy the original's owner: root in a container must not leave files the runner cannot touch."""
    if hasattr(os, "fchown"):
        mine = os.fstat(descriptor)
        if (mine.st_uid, mine.st_gid) != (state.st_uid, state.st_gid):
            os.fchown(descriptor, state.st_uid, state.st_gid)


def _sync_folder(folder: str) -> None:
    """Make a rename durable, where a folder can be opened at all."""
    if os.name != "nt":
        descriptor = os.open(folder or ".", os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


class Walked(NamedTuple):
    """What a walk met: files and links, folders that cannot be listed, and how many pipes, sockets and devices."""

    paths: list[str]
    errors: list[OSError]
    others: int


def walk(root: str, below: str = "") -> Walked:
    """Everything below `root/below`, as paths relative to `root` with '/'; `.git` is left out.

    Links are given, not followed. An error's `filename` is the folder, relative too.
    """
    paths: list[str] = []
    errors: list[OSError] = []
    others = 0
    folders = [below]
    top = os.path.join(root, "")
    while folders:
        folder = folders.pop()
        prefix = f"{folder}/" if folder else ""
        inner: list[str] = []
        try:
            with os.scandir(top + folder if folder else root) as entries:
                for entry in entries:
                    name = entry.name
                    if entry.is_file(follow_symlinks=False) or entry.is_symlink():
                        paths.append(prefix + name)
                    elif not entry.is_dir(follow_symlinks=False):
                        others += 1
                    elif name != ".git":
                        inner.append(prefix + name)
        except OSError as error:
            errors.append(OSError(error.errno, error.strerror, folder))
        folders += inner
    return Walked(paths, errors, others)


def is_below(folder: str, path: str) -> bool:
    """Is an absolute path that folder, or in it, going by the names alone? What is on another drive is not."""
    folder = os.path.normpath(folder)
    try:
        return os.path.commonpath((folder, path)) == folder
    except ValueError:
        return False


def way_out(root: str, path: str) -> str | None:
    """How an absolute path leads out of a project, in words; None where it is in it, whatever links there are."""
    if not is_below(root, path):
        return "leads out of the project"
    if not is_below(os.path.realpath(root), os.path.realpath(path)):
        return f"{path!r} leads out of the project by way of a link"
    return None


def find_root(start: str) -> str:
    """The project's root: the nearest folder from `start` up with `.fractary` or `.git`, else `start` itself."""
    start = os.path.abspath(start)
    folder = start
    while True:
        if os.path.isdir(os.path.join(folder, ".fractary")) or os.path.exists(os.path.join(folder, ".git")):
            return folder
        parent = os.path.dirname(folder)
        if parent == folder:
            return start
        folder = parent


def repository_of(folder: str) -> str | None:
    """The git working tree that a folder is in, or None."""
    folder = os.path.abspath(folder)
    while not os.path.exists(os.path.join(folder, ".git")):
        folder, child = os.path.dirname(folder), folder
        if folder == child:
            return None
    return folder
