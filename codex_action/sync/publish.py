"""Publish what a sync wrote for the codex repository: one commit, pushed or in a pull request (sync.md 5)."""

from __future__ import annotations

import contextlib
import os
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple, Protocol, TypeVar

from codex_action.errors import RefusedError, UsageError
from codex_action.remote.commit import Change, identity, make_commit
from codex_action.remote.git import Git
from codex_action.remote.pulls import PullRequest, PullRequests
from codex_action.remote.push import OURS, PushRejected, push, remote_tip
from codex_action.remote.upstream import Upstream, printable
from codex_action.sync.model import Action, Plan

TRIES = 3
Done = TypeVar("Done")
_MARK = re.compile(
    r"^<!-- codex-sync plan=([0-9a-f]{64}) base=([0-9a-f]{40}) head=([0-9a-f]{40}) -->$", re.MULTILINE
)


class Place(Protocol):
    """What is written into and published from: a clone, or a checkout, whose own folder of git's is `own`."""

    folder: str
    own: str | None
    prefix: str
    branch: str
    tip: str | None
    upstream: Upstream
    git: Git

    def prepared(self, changes: list[Change]) -> list[Change]:
        """The changes as git would have them from here. Raises RefusedError for bytes that git would convert."""

    def recover(self) -> None:
        """End what a push that was killed has begun."""

    def ready(self) -> None:
        """Could a push succeed? Raises before anything is done, as PushRejected, UsageError, Unauthorized."""

    def refresh(self) -> None:
        """Go to where the branch is now. Raises PushRejected where that is not ours to do."""

    def push(self, commit: str) -> None:
        """Make the branch this commit, there and here. Raises as the module of that name, RefusedError."""


class Work(NamedTuple):
    """A plan, and those of its actions that are published; `where` is a path's place in the codex repository.

    The bytes are those of the file that `source` names for a path of the project; without it, they were written below
    the place's folder.
    """

    plan: Plan
    done: tuple[Action, ...]
    where: Callable[[str], str]
    source: Callable[[str], str] | None = None


class Published(NamedTuple):
    """What came of it: no commit where there was nothing to publish; `pull_request` is the URL of its page.

    `work` is what was published, after `tries` times.
    """

    work: Work
    commit: str | None = None
    branch: str | None = None
    pull_request: str | None = None
    tries: int = 1


# Plans against the place's folder as it is now, and asks the gates; called once more after each rejected push.
Attempt = Callable[[], Work]


@dataclass(frozen=True)
class Origin:
    """Whose files these are: the project, and its own commit if that is known."""

    org: str
    project: str
    commit: str | None = None

    def __str__(self) -> str:
        return f"{self.org}/{self.project}" + (f"@{self.commit}" if self.commit else "")


class Forge(NamedTuple):
    """Where pull requests are opened."""

    pulls: PullRequests
    owner: str
    repo: str


def publish(
    place: Place, attempt: Attempt, origin: Origin, *, forge: Forge | None = None,
    environ: Mapping[str, str] | None = None, now: Callable[[], float] = time.time,
) -> Published:  # fmt: skip
    """Plan and apply, commit, push; with a `forge` to a branch of its own, and one pull request, brought up to date.

    A push that comes too late is planned and applied again, where the branch is then, three times in all. Nothing to
    publish: no commit, and a pull request that is open is closed. Raises what `attempt` raises; PushRejected after the
    third time; PushRefused, Unauthorized, Unreachable, GitError; UsageError for a pull request into an empty one.
    """
    known = os.environ if environ is None else environ

    def once() -> Published:
        work = attempt()
        commit = _commit(place, work, origin, known, int(now()))
        return _ask(place, work, origin, commit, forge) if forge else _push(place, work, commit)

    place.ready()
    done, tries = in_turn(place, once)
    return done._replace(tries=tries)


def in_turn(
    place: Place,
    once: Callable[[], Done],
    *,
    tries: int = TRIES,
    pause: Callable[[int], object] | None = None,
) -> tuple[Done, int]:
    """What comes of doing it once, where a push that came too late is made anew where the branch is then; which time.

    `pause` is told how often it was late already. Raises PushRejected after so many `tries`, what `once` raises.
    """
    for number in range(1, tries):
        try:
            return once(), number
        except PushRejected:
            if pause:
                pause(number)
        place.refresh()
    return once(), tries


def _commit(place: Place, work: Work, origin: Origin, environ: Mapping[str, str], now: int) -> str | None:
    """The commit's id, if the codex repository changes at all."""
    changes = [_change(place, work, action) for action in work.done if action.side == "codex"]
    if not changes:
        return None
    by = identity(place.git, environ)
    return make_commit(place.git, place.tip, place.prepared(changes), message(work, origin), by, now)


def _change(place: Place, work: Work, action: Action) -> Change:
    path = work.where(action.path)
    if action.after is None:
        return Change(place.prefix + path)
    file = work.source(action.path) if work.source else os.path.join(place.folder, path)
    return Change(place.prefix + path, file, action.after, action.mode)


def message(work: Work, origin: Origin) -> str:
    """The commit's message: how much of what, whose, and of which plan."""
    title, source = f"codex: sync {printable(origin.project)} ({counts(work)})", printable(str(origin))
    return f"{title}\n\nCodex-Origin: {source}\nCodex-Plan: {work.plan.digest}\n"


def counts(work: Work) -> str:
    """How many files are created, updated and deleted in the codex repository."""
    kinds = [action.kind for action in work.done if action.side == "codex"]
    return f"+{kinds.count('create')} ~{kinds.count('update')} -{kinds.count('delete')}"


def _push(place: Place, work: Work, commit: str | None) -> Published:
    if commit is None:
        return Published(work)
    place.push(commit)
    return Published(work, commit, place.branch)


def branch_of(project: str) -> str:
    """The branch of a project's pull request."""
    return f"{OURS}{project}"


def _ask(place: Place, work: Work, origin: Origin, commit: str | None, forge: Forge) -> Published:
    """One pull request for the project: as the plan is now, or closed."""
    if place.tip is None:
        raise UsageError(
            "the codex repository is empty: a pull request needs a branch to go to",
            hint="--push the first time",
        )
    pulls, owner, repo = forge
    head = branch_of(origin.project)
    found = pulls.find(owner, repo, head=head, base=place.branch)
    if commit is None:
        if found and _is_all_there(work.plan):
            pulls.close(owner, repo, found.number)
        return Published(work)
    if found and _says(found, work, place.tip):
        return Published(work, found.head, head, found.url)
    _push_anew(place, commit, head)
    texts = {"title": message(work, origin).split("\n", 1)[0], "body": body(work, origin, place.tip, commit)}
    url = _shown(forge, found, head, place.branch, texts)
    return Published(work, commit, head, url)


def _is_all_there(plan: Plan) -> bool:
    """Has the codex repository all that the project has for it? What only reads it does not say."""
    return plan.direction != "from-codex" and not any(action.side == "codex" for action in plan.actions)


def _digest(work: Work) -> str:
    """What is asked for, whatever else the plan does."""
    return replace(work.plan, actions=tuple(item for item in work.done if item.side == "codex")).digest


def _says(found: PullRequest, work: Work, base: str) -> bool:
    """Does it ask for this already? Pushed anew, its checks would run and its reviews be asked for again."""
    mark = _MARK.search(found.body)
    return mark is not None and mark.groups() == (_digest(work), base, found.head)


def _push_anew(place: Place, commit: str, head: str) -> None:
    """The branch is ours: it becomes this commit, wherever it was."""
    git, upstream = place.git, place.upstream
    for _ in range(TRIES - 1):
        with contextlib.suppress(PushRejected):  # another run pushed there in between
            return push(git, upstream, commit, head, expect=remote_tip(git, upstream, head))
    return push(git, upstream, commit, head, expect=remote_tip(git, upstream, head))


def _shown(forge: Forge, found: PullRequest | None, head: str, base: str, texts: Mapping[str, str]) -> str:
    """The page of the pull request that says this now."""
    pulls, owner, repo = forge
    if found is None:
        try:
            return pulls.create(owner, repo, head=head, base=base, **texts).url
        except RefusedError:
            found = pulls.find(owner, repo, head=head, base=base)  # another run may have opened it just now
            if found is None:
                raise
    return pulls.update(owner, repo, found.number, **texts).url


def body(work: Work, origin: Origin, base: str, commit: str) -> str:
    """What the pull request says, and to us which plan it is of."""
    stats = work.plan.stats
    source = printable(str(origin)).replace("`", "'")
    left = f"Files that changed on both sides, left alone: {stats.conflicts}.\n\n" if stats.conflicts else ""
    return (
        f"Documents of `{source}`, as its configuration selects them.\n\n"
        "Each sync brings this pull request up to date, and closes it when nothing is left of it.\n\n"
        f"{left}"
        f"Plan `{work.plan.digest}`\n\n"
        f"<!-- codex-sync plan={_digest(work)} base={base} head={commit} -->\n"
    )
