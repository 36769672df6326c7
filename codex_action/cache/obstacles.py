"""What stands in the place of a cache's file or folder, and keeps it from working."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterator
from typing import Callable

from codex_action.cache.blobs import is_ours
from codex_action.cache.database import COMPANIONS, aside_of
from codex_action.cache.health import Obstacle

_INDEX = tuple(f"index.db{suffix}" for suffix in ("", *COMPANIONS))


def find_obstacles(folder: str) -> Iterator[Obstacle]:
    """Folders and links where a file of the index should be, files where there should be folders, and the like."""
    for path in _INDEX:
        if _is_other(os.path.join(folder, path), stat.S_ISREG):
            yield Obstacle(path, "file")
    objects = os.path.join(folder, "objects")
    if _is_other(objects, stat.S_ISDIR):
        yield Obstacle("objects", "folder")
        return  # what a link leads to is somebody's own
    for name in _names(objects):
        if len(name) == 2:
            inner = os.path.join(objects, name)
            if _is_other(inner, stat.S_ISDIR):
                yield Obstacle(f"objects/{name}", "folder")
            else:
                yield from _in_place_of_contents(inner, name)


def _in_place_of_contents(folder: str, name: str) -> Iterator[Obstacle]:
    for inner in _names(folder):
        if is_ours(f"{name}/{inner}") and _is_other(os.path.join(folder, inner), _is_file_or_link):
            yield Obstacle(f"objects/{name}/{inner}", "file")


def _is_file_or_link(mode: int) -> bool:
    """Links in place of contents are met where contents are read."""
    return stat.S_ISREG(mode) or stat.S_ISLNK(mode)


def _is_other(path: str, kind: Callable[[int], bool]) -> bool:
    with contextlib.suppress(OSError):
        return not kind(os.lstat(path).st_mode)
    return False


def _names(folder: str) -> list[str]:
    try:
        return sorted(os.listdir(folder))
    except OSError:
        return []


def clear_the_way(folder: str, path: str) -> str:
    """Take an empty folder away, rename anything else, and say what was done. Raises OSError."""
    full = os.path.join(folder, path)
    try:
        os.rmdir(full)
    except OSError:
        stem = "index.db" if path in _INDEX else path
        aside = aside_of(os.path.join(folder, stem)) + path[len(stem) :]
        os.replace(full, aside)
        return f"set {path} aside, as {os.path.relpath(aside, folder)}"
    return f"removed the empty folder {path}"
