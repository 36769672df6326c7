"""Random YAML documents as people write them, and random moves over them."""

# ruff: noqa: ANN401 - what a file holds can be anything

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st

from codex_action.config.moves import Move

NAMES = ["a", "b", "sync", "cache", "on", "long-key_1", "Ünï", '"quoted"', "'single q'", "g"]
SCALARS = [
    "1", "true", "null", "", "text", "two words", '"double # no comment"', "'it''s # none'", "${TOKEN}", "a#b",
    "http://x/y", "0755", "12:30", "yes", "{}", "[]", "{x: 1, y: [a, 'b,c']}", '[1, two, "th#ree"]', '"esc \\t \\u00e9"', "-1.5e3",
]  # fmt: skip


@st.composite
def documents(draw: Any) -> str:
    """A document's text with \\n: comments everywhere, two or four spaces, multi-line scalars."""
    indent = draw(st.sampled_from([2, 4]))
    dashes = draw(st.sampled_from([0, 2, indent]))
    writer = _Writer(draw, indent, dashes)
    head = draw(
        st.sampled_from(
            ["", "---\n", "# top\n\n", "# top\n# of it\n", "%YAML 1.2\n---\n", "---  # start\n", "\n"]
        )
    )
    writer.mapping(0, 0)
    tail = draw(st.sampled_from(["", "# the end\n", "\n# the end\n", "...\n", "\n\n"]))
    text = head + "".join(writer.lines) + tail
    return text[:-1] if draw(st.integers(0, 5)) == 0 else text


class _Writer:
    def __init__(self, draw: Any, indent: int, dashes: int) -> None:
        self.draw, self.indent, self.dashes = draw, indent, dashes
        self.lines = []
        self.count = 0
        self.below_text = False  # where a deep comment would be text

    def note(self, column: int) -> None:
        """Perhaps a comment or a blank line."""
        kind = self.draw(st.integers(0, 9))
        self.count += 1
        if kind == 0:
            self.lines.append("\n")
        elif kind == 1:
            self.lines.append(f"{' ' * column}# note {self.count}\n")
        elif kind == 2:
            self.lines.append(f"\n{' ' * column}# note {self.count}\twith a tab\n\n")
        elif kind == 3:
            self.lines.append(
                f"{' ' * min(self.draw(st.integers(0, 8)), column if self.below_text else 8)}# odd {self.count}\n"
            )

    def behind(self) -> str:
        self.count += 1
        return self.draw(
            st.sampled_from(["", "", "", f"  # behind {self.count}", f"\t# tab {self.count}", " "])
        )

    def mapping(self, column: int, depth: int, first: str = "") -> None:
        keys = self.draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=4, unique=True))
        for number, key in enumerate(keys):
            if number or not first:
                self.note(column)
            self.value(f"{first if number == 0 and first else ' ' * column}{key}:", column, depth)
        self.note(column)

    def items(self, column: int, depth: int) -> None:
        for _ in range(self.draw(st.integers(1, 3))):
            self.note(column)
            if depth < 3 and self.draw(st.integers(0, 4)) == 0:
                self.mapping(column + 2, depth + 1, first=f"{' ' * column}- ")
            else:
                self.value(f"{' ' * column}-", column, depth)
        self.note(column)

    def value(self, head: str, column: int, depth: int) -> None:
        kind = self.draw(st.integers(0, 9))
        self.below_text = False
        inner = column + self.indent
        if kind <= 4 or depth >= 3:
            self.lines.append(f"{head} {self.draw(st.sampled_from(SCALARS))}{self.behind()}\n")
        elif kind == 5:
            self.several_lines(head, " " * inner)
        elif kind <= 7:
            self.lines.append(f"{head}{self.behind()}\n")
            self.mapping(inner, depth + 1)
        else:
            self.lines.append(f"{head}{self.behind()}\n")
            self.items(column + (self.dashes or (2 if head.strip() == "-" else 0)), depth + 1)

    def several_lines(self, head: str, pad: str) -> None:
        style = self.draw(st.integers(0, 5))
        self.below_text = style < 2
        bodies = [
            f"{head} |{self.draw(st.sampled_from(['', '-', '+', '  # header']))}\n{pad}one # no comment\n\n{pad}  two\n",
            f"{head} >{self.draw(st.sampled_from(['', '-', '+']))}\n{pad}one\n{pad}two\n",
            f'{head} "one\n{pad}two # none\n\n{pad}three"{self.behind()}\n',
            f"{head} one\n{pad}two\n{pad}three{self.behind()}\n",
            f"{head} [one,  # in brackets\n{pad}# own line\n{pad}two]{self.behind()}\n",
            f"{head} {{\n{pad}# own line\n{pad}x: 1,  # in braces\n{pad}y: [1,\n{pad} 2],\n{pad}}}{self.behind()}\n",
        ]
        self.lines.append(bodies[style])


@st.composite
def moves_over(draw: Any, data: Any) -> list[Move]:
    """Moves of every kind over a mapping; most values stay, some change, some go away."""
    moves = []
    for key, value in data.items():
        kind = draw(st.integers(0, 9))
        if kind <= 2:
            moves.append(Move((key,), (key,), value))
        elif kind == 3:
            moves.append(Move((key,), (f"{key}_new",), value))
        elif kind == 4:
            moves.append(Move((key,), ("extensions", key), value))
        elif kind == 5:
            moves.append(
                Move(
                    (key,),
                    (key,),
                    draw(st.sampled_from([1, "new text", None, ["x", 1], {"k": "v"}, {}, "a\nb\n"])),
                )
            )
        elif kind <= 8:
            moves += _spread(draw, key, value)
    if draw(st.booleans()):
        moves.insert(0, Move(None, ("schema_version",), "3.0"))
    return draw(st.permutations(moves)) if draw(st.integers(0, 3)) == 0 else moves


def _spread(draw: Any, key: str, value: Any) -> list[Move]:
    if isinstance(value, dict) and value:
        target = draw(st.sampled_from([(key,), (f"{key}_2",), ("deep", "er", key), ()]))
        named = {(): lambda name: (f"{key}_{name}",)}.get(target, lambda name: (*target, name))
        return [
            Move((key, name), named(name), child) for name, child in value.items() if draw(st.integers(0, 4))
        ]
    if isinstance(value, list) and value:
        kept = [number for number in range(len(value)) if draw(st.integers(0, 4))]
        return [
            Move((key, number), ("lists", key, place), value[number]) for place, number in enumerate(kept)
        ]
    return []


TARGETS = [(name,) for name in "abc"] + [
    ("x", "a"),
    ("x", "b"),
    ("x", "d", "e"),
    ("sync", "a"),
    ("cache",),
    ("on",),
    ("l", 0),
    ("l", 1),
    ("m", 0, "k"),
]


@st.composite
def wild_moves(draw: Any, data: Any) -> list[Move]:
    """Moves from anywhere to anywhere, as no migration would make them; some convert, some share a source."""
    sources = sorted(_paths(data, ()), key=repr)
    moves = []
    for target in draw(st.lists(st.sampled_from(TARGETS), unique=True, max_size=6)):
        source = draw(st.sampled_from([None, *sources]))
        value = data
        for part in source or ():
            value = value[part]
        if source is None or draw(st.integers(0, 5)) == 0:
            value = draw(st.sampled_from([1, "a\n\nb\n", ["x", {"k": []}], {"a": {"b": "c"}}, None]))
        moves.append(Move(source, target, value))
    indexed = [move for move in moves if move.target[0] == "l"]
    return [move for move in moves if move.target != ("l", 1) or move is not (indexed or [None])[0]]


def _paths(data: Any, path: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
    pairs = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in pairs:
        yield (*path, key)
        yield from _paths(value, (*path, key))
