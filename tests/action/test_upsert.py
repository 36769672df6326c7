"""Which comment is written, which are taken away: a row for each case."""

from __future__ import annotations

import pytest
from comment_world import HEAD, NEXT, header
from hypothesis import given
from hypothesis import strategies as st

from codex_action.action.upsert import (
    Create,
    Delete,
    Done,
    Older,
    Step,
    Stored,
    Update,
    decide,
    is_older,
    newest_of,
    ours,
)
from codex_action.remote.comments import IssueComment
from codex_action.report import marker

BOT = "github-actions[bot]"
MINE = header(run=5, attempt=2)
BODY = marker.write(MINE) + "\ntext\n"


def never(_mine: str, _other: str) -> bool:
    return False


def stored(number: int, run: int = 4, attempt: int = 1, head: str = HEAD, body: str = "") -> Stored:
    made = header(run=run, attempt=attempt, head=head)
    return Stored(IssueComment(number, BOT, body or marker.write(made), "u"), made)


SAME = stored(1, 5, 2, body=BODY)
OLD, NEW, SECOND = stored(1), stored(1, 6), stored(2)
# What is there, and the next step.
STEPS: dict[str, tuple[list[Stored], Step]] = {
    "none": ([], Create()),
    "an older one": ([OLD], Update(OLD.comment)),
    "ours": ([SAME], Done(SAME.comment)),
    "ours, with other line ends": ([stored(1, 5, 2, body=BODY.replace("\n", "\r\n").rstrip())], Done(IssueComment(1, BOT, BODY.replace("\n", "\r\n").rstrip(), "u"))),
    "the same run's, with another text": ([stored(1, 5, 2)], Update(stored(1, 5, 2).comment)),
    "an earlier attempt's": ([stored(1, 5, 1)], Update(stored(1, 5, 1).comment)),
    "a newer one": ([NEW], Older(NEW)),
    "a later attempt's": ([stored(1, 5, 3)], Older(stored(1, 5, 3))),
    "two old ones": ([OLD, SECOND], Update(OLD.comment)),
    "ours and an older one": ([SAME, SECOND], Delete((SECOND.comment,))),
    "an older one and ours": ([OLD, stored(2, 5, 2, body=BODY)], Update(OLD.comment)),
    "a newer one and ours": ([NEW, stored(2, 5, 2, body=BODY), stored(3)], Delete((stored(2, 5, 2, body=BODY).comment, stored(3).comment))),
    "an older one and a newer one": ([OLD, stored(2, 6)], Older(stored(2, 6))),
    "a newer one and a newest one": ([NEW, stored(2, 7)], Older(stored(2, 7))),
    "ours and a newer one": ([SAME, stored(2, 6)], Older(stored(2, 6))),
}  # fmt: skip


@pytest.mark.parametrize(("there", "step"), STEPS.values(), ids=STEPS.keys())
def test_the_next_step(there: list[Stored], step: Step) -> None:
    assert decide(MINE, BODY, there, never) == step
    assert type(decide(MINE, BODY, there, never)) is type(step)


# Run, attempt and head of the other; whether the pull request moved on from ours; whether it is asked, and the answer.
OLDER = {
    "the same run": (5, 2, NEXT, True, False, False),
    "a later run": (6, 1, NEXT, False, False, True),
    "a later attempt": (5, 3, HEAD, False, False, True),
    "an earlier run of our commit": (4, 9, HEAD, True, False, False),
    "an earlier run of a commit before": (4, 9, NEXT, False, True, False),
    "an earlier run of a commit that is newer": (4, 9, NEXT, True, True, True),
    "an earlier run of nobody knows which": (4, 9, "", True, False, False),
}


@pytest.mark.parametrize(
    ("run", "attempt", "head", "moved", "asked", "expected"), OLDER.values(), ids=OLDER.keys()
)
def test_which_is_older(
    run: int, attempt: int, head: str, *, moved: bool, asked: bool, expected: bool
) -> None:
    questions = []

    def is_behind(mine: str, other: str) -> bool:
        questions.append((mine, other))
        return moved

    assert is_older(MINE, header(run=run, attempt=attempt, head=head), is_behind) is expected
    assert questions == ([(HEAD, head)] if asked else [])


LINE = marker.write(MINE)
THERE = {
    "ours": (BOT, LINE, True),
    "ours, edited below": (BOT, f"{LINE}\r\n@team", True),
    "somebody else's with our marker": ("octocat", LINE, False),
    "a person's with almost our name": ("github-actions", LINE, False),
    "another bot's": ("other[bot]", LINE, False),
    "of an account that is gone": ("", LINE, False),
    "another key": (BOT, marker.write(MINE._replace(key="other")), False),
    "no marker": (BOT, "hello", False),
    "edited by hand": (BOT, LINE.replace('"run":5', '"run":"9"'), False),
    "quoted": (BOT, f"> {LINE}", False),
    "empty": (BOT, "", False),
}


@pytest.mark.parametrize(("author", "body", "expected"), THERE.values(), ids=THERE.keys())
def test_whose_it_is(author: str, body: str, *, expected: bool) -> None:
    found = ours([IssueComment(1, author, body, "u")], BOT, "sync")
    assert bool(found) is expected


def test_ours_are_in_order() -> None:
    comments = [IssueComment(number, BOT, LINE, "u") for number in (3, 1, 2)]
    assert [item.comment.id for item in ours(comments, BOT, "sync")] == [1, 2, 3]
    assert newest_of([]) is None
    assert newest_of([OLD, NEW, SECOND]) == NEW


GENERATIONS = st.lists(st.tuples(st.integers(1, 4), st.integers(1, 2)), max_size=5)


@given(GENERATIONS, st.tuples(st.integers(1, 4), st.integers(1, 2)))
def test_what_is_newest_is_never_taken_away(there: list[tuple[int, int]], mine: tuple[int, int]) -> None:
    made = header(run=mine[0], attempt=mine[1])
    found = [stored(number, *generation) for number, generation in enumerate(there)]
    step = decide(made, marker.write(made), found, never)
    newest = max([*there, mine])
    if isinstance(step, Delete):
        assert found[0].header.generation == newest
        assert found[0].comment not in step.comments
    elif isinstance(step, (Create, Update)):
        assert mine == newest
