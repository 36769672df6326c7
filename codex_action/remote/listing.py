"""What another repository holds, without its contents: a blobless fetch of one commit, no API request."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Mapping
from urllib.parse import urlsplit

from codex_action.errors import GitError, NotFound
from codex_action.remote.access import PASSWORD, git_access, reason
from codex_action.remote.git import Git, git_environment

_TIMEOUT = 60.0
_NO_REF = re.compile(r"couldn't find remote ref|not our ref|no such remote ref", re.IGNORECASE)
_SHORT_COMMIT = re.compile(r"[0-9a-f]{4,39}")
_NO_REPOSITORY = re.compile(r"does not appear to be a git repository|does not exist", re.IGNORECASE)


class ProjectNotFound(NotFound):
    """The repository surely does not exist."""


class VersionNotFound(NotFound):
    """The repository has no such tag, branch or commit."""


def repository_url(server: str, org: str, project: str) -> str:
    """The git URL of a project on a server such as https://github.com."""
    return f"{server.rstrip('/')}/{org}/{project}.git"


def remote_paths(
    url: str, version: str | None, *, environ: Mapping[str, str], token: str | None = None
) -> frozenset[str]:
    """The paths of a repository at a version (None: its default branch).

    Raises ProjectNotFound or VersionNotFound only where that is sure, GitError where it cannot be told: a host
    answers "not found" for a private repository too. The token goes to this host alone, through the environment.
    """
    with tempfile.TemporaryDirectory(prefix="codex-listing-") as folder:
        known = {**environ, PASSWORD: token or ""}
        git = Git(folder, environ=git_environment(known, None, git_access(url, token)))
        git.run("init", "--quiet", "--bare")
        try:
            git.run(
                "fetch", "--quiet", "--depth=1", "--filter=blob:none", "--no-tags", "--no-recurse-submodules",
                "--end-of-options", url, version or "HEAD", timeout=_TIMEOUT,
            )  # fmt: skip
        except GitError as error:
            return _explain(error, url, version)
        return frozenset(
            os.fsdecode(git.run("ls-tree", "-r", "-z", "--name-only", "FETCH_HEAD")).split("\0")[:-1]
        )


def _explain(error: GitError, url: str, version: str | None) -> frozenset[str]:
    if _NO_REF.search(error.stderr):
        if version is None:
            return frozenset()  # an empty repository
        if _SHORT_COMMIT.fullmatch(version):
            raise GitError("a shortened commit id cannot be looked up; write all 40 digits") from error
        raise VersionNotFound(f"there is no tag, branch or commit {version!r}") from error
    if urlsplit(url).scheme == "file" and _NO_REPOSITORY.search(error.stderr):
        raise ProjectNotFound("there is no such repository") from error
    raise GitError(reason(error), stderr=error.stderr) from error
