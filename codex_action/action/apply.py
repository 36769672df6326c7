"""The Action's job `apply`: what was approved in a pull request is synced when it is merged, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

from codex_action.action import asked, comment, hub, jobs, remarks
from codex_action.action.world import World
from codex_action.documents.workflow import read_event
from codex_action.errors import CodexError, RefusedError
from codex_action.remote import merged
from codex_action.report.comment import Comment
from codex_action.report.marker import Header, State
from codex_action.report.safe import visible
from codex_action.sync.approval import NOTHING, Approval, NotApproved
from codex_action.sync.model import SyncResult
from codex_action.sync.options import SyncOptions

_SHOWN = 5  # of what moved, in the log


class _Ground(NamedTuple):
    """What an apply stands on: the merged pull request, what was approved there, and why nothing was."""

    pull: merged.Pull | None = None
    approval: Approval | None = None
    why: str = ""

    @property
    def kept(self) -> Approval | None:
        """What the comment says on, for a run that is repeated."""
        return None if self.approval == NOTHING else self.approval


def run(world: World, _: jobs.Request) -> int:
    """Apply, tell it, and give the exit code. Raises RefusedError for what was not approved."""
    asked.need_event(world)
    _need_default_branch(world)
    options = _options(world)
    ground = _ground(world)
    options = replace(options, approval=ground.approval if world.inputs.require_approved_plan else None)
    try:
        result = _synced(world, options, ground)
    except NotApproved as error:
        raise _refused(world, ground, error) from error
    except CodexError as error:
        reason = asked.explained(world, error)
        stopped = Comment(_header(world, ground, "partly"), reason=reason)
        world.put(_post(world, ground, stopped, create=True))
        raise asked.Explained(reason, error.exit_code) from error
    return _tell(world, ground, result)


def _need_default_branch(world: World) -> None:
    branch = jobs.default_branch(read_event(world.environ))
    ref = world.environ.get("GITHUB_REF", "")
    if not branch or ref != f"refs/heads/{branch}":
        raise RefusedError(
            f"command 'apply' is done for the default branch alone, and this is {ref!r}",
            hint="on: push, with branches: [main]",
        )


def _options(world: World) -> SyncOptions:
    inputs = world.inputs
    push = inputs.apply_via == "push"
    return replace(asked.options(world), push=push, pull_request=not push)


def _synced(world: World, options: SyncOptions, ground: _Ground) -> SyncResult:
    """Plan, say that it is being applied, and apply: what is written is checked against the approval once more."""
    shown = world.codex.sync_project(options=replace(options, dry_run=True))
    if world.inputs.dry_run or shown.plan.refusals:
        return shown
    if shown.plan.actions:
        _post(world, ground, _comment(shown, _header(world, ground, "applying")), create=False)
    return world.codex.sync_project(options=options)


def _ground(world: World) -> _Ground:
    """The pull request that the commit came with, and what our own comment there says was approved."""
    if not hub.is_known(world):
        return _Ground(approval=NOTHING, why="without a token the pull request cannot be asked for")
    owner, repo = hub.repository(world)
    sha = world.environ.get("GITHUB_SHA", "")
    with hub.opened(world) as github:
        pulls = _brought(world, merged.of_commit(github, owner, repo, sha), sha)
        if not pulls:
            return _Ground(approval=NOTHING, why=f"the commit {sha[:7]} came with no pull request")
        if len(pulls) > 1:
            numbers = ", ".join(str(pull.number) for pull in pulls)
            why = f"the commit {sha[:7]} came with several pull requests: {numbers}"
            return _Ground(approval=NOTHING, why=why)
        pull = pulls[0]
        thread = comment.open_thread(github, owner, repo, pull.number)
        stored = comment.find(thread, asked.comment_key(world))
    return _approved(pull, stored.header if stored else None)


def _brought(world: World, found: list[merged.Pull], sha: str) -> list[merged.Pull]:
    """Those whose merge left the branch at the commit, else those that have it, of those into this branch.

    This repository's own count before a fork's: anybody can open one from the commit that another is at.
    """
    branch = jobs.default_branch(read_event(world.environ))
    here = "/".join(hub.repository(world)).lower()
    into = [pull for pull in found if pull.commit and (pull.base, pull.repository.lower()) == (branch, here)]
    last = [pull for pull in into if pull.commit == sha] or into
    return [pull for pull in last if pull.origin.lower() == here] or last


def _approved(pull: merged.Pull, header: Header | None) -> _Ground:
    name = f"pull request {pull.number}"
    if header is None:
        return _Ground(pull, NOTHING, f"{name} has no plan")
    if header.approval is None:
        return _Ground(
            pull, NOTHING, f"{name} has no plan that could be approved: the last one is {header.state}"
        )
    if header.head != pull.head:
        return _Ground(pull, NOTHING, f"the plan is of {header.head[:7]}, and {pull.head[:7]} was merged")
    return _Ground(pull, header.approval)


def _refused(world: World, ground: _Ground, error: NotApproved) -> RefusedError:
    """Tell what moved: on the pull request, in the summary, and as the error that the job ends with."""
    said = Comment(
        _header(world, ground, "refused"), plans=[error.plan], moved=error.moved, reason=ground.why
    )
    where = _post(world, ground, said, create=True)
    result = SyncResult(error.plan, dry_run=True)
    remarks.tell(world, result, remarks.linked(world, said), int(error.exit_code), where)
    more = f"; and {len(error.moved) - _SHOWN:,} more" if len(error.moved) > _SHOWN else ""
    listed = "; ".join(error.moved[:_SHOWN])
    why = f"{ground.why}; " if ground.why else ""
    return RefusedError(visible(f"{error.message}: {why}{listed}{more}"), hint=error.hint)


def _tell(world: World, ground: _Ground, result: SyncResult) -> int:
    said = _comment(result, _header(world, ground, _state(result)))
    where = _post(world, ground, said, create=bool(result.plan.actions or result.errors))
    settled = (
        not result.errors and not result.plan.refusals
    )  # what is left of conflicts can wait, nothing else can
    code = 0 if world.inputs.fail_on == "never" and settled else result.exit_code
    more = {"plan-file": remarks.keep_plan(world, result.plan), "pr-urls": result.pull_request or ""}
    remarks.tell(world, result, remarks.linked(world, said), code, {**more, **where})
    return code


def _state(result: SyncResult) -> State:
    if result.plan.refusals:
        return "refused"
    if result.dry_run:
        return "planned"
    return "applied" if result.status == "success" else "partly"


def _comment(result: SyncResult, header: Header) -> Comment:
    """What is to be done, or what was."""
    plan = result.plan
    diffs = {(plan.project, side, path): text for (side, path), text in result.diffs.items()}
    if result.dry_run or plan.refusals:
        return Comment(header, plans=[plan], diffs=diffs)
    return Comment(header, results=[result], diffs=diffs)


def _header(world: World, ground: _Ground, state: State) -> Header:
    head = ground.pull.head if ground.pull else ""
    return remarks.header(world, state, head)._replace(approval=ground.kept)


def _post(world: World, ground: _Ground, said: Comment, *, create: bool) -> Mapping[str, str]:
    """The comment on the merged pull request; a dry run says nothing there."""
    if ground.pull is None or world.inputs.comment == "never" or world.inputs.dry_run:
        return {"comment-url": "", "comment-file": ""}
    return remarks.post(world, ground.pull.number, remarks.linked(world, said), create=create)
