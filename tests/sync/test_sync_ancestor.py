"""A manifest that was read before, and sides made of its rows: the same as all of it, read anew."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sync_world import BOLD, EMPTY, RULES, remembered, state, tree

from codex_action.sync import ancestor
from codex_action.sync.ancestor import read_known
from codex_action.sync.known import Entries, Files, beside, differing, hashes_of
from codex_action.sync.manifest import Manifest, read_manifest, write_manifest
from codex_action.sync.model import FileState, Tree
from codex_action.sync.plan import Request, make_plan

FILES = {"a.md": "1", "d/b c.md": "2", "d/\u00e4.md": "3", 'd/"q".md': "4", "d/\u2028.md": "5", "z": "6"}
PLAIN = write_manifest(remembered(FILES, commit="c0ffee", rules_digest="r"))


def known(data: bytes, memory: Path) -> Manifest:
    """A manifest that is read for the second time."""
    read_known(data, EMPTY, str(memory))
    return read_known(data, EMPTY, str(memory)).manifest


# --- the same answer ---

DATA = {
    "plain": PLAIN,
    "without entries": write_manifest(EMPTY),
    "one entry": write_manifest(remembered({"a": "1"})),
    "on one line": json.dumps(json.loads(PLAIN)).encode(),
    "indented": json.dumps(json.loads(PLAIN), indent=2).encode(),
    "a damaged row": PLAIN.replace(b'"local"', b'"nobody"', 1),
    "a row more": PLAIN.replace(b'"source": "local"', b'"source": "local", "more": 1', 1),
    "a row twice": PLAIN.replace(b'"entries": {\n', b'"entries": {\n    "a.md": {"sha256": 1},\n'),
    "entries twice": PLAIN.replace(b'\n  "org"', b'\n  "entries": {\n    "x": 1\n  },\n  "org"'),
    "a gap": PLAIN.replace(b'"entries": {\n', b'"entries": {\n\n'),
    "cut": PLAIN[:-40],
    "cut in a row": PLAIN[:300],
    "of another project": PLAIN.replace(b'"handbook"', b'"other"'),
    "of a later version": PLAIN.replace(b'"version": 1', b'"version": 2'),
    "no JSON": b"\xff\0",
    "empty": b"",
}


@pytest.mark.parametrize("data", [pytest.param(data, id=name) for name, data in DATA.items()])
def test_what_is_known_of_a_manifest_changes_nothing(tmp_path: Path, data: bytes) -> None:
    plain = read_manifest(data, EMPTY)
    for _ in range(3):
        found = read_known(data, EMPTY, str(tmp_path))
        assert found.notices == plain.notices
        assert dict(found.manifest.entries) == dict(plain.manifest.entries)
        assert replace(found.manifest, entries={}) == replace(plain.manifest, entries={})
        assert write_manifest(found.manifest) == write_manifest(plain.manifest)


def test_no_manifest_and_no_memory() -> None:
    assert read_known(None, EMPTY, None) == read_known(None, EMPTY, "/nowhere") == read_manifest(None, EMPTY)
    assert read_known(PLAIN, EMPTY, None) == read_manifest(PLAIN, EMPTY)


@pytest.mark.parametrize("mark", [b"", b"\xff", b"0.0 apart", None])
def test_another_mark_is_no_mark(tmp_path: Path, mark: bytes | None) -> None:
    known(PLAIN, tmp_path)
    (tmp_path / "known-manifest").unlink()
    if mark is None:
        (tmp_path / "known-manifest").mkdir()  # nor can one be written
    else:
        (tmp_path / "known-manifest").write_bytes(mark)
    assert dict(read_known(PLAIN, EMPTY, str(tmp_path)).manifest.entries) == remembered(FILES).entries


def test_a_known_manifest_is_not_parsed_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[bytes | None] = []

    def reading(data: bytes | None, expected: Manifest) -> object:
        read.append(data)
        return read_manifest(data, expected)

    known(PLAIN, tmp_path)
    monkeypatch.setattr(ancestor, "read_manifest", reading)
    assert known(PLAIN, tmp_path).entries["z"] == remembered(FILES).entries["z"]
    assert all(data is not None and b"sha256" not in data for data in read)
    assert len(os.listdir(tmp_path)) == 1


def test_rows_of_a_known_manifest(tmp_path: Path) -> None:
    entries, plain = known(PLAIN, tmp_path).entries, remembered(FILES).entries
    assert isinstance(entries, Entries)
    assert len(entries) == len(plain)
    assert set(entries) == set(plain)
    for path in (*FILES, *reversed(FILES), "a", "a.md/", "d", "", "zz", "\ud800"):
        row = plain.get(path)
        assert entries.get(path) == row
        assert (path in entries) == (row is not None)
        assert hashes_of(entries)(path) == hashes_of(plain)(path) == (row and row.sha256)
    with pytest.raises(KeyError):
        _ = entries["zz"]
    assert 5 not in entries


def test_whoever_asks_for_many_rows_gets_all(tmp_path: Path) -> None:
    plain = remembered({f"d/{number}.md": str(number) for number in range(1500)}).entries
    entries = known(write_manifest(replace(EMPTY, entries=plain)), tmp_path).entries
    assert dict(entries) == plain
    assert entries == plain
    assert entries.get("d/") is None
    assert set(beside(Files(entries, {}, set()), ("x",))) == set(plain)


# --- a side made of rows ---

_names = st.text(st.sampled_from("aAbB"), min_size=1, max_size=2) | st.sampled_from(
    ["\u00e4", "\u00c4", "a\u0308"]
)
_paths = st.lists(_names, min_size=1, max_size=3).map("/".join)
_trees = st.dictionaries(_paths, st.sampled_from("123"), max_size=6)


def side_of(entries: Mapping[str, object], files: Mapping[str, str]) -> Files:
    """The same files as what differs from a manifest."""
    hash_of = hashes_of(entries)  # type: ignore[arg-type]
    states = {path: state(path, text) for path, text in files.items()}
    other = {path: item for path, item in states.items() if hash_of(path) != item.hash}
    return Files(entries, other, {path for path in entries if path not in files})  # type: ignore[arg-type]


@given(base=_trees, local=_trees, codex=_trees, most=st.sampled_from(("other", "in step")))
def test_a_plan_of_sides_made_of_rows_is_the_plan_of_whole_trees(
    tmp_path_factory: pytest.TempPathFactory, base: dict[str, str], local: dict[str, str], codex: dict[str, str], most: str
) -> None:  # fmt: skip
    memory = tmp_path_factory.getbasetemp() / "memory"
    memory.mkdir(exist_ok=True)
    if most == "in step":  # as nearly always
        local, codex = {**base, **local}, {**base, **codex}
    plain = remembered(base)
    rows = known(write_manifest(plain), memory)
    request = Request(RULES, limits=replace(BOLD, forced=frozenset()))
    whole = make_plan(request, plain, tree(local), tree(codex))
    sides = [side_of(rows.entries, files) for files in (local, codex)]
    assert [dict(side) for side in sides] == [tree(local).files, tree(codex).files]
    assert [len(side) for side in sides] == [len(local), len(codex)]
    assert make_plan(request, rows, *map(Tree, sides)) == whole


def test_only_what_may_be_alike_is_looked_at(tmp_path: Path) -> None:
    base = {"a/b/1.md": "1", "a/c/2.md": "2", "d/3.md": "3", "e.md": "4"}
    entries = known(write_manifest(remembered(base)), tmp_path).entries
    side = Files(entries, {"new": state("new", "5")}, {"d/3.md"})
    cases = {
        ("a/b/1.md", "a/b/", "a/", "e.md"): {"new"},
        ("a/b/x.md", "a/b/"): {"new", "a/b/1.md"},
        ("a/x/1.md", "a/x/"): {"new", "a/b/1.md", "a/c/2.md"},
        ("d/x.md",): {"new"},
        ("x",): {"new", "a/b/1.md", "a/c/2.md", "e.md"},
    }
    for names, paths in cases.items():
        assert set(beside(side, names)) == paths
    assert set(beside(Files({}, {}, set()), ("x",))) == set()
    assert set(beside(tree(base).files, ("a/b/1.md",))) == set(base)


def test_names_that_are_alike_already_are_all_looked_at(tmp_path: Path) -> None:
    entries = known(write_manifest(remembered({"a/b": "1", "A/c": "2"})), tmp_path).entries
    assert set(beside(Files(entries, {}, set()), ("a/b",))) == {"a/b", "A/c"}


def test_what_differs_from_other_rows_is_all() -> None:
    files: dict[str, FileState] = {"a": state("a", "1")}
    plain = remembered({"b": "1"}).entries
    assert set(differing(files, plain)) == {"a", "b"}
    assert set(differing(Files({}, files, set()), plain)) == {"a", "b"}
    assert set(differing(Files(plain, files, {"b"}), plain)) == {"a", "b"}
    assert repr(Files(plain, files, set())) == "Files(2)"
