"""What git says is in a working tree. What it is told to ignore is nobody's document.

An id of git's is never compared with anything but itself: it stands for the sha256 of bytes that were read once, and
had this id. It can, as long as nothing changes bytes on their way into git: where line ends or filters are configured,
two different files are clean with one id, and so no id is trusted there. Attributes count wherever git reads them:
above what is listed, where git ignores the file, and for all of a user's repositories.
"""

from __future__ import annotations

import os
import re
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain

from codex_action.remote.git import Git
from codex_action.sync.agreed import Memory, Told
from codex_action.sync.attributes import converts_nothing
from codex_action.sync.journal import is_temporary
from codex_action.sync.listing import Listing
from codex_action.workers import map_threads

# Each entry of an index begins with the NUL that ends the one before. One of a file that git looks at, and any other.
_FILE = re.compile(rb"\0H (100644|100755) ([0-9a-f]+) 0\t([^\0]+)")
_OTHER = re.compile(
    rb"\0(?!H 100(?:644|755) [0-9a-f]+ 0\t)(.) ([0-9]{6}) [0-9a-f]+ ([0-9])\t([^\0]+)", re.DOTALL
)
_ROW = re.compile(rb"((H 100(?:644|755) [0-9a-f]+ 0\t)?(?(2)|[^\0\t]*\t)([^\0]+))\0")
_FOLDER = re.compile(rb"\t([^\0]*)/")  # of each entry
_groups = re.Match.groups
_LINK = b"120000"
_SHUT = re.compile(r"warning: could not open directory '(.+?)/?': (.+)")
_SUBMODULE = "is a submodule"
_NOTHING = Memory()


@dataclass
class GitListing(Listing):
    """A listing made of git's answers. The index is read through again and again, and never held as objects.

    `told` is what is known of it: then `rest` has those of its rows that are to be looked at, else all of them.
    """

    index: bytes = field(default=b"", repr=False)
    rest: bytes = field(default=b"", repr=False)
    dirty: frozenset[bytes] = frozenset()
    folders: frozenset[str] = frozenset()
    vouched: bool = False
    told: Told | None = None

    def clean(self) -> Iterator[tuple[str, str]]:
        """Files that are what git holds of them, and its mode and id, if ids can be trusted here.

        Without those that are told to agree.
        """
        return self._clean(self.rest)

    def _clean(self, index: bytes) -> Iterator[tuple[str, str]]:
        if self.vouched:
            dirty = self.dirty
            for mode, name, path in map(_groups, _FILE.finditer(index)):
                if path not in dirty:
                    yield path.decode("utf-8", "surrogateescape"), (mode + name).decode("ascii")

    def unclear(self) -> Iterator[str]:
        """Files that are to be looked at, because no id can be trusted here."""
        if not self.vouched:
            for match in _FILE.finditer(self.index):
                yield match[3].decode("utf-8", "surrogateescape")

    def others(self, aside: Container[str]) -> list[bytes]:
        """The rows that were looked at and cannot be told to agree: these places', and what git does not vouch for."""
        rows = (row.groups() for row in _ROW.finditer(self.rest))
        return [
            row
            for row, clean, path in rows
            if not clean or path in self.dirty or path.decode("utf-8", "surrogateescape") in aside
        ]

    def forget(self) -> None:
        """Let go of the files and the index."""
        super().forget()
        self.index = self.rest = b""

    def paths(self) -> Iterator[str]:
        """All files."""
        yield from self.files
        for path, _ in self._clean(self.index):
            yield path


def is_top(root: str) -> bool:
    """Is a folder the top of a working tree? Only then git is asked: below an ignored folder it would know nothing."""
    return os.path.exists(os.path.join(root, ".git"))


def list_git(git: Git, below: str = "", *, ids: bool = True, memory: Memory = _NOTHING) -> GitListing:
    """What git tracks below a folder of its tree, and what it does not know yet. Raises GitError.

    Without `ids` all files are to be looked at.
    """
    place = ("--", f":(literal){below}") if below else ()
    questions: list[tuple[str, ...]] = [
        ("ls-files", "-s", "-v", "-z", *place, *_attributes_above(below)),
        ("ls-files", "-o", "--exclude-standard", "-z", *place),
        ("diff-files", "--name-only", "--ignore-submodules", "--relative", "-z", *place),
    ]
    warnings: list[str] = []
    answers = map_threads(
        lambda words: git.run(*words, warnings=warnings), questions if ids else questions[:2], 3
    )
    listing = GitListing(index=b"\0" + next(answers))  # the others still run
    listing.told = memory.recall(listing.index[1:]) if ids else None
    rest = listing.index if listing.told is None else _joined(listing.told.rows)
    new, *changed = answers
    listing.passed.update(_unread(warnings))
    others = [path for path in _paths(new) if not is_temporary(path.rpartition("/")[2])]
    if ids:
        listing.dirty = frozenset(changed[0].split(b"\0")[:-1])
        known = listing.told.folders if listing.told else ()
        listing.folders = _with_those_above([below, *_folders(rest, others)], known)
        listing.vouched = converts_nothing(git, listing.index, listing.folders)
    if listing.vouched:
        listing.rest = rest
    else:
        listing.told, listing.rest = None, listing.index
    _sort_in(git.root, listing, others)
    if not listing.vouched:
        listing.index = listing.rest = b""  # all of it is in the files
    return listing


def _attributes_above(below: str) -> Iterator[str]:
    """Where git has what counts below, too, if it is not on the disk: then it reads it in the index."""
    while below:
        below = below.rpartition("/")[0]
        yield f":(literal){below}/.gitattributes" if below else ":(literal).gitattributes"


def _joined(rows: Iterable[bytes]) -> bytes:
    """Rows in the order of their paths, as they stand in an index."""
    return b"\0".join((b"", *sorted(rows, key=lambda row: row.partition(b"\t")[2]), b""))


def _unread(warnings: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Folders that git could not look into, and why; it lists the others all the same."""
    for found in filter(None, map(_SHUT.fullmatch, warnings)):
        yield found[1], f"cannot be read: {found[2].lower()}"


def _sort_in(root: str, listing: GitListing, others: list[str]) -> None:
    """What git cannot vouch for: changed files and new ones, links, submodules."""
    files = {os.fsdecode(path) for path in listing.dirty} if listing.vouched else set()
    for path in others:
        if path.endswith("/"):
            listing.strange[path[:-1]] = "is another git repository"
        elif not listing.link(root, path):
            files.add(path)
    for tag, mode, stage, name in map(_groups, _OTHER.finditer(listing.rest)):
        path = os.fsdecode(name)
        odd = _odd(root, path, (tag, mode, stage))
        if odd:
            (listing.strange if odd is _SUBMODULE else listing.passed)[path] = odd
        if odd or (mode == _LINK and listing.link(root, path)):
            files.discard(path)
        else:
            files.add(path)
    listing.files = sorted(chain(files, listing.unclear()))


def _odd(root: str, path: str, entry: tuple[bytes, bytes, bytes]) -> str | None:
    """What keeps an entry, with a tag, a mode and a stage, from being a file to look at."""
    tag, mode, stage = entry
    if mode == b"160000":
        return _SUBMODULE
    if stage != b"0":
        return "is in a merge that is not finished"
    if tag in b"Ss" and not os.path.lexists(os.path.join(root, path)):
        return "is left out of this checkout"
    return None


def _folders(index: bytes, others: Iterable[str]) -> set[str]:
    """Those that files are in."""
    return {*map(os.fsdecode, set(_FOLDER.findall(index))), *(path.rpartition("/")[0] for path in others)}


def _with_those_above(folders: Iterable[str], known: Iterable[str]) -> frozenset[str]:
    """Folders, and those above them; of the `known` ones these are among them."""
    every = {"", *known}
    for inner in folders:
        folder = inner
        while folder not in every:
            every.add(folder)
            folder = folder.rpartition("/")[0]
    return frozenset(every)


def _paths(output: bytes) -> list[str]:
    return os.fsdecode(output).split("\0")[:-1]
