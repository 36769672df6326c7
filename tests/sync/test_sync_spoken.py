"""Rows by their lines and rows by their names say the same, and what a plain dictionary says."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from codex_action.sync.known import Entries
from codex_action.sync.manifest import Entry, Manifest, write_manifest
from codex_action.sync.spoken import Lines, Names, rows_of

HASHES = ("a" * 64, "b" * 64)
names = st.text(st.sampled_from('ab/."\\ \u00e9\U0001f680'), min_size=1, max_size=4)
known = st.dictionaries(names, st.sampled_from(HASHES), max_size=8)
asked = st.lists(st.tuples(names, st.sampled_from(HASHES)), max_size=12)


def entry(digest: str) -> Entry:
    return Entry(digest, 1, "2026-01-01T00:00:00Z", "local")


def lines_of(entries: dict[str, Entry]) -> list[bytes]:
    """The rows as a manifest is written."""
    text = write_manifest(Manifest("o", "p", "o/codex", "main", entries=entries))
    return sorted(line for line in text.split(b"\n") if b'{"sha256": ' in line)


@settings(max_examples=150, deadline=None)
@given(known, asked, st.booleans())
def test_what_is_settled_is_what_has_this_hash(
    hashes: dict[str, str],
    asked: list[tuple[str, str]],
    in_order: bool,  # noqa: FBT001  (hypothesis gives it)
) -> None:
    entries = {path: entry(digest) for path, digest in hashes.items()}
    questions = sorted(asked) if in_order else asked
    for rows in (Lines(lines_of(entries)), Names(entries)):
        answers = [rows.settle(path, digest) for path, digest in questions]
        assert answers == [hashes.get(path) == digest for path, digest in questions]
        settled = {path for path, digest in questions if hashes.get(path) == digest}
        assert set(rows.left()) == set(hashes) - settled


def test_a_manifest_that_is_held_as_lines_stays_so() -> None:
    entries = {"a.md": entry(HASHES[0])}
    assert isinstance(rows_of(Entries("digest", lines_of(entries))), Lines)
    assert isinstance(rows_of(Entries("digest", [], entries)), Names)
    assert isinstance(rows_of(entries), Names)
