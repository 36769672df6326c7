"""Names that are safe on every file system, and names that some take for one."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sync_world import plan_of
from timing import assert_grows_gently

from codex_action.refs.paths import is_safe_path
from codex_action.sync.names import Twins, fold, twins, unsafe, within

SAFE = (
    "a", "README.md", "docs/a.md", "docs/deep/er/a b.md", ".hidden", ".github/dependabot.yml", "a..b", "v1..v2.md", "...x", "docs/~a", "~a", "-rf",
    "文档.md", "é.md", "e\u0301.md", "$(id).md", "`x`", "a;b", "a|b", "a*b", "a?b", 'a"b', "a'b", "##[set-output]", "%2e%2e/a",
    "console.md", "connect", "auxiliary/a", "null", "com", "com10", "lpt", "comb1", "prn1", "a.con", "x/y.nul", "a" * 255, "\U0001f600.md",
    "a\u200eb.md",
)  # fmt: skip
UNSAFE = {
    "": "is empty",
    "/etc/passwd": "is absolute",
    "//server/share": "is absolute",
    "..": "climbs",
    "../a": "climbs",
    "a/../../b": "climbs",
    "a/..": "climbs",
    "::set-output name=x": "stream",
    "a//b": "empty segment",
    "a/": "empty segment",
    "./a": "'.' segment",
    "a/./b": "'.' segment",
    ".": "'.' segment",
    "a\0b": "control",
    "a\nb": "control",
    "a\x1b[31m": "control",
    "a\x7f": "control",
    "\udcff.md": "UTF-8",
    "a\\b": "backslash",
    "..\\a": "backslash",
    "\\\\server\\share": "backslash",
    "C:/a": "drive",
    "c:a": "drive",
    "docs/a:b": "stream",
    "a.md::$DATA": "stream",
    "a.": "dot or a space",
    "a ": "dot or a space",
    "docs./a": "dot or a space",
    "docs /a": "dot or a space",
    "...": "dot or a space",
    "con": "device",
    "CON.md": "device",
    "docs/Nul.txt": "device",
    "aux.tar.gz": "device",
    "prn .md": "device",
    "COM1": "device",
    "lpt9.x": "device",
    "com\xb9": "device",
    "conin$": "device",
    "CLOCK$.md": "device",
    "nul/a.md": "device",
    "a" * 256: "longer than 255 bytes",
    "é" * 128: "longer than 255 bytes",
    "/".join(["a" * 200] * 21): "longer than 4096 bytes",
}


@pytest.mark.parametrize("path", SAFE, ids=ascii)
def test_safe(path: str) -> None:
    assert unsafe(path) is None


@pytest.mark.parametrize(("path", "reason"), UNSAFE.items(), ids=ascii)
def test_unsafe(path: str, reason: str) -> None:
    assert reason in str(unsafe(path))


@pytest.mark.parametrize("path", [path for path in UNSAFE if path], ids=ascii)
def test_no_plan_writes_what_is_unsafe(path: str) -> None:
    for plan in (plan_of({path: "1"}, {}), plan_of({}, {path: "1"})):
        assert len(plan.actions) == 1
        assert plan.refusals[0].gate == "names"


@given(st.text(alphabet="ab./\\:~% \0\n\u202eCcOoNn1é", max_size=12))
def test_what_is_safe_here_is_safe_in_a_reference(path: str) -> None:
    """A reference may not start with '~' or a scheme, either: it is text for people, too."""
    if unsafe(path) is None and not path.startswith("~") and path.strip():
        assert is_safe_path(path)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("README.md", "readme.MD"),
        ("é", "e\u0301"),
        ("É.md", "e\u0301.md"),
        ("straße", "STRASSE"),
        ("ſ", "S"),
        ("\u212a", "k"),
        ("Ω", "\u2126"),
        ("ﬁ", "FI"),
        ("가", unicodedata.normalize("NFD", "가")),
        ("σ", "ς"),
    ],
    ids=ascii,
)
def test_names_that_fold_alike(one: str, other: str) -> None:
    assert fold(one) == fold(other)
    assert twins([one], [other]) == [Twins(min(one, other), max(one, other))]
    assert twins([f"{one}/a"], [f"{other}/b"]) == [Twins(f"{min(one, other)}/", f"{max(one, other)}/")]


@pytest.mark.parametrize(
    ("one", "other"), [("a", "b"), ("a", "á"), ("i", "ı"), ("1", "¹"), ("ab", "a b")], ids=ascii
)
def test_names_that_do_not(one: str, other: str) -> None:
    assert fold(one) != fold(other)
    assert twins([one], [other]) == []


# The paths asked for, the files of the tree, and the names that collide.
TWINS: dict[str, tuple[list[str], list[str], list[tuple[str, str]]]] = {
    "nothing": ([], ["a", "A"], []),
    "itself": (["a/b"], ["a/b", "a/c"], []),
    "a file": (["docs/A.md"], ["docs/a.md", "docs/b.md"], [("docs/A.md", "docs/a.md")]),
    "two of those asked for": (["a", "A"], [], [("A", "a")]),
    "three": (["ab"], ["AB", "Ab"], [("AB", "ab"), ("Ab", "ab")]),
    "a folder": (["docs/a.md"], ["Docs/b.md"], [("Docs/", "docs/")]),
    "a folder high up": (["x/docs/deep/a.md"], ["X/other.md"], [("X/", "x/")]),
    "a folder and a file in it": (
        ["docs/a.md"],
        ["Docs/A.md"],
        [("Docs/", "docs/"), ("Docs/A.md", "docs/a.md")],
    ),
    "a file where a folder is": (["docs"], ["docs/a.md"], [("docs", "docs/")]),
    "a folder where a file is": (["docs/a.md"], ["docs"], [("docs", "docs/")]),
    "a file where a folder is, in other case": (["Docs"], ["docs/x/a.md"], [("Docs", "docs/")]),
    "asked for twice": (["a", "a"], ["A", "A"], [("A", "a")]),
    "not asked for": (["x"], ["a", "A", "b/c", "B/d"], []),
}


@pytest.mark.parametrize(("paths", "files", "expected"), TWINS.values(), ids=TWINS.keys())
def test_twins(paths: list[str], files: list[str], expected: list[tuple[str, str]]) -> None:
    assert twins(paths, files) == expected


NAMES = st.lists(st.sampled_from(["a", "A", "b", "é", "e\u0301", "É"]), min_size=1, max_size=3).map("/".join)


def slow_twins(paths: list[str], files: list[str]) -> set[frozenset[str]]:
    """Every pair, one by one."""

    def names(path: str) -> set[str]:
        parts = path.split("/")
        return {path, *("/".join(parts[:end]) + "/" for end in range(1, len(parts)))}

    ours = set().union(*map(names, paths))
    every = ours.union(*map(names, files))
    return {
        frozenset((a, b))
        for a in ours
        for b in every
        if a != b and fold(a.rstrip("/")) == fold(b.rstrip("/"))
    }


@given(st.lists(NAMES, max_size=4), st.lists(NAMES, max_size=8))
def test_twins_of_any_names(paths: list[str], files: list[str]) -> None:
    assert {frozenset(pair) for pair in twins(paths, files)} == slow_twins(paths, files)


def test_twins_of_a_deep_path() -> None:
    deep = "/".join("a" * 1500)
    assert twins([deep], [deep.upper()])[0] == Twins("A/", "a/")


def test_many_twins_take_little_longer() -> None:
    def work(size: int) -> object:
        return twins([f"d{n % 50}/File{n}" for n in range(size)], [f"D{n % 50}/file{n}" for n in range(size)])

    assert_grows_gently(work, 1000)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("a", None),
        ("docs", "no"),
        ("docs/a", "no"),
        ("docs/x/y", "no"),
        ("docs2", None),
        ("x/docs", None),
        ("", None),
    ],
)
def test_within(path: str, expected: str | None) -> None:
    assert within(path, {"docs": "no"}) == expected
