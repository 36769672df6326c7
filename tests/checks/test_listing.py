from __future__ import annotations

from typing import Callable

import pytest
from programs import RunCli
from timing import assert_grows_gently, taken
from trees import Tree

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


# path, the only document, clear?
CLEAR = {
    "a slip of the pen": ("docs/giude.md", "docs/guide.md", True),
    "another number": ("docs/SPEC-00020.md", "docs/SPEC-00021.md", False),
    "a number more": ("docs/guide-1.md", "docs/guide.md", False),
    "another version": ("docs/release-notes-v1.md", "docs/release-notes-v2.md", False),
    "another version's folder": ("docs/v1/guide.md", "docs/v2/guide.md", False),
    "another version's folder, another name": ("docs/v1/giude.md", "docs/v2/guide.md", False),
    "another system": ("setup-linux.md", "setup-macos.md", False),
    "a name moved": ("docs/billing.md", "archive/2023/billing.md", True),
    "an index elsewhere": ("billing/index.md", "archive/index.md", False),
    "a README elsewhere": ("billing/README.md", "archive/README.md", False),
    "a README in the same tree": ("docs/billing/README.md", "docs/money/billing/README.md", True),
}


@pytest.mark.parametrize(("path", "there", "clear"), CLEAR.values(), ids=CLEAR.keys())
def test_what_is_clear_enough_to_be_written(path: str, there: str, clear: bool) -> None:  # noqa: FBT001
    nearest = Listing([there, "unlike/anything-else.txt"]).nearest(path)
    assert nearest is None or nearest.path == there
    assert (nearest is not None and nearest.clear) is clear


@pytest.mark.parametrize(("path", "there", "clear"), CLEAR.values(), ids=CLEAR.keys())
def test_only_what_is_clear_is_written(
    path: str,
    there: str,
    clear: bool,  # noqa: FBT001
    make_project: Callable[..., Tree],
    run_cli: RunCli,
) -> None:
    wrong, right = (f"codex://umbrella/handbook/{name}\n" for name in (path, there))
    tree = make_project({there: "x\n", "page.txt": wrong})
    result = run_cli("validate", "refs", "--fix", "--unsafe-fixes", "page.txt", "--json", cwd=tree.root)
    assert tree.read("page.txt").decode() == (right if clear else wrong)
    assert result.rules == ([] if clear else ["CODEX020"])


def test_a_folder_in_other_letter_case(project: Tree, run_cli: RunCli) -> None:
    assert Listing(PATHS).other_case("Docs/API") == "docs/api"
    project.write({"a.md": "codex://umbrella/handbook/Docs/API\n"})
    result = run_cli("validate", "refs", "a.md", "--json", cwd=project.root)
    assert result.rules == ["CODEX030"]
    assert result.data["findings"][0]["suggestion"] == "codex://umbrella/handbook/docs/api"


@pytest.mark.slow
def test_names_are_compared_for_the_first_three_hundred_only() -> None:
    listing = Listing([f"docs/chapter-{number:03}.md" for number in range(500)])
    missing = [f"docs/chaptre-{number}.md" for number in range(400)]
    near = [listing.nearest(path) is not None for path in missing]
    assert near == [True] * 300 + [False] * 100
    assert listing.nearest("moved/chapter-007.md") == Nearest("docs/chapter-007.md", clear=True)
    assert listing.nearest(missing[0]) is not None


@pytest.mark.slow
def test_ten_times_as_many_missing_paths_do_not_take_ten_times_as_long() -> None:
    paths = [f"docs/chapter-{number:03}.md" for number in range(500)]

    def ask(size: int) -> None:
        listing = Listing(paths)
        for number in range(size):
            listing.nearest(f"docs/chaptre-{number}.md")

    assert taken(ask, 4_000) < 4 * max(taken(ask, 400), taken(ask, 400))


def test_ten_times_as_many_paths_take_ten_times_as_long() -> None:
    def ask(size: int) -> None:
        listing = Listing(
            f"docs/{number // 100}/README.md" if number % 100 == 0 else f"docs/{number // 100}/{number}.md"
            for number in range(size)
        )
        for number in range(5):
            assert not listing.has(f"docs/{number}/missing-{number}.md")
            listing.nearest(f"docs/{number}/missing-{number}.md")
            assert listing.nearest(f"other/{number}/README.md") is not None

    assert_grows_gently(ask, 1_000)
