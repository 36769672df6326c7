"""Of which pull requests the commits of a push are the merges: a row for each case."""

from __future__ import annotations

import pytest
from comment_world import HEAD, header

from codex_action.action.ground import brought, why_not
from codex_action.remote.merged import Pull
from codex_action.sync.approval import Approval

A, B, C, D = (letter * 40 for letter in "abcd")
HERE, FORK = "umbrella/web", "mallory/web"


def pull(number: int, commit: str, *, base: str = "main", into: str = HERE, origin: str = HERE, head: str = HEAD) -> Pull:  # fmt: skip
    return Pull(number, head, base, into, commit, origin)


SEVEN, EIGHT = pull(7, B), pull(8, C)
# What GitHub says of each commit, the oldest first, and the pull requests that count.
BROUGHT: dict[str, tuple[dict[str, list[Pull]], list[tuple[Pull, ...]]]] = {
    "none": ({A: []}, []),
    "no commit": ({}, []),
    "two merges": ({B: [SEVEN], C: [EIGHT]}, [(SEVEN,), (EIGHT,)]),
    "a rebase of two": ({A: [SEVEN], B: [SEVEN], C: [EIGHT]}, [(SEVEN,), (EIGHT,)]),
    "a rebase that a later push cut": ({A: [SEVEN], D: []}, []),
    "the last commit is of one that was merged by hand": ({A: [], D: [SEVEN]}, [(SEVEN,)]),
    "a commit pushed on top": ({B: [SEVEN], D: []}, [(SEVEN,)]),
    "the last commit brings it once more": ({B: [SEVEN], D: [SEVEN]}, [(SEVEN,)]),
    "two of one commit": ({B: [SEVEN, pull(9, B)]}, [(SEVEN, pull(9, B))]),
    "ours before a fork's": ({B: [pull(9, B, origin=FORK), SEVEN]}, [(SEVEN,)]),
    "a fork's by a button": ({B: [pull(9, B, origin=FORK)], C: [EIGHT]}, [(pull(9, B, origin=FORK),), (EIGHT,)]),
    "a fork's at the commit itself": ({B: [pull(9, B, origin=FORK, head=B)], C: [EIGHT]}, [(EIGHT,)]),
    "a fork's at the last commit itself": ({C: [pull(9, C, origin=FORK, head=C)]}, []),
    "ours at the commit itself": ({B: [pull(7, B, head=B)], C: []}, [(pull(7, B, head=B),)]),
    "a fork that is gone": ({B: [pull(9, B, origin="")]}, [(pull(9, B, origin=""),)]),
    "one that is open": ({B: [pull(7, "")]}, []),
    "into another branch": ({B: [pull(7, B, base="release")]}, []),
    "into another repository": ({B: [pull(7, B, into=FORK)]}, []),
    "letter case": ({B: [pull(7, B, into="Umbrella/Web", origin="Umbrella/Web")]}, [(pull(7, B, into="Umbrella/Web", origin="Umbrella/Web"),)]),
}  # fmt: skip


@pytest.mark.parametrize(("pulls", "expected"), BROUGHT.values(), ids=BROUGHT.keys())
def test_what_a_push_brought(pulls: dict[str, list[Pull]], expected: list[tuple[Pull, ...]]) -> None:
    assert brought(pulls, "main", HERE) == expected


def test_why_a_comment_approves_nothing() -> None:
    approval = Approval("f" * 64, ())
    assert why_not(SEVEN, None) == "pull request 7 has no plan"
    assert why_not(SEVEN, header("failed")).endswith("the last one is failed")
    assert "is of bbbbbbb, and 4f1c2ab was merged" in why_not(SEVEN, header(head=B, approval=approval))
    assert why_not(SEVEN, header(approval=approval)) == ""
