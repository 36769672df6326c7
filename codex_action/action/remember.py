"""What a sync remembers goes to the branch that it is of, whoever else does the same at that time."""

from __future__ import annotations

from functools import partial

from codex_action.action import hub, jobs
from codex_action.action.asked import Explained
from codex_action.action.world import World
from codex_action.documents.workflow import read_event
from codex_action.errors import CodexError, RefusedError, Unauthorized
from codex_action.remote import merged
from codex_action.remote.git import Git
from codex_action.remote.listing import repository_url
from codex_action.remote.push import PushRefused, PushRejected
from codex_action.remote.session import Clock
from codex_action.remote.upstream import Upstream
from codex_action.report.safe import visible
from codex_action.sync import manifests
from codex_action.sync.manifest import MANIFEST

_AGAIN = "nothing is lost: run this job again"
_RIGHTS = "the job needs permissions: contents: write, and a token of another kind the same right"
_RULES = "let the workflow's token pass the branch's rules, or give token one that may"


def remember(world: World) -> None:
    """Commit the manifests that changed to the default branch.

    Raises Explained with the exit code of what went wrong; what was synced stays as it is.
    """
    branch = jobs.default_branch(read_event(world.environ)) or ""
    try:
        commit = _pushed(world, branch)
    except CodexError as error:
        raise Explained(_explained(error, branch), error.exit_code) from error
    if commit:
        world.notice(f"what is in step is remembered on {visible(repr(branch))}: commit {commit[:7]}")


def _pushed(world: World, branch: str) -> str | None:
    found = manifests.changed(partial(_git, world), world.codex.root)
    if manifests.is_ignored(_git(world, world.codex.root)):
        world.notice(f"what is in step is not remembered: git ignores {MANIFEST}")
    if not found:
        return None
    since = _since(world, branch)
    found = tuple(one.since(since.files) for one in found)
    url = repository_url(world.codex.documents.origins.server, *hub.repository(world))
    upstream = Upstream(url, world.inputs.token or None, world.environ)
    clock = Clock()
    paced = manifests.Clock(world.codex.documents.now, clock.sleep, clock.chance)
    return manifests.remember(found, upstream, branch, environ=world.environ, clock=paced)


def _git(world: World, folder: str) -> Git:
    return Git(folder, environ=world.environ, trusted=True)


def _since(world: World, branch: str) -> merged.Since:
    """What the branch did after the commit that is checked out: only what that one holds is true of the branch."""
    head = _git(world, world.codex.root).run("rev-parse", "HEAD").decode().strip()
    with hub.opened(world) as github:
        since = merged.changed_since(github, *hub.repository(world), head, branch)
    if not since.has_it:
        raise RefusedError(
            f"{head[:7]}, which is checked out, is none of its commits",
            hint="check out the commit that was pushed",
        )
    return since


def _explained(error: CodexError, branch: str) -> str:
    """What went wrong, and what helps; what was synced has been told before."""
    hints = {PushRejected: _AGAIN, PushRefused: _RULES, Unauthorized: _RIGHTS}
    message, hint = error.message, hints.get(type(error), error.hint)
    if isinstance(error, PushRejected):
        message = f"{message}, {manifests.TRIES} times in a row"
    more = f" ({hint})" if hint else ""
    return visible(
        f"what is in step is not remembered on {branch!r}, and what was synced stays so: {message}{more}"
    )
