"""A side that was looked at by another process: what crosses over is only what is not known already."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

from codex_action.sync.model import FileState, Tree

MANY = 2000  # files: below that, a second process costs more than it gives


class Scanned(NamedTuple):
    """A side as it was found. `places` are the paths in its folder of files that are not where their own path says."""

    tree: Tree
    prefix: str
    places: Mapping[str, str]

    def locate(self, path: str) -> str:
        """Where a file of the project is, or would be, below the side's root."""
        return self.places.get(path) or self.prefix + path


class Difference(NamedTuple):
    """`scanned` holds the files that are not the known ones; `lost` are known ones that are not there."""

    scanned: Scanned
    lost: tuple[str, ...]


def difference(scanned: Scanned, known: Mapping[str, FileState]) -> Difference:
    """A side without what is known of it."""
    files, find = scanned.tree.files, known.get
    other = {path: state for path, state in files.items() if find(path) is not state}
    lost = tuple(path for path in known if path not in files)
    return Difference(scanned._replace(tree=replace(scanned.tree, files=other)), lost)


def restored(found: Difference, known: dict[str, FileState]) -> Scanned:
    """The whole side again; `known` becomes its files."""
    known.update(found.scanned.tree.files)
    for path in found.lost:
        del known[path]
    return found.scanned._replace(tree=replace(found.scanned.tree, files=known))
