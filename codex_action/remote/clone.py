"""One branch of a repository without its history: the paths of all of it, the bytes of what is wanted."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Callable, Mapping
from typing import BinaryIO, NamedTuple

from codex_action.errors import GitError, NotFound, RefusedError, StorageError
from codex_action.remote.addresses import shown
from codex_action.remote.git import Git
from codex_action.remote.upstream import Upstream, check_branch

_TIMEOUT = 600.0
_LINK, _SUBMODULE, _EXECUTABLE = 0o120000, 0o160000, 0o100755
_CHUNK = 2**20
_NO_BRANCH = re.compile(r"remote branch .* not found|couldn't find remote ref", re.IGNORECASE)
# A name that some file system takes for .git: in other letters, in Windows' short form, with a stream, with what HFS
# does not see.
_GIT = re.compile(r"(?:\.git|git~[0-9]+)[. ]*(?:$|:)", re.IGNORECASE)
_UNSEEN = re.compile("[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]")
_BLOBLESS = ("--quiet", "--depth=1", "--filter=blob:none", "--no-tags")


class Entry(NamedTuple):
    """A file, link or submodule of a commit: git's mode, and the id of its blob (or of the submodule's commit)."""

    mode: int
    id: str


class Clone:
    """A clone that is gone when its folder is: `tip` is the branch's commit, None where the repository is empty.

    `folder` holds what was materialised, and nothing else; git's own files are beside it. Raises UsageError for a
    branch's or repository's name that is none, NotFound for one that is not there, Unauthorized, Unreachable, GitError.
    """

    def __init__(self, upstream: Upstream, base: str, branch: str | None = None) -> None:
        self.upstream = upstream
        self.url = upstream.url
        self.folder, self.prefix = os.path.join(base, "tree"), ""
        self._wanted: Callable[[str], bool] = _nothing
        os.mkdir(self.folder)
        store = os.path.join(base, "objects.git")
        known = upstream.environment(base)
        self._clone(Git(base, environ=known), store, check_branch(branch) if branch else None)
        self.git = Git(store, environ=known)
        self.branch, self.tip = self._head(branch)
        self.entries: Mapping[str, Entry] = self._list()

    def _clone(self, git: Git, store: str, branch: str | None) -> None:
        named = (f"--branch={branch}",) if branch else ()
        try:
            git.run(
                "clone", "--bare", *_BLOBLESS, "--single-branch", "--template=", *named,
                "--end-of-options", self.url, store, timeout=_TIMEOUT,
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
        heads = os.fsdecode(self.git.run("for-each-ref", "--format=%(objectname) %(refname)", "refs/heads"))
        rows = (line.partition(" ") for line in heads.splitlines())
        found = {name: commit for commit, _, name in rows}
        short = branch or self.git.run("symbolic-ref", "HEAD").decode().strip().removeprefix("refs/heads/")
        tip = found.get(f"refs/heads/{short}")
        if tip is None and self.git.run("ls-remote", "--heads", "origin"):
            raise self._missing(short)
        return short, tip

    def _list(self) -> dict[str, Entry]:
        if self.tip is None:
            return {}
        output = os.fsdecode(self.git.run("ls-tree", "-r", "-z", "--full-tree", self.tip))
        rows = (row.partition("\t") for row in output.split("\0")[:-1])
        return {path: _entry(fields) for fields, _, path in rows}

    def ready(self) -> None:
        """It has just been fetched."""

    def refresh(self) -> None:
        """Fetch where the branch is now, and materialise the same paths of it."""
        name = f"refs/heads/{self.branch}"
        try:
            self.git.run(
                "fetch", *_BLOBLESS, "--no-write-fetch-head", "--no-recurse-submodules", "--end-of-options",
                "origin", f"+{name}:{name}", timeout=_TIMEOUT,
            )  # fmt: skip
        except GitError as error:
            if _NO_BRANCH.search(error.stderr):
                raise self._missing(self.branch) from error
            raise self.upstream.failure(error) from error
        _, self.tip = self._head(self.branch)
        self.entries = self._list()
        shutil.rmtree(self.folder)
        os.mkdir(self.folder)
        self.materialise(self._wanted)

    def landed(self, commit: str) -> None:
        """The commit is published: the branch is there now."""
        self.tip = commit

    def materialise(self, wanted: Callable[[str], bool]) -> None:
        """Write the wanted paths into the folder: bytes as git holds them, links as links, no submodule.

        All of them come with one fetch. Raises RefusedError for a path that would leave the folder.
        """
        self._wanted = wanted
        chosen = {path: entry for path, entry in self.entries.items() if wanted(path)}
        for path in chosen:
            _check(path)
        files = {path: entry for path, entry in chosen.items() if entry.mode != _SUBMODULE}
        if files:
            self._write(files)

    @property
    def submodules(self) -> tuple[str, ...]:
        """The wanted paths at which another repository is; nothing was written there."""
        rows = self.entries.items()
        return tuple(path for path, entry in rows if entry.mode == _SUBMODULE and self._wanted(path))

    def _write(self, files: Mapping[str, Entry]) -> None:
        ids = list(dict.fromkeys(entry.id for entry in files.values()))
        places: dict[str, list[str]] = {}
        for path, entry in files.items():
            places.setdefault(entry.id, []).append(path)
        with tempfile.TemporaryFile() as names, tempfile.TemporaryFile() as contents:
            names.write("".join(f"{blob}\n" for blob in ids).encode())
            self._fetch(names)
            names.seek(0)
            self.git.run("cat-file", "--batch", "--buffer", stdin=names, stdout=contents, timeout=_TIMEOUT)
            contents.seek(0)
            links: list[tuple[bytes, str]] = []
            for blob in ids:
                self._place(contents, [(path, files[path]) for path in places[blob]], links)
        for target, path in links:  # after all files: none is written through a link
            os.symlink(target, os.path.join(os.fsencode(self.folder), os.fsencode(path)))

    def _fetch(self, names: BinaryIO) -> None:
        """One request for all of them: `cat-file` alone would ask for one after the other."""
        names.seek(0)
        try:
            self.git.run(
                "-c", "fetch.negotiationAlgorithm=noop", "fetch", "--quiet", "--no-tags", "--no-write-fetch-head",
                "--no-recurse-submodules", "--filter=blob:none", "--stdin", "origin", stdin=names, timeout=_TIMEOUT,
            )  # fmt: skip
        except GitError as error:
            raise self.upstream.failure(error) from error

    def _place(
        self, contents: BinaryIO, places: list[tuple[str, Entry]], links: list[tuple[bytes, str]]
    ) -> None:
        """Write the next blob of git's output to its places."""
        header = contents.readline().split()
        if len(header) != 3:
            raise GitError(f"{shown(self.url)}: {places[0][0]!r} did not come with the rest")
        start, size = contents.tell(), int(header[2])
        for path, entry in places:
            contents.seek(start)
            target = os.path.join(self.folder, path)
            os.makedirs(os.path.dirname(target), exist_ok=True)
            if entry.mode == _LINK:
                links.append((contents.read(size), path))
            else:
                _copy(contents, target, size, 0o755 if entry.mode == _EXECUTABLE else 0o644)
        contents.seek(start + size + 1)


def _copy(source: BinaryIO, target: str, size: int, mode: int) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    try:
        with os.fdopen(os.open(target, flags, mode), "wb") as file:
            while size:
                part = source.read(min(size, _CHUNK))
                file.write(part)
                size -= len(part)
    except FileExistsError as error:
        raise StorageError(
            f"{os.path.basename(target)!r}: this file system takes two names for one"
        ) from error


def _entry(fields: str) -> Entry:
    mode, _, blob = fields.split(" ")
    return Entry(int(mode, 8), blob)


def _check(path: str) -> None:
    """git's own trees hold no such path; one that was made by hand may."""
    parts = path.split("/")
    if any(part in ("", ".", "..") or _GIT.match(_UNSEEN.sub("", part)) for part in parts):
        raise RefusedError(f"{path!r} of the codex repository would leave its folder, or is git's own")


def _nothing(_path: str) -> bool:
    return False
