"""A glob's text, taken apart into the shapes a path can have: braces are multiplied out, within limits.

A node is a regular expression for one character, STAR, "/", or a Group that no list of alternatives can replace.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple, Union

from codex_action.errors import UsageError

STAR = "*"  # an escaped star is r"\*"
ANY = "[^/]"
MAX_LENGTH = 4096  # no path is longer
MAX_DEPTH = 20
MAX_SHAPES = 1000
MAX_NODES = 20_000

# An escaped character, a class, the start of a group, a character.
_PART = r"\\.|\[(?:\^|(?!\^))(?:\[:[a-z]+:\]|\\.|[^\\/])(?:\[:[a-z]+:\]|\\.|[^]\\/]){0,255}\]|[@?*+!]\(|."
_RANGE = r"(?:(-?[0-9]{1,9})\.\.(-?[0-9]{1,9})|([A-Za-z])\.\.([A-Za-z]))(?:\.\.-?([0-9]{1,9}))?"
_CLASSES = {
    "[:alnum:]": "A-Za-z0-9",
    "[:alpha:]": "A-Za-z",
    "[:blank:]": r" \t",
    "[:cntrl:]": r"\x00-\x1f\x7f",
    "[:digit:]": "0-9",
    "[:graph:]": r"\x21-\x7e",
    "[:lower:]": "a-z",
    "[:print:]": r"\x20-\x7e",
    "[:punct:]": r"!-/:-@\[-`{-~",
    "[:space:]": r"\s",
    "[:upper:]": "A-Z",
    "[:word:]": "A-Za-z0-9_",
    "[:xdigit:]": "A-Fa-f0-9",
}


class Group(NamedTuple):
    """`@` one of the choices, `?` one or none, `+` one or more, `*` any number, `!` anything else."""

    kind: str
    choices: tuple[tuple[Node, ...], ...]


Node = Union[str, Group]
Segment = tuple[Node, ...]  # what stands between two slashes
Run = tuple[Segment, ...]  # what stands between two globstars
Shape = tuple[Run, ...]


class Glob(NamedTuple):
    """A path matches if it has one of the shapes, or none of them where the glob is negated."""

    negated: bool
    shapes: tuple[Shape, ...]


def parse_glob(pattern: str) -> Glob:
    """Take a glob apart. Raises UsageError for one that is empty, broken or of hostile size."""
    text, negated = _without_bangs(pattern)
    text = text.removeprefix("./")
    if not text or "\0" in text:
        raise UsageError(f"{pattern!r} is no pattern", hint="an empty pattern matches nothing: leave it out")
    if len(text) > MAX_LENGTH:
        raise UsageError(f"a pattern is longer than {MAX_LENGTH} characters: {text[:40]!r}...")
    parts = re.findall(_PART, text, re.DOTALL)
    nodes = _Reader(parts, _pairs(parts)).sequence(0, len(parts))
    return Glob(negated, tuple(shape for flat in _expand(nodes) for shape in _shapes(flat)))


def _without_bangs(pattern: str) -> tuple[str, bool]:
    """The text behind the leading `!`, and whether their number negates it; `!(` starts a group."""
    negated = False
    while pattern.startswith("!") and not pattern.startswith("!("):
        pattern, negated = pattern[1:], not negated
    return pattern, negated


def _pairs(parts: list[str]) -> dict[int, int]:
    """Where each bracket that opens is closed; brackets without a partner are characters."""
    pairs: dict[int, int] = {}
    opened: list[int] = []
    waiting = {"}": 0, ")": 0}
    for at, part in enumerate(parts):
        if part == "{" or (part[-1] == "(" and part != r"\("):
            opened.append(at)
            waiting["}" if part == "{" else ")"] += 1
        elif waiting.get(part):
            start = -1
            while start < 0 or (parts[start] == "{") != (part == "}"):
                start = opened.pop()
                waiting["}" if parts[start] == "{" else ")"] -= 1
            pairs[start] = at
    return pairs


class _Reader(NamedTuple):
    """Parts and pairs of brackets -> nodes."""

    parts: list[str]
    pairs: dict[int, int]

    def sequence(self, start: int, stop: int, depth: int = 0) -> tuple[Node, ...]:
        nodes: list[Node] = []
        at = start
        while at < stop:
            end = self.pairs.get(at)
            if end is None:
                nodes += _single(self.parts[at])
            else:
                nodes += self.group(at, end, depth + 1)
                at = end
            at += 1
        return tuple(nodes)

    def group(self, start: int, end: int, depth: int) -> tuple[Node, ...]:
        if depth > MAX_DEPTH:
            raise UsageError(f"a pattern nests its brackets more than {MAX_DEPTH} deep")
        part = self.parts[start]
        if part != "{":
            return (Group("@" if part == "(" else part[0], self.choices(start, end, "|", depth)),)
        choices = self.choices(start, end, ",", depth)
        if len(choices) == 1:
            choices = _range("".join(self.parts[start + 1 : end])) or choices
        return (Group("@", choices),) if len(choices) > 1 else (r"\{", *choices[0], r"\}")

    def choices(self, start: int, end: int, divider: str, depth: int) -> tuple[tuple[Node, ...], ...]:
        edges = [start]
        at = start + 1
        while at < end:
            if self.parts[at] == divider:
                edges.append(at)
            at = self.pairs.get(at, at) + 1
        stops = [*edges[1:], end]
        return tuple(self.sequence(edge + 1, stop, depth) for edge, stop in zip(edges, stops))


def _single(part: str) -> list[Node]:
    if len(part) > 1 and part[0] == "[":
        return [_class(part)]
    if len(part) > 1 and part[0] == "\\":
        return [re.escape(part[1])]
    return [{"*": STAR, "?": ANY}.get(character, re.escape(character)) for character in part]


def _class(part: str) -> str:
    """`[a-z]` as a regular expression that never takes a slash; `[!a]` is a class of two, as in micromatch."""
    negated = part[1] == "^"
    items = re.findall(r"\[:[a-z]+:\]|\\?.", part[1 + negated : -1], re.DOTALL)
    body: list[str] = []
    while items:
        item = items.pop(0)
        if len(item) > 2:
            body.append(_CLASSES.get(item) or _refuse(part))
        elif len(items) > 1 and items[0] == "-" and len(items[1]) < 3:
            last = items[1][-1]
            body.append(f"{re.escape(item[-1])}-{re.escape(last)}" if item[-1] <= last else _refuse(part))
            del items[:2]
        else:
            body.append(re.escape(item[-1]))
    return f"[^/{''.join(body)}]" if negated else f"(?!/)[{''.join(body)}]"


def _refuse(part: str) -> str:
    raise UsageError(f"{part!r} in a pattern is no class of characters")


def _range(text: str) -> tuple[tuple[Node, ...], ...] | None:
    """`1..3`, `01..10`, `a..e`, with a step or without; None for any other text."""
    found = re.fullmatch(_RANGE, text)
    if not found:
        return None
    low, high, first, last, step = found.groups()
    start, stop = (int(low), int(high)) if low else (ord(first), ord(last))
    width = max(len(low), len(high)) if low and re.search(r"^-?0[0-9]|\.-?0[0-9]", text) else 0
    by = max(int(step or 1), 1)
    values = range(start, stop + 1, by) if start <= stop else range(start, stop - 1, -by)
    if len(values) > MAX_SHAPES:
        raise _too_many()
    return tuple(
        tuple(re.escape(character) for character in (f"{value:0{width}d}" if low else chr(value)))
        for value in values
    )


def _too_many() -> UsageError:
    return UsageError(f"a pattern stands for more than {MAX_SHAPES} others", hint="use * in place of braces")


def _expand(nodes: Iterable[Node]) -> list[list[Node]]:
    """The sequences that groups of one choice stand for."""
    results: list[list[Node]] = [[]]
    for node in nodes:
        if isinstance(node, Group) and node.kind in "@?":
            options = [option for choice in node.choices for option in _expand(choice)]
            options += [[]] if node.kind == "?" else []
            if len(results) * len(options) > MAX_SHAPES:
                raise _too_many()
            results = [[*result, *option] for result in results for option in options]
        else:
            for result in results:
                result.append(node)
        if sum(map(len, results)) > MAX_NODES:
            raise _too_many()
    return results


def _shapes(flat: list[Node]) -> Iterator[Shape]:
    """A sequence, divided. What ends in a star of its own also ends in a slash: `*` matches `docs/`."""
    segments = _split(flat)
    first, *rest = segments
    if not rest and first[:3] == (STAR, STAR, r"\.") and all(map(is_literal, first[2:])):
        segments = [(STAR, STAR), (STAR, *first[2:])]  # `**.md` is `**/*.md`
    runs: list[list[Segment]] = [[]]
    for segment in segments:
        if segment == (STAR, STAR):
            runs.append([])
        else:
            runs[-1].append(_single_stars(segment))
    shape = (runs[0], *(run for run in runs[1:-1] if run), *runs[1:][-1:])
    yield tuple(map(tuple, shape))
    if shape[-1] and shape[-1][-1] == (STAR,):
        shape[-1].append(())
        yield tuple(map(tuple, shape))


def _split(flat: Iterable[Node]) -> list[Segment]:
    segments: list[list[Node]] = [[]]
    for node in flat:
        if node == "/":
            segments.append([])
        else:
            segments[-1].append(node)
    return [tuple(segment) for segment in segments]


def _single_stars(segment: Segment) -> Segment:
    """Stars side by side are one."""
    pairs = zip(segment, (None, *segment))
    return tuple(node for node, before in pairs if not node == before == STAR)


def is_literal(node: Node) -> bool:
    """Whether a node is one character and no other."""
    return isinstance(node, str) and len(node) < 3 and node != STAR


def matches_folder(shape: Shape) -> bool:
    """Whether a shape that ends in a globstar also has what stands before: `docs/**` matches docs, `*/**` no file."""
    before = [run for run in shape[:-1] if run]
    return not shape[-1] and bool(before) and before[-1][-1][-1:] != (STAR,)
