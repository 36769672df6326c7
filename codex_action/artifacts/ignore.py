"""Which paths are left out: `.codexignore` and excludes, in gitignore's syntax."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Callable

FILE_NAME = ".codexignore"


def ignore_matcher(lines: Iterable[str]) -> Callable[[str], bool] | None:
    """Whether a path (relative, with '/') is left out, or None if none is.

    The last pattern that matches decides, as in .gitignore.
    """
    patterns = [line for line in lines if line.strip() and not line.startswith("#")]
    if not patterns:
        return None
    from pathspec import GitIgnoreSpec  # 50 ms: only where something is ignored

    return GitIgnoreSpec.from_lines(patterns).match_file
