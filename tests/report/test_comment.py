"""The comment in every state, word for word (tests/cases/comment), and in every budget."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from comment_world import DIFFS, HEAD, NEXT, body, comment, example, header, many, plan, refused, result
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from codex_action.report import marker
from codex_action.report.comment import BUDGET, MINIMUM, Comment, last_plan, render
from codex_action.sync.approval import approval_of, moved
from codex_action.sync.model import Conflict, Plan, SyncResult

CASES = Path(__file__).parents[1] / "cases" / "comment"
PLAN = plan()
WEB = replace(plan("web"), conflicts=())
GOOD = body("planned", PLAN)
MOVED = moved([approval_of([plan(direction="to-codex")])], [PLAN])
SETTLED = plan(conflict="keep-local")
EXAMPLE, EXAMPLE_DIFFS = example()
CLASHES = tuple(
    Conflict(f"docs/chapter-{number:02d}/a-page-with-quite-a-long-name.md", kind, None, None, None)
    for number, kind in enumerate(("content", "deleted_locally", "deleted_remotely") * 14)
)
STATES: dict[str, Comment] = {
    "planned.example": comment("planned", EXAMPLE, diffs=EXAMPLE_DIFFS),
    "planned.conflicts": comment("planned", replace(EXAMPLE, conflicts=CLASHES)),
    "planned": comment("planned", PLAN, diffs=DIFFS),
    "planned.projects": comment("planned", PLAN, WEB),
    "planned.settled": comment("planned", SETTLED),
    "planned.refused": comment("planned", refused(PLAN), refused(WEB)),
    "planned.many": comment("planned", many(1_000)),
    "none": comment("none", replace(PLAN, actions=(), conflicts=(), denied=())),
    "failed": comment("failed", header=header("failed", 820, head=NEXT), previous=GOOD, reason="the codex repository cannot be reached", hint="run it again"),
    "failed.first": comment("failed", reason="the codex repository cannot be reached"),
    "failed.applying": comment("failed", header=header("failed", 820), merged=True, previous=GOOD, reason="the codex repository cannot be reached"),
    "failed.files": comment("failed", header=header("failed", 820), merged=True, previous=GOOD, results=(result(PLAN, *["no space left"] * len(PLAN.actions)),)),
    "failed.conflicts": comment("failed", merged=True, results=(SyncResult(replace(PLAN, actions=())),)),
    "superseded": comment("superseded", header=header("superseded", 820, head=NEXT), previous=GOOD),
    "applying": comment("applying", PLAN),
    "applied": comment("applied", results=(result(SETTLED, pull_request="https://github.com/umbrella/codex/pull/7", commit=HEAD), result(WEB))),
    "applied.nothing": comment("applied", results=(SyncResult(replace(PLAN, actions=(), conflicts=())),)),
    "partly": comment("partly", results=(result(PLAN, "the file has changed"), result(replace(WEB, actions=WEB.actions[:1]), "no space left"), SyncResult(refused(plan("shop"))))),
    "refused": comment("refused", PLAN, moved=MOVED),
    "closed": comment("closed", previous=GOOD),
}  # fmt: skip


@pytest.mark.parametrize("name", STATES)
def test_every_state(name: str, request: pytest.FixtureRequest) -> None:
    shown, file = render(STATES[name]), CASES / f"{name}.md"
    if request.config.getoption("--update-cases"):
        file.write_text(shown, encoding="utf-8", newline="")
    assert shown == file.read_text(encoding="utf-8")
    check(shown)
    read = marker.read(shown)
    assert read is not None
    assert read._replace(seal="") == STATES[name].header


def test_every_state_is_there() -> None:
    assert {name.partition(".")[0] for name in STATES} == set(marker.STATES)
    assert {file.stem for file in CASES.glob("*.md")} == set(STATES)


def check(shown: str, budget: int = BUDGET) -> None:
    """It fits, every fold is closed on the level it was opened on, and every fence is."""
    assert len(shown.encode()) <= budget
    folds: list[str] = []
    tokens = MarkdownIt("gfm-like", {"linkify": False, "html": True}).parse(shown)
    for token in tokens:
        if token.type == "fence":
            assert token.map is not None
            assert set(shown.split("\n")[token.map[1] - 1]) == {"`"}
        if token.type != "html_block":
            continue
        for found in re.findall(r"</?details\b", token.content):
            folds.append(found) if found == "<details" else folds.pop()
    assert folds == []
    assert sum(token.type == "heading_open" for token in tokens) == 1


def test_nothing_is_lost_before_it_must() -> None:
    whole = body("planned", PLAN, diffs=DIFFS)
    size = len(whole.encode())
    assert "Diffs (2)" in whole
    assert "+2\u00a0−1" in whole
    less = body("planned", PLAN, diffs={**DIFFS, ("billing", "codex", "docs/new.md"): "+x\n" * BUDGET})
    assert "Diffs (2 of 3)" in less
    assert len(less.encode()) < size + 100


def test_a_thousand_files() -> None:
    """Rows go before what every reader and every program needs."""
    made = many(1_000)
    shown = body("planned", made, diffs=DIFFS)
    check(shown)
    assert len(shown.encode()) > BUDGET * 0.8
    read = marker.read(shown)
    assert read is not None
    assert read.approval == approval_of([made])
    assert read.approval.operations is not None
    assert len(read.approval.operations) == 900
    assert "800 to add, 100 to delete, **100 conflicts**" in shown
    assert shown.count("⚠️\u00a0conflict") == 100
    assert shown.count("➖\u00a0delete") == 100
    rows = shown.count("➕\u00a0add")
    assert 100 < rows < 800
    assert f"… and {800 - rows:,} more ([full plan](" in shown
    assert "Diffs" not in shown


def test_deletions_do_not_disappear_behind_conflicts() -> None:
    clashes = tuple(Conflict(f"docs/{number}.md", "content", None, None, None) for number in range(2_000))
    shown = body("planned", replace(many(1_000), conflicts=clashes))
    check(shown)
    assert 10 < shown.count("➖\u00a0delete") <= shown.count("⚠️\u00a0conflict") < 2_000
    assert "**2,000 conflicts**" in shown


def test_a_hundred_projects() -> None:
    plans = [many(40, f"project-{number:03d}") for number in range(100)]
    shown = body("planned", *plans)
    check(shown)
    assert "| Project | Add | Update | Delete | Conflicts |" in shown
    assert "| project&#45;099 |" in shown or "| project-099 |" in shown or "… and " in shown
    assert marker.read(shown) == header(seal=marker.read(shown).seal, approval=approval_of(plans))  # type: ignore[union-attr]


def test_less_than_the_least() -> None:
    with pytest.raises(ValueError, match="8,000"):
        body("planned", PLAN, budget=MINIMUM - 1)


def test_the_list_of_operations_goes_last() -> None:
    made = many(1_000)
    for budget in (20_000, MINIMUM):
        shown = body("planned", made, budget=budget)
        check(shown, budget)
        read = marker.read(shown)
        assert read is not None
        assert read.approval is not None
        assert (read.approval.operations is None) == (budget == MINIMUM)
        assert read.approval.digest == approval_of([made]).digest
        assert "800 to add, 100 to delete, **100 conflicts**" in shown
        assert "[run 812](" in shown
        assert "[full plan](" in shown


EDITED = {
    "another path": GOOD.replace("docs/new", "docs/evil", 1),
    "no end": GOOD.replace("<!-- codex-action end -->", ""),
    "no beginning": GOOD.replace("<!-- codex-action plan -->", ""),
    "the end before the beginning": GOOD.replace("<!-- codex-action plan -->", "<!-- codex-action end -->\n<!-- codex-action plan -->", 1),
    "a mention": GOOD.replace("| ➕\u00a0add", "| @team", 1),
    "no first line": GOOD.partition("\n")[2],
    "nothing": "",
    "another seal": GOOD.replace('"seal":"', '"seal":"0', 1),
}  # fmt: skip


class TestTheLastPlan:
    def test_it_is_kept_as_often_as_a_plan_fails(self) -> None:
        once = body("failed", previous=GOOD, reason="x")
        again = body("failed", previous=once.replace("\n", "\r\n"), reason="y")
        assert last_plan(GOOD) == last_plan(once) == last_plan(again) != []
        assert "<code>4f1c2ab</code>" in "\n".join(last_plan(again))

    def test_a_failed_plan_agrees_to_nothing(self) -> None:
        read = marker.read(body("failed", previous=GOOD))
        assert read is not None
        assert read.approval is None

    @pytest.mark.parametrize("edited", EDITED.values(), ids=EDITED.keys())
    def test_what_was_edited_by_hand_is_not_shown_again(self, edited: str) -> None:
        assert edited != GOOD
        assert last_plan(edited) == []
        shown = body("failed", previous=edited)
        assert "@team" not in shown
        assert "details" not in shown
        check(shown)

    def test_it_is_left_out_where_it_does_not_fit(self) -> None:
        shown = body("failed", previous=body("planned", many(1_000)), budget=MINIMUM)
        check(shown, MINIMUM)
        assert "The last plan" not in shown


NASTY = st.text(alphabet=st.sampled_from("a.`|\n<@&é😀\u202e\udcff_*[]()-"), max_size=60) | st.sampled_from(
    ["x" * 4_000, "`" * 300, "\u202e" * 300, "😀" * 2_000]
)
BASE_PLAN = plan()


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    """Any plan: sizes and names that nobody would think of."""
    one = BASE_PLAN.actions[0]
    names = draw(st.lists(NASTY, max_size=12))
    times = draw(st.sampled_from((1, 1, 30)))
    paths = [f"{name}{number}" for name in names for number in range(times)]
    kinds = draw(st.lists(st.sampled_from(("create", "update", "delete")), min_size=1, max_size=5))
    actions = tuple(
        one._replace(kind=kinds[index % len(kinds)], path=path, side=("codex", "local")[index % 2])  # type: ignore[arg-type]
        for index, path in enumerate(paths)
    )
    clashes = tuple(
        Conflict(name, "content", None, None, None, draw(st.sampled_from(("manual", "keep_local"))))  # type: ignore[arg-type]
        for name in draw(st.lists(NASTY, max_size=6))
    )
    made = replace(
        BASE_PLAN,
        project=draw(NASTY),
        environment=draw(st.none() | NASTY),
        actions=actions,
        conflicts=clashes,
    )
    gates = tuple(refused(made).refusals[0]._replace(message=draw(NASTY), hint=draw(NASTY)) for _ in range(draw(st.integers(0, 3))))  # fmt: skip
    return replace(made, refusals=gates)


@settings(max_examples=60)
@given(
    st.lists(plans(), max_size=3),
    st.sampled_from(marker.STATES),
    st.integers(MINIMUM, BUDGET),
    st.lists(NASTY, max_size=20),
    NASTY,
)
def test_any_plan_in_any_budget(
    made: list[Plan], state: marker.State, budget: int, texts: list[str], reason: str
) -> None:
    diffs = {("billing", "codex", path): text for path, text in zip(texts, texts[1:])}
    results = tuple(result(item, *texts[: len(item.actions)], failures=tuple(texts[:2])) for item in made)
    written = state in ("applied", "partly") or (state == "failed" and len(texts) % 3 == 0)
    shown = render(
        Comment(
            header(state, approval=approval_of(made)), () if written else made, results if written else (), diffs, reason, reason,
            texts if state == "refused" else (), GOOD if len(texts) % 2 else reason, "https://github.com/" + reason, PLAN_URL, merged=len(texts) % 3 == 0,
        ),
        budget,
    )  # fmt: skip
    check(shown, budget)
    read = marker.read(shown)
    assert read is not None
    assert read.state == state
    assert read.approval is not None
    assert read.approval.digest == approval_of(made).digest


PLAN_URL = "https://github.com/umbrella/billing/actions/runs/812"
