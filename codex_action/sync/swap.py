"""One file of a plan: replaced at once, and only if it is still what the plan saw (reliability.md R6, R9, R12)."""

from __future__ import annotations

import errno
import stat
from collections.abc import Iterable, Sequence

from codex_action.storage.beneath import opened
from codex_action.sync import folders
from codex_action.sync.model import Action
from codex_action.sync.names import unsafe
from codex_action.sync.stage import Moved, stage_folder


def steps_of(place: str) -> list[str]:
    """A place's steps beneath a root. Raises OSError for one that could lead out of it."""
    reason = unsafe(place)
    if reason:
        raise OSError(errno.EINVAL, f"the path {reason}")
    return place.split("/")


def write(root: str, place: str, action: Action, content: Iterable[bytes], temporary: str) -> None:
    """Create or update a file. What is there keeps its mode and owner. Raises Moved, OSError."""
    *steps, name = steps_of(place)
    new = action.before is None
    with folders.made(root, steps) as folder:
        if new and not folders.clear_way(folder, name):
            raise _moved(action)
        try:
            like = folder.state("." if new else name)
        except FileNotFoundError as error:
            raise _moved(action) from error
        mode = stat.S_IMODE(action.mode if new else like.st_mode)
        written = folders.write(folder, temporary, content, like, mode)
        try:
            if written != action.after:
                raise Moved(0, "its staged copy changed")
            if not new and folders.digest(folder, name) != action.before:
                raise _moved(action)
            folders.put(folder, temporary, name, new=new)
        except FileExistsError as error:
            raise _moved(action) from error
        finally:
            folders.remove(folder, temporary)


def delete(root: str, place: str, action: Action) -> None:
    """Delete a file, and the folders that are left empty by it. Raises Moved, OSError."""
    *steps, name = steps_of(place)
    try:
        with opened(root, steps) as folder:
            if folders.digest(folder, name) != action.before:
                raise _moved(action)
            folders.remove(folder, name)
            folders.settle(folder)
    except FileNotFoundError as error:
        raise _moved(action) from error
    folders.remove_empty(root, steps)


def save(root: str, place: str, action: Action, into: str, backup: Sequence[str]) -> None:
    """Copy a file that an action will replace or delete to a place in the project. Raises Moved, OSError."""
    *steps, name = steps_of(place)
    *kept, copy = (*backup, *steps_of(action.path))
    with opened(root, steps) as folder, folders.made(into, stage_folder()) as stage:
        half = "loser"  # a copy that is cut short must not be found among the others
        folders.remove(stage, half)
        if folders.write(stage, half, folders.chunks(folder, name), stage.state("."), 0o600) != action.before:
            raise _moved(action)
        with folders.made(into, kept) as target:
            folders.move(stage, half, target, copy)


def replace(root: str, place: str, data: bytes, temporary: str) -> None:
    """Write a file of our own, whatever it held. Raises OSError."""
    *steps, name = steps_of(place)
    with folders.made(root, steps) as folder:
        try:
            like = folder.state(name)
            mode = stat.S_IMODE(like.st_mode) if stat.S_ISREG(like.st_mode) else 0o644
        except FileNotFoundError:
            like, mode = folder.state("."), 0o644
        folders.write(folder, temporary, [data], like, mode)
        try:
            folders.put(folder, temporary, name, new=False)
        finally:
            folders.remove(folder, temporary)


def _moved(action: Action) -> Moved:
    now = "appeared" if action.before is None else "changed"
    return Moved(0, f"{now} in {action.side} after the plan was made")
