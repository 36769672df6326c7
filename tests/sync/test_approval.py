"""What was agreed to covers what is done now, or the difference is named."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sync_world import RULES, plan_of

from codex_action.sync.approval import MOST, approval_of, moved
from codex_action.sync.model import Plan

FILES = {"a": "1", "b": "2", "c": "3"}, {"b": "1", "d": "1"}, {"b": "1", "d": "1"}
PLAN = plan_of(*FILES, direction="to-codex")
WEB = replace(PLAN, project="web")
FIRST, *_ = PLAN.actions
# What is planned now, and the paths that are named.
FRESH: dict[str, tuple[list[Plan], list[str]]] = {
    "the same": ([PLAN], []),
    "the same, of a later commit": ([replace(PLAN, codex_commit="f" * 40)], []),
    "some is done": ([replace(PLAN, actions=PLAN.actions[1:])], []),
    "all is done": ([replace(PLAN, actions=())], []),
    "all is done, by other rules": ([replace(PLAN, actions=(), rules_digest="0" * 64)], []),
    "another order": ([replace(PLAN, actions=PLAN.actions[::-1])], []),
    "one more": ([replace(PLAN, actions=(*PLAN.actions, FIRST._replace(path="z")))], ["z"]),
    "another content": ([replace(PLAN, actions=(FIRST._replace(after="0" * 64),))], ["a"]),
    "another ancestor": ([replace(PLAN, actions=(FIRST._replace(before="0" * 64),))], ["a"]),
    "another kind": ([replace(PLAN, actions=(FIRST._replace(kind="update"),))], ["a"]),
    "another side": ([replace(PLAN, actions=(FIRST._replace(side="local"),))], ["a"]),
    "another mode": ([replace(PLAN, actions=(FIRST._replace(mode=0o100755),))], ["a"]),
    "another size and reason": ([replace(PLAN, actions=(FIRST._replace(size=7, reason="x"),))], []),
    "other rules": ([replace(PLAN, rules_digest="0" * 64)], ["a", "b", "c", "d"]),
    "another branch": ([replace(PLAN, branch="prod")], ["a", "b", "c", "d"]),
    "another environment": ([replace(PLAN, environment="prod")], ["a", "b", "c", "d"]),
    "another direction": ([replace(PLAN, direction="bidirectional")], ["a", "b", "c", "d"]),
    "another project": ([WEB], ["a", "b", "c", "d"]),
    "one more project": ([PLAN, replace(WEB, actions=(FIRST,))], ["a"]),
}  # fmt: skip


@pytest.mark.parametrize(("fresh", "paths"), FRESH.values(), ids=FRESH.keys())
def test_what_moved(fresh: list[Plan], paths: list[str]) -> None:
    told = moved([approval_of([PLAN])], fresh)
    assert [text.split()[2] for text in told] == paths
    assert all(text.endswith("is not in the approved plan, or has changed since") for text in told)


def test_several_approve_together_what_none_does_alone() -> None:
    one, two = (
        approval_of([replace(PLAN, actions=PLAN.actions[:2])]), approval_of([replace(PLAN, actions=PLAN.actions[2:])])
    )  # fmt: skip
    assert moved([one, two], [PLAN]) == moved([two, one], [PLAN]) == ()
    assert [text.split()[2] for text in moved([one], [PLAN])] == ["c", "d"]
    assert len(moved([], [PLAN])) == 4
    assert moved([], [replace(PLAN, actions=())]) == ()
    # The salt of one is not the other's.
    mixed = two._replace(operations=one.operations)
    assert len(moved([mixed], [PLAN])) == 4


def test_projects_come_in_any_order() -> None:
    approved = approval_of([PLAN, WEB])
    assert approved == approval_of([WEB, PLAN])
    assert moved([approved], [WEB]) == ()
    assert len(approved.operations or ()) == 8


def test_a_plan_that_is_too_long_to_list_is_only_covered_by_itself() -> None:
    made = plan_of({str(number): "x" for number in range(MOST + 1)}, {}, direction="to-codex")
    approved = approval_of([made])
    assert approved.operations is None
    assert moved([approved], [made]) == ()
    assert moved([approved], [replace(made, actions=())]) == ()
    (why,) = moved([approved], [replace(made, actions=made.actions[1:])])
    assert "more than 1,000 operations" in why
    why, *rest = moved([approved, approval_of([PLAN])], [replace(made, actions=made.actions[1:])])
    assert "more than 1,000 operations" in why
    assert len(rest) == MOST
    assert len(approval_of([replace(made, actions=made.actions[1:])]).operations or ()) == MOST


def test_an_operation_is_hashed_with_all_that_was_approved() -> None:
    """Two contents with one short hash cannot be looked for before the plan is there."""
    one = set(approval_of([PLAN]).operations or ())
    other = set(approval_of([replace(PLAN, actions=PLAN.actions[1:])]).operations or ())
    assert not one & other


CONTENTS = st.dictionaries(st.sampled_from("abcdef"), st.sampled_from("123"), max_size=6)


@given(CONTENTS, CONTENTS, CONTENTS, st.sets(st.integers(0, 5)))
def test_a_plan_covers_all_its_parts(
    local: Mapping[str, str], codex: Mapping[str, str], base: Mapping[str, str], kept: set[int]
) -> None:
    made = plan_of(local, codex, base, rules=RULES)
    part = replace(made, actions=tuple(item for index, item in enumerate(made.actions) if index in kept))
    assert moved([approval_of([made])], [part]) == ()
    missing = len(made.actions) - len(part.actions)
    assert len(moved([approval_of([part])], [made])) == missing
