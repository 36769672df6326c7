"""Which files the job `validate` reads: what GitHub says of the pull request, else what git tells, else all."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Iterable
from typing import NamedTuple

from codex_action import files
from codex_action.action import hub, jobs
from codex_action.action.world import World
from codex_action.codex import Codex
from codex_action.documents.workflow import read_event
from codex_action.errors import CodexError, StorageError, Unauthorized
from codex_action.report.safe import visible
from codex_action.report.text import plural

_ALL = "every file is checked: what changed cannot be told here (check out with fetch-depth: 2, or 0)"


class Scope(NamedTuple):
    """The changed files, or the ref that tells them, or neither where all are read; and what to say of that."""

    files: tuple[str, ...] | None = None
    base: str | None = None
    notice: str = ""
    remark: str = ""


def find(world: World, request: jobs.Request) -> Scope:
    """The scope of a request. A file that went away can break files that did not change: then all are read."""
    if not request.changed_only:
        return Scope()
    remark = ""
    pull = _pull(world)
    if pull:
        try:
            return _as_listed(world, pull)
        except CodexError as error:
            remark = f"git is asked what the pull request changes: {visible(error.message)}{_advice(error)}"
    return _as_git_tells(world.codex, request.bases)._replace(remark=remark)


def _pull(world: World) -> jobs.Pull | None:
    """The pull request that GitHub can be asked about, if it is the one that is checked out."""
    if not hub.is_known(world) or world.event_name != "pull_request":
        return None
    pull = jobs.pull_of_event(read_event(world.environ))
    return pull if pull and _is_checked_out(world, pull) else None


def _advice(error: CodexError) -> str:
    return " (it needs the permission pull-requests: read)" if isinstance(error, Unauthorized) else ""


def _is_checked_out(world: World, pull: jobs.Pull) -> bool:
    """Is this the repository of the workflow, at the pull request's head or its merge?"""
    git = world.codex.tree.git
    if git is None:  # an archive, as actions/checkout makes one where git is not installed
        return True
    try:
        here = git.run("rev-parse", "--verify", "--quiet", "HEAD").decode().strip()
    except StorageError:
        return False
    return here in (world.environ.get("GITHUB_SHA"), pull.head)


def _as_listed(world: World, pull: jobs.Pull) -> Scope:
    """What the API lists, and what git has never seen, as `--changed-since` does. Raises StorageError."""
    from codex_action.remote.changes import changed_files

    with hub.opened(world, max_wait=0) as github:
        changes = changed_files(github, *hub.repository(world), pull.number, pull.head)
    if not changes.present and not changes.gone:
        raise StorageError("it lists nothing")
    folder = below(world)
    gone = list(_within(changes.gone, folder))
    if gone:
        return Scope(notice=_gone(len(gone)))
    found = [*_within(changes.present, folder), *world.codex.tree.untracked]
    return Scope(files=tuple(dict.fromkeys(found)))


def below(world: World) -> str:
    """The way from the checkout's root to the project's."""
    top = files.repository_of(world.codex.root) or world.workspace
    return os.path.relpath(world.codex.root, top).replace(os.sep, "/")


def _within(paths: Iterable[str], folder: str) -> Iterable[str]:
    """The paths in a folder, as they are named from there."""
    if folder == ".":
        return paths
    return [posixpath.relpath(path, folder) for path in paths if path.startswith(f"{folder}/")]


def _gone(count: int) -> str:
    return f"every file is checked: {plural(count, 'file')} went away, and others may point there"


def _as_git_tells(codex: Codex, bases: Iterable[str]) -> Scope:
    for base in bases:
        deleted = _deleted_since(codex, base)
        if deleted:
            return Scope(notice=_gone(len(deleted)))
        if deleted is not None:
            return Scope(base=base)
    return Scope(notice=_ALL)


def _deleted_since(codex: Codex, base: str) -> list[str] | None:
    """The files that went away since a base, or None if git cannot tell."""
    git = codex.tree.git
    try:
        # The first parent of a commit that is no merge is only the commit before.
        if git is None or (base == jobs.FIRST_PARENT and not git.knows(jobs.SECOND_PARENT)):
            return None
        return git.changed_since(base)[1]
    except CodexError:
        return None
