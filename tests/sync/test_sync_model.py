"""What came of a sync: SPEC-00020's numbers, its status, and the exit code."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sync_world import plan_of

from codex_action.report.sizes import format_bytes
from codex_action.sync.model import Outcome, Plan, Refusal, SyncResult
from codex_action.sync.saved import result_document

FILES = {"a": "1", "b": "2", "c": "3"}, {"b": "1", "d": "1"}, {"b": "1", "d": "1"}
PLAN = plan_of(*FILES, direction="to-codex")
IDLE = plan_of({"a": "1"}, {"a": "1"}, {"a": "1"})
CLASH = plan_of({"a": "1"}, {"a": "2"})
SETTLED = plan_of({"a": "1"}, {"a": "2"}, conflict="keep-local")
REFUSED = replace(PLAN, refusals=(Refusal("deletes", "it deletes", "do not"),))
BOTH = plan_of({"a": "1", "b": "1"}, {"b": "2"})


def outcomes(plan: Plan, *errors: str | None) -> tuple[Outcome, ...]:
    padded = (*errors, *(None,) * (len(plan.actions) - len(errors)))
    return tuple(Outcome(action, error) for action, error in zip(plan.actions, padded))


# A result, its status, its exit code, and how many files were created, updated and deleted.
RESULTS: dict[str, tuple[SyncResult, str, int, tuple[int, int, int]]] = {
    "all done": (SyncResult(PLAN, outcomes(PLAN)), "success", 0, (2, 1, 1)),
    "nothing to do": (SyncResult(IDLE), "success", 0, (0, 0, 0)),
    "one failed": (SyncResult(PLAN, outcomes(PLAN, "disk full")), "partial", 6, (1, 1, 1)),
    "all failed": (SyncResult(PLAN, outcomes(PLAN, *["disk full"] * 4)), "failed", 5, (0, 0, 0)),
    "failed as a whole": (SyncResult(PLAN, failures=("no network",)), "failed", 5, (0, 0, 0)),
    "not published": (SyncResult(PLAN, outcomes(PLAN), failures=("push rejected",)), "partial", 6, (2, 1, 1)),
    "refused": (SyncResult(REFUSED), "refused", 4, (0, 0, 0)),
    "a conflict is left": (SyncResult(CLASH), "partial", 6, (0, 0, 0)),
    "a conflict is left, the rest is done": (SyncResult(BOTH, outcomes(BOTH)), "partial", 6, (1, 0, 0)),
    "a conflict is settled": (SyncResult(SETTLED, outcomes(SETTLED)), "success", 0, (0, 1, 0)),
    "a dry run": (SyncResult(PLAN, dry_run=True), "success", 0, (2, 1, 1)),
    "a dry run with a conflict": (SyncResult(BOTH, dry_run=True), "success", 0, (1, 0, 0)),
    "a dry run that would be refused": (SyncResult(REFUSED, dry_run=True), "refused", 4, (2, 1, 1)),
    "a dry run that failed": (
        SyncResult(PLAN, dry_run=True, failures=("no network",)),
        "failed",
        5,
        (2, 1, 1),
    ),
}


@pytest.mark.parametrize(("result", "status", "code", "numbers"), RESULTS.values(), ids=RESULTS.keys())
def test_results(result: SyncResult, status: str, code: int, numbers: tuple[int, int, int]) -> None:
    assert (result.status, result.exit_code) == (status, code)
    assert (result.files_created, result.files_updated, result.files_deleted) == numbers


def test_a_result_says_what_it_is_of_and_what_went_wrong() -> None:
    result = SyncResult(PLAN, outcomes(PLAN, "disk full"), failures=("push rejected",))
    assert (result.project, result.direction, result.conflicts) == ("handbook", "to-codex", ())
    assert result.errors == ("a: disk full", "push rejected")


def test_only_settled_conflicts_have_a_loser_to_keep() -> None:
    assert (CLASH.resolved, SETTLED.resolved) == (frozenset(), {"a"})


def test_the_document_has_the_keys_that_scripts_rely_on() -> None:
    document = result_document(SyncResult(CLASH, dry_run=True, notices=("x",)))
    assert {name: value for name, value in document.items() if name != "plan"} == {
        "project": "handbook",
        "direction": "bidirectional",
        "environment": None,
        "branch": "main",
        "dry_run": True,
        "status": "success",
        "files_created": 0,
        "files_updated": 0,
        "files_deleted": 0,
        "conflicts": [{"path": "a", "type": "content", "resolution": "manual"}],
        "errors": [],
        "notices": ["x"],
        "backup": None,
        "commit": None,
        "pull_request": None,
    }
    assert document["plan"] == {
        "digest": CLASH.digest,
        "operations": [],
        "skipped": [],
        "denied": [],
        "refusals": [],
    }


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 B"),
        (1023, "1023 B"),
        (1024, "1.0 KB"),
        (12_800, "12.5 KB"),
        (1280, "1.3 KB"),
        (1 << 20, "1.0 MB"),
        (5 << 40, "5120.0 GB"),
    ],
)
def test_sizes(size: int, text: str) -> None:
    assert format_bytes(size) == text
