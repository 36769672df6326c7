"""The Action's job `report`: a fork's plan, told by a workflow that may write. Its file is a stranger's."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Mapping

from codex_action import files
from codex_action.action import asked, hub, jobs, remarks
from codex_action.action.folders import inside
from codex_action.action.world import World
from codex_action.documents.workflow import read_event
from codex_action.errors import RefusedError, UsageError
from codex_action.remote import merged
from codex_action.report.comment import Comment
from codex_action.report.safe import visible
from codex_action.sync.approval import approval_of
from codex_action.sync.model import Plan, SyncResult
from codex_action.sync.saved import from_json

_LARGEST = 4 * 1024 * 1024  # bytes: some ten thousand operations
_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


def run(world: World, _: jobs.Request) -> int:
    """Tell the plan on the pull request that GitHub names, never on one that the file does."""
    if world.event_name != "workflow_run":
        raise RefusedError(
            "command 'report' is done for workflow_run alone", hint="plan tells it on pull_request"
        )
    found = jobs.run_of_event(read_event(world.environ))
    if found is None:
        return _nothing(world, "the workflow that ended was not of a pull request")
    if not all(asked.codex_name(world).partition("/")):
        # The comment would be of no codex repository, and no merge would find it.
        raise UsageError("codex-repository: empty, and no configuration names one here")
    plan = read_plan(world.inputs.plan_file, world.workspace)
    with hub.opened(world) as github:
        open_ones = merged.of_branch(github, *hub.repository(world), f"{found.owner}:{found.branch}")
    here = "/".join(hub.repository(world)).lower()
    branch = jobs.default_branch(read_event(world.environ))
    into = [
        pull
        for pull in open_ones
        if (pull.head, pull.base, pull.repository.lower()) == (found.head, branch, here)
        and pull.origin.partition("/")[0].lower() == found.owner.lower()
    ]
    if len(into) != 1:
        what = "several open pull requests are" if into else "no open pull request is"
        return _nothing(world, f"{what} at {found.head[:7]} and into {branch!r}")
    return _tell(world, found, into[0].number, plan)


def read_plan(path: str, workspace: str) -> Plan:
    """The plan that a file holds. Raises UsageError for what is no file of ours, RefusedError for what is no plan."""
    if not path:
        raise UsageError("plan-file: empty, and command report needs it")
    real = inside(workspace, "plan-file", path)
    try:
        state = os.lstat(path)
        if not stat.S_ISREG(state.st_mode):
            raise UsageError(f"plan-file: {path!r} is no file")
        if state.st_size > _LARGEST:
            raise RefusedError(f"plan-file: {path!r} is longer than {_LARGEST:,} bytes")
        return from_json(files.read_bytes(real, follow=False))
    except OSError as error:
        raise UsageError(f"plan-file: cannot read {path!r}: {error.strerror}") from error


def _nothing(world: World, why: str) -> int:
    world.notice(visible(f"nothing is told: {why}"))
    world.put({"result": "passed", "exit-code": "0", "comment-url": "", "comment-file": ""})
    return 0


def _tell(world: World, found: jobs.Triggered, number: int, plan: Plan) -> int:
    """The comment that the plan's own run would have written: of that run, so that the newer one of two stays."""
    something = bool(plan.actions or plan.conflicts or plan.refusals)
    header = remarks.header(world, "planned" if something else "none", found.head)._replace(
        run=found.number,
        attempt=found.attempt,
        codex=plan.codex_commit if _COMMIT.fullmatch(plan.codex_commit) else "",
        approval=None if plan.refusals else approval_of([plan]),
    )
    said = remarks.linked(world, Comment(header, plans=[plan]))
    where: Mapping[str, str] = {"comment-url": "", "comment-file": ""}
    wish = world.inputs.comment
    stopped = bool(plan.refusals or plan.conflicts)
    if wish != "never":
        wanted = wish == "always" or stopped or (wish == "changes-only" and something)
        where = remarks.post(world, number, said, create=wanted)
    remarks.tell(world, SyncResult(plan, dry_run=True), said, 0, where)
    return 0
