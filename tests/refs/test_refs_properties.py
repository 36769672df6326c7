"""What holds for every reference and every text."""

from __future__ import annotations

import re
from typing import Optional

from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from codex_action.refs import convert, markdown, paths, scan
from codex_action.refs.uri import build_uri, is_valid_uri, parse_reference

few = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much]
)
many = settings(few, max_examples=400)

# --- parse and build ------------------------------------------------------------------------------------------------

ODD = (
    " %?#'\"()[]{}<>|,*.;:!~`_$&@^=+-\u00e9\u6587\u2026\u3002\u300c\u300d\u200b\u3000"
    "\u2018\u2019\u201c\u201d\u2014\u00a0\u0085\U0001f680"
)
text = st.text(st.one_of(st.sampled_from(ODD), st.sampled_from("abcAB12"), st.characters()), max_size=12)
orgs = st.from_regex(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,10}[A-Za-z0-9])?", fullmatch=True)
projects = st.from_regex(r"[A-Za-z0-9._-]{1,12}", fullmatch=True).filter(
    lambda name: name != "." and ".." not in name
)
versions = st.none() | st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,8}[A-Za-z0-9]", fullmatch=True).filter(
    lambda name: ".." not in name and not name.endswith(".lock")
)
documents = st.lists(text, min_size=1, max_size=4).map("/".join).filter(paths.is_safe_path)
# A second reference in the fragment makes two of one.
fragments = st.none() | text.filter(lambda value: value and "codex://" not in value)
parts_of_uris = st.tuples(orgs, projects, documents, versions, fragments)
Parts = tuple[str, str, str, Optional[str], Optional[str]]


def built_from(parts: Parts) -> str:
    org, project, path, version, fragment = parts
    return build_uri(org, project, path, version=version, fragment=fragment)


@many
@given(parts_of_uris)
@example(("o", "p", "a b%20?#'\"`<>|,", None, "#?%"))
@example(("o", "p", "\ud800", None, "\udfff"))
def test_parse_gives_back_what_build_was_given(parts: Parts) -> None:
    built = built_from(parts)
    parsed = parse_reference(built)
    assert (parsed.org, parsed.project, parsed.path, parsed.version, parsed.fragment) == parts
    assert parsed.uri == parsed.original == str(parsed) == built


SURROUNDINGS = (
    "{}", " before {} after", "({})", '"{}"', "'{}'", "`{}`", "<{}>", "[text]({})", "[{}]", "see {}.",
    "{}, then", "{}; {{x}}",
    "{}!", "{}?", "{}:", "**{}**", "*{}*.", "|{}|", "\u300c{}\u300d\u3002", "\u201c{}\u201d",
    "\u6587{}\uff0c", "{}\r\n", "a\n{}\nb", "({}).", "{})]}}",
    '{{"uri": "{}\\n"}}', "{}\u2026", "{}\u3001",
)  # fmt: skip


@many
@given(
    parts_of_uris.filter(lambda parts: parts[0] not in {"threads", "settings"}), st.sampled_from(SURROUNDINGS)
)
def test_a_built_uri_is_found_whole_in_running_text(parts: Parts, surrounding: str) -> None:
    built = built_from(parts)
    data = surrounding.format(built).encode()
    found = scan.find_references(data)
    assert [(find.kind, find.raw) for find in found] == [(scan.URI, built)]
    assert data[found[0].start : found[0].end] == built.encode()


# --- paths ----------------------------------------------------------------------------------------------------------

DANGER = (
    "..",
    ".",
    "/",
    "\\",
    "\0",
    "~",
    "file:",
    "HTTP:",
    "javascript:",
    " ",
    "\t",
    "\n",
    "%2e",
    "a",
    "b.md",
    "\u00a0",
    "\ufeff",
    "...",
)


@many
@given(st.lists(st.sampled_from(DANGER) | text, max_size=10).map("".join))
@example("~" * 3 + "a/" * 600)
@example("a/" * 499 + "b ~/../c")
@example("x" * 999 + "/ y")
@example("a" * 998 + "/.b/")
@example("a" * 997 + "/..b")
def test_a_sanitized_path_is_empty_or_safe_and_stays_so(path: str) -> None:
    clean = paths.sanitize_path(path)
    assert clean == "" or paths.validate_path(clean) == clean
    assert paths.sanitize_path(clean) == clean


@few
@given(st.lists(st.sampled_from(DANGER) | text, max_size=10).map("".join))
def test_a_safe_path_needs_no_cleaning(path: str) -> None:
    assume(paths.is_safe_path(path) and path == path.strip().strip("\ufeff"))
    assert paths.sanitize_path(path) == path


# --- conversion -----------------------------------------------------------------------------------------------------

LEGACY = (
    "@codex/site/docs/a.md", "@codex:docs/a.md", "@codex: o/p/a.md", "[codex:docs/a.md]",
    "[codex: o/p/a.md ]", "{{codex:a.md}}",
    "{{codex:o/p/a.md}}", "$ref:docs/a.md", "$ref:o/p/a.md", "[codex:../a]", "{{codex:a|b}}", "@codex/p/a\\b",
    "@codex:\u6587/a.md",
    "@codex/p/", "@codex/", "[codex:", "{{codex:", "$ref:", "@codex:",
)  # fmt: skip
PROTECTED = (
    "codex://o/p/a.md", "codex://o/p@v1/docs/a.md#top", "codex://o/p",
    "https://github.com/fractary/codex/blob/main/a.md",
    "https://x.org/@codex/site/a.md", "http://x.org/?q=@codex:a.md", "https://x.org/[codex:a.md]",
    "https://x.org/{{codex:a.md}}",
    "https://x.org/$ref:a/b.md", "me@codex/site/a.md", "someone@codex:docs/a.md", "team@codex.example.com",
    "node_modules/@codex/sdk/index.js",
    "../@codex/sdk/a.md", "/srv/@codex:docs/a.md", "docs/codex/a.md", ".fractary/codex/cache/a.md",
    "[codex:a.md](https://x.org)",
    "npm:@codex/sdk/a", "codex://threads/1", "codex://{org}/{project}/a.md",
)  # fmt: skip
GLUE = (
    "",
    " ",
    "\n",
    "\r\n",
    ".",
    ",",
    ";",
    ":",
    ")",
    "(",
    "]",
    "[",
    "}",
    "{",
    "*",
    "_",
    '"',
    "`",
    "<",
    ">",
    "|",
    "/",
    "\\",
    "#",
    "x",
    "\u6587",
    "\ud800",
    "\u3002",
    "-",
    "@",
)
soup = st.lists(st.sampled_from(LEGACY + PROTECTED) | st.sampled_from(GLUE), max_size=12).map("".join)


@many
@given(soup)
@example("{{codex:a}}{{codex:b}}")
@example("[codex:a];@codex:b.md")
@example("[codex:a]b [codex:a]/b x[codex:a]")
@example("{{codex:a}}codex://o/p/b")
def test_conversion_is_idempotent_and_what_it_writes_is_found_again(before: str) -> None:
    once = convert.convert_legacy_references(before, "acme", "site")
    twice = convert.convert_legacy_references(once.converted, "acme", "site")
    assert twice.converted == once.converted
    assert not twice.modified
    assert once.modified == (once.converted != before)
    assert [reference.original for reference in once.references] == [
        before[r.start : r.end] for r in once.references
    ]
    assert all(is_valid_uri(r.uri, allow_project=True) if r.uri else r.reason for r in once.references)
    assert uris(once.converted) == sorted([*uris(before), *(r.uri for r in once.references if r.uri)])


def uris(text_: str) -> list[str]:
    data = text_.encode("utf-8", "surrogatepass")
    finds = (find for find in scan.find_references(data) if find.kind == scan.URI)
    return sorted(data[find.start : find.end].decode("utf-8", "surrogatepass") for find in finds)


@few
@given(
    st.lists(st.sampled_from(LEGACY[:10]) | st.sampled_from(PROTECTED), max_size=8),
    st.sampled_from((" ", "\n", "\r\n", "\t", ' "', "\u3000")),
)
def test_conversion_touches_nothing_else(words: list[str], space: str) -> None:
    result = convert.convert_legacy_references(space.join(words), "acme", "site").converted
    expected = [convert.convert_legacy_references(word, "acme", "site").converted for word in words]
    assert result == space.join(expected)
    assert all(new == old for new, old in zip(expected, words) if old in PROTECTED)


@few
@given(st.sampled_from(PROTECTED))
def test_what_is_no_legacy_reference_is_not_found_as_one(word: str) -> None:
    assert convert.find_legacy_references(f"{word} and {word}", "acme", "site") == []


# --- Markdown -------------------------------------------------------------------------------------------------------

REFERENCES = (
    "codex://o/p/a.md",
    "@codex/p/a.md",
    "[x](codex://o/p/b.md)",
    "`codex://o/p/c`",
    "{{codex:a.md}}",
)
DIRECTIVES = (
    "<!-- codex-ignore -->",
    "<!-- codex-ignore-next-line CODEX001 -->",
    "[//]: # (codex-ignore-start)",
    "{/* codex-ignore-end */}",
)
STARTS = (
    "",
    "",
    "",
    " ",
    "  ",
    "   ",
    "    ",
    "      ",
    "\t",
    "> ",
    "> > ",
    ">     ",
    "- ",
    "* ",
    "1. ",
    "10) ",
    "-     ",
    "  - ",
    "+\t",
    "> - ",
    "-",
    "- > ",
)
BLOCKS = (
    "", "", "text", "text", "# head", "```", "````", "~~~", "~~~~", "```py", "``` a`b", "~~~ a`b", "``",
    "x ``` y", "---", "...", "===", "***", "<!--", "-->",
    "<!-- a", "b -->", "<!-- a -->", "`<!--`", "<div>", "</div>", "<span>", "<pre>", "</pre>", "<script>",
    "</script>", "<https://x.org>", "a < b", "| a |", "\\```", "key: value",
    "<?php", "?>", "<![CDATA[", "]]>", "<!DOCTYPE x>", "[a]: /b", "\u6587", "\x0b", "a\rb",
)  # fmt: skip
lines = st.builds(
    lambda start, block, reference, order: (
        start + (f"{block} {reference}" if order else f"{reference} {block}").strip(" ")
    ),
    st.sampled_from(STARTS),
    st.sampled_from(BLOCKS),
    st.sampled_from(("", "", "", *REFERENCES, *DIRECTIVES)),
    st.booleans(),
)
documents_of_lines = st.tuples(
    st.sampled_from(
        (
            "",
            "",
            "\ufeff",
            "---\na: codex://o/p/f\n---\n",
            "---\r\na: 1\r\n...\r\n",
            "\ufeff---\na: 1\n---\n",
            "---\n",
        )
    ),
    st.lists(lines, min_size=1, max_size=14),
    st.sampled_from(("\n", "\n", "\r\n")),
    st.sampled_from(("", "\n", "\ncodex://o/p/last")),
).map(lambda parts: (parts[0] + parts[2].join(parts[1]) + parts[3]).encode())


def outside_code_slowly(data: bytes, found: list[scan.Found]) -> list[scan.Found]:
    """What `outside_code` says if it always asks the parser."""
    code, comments = markdown._skipped(data)  # noqa: SLF001  (the long way)
    silent = (scan.DIRECTIVE, scan.FIXED_DIRECTIVE)
    return [
        find
        for find in found
        if not inside(find, code) and (find.kind in silent or not inside(find, comments))
    ]


def inside(find: scan.Found, spans: list[tuple[int, int]]) -> bool:
    return any(start <= find.start < end for start, end in spans)


@settings(few, max_examples=600)
@given(documents_of_lines)
def test_the_short_way_through_markdown_says_what_the_parser_says(data: bytes) -> None:
    found = scan.find_references(data, markdown=True)
    shown = [find for find in markdown.outside_code(data, found) if find.kind != scan.HIDDEN]
    assert shown == outside_code_slowly(data, found)


# --- positions ------------------------------------------------------------------------------------------------------

CHUNKS = (
    b"codex://o/p/a.md", b"@codex/p/a.md", b" ", b"\n", b"\r\n", b"\r", b"\t", b"\n\n", b"text",
    "\u6587".encode(), "\U0001f680".encode(), "e\u0301".encode(), b"\xff", b"\xe6\x96", b"\xed\xa0\x80",
    b"\xef\xbb\xbf", "\u2028".encode(), b"\x0c", b"$ref:a/b.md", b'"', b"(", b")",
)  # fmt: skip


@many
@given(st.sampled_from((b"", scan.BOM)), st.lists(st.sampled_from(CHUNKS), max_size=30).map(b"".join))
def test_positions_are_what_counting_gives(bom: bytes, body: bytes) -> None:
    data = bom + body
    for find in scan.find_references(data):
        before = data[: find.start]
        line_start = before.rfind(b"\n") + 1 or len(bom or (scan.BOM if data.startswith(scan.BOM) else b""))
        length = len(data[find.start : find.end].decode("utf-8", "surrogateescape"))
        column = len(before[line_start:].decode("utf-8", "surrogateescape")) + 1
        assert (find.line, find.column, find.end_column) == (before.count(b"\n") + 1, column, column + length)
        assert data[find.start : find.end].decode("utf-8", "surrogateescape") == find.raw


@few
@given(soup)
def test_characters_of_legacy_references_are_those_of_the_text(before: str) -> None:
    for reference in convert.find_legacy_references(before):
        assert before[reference.start : reference.end] == reference.original
        assert re.match(r"@codex|\$ref:|\[codex:|\{\{codex:", reference.original)


# --- the pattern for plain references is an abbreviation, no rule of its own -----------------------------------------

AFTER_A_REFERENCE = st.lists(
    st.sampled_from((*"<>[](){}`'\"|,.;:!?*_~/@#$\\- \n", "name", "x", "<br>", "</td>", "<name>", "..")),
    max_size=5,
).map("".join)


@many
@given(AFTER_A_REFERENCE, st.sampled_from(("docs", "docs/a.md", "docs/a_b", "a-b/c.d")))
@example("<name>.md", "docs")
@example("<br> and", "docs/a.md")
@example("<x>/b", "docs")
def test_a_plain_reference_ends_where_any_reference_would(after: str, path: str) -> None:
    data = f"see codex://org/project/{path}{after}".encode()
    [short, *_] = scan.find_references(data)
    careful = scan._token_hit(data, 4, scan.URI)  # noqa: SLF001  (what the pattern abbreviates)
    assert (short.kind, short.raw) == (careful.kind, careful.raw)
