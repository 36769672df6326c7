"""Which rows of a manifest some file speaks for: no object is made of a row that one does."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping
from typing import Union

from codex_action.sync.known import Entries, hashes_of, path_of, start_of
from codex_action.sync.manifest import Entry


class Lines:
    """A manifest's lines, in order, and for each whether its file was found to be as it says."""

    def __init__(self, lines: list[bytes]) -> None:
        self._lines = lines
        self._found = bytearray(len(lines))
        self._next = 0

    def settle(self, path: str, digest: str) -> bool:
        """Is this the sha256 of a path's row? Whoever asks in order is answered without a search."""
        start, lines, index = start_of(path, digest), self._lines, self._next
        if index >= len(lines) or not lines[index].startswith(start):
            index = bisect_left(lines, start)
            if index >= len(lines) or not lines[index].startswith(start):
                return False
        self._found[index] = True
        self._next = index + 1
        return True

    def left(self) -> Iterator[str]:
        """The paths that nothing was found for."""
        index = self._found.find(0)
        while index != -1:
            yield path_of(self._lines[index])
            index = self._found.find(0, index + 1)


class Names:
    """The same of a manifest that is held as objects."""

    def __init__(self, entries: Mapping[str, Entry]) -> None:
        self._hash_of = hashes_of(entries)
        self._left = set(entries)

    def settle(self, path: str, digest: str) -> bool:
        """Is this the sha256 of a path's row?"""
        if self._hash_of(path) != digest:
            return False
        self._left.discard(path)
        return True

    def left(self) -> Iterator[str]:
        """The paths that nothing was found for."""
        return iter(self._left)


Rows = Union[Lines, Names]


def rows_of(entries: Mapping[str, Entry]) -> Rows:
    """All rows of a manifest, none of them settled."""
    return Lines(entries.lines) if isinstance(entries, Entries) and entries.lines else Names(entries)
