"""What a project holds, as a set of paths: is a document there, under which name, and what comes near it."""

from __future__ import annotations

import posixpath
from collections.abc import Collection, Iterable
from functools import cached_property
from typing import NamedTuple

_CLOSE = 0.75
_CLEAR = 0.1
_MOST_COMPARED = 500  # comparing two paths takes about 50 microseconds


class Nearest(NamedTuple):
    """The path that comes nearest to a missing one; `clear` if no other comes close to that."""

    path: str
    clear: bool


class Listing:
    """The paths of one project at one version.

    `untracked` are there but not in git's index. What is not in a listing that is not `complete` may exist.
    """

    def __init__(
        self, paths: Iterable[str], untracked: Collection[str] = (), *, complete: bool = True
    ) -> None:
        self.complete = complete
        self.paths = paths if isinstance(paths, frozenset) else frozenset(paths)
        self.untracked = frozenset(untracked)
        self._nearest: dict[str, Nearest | None] = {}

    def has(self, path: str) -> bool:
        """Is it a document, or a folder that holds one?"""
        return path in self.paths or path in self._folders

    def other_case(self, path: str) -> str | None:
        """The path that differs in letter case only, if there is exactly one."""
        candidates = self._by_lower.get(path.lower(), [])
        return candidates[0] if len(candidates) == 1 else None

    def nearest(self, path: str) -> Nearest | None:
        """The existing path that was most likely meant: the same name elsewhere, else a similar name close by."""
        if path not in self._nearest:
            self._nearest[path] = self._find_nearest(path)
        return self._nearest[path]

    def _find_nearest(self, path: str) -> Nearest | None:
        moved = _most_shared(path, self._by_name.get(posixpath.basename(path).lower(), []))
        candidates = moved or self._close_by(path)
        ranked = sorted(((_likeness(path, candidate), candidate) for candidate in candidates), reverse=True)
        ranked = [(score, candidate) for score, candidate in ranked if moved or score >= _CLOSE]
        if not ranked:
            return None
        clear = len(ranked) == 1 or ranked[0][0] - ranked[1][0] >= _CLEAR
        return Nearest(ranked[0][1], clear)

    def _close_by(self, path: str) -> list[str]:
        """Files of the same folder, then of its neighbours: as many as are quick to compare."""
        folder = posixpath.dirname(path)
        near = self._by_folder.get(folder, [])
        if len(near) < _MOST_COMPARED:
            parent = posixpath.dirname(folder)
            for other, files in self._by_folder.items():
                if other != folder and (other == parent or posixpath.dirname(other) in (parent, folder)):
                    near = near + files
        return sorted(near)[:_MOST_COMPARED]

    @cached_property
    def _folders(self) -> frozenset[str]:
        folders: set[str] = set()
        for path in self.paths:
            folder = posixpath.dirname(path)
            while folder and folder not in folders:
                folders.add(folder)
                folder = posixpath.dirname(folder)
        return frozenset(folders)

    @cached_property
    def _by_lower(self) -> dict[str, list[str]]:
        return _grouped((path.lower(), path) for path in self.paths)

    @cached_property
    def _by_name(self) -> dict[str, list[str]]:
        return _grouped((posixpath.basename(path).lower(), path) for path in self.paths)

    @cached_property
    def _by_folder(self) -> dict[str, list[str]]:
        return _grouped((posixpath.dirname(path), path) for path in self.paths)


def _grouped(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = {}
    for key, path in pairs:
        groups.setdefault(key, []).append(path)
    return groups


def _most_shared(wanted: str, paths: list[str]) -> list[str]:
    """Of very many, those that share most segments."""
    segments = set(wanted.lower().split("/"))
    return sorted(paths, key=lambda path: (-len(segments.intersection(path.lower().split("/"))), path))[
        :_MOST_COMPARED
    ]


def _likeness(wanted: str, path: str) -> float:
    from difflib import SequenceMatcher

    return SequenceMatcher(None, wanted.lower(), path.lower(), autojunk=False).ratio()
