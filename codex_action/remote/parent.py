"""The commit that ours goes on top of: all of its paths, and that none of them goes which nobody meant to delete."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet

from codex_action.errors import RefusedError
from codex_action.remote.git import Git
from codex_action.remote.unpack import SUBMODULE, Entry


def listed(git: Git, commit: str | None) -> dict[str, Entry]:
    """Every file, link and submodule of a commit, from the repository's root on; none of no commit. Raises GitError."""
    if commit is None:
        return {}
    output = os.fsdecode(git.run("ls-tree", "-r", "-z", "--full-tree", commit))
    rows = (row.partition("\t") for row in output.split("\0")[:-1])
    return {path: _entry(fields) for fields, _, path in rows}


def _entry(fields: str) -> Entry:
    mode, _, blob = fields.split(" ")
    return Entry(int(mode, 8), blob)


def check_room(entries: Mapping[str, Entry], written: AbstractSet[str], deleted: AbstractSet[str]) -> None:
    """Raises RefusedError where a change takes the place of a path that is not deleted: git would drop it silently."""
    for path, standing in replaced(entries, written, deleted):
        raise RefusedError(
            f"{path!r} would take the place of {standing!r} in the codex repository, which is not part of this sync",
            hint="rename or move one of them",
        )


def replaced(
    entries: Mapping[str, Entry], written: AbstractSet[str], deleted: AbstractSet[str]
) -> Iterator[tuple[str, str]]:
    """Paths to write or to delete, each with what is in its place and not deleted."""
    yield from _below_files(entries, written, deleted)
    yield from _on_folders(entries, written, deleted)


def _below_files(
    entries: Mapping[str, Entry], written: AbstractSet[str], deleted: AbstractSet[str]
) -> Iterator[tuple[str, str]]:
    """Paths to write, with the file, link or submodule that is where one of their folders, or a file, would be."""
    for path in sorted(written):
        if path in entries and entries[path].mode == SUBMODULE:
            yield path, path
        yield from (
            (path, folder) for folder in _folders(path) if folder in entries and folder not in deleted
        )


def _on_folders(
    entries: Mapping[str, Entry], written: AbstractSet[str], deleted: AbstractSet[str]
) -> Iterator[tuple[str, str]]:
    """Paths to write or to delete that are folders, with something that stays there."""
    seen = set()
    for path in entries.keys() - deleted:
        folder = path.rpartition("/")[0]
        if folder not in seen:
            seen.add(folder)
            yield from ((name, path) for name in _folders(path) if name in written or name in deleted)


def _folders(path: str) -> Iterator[str]:
    """The folders above a path."""
    while "/" in path:
        path = path.rpartition("/")[0]
        yield path
