"""Many processes with one cache, and processes that die while they write.

The whole of it is `CODEX_KILLS=300 CODEX_ROUNDS=10 python -m pytest tests/cache/test_cache_together.py`.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from caches import World, key
from crash_lab import every_call

from codex_action.cache.repair import check, repair

pytestmark = pytest.mark.slow

KILLS = int(os.environ.get("CODEX_KILLS", "12"))
ROUNDS = int(os.environ.get("CODEX_ROUNDS", "1"))

PRELUDE = """
import sys
folder, number, tests = sys.argv[1], int(sys.argv[2]), sys.argv[3]
sys.path.insert(0, tests)
from caches import key
from codex_action.cache.manager import CacheManager
warnings = []
def content(name, version):
    return f"{name} in version {version}\\n".encode() * (50 + version)
def right(name, got):
    version = int(got.split(b"\\n", 1)[0].rsplit(b" ", 1)[1])
    assert got == content(name, version), (name, got[:60])
"""

# Two hundred documents of its own, a hit on each, and hits on what others wrote; in every other version something is changed.
WRITER = (
    PRELUDE
    + """
with CacheManager(folder, max_memory_entries=number % 3, warn=warnings.append) as cache:
    for turn in range(200):
        name = f"{number}-{turn}"
        cache.set(key(name), content(name, turn % 7), 1e6)
        if turn % 2:
            cache.set(key(name), content(name, 9), 1e6)
        right(name, cache.get(key(name)).content)
        shared = f"shared-{turn % 10}"
        cache.set(key(shared), content(shared, number), 1e6)
        right(shared, cache.lookup(key(shared)).content)
assert not warnings, warnings
"""
)

# The same with somebody who clears: what is there is right, and nothing goes wrong.
CLEARED = (
    PRELUDE
    + """
with CacheManager(folder, max_memory_entries=0, max_size_mb=0.05, warn=warnings.append) as cache:
    for turn in range(100):
        name = f"shared-{turn % 10}"
        cache.set(key(name), content(name, (number + turn) % 9), 1e6)
        entry = cache.get(key(name))
        if entry:
            right(name, entry.content)
        if number == 0:
            cache.clear(*[("all", None), ("pattern", "shared-[0-4]"), ("project", "handbook")][turn % 3])
        if turn % 10 == number:
            cache.list(), cache.stats(), cache.metrics()
assert not warnings, warnings
"""
)

# Writes for ever.
ENDLESS = (
    PRELUDE
    + """
turn = 0
while True:
    with CacheManager(folder, max_memory_entries=0, max_size_mb=0.1, warn=warnings.append) as cache:
        print("open", flush=True)
        for _ in range(40):
            turn += 1
            name = f"shared-{turn % 10}"
            cache.set(key(name), content(name, turn % 9), 1e6)
            entry = cache.get(key(f"shared-{turn * 7 % 10}"))
            if entry:
                right(f"shared-{turn * 7 % 10}", entry.content)
            if turn % 50 == 0:
                cache.clear("pattern", "shared-[0-4]")
"""
)


@pytest.fixture
def world(tmp_path: Path) -> World:
    (tmp_path / "place").mkdir()
    return World(tmp_path / "place" / "cache")


def start(world: World, program: str, number: int, **options: int) -> subprocess.Popen[bytes]:
    arguments = str(world.folder), str(number), str(Path(__file__).parents[1])
    return subprocess.Popen([sys.executable, "-c", program, *arguments], **options)


def run_all(world: World, program: str) -> None:
    running = [start(world, program, number) for number in range(8)]
    assert [process.wait() for process in running] == [0] * 8


def content(name: str, version: int) -> bytes:
    return f"{name} in version {version}\n".encode() * (50 + version)


def assert_right(world: World) -> int:
    """Every document that is there is whole and its own; how many are there?"""
    with world.cache(max_memory_entries=0) as cache:
        entries = cache.list()
        for entry in entries:
            held = cache.lookup(entry.key)
            if held:
                version = int(held.content.split(b"\n", 1)[0].rsplit(b" ", 1)[1])
                assert held.content == content(entry.key.path, version)
    return len(entries)


def test_eight_writers_lose_nothing(world: World) -> None:
    for _ in range(ROUNDS):
        shutil.rmtree(world.folder, ignore_errors=True)
        run_all(world, WRITER)
        assert assert_right(world) == 1610
        with world.cache() as cache:
            found = {entry.key.path: entry for entry in cache.list()}
            assert sum(entry.access_count for entry in found.values()) == 1600
            for name in (f"{number}-{turn}" for number in range(8) for turn in range(200)):
                version = 9 if int(name.split("-")[1]) % 2 else int(name.split("-")[1]) % 7
                assert found[name].size == len(content(name, version))
            assert cache.metrics().hit_rate == 1
            assert cache.disk
            assert check(cache.disk).status == "healthy"
        assert sorted(path.name for path in world.folder.iterdir()) == [".gitignore", "index.db", "objects"]
    assert world.warnings == []


def test_eight_processes_while_one_clears(world: World) -> None:
    for _ in range(ROUNDS):
        run_all(world, CLEARED)
        assert_right(world)
        with world.cache() as cache:
            assert cache.disk
            assert check(cache.disk).status == "healthy"
    assert world.warnings == []


def test_killed_writers(world: World) -> None:
    """Three at a time, killed at any moment: whatever is there afterwards is whole, and no warning is due."""
    chance = random.Random(5)  # noqa: S311 - moments, no secrets
    for _ in range(KILLS):
        running = [start(world, ENDLESS, number, stdout=subprocess.PIPE) for number in range(3)]
        for process in running:
            assert process.stdout
            assert process.stdout.readline() == b"open\n"
        time.sleep(chance.random() * 0.1)
        for process in running:
            process.send_signal(signal.SIGKILL)
            process.wait()
            assert process.stdout
            process.stdout.close()
            assert process.returncode == -signal.SIGKILL
        assert_right(world)
    assert world.warnings == []
    with world.cache() as cache:
        assert cache.disk
        assert {issue.kind for issue in check(cache.disk).issues} <= {"orphan"}
        repair(cache.disk)
        assert check(cache.disk).status == "healthy"


OLD, NEW = b"old\n" * 100, b"new\n" * 200


def _replace(world: World) -> None:
    with world.cache(max_memory_entries=0) as cache:
        cache.set(key("a"), NEW, 1e6)


def _clear(world: World) -> None:
    with world.cache(max_memory_entries=0) as cache:
        cache.clear("all")


def _evict(world: World) -> None:
    with world.cache(max_memory_entries=0, max_size_mb=0.0009) as cache:
        cache.set(key("c"), NEW, 1e6)


def _mend(world: World) -> None:
    for path in world.blobs():
        if path.read_bytes() == b"b" * 10:
            path.write_bytes(b"x" * 10)
    with world.cache(max_memory_entries=0) as cache:
        assert cache.disk
        repair(cache.disk)


def _begin(world: World) -> None:
    _replace(world)  # in a folder that is not there yet


@pytest.mark.parametrize("job", [_replace, _clear, _evict, _mend, _begin])
def test_a_kill_at_every_call(world: World, job: object) -> None:
    """Each document is old or new or gone, never anything else; nothing is told; a repair leaves all well."""

    def prepare() -> None:
        shutil.rmtree(world.folder.parent)
        if job is _begin:
            return
        with world.cache() as cache:
            cache.set(key("a"), OLD, 1e6)
            cache.set(key("b"), b"b" * 10, 1e6)

    points = 0
    for points in every_call(lambda: job(world), prepare):  # type: ignore[operator]  # noqa: B007
        damaged = job is _mend
        with world.cache() as cache:
            for name, allowed in (("a", (OLD, NEW)), ("b", (b"b" * 10,)), ("c", (NEW,))):
                entry = cache.get(key(name))
                assert entry is None or entry.content in allowed
            assert world.warnings == [] or damaged
            cache.set(key("a"), NEW, 1e6)
        with world.cache() as cache:
            got = cache.get(key("a"))
            assert got
            assert got.content == NEW
            assert cache.disk
            repair(cache.disk)
            assert check(cache.disk).status == "healthy"
        world.warnings.clear()
    assert points >= 4


FOLDERS = """
import os, sys, time
from codex_action.cache.access import PRIVATE, make_folder
root, start, rounds = sys.argv[1], float(sys.argv[2]), int(sys.argv[3])
for turn in range(rounds):
    path = os.path.join(root, str(turn), "a", "b", "c", "d")
    while time.time() < start + turn * 0.01:
        pass
    make_folder(path, PRIVATE)
    assert os.stat(path).st_mode & 0o777 == 0o700
"""


def test_folders_that_all_make_at_once(tmp_path: Path) -> None:
    rounds = 30 * ROUNDS
    program = [sys.executable, "-c", FOLDERS, str(tmp_path), str(time.time() + 1), str(rounds)]
    started = [subprocess.Popen(program, stderr=subprocess.PIPE, text=True) for _ in range(8)]
    assert [process.communicate(timeout=120)[1] for process in started] == [""] * 8
    for folder in tmp_path.rglob("*"):
        assert folder.stat().st_mode & 0o777 == 0o700
