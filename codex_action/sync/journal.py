"""What a sync that was killed may have left lying about, so that the next one clears it away.

A journal is never a list of work to go on with: files that are done are equal on both sides, so a new plan knows them,
and goes on with the rest. So one that was forged, or came with a pull request, can have nothing written or deleted but
files that carry a sync's own name for what is half done.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
from collections.abc import Iterable, Mapping
from typing import Any, Callable, NamedTuple

from codex_action.errors import StorageError
from codex_action.storage.beneath import Folder, opened
from codex_action.sync import folders
from codex_action.sync.model import Side
from codex_action.sync.names import unsafe
from codex_action.sync.rules import STATE

STAGE = "stage"
_JOURNAL = "journal"
_HALF = (f"{_JOURNAL}-", "deleted-")  # files of this folder that are not yet called what they are to be
_REMEMBERED_HALF = re.compile(
    r"\.(?:known|hashes)-.+\.tmp"
)  # as these, of what is remembered from plan to plan
_LIMIT = 64 * 1024 * 1024
_TEMPORARY = re.compile(r"\.codex-sync-[0-9a-f]{16}-[0-9]{1,9}\.tmp")
_RUN = re.compile(r"[0-9a-f]{16}")


class Target(NamedTuple):
    """A side that is a folder; `locate` gives the place there of a path of the project."""

    root: str
    locate: Callable[[str], str] = str


Targets = Mapping[Side, Target]


def temporary(run: str, number: int) -> str:
    """What a file is called before it is whole."""
    return f".codex-sync-{run}-{number}.tmp"


def is_temporary(name: str) -> bool:
    """Is it such a name? A scan does not see these."""
    return _TEMPORARY.fullmatch(name) is not None


def state_folder() -> list[str]:
    """The steps to a sync's own folder."""
    return STATE.strip("/").split("/")


def write_journal(root: str, run: str, places: Iterable[tuple[Side, str]]) -> None:
    """Note, before anything is written, in which places something half done may lie. Raises OSError.

    A place is a side and the path in its folder; its number in the list is that of its temporary name.
    """
    data = json.dumps({"run": run, "places": list(places)}).encode()
    with folders.made(root, state_folder()) as folder:
        name = f"{_JOURNAL}-{run}"
        folders.write(folder, name, [data], folder.state("."), 0o644)
        folders.put(folder, name, _JOURNAL, new=False)


def clear(targets: Targets) -> None:
    """Remove what an earlier sync left half done, then its notes. Call it with the lock held. Raises StorageError."""
    try:
        with folders.made(targets["local"].root, state_folder()) as folder:
            for side, path, name in _half_done(folder):
                if side in targets and not unsafe(path):
                    _clear_place(targets[side].root, path, name)
            for entry in list(folder.scan()):
                half = entry.name.startswith(_HALF) or _REMEMBERED_HALF.fullmatch(entry.name)
                if half or entry.name in (_JOURNAL, STAGE):
                    folders.remove_all(folder, entry.name)
    except OSError as error:
        raise StorageError(f"{STATE} in the project cannot be cleared: {error.strerror}") from error


def _half_done(folder: Folder) -> list[tuple[Any, str, str]]:
    """The side, path and temporary name of each place that a journal names, as far as it can be one of ours."""
    try:
        document = json.loads(folder.read(_JOURNAL, _LIMIT))
        run, places = document["run"], document["places"]
        if not _RUN.fullmatch(run):
            return []
        return [
            (place[0], place[1], temporary(run, number))
            for number, place in enumerate(places)
            if _is_place(place)
        ]
    except (OSError, ValueError, RecursionError, LookupError, TypeError):
        return []


def _is_place(place: Any) -> bool:  # noqa: ANN401  (whatever the file holds)
    return isinstance(place, list) and len(place) == 2 and all(isinstance(part, str) for part in place)


def _clear_place(root: str, path: str, name: str) -> None:
    with contextlib.suppress(OSError), opened(root, path.split("/")[:-1]) as folder:
        folders.remove(folder, name)


def new_run() -> str:
    """A name for a run, which no other has."""
    return os.urandom(8).hex()
