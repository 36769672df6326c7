"""A document in two: where its header ends, and what of a header can be read."""

# ruff: noqa: ANN401 - what a header holds can be anything

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_action.artifacts.frontmatter import (
    MAX_BYTES,
    MAX_PROBLEMS,
    Frontmatter,
    extract_raw_frontmatter,
    has_frontmatter,
    read_header,
    split_frontmatter,
)
from codex_action.errors import Problem

# text -> (header, content)
SPLIT: dict[str, tuple[str, tuple[str, str] | None]] = {
    "plain": ("---\na: 1\n---\nbody\n", ("a: 1", "body\n")),
    "no content": ("---\na: 1\n---\n", ("a: 1", "")),
    "no last line end": ("---\na: 1\n---", ("a: 1", "")),
    "a carriage return at the end": ("---\na: 1\n---\r", ("a: 1", "")),
    "carriage returns": ("---\r\na: 1\r\nb: 2\r\n---\r\nx\r\n", ("a: 1\r\nb: 2", "x\r\n")),
    "a byte order mark": ("\ufeff---\na: 1\n---\nbody", ("a: 1", "body")),
    "empty": ("---\n---\nbody", ("", "body")),
    "empty, at the end": ("---\n---", ("", "")),
    "empty, carriage returns": ("---\r\n---\r\nbody", ("", "body")),
    "a blank line": ("---\n\n---\nbody", ("", "body")),
    "blanks": ("--- \t\na: 1\n---  \nbody", ("a: 1", "body")),
    "the first end counts": ("---\na: 1\n---\n---\n", ("a: 1", "---\n")),
    "indented": ("---\na: |\n  ---\n---\n", ("a: |\n  ---", "")),
    "four": ("----\na: 1\n---\n", None),
    "four at the end": ("---\na: 1\n----\n", None),
    "text after it": ("---\na: 1\n---body", None),
    "text before it": ("\n---\na: 1\n---\n", None),
    "a blank before it": (" ---\na: 1\n---\n", None),
    "dots": ("---\na: 1\n...\nbody", None),
    "not closed": ("---\na: 1\n", None),
    "one line": ("---", None),
    "one line and its end": ("---\n", None),
    "nothing": ("", None),
    "carriage returns alone": ("---\ra: 1\r---\r", None),
    "other dashes": ("———\na: 1\n———\n", None),
}


@pytest.mark.parametrize(("text", "parts"), SPLIT.values(), ids=SPLIT)
def test_split(text: str, parts: tuple[str, str] | None) -> None:
    assert split_frontmatter(text) == (parts and Frontmatter(*parts))
    assert has_frontmatter(text) == (parts is not None)
    assert extract_raw_frontmatter(text) == (parts and parts[0])


LINES = st.lists(st.sampled_from(["---", "a: 1", "", " ", "--- ", "----", "\ufeff", "x"]), max_size=8)


@given(LINES, LINES, st.sampled_from(["\n", "\r\n"]))
def test_what_stands_between_the_lines_is_the_header(header: list[str], body: list[str], end: str) -> None:
    inside = [line for line in header if line.strip() != "---"]
    text = end.join(["---", *inside, "---", *body])
    assert split_frontmatter(text) == (end.join(inside), end.join(body))


def warning(line: int, column: int) -> Problem:
    message = "a '*' here names an alias of YAML; it is read as a pattern: write it in quotes"
    return Problem(message, "", line, column, "warning")


# header -> (data, problems)
READ: dict[str, tuple[str, Any, list[Problem]]] = {
    "nothing": ("", {}, []),
    "a comment": ("# nothing", {}, []),
    "null": ("null", {}, []),
    "dates": ("a: 2024-01-01\nb: 2024-01-01T10:00:00Z", {"a": "2024-01-01", "b": "2024-01-01T10:00:00Z"}, []),
    "words": ("a: yes\nb: Off\nc: 12:30\nd: 1_000", {"a": "yes", "b": "Off", "c": "12:30", "d": "1_000"}, []),
    "a text of several lines": ("a: |\n  x\n  y", {"a": "x\ny\n"}, []),
    "carriage returns": ("a: 1\r\nb: |\r\n  x\r\n  y", {"a": 1, "b": "x\ny\n"}, []),
    "an alias": ("a: &x [1]\nb: *x", {"a": [1], "b": [1]}, []),
    "a list": ("- a\n- b", {}, [Problem("this is no key with a value", "", 2, 1)]),
    "a text": ("\njust text", {}, [Problem("this is no key with a value", "", 3, 1)]),
    "a pattern": ("a: [*]\nb: 1", {"a": ["*"], "b": 1}, [warning(2, 6)]),
    "patterns": ("a: 1\nb:\n  - *-x\n  - 'y'\n  - *.z/*", {"a": 1, "b": ["*-x", "y", "*.z/*"]}, [warning(4, 5)]),
    "patterns in brackets": ("b: [ *, \"*, *\", 'it''s *', *-x,*y ]", {"b": ["*", "*, *", "it's *", "*-x", "*y"]}, [warning(2, 7)]),
    "a pattern alone": ("b: *", {"b": "*"}, [warning(2, 5)]),
    "patterns with carriage returns": ("b:\r\n- *\r\n- *-x\r\nc: 1", {"b": ["*", "*-x"], "c": 1}, [warning(3, 4)]),
    "emphasis is no pattern": ("a: *now* or never\nb: 1", {"b": 1}, [Problem("did not find expected alphabetic or numeric character (while scanning an alias)", "", 2, 8)]),
    "a wrong alias": ("a: &x 1\nb: [*x, *y]", {"a": 1}, [Problem("the alias *y names nothing that is complete here", "", 3, 9)]),
    "a colon": ("a: 1\ntitle: a: b\nb: [2]", {"a": 1, "b": [2]}, [Problem("mapping values are not allowed in this context", "", 3, 9)]),
    "an open bracket": ("a: [1\nb: 2", {"b": 2}, [Problem("did not find expected ',' or ']' (while parsing a flow sequence)", "", 3, 1)]),
    "an open quote": ('a: "x\nb: 2', {"b": 2}, [Problem("found unexpected end of stream (while scanning a quoted scalar)", "", 3, 1)]),
    "an unknown tag": ("a: !x 1\nb: 2", {"b": 2}, [Problem("the tag '!x' has no meaning here", "", 2, 4)]),
    "half of a pair": ("a: 1\nb: \ud800\nc: 2", {"a": 1, "c": 2}, [Problem("a character that may not stand in YAML (#xd800)", "", 3)]),
    "a zero": ("a: 1\nb: \0\nc: 2", {"a": 1, "c": 2}, [Problem("a character that may not stand in YAML (#x0000)", "", 3)]),
    "a key twice": ("a: 1\nb: 2\na: 3\n'a': 4", {"b": 2}, [Problem("the key 'a' stands here a second time", "a", 4, 1), Problem("the key 'a' stands here a second time", "a", 5, 1)]),
    "text and keys": ("some text\na: 1", {"a": 1}, [Problem("this is no key with a value", "", 2, 1)]),
    "a list and keys": ("- x\na: 1", {"a": 1}, [Problem("this is no key with a value", "", 2, 1)]),
    "lists at the margin": ("a:\n- x\n- y\nb: c: d", {"a": ["x", "y"]}, [Problem("mapping values are not allowed in this context", "", 5, 5)]),
    "brackets at the margin": ("a: [\n1\n]\nb: %", {"a": [1]}, [Problem("found character that cannot start any token (while scanning for the next token)", "", 5, 4)]),
    "keys in quotes": ("'a b': 1\n\"c\": 2\né è: 3\nx: %", {"a b": 1, "c": 2, "é è": 3}, [Problem("found character that cannot start any token (while scanning for the next token)", "", 5, 4)]),
    "two documents": ("a: 1\n...\nb: 2", {"a": 1, "b": 2}, [Problem("did not find expected <document start>", "", 4, 1)]),
    "a tab": ("\ta: 1", {}, [Problem("found character that cannot start any token (while scanning for the next token)", "", 2, 1)]),
}  # fmt: skip


@pytest.mark.parametrize(("raw", "data", "problems"), READ.values(), ids=READ)
def test_read(raw: str, data: Any, problems: list[Problem]) -> None:
    header = read_header(raw)
    assert header.data == data
    assert list(header.problems) == problems
    assert {path[0] for path in header.places if path} >= {*data}


def test_places_are_those_in_the_document() -> None:
    whole, parts = read_header("a: 1\nb:\n  - x"), read_header("a: 1\nb:\n  - x\nc: %")
    assert whole.places == {(): (2, 1), ("a",): (2, 1), ("b",): (3, 1), ("b", 0): (4, 5)}
    assert parts.places == {**whole.places, (): (5, 1), ("c",): (5, 1)}


def test_a_header_may_be_64_kib() -> None:
    raw = f"a: {'é' * 32766}"
    assert len(raw.encode()) == MAX_BYTES - 1
    assert read_header(raw).problems == ()
    for large in (f"{raw}é", "\ud800" * 30000, "a" * (MAX_BYTES + 1)):
        assert read_header(large) == ({}, {}, (Problem("the header is larger than 64 KiB", "", 1, 1),))


def test_so_many_problems_are_enough() -> None:
    header = read_header("a: %\n" * 1000)
    assert len(header.problems) == MAX_PROBLEMS + 1
    message = "too much is wrong: the rest of the header is not read"
    assert header.problems[-1] == Problem(message, "", MAX_PROBLEMS + 2, 1)


def test_limits_are_those_of_the_header() -> None:
    bomb = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"{new}: &{new} [{', '.join([f'*{old}'] * 10)}]\n" for old, new in zip("abcd", "bcde")
    )
    header = read_header(f"title: T\n{bomb}last: 1")
    assert [problem.message for problem in header.problems] == [
        "the aliases stand for more than 10000 values",
        "the alias *d names nothing that is complete here",
    ]
    assert header.data.keys() == {"title", "last", "a", "b", "c"}
    many = read_header("a: &a 1\n" + "".join(f"k{n}: [*a, *a, *a]\n" for n in range(40)))
    assert len(many.data) == 1 + 33
    assert {problem.message for problem in many.problems} == {"more than 100 aliases"}


def test_a_document_without_a_header_loads_no_parser() -> None:
    code = (
        "import sys; from codex_action.artifacts.metadata import parse_metadata;"
        "assert not parse_metadata('# x').has_frontmatter; assert not parse_metadata('---\\nx').has_frontmatter;"
        "print(*sorted({'yaml', 'codex_action.artifacts.yaml12', 'codex_action.refs.paths'} & {*sys.modules}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "\n"
