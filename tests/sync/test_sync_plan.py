"""A plan: what it says, what keeps it from being carried out, and whether another one covers it."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sync_world import BOLD, EMPTY, RULES, digest, done, plan_of, remembered, request, state, tree
from timing import assert_grows_gently

from codex_action.config.schema import SCHEMA
from codex_action.sync.gates import FORCEABLE, Limits
from codex_action.sync.manifest import Entry
from codex_action.sync.model import EXECUTABLE, Action, FileState, Note, Plan, Refusal, Tree
from codex_action.sync.plan import compare, in_order, make_plan

# --- what a plan says ---


def test_a_plan_names_what_it_is_for() -> None:
    made = make_plan(
        request(direction="to-codex", environment="test", branch="develop", codex_commit="abc"),
        EMPTY,
        tree({"a": "1"}),
        tree({}),
    )
    head = (made.project, made.direction, made.environment, made.branch, made.codex_commit, made.rules_digest)
    assert head == ("handbook", "to-codex", "test", "develop", "abc", RULES.digest)


def test_everything_is_in_order() -> None:
    local = dict.fromkeys(("b", "z", "é", "a/b", "a.b", "A2"), "1")
    codex = dict.fromkeys(("c", "y", "x/x"), "2")
    plan = plan_of(local, codex)
    assert [action.path for action in plan.actions] == sorted([*local, *codex])


def test_what_is_equal_is_in_order_however_it_was_found() -> None:
    same = {"b": "1", "a": "1", "c": "1"}
    plan = plan_of(same, dict(sorted(same.items())))
    assert [file.path for file in plan.in_step] == ["a", "b", "c"]


def test_stats() -> None:
    plan = plan_of(
        {"a": "long", "b": "22", "d": "1", "x": "1"},
        {"b": "1", "c": "123", "d": "2"},
        {"b": "1", "c": "123"},
        direction="to-codex",
    )
    assert done(plan) == ["create codex a", "update codex b", "delete codex c", "create codex x"]
    assert plan.stats._asdict() == {
        "creates": 2,
        "updates": 1,
        "deletes": 1,
        "skips": 0,
        "conflicts": 1,
        "total_bytes": 4 + 2 + 3 + 1,
    }


DENIED = {"secret.md": "rule 'secret*' denies sync", "step.md": "no"}


def test_permissions_keep_paths_out() -> None:
    local = {"secret.md": "2", "open.md": "2", "step.md": "1"}
    codex = {"secret.md": "1", "open.md": "1", "step.md": "1"}
    plan = plan_of(local, codex, {"secret.md": "1", "open.md": "1"}, denied=DENIED.get)
    assert done(plan) == ["update codex open.md"]
    assert plan.denied == (Note("secret.md", "rule 'secret*' denies sync"),)
    assert plan.in_step == ()
    gone = plan_of({}, {"secret.md": "1", "x": "1"}, {"secret.md": "1"}, denied=DENIED.get)
    assert done(gone) == ["create local x"]
    clash = plan_of({"secret.md": "3"}, {"secret.md": "1"}, denied=DENIED.get)
    assert (clash.conflicts, [note.path for note in clash.denied]) == ((), ["secret.md"])


def test_the_rules_say_what_left_the_patterns() -> None:
    rules = replace(RULES, patterns=("docs/**",), from_codex=("codex://umbrella/site/**",))
    shared = ".fractary/codex/shared/umbrella"
    base = {"docs/a": "1", "src/a": "1", f"{shared}/site/a": "1", f"{shared}/other/a": "1"}
    plan = plan_of({}, {}, base, rules=rules)
    assert plan.gone == (f"{shared}/site/a", "docs/a")
    assert [note.path for note in plan.skipped] == [f"{shared}/other/a", "src/a"]
    asked = plan_of({}, {}, base, rules=rules, selects=lambda path: "other" in path)
    assert asked.gone == (f"{shared}/other/a",)


# --- the digest ---

PLAN = plan_of({"a": "1", "b": "2"}, {"b": "1"}, {"b": "1"})


def test_the_digest_is_of_what_is_done() -> None:
    create = (
        f'{{"after":"{digest("1")}","before":null,"mode":"100644","op":"create","path":"a","side":"codex"}}'
    )
    update = f'{{"after":"{digest("2")}","before":"{digest("1")}","mode":"100644","op":"update","path":"b","side":"codex"}}'
    assert PLAN.digest == digest(f'{{"operations":[{create},{update}],"rules":"{RULES.digest}"}}')
    assert replace(PLAN, actions=PLAN.actions[::-1]).digest == PLAN.digest
    same = {
        "codex_commit": "x",
        "branch": "x",
        "environment": "x",
        "skipped": (Note("a", "b"),),
        "refusals": (Refusal("a", "b", "c"),),
    }
    assert replace(PLAN, **same).digest == PLAN.digest  # type: ignore[arg-type]
    assert (
        replace(PLAN, actions=(PLAN.actions[0]._replace(reason="x", size=9), PLAN.actions[1])).digest
        == PLAN.digest
    )


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "update"},
        {"side": "local"},
        {"path": "A"},
        {"mode": EXECUTABLE},
        {"before": digest("x")},
        {"after": digest("x")},
    ],
    ids=lambda change: next(iter(change)),
)
def test_another_action_has_another_digest(change: dict[str, object]) -> None:
    assert replace(PLAN, actions=(PLAN.actions[0]._replace(**change), PLAN.actions[1])).digest != PLAN.digest


def test_other_rules_have_another_digest() -> None:
    assert replace(PLAN, rules_digest="x").digest != PLAN.digest


@pytest.mark.parametrize("path", ["\udcff", "a\nb", "é", '"'], ids=ascii)
def test_any_path_has_a_digest(path: str) -> None:
    assert len(replace(PLAN, actions=(PLAN.actions[0]._replace(path=path),)).digest) == 64


# --- what keeps a plan from being carried out ---

MANY = {f"{number:02}": "1" for number in range(40)}


def without(number: int, files: dict[str, str] = MANY) -> dict[str, str]:
    return dict(itertools.islice(files.items(), number, None))


def gates(plan: Plan) -> list[str]:
    return [refusal.gate for refusal in plan.refusals]


# Files on a side, files deleted there, the limits, and how often it is told to be too much.
DELETES = [
    (40, 8, {}, 0),
    (40, 9, {}, 1),
    (40, 9, {"max_delete_percent": 22.5}, 0),
    (40, 9, {"max_delete_percent": 22.4}, 1),
    (40, 3, {"max_deletes": 3}, 0),
    (40, 4, {"max_deletes": 3}, 1),
    (40, 1, {"max_deletes": 0}, 1),
    (40, 1, {"max_delete_percent": 0}, 1),
    (40, 39, {"max_delete_percent": 100}, 0),
    (9, 8, {}, 0),
    (10, 2, {}, 0),
    (10, 3, {}, 1),
    (10, 3, {"forced": frozenset(("deletes",))}, 0),
    (10, 3, {"forced": frozenset(("empty-side", "names"))}, 1),
]


@pytest.mark.parametrize(("total", "deleted", "limits", "told"), DELETES)
@pytest.mark.parametrize("side", ["codex", "local"])
def test_deletions(side: str, total: int, deleted: int, limits: dict[str, object], told: int) -> None:
    base = dict(itertools.islice(MANY.items(), total))
    trees = [without(deleted, base), base]
    plan = plan_of(*(trees if side == "codex" else trees[::-1]), base, limits=Limits(**limits))  # type: ignore[arg-type]
    assert [action.side for action in plan.actions] == [side] * deleted
    assert gates(plan) == ["deletes"] * told


def test_deletions_on_both_sides_are_counted_together() -> None:
    half = {path: text for path, text in MANY.items() if path != "00"}
    other = {path: text for path, text in MANY.items() if path != "01"}
    (refusal,) = plan_of(half, other, MANY, limits=Limits(max_deletes=1)).refusals
    assert refusal.message == "it deletes 2 files, and sync.max_deletes is 1"
    assert refusal.hint == "raise sync.max_deletes; --force deletes allows it this once"


SHARED = ".fractary/codex/shared/umbrella/x/a"
# What is here, in codex, remembered; and the side that is told to be empty.
EMPTY_SIDES: dict[str, tuple[dict[str, str], dict[str, str], dict[str, str], str | None]] = {
    "nothing anywhere": ({}, {}, {}, None),
    "a first sync": ({"a": "1"}, {}, {}, None),
    "the codex is gone": ({"a": "1"}, {}, {"a": "1"}, "the codex repository"),
    "the project is gone": ({}, {"a": "1"}, {"a": "1"}, "the project"),
    "both are gone": ({}, {}, {"a": "1"}, None),
    "what was remembered left the patterns": ({"a": "1"}, {}, {"left.x": "1"}, None),
    "only shared documents are there": (
        {"a": "1", SHARED: "1"},
        {SHARED: "1"},
        {"a": "1", SHARED: "1"},
        "the codex repository",
    ),
    "only shared documents were remembered": ({"a": "1", SHARED: "1"}, {}, {SHARED: "1"}, None),
}


@pytest.mark.parametrize(("local", "codex", "base", "side"), EMPTY_SIDES.values(), ids=EMPTY_SIDES.keys())
@pytest.mark.parametrize("direction", ["to-codex", "from-codex", "bidirectional"])
def test_an_empty_side(
    local: dict[str, str], codex: dict[str, str], base: dict[str, str], side: str | None, direction: str
) -> None:
    rules = replace(RULES, exclude=("*.x",), from_codex=("codex://umbrella/x/**",))
    plan = plan_of(local, codex, base, rules=rules, direction=direction, limits=Limits())
    assert gates(plan) == ["empty-side"] * (side is not None)
    if side:
        assert plan.refusals[0].message.startswith(f"{side} has no file that matches")
        forced = Limits(forced=frozenset(("empty-side",)))
        assert gates(plan_of(local, codex, base, rules=rules, limits=forced)) == []


def test_a_side_whose_files_are_only_not_listed_is_not_empty() -> None:
    """All of them are accounted for; one that is gone makes it suspicious again."""
    base = {"a.md": "1", "b.md": "1"}
    passed = dict.fromkeys(base, "git ignores it")
    hidden = make_plan(request(), remembered(base), tree(base), tree({}, passed=passed))
    assert gates(hidden) == []
    gone = make_plan(request(), remembered(base), tree(base), tree({}, passed={"a.md": "git ignores it"}))
    assert gates(gone) == ["empty-side"]


def test_rules_that_changed_delete_nothing_unasked() -> None:
    base = replace(remembered({"a": "1", "b": "1", "c": "1"}), rules_digest="other")
    kept, gone = tree({"a": "1", "b": "1", "c": "1"}), tree({"a": "1"})
    (refusal,) = make_plan(request(), base, kept, gone).refusals
    assert (refusal.gate, refusal.paths) == ("rules-changed", ("b", "c"))
    assert refusal.message == "the rules are not those of the last sync, and it would delete b, c"
    assert make_plan(request(), base, kept, kept).refusals == ()
    assert make_plan(request(limits=BOLD), base, kept, gone).refusals == ()
    assert make_plan(request(), replace(base, rules_digest=RULES.digest), kept, gone).refusals == ()


def test_what_must_not_be_in_a_tree_is_told() -> None:
    local = tree({"a": "1"}, strange={"x": "is a device"})
    codex = tree(
        {"a": "1", "sub/y": "1"},
        strange={"sub": "is a submodule", "out": "is a link that leads out of the tree"},
    )
    plan = make_plan(request(limits=BOLD), EMPTY, local, codex)
    assert [refusal.message for refusal in plan.refusals] == [
        "x in the project is a device",
        "out in the codex repository is a link that leads out of the tree",
        "sub in the codex repository is a submodule",
    ]
    assert done(plan) == []


# What is here, in codex, remembered; and the names that are told, by side.
COLLISIONS: dict[str, tuple[dict[str, str], dict[str, str], dict[str, str], list[tuple[str, ...]]]] = {
    "new beside another": ({"a": "1", "A": "1"}, {"a": "1"}, {"a": "1"}, [("A", "a")]),
    "new on both sides": ({"a": "1"}, {"A": "1"}, {}, [("A", "a"), ("A", "a")]),
    "two spellings": ({"e\u0301": "1", "x": "1"}, {"é": "1", "x": "1"}, {"é": "1", "x": "1"}, []),
    "renamed in case only": ({"A": "1", "x": "1"}, {"a": "1", "x": "1"}, {"a": "1", "x": "1"}, []),
    "a folder renamed in case only": (
        {"D/a": "1", "D/b": "1"},
        {"d/a": "1", "d/b": "1"},
        {"d/a": "1", "d/b": "1"},
        [],
    ),
    "part of a folder": (
        {"D/a": "1", "d/b": "1"},
        {"d/a": "1", "d/b": "1"},
        {"d/a": "1", "d/b": "1"},
        [("D/", "d/")],
    ),
    "there already, and in step": ({"a": "1", "A": "1"}, {"a": "1", "A": "1"}, {}, []),
    "one of two deleted": ({"A": "1"}, {"a": "1", "A": "1"}, {"a": "1", "A": "1"}, [("A", "a")]),
    "one of two changed": ({"A": "2", "a": "1"}, {"a": "1", "A": "1"}, {"a": "1", "A": "1"}, [("A", "a")]),
    "a file in a folder's place": ({"d": "1"}, {"d/a": "1"}, {"d/a": "1"}, []),
    "a file where a folder stays": ({"d": "1"}, {"d/a": "1"}, {}, [("d", "d/"), ("d", "d/")]),
}


@pytest.mark.parametrize(("local", "codex", "base", "expected"), COLLISIONS.values(), ids=COLLISIONS.keys())
def test_collisions(
    local: dict[str, str], codex: dict[str, str], base: dict[str, str], expected: list[tuple[str, ...]]
) -> None:
    plan = plan_of(local, codex, base, limits=Limits(max_delete_percent=100))
    assert [refusal.paths for refusal in plan.refusals] == expected
    assert set(gates(plan)) <= {"collisions", "file-and-folder"}


def test_a_file_and_a_folder_are_not_forced() -> None:
    assert gates(plan_of({"d": "1"}, {"d/a": "1"})) == ["file-and-folder", "file-and-folder"]
    assert gates(plan_of({"a": "1"}, {"A": "1"})) == []


def test_what_was_passed_over_collides_too() -> None:
    local = tree({}, passed={"DOCS": "is a symbolic link"})
    (refusal,) = make_plan(request(), EMPTY, local, tree({"docs/a": "1"})).refusals
    assert refusal.paths == ("DOCS", "docs/")


def test_programs_do_not_come_from_the_codex() -> None:
    program = Tree({path: state(path, "1", EXECUTABLE) for path in "abcde"})
    (refusal,) = make_plan(request(limits=BOLD), EMPTY, Tree({}), program).refusals
    assert (refusal.gate, refusal.paths) == ("exec-bits", tuple("abcde"))
    assert refusal.message == "it would create files here that can be executed: a, b, c and 2 more"
    allowed = replace(BOLD, allow_protected=True)
    assert make_plan(request(limits=allowed), EMPTY, Tree({}), program).refusals == ()
    assert make_plan(request(), EMPTY, program, Tree({})).refusals == ()
    there = make_plan(
        request(), remembered({"a": "0"}), tree({"a": "0"}), Tree({"a": state("a", "1", EXECUTABLE)})
    )
    assert [(action.kind, action.mode) for action in there.actions] == [("update", 0o100644)]
    assert there.refusals == ()


def test_every_reason_says_what_to_do() -> None:
    everything = make_plan(
        request(limits=Limits(max_deletes=0)),
        replace(remembered(dict.fromkeys((*MANY, "x"), "1")), rules_digest="old"),
        tree({"../a": "1", "B": "1"}, strange={"dev": "is a device"}),
        Tree({**tree({**MANY, "action.yml": "1", "b": "1"}).files, "run": state("run", "1", EXECUTABLE)}),
    )
    found = {refusal.gate: refusal for refusal in everything.refusals}
    assert set(found) == {
        "deletes",
        "rules-changed",
        "strange",
        "names",
        "collisions",
        "protected",
        "exec-bits",
    }
    for gate, refusal in found.items():
        assert (f"--force {gate} allows it this once" in refusal.hint) == (gate in FORCEABLE)
        assert refusal.hint


# --- the order in which it is done ---

ORDERS: dict[str, tuple[list[str], list[str]]] = {
    "writes before deletions": (["-a", "+b", "-c", "+d"], ["+b", "+d", "-a", "-c"]),
    "a folder makes room for a file": (["+d", "-d/a", "-d/b/c", "-e"], ["-d/a", "-d/b/c", "+d", "-e"]),
    "a file makes room for a folder": (["-d", "+d/a/b", "-e"], ["-d", "+d/a/b", "-e"]),
    "a name makes room for its twin": (
        ["+README.md", "-Readme.md", "-e"],
        ["-Readme.md", "+README.md", "-e"],
    ),
    "a folder for its twin": (["+D/a", "-d"], ["-d", "+D/a"]),
    "names that only start alike": (["-d", "+d2/a", "+dd"], ["+d2/a", "+dd", "-d"]),
}


def short(action: Action) -> str:
    return ("-" if action.kind == "delete" else "+") + action.path


def actions_of(texts: list[str], side: str = "local") -> tuple[Action, ...]:
    kinds = {"-": "delete", "+": "create"}
    return tuple(Action(kinds[text[0]], side, text[1:], None, None, 0, 0, "") for text in texts)  # type: ignore[arg-type]


@pytest.mark.parametrize(("before", "after"), ORDERS.values(), ids=ORDERS.keys())
def test_order(before: list[str], after: list[str]) -> None:
    assert [short(action) for action in in_order(actions_of(before))] == after


def test_each_side_makes_its_own_room() -> None:
    both = (*actions_of(["-d"], "codex"), *actions_of(["+d/a"], "local"))
    assert [short(action) for action in in_order(both)] == ["+d/a", "-d"]


# --- one plan and another ---

OLD = plan_of(
    {"new": "1", "changed": "2"},
    {"changed": "1", "gone": "1"},
    {"changed": "1", "gone": "1"},
    direction="to-codex",
)
FIRST = OLD.actions[0]


def moved(**change: object) -> Plan:
    return replace(OLD, actions=(FIRST._replace(**change), *OLD.actions[1:]))


# A fresh plan, and what has moved since the approved one.
MOVED: dict[str, tuple[Plan, list[str]]] = {
    "nothing": (OLD, []),
    "a project": (replace(OLD, project="x"), ["the project was 'handbook' and is 'x'"]),
    "the direction": (
        replace(OLD, direction="bidirectional"),
        ["the direction was 'to-codex' and is 'bidirectional'"],
    ),
    "the environment": (replace(OLD, environment="prod"), ["the environment was None and is 'prod'"]),
    "the branch": (replace(OLD, branch="x"), ["the branch was 'main' and is 'x'"]),
    "the rules": (
        replace(OLD, rules_digest="x"),
        ["the rules are others: patterns, excludes, layout, routing or permissions"],
    ),
    "other files of the codex": (replace(OLD, codex_commit="x"), []),
    "what is replaced": (
        moved(before=digest("x")),
        [f"update changed (codex): the file it replaces was {digest('1')[:12]} and is {digest('x')[:12]}"],
    ),
    "what is written": (
        moved(after=digest("x")),
        [f"update changed (codex): what it writes was {digest('2')[:12]} and is {digest('x')[:12]}"],
    ),
    "the mode": (moved(mode=EXECUTABLE), ["update changed (codex): the mode was 100644 and is 100755"]),
    "two things": (
        moved(before=None, mode=EXECUTABLE),
        [
            f"update changed (codex): the file it replaces was {digest('1')[:12]} and is nothing, the mode was 100644 and is 100755"
        ],
    ),
    "an operation": (moved(kind="delete"), ["update changed (codex) has become delete"]),
    "a new file": (
        replace(OLD, actions=(*OLD.actions, FIRST._replace(path="z"))),
        ["update z (codex) is not in the plan"],
    ),
    "a new file on the other side": (moved(side="local"), ["update changed (local) is not in the plan"]),
    "a reason": (moved(reason="x"), []),
}


@pytest.mark.parametrize(("fresh", "expected"), MOVED.values(), ids=MOVED.keys())
def test_what_moved(fresh: Plan, expected: list[str]) -> None:
    assert list(compare(OLD, fresh)) == expected


def test_what_was_done_already_may_be_missing() -> None:
    assert done(OLD) == ["update codex changed", "delete codex gone", "create codex new"]
    fresh = replace(OLD, actions=OLD.actions[1:])
    assert compare(OLD, fresh) == ()
    assert compare(OLD, fresh, exact=True) == ("update changed (codex) is no longer to be done",)
    assert compare(OLD, OLD, exact=True) == ()
    assert compare(OLD, replace(OLD, actions=())) == ()


NAMES = st.sampled_from("abcd")
FILES = st.dictionaries(NAMES, st.sampled_from("12"), max_size=4)


@given(FILES, FILES, FILES, FILES, FILES)
def test_plans_that_are_exactly_the_same_have_the_same_digest(
    local: dict[str, str],
    codex: dict[str, str],
    base: dict[str, str],
    other: dict[str, str],
    more: dict[str, str],
) -> None:
    one, two = plan_of(local, codex, base), plan_of(other, more, base)
    assert (compare(one, two, exact=True) == ()) == (one.digest == two.digest)


# --- as many files as an organisation's largest project has ---


def large(size: int) -> Plan:
    """Two trees that differ in one file of a hundred, and in one more that is there on one side only."""
    names = [f"docs/area{number // 900}/topic{number // 30}/page-{number}.md" for number in range(size)]
    base = remembered({})
    entries = {name: Entry(digest("1"), 1, "t", "local") for name in names}
    files = {name: FileState(name, entries[name].sha256, 1) for name in names}
    local = {**files, **{name: state(name, "2") for name in names[::100]}, "new.md": state("new.md", "1")}
    return make_plan(
        request(),
        replace(base, entries=entries),
        Tree(local),
        Tree({**files, "There.md": state("There.md", "1")}),
    )


def test_a_large_plan_is_right() -> None:
    plan = large(20_000)
    assert plan.stats[:5] == (2, 200, 0, 0, 0)
    assert plan.refusals == ()


def test_a_large_plan_takes_no_more_than_its_share() -> None:
    assert_grows_gently(large, 2_000)


def test_from_how_many_files_a_part_is_asked_for_is_said() -> None:
    """Eight of nine files may go, if no number forbids it; the schema says where that ends."""
    for number, refused in ((9, ()), (10, ("deletes",))):
        files = {f"{name}.md": "1" for name in range(number)}
        plan = plan_of({"0.md": "1"}, files, files, limits=Limits(max_delete_percent=10))
        assert tuple(one.gate for one in plan.refusals) == refused
    described = SCHEMA["properties"]["sync"]["properties"]["max_delete_percent"]["description"]
    assert described == "Of a side, if it has ten files or more."
