from __future__ import annotations

import time

import pytest

from codex_action.checks.listing import Listing, Nearest

PATHS = [
    "README.md",
    "docs/guide.md",
    "docs/api/index.md",
    "docs/api/errors.md",
    "docs/Setup.md",
    "docs/both.md",
    "docs/Both.md",
    "src/a/__init__.py",
    "src/b/__init__.py",
]
HAS = {
    "a file": ("docs/guide.md", True),
    "a file at the root": ("README.md", True),
    "a folder": ("docs/api", True),
    "a folder of folders": ("src", True),
    "part of a name": ("docs/gui", False),
    "part of a folder's name": ("doc", False),
    "other letter case": ("docs/setup.md", False),
    "a folder in other letter case": ("Docs", False),
    "missing": ("docs/none.md", False),
    "nothing": ("", False),
}
OTHER_CASE = {
    "one": ("docs/setup.md", "docs/Setup.md"),
    "a folder's case": ("Docs/API/index.md", "docs/api/index.md"),
    "two": ("docs/BOTH.md", None),
    "missing": ("docs/none.md", None),
}
NEAREST = {
    "the same name elsewhere": ("docs/errors.md", Nearest("docs/api/errors.md", clear=True)),
    "the same name in other letter case": ("ERRORS.md", Nearest("docs/api/errors.md", clear=True)),
    "the same name in two places alike": ("src/c/__init__.py", Nearest("src/a/__init__.py", clear=False)),
    "a slip of the pen": ("docs/giude.md", Nearest("docs/guide.md", clear=True)),
    "in the next folder": ("docs/apis/error.md", Nearest("docs/api/errors.md", clear=True)),
    "nothing like it": ("zzz/unheard-of.xyz", None),
}


@pytest.mark.parametrize(("path", "expected"), HAS.values(), ids=HAS.keys())
def test_has(path: str, expected: bool) -> None:  # noqa: FBT001
    assert Listing(PATHS).has(path) is expected


@pytest.mark.parametrize(("path", "expected"), OTHER_CASE.values(), ids=OTHER_CASE.keys())
def test_other_case(path: str, expected: str | None) -> None:
    assert Listing(PATHS).other_case(path) == expected


@pytest.mark.parametrize(("path", "expected"), NEAREST.values(), ids=NEAREST.keys())
def test_nearest(path: str, expected: Nearest | None) -> None:
    listing = Listing(PATHS)
    assert listing.nearest(path) == expected
    assert listing.nearest(path) is listing.nearest(path)


def test_an_empty_listing_has_nothing() -> None:
    empty = Listing(())
    assert (empty.has("a"), empty.other_case("a"), empty.nearest("a")) == (False, None, None)
    assert empty.complete


def test_what_it_was_given_stays() -> None:
    paths = frozenset(PATHS)
    listing = Listing(paths, ["new.md"], complete=False)
    assert listing.paths is paths
    assert listing.untracked == {"new.md"}
    assert not listing.complete


def test_the_nearest_of_a_full_folder_is_found_among_its_first() -> None:
    crowded = Listing([f"docs/page-{number:04}.md" for number in range(700)] + ["other/page-9999.md"])
    nearest = crowded.nearest("docs/page-0001.mdx")
    assert nearest is not None
    assert nearest.path.startswith("docs/page-0")
    assert not nearest.clear


def test_ten_thousand_paths_are_quick() -> None:
    paths = [
        f"docs/{number // 100}/README.md" if number % 100 == 0 else f"docs/{number // 100}/{number}.md"
        for number in range(10_000)
    ]
    listing = Listing(paths)
    start = time.perf_counter()
    for number in range(20):
        assert not listing.has(f"docs/{number}/missing-{number}.md")
        listing.nearest(f"docs/{number}/missing-{number}.md")
        assert listing.nearest(f"other/{number}/README.md") is not None
    assert time.perf_counter() - start < 10
