"""What an apply stands on: the pull requests that came with a push, and what our own comments there approve."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from codex_action.action import asked, comment, hub, jobs
from codex_action.action.scope import below
from codex_action.action.world import World
from codex_action.documents.workflow import read_event
from codex_action.remote import merged
from codex_action.remote.github import GitHub
from codex_action.report.marker import Header
from codex_action.sync.approval import Approval
from codex_action.sync.model import Plan


class Landed(NamedTuple):
    """A merged pull request, what our comment there says, and why that approves nothing ('': it does)."""

    pull: merged.Pull
    header: Header | None = None
    why: str = ""

    @property
    def head(self) -> str:
        """The commit that the comment goes on to speak of: an approval stays with the one that it is of."""
        return self.header.head if self.header and self.header.approval else self.pull.head

    @property
    def kept(self) -> Approval | None:
        """What the comment says on, for a run that is repeated."""
        return self.header.approval if self.header else None

    @property
    def is_begun(self) -> bool:
        """Has an earlier run applied some of it?"""
        return self.header is not None and self.header.state in ("applied", "partly")


class Ground(NamedTuple):
    """All that came with a push, the first one first, and why there may be more or none."""

    landed: tuple[Landed, ...] = ()
    why: tuple[str, ...] = ()

    @property
    def approvals(self) -> tuple[Approval, ...]:
        """What was approved, by all together."""
        return tuple(one.kept for one in self.landed if one.kept and not one.why)

    @property
    def reason(self) -> str:
        """Why what is done here may not have been approved."""
        return "; ".join(dict.fromkeys((*(one.why for one in self.landed if one.why), *self.why)))


def found(world: World) -> Ground:
    """Ask GitHub. Raises Unauthorized, RateLimited or Unreachable."""
    if not hub.is_known(world):
        return Ground(why=("without a token the pull request cannot be asked for",))
    sha = world.environ.get("GITHUB_SHA", "")
    with hub.opened(world) as github:
        commits, why = _pushed(world, github, sha)
        pulls = {one: merged.of_commit(github, *hub.repository(world), one) for one in commits}
        groups = brought(pulls, _branch(world), "/".join(hub.repository(world)))
        landed = tuple(_landed(world, github, pull, group) for group in groups for pull in group)
    if not landed:
        came = (
            f"the commit {sha[:7]}"
            if len(commits) == 1
            else f"none of the {len(commits)} commits of this push"
        )
        why = (*why, f"{came} came with {'no' if len(commits) == 1 else 'a'} pull request")
    return Ground(landed, why)


def overtaken(world: World, plan: Plan) -> tuple[str, ...]:
    """What of a plan the branch has changed since the commit that is applied, a sentence each.

    A run that is late, or is repeated, would undo what a later one did, and what that one found done. What is written
    in the workspace alone undoes nothing: git tells when it is committed. Raises Unauthorized, RateLimited or
    Unreachable.
    """
    sha, branch = world.environ.get("GITHUB_SHA", ""), _branch(world)
    with hub.opened(world) as github:
        changed = merged.changed_since(github, *hub.repository(world), sha, branch).files
    if changed is None:
        return (
            f"{sha[:7]} is none of {branch}'s commits any more, or more was changed since than GitHub lists",
        )
    folder = below(world)
    return tuple(
        f"{plan.project}: {action.path} was changed on {branch} after {sha[:7]}"
        for action in plan.actions
        if action.side == "codex" and posixpath.normpath(posixpath.join(folder, action.path)) in changed
    )


def _branch(world: World) -> str:
    return jobs.default_branch(read_event(world.environ)) or ""


def _pushed(world: World, github: GitHub, sha: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The commits that a push brought, or the last alone; and why it is alone."""
    before = jobs.base_of_event(read_event(world.environ)) if world.event_name == "push" else None
    if before is None:
        return (sha,), ()
    commits = merged.of_push(github, *hub.repository(world), before, sha)
    if sha in commits:
        return commits, ()
    return (sha,), (f"of what was pushed since {before[:7]} only {sha[:7]} could be looked at",)


def brought(
    pulls: Mapping[str, list[merged.Pull]], branch: str, repository: str
) -> list[tuple[merged.Pull, ...]]:
    """Of the pull requests that commits of a branch are of, those that each commit was the merge of.

    The last commit of all may be of one that was merged by hand: then those that have it count. This repository's own
    count before a fork's, and a fork's only where its merge left another commit than its own, as every button of
    GitHub's does: anybody can open one from a commit that they see.
    """
    groups: list[tuple[merged.Pull, ...]] = []
    last, known = next(reversed([*pulls]), ""), set[int]()
    for commit, listed in pulls.items():
        into = [pull for pull in listed if _counts(pull, branch, repository) and pull.number not in known]
        here = [pull for pull in into if pull.commit == commit] or (into if commit == last else [])
        own = tuple(pull for pull in here if pull.origin.lower() == repository.lower()) or tuple(here)
        known.update(pull.number for pull in own)
        groups += [own] if own else []
    return groups


def _counts(pull: merged.Pull, branch: str, repository: str) -> bool:
    into = (pull.base, pull.repository.lower()) == (branch, repository.lower())
    ours = pull.origin.lower() == repository.lower()
    return into and bool(pull.commit) and (ours or pull.commit != pull.head)


def _landed(world: World, github: GitHub, pull: merged.Pull, group: Sequence[merged.Pull]) -> Landed:
    thread = comment.open_thread(github, *hub.repository(world), pull.number)
    stored = comment.find(thread, asked.comment_key(world))
    header = stored.header if stored else None
    if len(group) > 1:
        numbers = ", ".join(str(one.number) for one in group)
        return Landed(pull, header, f"one commit came with several pull requests: {numbers}")
    return Landed(pull, header, why_not(pull, header))


def why_not(pull: merged.Pull, header: Header | None) -> str:
    """Why a comment approves nothing of what was merged; '' if it does."""
    name = f"pull request {pull.number}"
    if header is None:
        return f"{name} has no plan"
    if header.approval is None:
        return f"{name} has no plan that could be approved: the last one is {header.state}"
    if header.head != pull.head:
        return f"the plan of {name} is of {header.head[:7]}, and {pull.head[:7]} was merged"
    return ""
