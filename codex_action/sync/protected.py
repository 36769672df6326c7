"""Names that a codex repository may not write into a project: what runs code, or decides who may.

The codex repository is trusted less than each project: who may write there must not be able to run code everywhere
(reliability.md R13). A name counts in every disguise that some file system resolves: letter case, trailing dots and
spaces, streams, short names, and characters that HFS+ ignores.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from itertools import chain

from codex_action.sync.names import fold

# What HFS+ leaves out of a name, as git knows it.
_IGNORED = re.compile("[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]")
_SHORT = re.compile(r"([^~.]{1,6})~[0-9]{1,4}(?:\.[^.]{0,3})?")
_HASHED = re.compile(
    r"[^~.]{2}[0-9a-f]{4}~[0-9](?:\.[^.]{0,3})?"
)  # a short name made of a checksum: of what, none can tell

_NAMES = frozenset(
    (
        "action.yml", "action.yaml", ".pre-commit-config.yaml", "codeowners", ".gitmodules", ".gitattributes", ".npmrc",
        ".envrc", ".vscode",
    )
)  # fmt: skip
# What a path holds that leads out of its tree, or may.
_SIGNS = ("\\", "//", "/.", ":", "~", "\0.", "\0/", "/\0", "\0\0")
_OUTSIDE = re.compile(r"^[A-Za-z]:|[\x00-\x1f\x7f\\]|(?:^|/)\.{0,2}(?:/|$)")
_BELOW = {".github": ("workflows", "actions"), ".claude": ("settings",)}  # these, and what starts like them
_STEMS = {
    name.strip(".").partition(".")[0]: name for name in (".git", *_NAMES, *_BELOW, "workflows", "settings")
}
_UNKNOWN = "a short name of another file"


def is_git(path: str) -> bool:
    """Does a path lead into git's own folder, in any disguise? Nothing allows that."""
    return ".git" in _segments(path)


def leads_out(paths: Collection[str]) -> str | None:
    """The first path that no tree holds: absolute, climbing, on a drive, with a control character, or git's own.

    Nearly all of very many are plain: only those with a sign of it are looked at one by one.
    """
    text = "\0".join(("", *paths, ""))
    signs = (path for sign in _SIGNS for path in _with(sign, text))
    odd = (path for path in paths if not path.isprintable()) if not "".join(paths).isprintable() else ()
    return next((path for path in chain(odd, signs) if _leads_out(path)), None)


def _with(sign: str, text: str) -> Iterator[str]:
    """The paths of a text that hold a sign."""
    at = text.find(sign)
    while at >= 0:
        start = at + 1 if sign[0] == "\0" else text.rfind("\0", 0, at) + 1
        end = text.find("\0", start)
        yield text[start:end]
        at = text.find(sign, end)


def _leads_out(path: str) -> bool:
    if _OUTSIDE.search(path):
        return True
    return (".git" in path.lower() or "~" in path or _IGNORED.search(path) is not None) and is_git(path)


def protected(path: str) -> str | None:
    """The protected name that a path holds, at any depth, or None."""
    segments = _segments(path)
    for part, below in zip(segments, (*segments[1:], "")):
        if part in _NAMES or part == _UNKNOWN:
            return part
        if part in _BELOW and below.startswith(_BELOW[part]):
            return f"{part}/{below}"
    return None


def _segments(path: str) -> list[str]:
    """The segments as the most forgiving file system reads them."""
    plain = fold(_IGNORED.sub("", path)).replace("\\", "/")
    parts = (part.partition(":")[0].rstrip(" .") for part in plain.split("/"))
    return [_long(part) if "~" in part else part for part in parts]


def _long(segment: str) -> str:
    """The name that a short one on Windows (`github~1`) may stand for."""
    short = _SHORT.fullmatch(segment)
    for stem, name in _STEMS.items():
        if short and stem.startswith(short[1]) and len(short[1]) >= min(len(stem), 5):
            return name
    return _UNKNOWN if _HASHED.fullmatch(segment) else segment
