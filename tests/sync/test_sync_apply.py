"""A plan on two folders: what is done, what is not, and what is never touched."""

from __future__ import annotations

import contextlib
import os
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sync_folders import NOW, Pair
from sync_world import EMPTY, digest, plan_of

from codex_action.errors import RefusedError, StorageError
from codex_action.sync.apply import Pushed, apply, holding
from codex_action.sync.journal import temporary
from codex_action.sync.manifest import MANIFEST
from codex_action.sync.model import EXECUTABLE, Action, Plan
from codex_action.sync.rules import STATE
from codex_action.sync.swap import delete
from codex_action.sync.swap import write as swap_write

RACES = int(os.environ.get("CODEX_RACES", "300"))
LARGE = int(os.environ.get("CODEX_LARGE", str(20 * 1024 * 1024)))


@pytest.fixture
def pair(tmp_path: Path) -> Pair:
    return Pair(tmp_path)


def errors(applied: object) -> dict[str, str | None]:
    return {outcome.action.path: outcome.error for outcome in applied.outcomes}  # type: ignore[attr-defined]


# --- what is done ---


def test_new_changed_and_deleted_files_go_both_ways(pair: Pair) -> None:
    pair.write("local", {"a.md": "1", "docs/b.md": "2", "gone.md": "3"})
    pair.write("codex", {"deep/er/c.md": "4", "empty.md": ""})
    assert set(errors(pair.sync()).values()) == {None}
    pair.write("local", {"a.md": "11", "gone.md": None})
    pair.write("codex", {"deep/er/c.md": "44", "empty.md": None})
    applied = pair.sync()
    assert [
        f"{item.action.kind} {item.action.side} {item.action.path}" for item in applied.outcomes
    ] == [
        "update codex a.md",
        "update local deep/er/c.md",
        "delete local empty.md",
        "delete codex gone.md",
    ]  # fmt: skip
    assert (
        pair.files("local")
        == pair.files("codex")
        == {"a.md": b"11", "deep/er/c.md": b"44", "docs/b.md": b"2"}
    )
    assert applied.manifest == pair.manifest()
    assert pair.litter() == []
    assert pair.plan().actions == ()


def test_nothing_to_do_writes_nothing(pair: Pair) -> None:
    pair.write("local", {"a.md": "1"})
    pair.sync()
    before = os.stat(pair.local / MANIFEST)
    again = pair.sync()
    assert (again.outcomes, os.stat(pair.local / MANIFEST)) == ((), before)


@pytest.mark.parametrize("content", [b"\xef\xbb\xbfBOM\r\n", b"\0\xff\xfe", b"no newline", b"", b"a\r\nb\n"])
def test_bytes_are_bytes(pair: Pair, content: bytes) -> None:
    pair.write("codex", {"x": content})
    pair.sync()
    assert pair.files("local") == {"x": content}


def test_a_large_file_passes_in_pieces(pair: Pair) -> None:
    pair.write("codex", {"large.bin": b""})
    os.truncate(pair.inside / "large.bin", LARGE)
    pair.sync()
    assert os.stat(pair.local / "large.bin").st_size == LARGE
    assert pair.plan().actions == ()


def test_an_lfs_pointer_is_a_file(pair: Pair) -> None:
    pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12\n"
    pair.write("local", {"picture.png": pointer})
    pair.sync()
    assert pair.files("codex") == {"picture.png": pointer}


def test_a_file_keeps_its_mode_and_a_new_one_has_the_usual(pair: Pair) -> None:
    pair.write("local", {"kept.sh": "1", "new.md": "1", "new.sh": "1"})
    pair.write("codex", {"kept.sh": "1"})
    os.chmod(pair.local / "new.md", 0o600)
    os.chmod(pair.local / "new.sh", 0o700)
    pair.sync()
    os.chmod(pair.inside / "kept.sh", 0o640)
    pair.write("local", {"kept.sh": "2"})
    pair.sync()
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in pair.inside.iterdir()}
    assert modes == {"kept.sh": 0o640, "new.md": 0o644, "new.sh": 0o755}


def test_a_folder_goes_with_its_last_file_and_no_other(pair: Pair) -> None:
    pair.write("local", {"a/b/c.md": "1", "a/keep/x.md": "1", "z.md": "1"})
    pair.sync()
    (pair.inside / "empty").mkdir()
    pair.write("local", {"a/b/c.md": None})
    pair.sync()
    assert sorted(path.name for path in pair.inside.rglob("*")) == ["a", "empty", "keep", "x.md", "z.md"]


def test_a_file_becomes_a_folder_and_a_folder_a_file(pair: Pair) -> None:
    pair.write("local", {"one": "1", "two/x": "2", "stays": "3"})
    pair.sync()
    pair.write("local", {"one": None, "two/x": None})
    pair.write("local", {"one/x": "1", "two": "2"})
    assert set(errors(pair.sync()).values()) == {None}
    assert pair.files("codex") == {"one/x": b"1", "two": b"2", "stays": b"3"}


@pytest.mark.parametrize(("strategy", "winner"), [("keep-local", b"here"), ("keep-codex", b"there")])
def test_the_loser_of_a_conflict_is_kept(pair: Pair, strategy: str, winner: bytes) -> None:
    pair.write("local", {"a/x.md": "here"})
    pair.write("codex", {"a/x.md": "there"})
    applied = pair.sync(conflict=strategy)
    assert pair.files("local") == pair.files("codex") == {"a/x.md": winner}
    assert applied.backup is not None
    assert applied.backup.startswith(f"{STATE}backup/20260202T000000Z-")
    assert pair.backup() == [b"there" if winner == b"here" else b"here"]


def test_a_conflict_without_a_strategy_is_left_alone(pair: Pair) -> None:
    pair.write("local", {"x.md": "here", "new.md": "1"})
    pair.write("codex", {"x.md": "there"})
    applied = pair.sync()
    assert (pair.files("local")["x.md"], pair.files("codex")["x.md"]) == (b"here", b"there")
    assert (errors(applied), applied.backup) == ({"new.md": None}, None)
    assert set(pair.manifest().entries) == {"new.md"}


def test_a_side_elsewhere_is_read_by_a_function_and_remembered(pair: Pair) -> None:
    """As with a URL: bytes come from git's objects, and what was pushed is given."""
    pair.write("local", {"mine.md": "1"})
    plan = plan_of({"mine.md": "1"}, {"theirs.md": "2"})
    pushed = tuple(action for action in plan.actions if action.side == "codex")
    applied = apply(
        plan,
        pair.manifest(),
        {"local": pair.targets()["local"]},
        now=NOW,
        read=lambda side, path: [b"2"] if (side, path) == ("codex", "theirs.md") else [],
        published=Pushed(pushed, "abc"),
    )
    assert errors(applied) == {"theirs.md": None}
    assert (pair.manifest().commit, set(pair.manifest().entries)) == ("abc", {"mine.md", "theirs.md"})
    assert pair.files("codex") == {}


# --- what is not done ---


def test_a_refused_plan_is_not_carried_out(pair: Pair) -> None:
    pair.write("codex", {".github/workflows/x.yml": "on: push"})
    plan = pair.plan()
    assert plan.refusals
    with pytest.raises(RefusedError, match="protected"):
        pair.carry_out(plan)
    assert pair.files("local") == {}


CHANGES = {
    "the source was edited": ("local", {"a.md": "later"}, "changed in local after the plan was made"),
    "the source is gone": ("local", {"a.md": None}, "no such file or directory"),
    "the target was edited": ("codex", {"a.md": "later"}, "changed in codex after the plan was made"),
    "the target is gone": ("codex", {"a.md": None}, "changed in codex after the plan was made"),
}


@pytest.mark.parametrize(("side", "files", "error"), CHANGES.values(), ids=CHANGES)
def test_what_moved_after_the_plan_is_left_alone(
    pair: Pair, side: str, files: dict[str, str | None], error: str
) -> None:
    pair.write("local", {"a.md": "1", "b.md": "1"})
    pair.sync()
    pair.write("local", {"a.md": "2", "b.md": "2"})
    plan = pair.plan()
    pair.write(side, files)
    other = "codex" if side == "local" else "local"
    before = pair.files(other)["a.md"]
    assert errors(pair.carry_out(plan)) == {"a.md": error, "b.md": None}
    assert pair.files(other)["a.md"] == before
    assert pair.files(side).get("a.md") == (files["a.md"].encode() if files["a.md"] else None)
    assert pair.manifest().entries["a.md"].sha256 == digest("1")
    assert pair.litter() == []


@pytest.mark.parametrize("kind", ["file", "folder", "link", "dangling", "pipe"])
def test_nothing_takes_the_place_of_what_appeared(pair: Pair, kind: str) -> None:
    pair.write("codex", {"a/x.md": "1", "b.md": "1"})
    plan = pair.plan()
    place = pair.local / "a/x.md"
    place.parent.mkdir()
    make = {
        "file": lambda: place.write_bytes(b"mine"),
        "folder": lambda: pair.write("local", {"a/x.md/mine": "1"}),
        "link": lambda: place.symlink_to(pair.codex),
        "dangling": lambda: place.symlink_to("nowhere"),
        "pipe": lambda: os.mkfifo(place),
    }
    make[kind]()
    before = os.lstat(place)
    assert errors(pair.carry_out(plan)) == {
        "a/x.md": "appeared in local after the plan was made",
        "b.md": None,
    }
    assert os.lstat(place) == before


def test_empty_folders_are_not_in_the_way(pair: Pair) -> None:
    pair.write("codex", {"a": "1"})
    (pair.local / "a/b/c").mkdir(parents=True)
    assert errors(pair.sync()) == {"a": None}


@pytest.mark.parametrize("kind", ["link", "pipe", "folder"])
@pytest.mark.parametrize("change", ["update", "delete"])
def test_what_is_no_file_any_more_is_left_alone(pair: Pair, kind: str, change: str) -> None:
    pair.write("local", {"x.md": "1", "y.md": "1"})
    pair.sync()
    pair.write("codex", {"x.md": "2" if change == "update" else None})
    plan = pair.plan()
    place = pair.local / "x.md"
    place.unlink()
    outside = pair.root / "outside"
    outside.write_bytes(b"1")
    make = {
        "link": lambda: place.symlink_to(outside),
        "pipe": lambda: os.mkfifo(place),
        "folder": place.mkdir,
    }
    make[kind]()
    before = os.lstat(place)
    (error,) = errors(pair.carry_out(plan)).values()
    assert error is not None
    assert error.startswith("is ")
    assert (os.lstat(place), outside.read_bytes()) == (before, b"1")


def test_a_link_on_the_way_is_not_gone_through(pair: Pair) -> None:
    outside = pair.root / "outside"
    outside.mkdir()
    (outside / "old.md").write_bytes(b"1")
    pair.write("local", {"d/old.md": "1", "z.md": "1"})
    pair.sync()
    pair.write("codex", {"d/old.md": None, "d/new.md": "2", "z.md": "2"})
    plan = pair.plan()
    (pair.local / "d/old.md").unlink()
    (pair.local / "d").rmdir()
    (pair.local / "d").symlink_to(outside)
    reason = "is a symbolic link, which is not followed"
    assert errors(pair.carry_out(plan)) == {"d/new.md": reason, "d/old.md": reason, "z.md": None}
    assert [path.name for path in outside.iterdir()] == ["old.md"]


@pytest.mark.parametrize("place", ["../x", "/x", "a/../../x", "a//b", "C:/x", "a\\b", "", "a/./b", "x:y"])
def test_a_place_that_leads_out_is_no_place(tmp_path: Path, place: str) -> None:
    action = Action("create", "local", "x", None, digest("1"), 1, EXECUTABLE, "")
    root = tmp_path / "root"
    root.mkdir()
    with pytest.raises(OSError, match="the path "):
        swap_write(str(root), place, action, [b"1"], temporary("0" * 16, 0))
    with pytest.raises(OSError, match="the path "):
        delete(str(root), place, action)
    assert [path.name for path in tmp_path.rglob("*")] == ["root"]


def test_a_folder_that_flips_to_a_link_lets_nothing_out(pair: Pair) -> None:
    """The whole of it is `CODEX_RACES=10000`."""
    outside, inner, away = pair.root / "outside", pair.local / "d", pair.local / "away"
    for folder in (outside, inner):
        folder.mkdir()
    stopped = threading.Event()

    def flip() -> None:
        number = 0
        while not stopped.is_set():
            number += 1
            with contextlib.suppress(OSError):  # the folder may be made anew by who writes
                os.rename(inner, f"{away}-{number}")
                os.symlink(outside, inner)
            with contextlib.suppress(OSError):
                os.unlink(inner)
            with contextlib.suppress(OSError):
                os.rename(f"{away}-{number}", inner)

    thread = threading.Thread(target=flip)
    thread.start()
    written = number = 0
    try:
        while number < RACES or (
            not written and number < 1000 * RACES
        ):  # a machine may keep one thread waiting
            number += 1
            action = Action("create", "local", f"d/{number}", None, digest("1"), 1, 0o100644, "")
            try:
                swap_write(str(pair.local), f"d/{number}", action, [b"1"], temporary("0" * 16, number))
                written += 1
            except OSError:
                continue
    finally:
        stopped.set()
        thread.join()
    assert os.listdir(outside) == []
    assert 0 < written <= number


def test_a_device_is_never_written_or_read(pair: Pair) -> None:
    action = Action("update", "local", "null", digest(""), digest("1"), 1, 0o100644, "")
    before = os.stat("/dev/null")
    with pytest.raises(OSError, match="is not a regular file"):
        delete("/dev", "null", action)
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)
    assert os.stat("/dev/null").st_rdev == before.st_rdev


def test_what_is_not_for_us_to_write_is_an_outcome(open_folder: Path, as_user: object) -> None:
    pair = Pair(open_folder / "pair")
    pair.write("codex", {"a/x.md": "1", "b.md": "1"})
    (pair.local / "a").mkdir()
    for path in [*open_folder.rglob("*"), open_folder]:
        os.chown(path, 65534, 65534) if os.geteuid() == 0 else None
    (pair.local / "a").chmod(0o555)
    with as_user():  # type: ignore[operator]
        assert errors(pair.sync()) == {"a/x.md": "permission denied", "b.md": None}
        assert set(pair.manifest().entries) == {"b.md"}
        pair.local.chmod(0o555)
        (pair.local / STATE).chmod(0o555)
        with pytest.raises(StorageError):
            pair.sync()
    (pair.local / STATE).chmod(0o755)


def test_a_manifest_that_cannot_be_written_is_told_and_made_good(pair: Pair) -> None:
    pair.write("local", {"a.md": "1"})
    (pair.local / MANIFEST).mkdir(parents=True)
    with holding(pair.targets(), now=NOW):
        applied = pair.carry_out(plan_of({"a.md": "1"}, {}), EMPTY)
    assert applied.failures == (f"{MANIFEST}: is a directory",)
    assert pair.files("codex") == {"a.md": b"1"}
    (pair.local / MANIFEST).rmdir()
    assert pair.sync().outcomes == ()
    assert set(pair.manifest().entries) == {"a.md"}


def test_an_interrupt_leaves_whole_files_and_no_litter(pair: Pair) -> None:
    pair.write("codex", {f"{number}.md": "1" for number in range(5)})
    plan = pair.plan()

    def read(side: str, path: str) -> list[bytes]:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), holding(pair.targets(), now=NOW):
        apply(plan, pair.manifest(), pair.targets(), now=NOW, read=read)
    assert (pair.files("local"), pair.litter()) == ({}, [])
    assert len(pair.sync().outcomes) == 5


def test_a_second_name_that_appears_while_writing(pair: Pair) -> None:
    """The very last moment before a new file gets its name: who was there first stays."""
    plan = Plan("handbook", "bidirectional", None, "main", "", "", (
        Action("create", "local", "x.md", None, digest("1"), 1, 0o100644, ""),
    ))  # fmt: skip

    class Late:
        def __iter__(self) -> Iterator[bytes]:
            yield b"1"
            (pair.local / "x.md").write_bytes(b"first")

    with pytest.raises(OSError, match="appeared in local"):
        swap_write(str(pair.local), "x.md", plan.actions[0], Late(), temporary("0" * 16, 0))
    assert (pair.files("local"), pair.litter()) == ({"x.md": b"first"}, [])
