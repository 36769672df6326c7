"""The codex repository of a sync: a folder on this machine, or a clone of what a URL names."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Union
from urllib.parse import urlsplit

from codex_action.errors import GitError, UsageError
from codex_action.files import repository_of
from codex_action.remote.checkout import Checkout
from codex_action.remote.clone import Clone
from codex_action.remote.git import Git
from codex_action.remote.parent import listed
from codex_action.remote.unpack import SUBMODULE, Entry
from codex_action.remote.upstream import Upstream
from codex_action.sync.scratch import scratch

_NO_FOLDER = "--codex names a checkout of the codex repository, or a URL as https://HOST/OWNER/REPOSITORY.git"


@dataclass(frozen=True)
class Access:
    """How the codex repository may be reached. The `token` is for `server` alone, such as https://github.com."""

    environ: Mapping[str, str] = field(repr=False)
    server: str
    token: str | None = field(default=None, repr=False)
    trusted: bool = False

    def token_for(self, url: str) -> str | None:
        """The token, if a URL is on the server that it is for."""
        return self.token if urlsplit(url)[:2] == urlsplit(self.server)[:2] else None


def ask(folder: str, access: Access, *words: str) -> str:
    """What git says of the checkout that a folder is in, '' where it has no answer. Raises GitError."""
    if repository_of(folder) is None:
        return ""
    try:
        git = Git(folder, environ=access.environ, trusted=access.trusted)
        return os.fsdecode(git.run(*words)).strip()
    except GitError as error:
        if error.stderr:
            raise
        return ""


def commit_of(folder: str, access: Access) -> str:
    """The commit that is checked out, '' where there is none."""
    return ask(folder, access, "rev-parse", "--verify", "--quiet", "HEAD^{commit}")


class FolderRepository:
    """A folder: a checkout as a rule. It is published from only if `publishes`."""

    def __init__(self, folder: str, access: Access, *, publishes: bool, otherwise: str) -> None:
        if not os.path.isdir(folder):
            raise UsageError(f"there is no folder {folder!r}", hint=_NO_FOLDER)
        self.folder = os.path.abspath(folder)
        self.place: Checkout | None = None
        if publishes:
            self.place = Checkout(
                folder,
                environ=access.environ,
                token=access.token,
                server=access.server,
                trusted=access.trusted,
            )
        self._access = access
        self.branch = ask(self.folder, access, "symbolic-ref", "--quiet", "--short", "HEAD") or otherwise

    @property
    def url(self) -> str:
        """Where it is from, as it was cloned; '' if that is not known."""
        return ask(self.folder, self._access, "config", "--get", "remote.origin.url")

    @property
    def commit(self) -> str:
        """The commit that is checked out, '' where there is none."""
        return commit_of(self.folder, self._access)

    def fetch(self, wanted: Callable[[str], bool]) -> None:
        """All is here."""

    def has(self, path: str) -> bool:
        """Is there such a path?"""
        return os.path.lexists(os.path.join(self.folder, path))

    def held(self, *, committed: bool) -> Mapping[str, Entry]:
        """What is there, besides what the disk holds: if that counts, what is `committed`. Raises GitError."""
        if not (committed and self.commit):
            return {}
        prefix = ask(self.folder, self._access, "rev-parse", "--show-prefix")
        git = Git(self.folder, environ=self._access.environ, trusted=self._access.trusted)
        rows = listed(git, self.commit).items()
        return {path[len(prefix) :]: entry for path, entry in rows if path.startswith(prefix)}

    def submodules(self) -> Iterable[str]:
        """Those of a working tree are found when it is scanned."""
        return ()


class ClonedRepository:
    """A clone of one branch without its history, in a folder that goes away."""

    def __init__(self, url: str, access: Access, base: str, branch: str | None) -> None:
        self.place = Clone(Upstream(url, access.token_for(url), access.environ), base, branch)
        self.url, self.folder, self.branch = url, self.place.folder, self.place.branch
        self._fetched = False

    @property
    def commit(self) -> str:
        """The branch's commit, '' where the repository is empty."""
        return self.place.tip or ""

    def fetch(self, wanted: Callable[[str], bool]) -> None:
        """Get the contents of the wanted paths; a clone that was brought up to date has them already."""
        if not self._fetched:
            self.place.materialise(wanted)
        self._fetched = True

    def has(self, path: str) -> bool:
        """Is there such a path?"""
        return path in self.place.entries

    def held(self, *, committed: bool) -> Mapping[str, Entry]:  # noqa: ARG002  (all is committed)
        """What is there."""
        return self.place.entries

    def submodules(self) -> Iterable[str]:
        """Paths at which other repositories are."""
        return (path for path, entry in self.place.entries.items() if entry.mode == SUBMODULE)


CodexSource = Union[FolderRepository, ClonedRepository]


def is_url(text: str) -> bool:
    """Is it a URL, and no path?"""
    return "://" in text


@contextlib.contextmanager
def opened(
    source: str, access: Access, *, branch: str | None, otherwise: str, publishes: bool
) -> Iterator[CodexSource]:
    """The repository while the block runs, at a `branch` if one is named.

    `otherwise` is what the branch of a folder that is no checkout is called. Raises UsageError for a checkout of
    another branch and for what is no repository; NotFound, Unauthorized, Unreachable, GitError.
    """
    if is_url(source):
        with scratch() as base:
            yield ClonedRepository(source, access, base, branch)
        return
    folder = FolderRepository(source, access, publishes=publishes, otherwise=branch or otherwise)
    if branch and folder.branch != branch:
        raise UsageError(
            f"the checkout {source} is at the branch {folder.branch!r}, and {branch!r} is asked for",
            hint=f"git switch {branch} there, or give a URL in the place of the path",
        )
    yield folder
