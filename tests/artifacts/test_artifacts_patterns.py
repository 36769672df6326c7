"""Which paths includes and excludes select."""

from __future__ import annotations

import pytest

from codex_action.artifacts.patterns import (
    evaluate_patterns,
    filter_by_patterns,
    match_any_pattern,
    match_pattern,
)
from codex_action.errors import UsageError

PATHS = ["README.md", "docs/a.md", "docs/.draft.md", "docs/internal/b.md", ".env", "src/a.py"]


def test_the_path_comes_first() -> None:
    assert match_pattern("docs/a.md", "docs/*")
    assert not match_pattern("docs/*", "docs/a.md")


def test_dot_is_an_option() -> None:
    assert match_pattern(".env", "*", dot=True)
    assert not match_pattern(".env", "*")


@pytest.mark.parametrize(
    ("patterns", "value", "matches"),
    [
        (["*"], "a/.b", True),
        (["*"], "", True),
        (["*", "x"], "a/b", False),
        ([], "a", False),
        (["x", "a"], "a", True),
    ],
)
def test_one_of_some_patterns(patterns: list[str], value: str, *, matches: bool) -> None:
    assert match_any_pattern(value, patterns) is matches


def test_excludes_win_and_cover_hidden_names() -> None:
    assert not evaluate_patterns(".env", exclude=["**"])
    assert evaluate_patterns(".env")
    assert not evaluate_patterns("a", ["a"], ["a"])


@pytest.mark.parametrize(
    ("include", "exclude", "dot", "selected"),
    [
        pytest.param(None, None, False, PATHS, id="everything"),
        pytest.param([], None, False, [], id="an-empty-list-is-nothing"),
        pytest.param(["docs/**"], None, False, ["docs/a.md", "docs/internal/b.md"], id="include"),
        pytest.param(
            ["docs/**"], None, True, ["docs/a.md", "docs/.draft.md", "docs/internal/b.md"], id="dot"
        ),
        pytest.param(["docs/**"], ["**/internal/**"], False, ["docs/a.md"], id="exclude"),
        pytest.param(None, ["**/*.md"], False, [".env", "src/a.py"], id="exclude-covers-hidden-names"),
        pytest.param(["*"], ["src/**"], False, PATHS[:-1], id="star-alone-is-everything"),
    ],
)
def test_paths_are_filtered(
    include: list[str] | None, exclude: list[str] | None, selected: list[str], *, dot: bool
) -> None:
    assert filter_by_patterns(PATHS, include, exclude, dot=dot) == selected


def test_a_broken_pattern_is_refused() -> None:
    with pytest.raises(UsageError):
        filter_by_patterns(PATHS, ["[z-a]"])
