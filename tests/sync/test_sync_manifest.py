"""The remembered ancestor: its exact form, and what is made of any other."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from sync_world import EMPTY, digest, plan_of, remembered

from codex_action.sync.manifest import Entry, Manifest, advanced, read_manifest, write_manifest
from codex_action.sync.protected import leads_out

NOW = "2026-03-04T05:06:07Z"
ROW = f'{{"sha256": "{digest("1")}", "size": 1, "source": "local", "synced_at": "2026-01-01T00:00:00Z"}}'
FULL = f"""\
{{
  "codex": {{"branch": "main", "commit": "abc", "repository": "umbrella/codex"}},
  "entries": {{
    "README.md": {ROW},
    "docs/a.md": {ROW},
    "docs/\\u00e9 \\"x\\".md": {ROW}
  }},
  "org": "umbrella",
  "project": "handbook",
  "rules_digest": "r",
  "version": 1
}}
"""
NONE = """\
{
  "codex": {"branch": "main", "commit": "", "repository": "umbrella/codex"},
  "entries": {},
  "org": "umbrella",
  "project": "handbook",
  "rules_digest": "",
  "version": 1
}
"""


def made() -> Manifest:
    return remembered(
        {'docs/é "x".md': "1", "docs/a.md": "1", "README.md": "1"}, commit="abc", rules_digest="r"
    )


def test_exact_form() -> None:
    assert write_manifest(made()).decode() == FULL
    assert write_manifest(EMPTY).decode() == NONE


def test_read_back() -> None:
    assert read_manifest(FULL.encode(), EMPTY) == (made(), ())
    assert read_manifest(NONE.encode(), EMPTY) == (EMPTY, ())
    assert read_manifest(b"\xef\xbb\xbf" + FULL.replace("\n", "\r\n").encode(), EMPTY) == (made(), ())


def test_no_file_is_no_ancestor_and_no_notice() -> None:
    assert read_manifest(None, EMPTY) == (EMPTY, ())


def test_a_renamed_owner_in_other_case_is_the_same() -> None:
    manifest, notices = read_manifest(FULL.replace('"umbrella"', '"Umbrella"').encode(), EMPTY)
    assert (len(manifest.entries), notices) == (3, ())


def changed(**more: object) -> bytes:
    return json.dumps({**json.loads(FULL), **more}).encode()


JS_TOOLS = {
    "version": 1,
    "org": "umbrella",
    "project": "handbook",
    "lastSync": 1767225600000,
    "entries": {
        "docs/a.md": {"path": "docs/a.md", "hash": "0123abcd", "size": 1, "syncedAt": 1, "source": "remote"}
    },
}
# What makes a manifest none, and what the notice says.
USELESS: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "is damaged: it is no JSON"),
    "cut off": (FULL[: len(FULL) // 2].encode(), "is damaged: it is no JSON"),
    "merge conflict": (
        FULL.replace('  "org"', '<<<<<<< HEAD\n  "org"').encode(),
        "is damaged: it is no JSON",
    ),
    "not UTF-8": (FULL.replace("README", "R\xe9").encode("latin-1"), "is damaged: it is no JSON"),
    "deep": (b"[" * 100_000, "is damaged: it is no JSON"),
    "huge number": (changed().replace(b'"size": 1', b'"size": ' + b"9" * 5000), "is damaged"),
    "a list": (b"[]", "is damaged: it has no entries"),
    "null": (b"null", "is damaged: it has no entries"),
    "a row": (ROW.encode(), "is damaged: it has no entries"),
    "entries that are a list": (changed(entries=[]), "is damaged: it has no entries"),
    "entries that are a row": (changed(entries=json.loads(ROW)), "is damaged: it has no entries"),
    "the JavaScript tools": (
        json.dumps(JS_TOOLS).encode(),
        "was written by another tool, whose hashes cannot be compared",
    ),
    "a newer version": (changed(version=2), "has version 2, and this program reads 1"),
    "no version": (changed(version=None), "has version unknown"),
    "a hostile version": (changed(version="\x1b[31m"), "has version unknown"),
    "no codex": (changed(codex="x"), "is damaged: it names no codex repository"),
    "another project": (
        changed(project="other"),
        "is of the project 'umbrella/other', not 'umbrella/handbook'",
    ),
    "another organisation": (changed(org=None), "is of the project '/handbook'"),
    "another codex": (
        changed(codex={"repository": "x/y", "branch": "main"}),
        "is of the codex repository 'x/y'",
    ),
    **{
        f"a path that leads out: {path!r}": (
            changed(entries={"docs/a.md": json.loads(ROW), path: json.loads(ROW)}),
            f"names {path!r}, which is no path in a project",
        )
        for path in (
            "../a.md",
            "/etc/passwd",
            "C:/a.md",
            ".git/hooks/pre-push",
            "a\\b.md",
            "a\0b",
            "a//b",
            "a\x1b[31m",
        )
    },
    "another branch": (
        changed(codex={"repository": "umbrella/codex", "branch": "test"}),
        "is of the branch 'test', not 'main'",
    ),
}


def test_a_name_that_no_manifest_may_hold_is_not_remembered() -> None:
    """Files of such a name may be equal on both sides, and the others' rows must stay of use."""
    both = {"docs/a.md": "1", "a\\b.md": "1", "C:a.md": "1"}
    after = advanced(EMPTY, plan_of(both, both), (), now=NOW)
    assert list(after.entries) == ["docs/a.md"]


@pytest.mark.parametrize(("data", "notice"), USELESS.values(), ids=USELESS.keys())
def test_a_useless_manifest_is_no_ancestor(data: bytes, notice: str) -> None:
    manifest, notices = read_manifest(data, EMPTY)
    assert manifest == EMPTY
    assert len(notices) == 1
    assert notice in notices[0]
    assert notices[0].endswith("files that differ are conflicts, and nothing is deleted")


BAD_ROWS = {
    "no row": "x",
    "null": None,
    "no hash": {"size": 1, "synced_at": "t", "source": "local"},
    "short hash": {"sha256": "abc", "size": 1, "synced_at": "t", "source": "local"},
    "upper case hash": {"sha256": "A" * 64, "size": 1, "synced_at": "t", "source": "local"},
    "hash with a line break": {"sha256": "a" * 64 + "\n", "size": 1, "synced_at": "t", "source": "local"},
    "negative size": {"sha256": "a" * 64, "size": -1, "synced_at": "t", "source": "local"},
    "size that is none": {"sha256": "a" * 64, "size": True, "synced_at": "t", "source": "local"},
    "no time": {"sha256": "a" * 64, "size": 1, "source": "local"},
    "another source": {"sha256": "a" * 64, "size": 1, "synced_at": "t", "source": "remote"},
}


@pytest.mark.parametrize("row", BAD_ROWS.values(), ids=BAD_ROWS.keys())
def test_a_damaged_row_costs_its_own_file_only(row: object) -> None:
    rows = {**json.loads(FULL)["entries"], "docs/a.md": row}
    manifest, notices = read_manifest(changed(entries=rows), EMPTY)
    assert sorted(manifest.entries) == ["README.md", 'docs/é "x".md']
    assert [notice.partition(":")[0] for notice in notices] == [
        "1 of 3 rows of .fractary/codex/sync-manifest.json are damaged"
    ]


@given(st.binary(max_size=60))
def test_no_bytes_raise(data: bytes) -> None:
    assert read_manifest(data, EMPTY).manifest == EMPTY


@given(st.data())
def test_no_change_of_a_byte_raises(data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(FULL) - 1))
    text = FULL[:at] + data.draw(st.sampled_from('{}[]",:0ax\\\n\x00')) + FULL[at + 1 :]
    manifest, _ = read_manifest(text.encode(), EMPTY)
    assert len(manifest.entries) <= 3


TEXT = st.text(min_size=1, max_size=8)
ROWS = st.dictionaries(
    TEXT,
    st.builds(Entry, st.just(digest("x")), st.integers(0, 10**15), TEXT, st.sampled_from(("local", "codex"))),
)


@given(ROWS)
def test_any_entries_are_read_back_from_sorted_lines(entries: dict[str, Entry]) -> None:
    assume(leads_out(entries) is None)
    manifest = replace(EMPTY, entries=entries)
    data = write_manifest(manifest)
    assert read_manifest(data, EMPTY) == (manifest, ())
    rows = [line for line in data.decode("ascii").split("\n") if line.startswith("    ")]
    paths = [json.loads(f"{{{row.rstrip(',')}}}").popitem()[0] for row in rows]
    assert paths == sorted(entries)


def test_only_the_rows_of_what_was_done_change() -> None:
    before = remembered({"a": "1", "b": "1", "c": "1", "gone": "1", "left": "1"}, rules_digest="old")
    base = dict.fromkeys(before.entries, "1")
    local = {"a": "1", "b": "2", "c": "1", "new": "n", "step": "s", "left": "1"}
    codex = {"a": "1", "b": "1", "c": "3", "step": "s", "left": "1"}
    plan = plan_of(local, codex, base)
    after = advanced(before, plan, plan.actions, now=NOW, commit="fff")
    assert {
        path: (entry.source, entry.size) for path, entry in after.entries.items() if entry.synced_at == NOW
    } == {
        "b": ("local", 1),
        "c": ("codex", 1),
        "new": ("local", 1),
        "step": ("local", 1),
    }
    assert {path for path in after.entries if after.entries[path] == before.entries.get(path)} == {
        "a",
        "left",
    }
    assert (after.commit, after.rules_digest) == ("fff", plan.rules_digest)


def test_what_was_not_done_is_not_remembered() -> None:
    before = remembered({"a": "1", "b": "1"})
    plan = plan_of({"a": "2"}, {"a": "1", "b": "1", "c": "3"}, {"a": "1", "b": "1"})
    assert [action.kind for action in plan.actions] == ["update", "delete", "create"]
    after = advanced(before, plan, plan.actions[1:], now=NOW)
    assert sorted(after.entries) == ["a", "c"]
    assert after.entries["a"] == before.entries["a"]


def test_a_run_that_changed_nothing_leaves_the_manifest_as_it_is() -> None:
    plan = plan_of({"a": "1"}, {"a": "1"}, {"a": "1"})
    before = remembered({"a": "1"}, commit="old", rules_digest=plan.rules_digest)
    assert advanced(before, plan, (), now=NOW, commit="new") is before
