"""What is beside the places where a plan would write, and is not synced: it is in nobody's tree, and yet in the way."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet

from codex_action.remote.parent import replaced
from codex_action.remote.unpack import Entry
from codex_action.storage.beneath import Folder, opened
from codex_action.sync.apart import Scanned
from codex_action.sync.gates import NAMES, collision
from codex_action.sync.model import FILE, Action, Refusal, Side
from codex_action.sync.names import Twins, fold, near, spellings, twins


class Places:
    """Where a plan writes and deletes on a side, from the side's root on."""

    def __init__(self, side: Side, scanned: Scanned, actions: Iterable[Action]) -> None:
        self.side, self._scanned = side, scanned
        kinds = {scanned.locate(action.path): action.kind for action in actions if action.side == side}
        self.deleted = {place for place, kind in kinds.items() if kind == "delete"}
        self.written = kinds.keys() - self.deleted
        self.created = {place for place, kind in kinds.items() if kind == "create"}

    def refusals(self, entries: Mapping[str, Entry], *, forced: bool) -> Iterator[Refusal]:
        """Why the plan must not be carried out, besides what its own gates say, as far as `entries` are there, too.

        `forced`: names that are one on some file systems are taken.
        """
        for place, standing in replaced(entries, self.written, self.deleted):
            if not self._is_synced(standing):
                message = f"{standing} in {NAMES[self.side]}, which is not synced, is where {place} would be"
                yield Refusal("file-and-folder", message, "rename one of them", (place, standing))
        left = (path for path in near(spellings(self.created), entries) if path not in self.deleted)
        for pair in twins(self.created, left):
            refusal = collision(self.side, Twins(*map(self._path, pair)))
            if refusal.gate == "collisions" and not forced:
                yield refusal

    def _is_synced(self, place: str) -> bool:
        """Has the plan's own gate seen what is at a place?"""
        path, places = self._path(place), self._scanned.places
        own = path in self._scanned.tree.files and self._scanned.locate(path) == place
        return own or place in places.values()

    def _path(self, place: str) -> str:
        """The project's path of a place, if it is one of the project's."""
        prefix = self._scanned.prefix
        return place[len(prefix) :] if place.startswith(prefix) and place != prefix else place


def on_disk(root: str, places: Places) -> dict[str, Entry]:
    """The files of a folder, as entries without an id, whose names are near what is created; of a folder one is enough.

    What cannot be read is not told here: writing says it.
    """
    wanted = spellings(places.created)
    folders = {"", *(place[:end] for place in places.created for end in _slashes(place))}
    found = (path for folder in sorted(folders) for path in _in(root, folder, wanted, places.deleted))
    return {path: Entry(FILE, "") for path in found}


def _slashes(place: str) -> Iterator[int]:
    return (index for index, character in enumerate(place) if character == "/")


def _in(
    root: str, place: str, wanted: Mapping[str, AbstractSet[str]], deleted: AbstractSet[str]
) -> Iterator[str]:
    """What of a folder is near: itself, or one file that is in it and stays there."""
    try:
        with opened(root, place.split("/") if place else ()) as folder:
            for name, inner in _entries(folder):
                path = f"{place}/{name}" if place else name
                names = wanted.get(fold(path), {path})
                if not inner and names != {path}:
                    yield path
                elif inner and names - {path} != {f"{path}/"} and fold(path) in wanted:
                    yield from _first(root, path, deleted)
    except OSError:
        return


def _entries(folder: Folder) -> list[tuple[str, bool]]:
    """Names in a folder, each with whether it is a folder."""
    return [(entry.name, entry.is_dir(follow_symlinks=False)) for entry in folder.scan()]


def _first(root: str, place: str, deleted: AbstractSet[str]) -> Iterator[str]:
    """One file below a folder that is not deleted, if there is one, however deep."""
    folders = [place]
    while folders:
        path = folders.pop()
        with opened(root, path.split("/")) as folder:
            for name, inner in _entries(folder):
                below = f"{path}/{name}"
                if inner:
                    folders.append(below)
                elif below not in deleted:
                    yield below
                    return
