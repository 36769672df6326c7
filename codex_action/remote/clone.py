"""One branch of a repository without its history: the paths of all of it, the bytes of what is wanted."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import BinaryIO

from codex_action.errors import GitError, NotFound
from codex_action.remote.addresses import shown
from codex_action.remote.commit import Change
from codex_action.remote.conversions import check_conversions
from codex_action.remote.git import Git, git_environment
from codex_action.remote.parent import listed
from codex_action.remote.push import push
from codex_action.remote.unpack import SUBMODULE, Entry, by_blob, check_path, unpack
from codex_action.remote.upstream import Upstream, check_branch

_TIMEOUT = 600.0
_NO_BRANCH = re.compile(r"remote branch .* not found|couldn't find remote ref", re.IGNORECASE)
_ATTRIBUTES = ".gitattributes"
_NO_OTHERS = (("core.attributesFile", os.devnull),)  # a user's own say nothing of what others find there
_BLOBLESS = ("--quiet", "--depth=1", "--filter=blob:none", "--no-tags")


class Clone:
    """A clone that is gone when its folder is: `tip` is the branch's commit, None where the repository is empty.

    `folder` holds what was materialised, and nothing else; git's own files are beside it. `timeout` in seconds is for
    each command that fetches. Raises UsageError for a branch's or repository's name that is none, NotFound for one that
    is not there, Unauthorized, Unreachable, GitError.
    """

    def __init__(
        self, upstream: Upstream, base: str, branch: str | None = None, *, timeout: float = _TIMEOUT
    ) -> None:
        self._timeout = timeout
        self.upstream = upstream
        self.url = upstream.url
        self.folder, self.prefix = os.path.join(base, "tree"), ""
        self.own: str | None = None
        self._wanted: Callable[[str], bool] = _nothing
        self._here: set[str] = set()
        os.mkdir(self.folder)
        store = os.path.join(base, "objects.git")
        known = upstream.environment(base)
        self._clone(Git(base, environ=known), store, check_branch(branch) if branch else None)
        self.git, self._environ = Git(store, environ=known), known
        self.branch, self.tip = self._head(branch)
        self.entries: Mapping[str, Entry] = listed(self.git, self.tip)

    def _clone(self, git: Git, store: str, branch: str | None) -> None:
        named = (f"--branch={branch}",) if branch else ()
        try:
            git.run(
                "clone", "--bare", *_BLOBLESS, "--single-branch", "--template=", *named,
                "--end-of-options", self.url, store, timeout=self._timeout,
            )  # fmt: skip
        except GitError as error:
            if not branch or not _NO_BRANCH.search(error.stderr):
                raise self.upstream.failure(error) from error
            self._clone(git, store, None)  # an empty repository has no branch yet, and gets this one

    def _missing(self, branch: str) -> NotFound:
        return NotFound(
            f"{shown(self.url)} has no branch {branch!r}",
            hint=f"make it there first: git push origin HEAD:refs/heads/{branch}",
        )

    def _head(self, branch: str | None) -> tuple[str, str | None]:
        """The branch and its commit; a tag of the branch's name is no branch."""
        form = "--format=%(objectname) %(refname:lstrip=2)"
        rows = (
            line.partition(" ")
            for line in os.fsdecode(self.git.run("for-each-ref", form, "refs/heads")).splitlines()
        )
        found = {name: commit for commit, _, name in rows}
        name = branch or next(iter(found), None) or self._unborn()
        if name not in found and self.git.run("ls-remote", "--heads", "origin"):
            raise self._missing(name)
        return name, found.get(name)

    def _unborn(self) -> str:
        """The branch that the first commit of an empty repository will be on."""
        return os.fsdecode(self.git.run("symbolic-ref", "HEAD")).strip().removeprefix("refs/heads/")

    def prepared(self, changes: list[Change]) -> list[Change]:
        """As they are: modes are git's own. Raises RefusedError for files that git would convert, GitError."""
        written = [change.path for change in changes if change.file is not None]
        above = {path[:end] for path in written for end in (0, *_slashes(path))}
        names = (f"{folder}/{_ATTRIBUTES}" if folder else _ATTRIBUTES for folder in above)
        found = {name: self.entries[name] for name in names if name in self.entries}
        if found and self.tip:
            with tempfile.TemporaryFile() as contents:
                self._read(by_blob(found), contents)
            self._check(changes, self.tip)
        return changes

    def _check(self, changes: list[Change], tip: str) -> None:
        """Attributes are read from an index of the branch: there is no working tree."""
        alone = {"GIT_INDEX_FILE": os.path.join(self.git.root, "index"), "GIT_ATTR_NOSYSTEM": "1"}
        environ = git_environment({**self._environ, **alone}, None, _NO_OTHERS, index=True)
        git = Git(self.git.root, environ=environ, index=True)
        git.run("read-tree", tip)
        check_conversions(git, changes, prefix="", index=True, where=shown(self.url))

    def recover(self) -> None:
        """It is new."""

    def ready(self) -> None:
        """It has just been fetched."""

    def refresh(self) -> None:
        """Fetch where the branch is now, and materialise the same paths of it."""
        name = f"refs/heads/{self.branch}"
        try:
            self.git.run(
                "fetch", *_BLOBLESS, "--no-write-fetch-head", "--no-recurse-submodules", "--end-of-options",
                "origin", f"+{name}:{name}", timeout=self._timeout,
            )  # fmt: skip
        except GitError as error:
            if _NO_BRANCH.search(error.stderr):
                raise self._missing(self.branch) from error
            raise self.upstream.failure(error) from error
        _, self.tip = self._head(self.branch)
        self.entries = listed(self.git, self.tip)
        shutil.rmtree(self.folder)
        os.mkdir(self.folder)
        self.materialise(self._wanted)

    def push(self, commit: str) -> None:
        """Publish a commit: the branch is there now. Raises what `push` raises."""
        push(self.git, self.upstream, commit, self.branch, expect=self.tip)
        self.tip = commit

    def materialise(self, wanted: Callable[[str], bool]) -> None:
        """Write the wanted paths into the folder: bytes as git holds them, links as links, no submodule.

        All of them come with one fetch. Raises RefusedError for a path that would leave the folder.
        """
        self._wanted = wanted
        chosen = {path: entry for path, entry in self.entries.items() if wanted(path)}
        for path in chosen:
            check_path(path)
        files = {path: entry for path, entry in chosen.items() if entry.mode != SUBMODULE}
        if files:
            with tempfile.TemporaryFile() as contents:
                self._read(by_blob(files), contents)
                unpack(contents, files, self.folder)

    @property
    def submodules(self) -> tuple[str, ...]:
        """The wanted paths at which another repository is; nothing was written there."""
        rows = self.entries.items()
        return tuple(path for path, entry in rows if entry.mode == SUBMODULE and self._wanted(path))

    def _read(self, ids: Iterable[str], contents: BinaryIO) -> None:
        """Their contents, fetched with one request: `cat-file` alone would ask for one after the other."""
        missing = [blob for blob in ids if blob not in self._here]
        try:
            if missing:
                with _lines(missing) as names:
                    self.git.run(
                        "-c", "fetch.negotiationAlgorithm=noop", "fetch", "--quiet", "--no-tags",
                        "--no-write-fetch-head", "--no-recurse-submodules", "--filter=blob:none", "--stdin", "origin",
                        stdin=names, timeout=self._timeout,
                    )  # fmt: skip
            with _lines(ids) as names:
                self.git.run(
                    "cat-file", "--batch", "--buffer", stdin=names, stdout=contents, timeout=self._timeout
                )
        except GitError as error:
            raise self.upstream.failure(error) from error
        self._here.update(missing)
        contents.seek(0)


@contextlib.contextmanager
def _lines(ids: Iterable[str]) -> Iterator[BinaryIO]:
    """A file with one id a line: more of them than a command line holds."""
    with tempfile.TemporaryFile() as file:
        file.write("".join(f"{blob}\n" for blob in ids).encode())
        file.seek(0)
        yield file


def _slashes(path: str) -> Iterator[int]:
    return (index for index, character in enumerate(path) if character == "/")


def _nothing(_path: str) -> bool:
    return False
