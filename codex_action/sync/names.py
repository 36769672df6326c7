"""Names that not every file system keeps apart, or keeps at all: text only, whatever the system we run on."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from typing import NamedTuple

_MAX_SEGMENT, _MAX_PATH = 255, 4096  # bytes
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_NOT_UTF8 = re.compile(r"[\ud800-\udfff]")
_DRIVE = re.compile(r"[A-Za-z]:")
_DEVICE = re.compile(
    r"(?:con|prn|aux|nul|clock\$|conin\$|conout\$|(?:com|lpt)[0-9\xb9\xb2\xb3]) *(?:\.|$)", re.IGNORECASE
)


def unsafe(path: str) -> str | None:
    """Why a path could lead out of a project's root, or is another name on some systems; None if it is safe.

    reliability.md R12.
    """
    segments = path.split("/")
    rows = (
        (not path, "is empty"),
        (_CONTROL.search(path), "holds a control character"),
        (_NOT_UTF8.search(path), "is not UTF-8"),
        (path.startswith("/"), "is absolute"),
        ("\\" in path, "holds a backslash"),
        (_DRIVE.match(path), "starts with a drive"),
        (":" in path, "holds a colon, which opens a file's hidden stream on Windows"),
        (".." in segments, "climbs with '..'"),
        ("" in segments or "." in segments, "has an empty segment or a '.' segment"),
        (any(part[-1:] in ". " for part in segments), "has a segment that ends with a dot or a space"),
        (any(map(_DEVICE.match, segments)), "has a segment that is a device on Windows"),
    )
    return next((reason for broken, reason in rows if broken), None) or _too_long(path, segments)


def _too_long(path: str, segments: list[str]) -> str | None:
    if len(path.encode()) > _MAX_PATH:
        return f"is longer than {_MAX_PATH} bytes"
    if any(len(part.encode()) > _MAX_SEGMENT for part in segments):
        return f"has a segment longer than {_MAX_SEGMENT} bytes"
    return None


def fold(name: str) -> str:
    """What a file system that ignores letter case and Unicode's spellings takes a name for."""
    if name.isascii():
        return name.lower()
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", name).casefold())


class Twins(NamedTuple):
    """Two names that some file systems take for one, or one name for a file and a folder, which ends with '/'."""

    one: str
    other: str


def twins(paths: Iterable[str], files: Iterable[str]) -> list[Twins]:
    """Which of some paths and the folders above them collide with each other, or with a tree's files and folders.

    reliability.md R14.
    """
    ours = spellings(paths)
    every = {key: set(names) for key, names in ours.items()}
    for name in _names(near(ours, files)):
        if _key(name) in ours:
            every[_key(name)].add(name)
    return sorted(
        Twins(min(one, other), max(one, other))
        for key, names in ours.items()
        for one in names
        for other in every[key] - {one}
        if other not in names or one < other
    )


def alike(paths: Iterable[str]) -> bool:
    """Are two of some paths, or of the folders above them, one name on some file systems?"""
    names = _names(paths)
    return len(set(map(_key, names))) < len(names)


def near(wanted: Mapping[str, AbstractSet[str]], files: Iterable[str]) -> Iterator[str]:
    """Of very many files the few whose name is wanted, or that are in a folder whose name is, in another spelling."""
    odd = {"": False}
    for path in files if wanted else ():
        folder = path.rpartition("/")[0]
        if folder not in odd:
            _judge(folder, wanted, odd)
        # nearly all names are plain, so that each step counts
        if odd[folder] or (path.lower() if path.isascii() else fold(path)) in wanted:
            yield path


def _judge(folder: str, wanted: Mapping[str, AbstractSet[str]], odd: dict[str, bool]) -> None:
    """Note of a folder and of those above it whether one of them is wanted in another spelling."""
    unknown = []
    while folder not in odd:
        unknown.append(folder)
        folder = folder.rpartition("/")[0]
    state = odd[folder]
    for name in reversed(unknown):
        as_folder = {f"{name}/"}
        state = odd[name] = state or wanted.get(fold(name), as_folder) != as_folder


def spellings(paths: Iterable[str]) -> dict[str, set[str]]:
    """The names of some paths and of the folders above them, by what they fold to."""
    found: dict[str, set[str]] = {}
    for name in _names(paths):
        found.setdefault(_key(name), set()).add(name)
    return found


def _key(name: str) -> str:
    return fold(name.rstrip("/"))


def _names(paths: Iterable[str]) -> set[str]:
    """Some paths and all folders above them."""
    names = set(paths)
    for path in tuple(names):
        names.update(_folders(path))
    return names


def _folders(path: str) -> Iterator[str]:
    """The folders above a path, each with its '/'."""
    end = path.rfind("/")
    while end > 0:
        yield path[: end + 1]
        end = path.rfind("/", 0, end)


def within(path: str, places: Mapping[str, str]) -> str | None:
    """What a mapping says of a path or of the nearest folder above it."""
    while path:
        if path in places:
            return places[path]
        path = path.rpartition("/")[0]
    return None
