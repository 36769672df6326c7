"""A plan and a result as a reviewer reads them: every part, escaped, in color or not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from schema import load, problems
from sync_world import plan_of

from codex_action.report.sync import document, render
from codex_action.sync.gates import Limits
from codex_action.sync.model import Note, Outcome, Plan, Refusal, SyncResult

EVIL = "docs/\x1b[31m\u202e##[x]\n::error::a.md"


def plan(**more: object) -> Plan:
    return plan_of(
        {"new.md": "n", "both.md": "mine", "same.md": "s"},
        {"theirs.md": "t" * 2000, "both.md": "theirs", "gone.md": "g", "same.md": "s"},
        {"gone.md": "g"},
        **more,
    )


def test_everything_at_once() -> None:
    shown = render(SyncResult(plan(), dry_run=True)).splitlines()
    digest = plan().digest[:12]
    assert shown == [
        "Sync handbook, bidirectional, branch main",
        "",
        "In the codex repository: 1 to create, 1 to delete",
        "  - gone.md       1 B",
        "  + new.md        1 B",
        "",
        "In this project: 1 to create",
        "  + theirs.md    2.0 KB",
        "",
        "1 conflict:",
        "  ! both.md  changed on both sides; both files stay as they are",
        "  settle them with --conflict keep-local or keep-codex, or make both files the same",
        "",
        f"Plan {digest}: 2 created, 0 updated, 1 deleted, 2.0 KB; nothing was written.",
        "The same on both sides, and would be remembered: 1 file.",
    ]


@pytest.mark.parametrize(
    ("strategy", "words"),
    [("keep-local", "this project's is kept"), ("keep-codex", "the codex repository's is kept")],
)
def test_a_settled_conflict(strategy: str, words: str) -> None:
    shown = render(SyncResult(plan(conflict=strategy), backup="the/backup"))
    assert f"  ! both.md  changed on both sides; {words}; the other goes to the backup" in shown
    assert "settle them" not in shown
    assert "Backup of what conflicts replaced: the/backup\n" in shown


def test_what_came_of_it() -> None:
    made = plan()
    outcomes = [Outcome(action, "disk full" if action.path == "new.md" else None) for action in made.actions]
    result = SyncResult(
        made, tuple(outcomes), commit="abc", pull_request="https://x/1", failures=("all: bad",)
    )
    shown = render(result)
    assert "  + new.md        1 B\n      failed: disk full\n" in shown
    assert "Partial: 1 created, 0 updated, 1 deleted.\n" in shown
    assert shown.endswith("Error: all: bad\nCommit abc\nPull request https://x/1\n")


def test_quiet_leaves_out_what_went_well() -> None:
    notes = (Note("alone.md", "because"),)
    made = plan()
    outcomes = tuple(Outcome(one, "disk full" if one.path == "new.md" else None) for one in made.actions)
    shown = render(SyncResult(replace(made, skipped=notes), outcomes), quiet=True).splitlines()
    assert shown == [
        "Sync handbook, bidirectional, branch main",
        "",
        "In the codex repository: 1 to create",
        "  + new.md       1 B",
        "      failed: disk full",
        "",
        "1 conflict:",
        "  ! both.md  changed on both sides; both files stay as they are",
        "  settle them with --conflict keep-local or keep-codex, or make both files the same",
        "",
        "Partial: 1 created, 0 updated, 1 deleted.",
        "The same on both sides, and from now on remembered: 1 file.",
    ]


def test_refused_and_denied_and_left_alone() -> None:
    many = {f"{number:02}.md": "x" for number in range(30)}
    made = plan_of({}, many, many, limits=Limits())
    shown = render(SyncResult(made))
    assert "Refused: the project has no file that matches, and the last sync left some there\n" in shown
    assert "Hint: " in shown
    assert "nothing was written." in shown
    notes = (Note("a.md", "because"),)
    quiet = render(
        SyncResult(Plan("p", "to-codex", "dev", "b", "", "", skipped=notes, denied=notes), dry_run=True)
    )
    assert quiet.startswith("Sync p, to-codex, branch b for dev\n")
    assert "Denied by the permissions:\n    a.md  because\n" in quiet
    assert "Left alone: 1 file (-v lists them)\n" in quiet
    assert "Left alone:\n    a.md  because\n" in render(
        SyncResult(Plan("p", "to-codex", None, "b", "", "", skipped=notes)), verbose=True
    )


@pytest.mark.parametrize(
    ("passed", "end"),
    [
        ((), "Nothing to do: both sides agree."),
        (("skipped",), "Nothing to do, but for what is left alone."),
        (("denied",), "Nothing to do, but for what is denied."),
        (("denied", "skipped"), "Nothing to do, but for what is denied or left alone."),
    ],
    ids=["nothing", "left-alone", "denied", "both"],
)
def test_both_sides_agree_only_where_nothing_was_passed_over(passed: tuple[str, ...], end: str) -> None:
    notes: dict[str, Any] = dict.fromkeys(passed, (Note("a.md", "because"),))
    made = Plan("p", "from-codex", None, "b", "", "", **notes)
    assert render(SyncResult(made)).splitlines()[-1] == end
    assert render(SyncResult(made, commit="abc")).splitlines()[-2:] == [
        "Committed what was written before.",
        "Commit abc",
    ]


def test_many_paths_of_a_refusal_are_counted() -> None:
    refusal = Refusal("rules-changed", "m", "h", tuple(f"{number:02}.md" for number in range(14)))
    shown = render(SyncResult(Plan("p", "to-codex", None, "b", "", "", refusals=(refusal,))))
    assert "  09.md\n  and 4 more\nHint: h\n" in shown


def test_colors() -> None:
    shown = render(SyncResult(plan(), dry_run=True), color=True)
    assert "\033[31m  - gone.md" in shown
    assert "\033[32m  + new.md" in shown
    assert "\033[35m  ! both.md" in shown
    assert "\033" not in render(SyncResult(plan(), dry_run=True))


def test_foreign_names_are_harmless() -> None:
    made = plan_of({EVIL: "x"}, {}, limits=Limits())
    diffs = {("codex", EVIL): "+\x1b[0m\n+::error::y"}
    shown = render(SyncResult(made, dry_run=True, notices=(EVIL,)), diffs=diffs, verbose=True)
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    assert "##[" not in shown
    assert not any(line.lstrip().startswith("::") for line in shown.splitlines())


@pytest.mark.parametrize("strategy", ["manual", "keep-local", "keep-codex"])
def test_the_document_has_its_published_shape(strategy: str) -> None:
    made = plan(conflict=strategy)
    for result in (SyncResult(made, dry_run=True), SyncResult(made, tuple(map(Outcome, made.actions)))):
        assert list(problems(document(result), load("sync-project"))) == []
