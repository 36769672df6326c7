"""What is at a place where a file is expected, and was not listed: only what is gone may count as deleted.

git lists nothing that it ignores, no pipe or device, and nothing of a folder that it cannot read. Such a place is
looked at here, so that the file's copy on the other side stays, and nothing is written over what is there.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from dataclasses import replace
from typing import NamedTuple

from codex_action.files import NotRegular
from codex_action.storage.beneath import Folder as Opened
from codex_action.sync.apart import Scanned
from codex_action.sync.listing import LINK, kind, reason
from codex_action.sync.looking import Folders
from codex_action.sync.names import fold, within
from codex_action.sync.sides import Folder
from codex_action.sync.tree_git import is_top

_IGNORED = "git ignores it"
_LATE = "came while its folder was read"


class _Found(NamedTuple):
    """Why a place was not listed; `state` is what it was found to be, unless that cannot be told."""

    reason: str
    state: os.stat_result | None = None
    strange: bool = False


def with_unlisted(folder: Folder, scanned: Scanned, expected: Iterable[str]) -> Scanned:
    """A side that also tells what lies at the places of `expected` paths, of which it has no file."""
    tree = scanned.tree
    missing = _places(folder, scanned, expected)
    if not missing:
        return scanned
    key = folder.key(missing)
    twins = _Twins(folder.root, scanned)
    passed, strange = dict(tree.passed), dict(tree.strange)
    folders = Folders(folder.root)
    otherwise = _IGNORED if is_top(folder.root) else _LATE
    for place, path in missing.items():
        if key(place) != path or within(path, tree.passed) or within(path, tree.strange):
            continue
        found = _look(folders, place, otherwise)
        if found and not (found.state and twins.has(path, found.state)):
            (strange if found.strange else passed)[path] = found.reason
    folders.close()
    return scanned._replace(tree=replace(tree, passed=passed, strange=strange))


def _places(folder: Folder, scanned: Scanned, expected: Iterable[str]) -> dict[str, str]:
    """Where missing files would be, and their paths; one folder after the other."""
    missing = sorted({path for path in expected if path not in scanned.tree.files})
    return {place: path for path in missing for place in (scanned.locate(path), *folder.sources(path))}


def _look(folders: Folders, place: str, otherwise: str) -> _Found | None:
    """What is there; None for nothing, and for a folder, in which the files are others."""
    try:
        inside, name = folders.of(place)
        found = _described(inside.state(name), otherwise)
        if found and found.reason == otherwise:
            _list(inside)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except NotRegular as error:
        return _Found(f"cannot be read: a part of its path {reason(error)}")
    except OSError as error:
        return _Found(f"cannot be read: {reason(error)}")
    return found


def _described(state: os.stat_result, otherwise: str) -> _Found | None:
    if stat.S_ISDIR(state.st_mode):
        return None
    if stat.S_ISLNK(state.st_mode):
        return _Found(LINK)
    if stat.S_ISREG(state.st_mode):
        return _Found(otherwise, state)
    return _Found(kind(state), state, strange=True)


def _list(folder: Opened) -> None:
    """Raises OSError for a folder that can be passed through, but not listed."""
    for _ in folder.scan():
        return


class _Twins:
    """Listed files by their names in the eyes of a file system that takes several names for one."""

    def __init__(self, root: str, scanned: Scanned) -> None:
        self._root, self._scanned = root, scanned
        self._folded: dict[str, str] = {}

    def has(self, path: str, state: os.stat_result) -> bool:
        """Is what was found at a path a listed file of another spelling, to which it was renamed?"""
        if not self._folded:
            self._folded = {fold(listed): listed for listed in self._scanned.tree.files}
        twin = self._folded.get(fold(path))
        if twin is None:
            return False
        try:
            return os.path.samestat(state, os.lstat(os.path.join(self._root, self._scanned.locate(twin))))
        except OSError:  # it went away meanwhile
            return False
