"""Files beneath a root, entered folder by folder: no link on the way is followed, whoever changes what meanwhile.

Where folders have no descriptors (Windows), each step is looked at before it is taken and the opened file compared with
what its path names: links are refused there too, but not one that is exchanged at that very moment.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections.abc import Iterator, Sequence

from codex_action.files import NotRegular

DESCRIPTORS = os.open in os.supports_dir_fd and os.scandir in os.supports_fd and hasattr(os, "O_NOFOLLOW")
_CLOSED_ON_EXEC = getattr(os, "O_CLOEXEC", 0)
_NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0)
_FOLDER = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | _CLOSED_ON_EXEC
# A folder may be passed through without being readable; only Linux can open one so.
_PASS = getattr(os, "O_PATH", 0) | _FOLDER
# How a regular file is opened: not waiting for a pipe's writer, and not becoming a terminal's process.
REGULAR = (
    os.O_RDONLY
    | _CLOSED_ON_EXEC
    | _NO_FOLLOW
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_NOCTTY", 0)
    | getattr(os, "O_BINARY", 0)
)
_CHUNK = 1024 * 1024
_JUNCTION = 0xA0000003  # stat.IO_REPARSE_TAG_MOUNT_POINT, which only Windows has: a link between folders


class Folder:
    """An open folder. `path` is for messages, and the way in where there is no descriptor."""

    def __init__(self, path: str, descriptor: int | None) -> None:
        self.path = path
        self.descriptor = descriptor

    def close(self) -> None:
        """Give the descriptor back."""
        if self.descriptor is not None:
            os.close(self.descriptor)

    def at(self, name: str) -> str:
        """How a name in the folder is given to the system, together with `descriptor` as its `dir_fd`."""
        return name if self.descriptor is not None else os.path.join(self.path, name)

    def state(self, name: str) -> os.stat_result:
        """What a name in the folder stands for; of a link, the link."""
        return os.stat(self.at(name), dir_fd=self.descriptor, follow_symlinks=False)

    def enter(self, name: str) -> Folder:
        """A folder in it. Raises NotRegular for a link, NotADirectoryError for a file."""
        path = os.path.join(self.path, name)
        if self.descriptor is None:
            _refuse_link(self.state(name), path)
            return Folder(path, None)
        try:
            return Folder(path, os.open(name, _PASS | _NO_FOLLOW, dir_fd=self.descriptor))
        except OSError as error:
            if error.errno in (errno.ENOTDIR, errno.ELOOP, errno.EMLINK):
                state = self.state(name)
                _refuse_link(state, path)
                if not stat.S_ISREG(state.st_mode):  # a pipe; or what was a link a moment ago
                    raise NotRegular(errno.EINVAL, "is no folder", path) from error
            raise

    def read(self, name: str, limit: int) -> bytes:
        """The bytes of a regular file in it, at most `limit` + 1 of them. Raises OSError, NotRegular."""
        with self.open(name) as (descriptor, state):
            return _read(descriptor, state.st_size, limit)

    @contextlib.contextmanager
    def open(self, name: str) -> Iterator[tuple[int, os.stat_result]]:
        """A regular file in it, open for reading, and its state. Raises OSError, NotRegular."""
        self._refuse_others(self.state(name), name)
        descriptor = os.open(self.at(name), REGULAR, dir_fd=self.descriptor)
        try:
            opened = os.fstat(descriptor)
            self._refuse_others(opened, name)
            if self.descriptor is None and not os.path.samestat(opened, self.state(name)):
                path = os.path.join(self.path, name)
                raise NotRegular(errno.EINVAL, "was exchanged while it was read", path)
            yield descriptor, opened
        finally:
            os.close(descriptor)

    def _refuse_others(self, state: os.stat_result, name: str) -> None:
        if stat.S_ISREG(state.st_mode) and not hasattr(state, "st_reparse_tag"):
            return  # as nearly all are
        path = os.path.join(self.path, name)
        _refuse_link(state, path)
        if stat.S_ISDIR(state.st_mode):
            raise NotRegular(errno.EISDIR, "is a folder", path)
        if not stat.S_ISREG(state.st_mode):
            raise NotRegular(errno.EINVAL, "is not a regular file", path)

    def scan(self) -> Iterator[os.DirEntry[str]]:
        """What is in the folder. Raises OSError."""
        if self.descriptor is None:
            with os.scandir(self.path) as entries:
                yield from entries
            return
        readable = os.open(".", _FOLDER, dir_fd=self.descriptor)
        try:
            with os.scandir(readable) as entries:
                yield from entries
        finally:
            os.close(readable)


def regular(path: str, _flags: int) -> int:
    """An `opener` for `open` that follows no link at the end of a path, and waits for no pipe's writer."""
    return os.open(path, REGULAR)


def _read(descriptor: int, size: int, limit: int) -> bytes:
    """One read of the size that the file says it has, and what it has grown by."""
    data = os.read(descriptor, min(size, limit) + 1)
    while len(data) <= limit:
        more = os.read(descriptor, min(_CHUNK, limit + 1 - len(data)))
        if not more:
            break
        data += more
    return data


def _refuse_link(state: os.stat_result, path: str) -> None:
    if stat.S_ISLNK(state.st_mode) or getattr(state, "st_reparse_tag", 0) == _JUNCTION:
        raise NotRegular(errno.ELOOP, "is a symbolic link, which is not followed", path)


@contextlib.contextmanager
def opened(root: str, segments: Sequence[str] = (), *, descriptors: bool = DESCRIPTORS) -> Iterator[Folder]:
    """The folder that some steps lead to from a root; the root itself may be a link. Raises OSError, NotRegular."""
    folder = Folder(root, os.open(root, _PASS) if descriptors else None)
    try:
        for segment in segments:
            inner = folder.enter(segment)
            folder.close()
            folder = inner
        yield folder
    finally:
        folder.close()
