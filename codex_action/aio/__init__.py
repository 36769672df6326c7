"""The library for programs with an event loop. May import codex and what is below it; no other room knows of it."""

from codex_action.aio.providers import AsyncStorageProvider, ThreadedProvider, as_async, from_async
from codex_action.aio.twins import AsyncCacheManager, AsyncCodex, AsyncStorageManager

__all__ = [
    "AsyncCacheManager",
    "AsyncCodex",
    "AsyncStorageManager",
    "AsyncStorageProvider",
    "ThreadedProvider",
    "as_async",
    "from_async",
]
