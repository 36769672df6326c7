"""The awaitable twins of the library's classes: a line for each method."""

from __future__ import annotations

from codex_action.aio.threads import Twin, direct, threaded
from codex_action.codex import Codex
from codex_action.storage.manager import StorageManager


class AsyncCodex(Twin[Codex]):
    """`Codex`, awaitable: `async with AsyncCodex() as codex`. It is for the current folder if it is given none."""

    def __init__(self, codex: Codex | None = None) -> None:
        super().__init__(codex or Codex())

    diagnose = threaded(Codex.diagnose)
    migrate_config = threaded(Codex.migrate_config)
    settings = threaded(Codex.settings)
    start = threaded(Codex.start)
    validate_references = threaded(Codex.validate_references)
    validate_setup = threaded(Codex.validate_setup)


class AsyncStorageManager(Twin[StorageManager]):
    """`StorageManager`, awaitable (seed 1, storage). Providers of one's own are registered with `from_async`."""

    def __init__(self, manager: StorageManager | None = None) -> None:
        super().__init__(manager or StorageManager())

    exists = threaded(StorageManager.exists)
    fetch = threaded(StorageManager.fetch)
    get_provider = direct(StorageManager.get_provider)
    list_providers = direct(StorageManager.list_providers)
    register = direct(StorageManager.register)
    unregister = direct(StorageManager.unregister)
