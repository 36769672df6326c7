"""A commit that was pushed from a checkout arrives there, too, whenever this program or git is killed.

From before a push until the branch and the index are at its commit, a reference in the checkout names it. A later run
that finds it on the server knows whose it is, and ends what was begun.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple, Optional

from codex_action.artifacts.document import blob_id
from codex_action.errors import GitError, RefusedError
from codex_action.files import read_bytes
from codex_action.remote.git import Git
from codex_action.remote.parent import replaced
from codex_action.remote.unpack import Entry

_NOTES = (
    "refs/codex-sync/"  # with a name for the working tree: refs/worktree/ of another one no `git gc` sees
)
_MOST = 8
_PATIENCE, _PAUSE = 10.0, 0.1  # seconds
_HELD = ".lock': File exists"
_NO_BLOB = "000000"
_EMPTY = blob_id(b"")  # also of what `git add --intent-to-add` has named: nothing that could be lost
# The mode and the blob of a path; None where there is none.
Held = Optional[tuple[str, str]]


class _Row(NamedTuple):
    """A path that a commit changes, from the checkout's top on."""

    path: str
    before: Held
    after: Held


class Landing:
    """What of a checkout moves with its `branch`. `writer` makes git for writing the index: without filters.

    `own` is the working tree's own folder of git's: others of the repository have notes of theirs.
    """

    def __init__(self, git: Git, writer: Git, branch: str, own: str) -> None:
        self._git, self._writer, self._branch = git, writer, branch
        self._notes = f"{_NOTES}{_name_of(own)}/"

    def noted(self) -> list[str]:
        """Commits that were to be pushed, and have not landed here; the newest first."""
        told = self._git.run("for-each-ref", "--sort=-committerdate", "--format=%(objectname)", self._notes)
        return told.decode().split()

    def note(self, commit: str) -> None:
        """It is about to be pushed."""
        if len(before := self.noted()) > _MOST:  # pushes that never arrived
            self.forget(before[_MOST:])
        self._move(f"{self._notes}{commit}", commit)

    def forget(self, commits: Iterable[str]) -> None:
        """They have landed, or never will."""
        for commit in commits:
            with contextlib.suppress(GitError):  # a name too many does no harm, and goes the next time
                self._git.run("update-ref", "-d", f"{self._notes}{commit}", apart=True)

    def parent(self, commit: str) -> str | None:
        """The commit that it is on top of."""
        told = self._git.run("rev-list", "--parents", "--max-count=1", "--end-of-options", commit)
        return next(iter(told.decode().split()[1:]), None)

    def staged(self, commit: str) -> dict[str, Held]:
        """What the index holds of the paths that a commit changes.

        Raises RefusedError for content that is in the index alone: it would be lost.
        """
        rows, index = self._rows(commit), self._index()
        for path, standing in _in_the_way(rows, index).items():
            raise RefusedError(
                f"{standing!r}, which is staged in {self._git.root}, is where {path!r} would be, and would be lost",
                hint="commit it there, or take it back: git restore --staged PATH",
            )
        odd = [row.path for row in rows if index.get(row.path) not in (None, row.before, row.after)]
        top = os.fsdecode(self._git.run("rev-parse", "--show-toplevel")).rstrip("\n") if odd else ""
        for path in odd:
            held = index[path]
            if held and held[1] not in (_EMPTY, _on_disk(os.path.join(top, path))):
                raise RefusedError(
                    f"what is staged for {path!r} in {self._git.root} is nowhere else, and would be replaced",
                    hint="commit it there, or take it back: git restore --staged PATH",
                )
        return {row.path: index.get(row.path) for row in rows}

    def finish(self, commit: str, tip: str | None, held: Mapping[str, Held] | None = None) -> None:
        """Bring the branch from `tip` to a commit, and the index where it is as it was `held`, or in its parent.

        What others have staged meanwhile stays. Another git that is at work is waited for. Raises GitError.
        """
        if tip != commit:
            self._move(f"refs/heads/{self._branch}", commit, tip or "0" * len(commit))
        _patiently(lambda: self._write_index(commit, held))

    def _move(self, name: str, commit: str, *before: str) -> None:
        _patiently(
            lambda: self._git.run("update-ref", "-m", "codex: sync", name, commit, *before, apart=True)
        )

    def _write_index(self, commit: str, held: Mapping[str, Held] | None) -> None:
        index, rows = self._index(), self._rows(commit)
        taken = _in_the_way(rows, index)
        rows = [
            row
            for row in rows
            if row.path not in taken
            and index.get(row.path) == (row.before if held is None else held.get(row.path))
        ]
        with tempfile.TemporaryFile() as lines:
            lines.write(b"".join(map(_line, rows)))
            lines.seek(0)
            self._writer.run("update-index", "-z", "--index-info", stdin=lines, apart=True)

    def _rows(self, commit: str) -> list[_Row]:
        told = self._git.run("diff-tree", "-r", "-z", "--root", "--no-commit-id", "--no-renames", commit)
        fields = os.fsdecode(told).split("\0")[:-1]
        pairs = zip(fields[::2], fields[1::2])
        parts = ((header[1:].split(" "), path) for header, path in pairs)
        return [_Row(path, _held(*header[0:3:2]), _held(*header[1:4:2])) for header, path in parts]

    def _index(self) -> dict[str, Held]:
        told = os.fsdecode(self._git.run("ls-files", "--stage", "--full-name", "-z", "--", ":/"))
        rows = (row.partition("\t") for row in told.split("\0")[:-1])
        return {path: _held(*fields.split(" ")[:2]) for fields, _, path in rows}


def _in_the_way(rows: Iterable[_Row], index: Mapping[str, Held]) -> dict[str, str]:
    """Paths that a commit writes, each with a path of the index that git would drop for it without a word."""
    written, deleted = _paths(rows, written=True), _paths(rows, written=False)
    entries = {path: Entry(int(held[0], 8), held[1]) for path, held in index.items() if held}
    return {path: standing for path, standing in replaced(entries, written, deleted) if path in written}


def _paths(rows: Iterable[_Row], *, written: bool) -> set[str]:
    return {row.path for row in rows if (row.after is not None) == written}


def _name_of(own: str) -> str:
    """A name for a working tree, which its repository gives no other one, in a reference."""
    linked = os.path.exists(os.path.join(own, "commondir"))
    return hashlib.sha256(os.fsencode(os.path.basename(own))).hexdigest()[:16] if linked else "main"


def _on_disk(path: str) -> str | None:
    try:
        return blob_id(read_bytes(path, follow=False))
    except OSError:
        return None


def _held(mode: str, blob: str) -> Held:
    return None if mode == _NO_BLOB else (mode, blob)


def _line(row: _Row) -> bytes:
    mode, blob = row.after or ("0", re.sub(".", "0", row.before[1] if row.before else ""))
    return os.fsencode(f"{mode} {blob}\t{row.path}\0")


def _patiently(work: Callable[[], object]) -> None:
    """Do it once no other git holds what is needed. Raises GitError."""
    end = time.monotonic() + _PATIENCE
    while _is_held_up(work, end):
        time.sleep(_PAUSE)


def _is_held_up(work: Callable[[], object], end: float) -> bool:
    """Has it not been done, because another git is at work, and is there time left for more?"""
    try:
        work()
    except GitError as error:
        if _HELD not in error.stderr or time.monotonic() > end:
            raise
        return True
    return False
