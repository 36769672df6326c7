"""What a project holds, as a set of paths: is a document there, under which name, and what comes near it."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection, Iterable
from functools import cached_property
from typing import NamedTuple

_CLOSE = 0.7
_VERY_CLOSE = 0.82
_CLEAR = 0.1
# Names that stand in every other folder say little about which document was meant.
_GENERIC = frozenset(
    ("readme", "index", "overview", "changelog", "license", "contributing", "main", "mod", "__init__")
)
_MOST_SEARCHES = 300
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
        self._compared = 0

    def has(self, path: str) -> bool:
        """Is it a document, or a folder that holds one?"""
        return path in self.paths or path in self._folders

    def holds(self, path: str) -> bool:
        """Is it a document, whether git knows it or not?"""
        return path in self.paths or path in self.untracked

    def other_case(self, path: str) -> str | None:
        """The document or folder that differs in letter case only, if there is exactly one."""
        candidates = self._by_lower.get(path.lower(), [])
        return candidates[0] if len(candidates) == 1 else None

    def nearest(self, path: str) -> Nearest | None:
        """The existing path that was most likely meant: the same name elsewhere, else a similar name close by.

        Similar names are compared for the first few hundred paths asked for: who misses more has moved a tree.
        """
        if path not in self._nearest:
            self._nearest[path] = self._moved(path) or self._similar(path)
        return self._nearest[path]

    def _moved(self, path: str) -> Nearest | None:
        """The document of this name elsewhere; clear if it is the only one and its name says what it is."""
        ranked = _most_shared(path, self._by_name.get(posixpath.basename(path).lower(), []))
        if not ranked:
            return None
        generic = posixpath.splitext(posixpath.basename(path).lower())[0] in _GENERIC
        shared = set(posixpath.dirname(path).split("/")) & set(posixpath.dirname(ranked[0]).split("/")) - {""}
        clear = len(ranked) == 1 and (not generic or bool(shared)) and _same_numbers(path, ranked[0])
        return Nearest(ranked[0], clear=clear)

    def _similar(self, path: str) -> Nearest | None:
        """A document close by whose name comes near; clear if no other does and no number differs."""
        if self._compared >= _MOST_SEARCHES:
            return None
        self._compared += 1
        ranked = _ranked(path, self._close_by(path))
        if not ranked:
            return None
        score, best = ranked[0]
        alone = len(ranked) == 1 or score - ranked[1][0] >= _CLEAR
        return Nearest(best, clear=alone and score >= _VERY_CLOSE and _same_numbers(path, best))

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
        return _grouped((path.lower(), path) for path in (*self.paths, *self._folders))

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


def _ranked(wanted: str, paths: list[str]) -> list[tuple[float, str]]:
    """The paths whose names (or whose folders, for the same name) come near, the nearest first."""
    from difflib import SequenceMatcher

    folder, stem = posixpath.split(posixpath.splitext(wanted.lower())[0])
    names, folders = (
        SequenceMatcher(None, "", stem, autojunk=False),
        SequenceMatcher(None, "", folder, autojunk=False),
    )
    ranked: list[tuple[float, str]] = []
    for path in paths:
        other_folder, other = posixpath.split(posixpath.splitext(path.lower())[0])
        names.set_seq1(other)
        if names.real_quick_ratio() < _CLOSE or names.quick_ratio() < _CLOSE or names.ratio() < _CLOSE:
            continue
        folders.set_seq1(other_folder)
        ranked.append(
            (0.8 * names.ratio() + 0.2 * (folders.ratio() if folder or other_folder else 1.0), path)
        )
    return sorted(ranked, reverse=True)


def _same_numbers(wanted: str, other: str) -> bool:
    """Does the other path hold the same numbers, or its folders some where the wanted one has none?"""
    names = [re.findall(r"\d+", posixpath.basename(path)) for path in (wanted, other)]
    folders = [re.findall(r"\d+", posixpath.dirname(path)) for path in (wanted, other)]
    return names[0] == names[1] and (not folders[0] or folders[0] == folders[1])
