"""Paths inside a project: posix text only, never a file system."""

from __future__ import annotations

import posixpath
import re

from codex_action.errors import UnsafePath

MAX_PATH = 1000
# Documents of other projects are synced here (sync.md 7).
SHARED = ".fractary/codex/shared/"
_PROTOCOL = re.compile(r"(?:file|https?|ftp|data|javascript):", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
# What JavaScript's trim() takes away.
_SPACES = (32, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x2028, 0x2029, 0x202F, 0x205F, 0x3000, 0xFEFF)
_BLANK = "".join(map(chr, (*range(9, 14), *_SPACES)))


def _first_problem(path: str) -> tuple[str, str] | None:
    """The (code, sentence) of the first rule that the decoded path breaks."""
    segments = path.split("/")
    rows = (
        (not path.strip(_BLANK), "EMPTY_PATH", "the path is empty"),
        (len(path) > MAX_PATH, "PATH_TOO_LONG", f"the path is longer than {MAX_PATH} characters"),
        (_CONTROL.search(path) is not None, "PATH_CONTROL_CHARACTER", "the path holds a control character"),
        ("\\" in path, "PATH_BACKSLASH", "the path holds a backslash; segments are divided by '/'"),
        (path.startswith("/"), "PATH_ABSOLUTE", "the path is absolute"),
        (path.startswith("~"), "PATH_HOME", "the path starts with '~'"),
        (_PROTOCOL.match(path) is not None, "PATH_PROTOCOL", "the path starts with a URL scheme"),
        (".." in segments, "PATH_TRAVERSAL", "the path climbs with '..'"),
        (path.endswith("/"), "PATH_TRAILING_SLASH", "the path ends with '/'"),
        ("" in segments, "PATH_EMPTY_SEGMENT", "the path has an empty segment ('//')"),
        ("." in segments, "PATH_DOT_SEGMENT", "the path has a '.' segment"),
    )
    return next(((code, text) for broken, code, text in rows if broken), None)


def validate_path(path: str) -> str:
    """Give the path back if it is safe below a project's root, else raise UnsafePath (references.md 1)."""
    problem = _first_problem(path)
    if problem:
        raise UnsafePath(problem[1], code=problem[0])
    return path


def is_safe_path(path: str) -> bool:
    """Would `validate_path` accept it?"""
    return _first_problem(path) is None


def sanitize_path(path: str) -> str:
    """The nearest safe path, or '' if nothing is left: the result passes validate_path and stays inside its root."""
    text = _CONTROL.sub("", path).replace("\\", "/")
    before = None
    while before != text:  # taking one thing away may uncover the next: repeat until nothing moves
        before = text
        text = (
            _PROTOCOL.sub("", text.strip(_BLANK), count=1)
            if _PROTOCOL.match(text.strip(_BLANK))
            else text.strip(_BLANK)
        )
        text = text.lstrip("/")
        text = text[2:] if text.startswith("~/") else text.lstrip("~")
        kept: list[str] = []
        for segment in text.split("/"):
            if segment == "..":
                del kept[-1:]
            elif segment not in ("", "."):
                kept.append(segment)
        text = "/".join(kept)[:MAX_PATH]
    return text


def get_filename(path: str) -> str:
    """The last segment of a path."""
    return posixpath.basename(path)


def get_directory(path: str) -> str:
    """All but the last segment of a path, '' at the root."""
    return posixpath.dirname(path)


def get_extension(path: str) -> str:
    """The extension in lower case without its dot; '' if there is none. `.gitignore` has the extension 'gitignore'."""
    _, dot, extension = get_filename(path).rpartition(".")
    return extension.lower() if dot else ""
