"""The Action's job `plan`: what a merge would sync, told on the pull request; nothing is written for it."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import replace

from codex_action.action import asked, comment, hub, jobs, remarks
from codex_action.action.world import World
from codex_action.documents.workflow import read_event
from codex_action.errors import CodexError, ExitCode, RefusedError, StorageError
from codex_action.report.comment import Comment
from codex_action.report.marker import State
from codex_action.sync.approval import approval_of
from codex_action.sync.model import PARTLY, Plan, SyncResult


def run(world: World, _: jobs.Request) -> int:
    """Plan, tell it, and give the exit code; a merge queue is never held up."""
    if world.event_name != "merge_group":
        return _run(world)
    try:
        _run(world)
    except CodexError as error:
        world.notice(f"there is no plan: {asked.explained(world, error)}")
        world.put({"has-changes": "false"})
    world.put({"result": "passed", "exit-code": "0"})
    return 0


def _run(world: World) -> int:
    asked.need_event(world)
    event = read_event(world.environ)
    pull = jobs.pull_of_event(event) if world.event_name == "pull_request" else None
    if pull and jobs.is_closed(event):
        return _closed(world, pull, merged=jobs.is_merged(event))
    options = asked.options(world)
    base = jobs.base_of_event(event) or ""
    try:
        _outdate(world, pull)
        result = world.codex.sync_project(options=replace(options, dry_run=True))
    except CodexError as error:
        reason = asked.explained(world, error)
        failed = Comment(remarks.header(world, "failed", pull.head if pull else "", base=base), reason=reason)
        world.put(_post(world, pull, failed, wanted=world.inputs.comment != "never"))
        raise asked.Explained(reason, error.exit_code) from error
    return _tell(world, pull, result, base)


def _tell(world: World, pull: jobs.Pull | None, result: SyncResult, base: str) -> int:
    plan, wish = result.plan, world.inputs.comment
    made = remarks.header(world, _state(plan), pull.head if pull else "", base=base)
    made = made._replace(codex=plan.codex_commit, approval=None if plan.refusals else approval_of([plan]))
    diffs = {(plan.project, side, path): text for (side, path), text in result.diffs.items()}
    said = remarks.linked(world, Comment(made, plans=[plan], diffs=diffs))
    stopped = bool(plan.refusals) or _left(plan)
    wanted = wish == "always" or stopped or (wish == "changes-only" and made.state == "planned")
    where = _post(world, pull, said, wanted=wanted)
    code = _code(plan, world.inputs.fail_on)
    remarks.tell(world, result, said, code, {"plan-file": remarks.keep_plan(world, plan), **where})
    return code


def _state(plan: Plan) -> State:
    return "planned" if plan.actions or plan.conflicts or plan.refusals else "none"


def _left(plan: Plan) -> bool:
    """Are there conflicts that nobody has settled?"""
    return any(conflict.resolution == "manual" for conflict in plan.conflicts)


def _code(plan: Plan, fail_on: str) -> int:
    """A plan that is refused is an error, one with conflicts a warning."""
    if fail_on == "never":
        return 0
    if plan.refusals:
        return int(ExitCode.REFUSED)
    return PARTLY if fail_on == "warning" and _left(plan) else 0


def _post(world: World, pull: jobs.Pull | None, said: Comment, *, wanted: bool) -> Mapping[str, str]:
    """The comment, new only if it is `wanted`; one that is there is brought up to date."""
    if pull is None or world.inputs.comment == "never" or not hub.is_known(world):
        return {"comment-url": "", "comment-file": ""}
    return remarks.post(world, pull.number, remarks.linked(world, said), create=wanted)


def _outdate(world: World, pull: jobs.Pull | None) -> None:
    """Until there is a new plan, the one that is shown is out of date. What may not be written, it tells itself."""
    if pull is None or world.inputs.comment == "never" or not hub.is_known(world):
        return
    said = remarks.linked(world, Comment(remarks.header(world, "superseded", pull.head)))
    with contextlib.suppress(StorageError, RefusedError), hub.opened(world) as github:
        thread = comment.open_thread(github, *hub.repository(world), pull.number)
        stored = comment.find(thread, asked.comment_key(world))
        if stored and stored.header.approval and stored.header.head != pull.head:
            comment.upsert(thread, said.header, remarks.body_of(said), create=False)


def _closed(world: World, pull: jobs.Pull, *, merged: bool) -> int:
    """A pull request that is closed without a merge says so, if it has a comment of ours; a merged one is applied."""
    where: Mapping[str, str] = {}
    if not merged:
        where = _post(world, pull, Comment(remarks.header(world, "closed", pull.head)), wanted=False)
    world.notice(
        f"pull request {pull.number} is {'merged' if merged else 'closed'}: nothing is planned for it"
    )
    world.put({"result": "passed", "exit-code": "0", "has-changes": "false", **where})
    return 0
