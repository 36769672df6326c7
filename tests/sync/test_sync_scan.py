"""A folder as a tree: three ways, one answer; and what is in a folder that is no document."""

from __future__ import annotations

import hashlib
import os
import pickle
import random
import socket
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Callable

import pytest
import sync_world
from sync_folders import Pair
from sync_world import EMPTY, RULES, digest, remembered
from trees import Tree as Repository

from codex_action.errors import ConfigurationError, GitError, StorageError
from codex_action.remote.git import Git
from codex_action.sync import looking
from codex_action.sync.apart import MANY, Scanned
from codex_action.sync.model import EXECUTABLE, FILE, Tree
from codex_action.sync.scan import scan
from codex_action.sync.side import Options
from codex_action.sync.sides import codex_folder, project_folder
from codex_action.sync.tree_git import list_git

WAYS = ("git", "stat", "full")
LATER = 10**6  # seconds: nothing that was just written is too young to be remembered
SHARED = ".fractary/codex/shared/umbrella"


@pytest.fixture
def pair(tmp_path: Path) -> Pair:
    return Pair(tmp_path)


def in_git(pair: Pair) -> tuple[Repository, Repository]:
    """Make both folders working trees with all their files committed."""
    both = Repository(pair.local), Repository(pair.codex)
    for tree in both:
        tree.git("init", "--quiet")
        tree.commit()
    return both


def seen(pair: Pair, way: str, memory: Path | None = None, **more: object) -> tuple[Tree, Tree]:
    import time

    options = {
        "way": way,
        "memory": str(memory) if memory else None,
        "now": lambda: time.time() + LATER,
        **more,
    }
    local, codex = pair.scan(EMPTY, **options)
    return local.tree, codex.tree


# --- one answer ---


def test_three_ways_have_one_answer_whatever_happens(pair: Pair, tmp_path: Path) -> None:
    """Edits, commits, new and lost files, modes, links: each way, with what it remembers, sees what the bytes say."""
    chance = random.Random(7)  # noqa: S311
    pair.write("local", {f"d{n % 5}/{n}.md": str(n) for n in range(40)})
    pair.write("codex", {f"d{n % 5}/{n}.md": str(n) for n in range(40)})
    trees = in_git(pair)
    memories = {way: tmp_path / way for way in WAYS}
    for folder in memories.values():
        folder.mkdir()
    for turn in range(25):
        edit(pair, trees, chance, turn)
        answers = {way: seen(pair, way, memories[way]) for way in WAYS}
        plain = seen(pair, "full")
        for way in WAYS:
            assert answers[way] == plain, way


@pytest.fixture
def apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each side as if another process had looked at it: what it gives is sent."""

    def sent(function: Callable[[object], object], items: Iterable[object], jobs: int) -> Iterator[object]:
        assert jobs == 2
        return (pickle.loads(pickle.dumps(function(item))) for item in items)  # noqa: S301

    monkeypatch.setattr("codex_action.sync.scan.MANY", 0)
    monkeypatch.setattr("codex_action.sync.scan.can_fork", lambda: True)
    monkeypatch.setattr("codex_action.sync.scan.map_processes", sent)


@pytest.mark.usefixtures("apart")
def test_sides_looked_at_apart_are_the_same(pair: Pair, tmp_path: Path) -> None:
    """Whatever the manifest knows of it, and of what is gone: what crosses over makes the whole again."""
    chance = random.Random(8)  # noqa: S311
    files = {f"d{n % 5}/{n}.md": str(n) for n in range(40)}
    pair.write("local", files)
    pair.write("codex", files)
    trees = in_git(pair)
    manifest = remembered({**files, "gone.md": "1", "d1/1.md": "older"})
    (tmp_path / "memory").mkdir()
    for turn in range(15):
        edit(pair, trees, chance, turn)
        for way in WAYS:
            options = {"way": way, "memory": str(tmp_path / "memory")}
            assert pair.scan(manifest, jobs=2, **options) == pair.scan(manifest, **options)


@pytest.mark.usefixtures("apart")
def test_equal_files_of_sides_looked_at_apart_are_not_held_again(pair: Pair) -> None:
    for side in ("local", "codex"):
        pair.write(side, {"a.md": "1"})
    for side in pair.scan(remembered({"a.md": "1"}), jobs=2):
        assert not side.tree.files.other
        assert list(side.tree.files) == ["a.md"]


@pytest.mark.usefixtures("apart")
def test_what_goes_wrong_apart_is_told_here(pair: Pair) -> None:
    (pair.local / ".git").write_text("gitdir: nowhere")
    with pytest.raises(GitError):
        pair.scan(EMPTY, jobs=2)


def test_two_processes_for_two_large_sides(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a process of its own, where nothing else runs: a test runner may have threads."""
    files = {f"{number:04}.md": str(number) for number in range(MANY)}
    pair.write("local", files)
    pair.write("codex", {**files, "0000.md": "other"})
    program = (
        "import os, sys\n"
        "from codex_action.sync import scan as room\n"
        "from sync_folders import Pair\n"
        "from sync_world import remembered\n"
        "from pathlib import Path\n"
        "forked = []\n"
        "os.register_at_fork(after_in_parent=lambda: forked.append(1))\n"
        "manifest = remembered({f'{n:04}.md': str(n) for n in range(room.MANY)})\n"
        "two = Pair(Path(sys.argv[1])).scan(manifest, way='full', jobs=2)\n"
        "one = Pair(Path(sys.argv[1])).scan(manifest, way='full')\n"
        "print(two == one, len(forked), len(two[1].tree.files))\n"
    )
    monkeypatch.setenv("PYTHONPATH", os.path.dirname(sync_world.__file__))
    done = subprocess.run(
        [sys.executable, "-c", program, str(pair.root)], capture_output=True, text=True, check=False
    )
    assert (done.stdout.split(), done.stderr) == (["True", "1", str(MANY)], "")


def edit(pair: Pair, trees: tuple[Repository, Repository], chance: random.Random, turn: int) -> None:
    side = chance.choice(("local", "codex"))
    root = pair.local if side == "local" else pair.inside
    path = root / f"d{chance.randrange(5)}" / f"{chance.randrange(40)}.md"
    kind = chance.choice(("edit", "edit", "delete", "mode", "commit", "same", "link", "folder"))
    if kind == "commit":
        trees[side == "codex"].commit()
    elif kind == "edit" or not path.is_file() or path.is_symlink():
        if path.is_dir() or path.is_symlink():
            subprocess.run(["rm", "-rf", str(path)], check=True)
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"turn {turn}")
    elif kind == "delete":
        path.unlink()
    elif kind == "mode":
        path.chmod(0o755)
    elif kind == "same":  # as long, and as old: only the bytes are others
        state = path.stat()
        path.write_bytes(bytes(reversed(path.read_bytes())))
        os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))
    else:
        path.unlink()
        path.symlink_to("nowhere") if kind == "link" else path.mkdir()


@pytest.mark.parametrize("way", ["git", "stat"])
def test_what_is_remembered_is_not_read(pair: Pair, tmp_path: Path, way: str) -> None:
    pair.write("local", {"a.md": "1", "b/c.md": "2"})
    in_git(pair)
    memory = tmp_path / "memory"
    memory.mkdir()
    first = seen(pair, way, memory)
    row = (memory / f"hashes-local-{way}").read_text()
    (memory / f"hashes-local-{way}").write_text(row.replace(digest("1"), digest("x")))
    assert seen(pair, way, memory)[0].files["a.md"].hash == digest("x")  # so it was not read
    pair.write("local", {"a.md": "1 "})
    assert seen(pair, way, memory)[0].files["a.md"].hash == digest("1 ")
    assert first[0].files["b/c.md"].hash == digest("2")


@pytest.mark.parametrize(
    "damage",
    [
        b"",
        b"\0\xff\n",
        b"x\n",
        b"a b c d e f\n",
        b"1:1:1:1 -1 100644 zz a.md\n",
        b"%s a.md\n" % (b"9" * 5000),
    ],
)
def test_a_damaged_memory_costs_a_hash(pair: Pair, tmp_path: Path, damage: bytes) -> None:
    pair.write("local", {"a.md": "1"})
    in_git(pair)
    memory = tmp_path / "memory"
    memory.mkdir()
    for way in ("git", "stat"):
        seen(pair, way, memory)
        path = memory / f"hashes-local-{way}"
        token = path.read_bytes().split(b" ")[0]
        for data in (
            damage,
            token + b" 1 100644 nohash a.md\n",
            token + b" 1x 100644 " + b"0" * 64 + b" a.md\n",
        ):
            path.write_bytes(data)
            assert seen(pair, way, memory)[0].files["a.md"].hash == digest("1")


def test_what_changed_a_moment_ago_is_not_remembered(pair: Pair, tmp_path: Path) -> None:
    pair.write("local", {"a.md": "1"})
    pair.scan(EMPTY, way="stat", memory=str(tmp_path))
    assert not (tmp_path / "hashes-local-stat").exists()


def test_a_memory_that_cannot_be_written_is_none(pair: Pair, tmp_path: Path) -> None:
    pair.write("local", {"a.md": "1"})
    assert seen(pair, "stat", tmp_path / "absent")[0].files["a.md"].size == 1


def test_rows_of_lost_files_go_when_there_is_something_new(pair: Pair, tmp_path: Path) -> None:
    memory = tmp_path / "memory"
    memory.mkdir()
    pair.write("local", {"a.md": "1", "b.md": "1"})
    seen(pair, "stat", memory)
    pair.write("local", {"a.md": None, "c.md": "1"})
    seen(pair, "stat", memory)
    names = [line.rpartition(" ")[2] for line in (memory / "hashes-local-stat").read_text().splitlines()]
    assert names == ["b.md", "c.md"]


def test_equal_files_are_not_held_again(pair: Pair) -> None:
    pair.write("local", {"a.md": "1"})
    pair.write("codex", {"a.md": "1"})
    manifest = remembered({"a.md": "1"})
    for side in pair.scan(manifest, way="full"):
        assert side.tree.files.entries is manifest.entries
        assert not side.tree.files.other


@pytest.mark.parametrize("quick", [True, False])
@pytest.mark.parametrize("size", [0, 1, 2**20 - 1, 2**20, 2**20 + 1, 2**21 + 5])
def test_files_of_any_size_are_read_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int, *, quick: bool
) -> None:
    if not quick:  # as where folders have no descriptors
        monkeypatch.setattr(looking, "_quick", lambda *_: None)
    data = bytes(size - 1) + b"x" if size else b""
    (tmp_path / "a").write_bytes(data)
    git = hashlib.sha1(b"blob %d\0" % size + data, usedforsecurity=False).hexdigest()
    ((_, row, *_),) = looking.read_all(str(tmp_path), ["a"], None, 1)
    assert row == (f"100644{git}", size, FILE, hashlib.sha256(data).hexdigest())


# --- where ids cannot be trusted ---

CONVERTING = {
    "text": {".gitattributes": "* text=auto\n"},
    "below": {"docs/.gitattributes": "*.md eol=crlf\n"},
    "filter": {".gitattributes": "*.png filter=lfs diff=lfs merge=lfs -text\n"},
    "info": {".git/info/attributes": "*.md ident\n"},
    "ignored": {
        ".gitignore": ".gitattributes\n",
        "docs/.gitattributes": "*.md text\n",
        "docs/deep/b.md": "1",
    },
}


def vouched(pair: Pair, below: str = "") -> bool:
    return list_git(Git(str(pair.local)), below).vouched


@pytest.mark.parametrize("files", CONVERTING.values(), ids=CONVERTING)
def test_where_bytes_change_on_their_way_no_id_is_trusted(pair: Pair, files: dict[str, str]) -> None:
    pair.write("local", {"a.md": "1"})
    in_git(pair)
    assert vouched(pair)
    pair.write("local", files)
    assert not vouched(pair)


@pytest.mark.parametrize("place", [".gitattributes", "docs/.gitattributes"])
def test_attributes_above_what_is_listed_count(pair: Pair, place: str) -> None:
    pair.write("local", {"docs/deep/a.md": "1", "other/.gitattributes": "* text\n"})
    in_git(pair)
    assert vouched(pair, "docs/deep")
    pair.write("local", {place: "* text=auto\n"})
    assert not vouched(pair, "docs/deep")


def test_attributes_that_only_the_index_has_count(pair: Pair) -> None:
    """Where the file is gone, git reads what it holds of it."""
    pair.write("local", {"a.md": "1", ".gitattributes": "*.md linguist-documentation\n"})
    in_git(pair)
    pair.write("local", {".gitattributes": None})
    assert not vouched(pair)


@pytest.mark.parametrize("variable", ["XDG_CONFIG_HOME", "HOME"])
def test_a_users_own_attributes_count(
    pair: Pair, tmp_path: Path, variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pair.write("local", {"a.md": "1"})
    in_git(pair)
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    monkeypatch.setenv(variable, str(tmp_path / "own"))
    assert vouched(pair)
    place = tmp_path / "own" / (".config" if variable == "HOME" else "") / "git/attributes"
    place.parent.mkdir(parents=True)
    place.write_text("* text=auto\n")
    assert not vouched(pair)


def test_attributes_that_change_no_bytes(pair: Pair) -> None:
    pair.write("local", {".gitattributes": "*.md linguist-documentation\n*.bin -text diff=bin\n"})
    in_git(pair)
    assert vouched(pair)
    (pair.local / ".gitattributes").unlink()
    (pair.local / ".gitattributes").symlink_to("/dev/zero")
    assert not vouched(pair)


@pytest.mark.parametrize(
    "setting", ["core.autocrlf=input", "core.attributesFile=x", "core.checkStat=minimal", "core.eol=crlf"]
)
def test_settings_that_change_bytes_or_hide_changes(
    pair: Pair, setting: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_git(pair)
    for name in [name for name in os.environ if name.startswith("GIT_CONFIG_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    assert vouched(pair)
    Repository(pair.local).git("config", *setting.split("="))
    assert not vouched(pair)


def test_line_ends_are_bytes(pair: Pair, tmp_path: Path) -> None:
    """One id, two contents: both are clean for git."""
    pair.write("local", {".gitattributes": "* text=auto eol=crlf\n", "a.md": "1\r\n"})
    tree, _ = in_git(pair)
    for content in ("1\r\n", "1\n"):
        pair.write("local", {"a.md": content})
        tree.git("add", "--renormalize", ".")
        assert seen(pair, "git", tmp_path)[0].files["a.md"].hash == digest(content)


@pytest.mark.parametrize("flag", ["--assume-unchanged", "--skip-worktree"])
def test_files_that_git_was_told_not_to_look_at(pair: Pair, tmp_path: Path, flag: str) -> None:
    pair.write("local", {"a.md": "1", "b.md": "1"})
    tree, _ = in_git(pair)
    seen(pair, "git", tmp_path)
    tree.git("update-index", flag, "a.md", "b.md")
    pair.write("local", {"a.md": "2", "b.md": None})
    found = seen(pair, "git", tmp_path)[0]
    assert {path: state.hash for path, state in found.files.items()} == {"a.md": digest("2")}
    assert found.passed == ({"b.md": "is left out of this checkout"} if flag == "--skip-worktree" else {})


def test_a_merge_that_is_not_finished_is_passed(pair: Pair) -> None:
    pair.write("local", {"a.md": "1", "b.md": "1"})
    tree, _ = in_git(pair)
    tree.git("checkout", "--quiet", "-b", "other")
    tree.commit({"a.md": "2"})
    tree.git("checkout", "--quiet", "main")
    tree.commit({"a.md": "3"})
    subprocess.run(["git", "-C", str(pair.local), "merge", "other"], capture_output=True, check=False)
    for way in WAYS:
        found = seen(pair, way)[0]
        assert (list(found.files), found.passed) == (["b.md"], {"a.md": "is in a merge that is not finished"})


# --- what there is ---


def test_what_git_ignores_is_not_there(pair: Pair) -> None:
    pair.write("local", {".gitignore": "build/\n", "build/a.md": "1", "new.md": "1"})
    Repository(pair.local).git("init", "--quiet")
    for way in WAYS:
        assert list(seen(pair, way)[0].files) == [".gitignore", "new.md"]


def test_documents_of_others_are_there_whatever_git_says(pair: Pair) -> None:
    pair.rules = replace(
        RULES, patterns=("docs/**",), from_codex=("codex://umbrella/site/**",), exclude=("**/x.md",)
    )
    pair.write("local", {".gitignore": ".fractary/\n", f"{SHARED}/site/a.md": "1", f"{SHARED}/old/b.md": "1"})
    pair.write("codex", {"docs/own.md": "1"})
    for name in ("projects/site/a.md", "projects/site/x.md", "projects/old/b.md", "README.md"):
        (pair.codex / name).parent.mkdir(parents=True, exist_ok=True)
        (pair.codex / name).write_text("1")
    (pair.codex / "projects/site/l.md").symlink_to("a.md")
    Repository(pair.local).git("init", "--quiet")
    for way in WAYS:
        local, codex = pair.scan(EMPTY, way=way)
        assert list(local.tree.files) == [f"{SHARED}/site/a.md"]
        assert sorted(codex.tree.files) == [f"{SHARED}/site/a.md", "docs/own.md"]
        assert codex.places == {f"{SHARED}/site/a.md": "projects/site/a.md"}
        assert codex.locate(f"{SHARED}/site/a.md") == "projects/site/a.md"
        assert codex.locate("docs/new.md") == "projects/handbook/docs/new.md"
    Repository(pair.codex).git("init", "--quiet")
    assert sorted(pair.scan(EMPTY)[1].tree.files) == [f"{SHARED}/site/a.md", "docs/own.md"]


@pytest.mark.parametrize("git", [False, True], ids=["folder", "git"])
@pytest.mark.parametrize("way", WAYS)
def test_what_is_no_document(pair: Pair, git: bool, way: str) -> None:  # noqa: FBT001
    (pair.root / "outside").mkdir()
    pair.write("local", {"a.md": "1", "was.md": "1", "gone.md": "1", "sub/in.md": "1", "folder.md": "1"})
    if git:
        in_git(pair)
    pair.write("local", dict.fromkeys(("was.md", "gone.md", "folder.md")))
    (pair.local / "folder.md").mkdir()
    (pair.local / "inner.md").symlink_to("a.md")
    (pair.local / "dangling.md").symlink_to("nowhere")
    (pair.local / "out.md").symlink_to(pair.root / "outside")
    os.mkfifo(pair.local / "was.md")
    nested = pair.local / "nested"
    nested.mkdir()
    Repository(nested).git("init", "--quiet")
    (nested / "x.md").write_text("1")
    (pair.local / ".codex-sync-0123456789abcdef-7.tmp").write_text("half")
    found = seen(pair, way)[0]
    assert sorted(found.files) == ["a.md", "sub/in.md"]
    assert found.passed == {"inner.md": "is a symbolic link", "dangling.md": "is a symbolic link"}
    assert found.strange == {
        "out.md": "is a symbolic link that leads out of the tree",
        "was.md": "is a pipe",
        "nested": "is another git repository",
    }


def test_devices_and_sockets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pair = Pair(tmp_path)
    monkeypatch.chdir(pair.local)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("s")
        assert seen(pair, "full")[0].strange == {"s": "is a socket"}
    if os.geteuid() == 0:
        os.mknod(pair.local / "d", 0o020600, os.makedev(1, 3))
        assert seen(pair, "full")[0].strange["d"] == "is a device"


def test_a_submodule_is_strange(pair: Pair) -> None:
    pair.write("local", {"a.md": "1"})
    tree, _ = in_git(pair)
    commit = tree.git("rev-parse", "HEAD").strip()
    tree.git("update-index", "--add", "--cacheinfo", f"160000,{commit},vendor/lib")
    for way in WAYS:
        assert seen(pair, way)[0].strange == {"vendor/lib": "is a submodule"}


def test_a_link_in_the_place_of_a_folder_hides_no_deletion(pair: Pair) -> None:
    """Its files are not deleted in codex because they cannot be seen here."""
    pair.rules = replace(RULES, patterns=("docs/*.md",))
    pair.write("local", {"docs/a.md": "1", "z.md": "1"})
    pair.write("codex", {"docs/a.md": "1"})
    in_git(pair)
    (pair.local / "docs").rename(pair.local / "elsewhere")
    (pair.local / "docs").symlink_to("elsewhere")
    for way in WAYS:
        local, _ = pair.scan(remembered({"docs/a.md": "1"}), way=way)
        assert (dict(local.tree.files), set(local.tree.passed)) == (
            {},
            {"docs", "docs/a.md"} & set(local.tree.passed),
        )
        assert "docs" in local.tree.passed


@pytest.mark.parametrize("way", WAYS)
def test_what_cannot_be_read_is_passed(open_folder: Path, as_user: object, way: str) -> None:
    pair = Pair(open_folder / "pair")
    pair.write("local", {"a.md": "1", "closed/b.md": "1", "c.md": "1"})
    (pair.local / "c.md").chmod(0)
    (pair.local / "closed").chmod(0)
    with as_user():  # type: ignore[operator]
        found = seen(pair, way)[0]
    (pair.local / "closed").chmod(0o755)
    assert list(found.files) == ["a.md"]
    if os.geteuid() == 0:
        assert found.passed == {
            "c.md": "cannot be read: permission denied",
            "closed": "cannot be read: permission denied",
        }


def test_modes_are_gits_two(pair: Pair) -> None:
    pair.write("local", {"a": "1", "b": "1", "c": "1"})
    (pair.local / "b").chmod(0o700)
    (pair.local / "c").chmod(0o604)
    in_git(pair)
    for way in WAYS:
        assert [state.mode for state in seen(pair, way)[0].files.values()] == [FILE, EXECUTABLE, FILE]


def test_many_files_are_read_in_several_processes(pair: Pair) -> None:
    pair.write("local", {f"{number:04}.md": str(number) for number in range(2100)})
    found = seen(pair, "full", jobs=2)[0]
    assert {path: state.hash for path, state in found.files.items()} == {
        f"{number:04}.md": digest(str(number)) for number in range(2100)
    }


# --- folders that are none ---


def test_a_folder_that_is_not_there(pair: Pair, tmp_path: Path) -> None:
    absent = project_folder(str(tmp_path / "absent"), RULES)
    with pytest.raises(StorageError, match="there is no folder"):
        scan(absent, codex_folder(str(pair.codex), RULES))
    assert scan(project_folder(str(pair.local), RULES), codex_folder(str(pair.codex), RULES))[1] == Scanned(
        Tree({}), "projects/handbook/", {}
    )


def test_a_project_folder_in_codex_that_is_a_link(pair: Pair) -> None:
    (pair.codex / "projects").mkdir()
    (pair.codex / "projects/handbook").symlink_to(pair.local)
    with pytest.raises(StorageError, match="is a symbolic link"):
        pair.scan(EMPTY)


def test_a_layout_that_gives_no_folder(pair: Pair) -> None:
    with pytest.raises(ConfigurationError, match="climbs"):
        codex_folder(str(pair.codex), replace(RULES, layout="../{project}"))


def test_a_git_that_does_not_answer(pair: Pair) -> None:
    (pair.local / ".git").write_text("gitdir: nowhere")
    with pytest.raises(GitError):
        scan(project_folder(str(pair.local), RULES), codex_folder(str(pair.codex), RULES), {}, Options())
