"""Caches for tests: a clock that is set by hand, keys, and ears for warnings."""

# ruff: noqa: ANN401 - options are passed on

from __future__ import annotations

from pathlib import Path
from typing import Any

from codex_action.cache.entry import CacheEntry, CacheKey
from codex_action.cache.manager import CacheManager

NOON = 1_700_000_000.0


class Clock:
    """Seconds since 1970, as they are set."""

    def __init__(self, at: float = NOON) -> None:
        self.at = at

    def __call__(self) -> float:
        return self.at


class World:
    """A cache's folder, its clock, and the warnings of all caches that were opened there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clock = Clock()
        self.warnings: list[str] = []

    def cache(self, **options: Any) -> CacheManager:
        """A cache as a new process has it; every other one must be closed."""
        return CacheManager(str(self.folder), now=self.clock, warn=self.warnings.append, **options)

    @property
    def index(self) -> Path:
        return self.folder / "index.db"

    def blobs(self) -> list[Path]:
        return sorted(path for path in (self.folder / "objects").rglob("*") if path.is_file())


def key(path: str, *, org: str = "umbrella", project: str = "handbook", **more: str) -> CacheKey:
    return CacheKey(
        more.get("host", "github.com"), org, project, more.get("version", ""), path, more.get("scope", "")
    )


def entry(
    path: str = "a.md", *, age: float = 0, ttl: float = 100, content: str = "a" * 64, **more: Any
) -> CacheEntry:
    """An entry that is `age` seconds old at noon."""
    return CacheEntry(key(path), "github", content, 3, NOON - age, ttl, Clock(), **more)
