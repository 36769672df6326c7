"""A program as users write them: it is run, and checked with mypy --strict, as it stands here."""

# ruff: noqa: ARG002, T201 - a provider takes what it is given, a program prints

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

from codex_action import Codex, Document, FetchOptions, FetchResult, LibrarySettings, NotFound
from codex_action.aio import AsyncCacheManager, AsyncCodex, AsyncStorageManager, from_async


class Own:
    """Documents from wherever this program has them."""

    async def fetch(
        self, path: str, *, timeout: float = 30.0, headers: dict[str, str] | None = None
    ) -> FetchResult:
        await asyncio.sleep(0)
        if path != "docs/guide.md":
            raise NotFound(f"there is no document {path!r}")
        return FetchResult(b"# Guide\n", "text/markdown")

    async def exists(self, path: str) -> bool:
        return path == "docs/guide.md"

    async def close(self) -> None:
        pass


async def show(manager: AsyncStorageManager, path: str) -> str:
    try:
        result = await manager.fetch(path, timeout=5.0)
    except NotFound:
        return f"{path}: not there"
    return f"{path}: {result.size} bytes from {result.source}"


async def own_documents() -> list[str]:
    async with AsyncStorageManager() as manager:
        manager.register("own", from_async(Own()))
        return [*await asyncio.gather(show(manager, "docs/guide.md"), show(manager, "nothing.md"))]


async def project_documents(folder: str) -> list[str]:
    """A project's own file, and one that nobody has remembered."""
    library = LibrarySettings(cache_dir=f"{folder}/cache")
    async with AsyncCodex(Codex(folder, project="northwind/web", library=library)) as codex:
        document: Document = await codex.fetch_document("codex://northwind/web/docs/a.md")
        asked = ["docs/a.md", "codex://northwind/handbook/x.md"]
        found = await codex.fetch_documents(asked, FetchOptions(offline=True))
        kept = await codex.list_cache(status="fresh")
        healthy = (await codex.check_cache_health()).status
    title = document.metadata["title"]
    reasons = [type(one.error).__name__ for one in found if one.error]
    return [f"{document.source}: {title}", f"{len(found)} asked for, {reasons}, {len(kept)} kept, {healthy}"]


async def remembered() -> str:
    async with AsyncCacheManager(max_memory_entries=10) as cache:
        await cache.set("key", b"content", 60, etag='"1"')
        entry = await cache.get("key")
        return f"{entry.content.decode()}, fresh: {entry.is_fresh}" if entry else "gone"


async def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / ".git").mkdir()
        (Path(folder) / "docs").mkdir()
        (Path(folder) / "docs" / "a.md").write_text("---\ntitle: Of ours\n---\n", encoding="utf-8")
        lines = [*await own_documents(), *await project_documents(folder), await remembered()]
    print("\n".join(lines))


asyncio.run(main())
