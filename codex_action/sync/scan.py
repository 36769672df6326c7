"""A folder -> a Tree, in one of three ways with one answer.

    git    a file that git finds clean keeps the sha256 that was remembered for its blob (tree_git.py)
    stat   a file whose description on the disk is unchanged keeps its own (hashes.py)
    full   every file is read

In a git working tree git says which files there are, whatever the way, and what it ignores is not there. Elsewhere, and
for the documents of other projects that were synced here, every file is.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from functools import partial
from typing import Literal, NamedTuple

from codex_action.remote.git import Git
from codex_action.sync.hashes import MODES, Hashes, Row, row_of
from codex_action.sync.listing import Listing, walk
from codex_action.sync.looking import Seen, described_by_nothing, look, read_all
from codex_action.sync.manifest import Entry
from codex_action.sync.model import FileState, Tree
from codex_action.sync.sides import Folder, Key
from codex_action.sync.tree_git import is_top, list_git
from codex_action.workers import map_threads

Way = Literal["git", "stat", "full"]


class Options(NamedTuple):
    """How to scan. `memory` is a folder that is there, for what is remembered; without it nothing is.

    `git` makes what asks git in a working tree, `now` gives the time in seconds since 1970.
    """

    way: Way = "git"
    memory: str | None = None
    jobs: int = 1
    git: Callable[[str], Git] = Git
    now: Callable[[], float] = time.time


_DEFAULT = Options()


class Scanned(NamedTuple):
    """A side as it was found. `places` are the paths in its folder of files that are not where their own path says."""

    tree: Tree
    prefix: str
    places: Mapping[str, str]

    def locate(self, path: str) -> str:
        """Where a file of the project is, or would be, below the side's root."""
        return self.places.get(path) or self.prefix + path


def scan(
    local: Folder, codex: Folder, entries: Mapping[str, Entry] = {}, options: Options = _DEFAULT
) -> tuple[Scanned, Scanned]:
    """Both sides as they are. Raises StorageError for a folder that is none, GitError for a git that does not answer.

    `entries` are the manifest's: what is equal to them, and on both sides, is held in memory once.
    """
    here, there = map_threads(partial(_listing, options=options), (local, codex), 2)
    first = _Scan("local", local, here, options).run(entries, {})
    return first, _Scan("codex", codex, there, options).run(entries, first.tree.files)


def _listing(folder: Folder, options: Options) -> Listing:
    if not is_top(folder.root):
        return walk(folder.root, folder.below)
    listing = list_git(options.git(folder.root), folder.below, ids=options.way == "git")
    if folder.further:
        more, known = walk(folder.root, folder.further), set(listing.paths())
        listing.files = sorted({*listing.files, *(path for path in more.files if path not in known)})
        listing.passed.update(more.passed)
        listing.strange.update(more.strange)
    return listing


class _Scan:
    """One side that is being scanned."""

    def __init__(self, side: str, folder: Folder, listing: Listing, options: Options) -> None:
        self._folder, self._listing, self._options = folder, listing, options
        self._started = int(options.now() * 1e9)
        names = (f"hashes-{side}-{kind}" for kind in ("git", "stat"))
        paths = [os.path.join(options.memory, name) if options.memory else None for name in names]
        self._blobs, self._states = map(Hashes, paths)

    def run(self, entries: Mapping[str, Entry], other: Mapping[str, FileState]) -> Scanned:
        """Look at every file that is synced."""
        key = self._folder.key(self._listing.paths(), other)
        shared = _Shared(entries, other)
        files, places, unknown = self._clean(key, shared)
        for place, path, row in self._rows(key, unknown):
            state = files[path] = shared.state(path, row)
            if place != self._folder.prefix + state.path:
                places[state.path] = place
        self._listing.forget()
        self._save(files, frozenset(places.values()))
        passed, strange = (
            self._named(places_of, key, entries)
            for places_of in (self._listing.passed, self._listing.strange)
        )
        return Scanned(Tree(files, passed, strange), self._folder.prefix, places)

    def _clean(
        self, key: Key, shared: _Shared
    ) -> tuple[dict[str, FileState], dict[str, str], dict[str, str]]:
        """Files that git vouches for and that are remembered; which of them are elsewhere; and what is to be read.

        Nearly all files pass here, so that each step counts.
        """
        files: dict[str, FileState] = {}
        places, unknown = {}, {}
        prefix, cut, remembered = self._folder.prefix, len(self._folder.prefix), shared.remembered
        for place, token, parts in self._blobs.along(self._listing.clean()):
            path = key(place)
            if path is None:
                continue
            state = remembered(path, parts) if parts else None
            if state is None:
                unknown[place] = token
                continue
            files[state.path] = state
            if place[cut:] != path or not place.startswith(prefix):
                places[path] = place
        return files, places, unknown

    def _rows(self, key: Key, unknown: Mapping[str, str]) -> Iterator[tuple[str, str, Row]]:
        """Place, path and description of each file that is read, or that the disk describes."""
        yield from self._read(unknown, key)
        chosen = [place for place in self._listing.files if key(place) is not None]
        looking = look(self._folder.root, chosen, self._states, self._started, self._options.jobs)
        if self._options.way == "full":
            looking = read_all(self._folder.root, chosen, described_by_nothing, self._options.jobs)
        yield from self._found(looking, key)

    def _read(self, unknown: Mapping[str, str], key: Key) -> Iterator[tuple[str, str, Row]]:
        """Read what git vouches for and is not remembered; it is, if the bytes are still those that git means."""
        for seen in read_all(self._folder.root, tuple(unknown), None, self._options.jobs):
            if seen.row and seen.row.token == unknown[seen.path]:
                self._blobs.learn(seen.path, seen.row)
            yield from self._found((seen,), key)

    def _found(self, looking: Iterable[Seen], key: Key) -> Iterator[tuple[str, str, Row]]:
        for seen in looking:
            path = key(seen.path)
            if seen.row and path is not None:
                yield seen.path, path, seen.row
            elif seen.strange:
                self._listing.strange[seen.path] = seen.strange
            elif seen.passed and not self._listing.link(self._folder.root, seen.path):
                self._listing.passed[seen.path] = seen.passed

    def _save(self, files: Container[str], routed: Container[str]) -> None:
        cut = len(self._folder.prefix)
        for hashes in (self._blobs, self._states):
            hashes.save(lambda place: place[cut:] in files or place in routed)

    def _named(self, reasons: Mapping[str, str], key: Key, entries: Mapping[str, Entry]) -> dict[str, str]:
        """What was set aside, by the project's paths: what would be synced, or has something that is below it."""
        named: dict[str, str] = {}
        above = {folder for path in entries for folder in _above(path)} if reasons else set()
        for place, reason in reasons.items():
            inner = key(f"{place}/x")
            path = key(place) or (inner and inner[: -len("/x")])
            own = place[len(self._folder.prefix) :]
            if path is None and place.startswith(self._folder.prefix) and own in above:
                path = own
            if path is not None:
                named[path] = reason
        return named


def _above(path: str) -> Iterator[str]:
    end = path.rfind("/")
    while end > 0:
        yield path[:end]
        end = path.rfind("/", 0, end)


class _Shared:
    """States made of the objects that the manifest and the other side have already, where they are equal."""

    def __init__(self, entries: Mapping[str, Entry], other: Mapping[str, FileState]) -> None:
        self._other = other
        self._entries = iter(entries.items())
        self._path, self._entry = next(self._entries, _NONE)

    def remembered(self, path: str, parts: list[str]) -> FileState | None:
        """The state of a row's parts; what equals one that is known needs no other look."""
        digest, mode = parts[3], MODES.get(parts[2])
        other = self._other.get(path)
        if other is not None and other.hash == digest and other.mode == mode:
            return other
        while self._path < path:  # both are in order, as a rule
            self._path, self._entry = next(self._entries, _NONE)
        if self._path == path and self._entry.sha256 == digest and mode:
            return FileState(self._path, self._entry.sha256, self._entry.size, mode)
        row = row_of(parts)
        return FileState(path, row.hash, row.size, row.mode) if row else None

    def state(self, path: str, row: Row) -> FileState:
        other = self._other.get(path)
        if other is not None and other.hash == row.hash and other.mode == row.mode:
            return other
        while self._path < path:  # both are in order, as a rule
            self._path, self._entry = next(self._entries, _NONE)
        if self._path == path and self._entry.sha256 == row.hash:
            return FileState(self._path, self._entry.sha256, self._entry.size, row.mode)
        return FileState(path, row.hash, row.size, row.mode)


_NONE = ("\U0010ffff", Entry("", 0, "", "local"))
