"""Which paths are left out."""

from __future__ import annotations

import pytest

from codex_action.artifacts.ignore import ignore_matcher
from codex_action.errors import UsageError


@pytest.mark.parametrize("lines", [[], [""], ["  ", "# a comment", "\n"]])
def test_nothing_to_leave_out(lines: list[str]) -> None:
    assert ignore_matcher(lines) is None


@pytest.mark.parametrize(
    ("lines", "path", "left_out"),
    [
        pytest.param(["*.md"], "docs/a.md", True, id="anywhere"),
        pytest.param(["/a.md"], "docs/a.md", False, id="anchored"),
        pytest.param(["/a.md"], "a.md", True, id="anchored-there"),
        pytest.param(["docs/"], "docs/x/a.md", True, id="folder"),
        pytest.param(["docs/"], "docs", False, id="folder-pattern-and-a-file"),
        pytest.param(["docs/*.md"], "docs/x/a.md", False, id="star-stays-in-its-folder"),
        pytest.param(["**/x/**"], "docs/x/a.md", True, id="stars"),
        pytest.param(["*.md", "!a.md"], "a.md", False, id="last-match-decides"),
        pytest.param(["!a.md", "*.md"], "a.md", True, id="last-match-decides-again"),
        pytest.param(["\\#a"], "#a", True, id="escaped-hash"),
        pytest.param(["\\!a"], "!a", True, id="escaped-bang"),
        pytest.param(["# x", "", "a b.md"], "a b.md", True, id="comment-before"),
        pytest.param(["*.md\n"], "a.md", True, id="line-end"),
    ],
)
def test_left_out(lines: list[str], path: str, *, left_out: bool) -> None:
    matches = ignore_matcher(lines)
    assert matches is not None
    assert matches(path) is left_out


def test_any_lines_will_do() -> None:
    matches = ignore_matcher(line for line in ("a", "b"))
    assert matches is not None
    assert [path for path in ("a", "b", "c") if matches(path)] == ["a", "b"]


@pytest.mark.parametrize("lines", [["!"], ["*.md", "!"]], ids=["alone", "after another"])
def test_what_is_no_pattern_is_a_usage_error(lines: list[str]) -> None:
    with pytest.raises(UsageError, match="holds no pattern"):
        ignore_matcher(lines)
