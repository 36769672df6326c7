"""The Action's job `apply`: what was approved in a pull request is synced when it is merged, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from codex_action.action import asked, jobs, remarks
from codex_action.action import ground as grounds
from codex_action.action.ground import Ground, Landed
from codex_action.action.world import World
from codex_action.documents.workflow import read_event
from codex_action.errors import CodexError, RefusedError
from codex_action.report.comment import Comment
from codex_action.report.marker import Header, State
from codex_action.report.safe import visible
from codex_action.sync.approval import NotApproved
from codex_action.sync.model import SyncResult
from codex_action.sync.options import SyncOptions

_SHOWN = 5  # of what moved, in the log
_PLACES = ("comment-url", "comment-file")


def run(world: World, _: jobs.Request) -> int:
    """Apply, tell it, remember what was done, and give the exit code. Raises RefusedError for what was not approved."""
    asked.need_event(world)
    _need_default_branch(world)
    try:
        code = _applied(world)
    except CodexError:
        _remember_besides(world)
        raise
    _remember(world)
    return code


def _remember(world: World) -> None:
    if world.inputs.commit_manifest and not world.inputs.dry_run:
        from codex_action.action.remember import remember  # 15 ms that no other job needs

        remember(world)


def _remember_besides(world: World) -> None:
    """What was done before something failed is remembered, too; that this failed is one more error, not the job's."""
    try:
        _remember(world)
    except CodexError as error:
        world.error(error.message)


def _applied(world: World) -> int:
    options = _options(world)
    ground = grounds.found(world)
    options = replace(options, approvals=ground.approvals if world.inputs.require_approved_plan else None)
    try:
        result = _synced(world, options, ground)
    except NotApproved as error:
        raise _refused(world, ground, error) from error
    except CodexError as error:
        reason = asked.explained(world, error)
        world.put(
            _post(
                world,
                ground,
                Comment(_header(world, ground, "failed"), reason=reason, merged=True),
                create=True,
            )
        )
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


def _synced(world: World, options: SyncOptions, ground: Ground) -> SyncResult:
    """Plan, say that it is being applied, and apply: what is written is checked against the approval once more."""
    shown = world.codex.sync_project(options=replace(options, dry_run=True))
    if options.approvals is not None and shown.plan.actions and not shown.plan.refusals:
        late = grounds.overtaken(world, shown.plan)
        if late:
            raise NotApproved(shown.plan, late)
    if world.inputs.dry_run or shown.plan.refusals:
        return shown
    if shown.plan.actions:
        _post(world, ground, _comment(shown, _header(world, ground, "applying")), create=False)
    return world.codex.sync_project(options=options)


def _refused(world: World, ground: Ground, error: NotApproved) -> RefusedError:
    """Tell what moved: on the pull requests, in the summary, and as the error that the job ends with."""
    said = Comment(
        _header(world, ground, "refused"), plans=[error.plan], moved=error.moved, reason=ground.reason
    )
    where = _post(world, ground, said, create=True)
    result = SyncResult(error.plan, dry_run=True)
    remarks.tell(world, result, remarks.linked(world, said), int(error.exit_code), where)
    more = f"; and {len(error.moved) - _SHOWN:,} more" if len(error.moved) > _SHOWN else ""
    listed = "; ".join(error.moved[:_SHOWN])
    why = f"{ground.reason}; " if ground.reason else ""
    return RefusedError(visible(f"{error.message}: {why}{listed}{more}"), hint=error.hint)


def _tell(world: World, ground: Ground, result: SyncResult) -> int:
    said = _comment(result, _header(world, ground, _state(result)))
    something = bool(result.plan.actions or result.errors)
    # Of several those that had no plan have not asked to hear of it.
    where = _post(world, ground, said, create=something and (len(ground.landed) == 1 or bool(result.errors)))
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
    if result.status == "success":
        return "applied"
    return "partly" if result.done or result.commit else "failed"


def _comment(result: SyncResult, header: Header) -> Comment:
    """What is to be done, or what was."""
    plan = result.plan
    diffs = {(plan.project, side, path): text for (side, path), text in result.diffs.items()}
    if result.dry_run or plan.refusals:
        return Comment(header, plans=[plan], diffs=diffs)
    return Comment(header, results=[result], diffs=diffs, merged=True)


def _header(world: World, ground: Ground, state: State) -> Header:
    return remarks.header(world, state, ground.landed[-1].pull.head if ground.landed else "")


def _post(world: World, ground: Ground, said: Comment, *, create: bool) -> Mapping[str, str]:
    """The comment on each merged pull request; a dry run says nothing there."""
    silent = world.inputs.comment == "never" or world.inputs.dry_run
    posted = [_post_to(world, ground, one, said, create=create) for one in ground.landed if not silent]
    return {name: "\n".join(filter(None, (one[name] for one in posted))) for name in _PLACES}


def _post_to(world: World, ground: Ground, one: Landed, said: Comment, *, create: bool) -> Mapping[str, str]:
    state: State = "partly" if said.header.state == "failed" and one.is_begun else said.header.state
    header = said.header._replace(state=state, head=one.head, approval=one.kept)
    others = [f"pull request {other.pull.number}" for other in ground.landed if other != one]
    together = f"It landed together with {', '.join(others)}: this is of all of them." if others else ""
    reason = ". ".join(filter(None, (said.reason, together)))
    told = remarks.linked(world, replace(said, header=header, reason=reason))
    return remarks.post(world, one.pull.number, told, create=create)
