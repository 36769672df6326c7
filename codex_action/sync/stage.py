"""All bytes that a sync will write, copied and checked before the first file is touched."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Callable

from codex_action.storage.beneath import opened
from codex_action.sync import folders
from codex_action.sync.journal import STAGE, Targets, state_folder
from codex_action.sync.model import Action, Side

# The bytes of a file on a side, piece by piece, by the project's path. Raises OSError.
Reader = Callable[[Side, str], Iterable[bytes]]

OTHER: Mapping[Side, Side] = {"local": "codex", "codex": "local"}


class Moved(OSError):
    """A file is not what the plan saw; `strerror` says it."""


def reader_of(targets: Targets) -> Reader:
    """What reads sides that are folders, beneath their roots and through no link."""

    def read(side: Side, path: str) -> Iterator[bytes]:
        root, locate = targets[side]
        *steps, name = locate(path).split("/")
        with opened(root, steps) as folder:
            yield from folders.chunks(folder, name)

    return read


def stage_folder() -> list[str]:
    """The steps to the folder for what is on its way. It goes with the next `clear`."""
    return [*state_folder(), STAGE]


class Stage:
    """Contents on their way, named by their sha256, in the project's stage folder."""

    def __init__(self, root: str) -> None:
        self._root = root
        self._steps = stage_folder()
        self._held: set[str] = set()

    def take(self, action: Action, read: Reader) -> None:
        """Copy what an action will write, from the other side. Raises Moved if it is other bytes, or OSError."""
        digest = action.after
        if digest is None or digest in self._held:
            return
        with folders.made(self._root, self._steps) as folder:
            source = OTHER[action.side]
            content = read(source, action.path)
            written = folders.write(folder, digest, content, folder.state("."), 0o600, durable=False)
            if written != digest:
                folders.remove(folder, digest)
                raise Moved(0, f"changed in {source} after the plan was made")
        self._held.add(digest)

    def chunks(self, digest: str) -> Iterator[bytes]:
        """The bytes of a staged content."""
        with opened(self._root, self._steps) as folder:
            yield from folders.chunks(folder, digest)
