"""A plan in a workflow's log: annotations within the limits, and nothing foreign that a runner would obey."""

from __future__ import annotations

from dataclasses import replace

import pytest
from comment_world import many, plan, refused
from hostile_texts import COMMANDS, TEXTS
from runner_commands import parse_log

from codex_action.report.plans import workflow
from codex_action.sync.model import Conflict, Note, Outcome, Refusal, SyncResult

EVIL = "docs/\n::error::x\u202e,file=y%.md"


def test_what_stops_it_and_what_it_leaves_alone() -> None:
    log = workflow(SyncResult(refused(plan()), dry_run=True), prefix="packages/billing")
    found = [
        (item.name, item.properties.get("file"))
        for item in parse_log(log)
        if item.name in ("error", "warning")
    ]
    assert found == [("error", None), ("warning", "packages/billing/docs/both.md")]
    assert "it deletes 60 files" in log
    assert "::endgroup::" in log


def test_annotations_can_be_turned_off() -> None:
    log = workflow(SyncResult(refused(plan()), dry_run=True), annotations=False)
    assert [item.name for item in parse_log(log)] == ["group", "endgroup"]


def test_a_file_that_is_not_here_has_no_place() -> None:
    gone = Conflict("docs/gone.md", "deleted_locally", "b" * 64, None, "c" * 64)
    log = workflow(SyncResult(replace(plan(), conflicts=(gone,)), dry_run=True))
    (warning,) = [item for item in parse_log(log) if item.name == "warning"]
    assert "file" not in warning.properties
    assert "deleted here" in warning.data


def test_no_more_than_the_runner_keeps() -> None:
    log = workflow(SyncResult(many(1_000), dry_run=True))
    warnings = [item.data for item in parse_log(log) if item.name == "warning"]
    assert len(warnings) == 10
    assert warnings[-1].startswith("91 more warnings")


def test_a_conflict_that_is_settled_is_no_warning() -> None:
    settled = Conflict("docs/a.md", "content", None, "a" * 64, "b" * 64, "keep_local")
    log = workflow(SyncResult(replace(plan(), conflicts=(settled,)), dry_run=True))
    assert [item for item in parse_log(log) if item.name == "warning"] == []


def test_foreign_names_are_no_commands() -> None:
    hostile = Conflict(EVIL, "content", None, "a" * 64, "b" * 64)
    made = replace(refused(plan()), conflicts=(hostile,), project=EVIL, branch=EVIL)
    found = parse_log(workflow(SyncResult(made, dry_run=True)))
    assert [item.name for item in found] == ["error", "warning", "group", "endgroup"]


def logs(evil: str) -> list[str]:
    """A plan in which everything is called this, refused, shown and carried out, with and without annotations."""
    made = plan()
    actions = tuple(action._replace(path=evil) for action in made.actions)
    conflicts = tuple(conflict._replace(path=evil) for conflict in made.conflicts)
    named = replace(
        made, project=evil, environment=evil, branch=evil, actions=actions, conflicts=conflicts,
        denied=(Note(evil, evil),), skipped=(Note(evil, evil),),
    )  # fmt: skip
    stopped = replace(named, refusals=(Refusal(evil, evil, evil, (evil,)),))
    failed = tuple(Outcome(action, evil) for action in actions)
    results = (
        SyncResult(stopped, dry_run=True),
        SyncResult(named, dry_run=True),
        SyncResult(named, failed, failures=(evil,), pull_request=evil, commit=evil, backup=evil),
    )
    return [workflow(item, prefix="x", annotations=wanted) for item in results for wanted in (True, False)]


PLAIN = [[item.name for item in parse_log(log)] for log in logs("word")]


@pytest.mark.parametrize("evil", [*TEXTS, *COMMANDS], ids=lambda text: repr(text)[:30])
def test_no_text_becomes_a_command(evil: str) -> None:
    assert [[item.name for item in parse_log(log)] for log in logs(evil)] == PLAIN


def test_the_corpus_is_one_of_commands() -> None:
    """Left as they are, these would be obeyed."""
    assert len([text for text in {*TEXTS, *COMMANDS} if parse_log(text)]) >= 14
