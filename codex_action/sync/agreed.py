"""Rows of a listing that need no look: those that were there last time, and were found to agree with the manifest.

A row stands for a file and its bytes, as git's index does. What is remembered is a whole listing, which of its rows did
not agree, and which files of the manifest no agreeing row stands for. All of it is for one manifest and one set of
rules; what is of others, or damaged, is as good as nothing.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from codex_action.files import create
from codex_action.storage.beneath import regular
from codex_action.sync.known import Entries
from codex_action.sync.manifest import Entry
from codex_action.version import __version__


class Told(NamedTuple):
    """What is to be looked at: `rows`, besides them only what is changed though its row is not.

    `gone` are rows that agreed, and are not there any more; `lost` are files of the manifest without an agreeing row;
    `folders` are those that were listed; `same`: the listing is the one that is remembered.
    """

    rows: frozenset[bytes]
    gone: frozenset[bytes]
    lost: frozenset[str]
    folders: frozenset[str]
    same: bool


class Memory(NamedTuple):
    """Where a side's listing is remembered, and for what; without a path nothing is."""

    path: str | None = None
    key: str = ""

    def recall(self, listing: bytes) -> Told | None:
        """What a listing of rows, each with a NUL at its end, has that is not known to agree."""
        if self.path is None:
            return None
        try:
            with open(self.path, "rb", opener=regular) as file:
                key, facts, digest, size = file.readline(1000).split()
                whole = int(size) <= os.fstat(file.fileno()).st_size
                told = file.read(int(size)) if whole else b""
                if key.decode() != self.key or _digest(told) != facts:
                    return None
                others, lost, folders = map(_texts, json.loads(told))
                rows = frozenset(map(os.fsencode, others))
                if _digest(listing) == digest:
                    return Told(rows, frozenset(), lost, folders, same=True)
                before = file.read()
        except (OSError, ValueError, TypeError, RecursionError):
            return None
        if _digest(before) != digest:
            return None
        then, now = set(before.split(b"\0")), set(listing.split(b"\0"))
        look = frozenset(now - then | (rows & now))
        return Told(look, frozenset(then - now - rows), lost, folders, same=False)

    def keep(
        self, listing: bytes, others: Iterable[bytes], lost: Iterable[str], folders: Iterable[str]
    ) -> None:
        """Remember a listing, of which all but the `others` agreed; no failure is told."""
        if self.path is None:
            return
        told = json.dumps([sorted(map(os.fsdecode, others)), sorted(lost), sorted(folders)]).encode()
        head = b"%s %s %s %d\n" % (self.key.encode(), _digest(told), _digest(listing), len(told))
        with contextlib.suppress(OSError):
            create(self.path, b"".join((head, told, listing)), durable=False)


def _texts(values: Any) -> frozenset[str]:  # noqa: ANN401  (whatever the file holds)
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise TypeError("is no list of texts")
    return frozenset(values)


def _digest(data: bytes) -> bytes:
    return hashlib.sha256(data).hexdigest().encode()


def memory_of(path: str | None, entries: Mapping[str, Entry], rules: str) -> Memory:
    """What is remembered of a side, for a manifest that is known by its digest, and rules by theirs."""
    if path is None or not rules or not isinstance(entries, Entries):
        return Memory()
    return Memory(path, _digest(f"{__version__} {entries.digest} {rules}".encode()).decode())
