"""Hashes that are remembered from run to run: of what git says a file is, and of how the disk describes it.

A row is `TOKEN SIZE MODE SHA256 PATH`; the rows of a file are in the order of their paths, and read along with a
listing in that order, so that they are never held all at once. A row that is missing or broken costs a hash, no more.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Generator, Iterable, Iterator, Mapping
from heapq import merge
from typing import Callable, NamedTuple

from codex_action.files import create
from codex_action.storage.beneath import regular
from codex_action.sync.model import EXECUTABLE, FILE

_RACY = 2_000_000_000  # nanoseconds: the coarsest clock of a file system, FAT's


class Row(NamedTuple):
    """What is remembered of a file: `token` stands for its bytes, whoever made it."""

    token: str
    size: int
    mode: int
    hash: str


def token_of(state: os.stat_result, started: int) -> str:
    """What the disk says of a file, '' if it could say the same of later bytes.

    As git does it: a file that was changed just before (or after) the scan `started`, in nanoseconds since 1970, could
    be changed again within one tick of the disk's clock.
    """
    modified, changed, latest = state.st_mtime_ns, state.st_ctime_ns, started - _RACY
    if modified >= latest or changed >= latest:
        return ""
    return f"{modified}:{changed}:{state.st_size}:{state.st_ino}"


class Hashes:
    """One file of rows. Ask for paths in order; what is `learned` is kept by `save`."""

    def __init__(self, path: str | None) -> None:
        self._path = path
        self._rows = _rows(path)
        self._next, self._parts = "", [""]
        self._learned: dict[str, Row] = {}

    def known(self, path: str, token: str) -> Row | None:
        """What is remembered of a path, if its token is still the same."""
        while self._next < path:
            self._next, self._parts = next(self._rows, _END)
        return row_of(self._parts) if self._next == path and self._parts[0] == token else None

    def along(self, files: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str, list[str] | None]]:
        """Paths and tokens in order, each with its row's parts (token, size, mode, sha256) if that has this token.

        The parts are as they stand in the file: whoever has no better reason to trust them asks `row_of`.
        """
        rows, last, parts = self._rows, self._next, self._parts
        for path, token in files:
            while last < path:
                last, parts = next(rows, _END)
            yield path, token, parts if last == path and parts[0] == token else None
        self._next, self._parts = last, parts

    @property
    def learned(self) -> bool:
        """Is there anything to save?"""
        return bool(self._learned)

    def learn(self, path: str, row: Row) -> None:
        """Remember a file, if it can be told from another one by its token."""
        if row.token and self._path and "\n" not in path:
            self._learned[path] = row

    def save(self, keeps: Callable[[str], bool]) -> None:
        """Write what was learned, beside what was known of files that are still there; no failure is told."""
        self._rows.close()
        if not self._learned or self._path is None:
            return
        rows = _rows(self._path)
        old = ((path, parts[:4]) for path, parts in rows if path not in self._learned and keeps(path))
        lines = merge(old, _parts(self._learned))
        data = b"".join(os.fsencode(f"{' '.join(parts)} {path}\n") for path, parts in lines)
        with contextlib.suppress(OSError):
            create(self._path, data, durable=False)


# A path that comes after all others.
_END = ("\U0010ffff", [""])
PLAIN = f"{FILE:o}"
_DIGITS = 19  # of a size: no file system has a larger file
_MODES = {PLAIN: FILE, f"{EXECUTABLE:o}": EXECUTABLE}


def row_of(parts: list[str]) -> Row | None:
    """The row of a line's parts; None for one that is broken."""
    token, size, mode, digest, _ = parts
    if (
        not size.isdecimal()
        or len(size) > _DIGITS
        or mode not in _MODES
        or len(digest) != 64
        or not digest.isalnum()
    ):
        return None
    return Row(token, int(size), _MODES[mode], digest)


def _parts(rows: Mapping[str, Row]) -> Iterable[tuple[str, list[str]]]:
    return (
        (path, [row.token, str(row.size), f"{row.mode:o}", row.hash]) for path, row in sorted(rows.items())
    )


def _rows(path: str | None) -> Generator[tuple[str, list[str]], None, None]:
    """The rows of a file: path, and all parts."""
    if path is None:
        return
    with (
        contextlib.suppress(OSError),
        open(path, encoding="utf-8", errors="surrogateescape", newline="\n", opener=regular) as rows,
    ):
        for line in rows:
            parts = line.split(" ", 4)
            if len(parts) == 5:
                yield parts[4][:-1], parts
