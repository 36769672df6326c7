"""Includes and excludes: which paths, or names of repositories, a list of globs selects.

What is matched comes first, `match_pattern(path, pattern)`, as in the Python SDK; in JavaScript the pattern does.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Callable

from codex_action.artifacts.globs import compile_globs


def match_pattern(path: str, pattern: str, *, dot: bool = False) -> bool:
    """Whether a path matches a glob (seed 1, core; the syntax is that of compile_globs). Raises UsageError."""
    return compile_globs((pattern,), dot=dot)(path)


def match_any_pattern(value: str, patterns: Sequence[str], *, dot: bool = False) -> bool:
    """Whether a path or name matches one of some globs; `["*"]` alone matches everything. Raises UsageError."""
    return _any_of(patterns, dot=dot)(value)


def evaluate_patterns(value: str, include: Sequence[str] = (), exclude: Sequence[str] = ()) -> bool:
    """Whether a path or name is selected: excludes win, and no includes at all include everything.

    An exclude covers names that start with a dot, too. Raises UsageError.
    """
    if match_any_pattern(value, exclude, dot=True):
        return False
    return not include or match_any_pattern(value, include)


def filter_by_patterns(
    paths: Iterable[str],
    include: Sequence[str] | None = None,
    exclude: Sequence[str] | None = None,
    *,
    dot: bool = False,
) -> list[str]:
    """The paths that are selected, in their order (seed 1, core).

    `include` None is everything, an empty list nothing; excludes win, and cover names that start with a dot. `dot`
    lets includes cover them as well. Raises UsageError.
    """
    included = None if include is None else _any_of(include, dot=dot)
    excluded = _any_of(exclude or (), dot=True)
    return [path for path in paths if (included is None or included(path)) and not excluded(path)]


def _any_of(patterns: Sequence[str], *, dot: bool) -> Callable[[str], bool]:
    if [*patterns] == ["*"]:
        return lambda _: True
    return compile_globs(patterns, dot=dot)
