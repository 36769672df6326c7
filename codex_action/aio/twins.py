"""The awaitable twins of the library's classes: a line for each method."""

from __future__ import annotations

from codex_action.aio.threads import Twin, direct, threaded
from codex_action.cache.manager import CacheManager
from codex_action.codex import Codex
from codex_action.storage.manager import StorageManager


class AsyncCodex(Twin[Codex]):
    """`Codex`, awaitable: `async with AsyncCodex() as codex`. It is for the current folder if it is given none."""

    def __init__(self, codex: Codex | None = None) -> None:
        super().__init__(codex or Codex())

    check_cache_health = threaded(Codex.check_cache_health)
    clear_cache = threaded(Codex.clear_cache)
    diagnose = threaded(Codex.diagnose)
    discover_repos = threaded(Codex.discover_repos)
    document_exists = threaded(Codex.document_exists)
    fetch_document = threaded(Codex.fetch_document)
    fetch_documents = threaded(Codex.fetch_documents)
    get_cache_metrics = threaded(Codex.get_cache_metrics)
    list_cache = threaded(Codex.list_cache)
    migrate_config = threaded(Codex.migrate_config)
    settings = threaded(Codex.settings)
    start = threaded(Codex.start)
    sync_project = threaded(Codex.sync_project)
    types = threaded(Codex.types)
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
    place = direct(StorageManager.place)
    register = direct(StorageManager.register)
    unregister = direct(StorageManager.unregister)


class AsyncCacheManager(Twin[CacheManager]):
    """`CacheManager`, awaitable (seed 1, cache): given one, or made as seed 1 makes it, in memory without a folder."""

    def __init__(self, cache_dir: CacheManager | str | None = None, max_memory_entries: int = 1000) -> None:
        if not isinstance(cache_dir, CacheManager):
            cache_dir = CacheManager(cache_dir, max_memory_entries)
        super().__init__(cache_dir)

    clear = threaded(CacheManager.clear)
    count_fetch = direct(CacheManager.count_fetch)
    count_hit = threaded(CacheManager.count_hit)
    count_miss = direct(CacheManager.count_miss)
    flush = threaded(CacheManager.flush)
    get = threaded(CacheManager.get)
    list = threaded(CacheManager.list)
    lookup = threaded(CacheManager.lookup)
    metrics = threaded(CacheManager.metrics)
    remove = threaded(CacheManager.remove)
    renew = threaded(CacheManager.renew)
    set = threaded(CacheManager.set)
    set_missing = threaded(CacheManager.set_missing)
    stats = threaded(CacheManager.stats)
    status = direct(CacheManager.status)
    store = threaded(CacheManager.store)
