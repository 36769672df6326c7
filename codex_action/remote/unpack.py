"""Blobs as `git cat-file --batch` prints them -> files in a folder: bytes as they are, and none outside."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import BinaryIO, NamedTuple

from codex_action.errors import RefusedError, StorageError

LINK, SUBMODULE, _EXECUTABLE = 0o120000, 0o160000, 0o100755
_CHUNK = 2**20
# A name that some file system takes for .git: in other letters, in Windows' short form, with a stream, with what HFS
# does not see.
_GIT = re.compile(r"(?:\.git|git~[0-9]+)[. ]*(?:$|:)", re.IGNORECASE)
_UNSEEN = re.compile("[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]")


class Entry(NamedTuple):
    """A file, link or submodule of a commit: git's mode, and the id of its blob (or of the submodule's commit)."""

    mode: int
    id: str


def check_path(path: str) -> None:
    """Raises RefusedError for a path that git's own trees do not hold; one that was made by hand may."""
    parts = path.split("/")
    if any(part in ("", ".", "..") or _GIT.match(_UNSEEN.sub("", part)) for part in parts):
        raise RefusedError(f"{path!r} of the codex repository would leave its folder, or is git's own")


def by_blob(files: Mapping[str, Entry]) -> dict[str, list[str]]:
    """The paths of each blob."""
    found: dict[str, list[str]] = {}
    for path, entry in files.items():
        found.setdefault(entry.id, []).append(path)
    return found


def unpack(contents: BinaryIO, files: Mapping[str, Entry], folder: str) -> None:
    """Write the files of an empty folder, whose blobs come in the order of `by_blob`. Raises StorageError."""
    links: list[tuple[bytes, str]] = []
    try:
        for paths in by_blob(files).values():
            _place(contents, [(os.path.join(folder, path), files[path].mode) for path in paths], links)
        for target, path in links:  # after all files: none is written through a link
            os.symlink(target, os.fsencode(path))
    except FileExistsError as error:
        name = os.path.relpath(os.fsdecode(error.filename2 or error.filename), folder)
        raise StorageError(f"{name!r}: this file system takes two names for one") from error
    except OSError as error:
        raise StorageError(f"the codex repository cannot be written to {folder}: {error.strerror}") from error


def _place(contents: BinaryIO, places: list[tuple[str, int]], links: list[tuple[bytes, str]]) -> None:
    """Write the next blob to its places."""
    header = contents.readline().split()
    if len(header) != 3:  # "ID missing"
        raise StorageError(f"{os.path.basename(places[0][0])!r} did not come with the rest")
    start, size = contents.tell(), int(header[2])
    for path, mode in places:
        contents.seek(start)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        if mode == LINK:
            links.append((contents.read(size), path))
        else:
            _copy(contents, path, size, 0o755 if mode == _EXECUTABLE else 0o644)
    contents.seek(start + size + 1)


def _copy(source: BinaryIO, path: str, size: int, mode: int) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    with os.fdopen(os.open(path, flags, mode), "wb") as file:
        while size:
            part = source.read(min(size, _CHUNK))
            if not part:
                raise StorageError(f"{os.path.basename(path)!r} came cut short")
            file.write(part)
            size -= len(part)
