"""What is in a folder: files, and what is none. No link is followed, nothing is opened but folders."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field

from codex_action.errors import StorageError
from codex_action.storage.beneath import Folder, opened
from codex_action.sync.journal import is_temporary

LINK = "is a symbolic link"
_KINDS = (
    (stat.S_ISFIFO, "is a pipe"),
    (stat.S_ISSOCK, "is a socket"),
    (stat.S_ISCHR, "is a device"),
    (stat.S_ISBLK, "is a device"),
)


@dataclass
class Listing:
    """The files below a root by their paths there, in order; `clean` ones apart from `files` to be looked at.

    `passed` are links and what cannot be read, `strange` what must not be in a tree that is synced, with the reason.
    """

    files: list[str] = field(default_factory=list)
    passed: dict[str, str] = field(default_factory=dict)
    strange: dict[str, str] = field(default_factory=dict)

    def clean(self) -> Iterator[tuple[str, str]]:
        """Files whose bytes git vouches for, and what stands for these."""
        return iter(())

    def paths(self) -> Iterator[str]:
        """All files."""
        yield from self.files

    def forget(self) -> None:
        """Let go of the files: they have been looked at, and would weigh as much as what came of it."""
        self.files = []

    def link(self, root: str, path: str) -> bool:
        """Note a path if it is a link, which is strange if it leads out of the root."""
        if not os.path.islink(os.path.join(root, path)):
            return False
        if leads_out(root, path):
            self.strange[path] = f"{LINK} that leads out of the tree"
        else:
            self.passed[path] = LINK
        return True


def leads_out(root: str, path: str) -> bool:
    """Does what a path names lie elsewhere?"""
    root = os.path.realpath(root)
    try:
        return os.path.commonpath((root, os.path.realpath(os.path.join(root, path)))) != root
    except ValueError:  # another drive
        return True


def walk(root: str, below: str = "") -> Listing:
    """Everything below `root/below`. A folder that is not there is empty. Raises StorageError for what is no folder."""
    listing = Listing()
    folders = [below]
    while folders:
        folder = folders.pop()
        try:
            with opened(root, folder.split("/") if folder else ()) as entered:
                folders += _entries(root, entered, folder, listing)
        except FileNotFoundError:
            if not folder:
                raise StorageError(f"there is no folder {root!r}") from None
        except OSError as error:
            if folder == below:
                raise StorageError(f"{folder or root!r}: {reason(error)}") from error
            listing.passed[folder] = f"cannot be read: {reason(error)}"
    listing.files.sort()
    return listing


def _entries(root: str, entered: Folder, folder: str, listing: Listing) -> list[str]:
    """Sort a folder's entries in; gives the folders among them."""
    prefix = f"{folder}/" if folder else ""
    inner: list[str] = []
    kinds = {entry.name: _kind(entry) for entry in entered.scan()}
    if folder and ".git" in kinds:
        listing.strange[folder] = "is another git repository"
        return []
    for name, what in kinds.items():
        path = prefix + name
        if what == "link":
            listing.link(root, path)
        elif what == "folder":
            inner += [path] if name != ".git" else []
        elif what == "other":
            listing.strange[path] = kind(entered.state(name))
        elif not is_temporary(name):
            listing.files.append(path)
    return inner


def _kind(entry: os.DirEntry[str]) -> str:
    if entry.is_symlink():
        return "link"
    if entry.is_dir(follow_symlinks=False):
        return "folder"
    return "file" if entry.is_file(follow_symlinks=False) else "other"


def kind(state: os.stat_result) -> str:
    """What something is that is neither file nor folder nor link."""
    return next((words for test, words in _KINDS if test(state.st_mode)), "is no regular file")


def reason(error: OSError) -> str:
    """The system's words, to go on a sentence with."""
    words = error.strerror or os.strerror(error.errno or errno.EIO)
    return f"{words[:1].lower()}{words[1:]}"
