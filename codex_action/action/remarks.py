"""What a sync says of itself: on the pull request, in the step summary, in files and outputs."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Mapping
from dataclasses import replace

from codex_action import files
from codex_action.action import asked, comment, hub, outputs
from codex_action.action.world import World
from codex_action.documents.places import host_path
from codex_action.errors import StorageError
from codex_action.report import data, plans
from codex_action.report import sync as sync_report
from codex_action.report.comment import Comment, render
from codex_action.report.marker import Header, State
from codex_action.report.safe import visible
from codex_action.sync.model import Plan, SyncResult
from codex_action.sync.saved import to_json

_SUMMARY = (
    900 * 1024
)  # bytes: a summary has room for more than a comment, and the runner drops one over 1 MiB


def header(world: World, state: State, head: str, *, base: str = "") -> Header:
    """The first line of this run's comment."""
    run = hub.run_of(world)
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(world.codex.documents.now()))
    return Header(asked.comment_key(world), state, head, run.number, run.attempt, now, base=base)


def linked(world: World, said: Comment) -> Comment:
    """The same with the links to this run, and the codex repository."""
    url = hub.run_of(world).url
    return replace(
        said,
        codex=asked.codex_name(world),
        run_url=url,
        plan_url=f"{url}#summary" if world.inputs.summary else "",
    )


def body_of(said: Comment) -> comment.Render:
    """The body, as long as it may be, in the place of another one."""
    return lambda budget, previous: render(replace(said, previous=previous), budget)


def post(world: World, number: int, said: Comment, *, create: bool) -> Mapping[str, str]:
    """The comment on a pull request, or the file that holds it. What became of it is outputs."""
    place = comment.Place(
        *hub.repository(world),
        number,
        path_of(world, f"codex-comment-{world.inputs.comment_key}-{number}.md"),
        world.workspace,
    )
    with hub.opened(world) as github:
        posted = comment.post(github, place, said.header, body_of(said), create=create)
    if posted.notice:
        world.notice(visible(posted.notice))
    return {"comment-url": posted.url, "comment-file": _seen(world, posted.file) if posted.file else ""}


def path_of(world: World, name: str) -> str:
    """Where a file of ours is kept: in the container's home, which is no part of the checkout. Raises StorageError."""
    folder = os.path.join(world.environ.get("HOME") or world.workspace, "codex-action")
    try:
        if not os.path.isdir(folder):
            files.make_folder(folder)
    except OSError as error:
        raise StorageError(f"cannot make the folder {folder!r}: {error.strerror}") from error
    return os.path.join(folder, name)


def keep_plan(world: World, plan: Plan) -> str:
    """Write the plan's file; its path is as later steps see it. Raises StorageError."""
    path = path_of(world, f"codex-plan-{world.inputs.comment_key}.json")
    try:
        outputs.write_report(path, to_json(plan), world.workspace, name="plan-file")
    except OSError as error:
        raise StorageError(f"cannot write {path!r}: {error.strerror}") from error
    return _seen(world, path)


def _seen(world: World, path: str) -> str:
    """A path as the job's other steps see it."""
    return host_path(path, {**world.environ, "GITHUB_WORKSPACE": world.workspace}) or path


def tell(world: World, result: SyncResult, said: Comment, code: int, more: Mapping[str, str]) -> None:
    """The log, the summary, the report and the outputs."""
    sys.stdout.write(plans.workflow(result, prefix=world.prefix, annotations=world.inputs.annotations))
    for notice in result.notices:
        world.notice(visible(notice))
    stats = result.plan.stats
    numbers = (stats.creates, stats.updates, stats.deletes, stats.conflicts)
    world.tell(
        document=data.dumps(sync_report.document(result)),
        summary=render(said, _SUMMARY).partition("\n")[2],
        values={
            "result": "failed" if code else "passed",
            "exit-code": str(code),
            "report-file": world.inputs.json_file,
            "has-changes": str(bool(result.plan.actions or result.plan.conflicts)).lower(),
            **dict(zip(("to-add", "to-update", "to-delete", "conflicts"), map(str, numbers))),
            "plan-digest": result.plan.digest,
            **more,
        },
    )
