"""The keys under which a workflow's cache step keeps our cache."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import NamedTuple

# The version is of the cache's format: an index of another one is of no use.
_PREFIX = "codex-v1-"


class CacheKeys(NamedTuple):
    """The key to save under, new in each attempt of a run, and the prefixes to look for, the nearest first."""

    key: str
    restore: tuple[str, ...]


def cache_keys(settings: object, references: Sequence[str], run_id: str, attempt: str) -> CacheKeys:
    """Keys for what a configuration (plain data) and some references fetch: at most 512 characters, no comma."""
    asked = hashlib.sha256(repr((settings, tuple(references))).encode("utf-8", "backslashreplace"))
    near = f"{_PREFIX}{asked.hexdigest()[:16]}-"
    run = "".join(character for character in f"{run_id}-{attempt}" if character in "0123456789-")
    return CacheKeys(f"{near}{run[:100]}", (near, _PREFIX))
