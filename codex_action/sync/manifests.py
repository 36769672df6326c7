"""The manifests of a checkout, in a commit on top of its branch as that is now, without what else is in the checkout.

Whoever was faster keeps what they remembered: manifests are merged by entry (merge.py).
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import NamedTuple

from codex_action.errors import GitError, StorageError, UsageError
from codex_action.files import read_bytes, repository_of
from codex_action.remote.clone import Clone
from codex_action.remote.commit import Change, identity, make_commit
from codex_action.remote.git import Git
from codex_action.remote.upstream import Upstream
from codex_action.sync.manifest import MANIFEST
from codex_action.sync.merge import Committed, merge_files
from codex_action.sync.publish import in_turn
from codex_action.sync.rules import SHARED
from codex_action.sync.scratch import scratch

TRIES = 8
MESSAGE = "Remember what is in step with the codex repository\n"
_MOST = 16.0  # seconds of a pause, at the least half of which is waited
_PLACES = (f":(top,glob)**/{MANIFEST}", f":(top,exclude,glob)**/{SHARED}**")


class Changed(NamedTuple):
    """A manifest that is not as it is in the commit that is checked out; `path` is from the checkout's top on."""

    path: str
    base: bytes | None
    ours: bytes
    committed: Committed

    def since(self, files: frozenset[str] | None) -> Changed:
        """The same, with the files of the checkout that its branch has changed since; None: any may be."""
        root = self.path[: -len(MANIFEST)]
        moved = self.committed._replace(moved=lambda path: files is None or root + path in files)
        return self._replace(committed=moved)


class Clock(NamedTuple):
    """Seconds since 1970, a pause in seconds, and a number from 0 to 1: who was late together is not so again."""

    now: Callable[[], float]
    sleep: Callable[[float], object]
    chance: Callable[[], float]

    def pause(self, late: int) -> None:
        """Wait, the longer the more often one was late."""
        self.sleep(min(2.0**late, _MOST) * (1 + self.chance()) / 2)


def changed(git_in: Callable[[str], Git], folder: str) -> tuple[Changed, ...]:
    """Those of all projects in the checkout that a folder is in. Raises UsageError, GitError, StorageError."""
    if repository_of(folder) is None:
        raise UsageError(
            f"{folder} is no git checkout, so that nothing can be committed",
            hint="check it out: actions/checkout",
        )
    git = git_in(folder)
    top = os.fsdecode(git.run("rev-parse", "--show-toplevel")).rstrip("\n")
    told = git.run(
        "ls-files", "-z", "--full-name", "--cached", "--others", "--exclude-standard", "--", *_PLACES
    )
    paths = sorted({*os.fsdecode(told).split("\0")[:-1]})
    found = (_changed(git_in, top, path) for path in paths)
    return tuple(one for one in found if one)


def is_ignored(git: Git) -> bool:
    """Does git ignore the manifest that is in its folder?"""
    told = git.run("ls-files", "--cached", "--others", "--exclude-standard", "--", f":(literal){MANIFEST}")
    return not told and os.path.lexists(os.path.join(git.root, MANIFEST))


def _changed(git_in: Callable[[str], Git], top: str, path: str) -> Changed | None:
    """None for one that is gone, as no sync takes one away, and for a new one where the commit has nothing."""
    root = os.path.join(top, path[: -len(MANIFEST)])
    git = git_in(root)
    ours = _contents(os.path.join(top, path), path)
    try:
        base: bytes | None = git.run("cat-file", "blob", f"HEAD:./{MANIFEST}")
    except GitError:
        base = None
    if ours is None or ours == base:
        return None
    files = _Files(git)
    if base is None and path != MANIFEST and not files.any():  # of a package that a step has installed
        return None
    return Changed(path, base, ours, Committed(files.has, files.holds))


def _contents(path: str, name: str) -> bytes | None:
    try:
        return read_bytes(path, follow=False)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise StorageError(f"{name!r} cannot be read: {error.strerror or error}") from error


class _Files:
    """A project's files in the commit that is checked out, looked at when they are asked for."""

    def __init__(self, git: Git) -> None:
        self._git = git

    def has(self, path: str) -> bool:
        """Is there such a file?"""
        return path in self._all

    def holds(self, path: str) -> bool:
        """Is the one in the working tree the same?"""
        return path in self._all and path not in self._other

    def any(self) -> bool:
        """Is there one at all?"""
        return bool(self._all)

    @cached_property
    def _all(self) -> frozenset[str]:
        return self._git.tree("HEAD") or frozenset()

    @cached_property
    def _other(self) -> Mapping[str, str]:
        return self._git.differing("HEAD")


def remember(
    found: Iterable[Changed], upstream: Upstream, branch: str, *, environ: Mapping[str, str], clock: Clock
) -> str | None:
    """Push one commit of these manifests to a branch, and give its id; None where the branch has all of them.

    Whoever pushes first is merged with, so many times as TRIES says. Raises PushRejected after that, PushRefused,
    RefusedError for a manifest that cannot be merged with, NotFound, Unauthorized, Unreachable, GitError.
    """
    items = tuple(found)
    if not items:
        return None
    wanted = {item.path for item in items}
    with scratch() as base:
        place = Clone(upstream, base, branch)
        place.materialise(wanted.__contains__)

        def once() -> str | None:
            changes = [
                change for number, item in enumerate(items) if (change := _merged(item, place, base, number))
            ]
            by = identity(place.git, environ)
            commit = make_commit(place.git, place.tip, place.prepared(changes), MESSAGE, by, int(clock.now()))
            if commit:
                place.push(commit)
            return commit

        return in_turn(place, once, tries=TRIES, pause=clock.pause)[0]


def _merged(item: Changed, place: Clone, base: str, number: int) -> Change | None:
    """What of the branch's manifest changes, in a file of ours."""
    theirs = _contents(os.path.join(place.folder, *item.path.split("/")), f"{item.path} on the branch")
    data = merge_files(item.path, item.base, item.ours, theirs, item.committed)
    if data is None:
        return None
    file = os.path.join(base, f"manifest-{number}.json")
    with open(file, "wb") as stream:
        stream.write(data)
    return Change(item.path, file, hashlib.sha256(data).hexdigest())
