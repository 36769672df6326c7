"""Which paths are left out: `.codexignore` and excludes, in gitignore's syntax."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Callable

from codex_action.errors import UsageError

FILE_NAME = ".codexignore"


def ignore_matcher(lines: Iterable[str]) -> Callable[[str], bool] | None:
    """Whether a path (relative, with '/') is left out, or None if none is.

    The last pattern that matches decides, as in .gitignore. Raises UsageError for what is no pattern.
    """
    patterns = [line for line in lines if line.strip() and not line.startswith("#")]
    if not patterns:
        return None
    from pathspec import GitIgnoreSpec  # 50 ms: only where something is ignored

    try:
        return GitIgnoreSpec.from_lines(patterns).match_file
    except ValueError as error:
        raise UsageError(f"{FILE_NAME} or an exclude holds no pattern: {error}") from error
