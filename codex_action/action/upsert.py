"""One comment of ours on a pull request: which of those that are there to write, which to take away, or neither."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Callable, NamedTuple, Union

from codex_action.remote.comments import IssueComment
from codex_action.report import marker
from codex_action.report.marker import Header


class Stored(NamedTuple):
    """A comment of ours, and what its first line says."""

    comment: IssueComment
    header: Header


class Create(NamedTuple):
    """There is none."""


class Update(NamedTuple):
    """It gets our text."""

    comment: IssueComment


class Delete(NamedTuple):
    """These say again, or less, what another one says."""

    comments: tuple[IssueComment, ...]


class Done(NamedTuple):
    """It says what we say, and is alone."""

    comment: IssueComment


class Older(NamedTuple):
    """Ours is not written: what is there is of a newer run, or of a newer commit."""

    stored: Stored


Step = Union[Create, Update, Delete, Done, Older]
# Has the pull request moved on from the first commit to the second?
IsBehind = Callable[[str, str], bool]


def ours(comments: Iterable[IssueComment], author: str, key: str) -> list[Stored]:
    """Those that we wrote under this key, the first one first. A comment that anybody else wrote is none of ours."""
    found = [
        Stored(comment, header)
        for comment in comments
        if comment.author == author and (header := marker.read(comment.body)) and header.key == key
    ]
    return sorted(found, key=lambda stored: stored.comment.id)


def decide(mine: Header, body: str, stored: Sequence[Stored], is_behind: IsBehind) -> Step:
    """The next step to one comment, the first one, with what the newest run says.

    | there | ours against them | step |
    | --- | --- | --- |
    | none | | Create |
    | one or more | newer than all; the first one says something else | Update the first |
    | more than one | the first one says ours, or what is newer than all | Delete the others |
    | more than one | another than the first is newer than ours | Older: its run writes it to the first |
    | one | says ours | Done |
    | one | newer than ours | Older |
    """
    if not stored:
        return Create()
    first, *others = stored
    newer = [item for item in stored if is_older(mine, item.header, is_behind)]
    newest = newest_of(newer)
    is_first = (
        newest.header.generation == first.header.generation if newest else _same(first.comment.body, body)
    )
    if is_first and others:
        return Delete(tuple(item.comment for item in others))
    if newest:
        return Older(newest)
    return Done(first.comment) if is_first else Update(first.comment)


def newest_of(stored: Iterable[Stored]) -> Stored | None:
    """The one of the last run, None of none."""
    return max(stored, key=lambda item: item.header.generation, default=None)


def is_older(mine: Header, other: Header, is_behind: IsBehind) -> bool:
    """Is ours older? An earlier run or attempt always is; a later one where the pull request has moved on since.

    Runs are numbered as they begin, so a run that is repeated stays as old as it was.
    """
    if mine.generation != other.generation:
        return mine.generation < other.generation or _moved_on(mine.head, other.head, is_behind)
    return False


def _moved_on(mine: str, other: str, is_behind: IsBehind) -> bool:
    return bool(mine and other and mine != other and is_behind(mine, other))


def _same(one: str, other: str) -> bool:
    """Line ends and the last ones are as GitHub's pages send them back."""
    return one.replace("\r\n", "\n").rstrip() == other.replace("\r\n", "\n").rstrip()
