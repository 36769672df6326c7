"""The decision table of a sync, one row a cell, and what must hold for all of them together."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sync_world import World, digest, done, plan_of, remembered, request, state, tree

from codex_action.sync.model import Action, Conflict, Note, Tree
from codex_action.sync.plan import make_plan
from codex_action.sync.reconcile import Reconciled, reconcile
from codex_action.sync.rules import SHARED

TO, FROM, BOTH = DIRECTIONS = ("to-codex", "from-codex", "bidirectional")
MANUAL, LOCAL, CODEX = STRATEGIES = ("manual", "keep-local", "keep-codex")
AHEAD_LOCAL, AHEAD_CODEX = "skip: local is ahead", "skip: codex is ahead"

# Contents in the manifest, here and in the codex repository ('-' no file), and what is done in each direction.
PEACE: dict[str, tuple[str, tuple[str, str, str]]] = {
    "equal, remembered": ("1 1 1", ("nothing",) * 3),
    "equal, not remembered": ("- 1 1", ("remember",) * 3),
    "equal, both changed": ("1 2 2", ("remember",) * 3),
    "equal, both deleted": ("1 - -", ("forget",) * 3),
    "local changed": ("1 2 1", ("update codex", AHEAD_LOCAL, "update codex")),
    "local deleted": ("1 - 1", ("delete codex", AHEAD_LOCAL, "delete codex")),
    "local new": ("- 1 -", ("create codex", AHEAD_LOCAL, "create codex")),
    "codex changed": ("1 1 2", (AHEAD_CODEX, "update local", "update local")),
    "codex deleted": ("1 1 -", (AHEAD_CODEX, "delete local", "delete local")),
    "codex new": ("- - 1", (AHEAD_CODEX, "create local", "create local")),
}
# What each strategy does in each direction: the side it writes, or that the conflict is left ('!').
WAR: dict[str, tuple[str, str, tuple[str, str, str], tuple[str, str, str]]] = {
    "content, both changed": (
        "1 2 3",
        "content",
        ("update codex", "!", "update codex"),
        ("!", "update local", "update local"),
    ),
    "content, nothing remembered": (
        "- 2 3",
        "content",
        ("update codex", "!", "update codex"),
        ("!", "update local", "update local"),
    ),
    "deleted locally": (
        "1 - 3",
        "deleted_locally",
        ("delete codex", "!", "delete codex"),
        ("!", "create local", "create local"),
    ),
    "deleted remotely": (
        "1 2 -",
        "deleted_remotely",
        ("create codex", "!", "create codex"),
        ("!", "delete local", "delete local"),
    ),
}
RESOLUTIONS = {LOCAL: "keep_local", CODEX: "keep_remote"}


def versions(text: str) -> list[dict[str, str]]:
    """'1 - 2' -> the file's content in three trees."""
    return [{} if version == "-" else {"a.md": version} for version in text.split()]


def outcome(text: str, direction: str, strategy: str) -> tuple[str, list[Conflict]]:
    base, local, codex = versions(text)
    plan = plan_of(local, codex, base, direction=direction, conflict=strategy)
    said = [f"{action.kind} {action.side}" for action in plan.actions]
    said += [f"skip: {note.reason.partition(':')[0]}" for note in plan.skipped]
    said += ["remember"] * len(plan.in_step) + ["forget"] * len(plan.gone)
    return " ".join(said) or "nothing", list(plan.conflicts)


@pytest.mark.parametrize(
    ("text", "direction", "strategy", "expected"),
    [
        pytest.param(text, direction, strategy, expected, id=f"{name}-{direction}-{strategy}")
        for name, (text, cells) in PEACE.items()
        for direction, expected in zip(DIRECTIONS, cells)
        for strategy in STRATEGIES
    ],
)
def test_cell_without_a_conflict(text: str, direction: str, strategy: str, expected: str) -> None:
    assert outcome(text, direction, strategy) == (expected, [])


@pytest.mark.parametrize(
    ("text", "kind", "direction", "strategy", "expected"),
    [
        pytest.param(text, kind, direction, strategy, expected, id=f"{name}-{direction}-{strategy}")
        for name, (text, kind, keep_local, keep_codex) in WAR.items()
        for strategy, cells in ((MANUAL, ("!",) * 3), (LOCAL, keep_local), (CODEX, keep_codex))
        for direction, expected in zip(DIRECTIONS, cells)
    ],
)
def test_cell_with_a_conflict(text: str, kind: str, direction: str, strategy: str, expected: str) -> None:
    said, (conflict,) = outcome(text, direction, strategy)
    assert said == ("nothing" if expected == "!" else expected)
    hashes = [None if version == "-" else digest(version) for version in text.split()]
    resolution = "manual" if expected == "!" else RESOLUTIONS[strategy]
    assert conflict == Conflict("a.md", kind, *hashes, resolution)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("- 1 -", "new here"),
        ("1 2 1", "changed here"),
        ("1 - 1", "deleted here"),
        ("- - 1", "new in codex"),
        ("1 1 2", "changed in codex"),
        ("1 1 -", "deleted in codex"),
    ],
)
def test_reasons(text: str, reason: str) -> None:
    base, local, codex = versions(text)
    (action,) = plan_of(local, codex, base).actions
    assert action.reason == reason


def test_an_action_says_what_is_there_and_what_will_be() -> None:
    local = Tree({"a.sh": state("a.sh", "long", 0o100755)})
    codex = Tree({"a.sh": state("a.sh", "old")})
    (made,) = reconcile({}, local, Tree({}), direction=TO).actions
    assert made == Action("create", "codex", "a.sh", None, digest("long"), 4, 0o100755, "new here")
    clash = reconcile({}, local, codex, direction=TO, strategy=LOCAL)
    # A file that is there keeps its mode.
    expected = Action(
        "update", "codex", "a.sh", digest("old"), digest("long"), 4, 0o100644, "conflict: local is kept"
    )
    assert clash.actions == [expected]


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_shared_documents_are_never_written_to_the_codex(direction: str) -> None:
    path = f"{SHARED}umbrella/other/a.md"
    changed_here = plan_of({path: "mine"}, {path: "1"}, {path: "1"}, direction=direction)
    assert done(changed_here) == []
    assert changed_here.skipped == (Note(path, "local is ahead: changed here"),)
    changed_there = plan_of({path: "1"}, {path: "2"}, {path: "1"}, direction=direction, conflict=LOCAL)
    assert done(changed_there) == ([] if direction == TO else [f"update local {path}"])


def test_what_was_not_looked_into_is_left_alone() -> None:
    passed, strange = {"docs": "cannot be read", "link.md": "is a symbolic link"}, {"sub": "is a submodule"}
    local = tree({"a.md": "1"}, passed=passed, strange=strange)
    files = {"docs/a.md": "1", "link.md": "1", "sub/x.md": "1", "a.md": "1"}
    codex = tree(files, passed={"b.md": "is no longer routed here"})
    base = remembered(dict.fromkeys(("docs/a.md", "docs/b.md", "sub/y.md", "b.md", "a.md"), "1"))
    assert reconcile(base.entries, local, codex, direction=BOTH) == Reconciled()
    plan = make_plan(request(), base, local, codex)
    assert [note.path for note in plan.skipped] == ["b.md", "docs", "link.md"]


def test_a_path_that_left_the_patterns_is_reported_not_deleted() -> None:
    entries = remembered({"kept.md": "1", "left.txt": "1"}).entries
    result = reconcile(entries, tree({}), tree({}), direction=BOTH, selects=lambda path: path.endswith(".md"))
    assert result.gone == ["kept.md"]
    assert [note.path for note in result.skipped] == ["left.txt"]
    assert "neither synced nor deleted" in result.skipped[0].reason


# --- what must hold whatever the trees ---

PATHS = st.sampled_from(["a", "b", "c/d", "c/e", "f"])
FILES = st.dictionaries(PATHS, st.sampled_from("1234"), max_size=5)
WORLDS = st.tuples(FILES, FILES, FILES)


def world(files: tuple[dict[str, str], dict[str, str], dict[str, str]]) -> World:
    """Two sides, after a sync that left both with the third set of contents."""
    local, codex, base = files
    made = World(dict(base), dict(base))
    made.carry_out(made.plan())
    made.local, made.codex = dict(local), dict(codex)
    return made


@given(WORLDS, st.sampled_from(DIRECTIONS), st.sampled_from(STRATEGIES))
def test_a_second_plan_is_empty(files: tuple[dict[str, str], ...], direction: str, strategy: str) -> None:
    made = world(files)
    first = made.plan(direction=direction, conflict=strategy)
    made.carry_out(first)
    second = made.plan(direction=direction, conflict=strategy)
    assert (second.actions, second.in_step, second.gone) == ((), (), ())
    left = [item for item in first.conflicts if item.resolution == "manual"]
    assert list(second.conflicts) == left


@given(WORLDS, st.sampled_from((LOCAL, CODEX)))
def test_both_ways_with_a_strategy_converges(files: tuple[dict[str, str], ...], strategy: str) -> None:
    made = world(files)
    made.carry_out(made.plan(conflict=strategy))
    assert made.local == made.codex
    assert {path: entry.sha256 for path, entry in made.manifest.entries.items()} == {
        path: digest(content) for path, content in made.local.items()
    }


@given(WORLDS, st.sampled_from(DIRECTIONS), st.sampled_from(STRATEGIES), st.randoms(use_true_random=False))
def test_a_run_that_was_cut_off_is_finished_by_the_next(
    files: tuple[dict[str, str], ...], direction: str, strategy: str, chance: object
) -> None:
    whole, cut = world(files), world(files)
    whole.carry_out(whole.plan(direction=direction, conflict=strategy))
    plan = cut.plan(direction=direction, conflict=strategy)
    done = [action for action in plan.actions if chance.random() < 0.5]  # type: ignore[attr-defined]
    cut.carry_out(plan, done)
    cut.carry_out(cut.plan(direction=direction, conflict=strategy))
    assert (cut.local, cut.codex) == (whole.local, whole.codex)


@given(WORLDS, st.sampled_from(DIRECTIONS), st.sampled_from(STRATEGIES))
def test_nothing_is_lost(files: tuple[dict[str, str], ...], direction: str, strategy: str) -> None:
    """Every edit since the last sync is still on a side or, where a strategy says who wins, in the backup."""
    local, codex, base = files
    made = world(files)
    made.carry_out(made.plan(direction=direction, conflict=strategy))
    kept = {*made.local.values(), *made.codex.values(), *made.backup}
    for side in (local, codex):
        for path, content in side.items():
            if content != base.get(path):
                assert content in kept
    if strategy == MANUAL:
        assert made.backup == []


@given(WORLDS, st.sampled_from(DIRECTIONS), st.sampled_from(STRATEGIES))
def test_only_the_sides_of_the_direction_change(
    files: tuple[dict[str, str], ...], direction: str, strategy: str
) -> None:
    local, codex, base = files
    made = world(files)
    plan = made.plan(direction=direction, conflict=strategy)
    made.carry_out(plan)
    assert direction != TO or made.local == local
    assert direction != FROM or made.codex == codex
    assert all(action.path in base for action in plan.actions if action.kind == "delete")


@given(WORLDS, st.sampled_from(STRATEGIES))
def test_swapped_sides_swap_the_plan(files: tuple[dict[str, str], ...], strategy: str) -> None:
    local, codex, base = files
    other = {MANUAL: MANUAL, LOCAL: CODEX, CODEX: LOCAL}[strategy]
    one = plan_of(local, codex, base, conflict=strategy)
    two = plan_of(codex, local, base, conflict=other)
    sides = {"local": "codex", "codex": "local"}
    assert [(a.kind, a.side, a.path) for a in one.actions] == [
        (a.kind, sides[a.side], a.path) for a in two.actions
    ]
