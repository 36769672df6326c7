"""Writing beneath a root, entered folder by folder as for reading (storage/beneath.py): through no link, ever."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import stat
from collections.abc import Iterable, Iterator, Sequence

from codex_action.storage.beneath import Folder, opened

_NEW = (
    os.O_WRONLY
    | os.O_CREAT
    | os.O_EXCL
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
    | getattr(os, "O_NOFOLLOW", 0)
)
_CHUNK = 1024 * 1024
# What a file system says that has no second names for files.
_NO_LINKS = (errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EACCES)


@contextlib.contextmanager
def made(root: str, segments: Sequence[str]) -> Iterator[Folder]:
    """The folder that some steps lead to; those that are missing are made, each with the owner of the one it is in."""
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(opened(root))
        for segment in segments:
            try:
                inner = folder.enter(segment)
            except FileNotFoundError:
                _make(folder, segment)
                inner = folder.enter(segment)
            folder = inner
            stack.callback(inner.close)
        yield folder


def _make(folder: Folder, name: str) -> None:
    with contextlib.suppress(FileExistsError):  # another one was faster
        os.mkdir(folder.at(name), dir_fd=folder.descriptor)
        settle(folder)
        mine, owner = folder.state(name), folder.state(".")
        if hasattr(os, "chown") and _belong_apart(mine, owner):
            with contextlib.suppress(PermissionError):
                at = folder.descriptor
                os.chown(folder.at(name), owner.st_uid, owner.st_gid, dir_fd=at, follow_symlinks=False)


def _belong_apart(mine: os.stat_result, owner: os.stat_result) -> bool:
    """Root in a container must not leave files that the runner cannot touch; others may not give theirs away."""
    return (mine.st_uid, mine.st_gid) != (owner.st_uid, owner.st_gid)


def give(descriptor: int, like: os.stat_result) -> None:
    """An open file gets the owner that `like` has."""
    if hasattr(os, "fchown") and _belong_apart(os.fstat(descriptor), like):
        with contextlib.suppress(PermissionError):
            os.fchown(descriptor, like.st_uid, like.st_gid)


def settle(folder: Folder) -> None:
    """Make what was renamed or removed in a folder outlast a power failure."""
    if os.name == "nt":
        return
    descriptor = os.open(folder.at("."), os.O_RDONLY, dir_fd=folder.descriptor)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def chunks(folder: Folder, name: str) -> Iterator[bytes]:
    """The bytes of a regular file, piece by piece. Raises OSError, NotRegular."""
    with folder.open(name) as (descriptor, _):
        while data := os.read(descriptor, _CHUNK):
            yield data


def digest(folder: Folder, name: str) -> str | None:
    """The sha256 of a file, None where there is nothing. Raises OSError, NotRegular."""
    hashed = hashlib.sha256()
    try:
        for data in chunks(folder, name):
            hashed.update(data)
    except FileNotFoundError:
        return None
    return hashed.hexdigest()


def write(
    folder: Folder,
    name: str,
    data: Iterable[bytes],
    like: os.stat_result,
    mode: int,
    *,
    durable: bool = True,
) -> str:
    """A new file with the owner that `like` has; gives its sha256. Raises OSError, and nothing is left of it.

    Its bytes are on the disk when this returns, unless they need not be `durable`.
    """
    descriptor = os.open(folder.at(name), _NEW, 0o600, dir_fd=folder.descriptor)
    try:
        try:
            written = _fill(descriptor, data)
            give(descriptor, like)
            if hasattr(os, "fchmod"):
                os.fchmod(descriptor, mode)
            if durable:
                os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except BaseException:
        remove(folder, name)
        raise
    return written


def _fill(descriptor: int, data: Iterable[bytes]) -> str:
    hashed = hashlib.sha256()
    for chunk in data:
        hashed.update(chunk)
        view = memoryview(chunk)
        while view:
            view = view[os.write(descriptor, view) :]
    return hashed.hexdigest()


def put(folder: Folder, temporary: str, name: str, *, new: bool) -> None:
    """Give a file its name at once; a `new` one takes nobody's place, and may keep its temporary name, too.

    Raises OSError, FileExistsError.
    """
    if not new or not _linked(folder, temporary, name):
        move(folder, temporary, folder, name)
    else:
        settle(folder)


def move(source: Folder, old: str, target: Folder, name: str) -> None:
    """Give a file another name at once, in the place of what has it. Raises OSError."""
    descriptors = {"src_dir_fd": source.descriptor, "dst_dir_fd": target.descriptor}
    os.replace(source.at(old), target.at(name), **descriptors)
    settle(target)


def _linked(folder: Folder, temporary: str, name: str) -> bool:
    """Give a second name, if it is free. Where files have only one, the name is looked at before it is taken."""
    old, target, descriptor = folder.at(temporary), folder.at(name), folder.descriptor
    try:
        os.link(old, target, src_dir_fd=descriptor, dst_dir_fd=descriptor)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        if exists(folder, name):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), name) from error
        return False
    return True


def exists(folder: Folder, name: str) -> bool:
    """Is anything there, a link that leads nowhere included?"""
    try:
        folder.state(name)
    except FileNotFoundError:
        return False
    return True


def remove(folder: Folder, name: str) -> None:
    """Remove a file; that it is gone already is no error. Raises OSError."""
    with contextlib.suppress(FileNotFoundError):
        os.unlink(folder.at(name), dir_fd=folder.descriptor)


def remove_empty(root: str, segments: Sequence[str]) -> None:
    """Remove a folder and those above it, up to the root, as long as they are empty."""
    with contextlib.suppress(
        OSError
    ):  # one that is not empty, or not ours to remove, stays, and those above it
        for end in range(len(segments), 0, -1):
            with opened(root, segments[: end - 1]) as folder:
                os.rmdir(folder.at(segments[end - 1]), dir_fd=folder.descriptor)
                settle(folder)


def clear_way(folder: Folder, name: str) -> bool:
    """Is a name free, or can it be made so, because it is a folder that holds nothing but such folders?

    A sync that was killed may have left one where its files were.
    """
    try:
        if not stat.S_ISDIR(folder.state(name).st_mode):
            return False
        inner = folder.enter(name)
        try:
            hollow = all(clear_way(inner, entry.name) for entry in list(inner.scan()))
        finally:
            inner.close()
        if hollow:
            os.rmdir(folder.at(name), dir_fd=folder.descriptor)
    except FileNotFoundError:
        return True
    return hollow


def remove_all(folder: Folder, name: str) -> None:
    """Remove a folder of ours and all that is in it; links are removed, not followed. Raises OSError."""
    if not stat.S_ISDIR(folder.state(name).st_mode):
        remove(folder, name)
        return
    inner = folder.enter(name)
    try:
        for entry in list(inner.scan()):
            remove_all(inner, entry.name)
    finally:
        inner.close()
    os.rmdir(folder.at(name), dir_fd=folder.descriptor)
