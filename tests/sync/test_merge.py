"""Two manifests made of one: what both say together, and that nothing in it is believed which could be false."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sync_world import EMPTY, digest, done, plan_of, remembered

from codex_action.errors import RefusedError
from codex_action.sync.manifest import Entry, Manifest, read_manifest, write_manifest
from codex_action.sync.merge import Committed, merge_files, merged, settled

T = "2026-01-0{}T00:00:00Z"
PATH = "web/manifest.json"
ALL = Committed(lambda _: True, lambda _: True)
CLEAN = Committed(lambda _: False, lambda _: True)  # what was removed is in no commit, all else is


def entry(word: str) -> Entry | None:
    """`x1`: content x, synced on the first of the month; `-` is none."""
    if word == "-":
        return None
    when = T.format(word[1]) if word[1:].isdigit() else word[1:]
    return Entry(digest(word[0]), 1, when, "local")


def manifest(rows: dict[str, str], **more: str) -> Manifest:
    found = {path: entry(word) for path, word in rows.items()}
    return replace(EMPTY, entries={path: one for path, one in found.items() if one}, **more)


@pytest.mark.parametrize(
    ("base", "ours", "theirs", "both"),
    [
        pytest.param("-", "x1", "-", "x1", id="new-on-one-side"),
        pytest.param("x1", "y2", "x1", "y2", id="changed-on-one-side"),
        pytest.param("x1", "-", "x1", "-", id="removed-on-one-side"),
        pytest.param("x1", "x1", "x1", "x1", id="unchanged"),
        pytest.param("x1", "y2", "y2", "y2", id="changed-alike"),
        pytest.param("x1", "y2", "y3", "y3", id="changed-alike-at-another-time"),
        pytest.param("-", "y2", "y3", "y3", id="new-alike-at-another-time"),
        pytest.param("x1", "-", "-", "-", id="removed-on-both"),
        pytest.param("x1", "y3", "z2", "y3", id="changed-to-other-contents-the-later-one"),
        pytest.param("-", "y3", "z2", "y3", id="new-with-other-contents-the-later-one"),
        pytest.param("x1", "y2", "z2", "-", id="of-one-second-none"),
        pytest.param("x1", "y2", "zsoon", "-", id="a-time-that-is-none"),
        pytest.param("x1", "-", "y2", "-", id="removed-and-changed"),
    ],
)
def test_an_entry(base: str, ours: str, theirs: str, both: str) -> None:
    three = [manifest({"other": "o1", "a": word}) for word in (base, ours, theirs)]
    expected = manifest({"other": "o1", "a": both}).entries
    assert merged(three[0], three[1], three[2]).entries == expected
    assert merged(three[0], three[2], three[1]).entries == expected


@pytest.mark.parametrize(
    ("base", "ours", "theirs", "both"),
    [
        pytest.param("x1", "y3", "z2", "z2", id="whatever-the-clocks-say"),
        pytest.param("x1", "y2", "z2", "z2", id="in-one-second"),
        pytest.param("x1", "y2", "-", "-", id="removed"),
        pytest.param("x1", "y2", "x1", "y2", id="what-the-branch-remembers-as-before-is-ours"),
    ],
)
def test_where_the_branch_has_moved_on_it_knows_better(base: str, ours: str, theirs: str, both: str) -> None:
    rows = [
        manifest({"b": number, "a": word}) for number, word in zip(("o1", "o2", "p3"), (base, ours, theirs))
    ]
    found = merged(*rows, moved=lambda path: path == "a").entries
    assert found == manifest({"b": "p3", "a": both}).entries


@pytest.mark.parametrize(
    ("ours", "theirs", "both"),
    [
        pytest.param("r", "r", "r", id="alike"),
        pytest.param("r", "s", "r+s", id="two-that-differ-are-neither"),
        pytest.param("r+s", "s", "r+s", id="one-of-them-again"),
        pytest.param("", "s", "s", id="one-that-is-not-known"),
    ],
)
def test_rules(ours: str, theirs: str, both: str) -> None:
    base = manifest({"a": "x1"}, rules_digest="r")
    one, other = manifest({"b": "x1"}, rules_digest=ours), manifest({"c": "x1"}, rules_digest=theirs)
    assert merged(base, one, other).rules_digest == merged(base, other, one).rules_digest == both


def test_of_two_sets_of_rules_a_deletion_asks_first() -> None:
    """Were the digest of either in force, what the other one remembered could be deleted as if it had gone."""
    rules = plan_of({}, {}).rules_digest
    base = remembered({"a": "1"}, rules_digest="before")
    ours = replace(base, entries={**base.entries, **remembered({"b": "1"}).entries})
    theirs = replace(base, rules_digest=rules, entries={**base.entries, **remembered({"c": "1"}).entries})
    assert merged(base, ours, theirs).rules_digest not in ("", rules, "before")


def test_a_codex_commit_that_is_not_of_both_is_none() -> None:
    base = manifest({}, commit="b")
    one, other = manifest({"a": "x1"}, commit="c"), manifest({"b": "x1"}, commit="d")
    assert (merged(base, one, other).commit, merged(base, one, base).commit) == ("", "c")
    assert merged(base, one, replace(other, commit="c")).commit == "c"


WORDS = st.sampled_from(("-", "x1", "x2", "y1", "y2", "y3", "z2", "z3", "zsoon"))
MANIFESTS = st.builds(
    lambda rows, commit, rules: manifest(rows, commit=commit, rules_digest=rules),
    st.dictionaries(st.sampled_from("abcd"), WORDS),
    st.sampled_from(("", "c", "d")),
    st.sampled_from(("", "r", "s")),
)


@given(MANIFESTS, MANIFESTS, MANIFESTS)
def test_who_is_first_does_not_matter(base: Manifest, ours: Manifest, theirs: Manifest) -> None:
    assert merged(base, ours, theirs) == merged(base, theirs, ours)


@given(MANIFESTS, MANIFESTS)
def test_with_the_base_it_is_the_other_side_and_with_itself_itself(base: Manifest, other: Manifest) -> None:
    assert merged(base, base, other) == merged(base, other, base) == other
    assert merged(base, other, other) == other


@given(MANIFESTS, MANIFESTS, MANIFESTS)
def test_no_entry_is_invented(base: Manifest, ours: Manifest, theirs: Manifest) -> None:
    both = merged(base, ours, theirs)
    assert both.entries.items() <= ours.entries.items() | theirs.entries.items()
    for path in base.entries.keys() | ours.entries.keys() | theirs.entries.keys():
        known = [each.entries.get(path) for each in (base, ours, theirs)]
        if path in both.entries:  # it is somebody's last word
            assert both.entries[path] in known[1:]
        else:
            assert None in known[1:] or known[1] != known[2]


@given(MANIFESTS, MANIFESTS, MANIFESTS)
def test_merged_again_with_either_it_stays(base: Manifest, ours: Manifest, theirs: Manifest) -> None:
    """As a run that is repeated does it; where nothing was left out, which nobody could tell from never known."""
    both = merged(base, ours, theirs)
    if all(path in both.entries for path in ours.entries.keys() | theirs.entries.keys()):
        assert merged(base, ours, both).entries == both.entries
        assert merged(base, both, theirs).entries == both.entries


# --- what is true of a commit ---


@pytest.mark.parametrize(
    ("before", "after", "source", "has", "holds", "stays"),
    [
        pytest.param("x1", "y2", "local", True, True, "y2", id="it-went-there"),
        pytest.param("-", "y2", "local", False, False, "-", id="a-step-made-it-and-it-is-not-committed"),
        pytest.param("x1", "y2", "local", True, False, "x1", id="a-step-changed-it-and-it-is-not-committed"),
        pytest.param("x1", "y2", "codex", True, False, "x1", id="it-came-and-is-not-committed"),
        pytest.param("-", "y2", "codex", False, False, "-", id="it-is-new-here-and-not-committed"),
        pytest.param("x1", "y2", "codex", True, True, "y2", id="it-came-and-is-committed"),
        pytest.param("x1", "-", "local", False, False, "-", id="it-was-deleted-there"),
        pytest.param("x1", "-", "local", True, False, "x1", id="it-was-deleted-here-and-the-commit-has-it"),
    ],
)
def test_what_is_settled(before: str, after: str, source: str, has: bool, holds: bool, stays: str) -> None:  # noqa: FBT001
    base, ours = (
        manifest({"a": before}, rules_digest="r"),
        manifest({"a": after}, rules_digest="r", commit="c"),
    )
    entries = {path: row._replace(source=source) for path, row in ours.entries.items()}
    found = settled(base, replace(ours, entries=entries), Committed(lambda _: has, lambda _: holds))
    left = found.entries.get("a")
    assert (left._replace(source="local") if left else None) == entry(stays)
    assert (found == base) == (before == stays)


def test_other_rules_alone_are_remembered() -> None:
    base = manifest({"a": "x1"}, rules_digest="r")
    assert settled(base, replace(base, rules_digest="s", commit="c"), ALL).rules_digest == "s"


# --- files ---

OLD = manifest({"a": "x1", "b": "x1"}, commit="c0", rules_digest="r")
OURS = manifest({"a": "y2", "b": "x1"}, commit="c1", rules_digest="r")
THEIRS = manifest({"a": "x1", "b": "x1", "c": "z2"}, commit="c2", rules_digest="r")


def files(base: Manifest | None, ours: Manifest, theirs: Manifest | None) -> Manifest | None:
    data = (None if one is None else write_manifest(one) for one in (base, ours, theirs))
    found = merge_files(PATH, *data, CLEAN)  # type: ignore[arg-type]
    return None if found is None else read_manifest(found, EMPTY).manifest


def test_files_are_merged_by_entry() -> None:
    both = files(OLD, OURS, THEIRS)
    assert both == manifest({"a": "y2", "b": "x1", "c": "z2"}, rules_digest="r")
    assert files(OLD, OURS, OLD) == OURS


def test_where_the_branch_knows_it_there_is_nothing_to_write() -> None:
    assert files(OLD, OLD, THEIRS) is files(OLD, OURS, OURS) is None
    both = files(OLD, OURS, THEIRS)
    assert both is not None
    assert files(OLD, OURS, both) is None


def test_the_first_ones_of_all() -> None:
    one, other = manifest({"a": "x1"}, rules_digest="r"), manifest({"b": "x1"}, rules_digest="r")
    assert files(None, one, None) == one
    assert files(None, one, other) == manifest({"a": "x1", "b": "x1"}, rules_digest="r")


def test_one_that_was_taken_from_the_branch_stays_empty_but_for_what_is_new() -> None:
    assert files(OLD, OURS, None) == manifest({}, rules_digest="r")


def test_one_that_nobody_else_has_touched_is_replaced_whatever_it_was() -> None:
    """A damaged one, or one of another branch, was none for this sync either."""
    ours = write_manifest(OURS)
    for base in (b"<<<<<<< HEAD\n", write_manifest(replace(OLD, branch="other"))):
        found = merge_files(PATH, base, ours, base, CLEAN)
        assert found is not None
        assert read_manifest(found, EMPTY).manifest == OURS


BAD = {
    "damaged": (b"<<<<<<< HEAD\n", "web/manifest.json on the branch is damaged: it is no JSON"),
    "version": (
        json.dumps({**json.loads(write_manifest(OLD)), "version": 2}).encode(),
        "web/manifest.json on the branch has version 2, and this program reads 1",
    ),
    "branch": (
        write_manifest(replace(OLD, branch="test")),
        "web/manifest.json on the branch is of the branch 'test', not 'main'",
    ),
    "codex": (
        write_manifest(replace(OLD, repository="other/codex")),
        "web/manifest.json on the branch is of the codex repository 'other/codex', not 'umbrella/codex'",
    ),
    "project": (
        write_manifest(replace(OLD, project="web")),
        "web/manifest.json on the branch is of the project 'umbrella/web', not 'umbrella/handbook'",
    ),
    "row": (
        write_manifest(OLD).replace(b'"size": 1', b'"size": -1', 1),
        "1 of 2 rows of web/manifest.json on the branch are damaged",
    ),
}


@pytest.mark.parametrize(("theirs", "sentence"), BAD.values(), ids=BAD.keys())
def test_what_cannot_be_merged_with_is_refused(theirs: bytes, sentence: str) -> None:
    with pytest.raises(RefusedError) as caught:
        merge_files(PATH, write_manifest(OLD), write_manifest(OURS), theirs, CLEAN)
    assert caught.value.message.startswith(sentence)
    assert caught.value.hint is not None
    assert "begins anew" in caught.value.hint


@pytest.mark.parametrize("ours", [b"{", b"[]", b'{"org": 1}'], ids=["cut", "list", "no-codex"])
def test_ours_must_be_one(ours: bytes) -> None:
    with pytest.raises(RefusedError, match=r"web/manifest\.json here is damaged"):
        merge_files(PATH, write_manifest(OLD), ours, write_manifest(OLD), CLEAN)


@given(MANIFESTS, MANIFESTS, MANIFESTS)
def test_files_and_manifests_say_the_same(base: Manifest, ours: Manifest, theirs: Manifest) -> None:
    found = files(base, ours, theirs)
    mine = base if (ours.entries, ours.rules_digest) == (base.entries, base.rules_digest) else ours
    assert (found or theirs) == (theirs if mine == base else merged(base, mine, theirs))


# --- what a later plan makes of it ---


@pytest.mark.parametrize("first", ["ours", "theirs"])
def test_after_both_a_plan_has_no_conflict(first: str) -> None:
    """One pull request changed a and deleted c, the other changed b and made d: the next one changes all."""
    base = remembered({"a": "1", "b": "1", "c": "1"}, rules_digest="r")
    ours = remembered({"a": "2", "b": "1"}, rules_digest="r")
    theirs = remembered({"a": "1", "b": "2", "c": "1", "d": "1"}, rules_digest="r")
    pair = (ours, theirs) if first == "ours" else (theirs, ours)
    both = merged(base, *pair)
    known = {path: "2" if path in ("a", "b") else "1" for path in both.entries}
    assert {path: digest(text) for path, text in known.items()} == {
        path: row.sha256 for path, row in both.entries.items()
    }
    plan = plan_of({"a": "3", "b": "3", "d": "3"}, known, known, direction="to-codex")
    assert (done(plan), plan.conflicts) == (["update codex a", "update codex b", "update codex d"], ())
