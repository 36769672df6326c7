"""The library for programs with an event loop. May import codex and what is below it; no other room knows of it."""

from codex_action.aio.providers import AsyncStorageProvider, ThreadedProvider, as_async, from_async
from codex_action.aio.twins import AsyncCodex, AsyncStorageManager

__all__ = [
    "AsyncCodex",
    "AsyncStorageManager",
    "AsyncStorageProvider",
    "ThreadedProvider",
    "as_async",
    "from_async",
]
