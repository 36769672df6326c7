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
from itertools import chain
from typing import Literal, NamedTuple

from codex_action.errors import CodexError
from codex_action.remote.git import Git
from codex_action.sync.apart import MANY, Difference, Scanned, difference, restored
from codex_action.sync.hashes import MODES, Hashes, Row, row_of
from codex_action.sync.listing import Listing, walk
from codex_action.sync.looking import Seen, described_by_nothing, look, read_all
from codex_action.sync.manifest import Entry
from codex_action.sync.model import FileState, Tree
from codex_action.sync.sides import Folder, Key
from codex_action.sync.tree_git import is_top, list_git
from codex_action.sync.unlisted import with_unlisted
from codex_action.workers import can_fork, map_processes, map_threads

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
_PROBES = ("/x", "/x.md")  # what may be in a folder that cannot be looked into


def scan(
    local: Folder, codex: Folder, entries: Mapping[str, Entry] = {}, options: Options = _DEFAULT
) -> tuple[Scanned, Scanned]:
    """Both sides as they are. Raises StorageError for a folder that is none, GitError for a git that does not answer.

    `entries` are the manifest's: what is equal to them, and on both sides, is held in memory once. What one side has,
    or had, is looked for on the other, too, before it counts as deleted there.
    """
    here, there = _both(local, codex, entries, options)
    return (
        with_unlisted(local, here, chain(entries, there.tree.files)),
        with_unlisted(codex, there, chain(entries, here.tree.files)),
    )


def _both(
    local: Folder, codex: Folder, entries: Mapping[str, Entry], options: Options
) -> tuple[Scanned, Scanned]:
    """Both sides as far as they are listed."""
    known = {path: FileState(path, entry.sha256, entry.size) for path, entry in entries.items()}
    if len(known) >= MANY and options.jobs > 1 and can_fork():
        few = options._replace(jobs=options.jobs // 2)

        def look_at(side: tuple[str, Folder]) -> Difference | None:
            try:
                listing = _listing(side[1], few)
                return difference(_Scan(*side, listing, few).run(entries, known), known)
            except CodexError:  # it will be met, and told, by this process too
                return None

        found = tuple(map_processes(look_at, (("local", local), ("codex", codex)), 2))
        if found[0] and found[1]:
            return restored(found[0], known.copy()), restored(found[1], known)
    here, there = map_threads(partial(_listing, options=options), (local, codex), 2)
    first = _Scan("local", local, here, options).run(entries, known)
    known.update(first.tree.files)
    return first, _Scan("codex", codex, there, options).run(entries, known)


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

    def run(self, entries: Mapping[str, Entry], known: Mapping[str, FileState]) -> Scanned:
        """Look at every file that is synced; one that is `known` already is given as it is there."""
        key = self._folder.key(self._listing.paths())
        files, places, unknown = self._clean(key, known)
        for place, path, row in self._rows(key, unknown):
            state = _state(path, row, known)
            files[state.path] = state
            if place != self._folder.prefix + path:
                places[state.path] = place
        self._listing.forget()
        self._save(files, frozenset(places.values()))
        passed, strange = (
            self._named(places_of, key, entries)
            for places_of in (self._listing.passed, self._listing.strange)
        )
        return Scanned(Tree(files, passed, strange), self._folder.prefix, places)

    def _clean(
        self, key: Key, known: Mapping[str, FileState]
    ) -> tuple[dict[str, FileState], dict[str, str], dict[str, str]]:
        """Files that git vouches for and that are remembered; which of them are elsewhere; and what is to be read.

        Nearly all files pass here, so that each step counts.
        """
        files: dict[str, FileState] = {}
        places, unknown = {}, {}
        prefix, cut, find = self._folder.prefix, len(self._folder.prefix), known.get
        for place, token, parts in self._blobs.along(self._listing.clean()):
            path = key(place)
            if path is None:
                continue
            state = find(path) if parts else None
            if not (parts and state and state.hash == parts[3] and state.mode == MODES.get(parts[2])):
                row = row_of(parts) if parts else None
                if row is None:
                    unknown[place] = token
                    continue
                state = _state(path, row, known)
            files[state.path] = state
            if place[cut:] != path or not place.startswith(prefix):
                places[path] = place
        return files, places, unknown

    def _rows(self, key: Key, unknown: Mapping[str, str]) -> Iterator[tuple[str, str, Row]]:
        """Place, path and description of each file that is read, or that the disk describes."""
        yield from self._read(unknown, key)
        chosen, paths = self._chosen(self._listing.files, key)
        looking = look(self._folder.root, chosen, self._states, self._started, self._options.jobs)
        if self._options.way == "full":
            looking = read_all(self._folder.root, chosen, described_by_nothing, self._options.jobs)
        yield from self._found(looking, paths)

    def _chosen(self, places: Iterable[str], key: Key) -> tuple[list[str], dict[str, str]]:
        """Places of files that are synced, and the paths of those that are not where their own path says."""
        cut = len(self._folder.prefix)
        chosen, paths = [], {}
        for place in places:
            path = key(place)
            if path is not None:
                chosen.append(place)
                if path != place[cut:]:
                    paths[place] = path
        return chosen, paths

    def _read(self, unknown: Mapping[str, str], key: Key) -> Iterator[tuple[str, str, Row]]:
        """Read what git vouches for and is not remembered; it is, if the bytes are still those that git means."""
        chosen, paths = self._chosen(unknown, key)
        for seen in read_all(self._folder.root, chosen, None, self._options.jobs):
            if seen.row and seen.row.token == unknown[seen.path]:
                self._blobs.learn(seen.path, seen.row)
            yield from self._found((seen,), paths)

    def _found(self, looking: Iterable[Seen], paths: Mapping[str, str]) -> Iterator[tuple[str, str, Row]]:
        cut = len(self._folder.prefix)
        for seen in looking:
            if seen.row:
                yield seen.path, paths.get(seen.path) or seen.path[cut:], seen.row
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
            below = ((key(place + probe), len(probe)) for probe in _PROBES)
            path = key(place) or next((inner[:-cut] for inner, cut in below if inner), None)
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


def _state(path: str, row: Row, known: Mapping[str, FileState]) -> FileState:
    """A row as a state: the known one, where it is equal."""
    state = known.get(path)
    if state is not None and state.hash == row.hash and state.mode == row.mode:
        return state
    return FileState(path, row.hash, row.size, row.mode)
