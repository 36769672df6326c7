"""Does git keep bytes as they are on the disk, in all of a folder's files?

Where line ends or filters are configured it does not. Attributes count wherever git reads them: above what is listed,
where git ignores the file, and for all of a user's repositories.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator

from codex_action.errors import GitError
from codex_action.remote.git import Git
from codex_action.storage.beneath import opened

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


def converts_nothing(git: Git, index: bytes, folders: Iterable[str]) -> bool:
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
    return not (
        any(map(_converts, own))
        or any(_converts_below(git.root, path) for path in _attributes(git.root, folders))
        or _attributes_lost(git.root, index)
    )


def _attributes(root: str, folders: Iterable[str]) -> Iterator[str]:
    """Files of attributes that are there. There may be very many folders, so that each step counts."""
    there = os.path.lexists
    for folder in folders:
        path = f"{folder}/.gitattributes" if folder else ".gitattributes"
        if there(f"{root}/{path}"):
            yield path


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
