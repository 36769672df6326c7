"""A folder -> a Tree, in one of three ways with one answer.

    git    a file that git finds clean keeps the sha256 that was remembered for its blob (tree_git.py)
    stat   a file whose description on the disk is unchanged keeps its own (hashes.py)
    full   every file is read

In a git working tree git says which files there are, whatever the way, and what it ignores is not there. Elsewhere, and
for the documents of other projects that were synced here, every file is.
"""

from __future__ import annotations

from collections.abc import Mapping

from codex_action.errors import CodexError
from codex_action.sync.apart import MANY, Difference, Scanned
from codex_action.sync.known import differing
from codex_action.sync.manifest import Entry
from codex_action.sync.side import Options, Side
from codex_action.sync.sides import Folder
from codex_action.sync.unlisted import with_unlisted
from codex_action.workers import can_fork, map_processes, map_threads

_DEFAULT = Options()


def scan(
    local: Folder, codex: Folder, entries: Mapping[str, Entry] = {}, options: Options = _DEFAULT
) -> tuple[Scanned, Scanned]:
    """Both sides as they are. Raises StorageError for a folder that is none, GitError for a git that does not answer.

    `entries` are the manifest's: what is equal to them is not held in memory again. What one side has, or had, is
    looked for on the other, too, before it counts as deleted there.
    """
    here, there = _both(local, codex, entries, options)
    expected = {*differing(here.tree.files, entries), *differing(there.tree.files, entries)}
    return with_unlisted(local, here, expected), with_unlisted(codex, there, expected)


def _both(
    local: Folder, codex: Folder, entries: Mapping[str, Entry], options: Options
) -> tuple[Scanned, Scanned]:
    """Both sides as far as they are listed."""
    names = ("local", local), ("codex", codex)
    if len(entries) >= MANY and options.jobs > 1 and can_fork():
        few = options._replace(jobs=options.jobs // 2)

        def look_at(name: tuple[str, Folder]) -> Difference | None:
            try:
                side = Side(*name, entries, few)
                return side.run(side.listing())
            except CodexError:  # it will be met, and told, by this process too
                return None

        found = tuple(map_processes(look_at, names, 2))
        if found[0] and found[1]:
            return found[0].whole(entries), found[1].whole(entries)
    sides = [Side(*name, entries, options) for name in names]
    listings = tuple(map_threads(Side.listing, sides, 2))
    here, there = (side.run(listing).whole(entries) for side, listing in zip(sides, listings))
    return here, there
