"""A document's header, the block between two lines `---` at its start: cut off, and read as far as it can be."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from codex_action.errors import Problem

if TYPE_CHECKING:
    from codex_action.artifacts.yaml12 import Path, YamlReader

MAX_BYTES = 64 * 1024
MAX_PROBLEMS = 100  # after so many a header is no header
# As in JavaScript's tools and in editors: the line may end in blanks, the file may start with a byte order mark.
_OPEN = re.compile(r"\ufeff?---[ \t]*\r?\n")
_CLOSE = re.compile(r"\n---[ \t]*\r?(?:\n|\Z)")
# A line that starts a field: no list item, no comment, no end of a bracket.
_FIELD = re.compile(r"""^(?:"[^"\n]*"|'[^'\n]*'|[^\s"'#&*!|>%@`\[\]{},?:-][^:\n]*):(?=\s|\Z)""", re.MULTILINE)
# Quoted text stays; a pattern that YAML takes for an alias is where an item or a value starts.
_PATTERN = re.compile(
    r"""(?:(?<=[\[,])|(?<=[\[,:-]\ ))(?:'(?:[^']|'')*'|"(?:[^"\\]|\\.)*"|(\*[\w.*?/-]*)(?=[\s,\]]|\Z))"""
)


class Frontmatter(NamedTuple):
    """A document in two: the header's text without its `---` lines, and all that follows, line ends as they were."""

    raw: str
    content: str


class Header(NamedTuple):
    """What a header says, the place of each key in the document, and what of it cannot be used."""

    data: Mapping[str, Any]
    places: Mapping[Path, tuple[int, int]]
    problems: tuple[Problem, ...]


def split_frontmatter(text: str) -> Frontmatter | None:
    """Cut a document's header off, or None if it has none."""
    start = _OPEN.match(text)
    end = start and _CLOSE.search(text, start.end() - 1)  # an empty block closes with the line that opened it
    if not start or not end:
        return None
    raw = text[start.end() : end.start()]
    return Frontmatter(raw.removesuffix("\r"), text[end.end() :])


def has_frontmatter(text: str) -> bool:
    """Does a document start with a header?"""
    return split_frontmatter(text) is not None


def extract_raw_frontmatter(text: str) -> str | None:
    """The text of a document's header, or None if it has none."""
    block = split_frontmatter(text)
    return block and block.raw


def read_header(raw: str) -> Header:
    """What a header's text says. It never fails: a field that cannot be read is a problem, the others stay."""
    if len(raw) > MAX_BYTES or len(raw.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        return Header({}, {}, (Problem(f"the header is larger than {MAX_BYTES // 1024} KiB", "", 1, 1),))
    from codex_action.artifacts.yaml12 import YamlError, YamlReader  # 4 ms: only where there is a header

    text = f"{raw}\n"  # its last line ends, whatever stands there
    try:
        found = YamlReader().read(text, after=1)
    except YamlError as error:
        return _read_fields(text, error.problem)
    if found.data is None:
        return Header({}, {}, ())
    if not isinstance(found.data, dict):
        return Header({}, {}, (_no_field(*found.places[()]),))
    return Header(found.data, found.places, ())


def _no_field(line: int, column: int) -> Problem:
    return Problem("this is no key with a value", "", line, column)


def _read_fields(raw: str, reason: Problem) -> Header:
    """Each field of a header that cannot be read whole, by itself; limits and anchors are those of the header."""
    from codex_action.artifacts.yaml12 import YamlReader

    reader = YamlReader()
    data: dict[str, Any] = {}
    places: dict[Path, tuple[int, int]] = {}
    problems: list[Problem] = []
    known: set[str] = set()
    for line, text in _fields(raw):
        if len(problems) >= MAX_PROBLEMS:
            problems.append(Problem("too much is wrong: the rest of the header is not read", "", line + 1, 1))
            break
        found = _read_field(reader, text, line, problems)
        places.update(reader.places)
        for key in [key for key in found if key in known]:  # which of the two is meant, nobody can tell
            message = f"the key {key!r} stands here a second time"
            problems.append(Problem(message, key, *places[key,]))
            data.pop(key, None)
            del found[key]
        known.update(found)
        data.update(found)
    return Header(data, places, tuple(problems) or (reason,))


def _fields(raw: str) -> Iterator[tuple[int, str]]:
    """The lines of each field, and how many lines of the document stand before them."""
    line = 1
    starts = [0, *(found.start() for found in _FIELD.finditer(raw)), len(raw)]
    for start, end in zip(starts, starts[1:]):
        yield line, raw[start:end]
        line += raw.count("\n", start, end)


def _read_field(reader: YamlReader, text: str, line: int, problems: list[Problem]) -> dict[str, Any]:
    from codex_action.artifacts.yaml12 import YamlError

    try:
        data = reader.read(text, after=line).data
    except YamlError as error:
        data, problem = _read_quoted(reader, text, line, error.problem)
        problems.append(problem)
    if data is None or isinstance(data, dict):
        return data or {}
    problems.append(_no_field(*reader.places[()]))
    return {}


def _read_quoted(reader: YamlReader, text: str, line: int, problem: Problem) -> tuple[Any, Problem]:
    """A field in which patterns such as `[*]` and `- *-service` are quoted, and a warning; else what was wrong."""
    from codex_action.artifacts.yaml12 import YamlError

    if reader.anchors:  # an alias may be meant
        return None, problem
    try:
        data = reader.read(_PATTERN.sub(_quoted, text), after=line).data
    except YamlError:
        return None, problem
    message = "a '*' here names an alias of YAML; it is read as a pattern: write it in quotes"
    return data, problem._replace(message=message, severity="warning")


def _quoted(found: re.Match[str]) -> str:
    return f"'{found[1]}'" if found[1] else found[0]
