"""Push one commit to one branch, if that is still where it was; what it means when a server says no."""

from __future__ import annotations

import re

from codex_action.errors import GitError, RefusedError, StorageError
from codex_action.remote.addresses import shown
from codex_action.remote.git import Git, redact
from codex_action.remote.upstream import Upstream, check_branch, printable

# How the branches of pull requests begin.
OURS = "codex-sync/"
_TIMEOUT = 600.0
_REJECTED = re.compile(
    r"^ ! \[(?P<who>remote )?rejected\] .*\((?P<why>[^()]*(?:\([^()]*\))?[^()]*)\)$", re.MULTILINE
)
# What a server says when another push came first; whatever else it says is its last word.
_LATE = re.compile(
    r"cannot lock ref|failed to (?:update|lock) ref|reference already exists|incorrect old value|fetch first|"
    r"non-fast-forward",
    re.IGNORECASE,
)
# A branch whose name is a folder of other branches' names, or the other way round: no push will ever make it.
_NO_ROOM = re.compile(r"directory file conflict|refs/heads/\S+'? exists; cannot create", re.IGNORECASE)
_REMOTE = re.compile(r"^remote: ?(.*?)\s*$", re.MULTILINE)


class PushRejected(GitError):
    """The branch is not where it was expected any more: fetch, plan again, push again."""


class PushRefused(RefusedError):
    """The server does not take this push, however often it is asked: a protected branch, a hook, a rule."""


def push(git: Git, upstream: Upstream, commit: str, branch: str, *, expect: str | None) -> None:
    """Make `branch` there this commit; `expect` is where it must be before, None where it must not exist.

    Raises PushRejected, PushRefused with the server's words, Unauthorized, Unreachable, GitError.
    """
    name = f"refs/heads/{check_branch(branch)}"
    try:
        git.run(
            "push", "--quiet", "--no-verify", "--no-follow-tags", "--no-signed", "--recurse-submodules=no",
            "--receive-pack=git-receive-pack", f"--force-with-lease={name}:{expect or ''}", "--end-of-options",
            upstream.url, f"{commit}:{name}", timeout=_TIMEOUT,
        )  # fmt: skip
    except GitError as error:
        raise _meaning(error, upstream, branch) from error


def _meaning(error: GitError, upstream: Upstream, branch: str) -> StorageError | RefusedError:
    found = _REJECTED.search(error.stderr)
    if not found:
        return upstream.failure(error)
    where = f"{shown(upstream.url)}: branch {branch!r}"
    if not found["who"] or (_LATE.search(found["why"]) and not _NO_ROOM.search(error.stderr)):
        return PushRejected(f"{where} has moved on meanwhile", stderr=error.stderr, hint="sync again")
    ours = branch.startswith(OURS)
    words = " ".join(filter(None, _REMOTE.findall(error.stderr)))
    said = printable(redact(f"{found['why']}: {words}" if words else found["why"]))
    return PushRefused(
        f"{where} does not take this push: {said}",
        hint=f"the branch of a pull request must be free to be made and moved: look at the rules for {OURS}*"
        if ours
        else "a protected branch takes pull requests: --pull-request",
    )


def remote_tip(git: Git, upstream: Upstream, branch: str) -> str | None:
    """Where a branch is there, or None if there is none. Raises Unauthorized, NotFound, Unreachable, GitError."""
    name = f"refs/heads/{check_branch(branch)}"
    try:
        told = git.run("ls-remote", "--upload-pack=git-upload-pack", "--end-of-options", upstream.url, name)
    except GitError as error:
        raise upstream.failure(error) from error
    rows = (line.split("\t") for line in told.decode("utf-8", "replace").splitlines())
    return next((commit for commit, ref in rows if ref == name), None)
