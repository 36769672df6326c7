"""The awaitable twins: the same names, the same answers, and threads that hold nobody up."""

from __future__ import annotations

import asyncio
import contextvars
import inspect
import subprocess
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from pathlib import Path
from typing import Any

import pytest
from trees import Tree

from codex_action import aio
from codex_action.aio import AsyncCacheManager, AsyncCodex, AsyncStorageManager
from codex_action.artifacts.document import FetchResult
from codex_action.cache.entry import CacheKey
from codex_action.cache.manager import CacheManager
from codex_action.codex import Codex
from codex_action.errors import NotFound, UsageError
from codex_action.storage.base import StorageProvider
from codex_action.storage.local import LocalStorage
from codex_action.storage.manager import StorageManager
from codex_action.storage.memory import MemoryStorage

PAIRS: list[tuple[type, type]] = [
    (Codex, AsyncCodex),
    (StorageManager, AsyncStorageManager),
    (CacheManager, AsyncCacheManager),
    (StorageProvider, aio.ThreadedProvider),
]
PROGRAM = Path(__file__).parents[1] / "cases/sample_program.py"


# --- parity -----------------------------------------------------------------------------------------------------------


def methods(kind: type) -> dict[str, Callable[..., Any]]:
    return {
        name: method
        for name, method in inspect.getmembers(kind, inspect.isfunction)
        if not name.startswith("_")
    }


@pytest.mark.parametrize(("sync", "twin"), PAIRS, ids=lambda kind: kind.__name__)
def test_a_twin_has_every_method_and_no_other(sync: type, twin: type) -> None:
    assert {*methods(twin)} == {*methods(sync), "close"}


@pytest.mark.parametrize(("sync", "twin"), PAIRS, ids=lambda kind: kind.__name__)
def test_a_twins_methods_take_and_say_the_same(sync: type, twin: type) -> None:
    for name, method in methods(sync).items():
        other = methods(twin)[name]
        if name == "close":
            continue
        assert inspect.signature(other) == inspect.signature(method), name
        assert other.__doc__ == method.__doc__
        assert other.__name__ == method.__name__


def test_only_what_never_waits_is_not_awaited() -> None:
    plain = {
        f"{twin.__name__}.{name}"
        for _, twin in PAIRS
        for name, method in methods(twin).items()
        if not inspect.iscoroutinefunction(method)
    }
    storage = {"get_provider", "list_providers", "place", "register", "unregister"}
    cache = {"count_fetch", "count_miss", "status"}
    assert plain == {f"AsyncStorageManager.{name}" for name in storage} | {
        f"AsyncCacheManager.{name}" for name in cache
    }


def test_every_public_name_is_there() -> None:
    assert all(hasattr(aio, name) for name in aio.__all__)


# --- storage ----------------------------------------------------------------------------------------------------------


def run(program: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(program, 60))


def documents(number: int) -> dict[str, bytes]:
    return {f"docs/{index}.md": b"%d" % index for index in range(number)}


def test_a_hundred_documents_at_once(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    for path, content in documents(100).items():
        (tmp_path / path).write_bytes(content)

    async def program() -> None:
        async with AsyncStorageManager() as manager:
            manager.register("memory", MemoryStorage(dict(list(documents(100).items())[:50])))
            manager.register("disk", LocalStorage(tmp_path))
            results = await asyncio.gather(*(manager.fetch(path) for path in documents(100)))
            assert [result.content for result in results] == [*documents(100).values()]
            assert [result.source for result in results] == ["memory"] * 50 + ["disk"] * 50
            assert all(await asyncio.gather(*(manager.exists(path) for path in documents(100))))
            with pytest.raises(NotFound):
                await manager.fetch("docs/100.md")
            with pytest.raises(UsageError):
                await manager.fetch("docs/1.md", provider="nobody")

    run(program())


class Slow(MemoryStorage):
    """Answers when it is let; counts who waits, and who wrote what after all."""

    def __init__(self, content: Mapping[str, bytes] | None = None) -> None:
        super().__init__(content)
        self.go = threading.Event()
        self.waiting = self.most = self.done = self.closed = 0
        self.count = threading.Lock()

    def fetch(
        self, path: str, *, timeout: float = 30.0, headers: Mapping[str, str] | None = None
    ) -> FetchResult:
        with self.count:
            self.waiting += 1
            self.most = max(self.most, self.waiting)
        self.go.wait(timeout)
        with self.count:
            self.waiting -= 1
            self.done += 1
        return super().fetch(path, headers=headers)

    def close(self) -> None:
        self.closed += 1


def twin_of(provider: StorageProvider) -> AsyncStorageManager:
    manager = AsyncStorageManager()
    manager.register("it", provider)
    return manager


async def until(condition: Callable[[], bool]) -> None:
    while not condition():  # noqa: ASYNC110  (what is waited for happens in threads)
        await asyncio.sleep(0.001)


def test_a_cancelled_await_returns_at_once_and_holds_nothing_up() -> None:
    slow = Slow({"a.md": b"a"})

    async def program() -> None:
        manager = twin_of(slow)
        task = asyncio.create_task(manager.fetch("a.md"))
        await until(lambda: slow.waiting == 1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await manager.close()  # its thread still waits
        assert (slow.waiting, slow.done, slow.closed) == (1, 0, 1)

    run(program())  # nor does the loop's end wait for it
    assert (slow.waiting, slow.done) == (1, 0)
    slow.go.set()
    while slow.waiting:
        time.sleep(0.001)
    assert slow.done == 1


ENDS = """
import asyncio, sys, time
from codex_action.aio import AsyncStorageManager
from codex_action.storage.memory import MemoryStorage

class Stuck(MemoryStorage):
    def fetch(self, path, **options):
        print("waits", flush=True)
        time.sleep(600)

async def program():
    manager = AsyncStorageManager()
    manager.register("it", Stuck())
    try:
        await asyncio.wait_for(manager.fetch("a.md"), 0.2)
    except asyncio.TimeoutError:
        print("given up")
    await manager.close()

asyncio.run(program())
print("the end")
"""


def test_the_program_ends_though_a_thread_still_waits() -> None:
    done = subprocess.run(
        [sys.executable, "-c", ENDS], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == ["waits", "given up", "the end"]


def test_a_timeout_of_the_programs_own_is_one() -> None:
    slow = Slow({"a.md": b"a"})

    async def program() -> None:
        async with twin_of(slow) as manager:
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(manager.fetch("a.md"), 0.01)
            slow.go.set()
            assert (await manager.fetch("a.md")).content == b"a"

    run(program())


def test_as_many_threads_as_it_may_have_and_closing_waits_for_none() -> None:
    slow = Slow({"a.md": b"a"})

    async def program() -> None:
        manager = twin_of(slow)
        tasks = [asyncio.create_task(manager.fetch("a.md")) for _ in range(40)]
        await until(lambda: slow.waiting == 16)
        await asyncio.sleep(0.01)
        assert slow.most == 16
        await manager.close()
        slow.go.set()
        assert [result.content for result in await asyncio.gather(*tasks)] == [b"a"] * 40
        assert slow.most == 16

    run(program())


def test_what_was_given_up_before_it_began_never_runs() -> None:
    slow = Slow({"a.md": b"a"})

    async def program() -> None:
        async with twin_of(slow) as manager:
            tasks = [asyncio.create_task(manager.fetch("a.md")) for _ in range(30)]
            await until(lambda: slow.waiting == 16)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            slow.go.set()
            await until(lambda: slow.waiting == 0)
            assert slow.done == 16

    run(program())


def test_the_loops_own_threads_stay_free() -> None:
    slow = Slow({"a.md": b"a"})

    async def program() -> None:
        async with twin_of(slow) as manager:
            tasks = [asyncio.create_task(manager.fetch("a.md")) for _ in range(100)]
            await until(lambda: slow.waiting == 16)
            assert await asyncio.to_thread(lambda: 1) == 1
            slow.go.set()
            await asyncio.gather(*tasks)

    run(program())


def test_a_twin_lives_longer_than_a_loop_and_than_its_closing() -> None:
    provider = Slow({"a.md": b"a"})
    provider.go.set()
    manager = twin_of(provider)

    async def program() -> None:
        assert (await manager.fetch("a.md")).content == b"a"
        await manager.close()
        await manager.close()
        assert (await manager.fetch("a.md")).content == b"a"

    run(program())
    run(program())
    run(manager.close())
    assert provider.closed == 5


def test_it_leaves_no_thread() -> None:
    async def program() -> None:
        async with twin_of(MemoryStorage({"a.md": b"a"})) as manager:
            await asyncio.gather(*(manager.fetch("a.md") for _ in range(50)))

    run(program())
    deadline = time.monotonic() + 10
    while any(thread.name.startswith("codex-aio") for thread in threading.enumerate()):
        assert time.monotonic() < deadline
        time.sleep(0.001)


def test_variables_of_the_context_arrive() -> None:
    request = contextvars.ContextVar("request", default="none")
    seen: list[str] = []

    class Asked(MemoryStorage):
        def exists(self, path: str) -> bool:
            seen.append(request.get())
            return super().exists(path)

    async def program() -> None:
        async with twin_of(Asked()) as manager:
            request.set("mine")
            await manager.exists("a.md")

    run(program())
    assert seen == ["mine"]


# --- cache ------------------------------------------------------------------------------------------------------------


def test_the_cache(tmp_path: Path) -> None:
    def key(path: str) -> CacheKey:
        return CacheKey("github.com", "acme", "site", "", path)

    async def program() -> None:
        async with AsyncCacheManager(CacheManager(str(tmp_path / "cache"))) as cache:
            await asyncio.gather(*(cache.set(key(path), data, 60) for path, data in documents(100).items()))
            entries = await asyncio.gather(*(cache.get(key(path)) for path in documents(100)))
            assert [entry and entry.content for entry in entries] == [*documents(100).values()]
            assert len(await cache.list()) == 100
            assert (await cache.stats()).entries == 100
            assert (await cache.metrics()).total_entries == 100
            await cache.remove(key("docs/0.md"))
            assert await cache.get(key("docs/0.md")) is None
            assert (await cache.clear("all")).deleted_count == 99
        async with AsyncCacheManager() as memory:
            assert await memory.get("nothing") is None

    run(program())


def test_giving_up_writes_leaves_the_cache_whole(tmp_path: Path) -> None:
    async def program() -> None:
        cache = AsyncCacheManager(CacheManager(str(tmp_path / "cache")))
        for turn in range(5):
            tasks = [
                asyncio.create_task(cache.set(f"k{index}", b"%d" % turn * 1000, 60)) for index in range(40)
            ]
            await asyncio.sleep(0)
            for task in tasks[::2]:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        await cache.close()

    run(program())
    with CacheManager(str(tmp_path / "cache")) as cache:
        contents = [cache.get(f"k{index}") for index in range(1, 40, 2)]
        assert [entry and entry.content for entry in contents] == [b"4" * 1000] * 20
        for index in range(0, 40, 2):
            entry = cache.get(f"k{index}")
            assert entry is None or len(set(entry.content)) == 1


# --- Codex ------------------------------------------------------------------------------------------------------------


def test_codex(project: Tree) -> None:
    project.commit(
        {"docs/a.md": "codex://umbrella/handbook/docs/guide.md codex://umbrella/handbook/none.md\n"}
    )

    async def program() -> None:
        async with AsyncCodex(Codex(str(project.root))) as codex:
            reports = await asyncio.gather(*(codex.validate_references() for _ in range(4)))
            assert [[finding.code for finding in report.findings] for report in reports] == [["CODEX020"]] * 4
            assert (await codex.settings()).get("cache", "enabled") is True
            assert "version" in await codex.diagnose()

    run(program())


def test_codex_is_for_the_current_folder(project: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project.root)

    async def program() -> None:
        async with AsyncCodex() as codex:
            report = await codex.validate_references()
            assert report.findings == ()

    run(program())


# --- as users see it --------------------------------------------------------------------------------------------------


def test_the_sample_program_runs() -> None:
    done = subprocess.run([sys.executable, PROGRAM], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        "docs/guide.md: 8 bytes from own",
        "nothing.md: not there",
        "local: Of ours",
        "2 asked for, ['Unreachable'], 0 kept, healthy",
        "content, fresh: True",
    ]


def test_a_mistake_in_it_is_seen_by_a_type_checker(tmp_path: Path) -> None:
    api = pytest.importorskip("mypy.api")
    text = PROGRAM.read_text(encoding="utf-8")
    wrong = tmp_path / "wrong.py"
    wrong.write_text(
        text.replace("manager.fetch(path, timeout=5.0)", 'manager.fetch(1, timeout="x")'), encoding="utf-8"
    )
    cache = ["--cache-dir", str(tmp_path / "cache")]
    out, err, status = api.run(["--strict", "--no-error-summary", *cache, str(PROGRAM)])
    assert (out, err, status) == ("", "", 0)
    out, _, status = api.run(["--strict", "--no-error-summary", *cache, str(wrong)])
    assert status == 1
    assert 'Argument 1 has incompatible type "int"; expected "str"' in out
    assert 'Argument "timeout" has incompatible type "str"; expected "float"' in out


def test_awaitables_are_what_they_are_called() -> None:
    pending = twin_of(MemoryStorage()).exists("a.md")
    assert isinstance(pending, Awaitable)
    pending.close()
