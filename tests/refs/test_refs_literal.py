"""The search for a mark finds what a plain search for each of them finds."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from timing import assert_grows_gently

from codex_action.refs import literal, scan

MARKS = (b"codex://", b"@codex/", b"@codex:", b"[codex:", b"{codex:", b"codex-ignore")
PIECES = (*MARKS, b"codex", b"code", b"x", b"@", b"[", b"{", b":", b"/", b"-", b"ignore", b"a.md ", b"\n")
texts = st.lists(st.sampled_from(PIECES), max_size=12).map(b"".join)


@settings(max_examples=500, deadline=None)
@given(texts)
def test_a_mark_is_found_where_a_plain_search_finds_one(text: bytes) -> None:
    plain = {
        text.index(b"codex", at) + 4 for mark in MARKS for at in range(len(text)) if text.startswith(mark, at)
    }
    assert {match.start() for match in literal.MARK.finditer(text)} == plain
    assert literal.may_refer(text) is bool(plain)


@settings(max_examples=300, deadline=None)
@given(texts)
def test_without_a_mark_nothing_is_found(text: bytes) -> None:
    if scan.find_references(text, ref_prefix=False):
        assert literal.may_refer(text)


@pytest.mark.parametrize("length", [literal.LONG - 20, literal.LONG, literal.LONG + 20])
def test_a_mark_at_the_end_of_a_short_or_long_text_is_found(length: int) -> None:
    assert literal.may_refer(b"x" * (length - 8) + b"codex://")
    assert not literal.may_refer(b"x" * (length - 8) + b"codex:/x")


def test_text_that_is_all_of_the_rare_letter_is_no_trap() -> None:
    assert_grows_gently(lambda size: literal.may_refer(b"x" * size), 600_000)
