"""What is wrong with a cache, and how it is mended."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import subprocess
from pathlib import Path
from typing import Callable

import pytest
from caches import World, key

from codex_action.cache.access import PRIVATE, readable_by_all
from codex_action.cache.health import (
    CacheHealth,
    CacheIssue,
    FileSeen,
    IndexState,
    Obstacle,
    RowSeen,
    Seen,
    diagnose,
)
from codex_action.cache.manager import CacheManager
from codex_action.cache.repair import check, repair
from codex_action.errors import CacheError

ONE, TWO = "1" * 64, "2" * 64
ROWS = (RowSeen(1, "codex://o/p/a", ONE), RowSeen(2, "codex://o/p/missing", ""))
FILES = (FileSeen(f"11/{ONE}", ONE),)


@pytest.mark.parametrize(
    ("seen", "kind", "path", "severity", "status"),
    [
        pytest.param(
            Seen(IndexState.GOOD, "", ROWS, (*FILES, FileSeen(f"22/{TWO}", TWO))),
            "orphan",
            f"objects/22/{TWO}",
            "low",
            "degraded",
            id="file without entry",
        ),
        pytest.param(
            Seen(IndexState.GOOD, "", ROWS, (*FILES, FileSeen("11/x.tmp", ""))),
            "orphan",
            "objects/11/x.tmp",
            "low",
            "degraded",
            id="unfinished write",
        ),
        pytest.param(
            Seen(IndexState.GOOD, "", ROWS),
            "stale_index",
            "codex://o/p/a",
            "low",
            "degraded",
            id="entry without file",
        ),
        pytest.param(
            Seen(IndexState.GOOD, "", ROWS, (FileSeen(f"11/{ONE}", ONE, good=False),)),
            "corrupt",
            f"objects/11/{ONE}",
            "medium",
            "degraded",
            id="altered file",
        ),
        pytest.param(
            Seen(IndexState.GOOD, "", (*ROWS, RowSeen(7, "", "", good=False)), FILES),
            "corrupt",
            "index.db#7",
            "medium",
            "degraded",
            id="altered entry",
        ),
        pytest.param(
            Seen(IndexState.GOOD, "", ROWS, (FileSeen(f"11/{ONE}", ONE, readable=False),)),
            "permissions",
            f"objects/11/{ONE}",
            "medium",
            "degraded",
            id="unreadable file",
        ),
        pytest.param(
            Seen(IndexState.GOOD, "", ROWS, FILES, ("index.db",)),
            "permissions",
            "index.db",
            "high",
            "unhealthy",
            id="open file",
        ),
        pytest.param(
            Seen(IndexState.MISSING, "", (), FILES),
            "missing_index",
            "index.db",
            "medium",
            "degraded",
            id="no index",
        ),
        pytest.param(
            Seen(IndexState.FOREIGN, "has format 9", (), FILES),
            "missing_index",
            "index.db",
            "high",
            "unhealthy",
            id="foreign index",
        ),
        pytest.param(
            Seen(IndexState.DAMAGED, "malformed", (), FILES),
            "corrupt",
            "index.db",
            "high",
            "unhealthy",
            id="damaged index",
        ),
        pytest.param(
            Seen(IndexState.CLOSED, "locked", (), FILES),
            "permissions",
            "index.db",
            "high",
            "unhealthy",
            id="closed index",
        ),
        pytest.param(
            Seen(IndexState.GOOD, "", ROWS, FILES, obstacles=(Obstacle(f"objects/22/{TWO}", "file"),)),
            "corrupt",
            f"objects/22/{TWO}",
            "medium",
            "degraded",
            id="folder in a content's place",
        ),
        pytest.param(
            Seen(IndexState.MISSING, "", obstacles=(Obstacle("objects", "folder"),)),
            "corrupt",
            "objects",
            "high",
            "unhealthy",
            id="file in the contents' place",
        ),
    ],
)
def test_diagnose(seen: Seen, kind: str, path: str, severity: str, status: str) -> None:
    found = diagnose(seen)
    assert [(issue.kind, issue.path, issue.severity) for issue in found.issues] == [(kind, path, severity)]
    assert (found.status, found.can_auto_repair, len(found.suggestions)) == (status, True, 1)


@pytest.mark.parametrize(
    "seen",
    [Seen(IndexState.GOOD, "", ROWS, FILES), Seen(IndexState.MISSING, "")],
    ids=["good", "nothing there"],
)
def test_healthy(seen: Seen) -> None:
    assert diagnose(seen) == CacheHealth()
    assert diagnose(seen).status == "healthy"


def test_one_suggestion_for_each_kind() -> None:
    seen = Seen(IndexState.GOOD, "", (), tuple(FileSeen(f"{n}/x", "") for n in range(5)), ("a", "b"))
    assert len(diagnose(seen).issues) == 7
    assert len(diagnose(seen).suggestions) == 2
    assert all(isinstance(issue, CacheIssue) and issue.description for issue in diagnose(seen).issues)


# --- In a real folder -------------------------------------------------------------------------------------------------


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = World(tmp_path / "cache")
    with world.cache() as cache:
        for name in "abc":
            cache.set(key(name), name.encode() * 100, 1e6)
        cache.set_missing(key("gone"), 60)
    return world


def _sql(*statements: str) -> Callable[[World], None]:
    def run(world: World) -> None:
        with contextlib.closing(sqlite3.connect(world.index, isolation_level=None)) as database:
            for statement in statements:
                database.execute(statement)

    return run


def _cut_index(world: World) -> None:
    data = world.index.read_bytes()
    world.index.write_bytes(data[: len(data) // 2])


def _alter(world: World) -> None:
    data = bytearray(world.blobs()[0].read_bytes())
    data[7] ^= 1
    world.blobs()[0].write_bytes(data)


def _unfinished(world: World) -> None:
    blob = world.blobs()[0]
    left = blob.with_name(f".{blob.name}.4711.0a1b2c3d.tmp")
    left.write_bytes(b"half")
    left.chmod(0o600)


def _open_modes(world: World) -> None:
    for path in (world.folder, world.folder / "objects", world.index, world.blobs()[0]):
        path.chmod(0o777)


def _blob_is_folder(world: World) -> None:
    world.blobs()[0].unlink()
    (world.folder / "objects" / "ca" / ("ca" * 32)).mkdir(parents=True)


def _blob_is_full_folder(world: World) -> None:
    blob = world.blobs()[0]
    blob.unlink()
    blob.mkdir()
    (blob / "notes.txt").write_text("mine")


def _prefix_is_file(world: World) -> None:
    folder = world.blobs()[0].parent
    shutil.rmtree(folder)
    folder.write_text("mine")


def _objects_is_file(world: World) -> None:
    shutil.rmtree(world.folder / "objects")
    (world.folder / "objects").write_text("mine")
    (world.folder / "objects").chmod(0o600)


def _index_is_link(world: World) -> None:
    world.index.rename(world.folder.parent / "elsewhere.db")
    world.index.symlink_to(world.folder.parent / "elsewhere.db")


FAULTS = [
    pytest.param(_blob_is_folder, {"corrupt", "stale_index"}, 2, id="an empty folder in a content's place"),
    pytest.param(_blob_is_full_folder, {"corrupt", "stale_index"}, 2, id="a folder in a content's place"),
    pytest.param(_prefix_is_file, {"corrupt", "stale_index"}, 2, id="a file in the place of a folder of contents"),
    pytest.param(_objects_is_file, {"corrupt", "stale_index"}, 0, id="a file in the place of all contents"),
    pytest.param(lambda world: (world.folder / "index.db-wal").mkdir(), {"corrupt"}, 3, id="a folder for a journal"),
    pytest.param(_index_is_link, {"corrupt"}, 0, id="a link for an index"),
    pytest.param(lambda world: world.blobs()[0].unlink(), {"stale_index"}, 2, id="content deleted"),
    pytest.param(_alter, {"corrupt"}, 2, id="content altered"),
    pytest.param(lambda world: world.blobs()[0].write_bytes(b""), {"corrupt"}, 2, id="content emptied"),
    pytest.param(_unfinished, {"orphan"}, 3, id="an unfinished write"),
    pytest.param(_sql("DELETE FROM entry WHERE path = 'a'"), {"orphan"}, 2, id="entry deleted"),
    pytest.param(_sql("UPDATE entry SET path = 'b2' WHERE path = 'b'"), {"corrupt", "orphan"}, 2, id="entry altered"),
    pytest.param(_sql("UPDATE entry SET size = 'x' WHERE path = 'b'"), {"corrupt", "orphan"}, 2, id="entry of a wrong type"),
    pytest.param(_sql("UPDATE entry SET etag = CAST(x'ff' AS TEXT) WHERE path = 'b'"), {"corrupt", "orphan"}, 2, id="entry with text that is none"),
    pytest.param(_cut_index, {"corrupt"}, 0, id="index cut"),
    pytest.param(lambda world: world.index.write_bytes(b"nonsense" * 1000), {"corrupt"}, 0, id="index of nonsense"),
    pytest.param(lambda world: world.index.unlink(), {"missing_index"}, 0, id="index deleted"),
    pytest.param(_sql("PRAGMA user_version = 2"), {"missing_index"}, 0, id="newer index"),
    pytest.param(_sql("PRAGMA application_id = 7"), {"missing_index"}, 0, id="foreign index"),
    pytest.param(_sql("DROP TABLE counter"), {"corrupt"}, 0, id="index without a table"),
    pytest.param(_open_modes, {"permissions"}, 3, id="open to all"),
]  # fmt: skip


def contents(cache: CacheManager) -> list[str]:
    return [name for name in "abc" if (it := cache.get(key(name))) and it.content == name.encode() * 100]


@pytest.mark.parametrize(("fault", "kinds", "left"), FAULTS)
def test_check_and_repair(world: World, fault: Callable[[World], None], kinds: set[str], left: int) -> None:
    """Each fault is named, nothing changes until a repair is asked for, and afterwards all is well."""
    fault(world)
    before = {
        path: path.read_bytes()
        for path in world.folder.rglob("*")
        if path.is_file() and not path.is_symlink()
    }
    with world.cache() as cache:
        assert cache.disk
        found = check(cache.disk)
        assert {issue.kind for issue in found.issues} == kinds
        assert found.can_auto_repair
        assert found.repaired == ()
    if kinds != {"permissions"}:
        assert {path: path.read_bytes() for path in before} == before
    with world.cache() as cache:
        assert cache.disk
        mended = repair(cache.disk)
        assert mended.issues == found.issues
        assert mended.repaired
        assert (mended.left, mended.status_after) == ((), "healthy")
        assert check(cache.disk).status == "healthy"
        assert len(contents(cache)) == left
        cache.set(key("new"), b"new", 60)
        assert cache.get(key("new"))
    assert world.warnings == []
    with world.cache() as cache:
        assert cache.disk
        assert repair(cache.disk).status == "healthy"
        assert len(contents(cache)) == left


@pytest.mark.parametrize("fault", [_blob_is_full_folder, _prefix_is_file, _objects_is_file])
def test_what_was_in_the_way_is_kept(world: World, fault: Callable[[World], None]) -> None:
    fault(world)
    with world.cache() as cache:
        assert cache.disk
        repair(cache.disk)
    (aside,) = world.folder.rglob("*.aside")
    assert (aside / "notes.txt" if aside.is_dir() else aside).read_text() == "mine"


@pytest.mark.parametrize("opened", ["private", "shared"])
def test_a_workflow_s_cache_is_right_for_whoever_looks(world: World, opened: str) -> None:
    access = readable_by_all((os.getuid(), os.getgid()))
    shutil.rmtree(world.folder)
    with world.cache(access=access) as cache:
        cache.set(key("a"), b"a" * 100, 1e6)
    with world.cache(access=access if opened == "shared" else PRIVATE) as cache:
        assert cache.disk
        assert check(cache.disk).issues == ()
        world.blobs()[0].chmod(0o666)
        assert [issue.kind for issue in repair(cache.disk).issues] == ["permissions"]
        assert world.blobs()[0].stat().st_mode & 0o777 == 0o644
        assert contents(cache) == ["a"]


def test_a_foreign_index_is_set_aside_not_deleted(world: World) -> None:
    _sql("PRAGMA application_id = 7")(world)
    with world.cache() as cache:
        assert cache.disk
        repair(cache.disk)
    with contextlib.closing(sqlite3.connect(world.folder / "index.db.aside")) as database:
        assert database.execute("SELECT count(*) FROM entry").fetchone() == (4,)


def test_another_program_s_database_is_kept_whole(world: World) -> None:
    """With its mode, and with what it has not written into its file yet; what is set aside later does not replace it."""
    world.index.unlink()
    notes = _sql("PRAGMA journal_mode = WAL", "CREATE TABLE notes (text)", "PRAGMA wal_checkpoint(TRUNCATE)")
    notes(world)
    world.index.chmod(0o664)
    with contextlib.closing(sqlite3.connect(world.index, isolation_level=None)) as another:
        another.execute("INSERT INTO notes VALUES ('precious')")
        with world.cache() as cache:
            assert cache.disk
            assert [issue.kind for issue in check(cache.disk).issues] == ["missing_index"]
            assert (
                "set index.db aside, as index.db.aside, and started a new one" in repair(cache.disk).repaired
            )
        aside = world.folder / "index.db.aside"
        for number in (1, 2):
            world.index.write_bytes(b"nonsense" * 1000)
            with world.cache() as cache:
                assert cache.disk
                repaired = repair(cache.disk).repaired
                assert f"set index.db aside, as index.db.aside.{number}, and started a new one" in repaired
        assert aside.stat().st_mode & 0o777 == 0o664
        with contextlib.closing(sqlite3.connect(aside)) as found:
            assert found.execute("SELECT text FROM notes").fetchall() == [("precious",)]


def test_what_was_set_aside_before_stays(world: World) -> None:
    for text in ("mine", "mine too"):
        shutil.rmtree(world.folder / "objects", ignore_errors=True)
        (world.folder / "objects").write_text(text)
        with world.cache() as cache:
            assert cache.disk
            assert repair(cache.disk).status_after == "healthy"
    texts = [(world.folder / name).read_text() for name in ("objects.aside", "objects.aside.1")]
    assert texts == ["mine", "mine too"]


def test_no_folder_is_healthy_and_stays_away(tmp_path: Path) -> None:
    with CacheManager(str(tmp_path / "cache")) as cache:
        assert cache.disk
        assert check(cache.disk).status == "healthy"
        assert repair(cache.disk).status == "healthy"
    assert not (tmp_path / "cache").exists()


def test_what_cannot_be_read_or_mended(
    open_folder: Path, as_user: Callable[[], contextlib.AbstractContextManager[None]]
) -> None:
    with as_user():
        world = World(open_folder / "cache")
        with world.cache() as cache:
            cache.set(key("a"), b"a" * 100, 60)
            cache.set(key("b"), b"b" * 100, 60)
        world.blobs()[0].chmod(0)
        with world.cache() as cache:
            assert cache.disk
            assert [issue.kind for issue in check(cache.disk).issues] == ["permissions"]
            assert repair(cache.disk).repaired
            assert check(cache.disk).status == "healthy"
            assert contents(cache) == ["a", "b"]
        world.index.chmod(0)
        with world.cache() as cache:
            assert cache.disk
            assert [issue.kind for issue in check(cache.disk).issues] == ["permissions"]
            repair(cache.disk)
            assert contents(cache) == ["a", "b"]
    if os.geteuid() == 0:
        for path in (world.folder, *world.folder.rglob("*")):
            os.chown(path, 0, 0)
        world.folder.chmod(0o755)
        with as_user(), world.cache() as cache:
            assert cache.disk
            with pytest.raises(CacheError, match="cannot be repaired"):
                repair(cache.disk)


@pytest.mark.parametrize(
    "name", ["notes.txt", "objects/x.txt", "objects/ab/notes.txt", "objects/ab/cdef", "HEAD"]
)
def test_what_is_somebody_s_own_is_never_touched(world: World, name: str) -> None:
    with world.cache() as cache:
        cache.set(key("a.md"), b"a", 60)
    own = world.folder / name
    own.parent.mkdir(parents=True, exist_ok=True)
    own.write_bytes(b"mine")
    for work in (lambda disk: disk.clear(), repair, check):
        with world.cache() as cache, contextlib.suppress(CacheError):
            assert cache.disk
            work(cache.disk)
    assert own.read_bytes() == b"mine"


def test_a_repository_is_no_cache(world: World) -> None:
    place = world.folder.parent / "work" / ".git"
    subprocess.run(["git", "init", "-q", str(place.parent)], check=True)
    before = {path: path.stat().st_mtime_ns for path in place.rglob("*")}
    with CacheManager(str(place), warn=world.warnings.append) as cache:
        assert cache.disk
        cache.set(key("a.md"), b"a", 60)
        assert cache.get(key("a.md"))
        with pytest.raises(CacheError, match="it is no cache's folder, since it holds"):
            cache.clear("all")
        with pytest.raises(CacheError, match="it is no cache's folder"):
            cache.disk.need()
    assert before == {path: path.stat().st_mtime_ns for path in place.rglob("*")}
    assert len(world.warnings) == 1
