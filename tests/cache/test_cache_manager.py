"""The cache as its users see it."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import stat
import subprocess
import sys
import threading
import time
import warnings
from pathlib import Path

import pytest
from caches import NOON, World, key
from crash_lab import died

from codex_action.artifacts.document import content_hash
from codex_action.cache.access import PRIVATE, Access, make_folder, readable_by_all
from codex_action.cache.entry import CacheKey, Freshness
from codex_action.cache.manager import CacheManager, create_cache_manager
from codex_action.cache.metrics import Share
from codex_action.errors import CacheError, UsageError

A = key("docs/a.md")


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path / "cache")


def test_seed_1_s_example() -> None:
    """A text as a key, positional arguments, and the entry's attributes."""
    cache = create_cache_manager(None, 10)
    put = cache.set("some key", b"content", 60, '"etag"')
    entry = cache.get("some key")
    assert entry == put
    assert entry
    assert (entry.content, entry.content_hash, entry.ttl_seconds) == (
        b"content",
        content_hash(b"content"),
        60,
    )
    assert (entry.etag, entry.is_valid, entry.is_fresh) == ('"etag"', True, True)
    assert abs(entry.created_at - time.time()) < 60
    assert cache.get("another key") is None
    cache.close()


@pytest.mark.parametrize("memory", [1000, 0], ids=["with memory", "without memory"])
def test_it_remembers(world: World, memory: int) -> None:
    with world.cache(max_memory_entries=memory) as cache:
        assert cache.get(A) is None
        put = cache.set(
            A, b"one", 60, '"1"', source="github", content_type="text/markdown", last_modified="Mon"
        )
        got = cache.get(A)
        assert got == put
        assert got
        assert got.content == b"one"
    with world.cache(max_memory_entries=memory) as cache:
        again = cache.get(A)
        assert again
        assert (again.content, again.etag, again.source, again.content_type, again.last_modified) == (
            b"one",
            '"1"',
            "github",
            "text/markdown",
            "Mon",
        )
        assert (again.size, again.created_at, again.ttl, again.access_count) == (3, NOON, 60, 1)
    assert world.warnings == []


def test_its_time(world: World) -> None:
    """`get` gives what is within its time, `lookup` whatever is there."""
    with world.cache() as cache:
        cache.set(A, b"one", 60)
        for seconds, valid in ((59.9, True), (60, False), (400, False), (-0.1, False)):
            world.clock.at = NOON + seconds
            assert (cache.get(A) is not None) == valid
            held = cache.lookup(A)
            assert held
            assert held.content == b"one"


@pytest.mark.parametrize("years", [-10, 10])
def test_a_clock_that_jumps(world: World, years: int) -> None:
    """Ten years back or ahead between two runs: not within its time, still there, and right again after the next set."""
    with world.cache() as cache:
        cache.set(A, b"one", 3600)
    world.clock.at += years * 365 * 86400
    with world.cache() as cache:
        assert cache.get(A) is None
        entry = cache.lookup(A)
        assert entry
        assert cache.status(entry) is (Freshness.STALE if years < 0 else Freshness.EXPIRED)
        cache.set(A, b"two", 3600)
        got = cache.get(A)
        assert got
        assert got.content == b"two"
    assert world.warnings == []


def test_what_is_missing_is_remembered_for_lookup_alone(world: World) -> None:
    with world.cache() as cache:
        cache.set_missing(A, 60)
    with world.cache() as cache:
        held = cache.lookup(A)
        assert held
        assert held.missing
        assert cache.get(A) is None
        assert cache.list() == []
        assert cache.stats().entries == 0
        world.clock.at += 61
        cache.set(key("b"), b"", 1)
    with world.cache() as cache:
        assert cache.lookup(A) is None, "forgotten when its time was over"
    assert world.warnings == []


def test_a_cache_of_one_process_sees_what_another_renewed(world: World) -> None:
    with world.cache() as mine, world.cache() as other:
        mine.set(A, b"old", 60)
        world.clock.at += 100
        other.set(A, b"new", 60)
        got = mine.get(A)
        assert got
        assert got.content == b"new"


TWINS = [
    ("a/b/c.md", "a_b_c.md"), ("a/b", "a%2Fb"), ("x?y", "x_y"), ("x?y", "x"), ("Readme.md", "README.md"), ("index", "index/index"), ("a", "a/b"),
    ("a.md", "a.md "), ("e\u0301", "\u00e9"), ("a.cache", "a.meta.json"), ("con", "CON.md"), ("a\nb", "a b"), ("../../x", "x"), ("a\0b", "ab"), ("*", "?"),
]  # fmt: skip


@pytest.mark.parametrize(("one", "other"), TWINS)
def test_no_two_paths_share_content(world: World, one: str, other: str) -> None:
    with world.cache(max_memory_entries=0) as cache:
        cache.set(key(one), b"one", 60)
        assert cache.get(key(other)) is None
        cache.set(key(other), b"other", 60)
        found = [cache.get(key(path)) for path in (one, other)]
        assert [entry and entry.content for entry in found] == [b"one", b"other"]
        cache.remove(key(one))
        assert cache.get(key(one)) is None
        assert cache.get(key(other))
    assert world.warnings == []


def test_no_two_keys_share_content(world: World) -> None:
    """Each part of a key counts, wherever its text would stand if the parts were joined."""
    keys = [
        CacheKey(*parts)
        for parts in (
            ("h", "o", "p", "", "a"), ("h", "o", "p", "v", "a"), ("h", "o", "p", "", "a", "scope"), ("H", "o", "p", "", "a"), ("h", "o/p", "", "", "a"),
            ("h", "o", "p/a", "", ""), ("", "h", "o", "p", "a"), ("h", "op", "", "", "a"), ("h", "o", "p", "a", ""), ("h", "o", "", "p", "a"),
        )
    ]  # fmt: skip
    with world.cache(max_memory_entries=0) as cache:
        for number, each in enumerate(keys):
            cache.set(each, str(number).encode(), 60)
        found = [cache.get(each) for each in keys]
        assert [entry and entry.content for entry in found] == [
            str(number).encode() for number in range(len(keys))
        ]


def test_nothing_leaves_the_folder(world: World) -> None:
    """Names on disk are made of contents, never of keys."""
    before = sorted(world.folder.parent.rglob("*"))
    with world.cache() as cache:
        for path in ("../../pwned", "/etc/pwned", "a/../../../pwned", "C:\\pwned", "pwned\0"):
            cache.set(CacheKey("../..", "..", "..", "..", path, ".."), b"x", 60)
            cache.set(path, b"x", 60)
    outside = [path for path in world.folder.parent.rglob("*") if world.folder not in (path, *path.parents)]
    assert sorted(outside) == before
    assert not any("pwned" in path.name for path in world.folder.rglob("*"))


def test_a_text_that_no_file_can_hold_stays_in_memory(world: World) -> None:
    with world.cache() as cache:
        cache.set(key("\ud800"), b"x", 60)
        assert cache.get(key("\ud800"))
        assert cache.get(key("\ud801")) is None
    assert len(world.warnings) == 1


def test_equal_contents_are_kept_once(world: World) -> None:
    with world.cache() as cache:
        for name in "abc":
            cache.set(key(name), b"same", 60)
        assert len(world.blobs()) == 1
        cache.remove(key("a"))
        cache.set(key("b"), b"different", 60)
        assert len(world.blobs()) == 2
        cache.remove(key("c"))
        assert [path.name for path in world.blobs()] == [content_hash(b"different")]


def test_a_private_document_stays_in_memory(world: World) -> None:
    """Not even an older copy, or its name, stays on disk."""
    with world.cache() as cache:
        cache.set(A, b"older", 60)
        cache.set(A, b"secret-content", 60, memory_only=True)
        got = cache.get(A)
        assert got
        assert got.content == b"secret-content"
        assert [entry.content_hash for entry in cache.list()] == [got.content_hash]
        assert cache.stats().entries == 1
        assert cache.clear("expired").deleted_count == 0
    assert world.blobs() == []
    with world.cache() as cache:
        assert cache.lookup(A) is None


def test_without_a_folder_all_stays_in_memory(tmp_path: Path) -> None:
    with CacheManager() as cache:
        cache.set(A, b"one", 60)
        assert cache.get(A)
        assert cache.get("x") is None
        cache.count_fetch(0.5)
        found = cache.metrics()
        assert (found.total_entries, found.hit_rate, found.avg_fetch_time) == (1, 0.5, 0.5)
        assert cache.stats()[:2] == (1, 3)
        assert cache.clear("all").deleted_count == 1
        cache.set(A, b"one", 60)
        assert cache.clear("project", "umbrella/handbook").affected_entries == (
            "codex://umbrella/handbook/docs/a.md",
        )
        cache.remove(A)
        assert cache.get(A) is None


@pytest.mark.parametrize("seconds", [-1, float("nan"), float("inf")])
def test_a_time_that_is_none_is_refused(world: World, seconds: float) -> None:
    with world.cache() as cache, pytest.raises(UsageError, match="cannot be remembered"):
        cache.set(A, b"", seconds)


@pytest.mark.parametrize("text", ["a\r\nAuthorization: b", "\x1b[31m", ""])
def test_headers_that_cannot_be_sent_again_are_not_kept(world: World, text: str) -> None:
    with world.cache() as cache:
        entry = cache.set(A, b"", 60, text, content_type=text, last_modified=text)
        assert (entry.etag, entry.content_type, entry.last_modified) == (
            None,
            "application/octet-stream",
            None,
        )


# --- Listing and clearing ---------------------------------------------------------------------------------------------

FILLED = [
    (key("docs/new.md"), 0), (key("docs/.hidden/x.md"), 0), (key("docs/old.md"), 150), (key("docs/dead.md"), 900),
    (key("docs/new.md", project="tools"), 0), (key("docs/new.md", org="rain"), 900), (key("docs/new.md", version="v1"), 0),
]  # fmt: skip


def names(entries: object) -> list[str]:
    return sorted(
        str(entry).removeprefix("codex://") if isinstance(entry, str) else entry.reference[8:]
        for entry in entries
    )  # type: ignore[attr-defined]


@pytest.fixture
def filled(world: World) -> World:
    with world.cache() as cache:
        for each, age in FILLED:
            world.clock.at = NOON - age
            cache.set(each, each.reference.encode(), 100, source="github")
        world.clock.at = NOON
        cache.set("a text", b"x", 900)
    return world


SELECTIONS = [
    pytest.param({}, {0, 1, 2, 3, 4, 5, 6, 7}, id="all"),
    pytest.param({"project": "umbrella/handbook"}, {0, 1, 2, 3, 6}, id="project"),
    pytest.param({"project": "handbook"}, {0, 1, 2, 3, 5, 6}, id="project of any organisation"),
    pytest.param({"project": "hand"}, set(), id="not a part of a name"),
    pytest.param({"project": "UMBRELLA/handbook"}, {0, 1, 2, 3, 6}, id="in any case"),
    pytest.param({"pattern": "docs/new.md"}, {0, 4, 5, 6}, id="path"),
    pytest.param({"pattern": "docs/**"}, {0, 1, 2, 3, 4, 5, 6}, id="hidden ones too"),
    pytest.param({"pattern": "umbrella/*/docs/*.md"}, {0, 2, 3, 4, 6}, id="project and path"),
    pytest.param(
        {"pattern": "codex://umbrella/handbook/**"}, {0, 1, 2, 3}, id="reference: the default version alone"
    ),
    pytest.param({"pattern": "codex://*/handbook@v1/**"}, {6}, id="reference with its version"),
    pytest.param({"pattern": "a text"}, {7}, id="a text"),
    pytest.param({"project": "handbook", "pattern": "**/new.md"}, {0, 5, 6}, id="both"),
    pytest.param({"status": Freshness.FRESH}, {0, 1, 4, 6, 7}, id="fresh"),
    pytest.param({"status": Freshness.STALE}, {2}, id="stale"),
    pytest.param({"status": Freshness.EXPIRED}, {3, 5}, id="expired"),
]


def expected(numbers: set[int]) -> list[str]:
    references = [*(each.reference[8:] for each, _ in FILLED), "a text"[8:]]
    return sorted(references[number] for number in numbers)


@pytest.mark.parametrize(("chosen", "numbers"), SELECTIONS)
def test_list(filled: World, chosen: dict[str, object], numbers: set[int]) -> None:
    with filled.cache() as cache:
        assert names(cache.list(**chosen)) == expected(numbers)  # type: ignore[arg-type]


SCOPES = [
    pytest.param("all", None, {0, 1, 2, 3, 4, 5, 6, 7}, id="all"),
    pytest.param("expired", None, {3, 5}, id="expired: not what is only stale"),
    pytest.param("project", "umbrella/handbook", {0, 1, 2, 3, 6}, id="project"),
    pytest.param("pattern", "**/{old,dead}.md", {2, 3}, id="pattern"),
    pytest.param("pattern", "nothing/**", set(), id="pattern that matches nothing"),
]


@pytest.mark.parametrize(("scope", "text", "numbers"), SCOPES)
def test_clear(filled: World, scope: str, text: str | None, numbers: set[int]) -> None:
    with filled.cache() as cache:
        cache.lookup(FILLED[0][0])  # in memory too
        planned = cache.clear(scope, text, dry_run=True)
        assert (planned.deleted_count, planned.dry_run) == (len(numbers), True)
        assert len(cache.list()) == 8
        done = cache.clear(scope, text)
        assert (done.deleted_count, done.affected_entries, done.dry_run) == (
            len(numbers),
            planned.affected_entries,
            False,
        )
        left = set(range(8)) - numbers
        assert names(cache.list()) == expected(left)
        assert (cache.get(FILLED[0][0]) is None) == (0 in numbers)
        assert len(filled.blobs()) == len(left)
    assert filled.warnings == []


@pytest.mark.parametrize(
    ("scope", "text"),
    [("some", None), ("project", None), ("pattern", ""), ("all", "x"), ("expired", "x"), ("pattern", "{a")],
)
def test_a_request_that_makes_no_sense(filled: World, scope: str, text: str | None) -> None:
    with filled.cache() as cache:
        if scope == "pattern" and text:
            assert cache.clear(scope, text).deleted_count == 0
            return
        with pytest.raises(UsageError):
            cache.clear(scope, text)
        assert len(cache.list()) == 8


@pytest.mark.parametrize("disk", [True, False], ids=["on disk", "in memory"])
@pytest.mark.parametrize(
    ("scope", "text"),
    [("project", "umbrella/handbook"), ("project", "HandBook"), ("pattern", "docs/**")],
)
def test_clear_forgets_that_documents_were_not_there(
    world: World, scope: str, text: str, *, disk: bool
) -> None:
    other = key("src/b.md", project="other")
    with world.cache() if disk else CacheManager(None) as cache:
        for absent in (A, other):
            cache.set_missing(absent, 60)
        assert cache.clear(scope, text, dry_run=True).deleted_count == 0
        assert cache.lookup(A)
        assert cache.clear(scope, text).affected_entries == ()
        assert cache.lookup(A) is None
        assert cache.lookup(other)


@pytest.mark.parametrize("project", ["umbrella/handbook", "Umbrella/HandBook", "HANDBOOK"])
def test_a_project_has_its_name_in_any_case(project: str) -> None:
    with CacheManager(None) as cache:
        for org in ("umbrella", "Umbrella"):
            cache.set(key("a.md", org=org), b"x", 60)
        cache.set(key("a.md", project="other"), b"x", 60)
        assert len(cache.list(project=project)) == 2


def test_clear_expired_is_what_is_cleared_unless_told_otherwise(filled: World) -> None:
    with filled.cache() as cache:
        assert cache.clear().deleted_count == 2


def test_clear_tells_when_it_cannot(filled: World) -> None:
    with contextlib.closing(sqlite3.connect(filled.index)) as database:
        database.execute("PRAGMA user_version = 99")
    with filled.cache() as cache, pytest.raises(CacheError, match="cannot be cleared"):
        cache.clear("all")


def test_stats(filled: World) -> None:
    with filled.cache() as cache:
        cache.get(FILLED[0][0])
        size = sum(len(each.reference) for each, _ in FILLED) + 1
        assert cache.stats() == (8, size, 5, 1, 2, 1, len(FILLED[0][0].reference))


def test_metrics_are_those_of_all_runs(filled: World) -> None:
    for _ in range(2):
        with filled.cache() as cache:
            cache.get(FILLED[0][0])
            cache.get("nothing")
            cache.count_fetch(0.25)
    with filled.cache() as cache:
        found = cache.metrics()
    assert (found.total_entries, found.hit_rate, found.miss_rate, found.avg_fetch_time) == (8, 0.5, 0.5, 0.25)
    assert (found.oldest_entry, found.newest_entry) == (NOON - 900, NOON)
    assert {name: share.count for name, share in found.by_source.items()} == {"github": 7, "": 1}
    assert found.by_project["rain/handbook"] == Share(1, len(FILLED[5][0].reference))


def test_hits_are_counted(filled: World) -> None:
    """Those of a text's key, of memory and of disk; a refreshed document keeps its count."""
    with filled.cache() as cache:
        for _ in range(3):
            cache.get(FILLED[0][0])
            filled.clock.at += 1
        cache.set(FILLED[0][0], b"newer", 100)
        (entry,) = cache.list(pattern="codex://umbrella/handbook/docs/new.md")
        assert (entry.access_count, entry.accessed_at) == (3, NOON + 3)


# --- The limit on disk ------------------------------------------------------------------------------------------------


def test_the_least_recently_used_goes_first(world: World) -> None:
    size = 100_000
    with world.cache(max_size_mb=1, max_memory_entries=0) as cache:
        for number in range(10):
            world.clock.at += 1
            cache.set(key(str(number)), bytes([number]) * size, 1e6)
        world.clock.at += 1
        assert cache.get(key("0"))
        cache.set(key("10"), b"x" * size, 1e6)
    with world.cache(max_size_mb=1) as cache:
        left = {entry.key.path for entry in cache.list()}
        assert left >= {"0", "10", "9"}
        assert not left & {"1", "2"}
        assert cache.stats().size <= 1024 * 1024
        assert len(world.blobs()) == len(left)


def test_a_document_larger_than_the_cache_is_kept_in_memory(world: World) -> None:
    with world.cache(max_size_mb=0.001) as cache:
        cache.set(A, b"small", 60)
        cache.set(A, b"x" * 2000, 60)
        got = cache.get(A)
        assert got
        assert got.size == 2000
        assert len(cache.list()) == 1
    assert world.blobs() == []


def test_no_limit(world: World) -> None:
    with world.cache(max_size_mb=0) as cache:
        for number in range(5):
            cache.set(key(str(number)), bytes([number]) * 500_000, 60)
        assert cache.stats().entries == 5


# --- The folder -------------------------------------------------------------------------------------------------------


def modes(folder: Path) -> set[tuple[bool, int]]:
    """Whether it is a folder, and its mode, of all there is."""
    return {(path.is_dir(), stat.S_IMODE(path.stat().st_mode)) for path in (folder, *folder.rglob("*"))}


@pytest.mark.parametrize("place", ["file", "file/below", "link", "link/below"])
def test_no_folder_is_made_where_something_else_is(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").write_text("mine")
    (tmp_path / "link").symlink_to(tmp_path / "none")
    with pytest.raises(OSError, match=r"exists|Not a directory"):
        make_folder(str(tmp_path / place), PRIVATE)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "link"]


@pytest.mark.parametrize("umask", [0o022, 0o077, 0])
@pytest.mark.parametrize(
    ("access", "folder_mode", "file_mode"),
    [(PRIVATE, 0o700, 0o600), (readable_by_all((os.getuid(), os.getgid())), 0o755, 0o644)],
    ids=["private", "readable"],
)
def test_modes(world: World, access: Access, folder_mode: int, file_mode: int, umask: int) -> None:
    """While it is open and afterwards, whatever the umask; folders above it too, if they were made."""
    before = os.umask(umask)
    try:
        world.folder = world.folder / "below"
        with world.cache(access=access) as cache:
            cache.set(A, b"x", 60)
            assert (world.folder / "index.db-wal").exists()
            during = modes(world.folder)
        after = modes(world.folder.parent)
    finally:
        os.umask(before)
    assert during == after == {(True, folder_mode), (False, file_mode)}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_the_owner(world: World) -> None:
    with world.cache(access=readable_by_all((1001, 1002))) as cache:
        cache.set(A, b"x", 60)
        during = list(world.folder.rglob("*"))
        assert {(path.stat().st_uid, path.stat().st_gid) for path in (world.folder, *during)} == {
            (1001, 1002)
        }
    with world.cache(access=readable_by_all((1001, 1002))) as cache:
        assert cache.get(A), "and such a cache is used again"
    assert world.warnings == []


def test_a_closed_cache_is_one_database_and_the_contents(world: World) -> None:
    with world.cache() as cache:
        cache.set(A, b"x", 60)
        cache.get(A)
    assert sorted(path.name for path in world.folder.iterdir()) == [".gitignore", "index.db", "objects"]
    assert (world.folder / ".gitignore").read_text() == "*\n"


def test_git_does_not_see_it(world: World) -> None:
    subprocess.run(["git", "init", "--quiet", str(world.folder.parent)], check=True)
    with world.cache() as cache:
        cache.set(A, b"x", 60)
    done = subprocess.run(
        ["git", "-C", str(world.folder.parent), "status", "--porcelain"], capture_output=True, check=True
    )
    assert done.stdout == b""


def test_a_gitignore_that_is_there_stays(world: World) -> None:
    world.folder.mkdir()
    (world.folder / ".gitignore").write_text("mine\n")
    with world.cache() as cache:
        cache.set(A, b"x", 60)
    assert (world.folder / ".gitignore").read_text() == "mine\n"


def test_nothing_is_made_before_it_is_needed(world: World) -> None:
    with world.cache():
        pass
    assert not world.folder.exists()


def test_after_its_end_a_cache_keeps_to_memory(world: World) -> None:
    cache = world.cache()
    cache.set(A, b"x", 60)
    cache.close()
    before = world.index.read_bytes()
    cache.set(key("b"), b"y", 60)
    assert cache.get(key("b"))
    cache.close()
    assert world.index.read_bytes() == before
    assert world.warnings == []


# --- Threads and other processes --------------------------------------------------------------------------------------


def test_eight_threads(world: World) -> None:
    with world.cache(max_memory_entries=10) as cache:
        failures: list[BaseException] = []

        def work(number: int) -> None:
            try:
                for turn in range(30):
                    each = key(f"{number}-{turn}")
                    cache.set(each, f"{number}-{turn}".encode(), 60)
                    got = cache.get(each)
                    assert got
                    assert got.content == f"{number}-{turn}".encode()
                    cache.get(key(f"{(number + 1) % 8}-{turn}"))
                    cache.flush()
            except BaseException as error:  # noqa: BLE001  (told by the test)
                failures.append(error)

        threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert failures == []
        assert cache.stats().entries == 240
        assert sum(entry.access_count for entry in cache.list()) >= 240
    assert world.warnings == []


def test_a_forked_child_has_its_own_connection(world: World) -> None:
    with world.cache(max_memory_entries=0) as cache:
        cache.set(A, b"x", 60)

        def child() -> None:
            cache.set(key("child"), b"y", 60)
            assert cache.get(A)
            cache.close()

        assert not died(child)
        assert cache.get(A)
        assert cache.get(key("child"))
    assert world.warnings == []


def test_a_run_that_ends_without_closing_loses_nothing(world: World) -> None:
    program = f"""
from codex_action.cache.manager import CacheManager
cache = CacheManager({str(world.folder)!r})
cache.set("a", b"x", 1e6)
cache.get("a")
"""
    subprocess.run([sys.executable, "-W", "error", "-c", program], check=True)
    with CacheManager(str(world.folder)) as cache:
        (entry,) = cache.list()
        assert entry.access_count == 1


def test_import_is_cheap() -> None:
    """Nothing that a cached fetch does not need: no network, no pools, no YAML."""
    program = "import sys, codex_action.cache.reader; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert not loaded & {
        "requests",
        "concurrent.futures",
        "tempfile",
        "logging",
        "subprocess",
        "yaml",
        "click",
        "asyncio",
        "json",
        "pathspec",
    }


def test_without_an_ear_warnings_are_python_s(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with (
        CacheManager(str(tmp_path / "file" / "cache")) as cache,
        pytest.warns(UserWarning, match="cannot be used"),
    ):
        assert cache.get("a") is None
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert cache.get("b") is None
