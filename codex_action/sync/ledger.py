"""What speaks for the manifest's files on one side: rows that were told to agree, and those that are found to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from codex_action.sync.agreed import Told, memory_of
from codex_action.sync.hashes import Hashes, Row
from codex_action.sync.known import hashes_of
from codex_action.sync.manifest import Entry
from codex_action.sync.rules import SHARED
from codex_action.sync.sides import Folder
from codex_action.sync.spoken import Rows, rows_of


class Ledger:
    """`aside` are places whose rows speak for no file of the manifest.

    `hashes` are those of the places that are to be looked at: all that are remembered, or, if rows are told to agree,
    those of the `few` others.
    """

    def __init__(
        self, folder: Folder, entries: Mapping[str, Entry], path: str | None, hashes: Hashes
    ) -> None:
        self._folder, self._entries, self._hash_of = folder, entries, hashes_of(entries)
        self.memory = memory_of(path, entries, folder.rules)
        self.hashes = hashes
        self.few = Hashes(self.memory.path and f"{self.memory.path}-hashes")
        self.told: Told | None = None
        self._all: Rows | None = None
        self._few_left: set[str] = set()
        self.aside: set[str] = set()

    def begin(self, told: Told | None) -> None:
        """Take over what was told of a listing."""
        self.told = told
        if told is None:
            self._all = rows_of(self._entries)
        else:
            gone = (self.own(row.partition(b"\t")[2]) for row in told.gone)
            self._few_left = {*told.lost, *(path for path in gone if path in self._entries)}
            self.hashes = self.few

    @property
    def unagreed(self) -> set[str]:
        """Files of the manifest that no row speaks for."""
        return self._few_left if self._all is None else set(self._all.left())

    def own(self, place: bytes) -> str:
        """The project's path of a place, '' if it is not in its folder."""
        path, prefix = place.decode("utf-8", "surrogateescape"), self._folder.prefix
        return path[len(prefix) :] if path.startswith(prefix) else ""

    def skip(self, place: str) -> None:
        """A place that is not synced: its row is settled, if the rules alone say so."""
        elsewhere = self._folder.elsewhere
        if elsewhere is not None and place.startswith(elsewhere):
            self.aside.add(place)

    def settles(self, place: str, path: str, digest: str) -> bool:
        """Is a plain file as the manifest says, and where its own path says, whatever others say? Its row agrees."""
        if place != self._folder.prefix + path or path.startswith(SHARED):
            return False
        if self._all is not None:
            return self._all.settle(path, digest)
        if self._hash_of(path) != digest:
            return False
        self._few_left.discard(path)
        return True

    def set_aside(self, place: str, row: Row | None) -> None:
        """A place whose row does not agree; what is known of it is needed again."""
        self.aside.add(place)
        if row and not self.told:
            self.few.learn(place, row)

    def keep(self, listing: bytes, others: Iterable[bytes], folders: Iterable[str] = ()) -> None:
        """Remember a listing and the `others` of its rows, unless all of it is known already."""
        rows = frozenset(others)
        if not (self.told and self.told.same and rows == self.told.rows):
            self.memory.keep(listing, rows, self.unagreed, folders)

    def save(self, keeps: Callable[[str], bool]) -> None:
        """Remember hashes: of all files that are there, or of the few."""
        if not self.told:
            self.hashes.save(keeps)
        self.few.save(self.aside.__contains__)
