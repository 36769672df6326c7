"""Globs made by chance, and a matcher that follows their definition step by step and remembers what it has tried.

It reads no text: a pattern is made as a tree, which is written down for the matcher under test and walked by this one.
An item is a character, "/", ("*",), ("?",), ("[", negated, characters), ("{", sequences) or (one of "@?+*!", sequences).
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from functools import cache
from typing import Any

Item = Any
Sequence = tuple[Item, ...]
ESCAPED = "*?[]{}()!+@,|\\"
STAR: Item = ("*",)
GLOBSTAR: Sequence = (STAR, STAR)


def written(items: Sequence) -> str:
    """The pattern's text."""
    return "".join(map(_written, items))


def _written(item: Item) -> str:
    if isinstance(item, str):
        return "\\" + item if item in ESCAPED else item
    kind, *rest = item
    if kind == "[":
        return f"[{'^' * rest[0]}{rest[1]}]"
    if kind == "{":
        return "{" + ",".join(map(written, rest[0])) + "}"
    return kind + ("(" + "|".join(map(written, rest[0])) + ")" if rest else "")


def matches(items: Sequence, path: str, *, dot: bool) -> bool:
    """Whether the path matches, by definition."""
    if not path:
        return False
    return path == written(items) or any(_matches(_split(flat), path, dot=dot) for flat in _multiplied(items))


def _multiplied(items: Sequence) -> Iterator[Sequence]:
    """The sequences that braces, `@(...)` and `?(...)` stand for."""
    chosen = itertools.product(*map(_options, items))
    return (tuple(itertools.chain(*choice)) for choice in chosen)


def _options(item: Item) -> list[Sequence]:
    if isinstance(item, str) or len(item) != 2 or item[0] not in "{@?":
        return [(item,)]
    options = [flat for choice in item[1] for flat in _multiplied(choice)]
    return [*options, ()] if item[0] == "?" else options


def _split(items: Sequence) -> list[Sequence]:
    """Names; stars side by side are one, but for two that are a whole name, and those side by side are one."""
    edges = [-1, *(at for at, item in enumerate(items) if item == "/"), len(items)]
    segments = [items[start + 1 : stop] for start, stop in zip(edges, edges[1:])]
    first = segments[0]
    if (
        len(segments) == 1
        and first[:3] == (*GLOBSTAR, ".")
        and all(isinstance(item, str) for item in first[2:])
    ):
        return [GLOBSTAR, (STAR, *first[2:])]
    single = [
        one
        if one == GLOBSTAR
        else tuple(item for item, before in zip(one, (None, *one)) if item != STAR or before != STAR)
        for one in segments
    ]
    return [one for one, before in zip(single, [None, *single]) if one != GLOBSTAR or before != GLOBSTAR]


def _matches(segments: list[Sequence], path: str, *, dot: bool) -> bool:
    names = path.split("/")
    if len(names) > 1 and names[-1] == "" and segments[-1] == (STAR,):
        names.pop()  # `*` matches docs/

    @cache
    def rest(segment: int, name: int) -> bool:
        if segment == len(segments):
            return name == len(names)
        if segments[segment] != GLOBSTAR:
            found = name < len(names) and _name(segments[segment], names[name], dot=dot)
            return found and rest(segment + 1, name + 1)
        if segment + 1 == len(segments):
            here = name < len(names) or segments[segment - 1][-1:] != (STAR,)
            return here and all(dot or not hidden.startswith(".") for hidden in names[name:])
        return rest(segment + 1, name) or (
            name < len(names) and (dot or not names[name].startswith(".")) and rest(segment, name + 1)
        )

    return rest(0, 0)


def _name(items: Sequence, name: str, *, dot: bool) -> bool:
    if items == (STAR,):
        return name != "" and (dot or not name.startswith("."))
    return len(name) in _Name(name, dot=dot).ends(items, 0)


class _Name:
    """Where in a name items end that start at a place."""

    def __init__(self, name: str, *, dot: bool) -> None:
        self.name = name
        self.hidden = name.startswith(".") and not dot

    def ends(self, sequence: Sequence, at: int) -> set[int]:
        if not sequence:
            return {at}
        return {end for middle in self.step(sequence[0], at) for end in self.ends(sequence[1:], middle)}

    def step(self, item: Item, at: int) -> set[int]:
        if len(item) == 2 and item[0] != "[":
            return self.group(*item, at)
        character = self.name[at : at + 1]
        if isinstance(item, str):
            return {at + 1} if character == item else set()
        if self.hidden and at == 0:
            return set()
        if item == STAR:
            return set(range(at, len(self.name) + 1))
        taken = character and (item == ("?",) or (character in item[2]) != item[1])
        return {at + 1} if taken else set()

    def group(self, kind: str, choices: Sequence, at: int) -> set[int]:
        found = {end for choice in choices for end in self.ends(choice, at)}
        if kind == "!":
            return set(range(at, len(self.name) + 1)) - found
        new = found if kind in "+*" else set()
        while new:
            new = {end for start in new for choice in choices for end in self.ends(choice, start)} - found
            found = found | new
        return found | {at} if kind in "?*" else found


def chance_pattern(chance: random.Random, *, groups: bool) -> Sequence:
    """A pattern of a few names."""
    segments = [
        GLOBSTAR if chance.random() < 0.3 else chance_sequence(chance, chance.randint(1, 4), groups=groups)
        for _ in range(chance.randint(1, 4))
    ]
    items = list(segments[0] if segments[0] != (".",) else "a")  # a leading ./ says nothing
    for segment in segments[1:]:
        items += ["/", *segment]
    return (*items, *("/" if chance.random() < 0.03 else ""))


def chance_sequence(chance: random.Random, length: int, *, groups: bool, depth: int = 0) -> Sequence:
    items: list[Item] = []
    kinds = ["a", "b", "a", "b", ".", "*", "*", "*", "?", "[", "{", *(["@", "+", "!", "*(", "?("] * groups)]
    for _ in range(length):
        kind = chance.choice(kinds[: 10 if depth > 1 else None])
        if kind in "ab.":
            items.append(kind)
        elif kind in "*?":
            items.append((kind,))
        elif kind == "[":
            items.append(("[", chance.random() < 0.3, chance.choice(["a", "ab", "b.", "a."])))
        else:
            choices = tuple(
                chance_sequence(chance, chance.randint(0, 2), groups=groups, depth=depth + 1)
                for _ in range(chance.randint(2, 3))
            )
            items.append((kind[0], choices))
    return tuple(items)


def chance_path(chance: random.Random) -> str:
    """A path of the same few characters."""
    return "".join(chance.choice("aaabbb..///") for _ in range(chance.randint(1, 9)))
