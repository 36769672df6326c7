"""Write the one comment of ours on a pull request, whoever else writes it at the same time; or keep it in a file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Callable

from codex_action.action import outputs
from codex_action.action.upsert import (
    Create,
    Delete,
    Done,
    IsBehind,
    Older,
    Step,
    Stored,
    Update,
    decide,
    newest_of,
    ours,
)
from codex_action.errors import NotFound, RateLimited, RefusedError, StorageError, Unreachable
from codex_action.remote.comments import Comments, TooLong
from codex_action.remote.github import GitHub
from codex_action.remote.heads import Heads
from codex_action.remote.session import Clock
from codex_action.remote.viewer import viewer
from codex_action.report.comment import BUDGET, MINIMUM
from codex_action.report.marker import Header

_WRITES = 3  # of ours, before others who write as well are left alone
_FAILURES = 3  # in a row
_STEPS = 12
_PAUSE = 1.0  # seconds: longer than between somebody's last look and their write
_RECIPE = (
    "where a fork's token may not write, a workflow on workflow_run posts the plan, with command: report"
)
# The body, of at most so many bytes, in the place of the one that is there ("": none).
Render = Callable[[int, str], str]


@dataclass(frozen=True)
class Thread:
    """Where a comment is written, by whom, and what tells which commit is newer."""

    comments: Comments
    author: str
    is_behind: IsBehind
    clock: Clock


@dataclass(frozen=True)
class Posted:
    """What became of a comment: `url` is where it is, `older` that a newer one was left there.

    `file` and `why` are set where it could not be written there. Without an `id` (0) there is no comment.
    """

    id: int = 0
    url: str = ""
    older: bool = False
    file: str = ""
    why: str = ""

    @property
    def notice(self) -> str:
        """What a workflow's log is told; "" is nothing."""
        if self.older:
            return f"the comment of a newer run was left as it is: {self.url}"
        if not self.why:
            return ""
        return f"the comment was not written: {self.why}. It is in {self.file}; {_RECIPE}"


def open_thread(github: GitHub, owner: str, repo: str, number: int, *, clock: Clock | None = None) -> Thread:
    """The comments of a pull request. Raises Unauthorized, RateLimited or Unreachable."""
    clock = clock or Clock()
    comments = Comments(github, owner, repo, number, clock=clock)
    author = viewer(github, owner, repo)
    return Thread(comments, author, Heads(github, owner, repo, number).is_behind, clock)


def find(thread: Thread, key: str) -> Stored | None:
    """Our comment under this key. Raises Unauthorized, RateLimited or Unreachable."""
    return newest_of(ours(thread.comments.every(), thread.author, key))


def upsert(thread: Thread, header: Header, render: Render, *, create: bool = True) -> Posted:
    """One comment, the newest run's; without `create` none where there is none.

    Look, decide, do one step, wait a moment, look again: until there is nothing to do. Raises Unauthorized,
    RateLimited, Unreachable, RefusedError.
    """
    budget, writes, failures = BUDGET, 0, 0
    for _ in range(_STEPS):
        try:
            stored = ours(thread.comments.every(), thread.author, header.key)
            body = render(budget, stored[0].comment.body if stored else "")
            step = decide(header, body, stored, thread.is_behind)
            posted = _posted(step, create=create)
            if posted:
                return posted
            if writes == _WRITES and not isinstance(step, Delete):
                break
            _perform(thread, step, body)
            writes += not isinstance(step, Delete)
            failures = 0
        except TooLong:
            if budget == MINIMUM:
                raise
            budget = max(MINIMUM, budget * 2 // 3)
        except NotFound:
            pass  # somebody took it away in between
        except (RateLimited, Unreachable):
            # A write may have come through all the same: the next look tells.
            failures += 1
            if failures == _FAILURES:
                raise
        thread.clock.sleep(_PAUSE * (1 + failures + thread.clock.chance()))
    raise Unreachable("others write the comment again and again")


def _posted(step: Step, *, create: bool) -> Posted | None:
    """What it has come to, if there is nothing left to do."""
    if isinstance(step, Done):
        return Posted(step.comment.id, step.comment.url)
    if isinstance(step, Older):
        return Posted(step.stored.comment.id, step.stored.comment.url, older=True)
    return Posted() if isinstance(step, Create) and not create else None


def _perform(thread: Thread, step: Step, body: str) -> None:
    if isinstance(step, Create):
        thread.comments.create(body)
    elif isinstance(step, Delete):
        for comment in step.comments:
            thread.comments.delete(comment.id)
    # GitHub has no write on a condition: the shorter the time since the last look, the better.
    elif isinstance(step, Update) and thread.comments.get(step.comment.id).body == step.comment.body:
        thread.comments.update(step.comment.id, body)


@dataclass(frozen=True)
class Place:
    """A pull request, and the file that holds what could not be written there."""

    owner: str
    repo: str
    number: int
    file: str
    workspace: str


def post(
    github: GitHub, place: Place, header: Header, render: Render, *, create: bool = True, clock: Clock | None = None
) -> Posted:  # fmt: skip
    """The comment, or its body in the file where GitHub does not take it. Raises UsageError, OSError for the file."""
    try:
        thread = open_thread(github, place.owner, place.repo, place.number, clock=clock)
        return upsert(thread, header, render, create=create)
    except (StorageError, RefusedError) as error:
        outputs.write_report(place.file, render(BUDGET, ""), place.workspace, name="comment-file")
        return Posted(file=place.file, why=f"{error.message}; {error.hint}" if error.hint else error.message)
