"""Look through a cache's folder, and mend what is wrong there."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterator
from dataclasses import replace

from codex_action.cache.access import Access, hand_over, is_too_open
from codex_action.cache.blobs import Altered, is_name, is_ours
from codex_action.cache.database import Foreign, is_damage
from codex_action.cache.guard import TROUBLE, reason
from codex_action.cache.health import CacheHealth, FileSeen, IndexState, Obstacle, RowSeen, Seen, diagnose
from codex_action.cache.index import Index
from codex_action.cache.obstacles import clear_the_way, find_obstacles
from codex_action.cache.persistence import CachePersistence

_SHARED = Access(0o755, 0o644)
_INDEX = ("index.db", "index.db-wal", "index.db-shm")


def check(disk: CachePersistence) -> CacheHealth:
    """What is wrong with a cache; every content is read. Nothing is changed."""
    return diagnose(look(disk))


def repair(disk: CachePersistence) -> CacheHealth:
    """Mend what is wrong, and say what was done. Raises CacheError where the disk does not allow it."""
    seen = look(disk)
    found = diagnose(seen)
    if not found.issues:
        return found
    with disk.guard.command("cannot be repaired"):
        done = [clear_the_way(disk.guard.folder, obstacle.path) for obstacle in seen.obstacles]
        if done:
            seen = look(disk)
        done += [*_mend_modes(disk, seen), *_mend_index(disk, seen)]
        index = disk.guard.open()
        done += [*_mend_rows(disk, index, seen), *_mend_files(disk, index, seen)]
    return replace(found, repaired=tuple(done), left=check(disk).issues)


def look(disk: CachePersistence) -> Seen:
    """What there is in the folder."""
    folder = disk.guard.folder
    if os.path.lexists(folder) and not os.path.isdir(folder):
        return Seen(IndexState.CLOSED, "the cache's folder is no folder")
    obstacles = tuple(find_obstacles(folder))
    if any(_hides_all(folder, obstacle) for obstacle in obstacles):
        return Seen(IndexState.MISSING, "", obstacles=obstacles)  # nothing can be told before they are away
    return _look_inside(disk)._replace(obstacles=obstacles)


def _hides_all(folder: str, obstacle: Obstacle) -> bool:
    return obstacle.path.startswith("index.db") or os.path.islink(os.path.join(folder, obstacle.path))


def _look_inside(disk: CachePersistence) -> Seen:
    if not os.path.exists(disk.guard.path):
        return Seen(IndexState.MISSING, "", (), _files(disk, list(disk.blobs.paths())), _open_paths(disk))
    try:
        index = disk.guard.open()
        problem = index.problem()
        rows, paths = _snapshot(disk, index)
    except TROUBLE as error:
        state = IndexState.FOREIGN if isinstance(error, Foreign) else IndexState.CLOSED
        if is_damage(error):
            state = IndexState.DAMAGED
        own = () if state is IndexState.FOREIGN else _INDEX
        return Seen(state, reason(error), (), _files(disk, list(disk.blobs.paths())), _open_paths(disk, own))
    state = IndexState.DAMAGED if problem else IndexState.GOOD
    return Seen(state, problem or "", rows, _files(disk, paths), _open_paths(disk))


def _access(disk: CachePersistence) -> Access:
    """A folder that all may look into is a cache that is shared, as a workflow's is, whoever looks at it now."""
    with contextlib.suppress(OSError):
        if stat.S_IMODE(os.stat(disk.guard.folder).st_mode) == _SHARED.folder:
            return _SHARED._replace(owner=disk.guard.access.owner)
    return disk.guard.access


def _snapshot(disk: CachePersistence, index: Index) -> tuple[tuple[RowSeen, ...], list[str]]:
    """Rows and files of one moment, in which nobody writes."""
    with index.transaction() if index.writable else contextlib.nullcontext():
        rows = tuple(
            RowSeen(row.id, row.entry.reference, row.entry.content_hash)
            if row.entry
            else RowSeen(row.id, "", "", good=False)
            for row in index.rows()
        )
        return rows, list(disk.blobs.paths())


def _files(disk: CachePersistence, paths: list[str]) -> tuple[FileSeen, ...]:
    seen = []
    for path in paths:
        name = os.path.basename(path)
        if not is_ours(path):
            continue  # somebody's own
        if not is_name(name):
            seen.append(FileSeen(path, ""))
            continue
        try:
            disk.blobs.read(name)
            seen.append(FileSeen(path, name))
        except FileNotFoundError:  # cleared meanwhile
            pass
        except Altered:
            seen.append(FileSeen(path, name, good=False))
        except OSError:
            seen.append(FileSeen(path, name, readable=False))
    return tuple(seen)


def _open_paths(disk: CachePersistence, index: tuple[str, ...] = _INDEX) -> tuple[str, ...]:
    """What of ours others may read or change, relative to the folder. The folder itself they may look into."""
    folder, access = disk.guard.folder, _access(disk)
    found = []
    with contextlib.suppress(OSError):
        if os.name != "nt" and os.stat(folder).st_mode & 0o022:
            found.append(".")
    paths = [*index, "objects"]
    ours = filter(is_ours, disk.blobs.paths())
    below = [part for path in ours for part in (os.path.dirname(path), path)]
    paths += sorted({os.path.join("objects", path) for path in below})
    for path in paths:
        with contextlib.suppress(OSError):
            state = os.lstat(os.path.join(folder, path))
            if not stat.S_ISLNK(state.st_mode) and is_too_open(state, access):
                found.append(path)
    return tuple(found)


def _mend_modes(disk: CachePersistence, seen: Seen) -> Iterator[str]:
    folder, access = disk.guard.folder, _access(disk)
    unreadable = [os.path.join("objects", file.path) for file in seen.files if not file.readable]
    for path in (*seen.open_paths, *unreadable):
        full = os.path.normpath(os.path.join(folder, path))
        if os.path.islink(full) or not os.path.exists(full):
            continue
        _narrow(full, access)
        yield f"gave {path} its mode"


def _narrow(path: str, access: Access) -> None:
    hand_over(path, access, access.folder if os.path.isdir(path) else access.file)


def _mend_index(disk: CachePersistence, seen: Seen) -> Iterator[str]:
    if seen.state is IndexState.CLOSED:
        with contextlib.suppress(*TROUBLE):
            _narrow(disk.guard.path, _access(disk))
            disk.guard.open()
            yield "gave index.db its mode"
            return
    if seen.state not in (IndexState.GOOD, IndexState.MISSING):
        yield f"set index.db aside, as {disk.guard.replace()}, and started a new one"
    elif seen.state is IndexState.MISSING:
        yield "started a new index"


def _mend_rows(disk: CachePersistence, index: Index, seen: Seen) -> Iterator[str]:
    bad = [row.id for row in seen.rows if not row.good]
    if bad and seen.state is IndexState.GOOD:
        with index.transaction():
            index.remove_rows(bad)
        yield f"removed {len(bad)} damaged entries"
    there = {file.name for file in seen.files}
    for row in seen.rows:
        if row.good and row.content and row.content not in there and seen.state is IndexState.GOOD:
            with index.transaction():
                disk.drop_content(index, row.content)
            yield f"forgot {row.reference}"


def _mend_files(disk: CachePersistence, index: Index, seen: Seen) -> Iterator[str]:
    for file in seen.files:
        if file.name and not (file.good and file.readable):
            with index.transaction():
                disk.drop_content(index, file.name)
            yield f"looked at objects/{file.path} again, and removed what is bad"
    for path in disk.sweep_all(index):
        yield f"removed objects/{path}"
