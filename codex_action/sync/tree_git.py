"""What git says is in a working tree. What it is told to ignore is nobody's document.

An id of git's is never compared with anything but itself: it stands for the sha256 of bytes that were read once, and
had this id. It can, as long as nothing changes bytes on their way into git: where line ends or filters are configured,
two different files are clean with one id, and so no id is trusted there. Attributes count wherever git reads them:
above what is listed, where git ignores the file, and for all of a user's repositories.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain

from codex_action.errors import GitError
from codex_action.remote.git import Git
from codex_action.storage.beneath import opened
from codex_action.sync.journal import is_temporary
from codex_action.sync.listing import Listing
from codex_action.workers import map_threads

# Each entry of an index begins with the NUL that ends the one before. One of a file that git looks at, and any other.
_FILE = re.compile(rb"\0H (100644|100755) ([0-9a-f]+) 0\t([^\0]+)")
_OTHER = re.compile(
    rb"\0(?!H 100(?:644|755) [0-9a-f]+ 0\t)(.) ([0-9]{6}) [0-9a-f]+ ([0-9])\t([^\0]+)", re.DOTALL
)
_FOLDER = re.compile(rb"\t([^\0]*)/")  # of each entry
_groups = re.Match.groups
_LINK = b"120000"
_SHUT = re.compile(r"warning: could not open directory '(.+?)/?': (.+)")
_SUBMODULE = "is a submodule"
# Attributes that make a file in git another one than on the disk; `-text` and the like forbid just that.
_CONVERTS = re.compile(rb"(?<![-\w])(text|crlf|eol|filter|ident|working-tree-encoding)(?![-\w])")
_SETTINGS = r"^core\.(autocrlf|eol|attributesfile|checkstat|trustctime|filemode|ignorestat)$"
_HARMLESS = (
    "core.autocrlf false",
    "core.filemode true",
    "core.trustctime true",
    "core.checkstat default",
    "core.ignorestat false",
)
_ATTRIBUTES = 1024 * 1024


@dataclass
class GitListing(Listing):
    """A listing made of git's answers. The index is read through again and again, and never held as objects."""

    index: bytes = field(default=b"", repr=False)
    dirty: frozenset[bytes] = frozenset()
    vouched: bool = False

    def clean(self) -> Iterator[tuple[str, str]]:
        """Files that are what git holds of them, and its mode and id, if ids can be trusted here."""
        if self.vouched:
            dirty = self.dirty
            for mode, name, path in map(_groups, _FILE.finditer(self.index)):
                if path not in dirty:
                    yield path.decode("utf-8", "surrogateescape"), (mode + name).decode("ascii")

    def unclear(self) -> Iterator[str]:
        """Files that are to be looked at, because no id can be trusted here."""
        if not self.vouched:
            for match in _FILE.finditer(self.index):
                yield match[3].decode("utf-8", "surrogateescape")

    def forget(self) -> None:
        """Let go of the files and the index."""
        super().forget()
        self.index = b""

    def paths(self) -> Iterator[str]:
        """All files."""
        yield from self.files
        for path, _ in self.clean():
            yield path


def is_top(root: str) -> bool:
    """Is a folder the top of a working tree? Only then git is asked: below an ignored folder it would know nothing."""
    return os.path.exists(os.path.join(root, ".git"))


def list_git(git: Git, below: str = "", *, ids: bool = True) -> GitListing:
    """What git tracks below a folder of its tree, and what it does not know yet. Raises GitError.

    Without `ids` all files are to be looked at.
    """
    place = ("--", f":(literal){below}") if below else ()
    questions: list[tuple[str, ...]] = [
        ("ls-files", "-s", "-v", "-z", *place),
        ("ls-files", "-o", "--exclude-standard", "-z", *place),
        ("diff-files", "--name-only", "--ignore-submodules", "-z", *place),
    ]
    warnings: list[str] = []
    index, new, *changed = map_threads(
        lambda words: git.run(*words, warnings=warnings), questions if ids else questions[:2], 3
    )
    index = b"\0" + index
    others = [path for path in _paths(new) if not is_temporary(path.rpartition("/")[2])]
    listing = GitListing(index=index, passed=dict(_unread(warnings)))
    if ids:
        listing.dirty = frozenset(changed[0].split(b"\0")[:-1])
        listing.vouched = _converts_nothing(git, index, _with_those_above([below, *_folders(index, others)]))
    _sort_in(git.root, listing, others)
    if not listing.vouched:
        listing.index = b""  # all of it is in the files
    return listing


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
    for tag, mode, stage, name in map(_groups, _OTHER.finditer(listing.index)):
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


def _converts_nothing(git: Git, index: bytes, folders: Iterable[str]) -> bool:
    """Are bytes the same in git and on the disk, for every file of some folders?"""
    try:
        settings = (
            git.run("config", "--get-regexp", _SETTINGS).decode("utf-8", "replace").lower().splitlines()
        )
    except GitError as error:  # nothing is set
        if error.stderr:
            raise
        settings = []
    if any(line not in _HARMLESS for line in settings):
        return False
    info = os.fsdecode(git.run("rev-parse", "--git-path", "info/attributes")).strip()
    home = os.environ.get("XDG_CONFIG_HOME") or os.path.expanduser("~/.config")
    own = (os.path.join(git.root, info), os.path.join(home, "git/attributes"), "/etc/gitattributes")
    places = (f"{folder}/.gitattributes" if folder else ".gitattributes" for folder in folders)
    there = filter(lambda path: os.path.lexists(os.path.join(git.root, path)), places)
    return not (
        any(map(_converts, own))
        or any(_converts_below(git.root, path) for path in there)
        or _attributes_lost(git.root, index)
    )


def _folders(index: bytes, others: Iterable[str]) -> set[str]:
    """Those that files are in."""
    return {*map(os.fsdecode, set(_FOLDER.findall(index))), *(path.rpartition("/")[0] for path in others)}


def _with_those_above(folders: Iterable[str]) -> set[str]:
    every = {""}
    for inner in folders:
        folder = inner
        while folder not in every:
            every.add(folder)
            folder = folder.rpartition("/")[0]
    return every


def _attributes_lost(root: str, index: bytes) -> bool:
    """Are attributes only in the index, where git reads them if the file is gone?"""
    if b".gitattributes" not in index:  # this looks through it much faster
        return False
    tracked = re.findall(rb"\t((?:[^\0]*/)?\.gitattributes)\0", index)
    return not all(os.path.lexists(os.path.join(root, os.fsdecode(path))) for path in tracked)


def _converts(path: str) -> bool:
    folder, name = os.path.split(path)
    return os.path.isdir(folder) and _converts_below(folder, name)


def _converts_below(root: str, path: str) -> bool:
    """Does a file of attributes change bytes? One that cannot be read may."""
    *steps, name = path.split("/")
    try:
        with opened(root, steps) as folder:
            return _CONVERTS.search(folder.read(name, _ATTRIBUTES)) is not None
    except FileNotFoundError:
        return False
    except OSError:
        return True


def _paths(output: bytes) -> list[str]:
    return os.fsdecode(output).split("\0")[:-1]
