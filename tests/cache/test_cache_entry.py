"""What a document is remembered under, and what an entry tells of itself."""

from __future__ import annotations

from dataclasses import replace

import pytest
from caches import NOON, Clock, entry, key
from hypothesis import given
from hypothesis import strategies as st

from codex_action.cache.entry import CacheKey, access_scope, key_of
from codex_action.errors import CacheError


@pytest.mark.parametrize(
    ("ttl", "age", "valid", "fresh"),
    [
        pytest.param(100, 0, True, True, id="new"),
        pytest.param(100, 49.9, True, True, id="almost half"),
        pytest.param(100, 50, True, False, id="half is not fresh"),
        pytest.param(100, 99.9, True, False, id="almost over"),
        pytest.param(100, 100, False, False, id="over at its end"),
        pytest.param(0, 0, False, False, id="no time at all"),
        pytest.param(100, -0.1, False, False, id="from the future"),
    ],
)
def test_valid_and_fresh(ttl: float, age: float, *, valid: bool, fresh: bool) -> None:
    """Seed 1's two properties, at their boundaries."""
    it = entry(ttl=ttl, age=age)
    assert (it.is_valid, it.is_fresh) == (valid, fresh)


def test_its_properties_follow_the_clock() -> None:
    clock = Clock()
    it = replace(entry(ttl=10), clock=clock)
    assert it.is_valid
    clock.at += 10
    assert not it.is_valid
    assert it.expires_at == NOON + 10
    assert it.ttl_seconds == 10


def test_the_content_of_a_listed_entry_is_not_there() -> None:
    with pytest.raises(CacheError, match=r"codex://umbrella/handbook/a\.md was not read"):
        _ = entry().content
    assert replace(entry(), body=b"x").content == b"x"


def test_names() -> None:
    assert entry().reference == "codex://umbrella/handbook/a.md"
    assert entry().version is None
    assert replace(entry(), key=key("a.md", version="v1")).reference == "codex://umbrella/handbook@v1/a.md"
    assert replace(entry(), key=key("a.md", version="v1")).version == "v1"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("codex://o/p/a.md", CacheKey("", "o", "p", "", "a.md")),
        ("codex://o/p@v1/a.md", CacheKey("", "o", "p", "v1", "a.md")),
        pytest.param(
            "codex://o/p/a.md#top",
            CacheKey("", "", "", "", "codex://o/p/a.md#top"),
            id="a fragment is another text",
        ),
        pytest.param(
            "codex://o/p/%61.md", CacheKey("", "", "", "", "codex://o/p/%61.md"), id="another spelling"
        ),
        pytest.param("codex://o/../x", CacheKey("", "", "", "", "codex://o/../x"), id="no reference"),
        ("anything", CacheKey("", "", "", "", "anything")),
        ("", CacheKey("", "", "", "", "")),
    ],
)
def test_a_text_is_a_key(text: str, expected: CacheKey) -> None:
    assert key_of(text) == expected
    assert key_of(text).reference == text


@given(
    st.lists(
        st.text(max_size=20) | st.from_regex(r"codex://[op]/[op](@v)?/[ab/%61.#]{1,6}", fullmatch=True),
        min_size=2,
        max_size=2,
        unique=True,
    )
)
def test_two_texts_are_two_keys(texts: list[str]) -> None:
    assert key_of(texts[0]) != key_of(texts[1])


def test_a_scope_tells_tokens_apart_and_gives_none_away() -> None:
    scopes = {access_scope(token) for token in ("ghp_one", "ghp_two", None, "")}
    assert len(scopes) == 3
    assert not any("ghp" in scope for scope in scopes)
    assert access_scope("ghp_one") == access_scope("ghp_one")
