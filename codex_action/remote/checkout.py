"""A checkout that somebody works in: a commit of ours goes on top of its branch, and all else in it stays as it is."""

from __future__ import annotations

import os
from collections.abc import Mapping
from urllib.parse import urlsplit

from codex_action.errors import GitError, UsageError
from codex_action.files import repository_of
from codex_action.remote.commit import Change
from codex_action.remote.conversions import check_conversions
from codex_action.remote.git import Git, git_environment
from codex_action.remote.landing import Held, Landing
from codex_action.remote.parent import listed
from codex_action.remote.push import PushRefused, PushRejected, push, remote_tip
from codex_action.remote.ssh import ssh_command, ssh_host
from codex_action.remote.upstream import Upstream

_HINT = "a path is published from a checkout of the branch that is synced, without a detached HEAD"
# Whom git takes for the server: a token would go there.
_TRUST = r"^http\.(.*\.)?(ssl|schannel|proxyssl|curloptresolve)[a-z]*$"
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
        if token and same:
            _check_trust(plain, folder)
        self.upstream = Upstream(
            url, token if same else None, environ, ssh_command(plain) if ssh_host(url) else ""
        )
        self._environ, self._trusted = self.upstream.environment(self.folder, trusted=trusted), trusted
        self.git = Git(self.folder, environ=self._environ, trusted=trusted)
        self.prefix = os.fsdecode(self.git.run("rev-parse", "--show-prefix")).rstrip("\n")
        self.branch = _branch(self.git, folder)
        self.tip = _tip(self.git)
        own = os.fsdecode(self.git.run("rev-parse", "--absolute-git-dir")).rstrip("\n")
        self.own: str | None = own
        self._landing = Landing(self.git, self._without_filters(), self.branch, own)

    def prepared(self, changes: list[Change]) -> list[Change]:
        """With the modes that git knows, where the disk has none.

        Raises RefusedError for files that git would encrypt, shorten or recode, which is not done here; GitError.
        """
        check_conversions(self.git, changes, prefix=self.prefix, index=False, where=self.folder)
        if self.git.run("config", "--type=bool", "--default=true", "core.fileMode").strip() == b"true":
            return changes
        known = listed(self.git, self.tip)
        return [
            change._replace(mode=known[change.path].mode) if change.path in known else change
            for change in changes
        ]

    def recover(self) -> None:
        """Go where the branch is now, and end what a push that was killed has begun. Raises GitError."""
        self.tip = _tip(self.git)
        noted = self._landing.noted()
        if not noted:
            return
        there = self.tip if self.tip in noted else remote_tip(self.git, self.upstream, self.branch)
        landed = there in noted and (there == self.tip or self._landing.parent(there) == self.tip)
        if there and landed:
            self._finish(there)
        else:
            self._landing.forget(one for one in noted if self._landing.parent(one) != self.tip)

    def ready(self) -> None:
        """Raises UsageError in the middle of a merge or its like, which would be lost.

        PushRejected unless the branch is as it is there: else more than our commit would be pushed.
        """
        self._check_quiet()
        self.refresh()

    def _check_quiet(self) -> None:
        begun = [
            words for name, words in _BEGUN.items() if os.path.lexists(os.path.join(str(self.own), name))
        ]
        if not begun and self.git.run("ls-files", "--unmerged", "-z", "--", ":/"):
            begun = ["a merge with conflicts"]
        if begun:
            raise UsageError(
                f"{self.folder} is in the middle of {begun[0]}, so that nothing can be pushed from it",
                hint="finish or abort it there, then sync again",
            )

    def refresh(self) -> None:
        """Only its owner moves a checkout, or another sync. Raises PushRejected."""
        self.recover()
        if remote_tip(self.git, self.upstream, self.branch) != self.tip:
            raise PushRejected(
                f"the checkout {self.folder} is not where {self.branch!r} is in the codex repository",
                hint="git pull there, or push what is not pushed yet; then sync again",
            )

    def push(self, commit: str) -> None:
        """Publish a commit: the branch moves to it, there and here, and the index for its paths alone.

        Raises RefusedError for what is staged here and nowhere else, what `push` raises, GitError.
        """
        staged = self._landing.staged(commit)
        self._landing.note(commit)
        try:
            push(self.git, self.upstream, commit, self.branch, expect=self.tip)
        except (PushRejected, PushRefused):
            self._landing.forget((commit,))
            raise
        self._finish(commit, staged)

    def _finish(self, commit: str, staged: Mapping[str, Held] | None = None) -> None:
        try:
            self._landing.finish(commit, self.tip, staged)
        except GitError as error:
            raise GitError(
                f"commit {commit} is pushed, but {self.folder} could not be brought to it: {error.message}",
                stderr=error.stderr, hint="sync again when no other git is at work there",
            ) from error  # fmt: skip
        self.tip = commit
        self._landing.forget(self._landing.noted())

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


def _check_trust(git: Git, folder: str) -> None:
    """Raises UsageError where the repository's own configuration says which servers' certificates are good."""
    try:
        told = os.fsdecode(git.run("config", "--show-scope", "-z", "--name-only", "--get-regexp", _TRUST))
    except GitError as error:
        if error.stderr:
            raise
        return
    fields = told.split("\0")[:-1]
    named = [name for scope, name in zip(fields[::2], fields[1::2]) if scope in ("local", "worktree")]
    if named:
        raise UsageError(
            f"{folder} has {named[0]} in its own configuration, so that no token is sent from it",
            hint="a repository may come with its configuration: git config --global, for this server, if it is meant",
        )


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
