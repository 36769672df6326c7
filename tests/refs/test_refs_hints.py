"""What was perhaps meant by a text that is no reference."""

from __future__ import annotations

import pytest

from codex_action.errors import ValidationError
from codex_action.refs.uri import is_valid_uri, parse_reference

GUIDE = "codex://northwind/handbook/docs/guide.md"
TYPOS = {
    "one slash": "codex:/northwind/handbook/docs/guide.md",
    "no slash": "codex:northwind/handbook/docs/guide.md",
    "no colon": "codex//northwind/handbook/docs/guide.md",
    "capital": "Codex://northwind/handbook/docs/guide.md",
    "capitals": "CODEX://northwind/handbook/docs/guide.md",
    "capital and one slash": "Codex:/northwind/handbook/docs/guide.md",
    "a letter missing": "codx://northwind/handbook/docs/guide.md",
    "a letter too many": "codexs://northwind/handbook/docs/guide.md",
    "three letters": "cdx://northwind/handbook/docs/guide.md",
    "three slashes and a slip": "CODX:///northwind/handbook/docs/guide.md",
    "blanks": f" {GUIDE}\n",
    "page": "https://github.com/northwind/handbook/blob/main/docs/guide.md",
    "page of master": "https://github.com/northwind/handbook/blob/master/docs/guide.md",
    "page without scheme": "github.com/northwind/handbook/blob/main/docs/guide.md",
    "page with www": "http://www.github.com/northwind/handbook/blob/HEAD/docs/guide.md",
    "page in capitals": "https://GitHub.com/northwind/handbook/blob/main/docs/guide.md",
    "page of lines": "https://github.com/northwind/handbook/blob/main/docs/guide.md?plain=1#L3-L7",
    "raw page": "https://github.com/northwind/handbook/raw/main/docs/guide.md",
    "raw page of a branch": "https://github.com/northwind/handbook/raw/refs/heads/main/docs/guide.md",
    "raw content": "https://raw.githubusercontent.com/northwind/handbook/main/docs/guide.md",
    "raw content of a branch": "https://raw.githubusercontent.com/northwind/handbook/refs/heads/main/docs/guide.md",
}


def hint(text: str) -> str | None:
    with pytest.raises(ValidationError) as caught:
        parse_reference(text)
    assert not is_valid_uri(text)
    return caught.value.hint


@pytest.mark.parametrize("text", TYPOS.values(), ids=TYPOS.keys())
def test_a_refusal_says_what_to_write(text: str) -> None:
    assert hint(text) == f"write {GUIDE}"


@pytest.mark.parametrize(
    ("text", "reference"),
    [
        ("https://github.com/o/p/blob/v1.2/a.md", "codex://o/p@v1.2/a.md"),
        ("https://github.com/o/p/raw/refs/tags/v1/a.md", "codex://o/p@v1/a.md"),
        ("https://github.com/o/p/blob/main/a.md#how-to", "codex://o/p/a.md#how-to"),
        ("https://github.com/o/p/blob/main/a%20b.md", "codex://o/p/a%20b.md"),
        ("https://github.com/o/p", "codex://o/p/PATH"),
        ("https://github.com/o/p.git", "codex://o/p/PATH"),
        ("https://github.com/o/p/", "codex://o/p/PATH"),
        ("https://github.com/o/p/tree/v1/docs", "codex://o/p@v1/docs"),
        ("codex:/o/p", "codex://o/p/PATH"),
    ],
)
def test_versions_fragments_and_projects(text: str, reference: str) -> None:
    assert hint(text) == f"write {reference}"


@pytest.mark.parametrize(
    "text",
    [
        "", "docs/guide.md", "northwind/handbook/docs/guide.md", "codex", "codex/a/b", "codex:", "codex://", "codex:///",
        "codex:a.md", "codex:/o/../a", "@codex/p/a.md", "@codex:o/p/a.md", "xcodex:/o/p/a.md", "http://localhost/a/b", "file:///a/b/c.md", "s3://o/p/a.md", "codx:/o/p/a.md", "a/b://o/p/a.md",
        "https://github.com", "https://github.com/o", "https://github.com/o/p/issues/1", "https://github.com/o_o/p/blob/main/a.md",
        "https://example.com/o/p/blob/main/a.md", "https://github.com.example.com/o/p/blob/main/a.md",
        "https://github.com/o/p/blob/main/../../x", "https://github.com/o/p/blob/main",
    ],
)  # fmt: skip
def test_nothing_is_made_up(text: str) -> None:
    assert hint(text) is None
