"""Globs: their syntax, their limits, and that one expression for a list says what a plain matcher says.

The whole comparison is `CODEX_FUZZ=60000 python -m pytest tests/artifacts/test_artifacts_globs.py -k definition`.
"""

from __future__ import annotations

import os
import random
import re
from collections.abc import Sequence

import naive_globs
import pytest
from hypothesis import given, reject
from hypothesis import strategies as st

from codex_action.artifacts.globs import compile_globs, join_globs
from codex_action.errors import UsageError

CASES = int(os.environ.get("CODEX_FUZZ", "4000"))
PATHS = 10  # for each pattern


def emulated(patterns: Sequence[str], path: str, *, dot: bool) -> bool:
    """What the expression for Python versions without atomic groups says."""
    expression, others = join_globs(patterns, dot=dot, atomic=False)
    found = re.compile(expression, re.DOTALL).match(path) is not None
    return found or path in patterns or any(other(path) for other in others)


@pytest.mark.parametrize(
    ("pattern", "path", "matches"),
    [
        pytest.param("*", "a", True, id="star"),
        pytest.param("*", "", False, id="star-and-nothing"),
        pytest.param("*", "a/b", False, id="star-stays-in-its-name"),
        pytest.param("*", "docs/", True, id="star-and-a-folder"),
        pytest.param("a*", "docs/", False, id="star-and-another-folder"),
        pytest.param("*.md", ".md", False, id="hidden-name"),
        pytest.param(".*", ".md", True, id="hidden-name-is-meant"),
        pytest.param("**/*.md", "a/b/c.md", True, id="globstar"),
        pytest.param("**/*.md", "c.md", True, id="globstar-at-the-root"),
        pytest.param("**/*.md", "a/.b/c.md", False, id="globstar-and-a-hidden-folder"),
        pytest.param("a/**", "a", True, id="globstar-matches-its-folder"),
        pytest.param("a*/**", "ab", False, id="but-not-behind-a-star"),
        pytest.param("a/**/b", "a/b", True, id="globstar-is-nothing"),
        pytest.param("a/**/**/b", "a/x/y/b", True, id="two-globstars"),
        pytest.param("**.md", "a/b.md", True, id="globstar-glued-to-an-extension"),
        pytest.param("**.{md,mdx}", "a/b.mdx", True, id="globstar-glued-to-extensions"),
        pytest.param("a**", "ab/c", False, id="glued-stars-are-one"),
        pytest.param("***", "a/b", False, id="three-stars-are-one"),
        pytest.param(".github/**", ".github/a/b", True, id="hidden-folder-is-meant"),
        pytest.param(".github/**", ".github/a/.b", False, id="hidden-below-a-hidden-folder"),
        pytest.param("./a", "a", True, id="leading-dot-slash"),
        pytest.param("a/", "a", False, id="folder-only"),
        pytest.param("?", "é", True, id="any-character"),
        pytest.param("?", "/", False, id="any-is-no-slash"),
        pytest.param("[a-c]", "b", True, id="class"),
        pytest.param("[^a-c]", "b", False, id="class-negated"),
        pytest.param("[!a]", "a", True, id="class-of-a-bang"),
        pytest.param("[]a]", "]", True, id="class-with-a-bracket"),
        pytest.param("[^]", "^", False, id="no-class"),
        pytest.param("[a-]", "-", True, id="class-with-a-hyphen"),
        pytest.param(r"[\]a]", "]", True, id="class-with-an-escape"),
        pytest.param("[[:digit:]x]", "7", True, id="class-with-a-name"),
        pytest.param("[+-9]", "/", False, id="class-around-a-slash"),
        pytest.param("[.]a", ".a", False, id="class-and-a-hidden-name"),
        pytest.param("[a", "[a", True, id="class-left-open"),
        pytest.param("x[a", "x[a", True, id="class-left-open-later"),
        pytest.param("{a,b}/c", "b/c", True, id="braces"),
        pytest.param("{a,b/{c,d}}", "b/d", True, id="braces-in-braces"),
        pytest.param("a{,b}", "a", True, id="braces-with-nothing"),
        pytest.param("{a}*", "{a}x", True, id="braces-around-one"),
        pytest.param("{a*", "{ab", True, id="braces-left-open"),
        pytest.param("a}*", "a}b", True, id="braces-only-closed"),
        pytest.param("{(a}*", "{(a}b", True, id="brackets-across-each-other"),
        pytest.param("v{1..12}", "v10", True, id="range"),
        pytest.param("v{12..1}", "v13", False, id="range-backwards"),
        pytest.param("v{08..10}", "v09", True, id="range-of-one-width"),
        pytest.param("v{1..9..3}", "v7", True, id="range-with-a-step"),
        pytest.param("v{1..9..3}", "v8", False, id="range-with-a-step-between"),
        pytest.param("v{-1..1}", "v-1", True, id="range-below-nought"),
        pytest.param("{a..c}", "b", True, id="range-of-letters"),
        pytest.param("{a..3}*", "{a..3}", True, id="no-range"),
        pytest.param(r"\*", "*", True, id="escaped"),
        pytest.param(r"\*", "a", False, id="escaped-star"),
        pytest.param(r"\{a,b}*", "{a,b}", True, id="escaped-brace"),
        pytest.param(r"\(a|b)*", "(a|b)c", True, id="escaped-parenthesis"),
        pytest.param("a*\\", "ab\\", True, id="backslash-at-the-end"),
        pytest.param("!a", "b", True, id="negated"),
        pytest.param("!{a,b}", "b", False, id="negated-braces"),
        pytest.param("!!a", "a", True, id="negated-twice"),
        pytest.param("!a", "", False, id="negated-and-nothing"),
        pytest.param("a!b*", "a!bc", True, id="bang-inside"),
        pytest.param("A*", "ab", False, id="case"),
        pytest.param("a|b*", "a|b", True, id="bar"),
        pytest.param("#*", "#a", True, id="hash"),
        pytest.param("a(b|c)", "ac", True, id="parentheses"),
        pytest.param("@(a|b)c", "bc", True, id="one-of"),
        pytest.param("a@(a|b*", "a@(a|bc", True, id="group-left-open"),
        pytest.param("?(a)b", "b", True, id="one-or-none"),
        pytest.param("+(a|b)", "abba", True, id="one-or-more"),
        pytest.param("+(ab|c)", "abcab", True, id="one-or-more-of-several"),
        pytest.param("+(a|b)", "", False, id="one-or-more-and-none"),
        pytest.param("*(a|b)c", "c", True, id="any-number"),
        pytest.param("+([0-9]).md", "12.md", True, id="group-of-a-class"),
        pytest.param("+([^a])", ".b", False, id="group-and-a-hidden-name"),
        pytest.param("!(a|b)", "c", True, id="anything-but"),
        pytest.param("!(a|b)", "a", False, id="anything-but-this"),
        pytest.param("!(*.md)", "a.md", False, id="anything-but-a-star"),
        pytest.param("!(a)/b", ".x/b", True, id="anything-but-is-hidden-too"),
        pytest.param("*.!(md)", "a.b.md", True, id="exclusion-at-a-later-place"),
        pytest.param("*.!(md)", "a.md", False, id="exclusion-at-every-place"),
        pytest.param("!(!(a))", "a", True, id="exclusion-in-an-exclusion"),
        pytest.param("**/+(a)/**", "x/aa/y", True, id="group-between-globstars"),
        pytest.param("+(a)/**", "aa", True, id="group-before-a-globstar"),
        pytest.param("+(a)*/**", "aa", False, id="group-and-a-star-before-a-globstar"),
        pytest.param("+(a)/**/*", "aa/x/y", True, id="group-and-a-lone-star"),
        pytest.param("!!+(a)", "aa", True, id="group-negated-twice"),
        pytest.param("!+(a)", "aa", False, id="group-negated"),
        pytest.param("!+(a)", "", False, id="group-negated-and-nothing"),
        pytest.param("x{a,+(b)}", "xa", True, id="group-in-braces"),
        pytest.param("+({a,b}c|?(d)e)", "acbcede", True, id="braces-in-a-group"),
        pytest.param("*" + "a" * 120 + "*", "xy" + "a" * 120, True, id="long-search"),
        pytest.param("**/" + "a/" * 60 + "*", "x/" + "a/" * 60 + "b", True, id="long-run"),
    ],
)
def test_a_path_matches(pattern: str, path: str, *, matches: bool) -> None:
    assert compile_globs([pattern])(path) is matches
    assert emulated([pattern], path, dot=False) is matches


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("**", "a/.b/c"),
        ("*", ".a"),
        ("a/**", "a/.b"),
        ("**/*.md", ".a/.b.md"),
        ("[.]a", ".a"),
        ("+(?)", ".a"),
        ("**/x/**", ".a/x/.b"),
    ],
)
def test_dot_covers_hidden_names(pattern: str, path: str) -> None:
    assert compile_globs([pattern], dot=True)(path)
    assert not compile_globs([pattern])(path)


def test_a_list_matches_what_one_of_its_patterns_matches() -> None:
    matches = compile_globs(["docs/**", "**/*.md", "+(a|b)", "README*", "docs/plain.txt", "docs/**"])
    assert [
        path
        for path in ("docs/x", "a/b.md", "ab", "README", "README2", "docs/plain.txt")
        if not matches(path)
    ] == []
    assert not matches("src/x.py")


def test_no_patterns_match_nothing() -> None:
    assert not compile_globs([])("a")


def test_a_pattern_matches_its_own_text() -> None:
    assert compile_globs(["a[b](c){d,e}"])("a[b](c){d,e}")


@pytest.mark.parametrize(
    "pattern",
    [
        pytest.param("", id="empty"),
        pytest.param("!", id="nothing-negated"),
        pytest.param("./", id="nothing-but-the-folder"),
        pytest.param("a\0*", id="nul"),
        pytest.param("*" * 4097, id="long"),
        pytest.param("{a,b}" * 10, id="many"),
        pytest.param("{1..1001}", id="range"),
        pytest.param("{1..999999999}", id="large-range"),
        pytest.param("{1..900}" + "x" * 200, id="many-long-ones"),
        pytest.param("{" * 30 + "a,b" + "}" * 30, id="deep"),
        pytest.param("+(" * 30 + "a" + ")" * 30, id="deep-groups"),
        pytest.param("[z-a]", id="class-backwards"),
        pytest.param("[[:nothing:]]", id="class-unknown"),
        pytest.param("*!(*a)", id="exclusion-at-every-place"),
        pytest.param("+(a)!(+(b))", id="exclusion-behind-a-group"),
        pytest.param("+(!(*a))", id="exclusion-repeated"),
        pytest.param("+(+(ab|cd)|ef)", id="repeats-in-repeats"),
        pytest.param("?(a)" * 9 + "+(ab|c)", id="groups-multiplied"),
    ],
)
def test_a_pattern_is_refused(pattern: str) -> None:
    with pytest.raises(UsageError):
        compile_globs([pattern])


def test_patterns_are_refused_together() -> None:
    with pytest.raises(UsageError, match="together"):
        compile_globs([f"{{1..900}}{number}xxxxxxxxxx*" for number in range(20)])


@pytest.mark.parametrize("dot", [True, False])
@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        pytest.param("**/a/" * 50 + "b", "a/" * 400 + "c", id="globstars"),
        pytest.param("*a" * 40 + "b", "a" * 4096, id="stars"),
        pytest.param("**/*a*a*b/" * 20 + "c", "aaaaaaaa/" * 450, id="stars-between-globstars"),
        pytest.param("**/a/**/*a/**/" + "*/" * 30 + "b/**", "a/" * 2048, id="names-between-globstars"),
        pytest.param("{a,b,*a,**/a}" * 4 + "/c", "a/" * 2048, id="braces"),
        pytest.param("+(a|aa|aaa)b", "a" * 4096, id="group"),
        pytest.param("*(*(a|b)|a)c", "ab" * 2048, id="groups-in-groups"),
        pytest.param("*!(a|aa|b)c", "a" * 4096, id="exclusion"),
        pytest.param("+(a)" * 30 + "b", "a" * 4096, id="groups"),
        pytest.param("[" * 4096, "[" * 4095, id="classes-left-open"),
    ],
)
def test_what_would_never_end_elsewhere_ends(pattern: str, path: str, *, dot: bool) -> None:
    assert not compile_globs([pattern], dot=dot)(path)
    assert not emulated([pattern], path, dot=dot)


@pytest.mark.parametrize(
    "patterns",
    [["a" * number + "*" for number in range(1, 600)], [f"{'a*' * number}b" for number in range(1, 200)]],
)
def test_beginnings_are_shared_only_so_far(patterns: list[str]) -> None:
    assert compile_globs(patterns)("a" * 700 + "b")


def test_each_pattern_says_what_its_definition_says() -> None:
    chance = random.Random(20260)  # noqa: S311  (a test's own chance)
    refused = 0
    for number in range(CASES // PATHS):
        items = naive_globs.chance_pattern(chance, groups=number % 2 == 0)
        pattern, dot = naive_globs.written(items), chance.random() < 0.5
        paths = [naive_globs.chance_path(chance) for _ in range(PATHS)]
        try:
            ours = compile_globs([pattern], dot=dot)
        except UsageError:
            refused += 1
            continue
        for path in paths:
            wanted = naive_globs.matches(items, path, dot=dot)
            assert (ours(path), emulated([pattern], path, dot=dot)) == (wanted, wanted), (pattern, path, dot)
    assert refused < CASES // PATHS / 5


def test_a_list_says_what_its_patterns_say_by_definition() -> None:
    chance = random.Random(2026)  # noqa: S311  (a test's own chance)
    for number in range(CASES // PATHS // 5):
        several = [naive_globs.chance_pattern(chance, groups=False) for _ in range(5)]
        dot = number % 2 == 0
        ours = compile_globs([naive_globs.written(items) for items in several], dot=dot)
        for path in [naive_globs.chance_path(chance) for _ in range(PATHS)]:
            assert ours(path) is any(naive_globs.matches(items, path, dot=dot) for items in several), path


@given(st.text("ab*?[]{}()!+@,|.\\/^-1", max_size=12), st.text("ab./*[{(!", max_size=8), st.booleans())
def test_any_text_is_a_pattern_or_refused(pattern: str, path: str, dot: bool) -> None:  # noqa: FBT001
    try:
        matches = compile_globs([pattern], dot=dot)
    except UsageError:
        reject()
    assert matches(pattern) is True
    assert matches(path) is emulated([pattern], path, dot=dot)
