"""A manifest's rows and a side's files without an object for each: most of them are as they were after the last sync.

Rows are made of their lines when they are asked for; a side is what differs from the rows.
"""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from itertools import chain
from json.encoder import encode_basestring_ascii as _quoted

from codex_action.sync.manifest import Entry
from codex_action.sync.model import FileState

INDENT = "    "  # of a row's line
_HASH = '{"sha256": "'  # what is before its hash
_BETWEEN = b'": {"sha256": "'  # what is between its path and its hash
_FEW = 1000


class Entries(Mapping[str, Entry]):
    """The rows of a manifest whose sha256 is `digest`: all of them `read`, or the `lines` that hold them, in order.

    `apart`: no two of their names, or of the folders above them, are one to a file system that ignores letter case.
    """

    def __init__(
        self, digest: str, lines: list[bytes], read: Mapping[str, Entry] | None = None, *, apart: bool = False
    ) -> None:
        self.digest = digest
        self._apart = apart
        self.lines = lines
        self._all = read
        self._found: dict[str, Entry | None] = {}
        self._next = 0

    def get(self, path: str, default: Entry | None = None) -> Entry | None:  # type: ignore[override]
        """A row, if there is one."""
        if self._all is not None:
            return self._all.get(path, default)
        if path not in self._found:
            if len(self._found) >= max(_FEW, len(self) // 8):  # whoever asks for so many asks for all
                self._all = {path_of(line): _row(line) for line in self.lines}
                return self._all.get(path, default)
            line = self._line(path)[1]
            self._found[path] = _row(line) if line else None
        found = self._found[path]
        return default if found is None else found

    def _line(self, path: str) -> tuple[bytes, bytes]:
        """How a row begins, and all of it, if there is one. Whoever asks in order is answered without a search."""
        start = start_of(path)
        lines, index = self.lines, self._next
        if index >= len(lines) or not lines[index].startswith(start):
            index = bisect_left(lines, start)
        if index >= len(lines) or not lines[index].startswith(start):
            return start, b""
        self._next = index + 1
        return start, lines[index]

    def hash(self, path: str) -> str | None:
        """The sha256 of a row, without making an object of it."""
        if self._all is not None:
            entry = self._all.get(path)
            return entry.sha256 if entry else None
        start, line = self._line(path)
        begin = len(start) + len(_HASH)
        return line[begin : begin + 64].decode() if line else None

    def beside(self, names: Iterable[str]) -> Iterator[str]:
        """All paths that other spellings of some names may be among; names of folders end with '/'."""
        if self._all is not None or not self._apart:
            yield from self
            return
        for folder in {self._nearest(name) for name in names if not self._has(name)}:
            yield from map(path_of, self._below(folder))

    def _has(self, name: str) -> bool:
        return any(True for _ in self._below(name)) if name.endswith("/") else name in self

    def _nearest(self, name: str) -> str:
        """The folder above a name that is there, '' for the root."""
        folder = name.rstrip("/")
        while folder := folder.rpartition("/")[0]:
            if self._has(f"{folder}/"):
                return f"{folder}/"
        return ""

    def _below(self, folder: str) -> Iterator[bytes]:
        start = f"{INDENT}{_quoted(folder)[:-1]}".encode()
        for index in range(bisect_left(self.lines, start), len(self.lines)):
            if not self.lines[index].startswith(start):
                break
            yield self.lines[index]

    def __getitem__(self, path: str) -> Entry:
        entry = self.get(path)
        if entry is None:
            raise KeyError(path)
        return entry

    def __contains__(self, path: object) -> bool:
        return isinstance(path, str) and (self._found.get(path) is not None or self.hash(path) is not None)

    def __iter__(self) -> Iterator[str]:
        return iter(self._all) if self._all is not None else map(path_of, self.lines)

    def __len__(self) -> int:
        return len(self.lines if self._all is None else self._all)


def start_of(path: str, digest: str = "") -> bytes:
    """How the line of a path's row begins; with its sha256, up to that."""
    return (
        f'{INDENT}{_quoted(path)}: {_HASH}{digest}"'.encode()
        if digest
        else f"{INDENT}{_quoted(path)}: ".encode()
    )


def hashes_of(entries: Mapping[str, Entry]) -> Callable[[str], str | None]:
    """What gives the sha256 of a path's row, None where there is none."""
    if isinstance(entries, Entries):
        return entries.hash

    def find(path: str) -> str | None:
        entry = entries.get(path)
        return entry.sha256 if entry else None

    return find


def _row(line: bytes) -> Entry:
    return Entry(**json.loads(line[line.index(_BETWEEN) + 3 :].rstrip(b",")))


def path_of(line: bytes) -> str:
    """The path of a row's line."""
    text = line[len(INDENT) + 1 : line.index(_BETWEEN)].decode()
    return str(json.loads(f'"{text}"')) if "\\" in text else text


class Files(Mapping[str, FileState]):
    """The files of a manifest's `entries`, but those that are `lost`, and with those that are `other`."""

    def __init__(
        self, entries: Mapping[str, Entry], other: Mapping[str, FileState], lost: AbstractSet[str]
    ) -> None:
        self.entries, self.other, self.lost = entries, other, lost
        self._new: int | None = None

    def beside(self, names: Iterable[str]) -> Iterator[str]:
        """All paths that other spellings of some names may be among; names of folders end with '/'."""
        yield from self.other
        known = self.entries.beside(names) if isinstance(self.entries, Entries) else self.entries
        yield from (path for path in known if path not in self.other and path not in self.lost)

    def __getitem__(self, path: str) -> FileState:
        state = self.other.get(path)
        if state is not None:
            return state
        if path in self.lost:
            raise KeyError(path)
        entry = self.entries[path]
        return FileState(path, entry.sha256, entry.size)

    def __contains__(self, path: object) -> bool:
        return path in self.other or (path not in self.lost and path in self.entries)

    def __iter__(self) -> Iterator[str]:
        yield from self.other
        for path in self.entries:
            if path not in self.other and path not in self.lost:
                yield path

    def __len__(self) -> int:
        if self._new is None:
            self._new = sum(path not in self.entries for path in self.other)
        return len(self.entries) - len(self.lost) + self._new

    def __repr__(self) -> str:
        return f"Files({len(self)})"


def beside(files: Mapping[str, FileState], names: Iterable[str]) -> Iterable[str]:
    """All paths of a side that other spellings of some names may be among; names of folders end with '/'."""
    return files.beside(names) if isinstance(files, Files) else files


def differing(files: Mapping[str, FileState], entries: Mapping[str, Entry]) -> Iterable[str]:
    """All paths in which a side may differ from a manifest's entries; some of them may be equal."""
    if isinstance(files, Files) and files.entries is entries:
        return chain(files.other, files.lost)
    return chain(files, entries)
