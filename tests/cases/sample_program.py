"""A program as users write them: it is run, and checked with mypy --strict, as it stands here."""

# ruff: noqa: ARG002, T201 - a provider takes what it is given, a program prints

from __future__ import annotations

import asyncio

from codex_action.aio import AsyncStorageManager, from_async
from codex_action.artifacts.document import FetchResult
from codex_action.errors import NotFound


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


async def main() -> None:
    async with AsyncStorageManager() as manager:
        manager.register("own", from_async(Own()))
        lines = await asyncio.gather(show(manager, "docs/guide.md"), show(manager, "nothing.md"))
    print("\n".join(lines))


asyncio.run(main())
