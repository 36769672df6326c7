"""Names of files that stand for what a process has open: opened anew, it would be written over from its start."""

from __future__ import annotations

import os

STDOUT = "/dev/fd/1"
_NAMES = {"/dev/stdout": STDOUT, "/dev/stderr": "/dev/fd/2"}
_MOST_LINKS = 40


def open_file(path: str) -> str:
    """What an output's name stands for: `/dev/fd/N` of ours, a path below /proc of others; '' for any other file."""
    if path == "-":
        return STDOUT
    path = os.path.abspath(path)
    for _ in range(_MOST_LINKS):
        known = _own(path)
        if known or not os.path.islink(path):
            return known
        folder = os.path.realpath(os.path.dirname(path))
        if folder.startswith("/proc/"):
            return _own(os.path.join(folder, os.path.basename(path))) or path
        path = os.path.normpath(os.path.join(folder, os.readlink(path)))
    return ""


def _own(path: str) -> str:
    folder, name = os.path.split(path)
    if folder in ("/dev/fd", "/proc/self/fd", f"/proc/{os.getpid()}/fd") and name.isdigit():
        return f"/dev/fd/{name}"
    return _NAMES.get(path, "")


def append(place: str, data: bytes) -> None:
    """Write to what `open_file` named, after what is there. Raises OSError."""
    folder, name = os.path.split(place)
    with os.fdopen(os.dup(int(name)), "wb") if folder == "/dev/fd" else open(place, "ab") as stream:
        stream.write(data)
