"""Code and comments of Markdown hold no references; directives work in comments."""

from __future__ import annotations

import pytest
from _pytest.mark import ParameterSet

from codex_action.refs import markdown, scan

U = "codex://o/p/a.md"


def case(id_: str, *values: object) -> ParameterSet:
    return pytest.param(*values, id=id_)


def counted(text: str) -> list[int]:
    """The lines of the finds that count."""
    data = text.encode()
    return [find.line for find in markdown.outside_code(data, scan.find_references(data, markdown=True))]


CASES = pytest.mark.parametrize(
    ("text", "lines"),
    [
        case("plain", f"{U}\n", [1]),
        case("two-in-a-line", f"{U} and {U}", [1, 1]),
        case("inline-code", f"a `{U}` b", [1]),
        case("fence", f"```\n{U}\n```\n{U}\n", [4]),
        case("fence-language", f"```yaml\n{U}\n```\n{U}", [4]),
        case("fence-crlf", f"```\r\n{U}\r\n```\r\n{U}\r\n", [4]),
        case("fence-open", f"{U}\n```\n{U}\n", [1]),
        case("fence-open-last-line", f"{U}\n```", [1]),
        case("fence-longer", f"````\n```\n{U}\n````\n{U}\n", [5]),
        case("fence-close-shorter", f"````\n{U}\n```\n{U}\n````\n{U}", [6]),
        case("fence-close-with-words", f"```\n{U}\n``` x\n{U}\n```\n{U}", [6]),
        case("fence-of-tildes", f"~~~\n{U}\n```\n{U}\n~~~\n{U}", [6]),
        case("fence-info-with-backtick", f"``` a`b\n{U}\n", [2]),
        case("two-fences", f"```\n{U}\n```\n{U}\n```\n{U}\n```\n{U}", [4, 8]),
        case("fence-indented", f"  ```\n  {U}\n  ```\n{U}", [4]),
        case("fence-in-list", f"- a\n  ```\n  {U}\n  ```\n- {U}\n", [5]),
        case("fence-in-quote", f"> ```\n> {U}\n> ```\n{U}\n", [4]),
        case("fence-in-quote-open", f"> ```\n> {U}\n\n{U}\n", [4]),
        case("three-backticks-in-a-line", f"a ``` b {U} ``` c\n{U}", [1, 2]),
        case("indented", f"a\n\n    {U}\n\n{U}", [5]),
        case("tab", f"\t{U}\n", []),
        case("indented-bom", f"\ufeff    {U}\n{U}", [2]),
        case("indented-but-a-paragraph", f"a\n    {U}", [2]),
        case("indented-in-list", f"- a\n\n      {U}\n\n  {U}\n", [5]),
        case("list-deep", f"- a\n    - {U}\n", [2]),
        case("quote-indented", f">     {U}\n\n> {U}", [3]),
        case("comment", f"<!-- {U} -->\n{U}", [2]),
        case("comment-lines", f"<!--\n{U}\n-->\n\n{U}", [5]),
        case("comment-in-text", f"a <!-- {U} --> {U}", [1]),
        case("comment-in-code", f"`<!--` {U} `-->`", [1]),
        case("comment-never-closed", f"a <!-- {U}\n\n{U}", [1, 3]),
        case("comment-block-never-closed", f"<!-- {U}\n\n{U}", []),
        case("comment-in-fence", f"```\n<!--\n```\n{U}\n<!-- -->", [4]),
        case("html", f"<div>\n{U}\n</div>\n", [2]),
        case("autolink", f"<{U}>\n```\n{U}\n```", [1]),
        case("html-later-in-line", f"a <b>{U}</b>", [1]),
        case("html-far-in-a-line", "a" * 600 + f"<{U}>", [1]),
        case("front-matter", f"---\na: {U}\nb: |\n    {U}\n---\n{U}", [2, 4, 6]),
        case("front-matter-fence", f"---\na: |\n  ```\n---\n{U}", [5]),
        case("front-matter-bom", f"\ufeff---\na: {U}\n---\n    {U}\n", [2]),
        case("front-matter-never-closed", f"---\n\n    {U}\n", []),
        case("directive", "<!-- codex-ignore -->\n", [1]),
        case("directive-lines", f"<!-- codex-ignore -->\n{U}\n", [1, 2]),
        case("directive-in-fence", "```\n<!-- codex-ignore -->\n```\n", []),
        case("directive-indented", "    <!-- codex-ignore -->\n", []),
        case("directive-among-words", "<!-- codex-ignore x -->", [1]),
        case("legacy-in-fence", "```\n@codex/p/a.md\n```\n@codex/p/b.md", [4]),
        case("nothing", "text", []),
    ],
)


@CASES
def test_what_counts(text: str, lines: list[int]) -> None:
    assert counted(text) == lines


HUGE = pytest.mark.parametrize(
    ("text", "lines"),
    [
        case("fence", f"{U}\n```\n{U}\n```\n<!-- {U} -->{U}\n", [1, 5]),
        case("in-containers", f">  ~~~~\n> {U}\n~~~\n```\n  ~~~~~ \n{U}\n<!---->\n", [6]),
        case("open", f"{U}\n<!---->\n```\n{U}\n", [1]),
        case("closer-with-words", f"<!---->\n```\n{U}\n``` x\n```\n{U}", [6]),
        case("backticks-in-a-line", f"```inline``` says\n\n{U}\n", [3]),
        case("comment-sign-as-code", f"use `<!--` to open\n\n{U}\n", [3]),
        case("comment-after-a-sign-as-code", f"`<!--` <!-- {U} --> {U}\n", [1]),
        case("two-comments-in-a-line", f"<!-- a --> <!-- {U} -->\n{U}\n", [2]),
        case("fence-after-a-marker", f"- ```\n  {U}\n  ```\n\n{U}\n", [5]),
        case("fence-that-ends-with-its-item", f"- ```\n  {U}\n{U}\n", [3]),
        case("fence-that-ends-with-its-quote", f"> ```\n> {U}\n{U}\n", [3]),
        case("fence-deep-in-a-list", f"1. a\n   - b\n\n     ```\n     {U}\n     ```\n     {U}\n", [7]),
        case("indented-signs", f"a\n\n    ```\n\n{U}\n", [5]),
        case("fence-in-a-comment", f"<!--\n```\n-->\n{U}\n", [4]),
        case("comment-that-ends-with-its-item", f"- <!--\n  {U}\n\n{U}\n", [4]),
        case("comment-that-ends-with-its-quote", f"> <!--\n> {U}\n\n{U}\n", [4]),
        case("comment-closed-in-another-paragraph", f"a <!-- {U}\n\nc <!-- {U} --> {U}\n", [1, 3]),
        case("comment-after-a-list", f"- x\n<!--\n{U}\n", []),
        case("comment-in-an-item-of-a-quote", f"> - <!--\n> {U}\n", [2]),
        case("html-to-a-blank-line", f"<div>\n    {U}\n\n    {U}\n", [2]),
        case("code-after-a-marker", f"-     {U}\n\n- {U}\n", [3]),
        case("code-of-two-lines", f"    {U}\n    {U}\n{U}\n", [3]),
        case("a-number-in-a-paragraph", f"in\n1986. a\n    {U}\n", [3]),
        case("empty-item", f"-\n  {U}\n-\n      {U}\n", [2]),
    ],
)


@HUGE
def test_a_huge_text_is_read_line_by_line(
    text: str, lines: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert counted(text) == lines, "by the parser"
    monkeypatch.setattr(markdown, "MAX_PARSED", 0)
    assert counted(text) == lines


@CASES
def test_it_says_what_the_parser_says(text: str, lines: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(markdown, "MAX_PARSED", 0)
    monkeypatch.setattr(markdown, "_simple_fences", lambda *_: None)
    assert counted(text) == lines


@pytest.mark.parametrize("over", [False, True], ids=["at the limit", "over it"])
def test_the_parser_is_spared_texts_over_one_mebibyte(over: bool, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: FBT001
    def refuse(*_: object) -> None:
        raise AssertionError("the parser was asked")

    monkeypatch.setattr("markdown_it.MarkdownIt", refuse)
    head = f"~~~\n{U}\n~~~\n{U}\n"
    text = head + "a\n" * ((1024 * 1024 - len(head)) // 2) + "a\n" * over
    text += "a" * (not over and 1024 * 1024 - len(text))
    if over:
        assert counted(text) == [4]
    else:
        assert len(text) == markdown.MAX_PARSED
        with pytest.raises(AssertionError, match="was asked"):
            counted(text)
