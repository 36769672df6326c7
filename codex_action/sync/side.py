"""One side that is being scanned: what is listed there, and which of it is not as the manifest says."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from typing import Literal, NamedTuple

from codex_action.remote.git import Git
from codex_action.sync.apart import Difference, Scanned
from codex_action.sync.hashes import PLAIN, Hashes, Row, row_of
from codex_action.sync.known import hashes_of
from codex_action.sync.ledger import Ledger
from codex_action.sync.listing import Listing, walk
from codex_action.sync.looking import Seen, described, described_by_nothing, look, read_all
from codex_action.sync.manifest import Entry
from codex_action.sync.model import FILE, FileState, Tree
from codex_action.sync.sides import Folder, Key
from codex_action.sync.tree_git import GitListing, is_top, list_git

Way = Literal["git", "stat", "full"]
_PROBES = ("/x", "/x.md")  # what may be in a folder that cannot be looked into


class Options(NamedTuple):
    """How to scan. `memory` is a folder that is there, for what is remembered; without it nothing is.

    `git` makes what asks git in a working tree, `now` gives the time in seconds since 1970.
    """

    way: Way = "git"
    memory: str | None = None
    jobs: int = 1
    git: Callable[[str], Git] = Git
    now: Callable[[], float] = time.time


class _Chosen(NamedTuple):
    """Places of files that are synced; `odd` are the paths of those that are not the place without its first part."""

    places: list[str]
    odd: dict[str, str]
    cut: int

    def path(self, place: str) -> str:
        """The project's path of a place."""
        return self.odd.get(place) or place[self.cut :]


class Side:
    """A side's name, its folder, and the manifest's entries that it is compared with."""

    def __init__(self, name: str, folder: Folder, entries: Mapping[str, Entry], options: Options) -> None:
        self._folder, self._entries, self._options = folder, entries, options
        self._hash_of = hashes_of(entries)
        self._started = int(options.now() * 1e9)
        kept = self._kept
        self._git, self._stat = (
            Ledger(folder, entries, kept(f"known-{name}-{kind}"), Hashes(kept(f"hashes-{name}-{kind}")))
            for kind in ("git", "stat")
        )
        self._listing = Listing()
        self._other: dict[str, FileState] = {}
        self._found: set[str] = set()
        self._places: dict[str, str] = {}

    def _kept(self, name: str) -> str | None:
        return os.path.join(self._options.memory, name) if self._options.memory else None

    def listing(self) -> Listing:
        """What is in the folder. Raises StorageError, GitError."""
        folder, options = self._folder, self._options
        if not is_top(folder.root):
            return walk(folder.root, folder.below)
        git, ids = options.git(folder.root), options.way == "git"
        listing = list_git(git, folder.below, ids=ids, memory=self._git.memory)
        if folder.further:
            more = walk(folder.root, folder.further)
            known = set(listing.paths()) if more.files else ()
            listing.files = sorted({*listing.files, *(path for path in more.files if path not in known)})
            listing.passed.update(more.passed)
            listing.strange.update(more.strange)
        return listing

    def run(self, listing: Listing) -> Difference:
        """Look at every file that is synced, but those that are told to be as the manifest says."""
        self._listing = listing
        key = self._folder.key(listing.paths())
        if isinstance(listing, GitListing) and listing.vouched:
            lost = self._vouched(listing, key)
        else:
            lost = self._described(key)
        lost -= self._found
        self._save(lost)
        passed, strange = (self._named(part, key) for part in (listing.passed, listing.strange))
        listing.forget()
        tree = Tree(self._other, passed, strange)
        return Difference(Scanned(tree, self._folder.prefix, self._places), lost)

    def _vouched(self, listing: GitListing, key: Key) -> set[str]:
        """Note files that git vouches for, and look at others; gives those of the manifest that git says nothing of."""
        ledger = self._git
        ledger.begin(listing.told)
        self._read(self._clean(key), key)
        self._look(self._chosen(listing.files, key))
        ledger.keep(listing.index[1:], listing.others(ledger.aside), listing.folders)
        return ledger.unagreed.union(filter(self._entries.__contains__, map(ledger.own, listing.dirty)))

    def _described(self, key: Key) -> set[str]:
        """Look at files that only the disk describes; gives those of the manifest of which it says nothing."""
        ledger, files = self._stat, self._listing.files
        if self._options.way == "full" or not ledger.memory.path:
            ledger.begin(None)
            self._look(self._chosen(files, key), ledger)
            return ledger.unagreed
        listing = described(self._folder.root, files, self._started)
        ledger.begin(ledger.memory.recall(listing))
        rows = listing.split(b"\0")[:-1] if ledger.told is None else ledger.told.rows
        tokens = dict(map(_place_and_token, rows))
        self._compare(tokens, self._chosen(sorted(tokens), key, ledger))
        ledger.keep(listing, (row for row in rows if _place_and_token(row)[0] in ledger.aside))
        return ledger.unagreed

    def _compare(self, tokens: Mapping[str, str], chosen: _Chosen) -> None:
        """Look at files that are not told to agree; they do, if what is found is what they were described as."""
        ledger, root, jobs = self._stat, self._folder.root, self._options.jobs
        for seen in look(root, chosen.places, ledger.hashes, self._started, jobs, tokens):
            place, row = seen.path, seen.row
            good = row is not None and row.mode == FILE and bool(row.token) and row.token == tokens[place]
            if not (row and good and ledger.settles(place, chosen.path(place), row.hash)):
                ledger.set_aside(place, row)
                self._note(seen, chosen)

    def _clean(self, key: Key) -> dict[str, str]:
        """Note files that git vouches for and that are remembered; gives those that are to be read.

        Nearly all files pass here if nothing is told, so that each step counts.
        """
        unknown: dict[str, str] = {}
        ledger = self._git
        for place, token, parts in ledger.hashes.along(self._listing.clean()):
            path = key(place)
            if path is None:
                ledger.skip(place)
            elif parts and parts[2] == PLAIN and ledger.settles(place, path, parts[3]):
                pass
            elif parts and (row := row_of(parts)):
                ledger.set_aside(place, row)
                self._add(place, path, row)
            else:
                unknown[place] = token
        return unknown

    def _read(self, unknown: Mapping[str, str], key: Key) -> None:
        """Read what git vouches for and is not remembered; it is, if the bytes are still those that git means."""
        ledger, chosen = self._git, self._chosen(unknown, key)
        for seen in read_all(self._folder.root, chosen.places, None, self._options.jobs):
            place, row = seen.path, seen.row
            good = row if row and row.token == unknown[place] else None
            if good:
                ledger.hashes.learn(place, good)
            if not (good and good.mode == FILE and ledger.settles(place, chosen.path(place), good.hash)):
                ledger.set_aside(place, good)
                self._note(seen, chosen)

    def _add(self, place: str, path: str, row: Row) -> None:
        """A file that is there."""
        self._found.add(path)
        if row.mode == FILE and self._hash_of(path) == row.hash:
            self._other.pop(path, None)
        else:
            self._other[path] = FileState(path, row.hash, row.size, row.mode)
        if place != self._folder.prefix + path:
            self._places[path] = place

    def _chosen(self, places: Iterable[str], key: Key, ledger: Ledger | None = None) -> _Chosen:
        """Places of files that are synced; the others are skipped."""
        cut = len(self._folder.prefix)
        chosen = _Chosen([], {}, cut)
        for place in places:
            path = key(place)
            if path is not None:
                chosen.places.append(place)
                if path != place[cut:]:
                    chosen.odd[place] = path
            elif ledger:
                ledger.skip(place)
        return chosen

    def _look(self, chosen: _Chosen, ledger: Ledger | None = None) -> None:
        """Look at files; those that are as the manifest says are noted in a ledger alone, if one is given."""
        root, jobs = self._folder.root, self._options.jobs
        if self._options.way == "full":
            looking = read_all(root, chosen.places, described_by_nothing, jobs)
        else:
            looking = look(root, chosen.places, self._stat.hashes, self._started, jobs)
        for seen in looking:
            place, row = seen.path, seen.row
            if not (
                ledger and row and row.mode == FILE and ledger.settles(place, chosen.path(place), row.hash)
            ):
                self._note(seen, chosen)

    def _note(self, seen: Seen, chosen: _Chosen) -> None:
        if seen.row:
            self._add(seen.path, chosen.path(seen.path), seen.row)
        elif seen.strange:
            self._listing.strange[seen.path] = seen.strange
        elif seen.passed and not self._listing.link(self._folder.root, seen.path):
            self._listing.passed[seen.path] = seen.passed

    def _save(self, lost: AbstractSet[str]) -> None:
        """Remember the hashes of files that are there."""
        cut, routed = len(self._folder.prefix), frozenset(self._places.values())
        ledgers = (self._git, self._stat)
        learned = any(ledger.hashes.learned and not ledger.told for ledger in ledgers)
        present = {*self._entries, *self._other} - lost if learned else frozenset()
        for ledger in ledgers:
            ledger.save(lambda place: place[cut:] in present or place in routed)

    def _named(self, reasons: Mapping[str, str], key: Key) -> dict[str, str]:
        """What was set aside, by the project's paths: what would be synced, or has something that is below it."""
        named: dict[str, str] = {}
        above = {folder for path in self._entries for folder in _above(path)} if reasons else set()
        for place, reason in reasons.items():
            below = ((key(place + probe), len(probe)) for probe in _PROBES)
            path = key(place) or next((inner[:-cut] for inner, cut in below if inner), None)
            own = place[len(self._folder.prefix) :]
            if path is None and place.startswith(self._folder.prefix) and own in above:
                path = own
            if path is not None:
                named[path] = reason
        return named


def _place_and_token(row: bytes) -> tuple[str, str]:
    token, _, place = row.partition(b"\t")
    return place.decode("utf-8", "surrogateescape"), token.decode()


def _above(path: str) -> Iterator[str]:
    end = path.rfind("/")
    while end > 0:
        yield path[:end]
        end = path.rfind("/", 0, end)
