"""Hashes that are remembered from run to run: of what git says a file is, and of how the disk describes it.

A row is `TOKEN SIZE MODE SHA256 PATH`; the rows of a file are in the order of their paths, and read along with a
listing in that order, so that they are never held all at once. A row that is missing or broken costs a hash, no more.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Generator, Iterable, Mapping
from heapq import merge
from typing import Callable, NamedTuple

from codex_action.files import create

_HASH = re.compile(r"[0-9a-f]{64}")
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
    if max(state.st_mtime_ns, state.st_ctime_ns) >= started - _RACY:
        return ""
    return f"{state.st_mtime_ns}:{state.st_ctime_ns}:{state.st_size}:{state.st_ino}"


class Hashes:
    """One file of rows. Ask for paths in order; what is `learned` is kept by `save`."""

    def __init__(self, path: str | None) -> None:
        self._path = path
        self._rows = _rows(path)
        self._at: tuple[str, str] = ("", "")
        self._learned: dict[str, Row] = {}

    def known(self, path: str, token: str) -> Row | None:
        """What is remembered of a path, if its token is still the same."""
        while self._at[0] < path:
            self._at = next(self._rows, _END)
        if self._at[0] != path:
            return None
        found, _, rest = self._at[1].partition(" ")
        return _row(found, rest) if found == token else None

    def learn(self, path: str, row: Row) -> None:
        """Remember a file, if it can be told from another one by its token."""
        if row.token and self._path and "\n" not in path:
            self._learned[path] = row

    def save(self, keeps: Callable[[str], bool]) -> None:
        """Write what was learned, beside what was known of files that are still there; no failure is told."""
        self._rows.close()
        if not self._learned or self._path is None:
            return
        old = ((path, head) for path, head in _rows(self._path) if path not in self._learned and keeps(path))
        lines = merge(old, _heads(self._learned))
        data = b"".join(os.fsencode(f"{head} {path}\n") for path, head in lines)
        with contextlib.suppress(OSError):
            create(self._path, data, durable=False)


# A path that comes after all others.
_END = ("\U0010ffff", "")


def _heads(rows: Mapping[str, Row]) -> Iterable[tuple[str, str]]:
    return ((path, f"{row.token} {row.size} {row.mode:o} {row.hash}") for path, row in sorted(rows.items()))


def _rows(path: str | None) -> Generator[tuple[str, str], None, None]:
    """The rows of a file: path, and the rest."""
    if path is None:
        return
    with (
        contextlib.suppress(OSError),
        open(path, encoding="utf-8", errors="surrogateescape", newline="\n") as rows,
    ):
        for line in rows:
            parts = line.rstrip("\n").split(" ", 4)
            if len(parts) == 5:
                yield parts[4], " ".join(parts[:4])


def _row(token: str, rest: str) -> Row | None:
    size, mode, digest = rest.split(" ")
    if not size.isdecimal() or mode not in ("100644", "100755") or not _HASH.fullmatch(digest):
        return None
    return Row(token, int(size), int(mode, 8), digest)
