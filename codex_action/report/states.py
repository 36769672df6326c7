"""The states of the comment on a pull request, a row each: how its title begins, and what a reader can do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from codex_action.report.marker import State
from codex_action.report.operations import DONE, TO_DO, Words


class Look(NamedTuple):
    """How a state looks. `keeps` is the name of the fold that holds the plan from before, where there is no new one."""

    title: str
    where: str
    advice: str = ""
    nothing: str = ""
    words: Words = TO_DO
    keeps: str = ""


_OLD = "The last plan, out of date"
LOOKS: Mapping[State, Look] = {
    "planned": Look(
        "Codex sync plan",
        "Plan for {head} in {run}",
        "A merge applies this and nothing else: if anything moves in between, it is refused. "
        "A new commit or another run of the check makes the plan anew.",
        "nothing to do",
    ),
    "none": Look("Codex sync plan", "Both sides agree at {head}, seen in {run}", nothing="nothing to do"),
    "failed": Look(
        "Codex sync plan failed",
        "There is no plan for {head}: {run} says why",
        "Nothing is applied without a plan. Run the check again to make one.",
        keeps=_OLD,
    ),
    "superseded": Look("Codex sync plan out of date", "A plan for {head} is being made in {run}", keeps=_OLD),
    "applying": Look("Codex sync is being applied", "Plan for {head}, being applied in {run}"),
    "applied": Look(
        "Codex sync applied",
        "Plan for {head}, applied in {run}",
        nothing="nothing was left to do",
        words=DONE,
    ),
    "partly": Look(
        "Codex sync partly applied",
        "Plan for {head}, applied in {run}",
        "Run the workflow again: it does what is left.",
        words=DONE,
    ),
    "refused": Look(
        "Codex sync refused",
        "The plan is not the one that was approved; this is what it would do now, for {head}, seen in {run}",
        "Nothing was written. Look at the new plan, and have it approved in another pull request.",
    ),
    "closed": Look(
        "Codex sync plan closed",
        "The pull request was closed at {head} without a merge, seen in {run}: nothing was applied",
        keeps="The last plan, never applied",
    ),
}
# The state `failed` of a pull request that is merged: it had a plan.
NOT_APPLIED = Look(
    "Codex sync not applied",
    "Nothing was applied for {head} in {run}",
    "What was approved stays approved: run the workflow again once that is mended.",
    words=DONE,
    keeps="The last plan",
)
