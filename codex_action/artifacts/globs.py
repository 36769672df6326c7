"""Globs as micromatch has them: a list of patterns becomes one expression, which matches in linear time.

What stands between two stars is looked for once, from the left, and never again: the stars around it take whatever
is left. So each such search is an atomic group, and time is at most the path's length times the pattern's. Patterns
share their beginnings in a tree. Groups that repeat or exclude cannot be written so: `places` matches those.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any, Callable

from codex_action.artifacts.globtext import (
    ANY,
    STAR,
    Glob,
    Group,
    Run,
    Segment,
    Shape,
    matches_folder,
    parse_glob,
)
from codex_action.errors import UsageError

_ATOMIC = sys.version_info >= (3, 11)
# Not in any pattern: where an atomic group opens and closes, until the expression is whole.
_OPEN, _CLOSE = "\0(", "\0)"
_SHARED = 40  # tokens
_MAX_SEARCH = 100  # nodes
_MAX_SIZE = 250_000  # nodes
_SPECIAL = frozenset("*?[{(!\\")

_Tree = dict[str, Any]  # a token -> the tree of what may follow it


def compile_globs(patterns: Iterable[str], *, dot: bool = False) -> Callable[[str], bool]:
    """Whether a path (with '/', relative) matches one of some globs (prior-art.md 3.3).

    `*`, `?`, `[a-z]`, `[^a]`, `**` as a whole name, `{a,b}`, `{1..3}`, `+(a|b)` and its kin, `!` before a pattern,
    and a backslash before a character that is meant. Without `dot`, stars and classes pass over names that start with
    a dot. A path that is a pattern to the letter matches. Raises UsageError for a pattern that is empty, broken or
    of hostile size.
    """
    return _compile(tuple(patterns), dot)


@lru_cache(maxsize=1024)
def _compile(patterns: tuple[str, ...], dot: bool) -> Callable[[str], bool]:  # noqa: FBT001  (a key of the cache)
    texts = frozenset(patterns)
    expression, others = join_globs(patterns, dot=dot)
    match = re.compile(expression, re.DOTALL).match
    if not others:
        return lambda path: match(path) is not None or path in texts
    return lambda path: match(path) is not None or path in texts or any(other(path) for other in others)


def join_globs(
    patterns: Iterable[str], *, dot: bool, atomic: bool = _ATOMIC
) -> tuple[str, list[Callable[[str], bool]]]:
    """One expression for all patterns but those with groups that need a matcher of their own, and these matchers.

    `atomic` says that `re` has atomic groups; look-ahead and a back-reference stand for them in older versions.
    """
    tree: _Tree = {}
    others = []
    size = 0
    for glob in (parse_glob(pattern) for pattern in dict.fromkeys(patterns) if not _is_plain(pattern)):
        size += sum(len(segment) + 1 for shape in glob.shapes for run in shape for segment in run)
        if size > _MAX_SIZE:
            raise UsageError("the patterns together are too long", hint="use * in place of braces")
        if any(map(_needs_places, glob.shapes)):
            from codex_action.artifacts.places import matcher  # rare

            others.append(matcher(glob, dot=dot))
        else:
            _add_glob(tree, glob, dot=dot)
    expression = rf"(?!\Z){_render(tree)}" if tree else "(?!)"
    return _with_groups(expression, atomic=atomic), others


def _is_plain(pattern: str) -> bool:
    """Whether only the pattern's own text matches it."""
    return bool(pattern) and not pattern.startswith("./") and _SPECIAL.isdisjoint(pattern)


def _needs_places(shape: Shape) -> bool:
    """Whether a shape has groups, or something so long to look for that an expression would take its time."""
    segments = [segment for run in shape for segment in run]
    longest = max(
        [sum(map(len, run)) for run in shape[1:]] + [len(one) for one in segments if STAR in one] + [0]
    )
    return longest > _MAX_SEARCH or any(isinstance(node, Group) for one in segments for node in one)


def _add_glob(tree: _Tree, glob: Glob, *, dot: bool) -> None:
    own: _Tree = {} if glob.negated else tree
    for shape in glob.shapes:
        _add(own, _tokens(shape, dot=dot))
    if glob.negated:
        _add(tree, [f"(?!{_render(own)})"])


def _add(tree: _Tree, tokens: Iterable[str]) -> None:
    """Share a beginning, but not for long: `re` nests no deeper than Python calls."""
    shared = [*tokens]
    for token in (*shared[:_SHARED], "".join(shared[_SHARED:])):
        tree = tree.setdefault(token, {})
    tree[""] = {}


def _render(tree: _Tree) -> str:
    branches = [token + _render(rest) if token else "" for token, rest in tree.items()]
    return branches[0] if len(branches) == 1 else f"(?:{'|'.join(branches)})"


def _tokens(shape: Shape, *, dot: bool) -> Iterator[str]:
    """The expression of a shape, cut where another may go on differently."""
    if not dot and not any(segment[:1] == (r"\.",) for run in shape for segment in run):
        yield r"(?!\.|.*/\.)"  # no name starts with a dot: looked up once for all such shapes
        dot = True
    guard = "" if dot else r"(?!\.)"
    if len(shape) == 1:
        yield from (*_run(shape[0], guard), r"\Z")
        return
    first, *middle, last = shape
    end = r"(?:/|\Z)" if matches_folder(shape) else "/"
    if first:
        yield from (*_run(first, guard), "/" if middle or last else end)
    names = rf"(?:{guard}[^/]*/)*"
    searches = [*((run, "/") for run in middle[:-1]), *((run, "/" if last else end) for run in middle[-1:])]
    if last:
        searches.append((last, r"\Z"))
    # Behind the last search nothing can fail, so it may try again, and share its beginning with others.
    free = searches.pop() if searches and (dot or last) else None
    for run, behind in searches:
        yield f"{_OPEN}{names}?{''.join(_run(run, guard))}{behind}{_CLOSE}"
    if free:
        yield from (names, *_run(free[0], guard), free[1])
    elif not dot:
        yield rf"{guard}(?!.*/\.)"


def _run(run: Run, guard: str) -> Iterator[str]:
    for number, segment in enumerate(run):
        if number:
            yield "/"
        yield from _segment(segment, guard)


def _segment(segment: Segment, guard: str) -> Iterator[str]:
    """One name. Between two stars is a search; what follows the last star stands at the name's end."""
    nodes = [str(node) for node in segment]
    if nodes and guard and (nodes[0] in (STAR, ANY) or nodes[0][-1] == "]"):
        yield guard
    if nodes == [STAR]:
        yield "[^/]+"
        return
    stars = [at for at, node in enumerate(nodes) if node == STAR]
    yield from nodes[: stars[0]] if stars else nodes
    for star, following in zip(stars, stars[1:]):
        yield f"{_OPEN}[^/]*?{''.join(nodes[star + 1 : following])}{_CLOSE}"
    if stars:
        yield from ("[^/]*", *nodes[stars[-1] + 1 :])


def _with_groups(expression: str, *, atomic: bool) -> str:
    """Atomic groups for the marks, or what stands for them: a look-ahead never tries a second way."""
    if atomic:
        return expression.replace(_OPEN, "(?>").replace(_CLOSE, ")")
    opened: list[int] = []
    total = 0

    def group(mark: re.Match[str]) -> str:
        nonlocal total
        if mark[0] == _CLOSE:
            return f"))(?P=g{opened.pop()})"
        total += 1
        opened.append(total)
        return f"(?=(?P<g{total}>"

    return re.sub("\0[()]", group, expression)
