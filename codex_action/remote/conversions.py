"""Files that git itself would commit as other bytes: encrypted, kept elsewhere, recoded, with other line ends.

What is published has the bytes that a sync has compared. Where a repository wants others, its attributes say so, and
the push is refused: else a secret would be there for all to read, or a checkout would never be clean again.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterable, Iterator

from codex_action.errors import RefusedError
from codex_action.files import read_bytes
from codex_action.remote.commit import Change
from codex_action.remote.git import Git
from codex_action.remote.upstream import printable

_ALWAYS = ("filter", "working-tree-encoding")
_BY_CONTENT = ("text", "crlf", "eol", "ident")
_NO_VALUE = ("unspecified", "unset")
_EXPANDED = re.compile(rb"\$Id:[^$\n]*\$")


def check_conversions(git: Git, changes: Iterable[Change], *, prefix: str, index: bool, where: str) -> None:
    """Raises RefusedError for the first file that would be converted, GitError.

    `prefix` is where git's root is in its repository. Attributes are those on the disk, or of an `index`. `where` names
    the repository.
    """
    files = {change.path[len(prefix) :]: change.file for change in changes if change.file is not None}
    for path, attributes in _attributes(git, files, index=index):
        named = next((name for name in _ALWAYS if attributes[name] not in _NO_VALUE), None)
        named = named or _converting(attributes, files[path])
        if named:
            raise RefusedError(
                f"{path!r} has the git attribute {named}={printable(attributes[named])} in {where}: "
                "git converts such files, and --push does not",
                hint="in a checkout (--codex PATH): sync without --push, then commit and push there with git itself",
            )


def _attributes(git: Git, paths: Iterable[str], *, index: bool) -> Iterator[tuple[str, dict[str, str]]]:
    names = (*_ALWAYS, *_BY_CONTENT)
    with tempfile.TemporaryFile() as lines:
        lines.write(b"".join(os.fsencode(path) + b"\0" for path in paths))
        lines.seek(0)
        cached = ("--cached",) if index else ()
        told = git.run("check-attr", "-z", *cached, "--stdin", *names, stdin=lines)
    fields = os.fsdecode(told).split("\0")[:-1]
    rows = list(zip(fields[::3], fields[1::3], fields[2::3]))
    for start in range(0, len(rows), len(names)):
        few = rows[start : start + len(names)]
        yield few[0][0], {name: value for _, name, value in few}


def _converting(attributes: dict[str, str], file: str | None) -> str | None:
    """The attribute that changes a file with these bytes, if one does.

    `text=auto` is none: what is there with its line ends keeps them.
    """
    named = next(_line_ends(attributes), None)
    ident = attributes["ident"] == "set"
    if file is None or not (named or ident):
        return None
    try:
        data = read_bytes(file, follow=False)
    except OSError:  # reading it for the commit says so
        return None
    if named and b"\r\n" in data:
        return named
    return "ident" if ident and _EXPANDED.search(data) else None


def _line_ends(attributes: dict[str, str]) -> Iterator[str]:
    """The attribute that turns CR LF into LF, as git understands all of them together."""
    text = "crlf" if attributes["text"] == "unspecified" else "text"
    if attributes[text] in ("set", "input"):
        yield text
    elif attributes[text] == "unspecified" and attributes["eol"] in ("lf", "crlf"):
        yield "eol"
