"""Files that are looked at: what the disk says of them, and their hash where that is not enough."""

from __future__ import annotations

import errno
import hashlib
import io
import os
import stat
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from typing import Callable, NamedTuple

from codex_action.files import NotRegular
from codex_action.storage.beneath import REGULAR, Folder, opened
from codex_action.sync.hashes import Hashes, Row, token_of
from codex_action.sync.listing import kind, reason
from codex_action.sync.model import EXECUTABLE, FILE
from codex_action.workers import map_processes

# What stands for a file's bytes, made of its state.
Describe = Callable[[os.stat_result], str]
_BATCH = 500
_CHUNK = 1024 * 1024
_PARALLEL = 2000  # files: below that, a second process costs more than it gives


class Seen(NamedTuple):
    """What came of looking at a file: a row, or why there is none ('' if it is gone)."""

    path: str
    row: Row | None
    passed: str = ""
    strange: str = ""


class Folders:
    """Folders beneath a root, entered one after the other; the last one and those above it stay open for more."""

    def __init__(self, root: str) -> None:
        self._root = root
        self._place: str | None = None
        self._open: list[tuple[str, Folder]] = []
        self._stack = ExitStack()

    def of(self, path: str) -> tuple[Folder, str]:
        """The folder that a file is in, and its name there. Raises OSError, NotRegular."""
        place, _, name = path.rpartition("/")
        if place != self._place:
            self._enter(place.split("/") if place else [])
            self._place = place
        return self._open[-1][1], name

    def _enter(self, steps: list[str]) -> None:
        """Go back to where the ways part, and on from there."""
        self._place = None
        if not self._open:
            self._open.append(("", self._stack.enter_context(opened(self._root))))
        same = 0
        while same < min(len(steps), len(self._open) - 1) and self._open[same + 1][0] == steps[same]:
            same += 1
        self._leave(same + 1)
        for step in steps[same:]:
            self._open.append((step, self._open[-1][1].enter(step)))

    def _leave(self, depth: int) -> None:
        while len(self._open) > depth:
            self._open.pop()[1].close()

    def close(self) -> None:
        """Leave all of them."""
        self._place = None
        self._leave(1)
        self._open.clear()
        self._stack.close()


def look(
    root: str,
    paths: Iterable[str],
    hashes: Hashes,
    started: int,
    jobs: int,
    tokens: Mapping[str, str] | None = None,
) -> Iterator[Seen]:
    """Look at files of a folder, in order; those that are not known by their description are read, in no order.

    `started` is the time in nanoseconds when this began: of what changed later nothing is remembered. `tokens` are what
    `described` told of the files, so that they need not be described again.
    """
    unknown = []
    folders = Folders(root)
    for path in paths:
        token = _token(folders, path, started) if tokens is None else tokens[path]
        row = hashes.known(path, token) if token else None
        if row is None:
            unknown.append(path)
        else:
            yield Seen(path, row)
    folders.close()
    for seen in read_all(root, unknown, partial(token_of, started=started), jobs):
        if seen.row:
            hashes.learn(seen.path, seen.row)
        yield seen


def described(root: str, paths: Iterable[str], started: int) -> bytes:
    """How the disk describes files of a folder: rows of a token (`token_of`), a tab, a path and a NUL."""
    folders, rows = Folders(root), io.BytesIO()
    for path in paths:
        rows.write(f"{_token(folders, path, started)}\t{path}\0".encode("utf-8", "surrogateescape"))
    folders.close()
    return rows.getvalue()


def _token(folders: Folders, path: str, started: int) -> str:
    """How the disk describes a file, '' if it must be read, which finds out what is wrong, too."""
    try:
        folder, name = folders.of(path)
        return token_of(folder.state(name), started)
    except OSError:
        return ""


def described_by_nothing(_state: os.stat_result) -> str:
    """For files of which nothing is remembered."""
    return ""


def read_all(root: str, paths: Sequence[str], describe: Describe | None, jobs: int) -> Iterator[Seen]:
    """Read and hash files, many of them in several processes.

    A row's token is what `describe` makes of the file's state; without it, git's mode and id of the bytes.
    """
    batches = [paths[number : number + _BATCH] for number in range(0, len(paths), _BATCH)]
    work = partial(_read_batch, root, describe)
    for results in map_processes(work, batches, jobs if len(paths) >= _PARALLEL else 1):
        yield from results


def _read_batch(root: str, describe: Describe | None, paths: Sequence[str]) -> list[Seen]:
    folders = Folders(root)
    try:
        return [_quick(folders, path, describe) or _seen(folders, path, describe) for path in paths]
    finally:
        folders.close()


def _quick(folders: Folders, path: str, describe: Describe | None) -> Seen | None:
    """A plain file, as nearly all are, with as few questions to the system as can be; None for any other."""
    try:
        folder, name = folders.of(path)
        if folder.descriptor is None:
            return None
        descriptor = os.open(name, REGULAR, dir_fd=folder.descriptor)
    except OSError:
        return None
    try:
        state = os.fstat(descriptor)
        return Seen(path, _row(descriptor, state, describe)) if stat.S_ISREG(state.st_mode) else None
    except OSError:
        return None
    finally:
        os.close(descriptor)


def _seen(folders: Folders, path: str, describe: Describe | None) -> Seen:
    try:
        folder, name = folders.of(path)
        with folder.open(name) as (descriptor, state):
            return Seen(path, _row(descriptor, state, describe))
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return Seen(path, None)
    except NotRegular as error:
        return _no_file(folders, path, error)
    except OSError as error:
        return Seen(path, None, passed=f"cannot be read: {reason(error)}")


def _no_file(folders: Folders, path: str, error: NotRegular) -> Seen:
    """A link, on the way or at its end; a folder, where git knows a file; or something that is never read."""
    if error.errno != errno.EINVAL:
        return Seen(path, None, passed=reason(error) if error.errno == errno.ELOOP else "")
    try:
        folder, name = folders.of(path)
        return Seen(path, None, strange=kind(folder.state(name)))
    except OSError:
        return Seen(path, None, passed=reason(error))


def _row(descriptor: int, state: os.stat_result, describe: Describe | None) -> Row:
    size = state.st_size
    data = os.read(descriptor, min(size + 1, _CHUNK))  # most are small, and memory for more costs time
    hashed = hashlib.sha256(data)
    blob = None if describe else hashlib.sha1(b"blob %d\0" % size + data, usedforsecurity=False)
    if len(data) != size or size == _CHUNK:
        size = len(data)
        while data := os.read(descriptor, _CHUNK):
            hashed.update(data)
            size += len(data)
            if blob:
                blob.update(data)
    mode = EXECUTABLE if state.st_mode & stat.S_IXUSR else FILE
    token = describe(state) if describe else f"{mode:o}{blob.hexdigest() if blob else ''}"
    return Row(token, size, mode, hashed.hexdigest())
