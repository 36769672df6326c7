"""What is at a place, and is not listed: nobody may take it for deleted."""

from __future__ import annotations

import concurrent.futures.thread  # noqa: F401  (another user may not be able to import it)
import contextlib
import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from sync_folders import Pair
from sync_world import EMPTY, RULES, remembered
from trees import Tree as Repository

from codex_action.remote.git import Git
from codex_action.sync.sides import project_folder
from codex_action.sync.unlisted import with_unlisted

WAYS = ("git", "stat", "full")
IGNORED = "git ignores it"


@pytest.fixture
def pair(open_folder: Path) -> Pair:
    """Both sides have `docs/a.md` in a working tree; nothing is committed, so that git knows it from the disk alone."""
    made = Pair(open_folder / "pair")
    for side, root in (("local", made.local), ("codex", made.codex)):
        made.write(side, {"docs/a.md": "1", "z.md": "1"})
        Repository(root).git("init", "--quiet")
    return made


def other(root: Path, what: str) -> None:
    """Put something else in the place of `docs/a.md`, or hide it."""
    path = root / "docs/a.md"
    if what == "ignored":
        (root / ".gitignore").write_text("docs/\n")
    elif what == "shut":
        path.parent.chmod(0)
    elif what == "unlisted":
        path.parent.chmod(0o311)
    elif what == "way":
        path.unlink()
        path.parent.rmdir()
        os.mkfifo(path.parent)
    else:
        path.unlink()
        {"pipe": os.mkfifo, "link": lambda to: os.symlink("../z.md", to), "gone": lambda _: None, "folder": os.mkdir}[
            what
        ](path)  # fmt: skip
    if what == "link":
        (root / ".gitignore").write_text("docs/\n")


CASES = {
    "ignored": ({"docs/a.md": IGNORED}, {}),
    "shut": ({"docs": "cannot be read: permission denied"}, {}),
    "unlisted": ({"docs": "cannot be read: permission denied"}, {}),
    "way": ({"docs/a.md": "cannot be read: a part of its path is no folder"}, {}),
    "pipe": ({}, {"docs/a.md": "is a pipe"}),
    "link": ({"docs/a.md": "is a symbolic link"}, {}),
    "gone": ({}, {}),
    "folder": ({}, {}),
}


@pytest.mark.parametrize("known", ["remembered", "on the other side"])
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("side", ["local", "codex"])
@pytest.mark.parametrize("what", CASES)
def test_what_is_there_is_told(
    what: str, side: str, way: str, known: str, pair: Pair, as_user: object
) -> None:
    shut = what in ("shut", "unlisted")
    if shut and os.geteuid() != 0:
        pytest.skip("only root becomes another user")
    root = pair.local if side == "local" else pair.inside
    other(root, what)
    manifest = remembered({"docs/a.md": "1"}) if known == "remembered" else EMPTY
    with as_user() if shut else contextlib.nullcontext():  # type: ignore[operator]
        local, codex = pair.scan(manifest, way=way, git=partial(Git, trusted=True))
    if shut:
        (root / "docs").chmod(0o755)
    found, untouched = (local, codex) if side == "local" else (codex, local)
    assert (dict(found.tree.passed), dict(found.tree.strange)) == CASES[what]
    assert "docs/a.md" not in found.tree.files
    assert (dict(untouched.tree.passed), "docs/a.md" in untouched.tree.files) == ({}, True)


@pytest.mark.parametrize("pattern", ["docs/**", "docs/**/*.md"])
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("side", ["local", "codex"])
def test_a_folder_that_git_cannot_read_is_told(
    side: str, way: str, pattern: str, pair: Pair, as_user: Callable[[], AbstractContextManager[None]]
) -> None:
    """Nothing is known of what is in it: git warns, and goes on."""
    if os.geteuid() != 0:
        pytest.skip("only root becomes another user")
    pair.rules = replace(RULES, patterns=(pattern,))
    pair.write(side, {"docs/n\u00e9w 'x'/b.md": "1", "elsewhere/c.md": "1"})
    root = pair.local if side == "local" else pair.inside
    for name in ("docs/n\u00e9w 'x'", "elsewhere"):
        (root / name).chmod(0)
    with as_user():
        found = pair.scan(EMPTY, way=way, git=partial(Git, trusted=True))[side == "codex"]
    for name in ("docs/n\u00e9w 'x'", "elsewhere"):
        (root / name).chmod(0o755)
    assert dict(found.tree.passed) == {"docs/n\u00e9w 'x'": "cannot be read: permission denied"}
    assert list(found.tree.files) == ["docs/a.md"]


def test_what_the_rules_have_left_is_not_looked_for(pair: Pair) -> None:
    pair.rules = replace(RULES, patterns=("*.md",))
    local, codex = pair.scan(remembered({"docs/a.md": "1"}))
    assert (dict(local.tree.passed), dict(codex.tree.passed)) == ({}, {})


def test_a_document_of_others_that_the_codex_repository_ignores_stays_here(pair: Pair) -> None:
    place = ".fractary/codex/shared/umbrella/site/a.md"
    pair.rules = replace(RULES, from_codex=("codex://umbrella/site/**",))
    pair.write("local", {place: "1"})
    source = pair.codex / pair.rules.folder_of("site") / "a.md"
    source.parent.mkdir(parents=True)
    source.write_text("1")
    assert pair.scan(remembered({place: "1"}))[1].tree.files[place]
    (pair.codex / ".gitignore").write_text("site/\n")
    codex = pair.scan(remembered({place: "1"}))[1].tree
    assert (place in codex.files, dict(codex.passed)) == (False, {place: IGNORED})


def test_a_file_of_another_spelling_is_no_second_one(pair: Pair) -> None:
    """Where a file system takes both names for one (here they are), the old name is gone."""
    local, _ = pair.scan(EMPTY)
    os.link(pair.local / "docs/a.md", pair.local / "docs/A.md")
    folder = project_folder(str(pair.local), RULES)
    assert with_unlisted(folder, local, ["docs/A.md"]) == local
    (pair.local / "docs/A.md").unlink()
    (pair.local / "docs/A.md").write_text("2")
    assert dict(with_unlisted(folder, local, ["docs/A.md"]).tree.passed) == {"docs/A.md": IGNORED}
    (pair.local / "docs/a.md").unlink()
    assert dict(with_unlisted(folder, local, ["docs/A.md"]).tree.passed) == {"docs/A.md": IGNORED}


def test_what_comes_while_a_folder_is_read_is_told(tmp_path: Path) -> None:
    """In a folder without git."""
    pair = Pair(tmp_path)
    local, _ = pair.scan(EMPTY)
    pair.write("local", {"late.md": "1"})
    found = with_unlisted(project_folder(str(pair.local), RULES), local, ["late.md"])
    assert dict(found.tree.passed) == {"late.md": "came while its folder was read"}
