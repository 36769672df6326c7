"""A side that was looked at by another process: what crosses over is only what is not in the manifest already."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import replace
from typing import NamedTuple

from codex_action.sync.known import Files
from codex_action.sync.manifest import Entry
from codex_action.sync.model import Tree

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
    """A side with the files alone that are not as the manifest says; `lost` are those that are not there."""

    scanned: Scanned
    lost: AbstractSet[str]

    def whole(self, entries: Mapping[str, Entry]) -> Scanned:
        """The side with all its files."""
        tree = self.scanned.tree
        return self.scanned._replace(tree=replace(tree, files=Files(entries, tree.files, self.lost)))
