"""A checkout that somebody works in: a commit of ours goes on top of its branch, and all else in it stays as it is."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from urllib.parse import urlsplit

from codex_action.errors import GitError, RefusedError, UsageError
from codex_action.files import repository_of
from codex_action.remote.commit import Change
from codex_action.remote.git import Git, git_environment
from codex_action.remote.parent import listed
from codex_action.remote.push import PushRejected, remote_tip
from codex_action.remote.upstream import Upstream, printable

_HINT = "a path is published from a checkout of the branch that is synced, without a detached HEAD"
_CONVERTING, _NO_VALUE = ("filter", "working-tree-encoding"), ("unspecified", "unset")
# What git keeps in its folder while it is at something.
_BEGUN = {
    "MERGE_HEAD": "a merge",
    "CHERRY_PICK_HEAD": "a cherry-pick",
    "REVERT_HEAD": "a revert",
    "rebase-merge": "a rebase",
    "rebase-apply": "a rebase",
}


class Checkout:
    """The checkout at a path: `branch` is checked out there, `tip` is its commit, None where there is none yet.

    `token` goes to `server` alone (https://github.com), wherever the checkout's `origin` is. `trusted`: its owner may
    be another user, as in a container on a runner. Raises UsageError where nothing can be published from, GitError.
    """

    def __init__(
        self,
        folder: str,
        *,
        environ: Mapping[str, str],
        token: str | None = None,
        server: str = "",
        trusted: bool = False,
    ) -> None:
        self.folder = os.path.abspath(folder)
        if repository_of(self.folder) is None:
            raise UsageError(f"{folder} is no git checkout, so that nothing can be pushed from it")
        plain = Git(self.folder, environ=environ, trusted=trusted)
        url = _origin(plain, folder)
        same = urlsplit(server)[:2] == urlsplit(url)[:2]
        self.upstream = Upstream(url, token if same else None, environ)
        self._environ, self._trusted = self.upstream.environment(self.folder, trusted=trusted), trusted
        self.git = Git(self.folder, environ=self._environ, trusted=trusted)
        self.prefix = os.fsdecode(self.git.run("rev-parse", "--show-prefix")).rstrip("\n")
        self.branch = _branch(self.git, folder)
        self.tip = _tip(self.git)

    def prepared(self, changes: list[Change]) -> list[Change]:
        """With the modes that git knows, where the disk has none.

        Raises RefusedError for files that git would encrypt, shorten or recode, which is not done here; GitError.
        """
        self._check_filters(
            [change.path[len(self.prefix) :] for change in changes if change.file is not None]
        )
        if self.git.run("config", "--type=bool", "--default=true", "core.fileMode").strip() == b"true":
            return changes
        known = listed(self.git, self.tip)
        return [
            change._replace(mode=known[change.path].mode) if change.path in known else change
            for change in changes
        ]

    def _check_filters(self, paths: list[str]) -> None:
        with tempfile.TemporaryFile() as names:
            names.write(b"".join(os.fsencode(path) + b"\0" for path in paths))
            names.seek(0)
            told = self.git.run("check-attr", "-z", "--stdin", *_CONVERTING, stdin=names)
        fields = os.fsdecode(told).split("\0")[:-1]
        for path, name, value in zip(fields[::3], fields[1::3], fields[2::3]):
            if value not in _NO_VALUE:
                raise RefusedError(
                    f"{path!r} has the git attribute {name}={printable(value)} in {self.folder}: "
                    "git converts such files, and --push does not",
                    hint="sync without --push, then commit and push there with git itself",
                )

    def ready(self) -> None:
        """Raises UsageError in the middle of a merge or its like, which would be lost.

        PushRejected unless the branch is as it is there: else more than our commit would be pushed.
        """
        self._check_quiet()
        if remote_tip(self.git, self.upstream, self.branch) != self.tip:
            self.refresh()

    def _check_quiet(self) -> None:
        own = os.fsdecode(self.git.run("rev-parse", "--absolute-git-dir")).rstrip("\n")
        begun = [words for name, words in _BEGUN.items() if os.path.lexists(os.path.join(own, name))]
        if not begun and self.git.run("ls-files", "--unmerged", "-z", "--", ":/"):
            begun = ["a merge with conflicts"]
        if begun:
            raise UsageError(
                f"{self.folder} is in the middle of {begun[0]}, so that nothing can be pushed from it",
                hint="finish or abort it there, then sync again",
            )

    def refresh(self) -> None:
        """Only its owner moves a checkout. Raises PushRejected."""
        raise PushRejected(
            f"the checkout {self.folder} is not where {self.branch!r} is in the codex repository",
            hint="git pull there, or push what is not pushed yet; then sync again",
        )

    def landed(self, commit: str) -> None:
        """The commit is published: the branch moves to it, and the index for its paths alone. Raises GitError."""
        try:
            self._adopt(commit)
        except GitError as error:
            raise GitError(
                f"commit {commit} is pushed, but {self.folder} could not be brought to it: {error.message}",
                stderr=error.stderr, hint=f"git pull there, or, if HEAD is {commit[:12]}: git reset (keeps your files)",
            ) from error  # fmt: skip
        self.tip = commit

    def _adopt(self, commit: str) -> None:
        changed = self.git.run("diff-tree", "-r", "-z", "--root", "--no-commit-id", "--no-renames", commit)
        self.git.run(
            "update-ref", "-m", "codex: sync", f"refs/heads/{self.branch}", commit, self.tip or "0" * 40
        )
        with tempfile.TemporaryFile() as rows:
            rows.write(_index_rows(changed))
            rows.seek(0)
            self._without_filters().run("update-index", "-z", "--index-info", stdin=rows)

    def _without_filters(self) -> Git:
        """git that takes bytes as they are: writing an index, it looks again at files that have just changed."""
        names = os.fsdecode(
            self.git.run("config", "-z", "--name-only", "--get-regexp", r"^(core\.hookspath|filter\..*)$")
        )
        drivers = {name.rpartition(".")[0] for name in names.split("\0") if name.startswith("filter.")}
        none = (("clean", ""), ("smudge", ""), ("process", ""), ("required", "false"))
        settings = [(f"{driver}.{key}", value) for driver in sorted(drivers) for key, value in none]
        return Git(self.folder, environ=git_environment(self._environ, None, settings), trusted=self._trusted)


def _origin(git: Git, folder: str) -> str:
    try:
        return os.fsdecode(git.run("remote", "get-url", "--push", "origin")).rstrip("\n")
    except GitError as error:
        if "dubious ownership" in error.stderr:
            raise
        raise UsageError(f"{folder} has no remote named origin to push to") from error


def _branch(git: Git, folder: str) -> str:
    try:
        return os.fsdecode(git.run("symbolic-ref", "--quiet", "--short", "HEAD")).rstrip("\n")
    except GitError as error:
        raise UsageError(f"{folder} has no branch checked out", hint=_HINT) from error


def _tip(git: Git) -> str | None:
    try:
        return git.run("rev-parse", "--verify", "--quiet", "HEAD^{commit}").decode().strip()
    except GitError:
        return None  # a branch without a commit


def _index_rows(changed: bytes) -> bytes:
    """What `update-index --index-info` takes, from what `diff-tree -z` prints: the new mode and blob of each path."""
    fields = changed.split(b"\0")[:-1]
    pairs = zip(fields[::2], fields[1::2])
    parts = ((header[1:].split(b" "), path) for header, path in pairs)
    return b"".join(b"%s %s\t%s\0" % (header[1], header[3], path) for header, path in parts)
