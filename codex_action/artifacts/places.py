"""Globs with groups that repeat or exclude: `+(a|b)`, `*(a|b)`, `!(a|b)`; and those with very long names.

Where in a path a pattern may have come to is one number: bit i stands for "before character i". A node moves all
these places at once, so no way is tried twice; names are gone through side by side.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Callable

from codex_action.artifacts.globtext import ANY, STAR, Glob, Group, Node, Run, Shape, matches_folder
from codex_action.errors import UsageError

_MAX_NAME = 255  # characters; file systems allow no more
_MAX_STEPS = 5_000


def matcher(glob: Glob, *, dot: bool) -> Callable[[str], bool]:
    """Whether a path matches a glob. Raises UsageError for groups that could take too long."""
    segments = [segment for shape in glob.shapes for run in shape for segment in run]
    for segment in segments:
        _check(segment, one_place=True)
    if sum(map(_steps, segments)) > _MAX_STEPS:
        raise UsageError("a pattern's groups and braces stand for too much", hint="use * in their place")

    def matches(path: str) -> bool:
        places = _Places(path, dot=dot)
        return bool(path) and any(map(places.match, glob.shapes)) is not glob.negated

    return matches


def _check(nodes: Iterable[Node], *, one_place: bool) -> None:
    """Refuse exclusions of unknown length where a name may be at several places: each would need a look of its own."""
    for node in nodes:
        if isinstance(node, Group):
            if node.kind == "!" and not one_place and any(map(_endless, node.choices)):
                raise UsageError(
                    "a pattern holds '!(...)' with a star inside, behind a star or another group",
                    hint="write what it may match instead, or use an exclude",
                )
            for choice in node.choices:
                _check(choice, one_place=one_place and node.kind not in "+*")
        one_place = one_place and isinstance(node, str) and node != STAR


def _endless(nodes: Iterable[Node]) -> bool:
    return any(
        node.kind in "+*!" or any(map(_endless, node.choices)) if isinstance(node, Group) else node == STAR
        for node in nodes
    )


def _steps(nodes: Iterable[Node]) -> int:
    """How many moves a sequence is at most, in names of any length that there can be."""
    return sum(
        1 if isinstance(node, str) else _rounds(node) * (1 + sum(map(_steps, node.choices))) for node in nodes
    )


def _rounds(group: Group) -> int:
    if group.kind == "!":
        return len(group.choices) + 1
    if group.kind in "@?" or _singles(group):
        return 1
    return _MAX_NAME // max(1, min(map(_least, group.choices)))


def _least(nodes: Iterable[Node]) -> int:
    """The least number of characters that a sequence takes."""
    return sum(
        node != STAR if isinstance(node, str) else min(map(_least, node.choices)) * (node.kind in "@+")
        for node in nodes
    )


def _singles(group: Group) -> list[str]:
    """The choices of a group if each is one character, else nothing."""
    nodes = [choice[0] for choice in group.choices if len(choice) == 1]
    singles = [node for node in nodes if isinstance(node, str) and node != STAR]
    return singles if len(singles) == len(group.choices) else []


class _Places:
    """The places of a path, and how nodes move them."""

    def __init__(self, path: str, *, dot: bool) -> None:
        self.end = 1 << len(path)
        self.where: dict[str, int] = {}
        for at, character in enumerate(path):
            self.where[character] = self.where.get(character, 0) | 1 << at
        self.slashes = self.where.get("/", 0)
        self.names = (self.end - 1) ^ self.slashes
        self.starts = self.slashes << 1 | 1
        self.hidden = 0 if dot else self.starts & self.where.get(".", 0)
        self.shown = (self.end - 1) ^ self.hidden
        self.masks: dict[str, int] = {}

    def match(self, shape: Shape) -> bool:
        """Whether the whole path has a shape."""
        *heads, last = shape
        places, ended = 1, 0
        for number, run in enumerate(heads):
            places = self.deeper(places) if number else places
            if run:
                ended = self.through(run, places)
                places = self.past_slash(ended)
        if heads and not last:
            ended = ended if matches_folder(shape) else 0
            return bool((ended | _flood(places, self.shown)) & self.end)
        return bool(self.through(last, self.deeper(places) if heads else places) & self.end)

    def deeper(self, places: int) -> int:
        """The beginnings of names after any number of names."""
        return _flood(places, self.shown) & self.starts

    def through(self, run: Run, places: int) -> int:
        """Where a run of names ends."""
        for number, segment in enumerate(run):
            places = self.past_slash(places) if number else places
            places = self.over((ANY, STAR) if segment == (STAR,) else segment, places)
        return places

    def past_slash(self, places: int) -> int:
        return (places & self.slashes) << 1

    def over(self, nodes: Iterable[Node], places: int) -> int:
        """Where a sequence of nodes ends, from any of some places."""
        for node in nodes:
            if isinstance(node, Group):
                places = self.group(node, places)
            elif node == STAR:
                places = _flood(places & ~self.hidden, self.names)
            else:
                places = (places & self.mask(node)) << 1
        return places

    def group(self, group: Group, places: int) -> int:
        if group.kind == "!":
            return self.exclude(group, places)
        reached = self.repeat(group, places) if group.kind in "+*" else self.choose(group, places)
        return reached | places if group.kind in "?*" else reached

    def repeat(self, group: Group, places: int) -> int:
        """Where one or more of the choices end; characters alone are passed all at once."""
        singles = _singles(group)
        if singles:
            through = 0
            for node in singles:
                through |= self.mask(node)
            return _flood((places & through) << 1, through)
        new = reached = self.choose(group, places)
        while new:
            new = self.choose(group, new) & ~reached
            reached |= new
        return reached

    def choose(self, group: Group, places: int) -> int:
        reached = 0
        for choice in group.choices:
            reached |= self.over(choice, places)
        return reached

    def exclude(self, group: Group, places: int) -> int:
        """Where anything ends that is no choice: first from the first place in each name, then from the next ones."""
        reached = 0
        while _flood(places, self.names) & ~reached:
            first = places & ~_flood((places & self.names) << 1, self.names)
            reached |= _flood(first, self.names) & ~self.choose(group, first)
            places ^= first
        return reached

    def mask(self, node: str) -> int:
        """The characters that a node matches."""
        if len(node) < 3:
            return self.where.get(node[-1], 0)
        if node not in self.masks:
            same = re.compile(node, re.DOTALL).match
            self.masks[node] = (
                sum(at for character, at in self.where.items() if same(character)) & ~self.hidden
            )
        return self.masks[node]


def _flood(places: int, through: int) -> int:
    """The places from which only characters of `through` have been passed: a carry runs along each row of ones."""
    return places | ((places & through) + through) ^ through
