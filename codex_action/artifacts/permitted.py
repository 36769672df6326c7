"""What a permission's pattern names: paths of every project, or with codex:// documents of some."""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import unquote_to_bytes

from codex_action.artifacts.globs import compile_globs
from codex_action.errors import InvalidReference, UsageError
from codex_action.refs.uri import PREFIX

_ENCODED = re.compile(r"(?:%[0-9A-Fa-f]{2})+")
_SPECIAL = re.compile(r"[][*?{}()!+@|,\\]")
_HINT = "write codex://ORG/PROJECT/PATH: each part may be a glob, and parts at the end may be left out"


def check_pattern(pattern: str) -> None:
    """Raises UsageError or InvalidReference for a pattern that is broken or names no document."""
    compile_globs((_glob(pattern),), dot=True)


def is_named(pattern: str, path: str, org: str | None, project: str | None) -> bool:
    """Does a pattern name the document at a path of its normal form? A name that is not known (None) is in no pattern.

    Letter case counts in paths and not in names, as on GitHub.
    """
    subject = path
    if _bare(pattern).startswith(PREFIX):
        if org is None or project is None:
            return False
        subject = f"{org}/{project}".lower() + f"/{path}"
    return compile_globs((_glob(pattern),), dot=True)(subject)


def _bare(pattern: str) -> str:
    return pattern.lstrip("!")


@lru_cache(maxsize=1024)
def _glob(pattern: str) -> str:
    """A pattern for normal paths: `/internal/` denies what `internal/**` denies, not nothing."""
    text = _bare(pattern)
    bangs = pattern[: len(pattern) - len(text)]
    if text[: len("codex:")].lower() == "codex:":
        return bangs + _of_projects(text)
    folder = "**" if text.endswith("/") and text != "/" else ""
    return f"{bangs}{text.lstrip('/')}{folder}"


def _of_projects(text: str) -> str:
    """`codex://ORG/PROJECT/PATH` -> a glob for org/project/path; all that is left out at the end may be anything."""
    rest = text[len(PREFIX) :].rstrip("/")
    if not text.startswith(PREFIX) or not rest or rest.startswith("/"):
        raise UsageError(f"{text!r} names no documents", hint=_HINT)
    end = _end_of_names(rest)
    names, path = rest[:end].lower(), _ENCODED.sub(_decoded, rest[end:])
    if re.search(r"@(?!\()", names):
        raise InvalidReference(
            f"{text!r}: a permission is for every version", code="VERSION", hint="leave @VERSION out"
        )
    return f"{names}{path}/**" if not path or text.endswith("/") else f"{names}{path}"


def _end_of_names(text: str) -> int:
    """Where the second part ends; a slash between brackets of a glob is part of none."""
    depth = slashes = 0
    for at, character in enumerate(text):
        depth += (character in "{(") - (character in "})")
        slashes += character == "/" and depth == 0
        if slashes == 2:
            return at
    return len(text)


def _decoded(run: re.Match[str]) -> str:
    """What is percent-encoded stands for itself, whatever it would mean in a glob."""
    try:
        text = unquote_to_bytes(run[0]).decode("utf-8")
    except UnicodeDecodeError:
        return run[0]
    return _SPECIAL.sub(r"\\\g<0>", text)
