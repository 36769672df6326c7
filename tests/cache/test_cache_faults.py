"""Damage of every kind: it costs a document's fetch, tells so once, and raises nothing.

The whole of it is `CODEX_FUZZ=5000 python -m pytest tests/cache/test_cache_faults.py`.
"""

from __future__ import annotations

import contextlib
import errno
import os
import random
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Callable

import pytest
from caches import World, key
from crash_lab import died
from timing import pause

from codex_action.cache.access import readable_by_all
from codex_action.cache.index import Index
from codex_action.cache.peek import remembered_paths
from codex_action.cache.repair import check, repair
from codex_action.cache.rows import seal_of
from codex_action.errors import CacheError

COUNT = int(os.environ.get("CODEX_FUZZ", "400"))
PLACES = 64
DOCUMENTS = {name: (name * (700 if name < "d" else 3)).encode() for name in "abcde"}


def fill(world: World) -> None:
    with world.cache() as cache:
        for name, content in DOCUMENTS.items():
            cache.set(key(name), content, 1e6, '"an-etag"', source="github")
        cache.set(key("twin"), DOCUMENTS["a"], 1e6)


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = World(tmp_path / "cache")
    fill(world)
    return world


def use(world: World) -> list[str]:
    """What a run does with a cache; gives the documents that were still there, none of which may be a wrong one."""
    found = []
    with world.cache() as cache:
        for name, content in DOCUMENTS.items():
            entry = cache.get(key(name))
            if entry:
                assert entry.content == content, f"{name} is wrong"
                assert (entry.key, entry.etag, entry.size) == (key(name), '"an-etag"', len(content))
                found.append(name)
        cache.list()
        cache.stats()
        cache.metrics()
        for name, content in DOCUMENTS.items():  # fetched again, as far as needed
            assert cache.set(key(name), content, 1e6, '"an-etag"').content == content
            held = cache.get(key(name))
            assert held
            assert held.content == content
    return found


def flip(data: bytes, at: int, chance: random.Random) -> bytes:
    return data[:at] + bytes([data[at] ^ (1 << chance.randrange(8))]) + data[at + 1 :] if data else b"x"


def twice(data: bytes, at: int, chance: random.Random) -> bytes:
    length = chance.choice((1, 64, 1024, len(data)))
    return data[:at] + data[at : at + length] * 2 + data[at + length :]


MUTATIONS: dict[str, Callable[[bytes, int, random.Random], bytes | None]] = {
    "cut": lambda data, at, _: data[:at],
    "beginning gone": lambda data, at, _: data[at:],
    "bit": flip,
    "twice": twice,
    "zeros": lambda data, at, _: data[:at] + bytes(min(512, len(data) - at)) + data[at + 512 :],
    "gone": lambda _data, _at, _chance: None,
}


def mutants(files: list[Path]) -> Iterator[tuple[str, Path, bytes | None]]:
    """Every mutation at 64 places of every file, in an order that mixes them well."""
    chance = random.Random(7)  # noqa: S311 - the same mutations every time
    cases = [(name, file, place) for file in files for name in MUTATIONS for place in range(PLACES)]
    chance.shuffle(cases)
    while True:
        for name, file, place in cases:
            data = file.read_bytes()
            spread = max(1, len(data) // PLACES)
            at = min(len(data) - 1, place * spread + chance.randrange(spread)) if data else 0
            yield f"{name} at {at} of {file.name}", file, MUTATIONS[name](data, at, chance)


def restore(world: World, copy: Path) -> None:
    shutil.rmtree(world.folder)
    shutil.copytree(copy, world.folder)
    world.warnings.clear()


def judge(world: World, name: str) -> None:
    """One run with the damage, and one after it: at most one warning of a kind, and then all is well."""
    try:
        use(world)
        assert len(world.warnings) <= 2, world.warnings
        left_alone = any("cannot be used" in warning for warning in world.warnings)
        world.warnings.clear()
        if left_alone:
            with world.cache() as cache:
                assert cache.disk
                repair(cache.disk)
            use(world)
            world.warnings.clear()
        again = use(world)
        if len(again) < len(DOCUMENTS):  # damage that only came to light when something was written
            again = use(world)
        assert again == list(DOCUMENTS), again
    except Exception as error:
        raise AssertionError(f"{name}: {error}") from error


@pytest.mark.slow
def test_mutations(world: World, tmp_path: Path) -> None:
    """Each file of a cache at rest."""
    copy = tmp_path / "copy"
    shutil.copytree(world.folder, copy)
    files = [world.index, *world.blobs()]
    for number, (name, file, data) in enumerate(mutants(files)):
        if number == COUNT:
            break
        file.unlink() if data is None else file.write_bytes(data)
        judge(world, f"mutation {number}, {name}")
        restore(world, copy)


@pytest.mark.slow
def test_mutations_of_a_cache_that_was_not_closed(world: World, tmp_path: Path) -> None:
    """Its journal as well, as a killed process leaves it."""
    with world.cache() as cache:
        for name, content in DOCUMENTS.items():
            cache.set(key(name), content, 1e6, '"an-etag"')
        copy = tmp_path / "copy"
        shutil.copytree(world.folder, copy)
    restore(world, copy)
    files = [world.folder / name for name in ("index.db", "index.db-wal", "index.db-shm")]
    for number, (name, file, data) in enumerate(mutants(files)):
        if number == COUNT // 2:
            break
        file.unlink() if data is None else file.write_bytes(data)
        judge(world, f"mutation {number}, {name}")
        restore(world, copy)


def test_rows_that_somebody_made(world: World) -> None:
    """Right seals do not make values right: they are used in times, paths and headers."""
    bad = [
        ("content_hash", "../../../../etc/passwd" + "a" * 42), ("content_hash", "/" * 64), ("size", -1), ("ttl", 1e300), ("ttl", -1.0), ("created_at", 1e300),
        ("created_at", -1e300), ("etag", "a\r\nX: y"), ("last_modified", "\x1b[31m"), ("content_type", "a\nb"), ("created_at", "x"),
    ]  # fmt: skip
    for column, value in bad:
        with contextlib.closing(sqlite3.connect(world.index, isolation_level=None)) as database:
            database.execute(f"UPDATE entry SET {column} = ? WHERE path = 'b'", (value,))  # noqa: S608 - a name from above
            row = database.execute(
                "SELECT source, content_hash, size, created_at, ttl, etag, last_modified, content_type FROM entry WHERE path = 'b'"
            ).fetchone()
            database.execute("UPDATE entry SET seal = ? WHERE path = 'b'", (seal_of(key("b"), row),))
        judge(world, f"{column} = {value!r}")
        world.warnings.clear()


def test_a_row_of_another_document(world: World) -> None:
    """Two rows whose contents were exchanged: neither is served."""
    with contextlib.closing(sqlite3.connect(world.index, isolation_level=None)) as database:
        database.execute("CREATE TEMP TABLE old AS SELECT path, content_hash, size, seal FROM entry")
        database.execute(
            "UPDATE entry SET (content_hash, size, seal) = (SELECT content_hash, size, seal FROM old WHERE old.path = "
            "CASE entry.path WHEN 'b' THEN 'c' ELSE 'b' END) WHERE path IN ('b', 'c')"
        )
    assert use(world) == ["a", "d", "e"]
    assert len(world.warnings) == 1
    assert use(world) == list(DOCUMENTS)


def test_an_index_that_is_a_link_or_a_pipe(world: World, tmp_path: Path) -> None:
    """Not followed, not waited for."""
    elsewhere = tmp_path / "elsewhere"
    shutil.copy(world.index, elsewhere)
    before = elsewhere.read_bytes()
    for make in (lambda path: path.symlink_to(elsewhere), os.mkfifo, Path.mkdir):
        world.index.unlink()
        make(world.index)
        assert use(world) == []
        assert len(world.warnings) == 1
        world.warnings.clear()
    assert elsewhere.read_bytes() == before


def schema(*statements: str) -> Callable[[World], None]:
    def change(world: World) -> None:
        with contextlib.closing(sqlite3.connect(world.index, isolation_level=None)) as database:
            for statement in statements:
                database.execute(statement)

    return change


def another_program(world: World) -> None:
    world.index.unlink()
    schema("CREATE TABLE bookmarks (url TEXT)", "INSERT INTO bookmarks VALUES ('x')")(world)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(schema("PRAGMA user_version = 2"), id="newer"),
        pytest.param(schema("PRAGMA application_id = 1"), id="other number"),
        pytest.param(another_program, id="another program's"),
    ],
)
def test_a_foreign_index_is_left_alone(world: World, change: Callable[[World], None]) -> None:
    """Not a byte of it changes; the run works without a cache."""
    change(world)
    before = world.index.read_bytes()
    for _ in range(2):
        world.warnings.clear()
        assert use(world) == []
        assert len(world.warnings) == 1
        assert "cannot be used" in world.warnings[0]
        assert world.index.read_bytes() == before
    assert sorted(path.name for path in world.folder.iterdir()) == [".gitignore", "index.db", "objects"]


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(schema("DROP TABLE entry"), id="no entries"),
        pytest.param(schema("DROP TABLE counter"), id="no counters"),
        pytest.param(schema("DROP INDEX entry_content"), id="no index"),
        pytest.param(schema("DROP TABLE entry", "CREATE TABLE entry (a)"), id="other columns"),
        pytest.param(
            schema("CREATE TRIGGER t BEFORE INSERT ON entry BEGIN SELECT RAISE(ABORT, 'no'); END"),
            id="a trigger that refuses",
        ),
        pytest.param(
            schema("ALTER TABLE entry RENAME TO e", "CREATE VIEW entry AS SELECT * FROM e"), id="a view"
        ),
    ],
)
def test_an_index_of_an_odd_shape(world: World, change: Callable[[World], None]) -> None:
    change(world)
    use(world)
    assert world.warnings
    assert len(world.warnings) <= 2
    with world.cache() as cache:
        assert cache.disk
        repair(cache.disk)


def test_a_locked_index(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """It waits once, then hardly; when the lock is gone all is there."""
    monkeypatch.setattr("codex_action.cache.database.PATIENCE", 0.2)
    with contextlib.closing(sqlite3.connect(world.index, isolation_level=None)) as holder:
        holder.execute("PRAGMA locking_mode = EXCLUSIVE")
        holder.execute("BEGIN EXCLUSIVE")
        holder.execute("UPDATE entry SET size = size")
        assert use(world) == []
        assert len(world.warnings) == 1
        holder.execute("ROLLBACK")
    world.warnings.clear()
    assert use(world) == list(DOCUMENTS)
    assert world.warnings == []


def test_an_index_locked_for_writing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading goes on; hits are counted once the lock is gone."""
    monkeypatch.setattr("codex_action.cache.database.PATIENCE", 0.1)
    with world.cache(max_memory_entries=0) as cache:
        assert cache.get(key("a"))
        with contextlib.closing(sqlite3.connect(world.index, isolation_level=None)) as holder:
            holder.execute("BEGIN IMMEDIATE")
            cache.flush()
            assert cache.get(key("b"))
            assert len(world.warnings) == 1
            holder.execute("ROLLBACK")
        assert sum(entry.access_count for entry in cache.list()) == 2


def together(work: Callable[[int], object], count: int = 8) -> None:
    with ThreadPoolExecutor(count) as pool:
        list(pool.map(work, range(count)))


def test_threads_wait_once_for_a_locked_index(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that wait for the first to open it do not try again; a command does."""
    tried: list[str] = []

    def locked(path: str, _: object) -> None:
        tried.append(path)
        pause(0.2)  # they stand before the lock by now
        raise sqlite3.OperationalError("database is locked")

    with world.cache() as cache, monkeypatch.context() as patch:
        patch.setattr("codex_action.cache.database.open_database", locked)
        together(lambda number: cache.set(key(f"{number}"), b"x", 60))
        assert len(tried) == 1
        assert len(world.warnings) == 1
        assert cache.disk
        with pytest.raises(CacheError, match="locked"):
            cache.clear("all")
        assert len(tried) == 2
        patch.undo()
        cache.clear("all")
        assert cache.set(key("a"), b"x", 60)
        assert len(world.blobs()) == 1


def test_threads_wait_once_for_an_index_that_is_held(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the first that waited in vain and the next, nobody waits as long again."""
    patience: list[int] = []
    begin = Index.transaction

    @contextlib.contextmanager
    def transaction(index: Index) -> Iterator[None]:
        with index._lock:  # noqa: SLF001 - what the next one to get it finds
            patience.extend(index._run("PRAGMA busy_timeout").fetchone())  # noqa: SLF001
            with begin(index):
                yield

    monkeypatch.setattr("codex_action.cache.database.PATIENCE", 0.3)
    monkeypatch.setattr(Index, "transaction", transaction)
    with world.cache() as cache, contextlib.closing(sqlite3.connect(world.index)) as holder:
        cache.list()
        patience.clear()
        holder.isolation_level = None
        holder.execute("BEGIN IMMEDIATE")
        together(lambda number: cache.set(key(f"{number}"), b"x", 60))
        assert len(patience) >= 8
        assert patience.count(300) == 1
        assert len(world.warnings) == 1


@pytest.mark.parametrize("mode", [0o500, 0o000])
def test_a_folder_that_cannot_be_written_or_read(
    open_folder: Path, as_user: Callable[[], contextlib.AbstractContextManager[None]], mode: int
) -> None:
    """Read only: what is there is served, nothing is kept, one warning. Closed: as if there were none."""
    world = World(open_folder / "cache")
    with as_user():
        fill(world)
        paths = [world.folder, *sorted(world.folder.rglob("*"))]
        for path, folder in [(path, path.is_dir()) for path in reversed(paths)]:
            path.chmod(mode & (0o500 if folder else 0o400))
        before = sorted(world.folder.rglob("*")) if mode else []
        assert use(world) == (list(DOCUMENTS) if mode else [])
        assert len(world.warnings) <= 1
        with world.cache() as cache:
            cache.set(key("new"), b"new", 60)
            got = cache.get(key("new"))
            assert got
            assert got.content == b"new"
            assert [entry.key.path for entry in cache.list(pattern="new")] == ["new"]
        assert world.warnings
        assert sorted(world.folder.rglob("*")) == before or not mode
        for path in paths:
            path.chmod(0o700)


def test_a_cache_that_is_only_read_has_nothing_to_tell(
    open_folder: Path, as_user: Callable[[], contextlib.AbstractContextManager[None]]
) -> None:
    world = World(open_folder / "cache")
    with as_user():
        fill(world)
        for path in (*world.folder.rglob("*"), world.folder):
            path.chmod(0o500 if path.is_dir() else 0o400)
        with world.cache() as cache:
            assert cache.get(key("a"))
            assert cache.disk
            assert {issue.kind for issue in check(cache.disk).issues} == set()
    assert world.warnings == []


@pytest.mark.parametrize("place", ["a file", "a link to nowhere", "below a file"])
def test_no_place_for_a_folder(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").write_text("mine")
    (tmp_path / "link").symlink_to(tmp_path / "nowhere" / "at all")
    world = World(
        tmp_path / {"a file": "file", "a link to nowhere": "link", "below a file": "file/cache"}[place]
    )
    assert use(world) == []
    assert len(world.warnings) == 1
    assert (tmp_path / "file").read_text() == "mine"
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_another_user_s_cache_is_not_believed(
    open_folder: Path, as_user: Callable[[], contextlib.AbstractContextManager[None]]
) -> None:
    """Whoever can write there could say anything; a container's root believes the user it works for."""
    world = World(open_folder / "cache")
    fill(world)
    for path in (world.folder, *world.folder.rglob("*")):
        os.chown(path, 12345, 12345)
        path.chmod(0o777)
    with as_user():
        assert use(world) == []
    assert use(world) == []
    assert len(world.warnings) == 2
    assert all("another user" in warning for warning in world.warnings)
    world.warnings.clear()
    with world.cache(access=readable_by_all((12345, 12345))) as cache:
        assert cache.get(key("a"))
    assert world.warnings == []


def test_what_stands_where_a_content_should_be(world: World, tmp_path: Path) -> None:
    """A folder, a link, a pipe: nothing is followed, nothing is waited for."""
    (tmp_path / "elsewhere").write_bytes(DOCUMENTS["b"])
    paths = world.blobs()
    contents = [path.read_bytes() for path in paths]
    for path, make in zip(paths, (Path.mkdir, lambda it: it.symlink_to(tmp_path / "elsewhere"), os.mkfifo)):
        path.unlink()
        make(path)
    lost = [name for name, content in DOCUMENTS.items() if content in contents[:3]]
    with world.cache() as cache:
        assert [name for name in DOCUMENTS if cache.get(key(name)) is None] == lost
        assert len(world.warnings) == 1
        for name, content in DOCUMENTS.items():
            assert cache.set(key(name), content, 60).content == content
    assert (tmp_path / "elsewhere").read_bytes() == DOCUMENTS["b"]


def test_a_folder_of_contents_that_is_a_link(world: World, tmp_path: Path) -> None:
    """Nothing is written through it."""
    (tmp_path / "elsewhere").mkdir()
    shutil.rmtree(world.folder / "objects")
    (world.folder / "objects").mkdir()
    for number in range(256):
        (world.folder / f"objects/{number:02x}").symlink_to(tmp_path / "elsewhere")
    assert use(world) == []
    assert world.warnings
    assert list((tmp_path / "elsewhere").iterdir()) == []


@pytest.mark.parametrize("name", ["objects", "objects/ab", "index.db", "index.db-wal"])
def test_a_link_to_another_cache(world: World, tmp_path: Path, name: str) -> None:
    """A cloned project may hold one: nothing is written, removed or changed where it leads."""
    other = World(tmp_path / "other")
    fill(other)
    elsewhere = other.folder / name.replace("ab", other.blobs()[0].parent.name)
    if not elsewhere.exists():
        elsewhere.write_bytes(b"mine")
    before = {path: path.read_bytes() for path in other.folder.rglob("*") if path.is_file()}
    link = world.folder / name.replace("ab", elsewhere.name)
    if link.is_dir():
        shutil.rmtree(link)
    with contextlib.suppress(FileNotFoundError):
        link.unlink()
    link.symlink_to(elsewhere)
    assert use(world) == []
    assert len(world.warnings) == 1
    assert "is a symbolic link" in world.warnings[0]
    with world.cache() as cache:
        with pytest.raises(CacheError, match="is a symbolic link"):
            cache.clear("all")
        assert cache.disk
        assert [issue.kind for issue in check(cache.disk).issues] == ["corrupt"]
        assert repair(cache.disk).status_after == "healthy"
    world.warnings.clear()
    use(world)
    assert use(world) == list(DOCUMENTS)
    assert world.warnings == []
    assert {path: path.read_bytes() for path in before} == before
    assert sorted(path for path in other.folder.rglob("*") if path.is_file()) == sorted(before)


def test_what_is_kept_is_not_read_through_a_link(world: World, tmp_path: Path) -> None:
    assert "a" in remembered_paths(str(world.folder), "umbrella", "handbook", "")
    (tmp_path / "project").mkdir()
    assert remembered_paths(str(tmp_path / "project"), "umbrella", "handbook", "") == frozenset()
    (tmp_path / "project/index.db").symlink_to(world.index)
    assert remembered_paths(str(tmp_path / "project"), "umbrella", "handbook", "") == frozenset()


# --- A full disk ------------------------------------------------------------------------------------------------------


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of half a megabyte."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=512k,mode=0755", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("a small file system cannot be mounted here")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def test_a_full_disk(small_disk: Path) -> None:
    """Whatever is left of it: the document is given, what was there is there, and it is told once."""
    world = World(small_disk / "cache")
    fill(world)
    ballast = small_disk / "ballast"
    fillings = 0
    for left in range(0, 120_000, max(1024, 1_600_000 // COUNT)):
        world.warnings.clear()
        fill_up(ballast, left)
        with world.cache() as cache:
            for name in ("new", "newer"):
                content = name.encode() * 5000
                assert cache.set(key(name), content, 1e6).content == content
                got = cache.get(key(name))
                assert got
                assert got.content == content
        assert len(world.warnings) <= 1, world.warnings
        fillings += bool(world.warnings)
        with world.cache() as cache:
            for name, content in DOCUMENTS.items():
                held = cache.get(key(name))
                assert held
                assert held.content == content
            for name in ("new", "newer"):
                held = cache.get(key(name))
                assert not held or held.content == name.encode() * 5000
        ballast.unlink()
        with world.cache() as cache:
            assert cache.disk
            assert {issue.kind for issue in check(cache.disk).issues} <= {"orphan"}
            cache.remove(key("new"))
            cache.remove(key("newer"))
    assert fillings > 5
    world.warnings.clear()
    assert use(world) == list(DOCUMENTS)
    assert world.warnings == []


def fill_up(ballast: Path, left: int) -> None:
    """Leave so many bytes, as near as blocks allow."""
    free = shutil.disk_usage(ballast.parent).free
    ballast.write_bytes(bytes(max(0, free - left)))


def test_a_disk_that_is_full_from_the_start(small_disk: Path) -> None:
    world = World(small_disk / "cache")
    fill_up(small_disk / "ballast", 0)
    assert use(world) == []
    assert len(world.warnings) == 1


def test_no_disk_takes_no_byte_at_any_write(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same where no small disk can be had: the content's file cannot be written."""

    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with world.cache() as cache:
        cache.list()
        monkeypatch.setattr(os, "write", full)
        assert cache.set(key("new"), b"new", 60).content == b"new"
        assert cache.set(key("a"), b"changed", 60).content == b"changed"
        monkeypatch.undo()
    assert world.warnings == [
        f"the cache in {str(world.folder)!r} is not of full use: no space left on device"
    ]
    assert len(world.blobs()) == len(DOCUMENTS)
    world.warnings.clear()
    assert use(world) == list(DOCUMENTS)


def test_a_fork_while_it_is_used(world: World) -> None:
    """A child that dies with the cache open disturbs nobody."""
    with world.cache() as cache:
        cache.list()
        assert not died(lambda: cache.set(key("child"), b"x", 60))
        cache.set(key("parent"), b"y", 60)
    assert use(world) == list(DOCUMENTS)
    assert world.warnings == []
