"""Which manifests of a checkout are to be remembered, and what is true of the commit that they were made in."""

from __future__ import annotations

import os
import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from sync_project import MANIFEST
from sync_world import EMPTY, remembered
from trees import Tree, bare, repository

from codex_action.errors import StorageError, UsageError
from codex_action.remote.git import Git
from codex_action.remote.upstream import Upstream
from codex_action.sync.manifest import read_manifest, write_manifest
from codex_action.sync.manifests import Changed, Clock, changed, is_ignored, remember

WEB = f"web/{MANIFEST}"
SHARED = f".fractary/codex/shared/umbrella/other/{MANIFEST}"


@pytest.fixture
def place(tmp_path: Path) -> Tree:
    return repository(tmp_path / "place", {"docs/a.md": "a", "web/b.md": "b", WEB: "old"})


def found(place: Tree, folder: str = ".") -> dict[str, Changed]:
    return {one.path: one for one in changed(Git, str(place.root / folder))}


def test_those_that_are_not_as_they_are_committed(place: Tree) -> None:
    assert found(place) == {}
    place.write({MANIFEST: "new", WEB: "newer"})
    for folder in (".", "web", "docs"):
        rows = found(place, folder)
        assert {path: (one.base, one.ours) for path, one in rows.items()} == {
            MANIFEST: (None, b"new"),
            WEB: (b"old", b"newer"),
        }


def test_what_is_staged_counts_as_it_is_on_disk(place: Tree) -> None:
    place.write({WEB: "staged"})
    place.git("add", "--all")
    assert found(place)[WEB].base == b"old"
    place.write({WEB: "old"})
    assert found(place) == {}


def test_what_is_no_manifest_of_a_project_here(place: Tree) -> None:
    """Ignored, gone, of a document that came, of another repository or a package, or only named alike."""
    place.write({".gitignore": "/x/\n", f"x/{MANIFEST}": "new", SHARED: "new", f"y{MANIFEST}": "new"})
    place.write({f"packages/left-pad/{MANIFEST}": "new", "packages/left-pad/index.js": "x"})
    repository(place.root / "codex", {MANIFEST: "new"})
    (place.root / WEB).unlink()
    assert found(place) == {}


def test_in_a_repository_without_a_commit(tmp_path: Path) -> None:
    place = Tree(tmp_path)
    place.git("init", "--quiet")
    place.write({MANIFEST: "new"})
    (one,) = found(place).values()
    assert (one.base, one.committed.has("docs/a.md")) == (None, False)


def test_a_project_that_syncs_for_the_first_time(place: Tree) -> None:
    place.write({f"docs/{MANIFEST}": "new"})
    assert list(found(place)) == [f"docs/{MANIFEST}"]


def test_what_the_branch_changed_since(place: Tree) -> None:
    place.write({WEB: "new"})
    row = found(place)[WEB]
    some = row.since(frozenset({"web/b.md", "c.md"})).committed.moved
    assert [some("b.md"), some("c.md")] == [True, False]
    assert row.since(None).committed.moved("c.md")


def test_a_manifest_that_git_ignores(place: Tree) -> None:
    web = Git(str(place.root / "web"))
    assert not is_ignored(Git(str(place.root)))
    place.write({MANIFEST: "new", ".gitignore": ".fractary/\n"})
    assert is_ignored(Git(str(place.root)))
    assert not is_ignored(web)  # git tracks it


def test_what_a_commit_has_and_holds(place: Tree) -> None:
    place.write({"web/c.md": "c", "web/d.md": "d", ".gitignore": "i.md\n"})
    place.commit()
    place.write({WEB: "new", "web/c.md": "changed", "web/new.md": "n", "web/i.md": "ignored"})
    (place.root / "web/d.md").unlink()
    committed = found(place)[WEB].committed
    paths = ("b.md", "c.md", "d.md", "new.md", "i.md")
    assert [(committed.has(path), committed.holds(path)) for path in paths] == [
        (True, True), (True, False), (True, False), (False, False), (False, False),
    ]  # fmt: skip


@pytest.mark.skipif(os.name == "nt", reason="links need a right there")
def test_a_link_is_not_read_through(place: Tree) -> None:
    (place.root / WEB).unlink()
    (place.root / WEB).symlink_to("../../b.md")
    with pytest.raises(StorageError, match="cannot be read: is a symbolic link"):
        found(place)


@pytest.mark.skipif(os.name == "nt", reason="links need a right there")
def test_a_link_on_the_branch_is_told_by_its_name_there(place: Tree, tmp_path: Path) -> None:
    server = bare(tmp_path / "server.git", {"web/b.md": "b"})
    server.git("config", "uploadpack.allowFilter", "true")
    other = Tree(tmp_path / "other")
    server.git("clone", "--quiet", f"file://{server.root}", str(other.root))
    (other.root / "web/.fractary/codex").mkdir(parents=True)
    (other.root / WEB).symlink_to("../../b.md")
    other.commit()
    other.git("push", "--quiet", "origin", "HEAD:main")
    place.write({WEB: "new"})
    upstream, clock = Upstream(f"file://{server.root}"), Clock(time.time, lambda _: None, random.random)
    with pytest.raises(StorageError, match=f"^'{WEB} on the branch' cannot be read: is a symbolic link"):
        remember(changed(Git, str(place.root)), upstream, "main", environ=os.environ, clock=clock)


def test_without_a_checkout_nothing_can_be_committed(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is no git checkout"):
        changed(Git, str(tmp_path))


def test_a_pause_grows_and_is_never_the_same_for_all() -> None:
    waited: list[float] = []
    for chance in (0.0, 1.0):
        clock = Clock(lambda: 0.0, waited.append, lambda chance=chance: chance)  # type: ignore[misc]
        for late in (1, 2, 3, 4, 5):
            clock.pause(late)
    assert waited == [1.0, 2.0, 4.0, 8.0, 8.0, 2.0, 4.0, 8.0, 16.0, 16.0]


def test_nothing_to_remember_asks_nobody() -> None:
    clock = Clock(lambda: 0.0, lambda _: None, lambda: 0.0)
    assert remember((), Upstream("https://nowhere.invalid/a/b.git"), "main", environ={}, clock=clock) is None


@pytest.mark.slow
def test_of_many_at_once_all_are_remembered(tmp_path: Path) -> None:
    """Each from a checkout of its own of the same commit; one of them removes what the others leave."""
    start = remembered({"left": "1", "gone": "1"}, rules_digest="r")
    files = {"left": "l", **{f"new-{number}": "n" for number in range(4)}}
    server = bare(tmp_path / "server.git", {MANIFEST: write_manifest(start), **files})
    server.git("config", "uploadpack.allowFilter", "true")
    url = f"file://{server.root}"
    barrier = threading.Barrier(4)

    def run(number: int) -> str | None:
        checkout = Tree(tmp_path / str(number))
        server.git("clone", "--quiet", url, str(checkout.root))
        new = remembered({"left": "1", f"new-{number}": "n"}).entries
        entries = {**start.entries, **new} if number else new
        checkout.write({MANIFEST: write_manifest(replace(start, entries=entries))})
        items = changed(Git, str(checkout.root))
        clock = Clock(time.time, lambda seconds: time.sleep(seconds / 20), random.random)
        barrier.wait()
        return remember(items, Upstream(url), "main", environ=os.environ, clock=clock)

    with ThreadPoolExecutor(4) as pool:
        commits = list(pool.map(run, range(4)))
    assert len({*commits}) == 4
    after = read_manifest(server.git("show", f"main:{MANIFEST}").encode(), EMPTY).manifest
    assert sorted(after.entries) == ["left", "new-0", "new-1", "new-2", "new-3"]
    assert server.git("rev-list", "--count", "main").strip() == "5"
    assert server.git("ls-tree", "-r", "--name-only", "main").split() == [MANIFEST, *sorted(files)]
