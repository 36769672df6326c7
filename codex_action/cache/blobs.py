"""Contents, each in a file named by its sha256: objects/ab/abcdef..."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import stat
from collections.abc import Iterator

from codex_action import files
from codex_action.artifacts.document import content_hash
from codex_action.cache.access import PRIVATE, Access, make_folder


class Altered(OSError):
    """A file does not hold the bytes it is named after."""


# What a write that was never finished leaves behind.
_UNFINISHED = r"\.[0-9a-f]{64}\.[0-9]+\.[0-9a-f]{8}\.tmp"  # compiled for who looks through all of them


def is_ours(path: str) -> bool:
    """Is it, relative to the folder, a place where contents are, or the remains of a write there?"""
    folder, _, name = path.rpartition("/")
    return folder == name.lstrip(".")[:2] and (is_name(name) or re.fullmatch(_UNFINISHED, name) is not None)


def is_name(text: str) -> bool:
    """Can it be the name of a content, and of nothing else?"""
    return len(text) == 64 and text.isascii() and text.isalnum()


class Blobs:
    """The contents below a folder. Every read is checked; a write is whole or not at all.

    Nothing waits for the disk: what a power failure cuts is found by the next read, and fetched again.
    """

    def __init__(self, folder: str, access: Access = PRIVATE) -> None:
        self.folder = folder
        self._access = access

    def path(self, name: str) -> str:
        """Where a content is. Raises ValueError for what is no name."""
        if not is_name(name):
            raise ValueError(f"no sha256: {name!r}")
        return f"{self.folder}/{name[:2]}/{name}"

    def read(self, name: str) -> bytes:
        """The bytes of that name. Raises FileNotFoundError, Altered or another OSError."""
        path = self.path(name)
        data = files.read_bytes(path, follow=False)
        if content_hash(data) != name:
            raise Altered(errno.EIO, "holds other bytes than it is named after", path)
        return data

    def write(self, name: str, content: bytes) -> None:
        """Keep a content; if it is there already, nothing is written. Raises OSError."""
        path = self.path(name)
        with contextlib.suppress(OSError):
            state = os.lstat(path)
            if stat.S_ISREG(state.st_mode) and state.st_size == len(content):
                return
        folder = os.path.dirname(path)
        make_folder(folder, self._access)
        if os.path.islink(folder):
            raise NotADirectoryError(errno.ENOTDIR, "is a symbolic link", folder)
        files.create(path, content, mode=self._access.file, durable=False)

    def remove(self, name: str) -> None:
        """Take a content away; its absence is no error. Raises OSError."""
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self.path(name))

    def paths(self) -> Iterator[str]:
        """All files that are there, whatever they are, relative to the folder."""
        yield from files.walk(self.folder).paths
