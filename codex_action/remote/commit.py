"""A commit on top of another one, of named files only: no index, no working tree, no filter, no hook, no signature.

git fast-import takes the bytes as they are, reads only the folders on the way, and needs no blob that is not here.
"""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from collections.abc import Iterable, Mapping
from typing import BinaryIO, NamedTuple

from codex_action.errors import GitError, StorageError
from codex_action.files import read_bytes
from codex_action.remote.git import Git
from codex_action.remote.parent import check_room, listed

_REF = b"refs/codex/new"  # named while the commit is made, and never written
_NO_COMMIT = b"0" * 40
_AS_GITHUB = ("github-actions[bot]", "41898282+github-actions[bot]@users.noreply.github.com")
_AS_ITSELF = ("codex-action", "codex-action@localhost")
_IDENTITY = re.compile(r"(?P<name>.+) <(?P<email>[^<>]+)> [0-9]+ [-+][0-9]{4}", re.DOTALL)


class Change(NamedTuple):
    """A path to write, with git's mode, from a file whose bytes have this sha256; or, without a file, to delete."""

    path: str
    file: str | None = None
    hash: str | None = None
    mode: int = 0o100644


class Identity(NamedTuple):
    """Who a commit is by."""

    name: str
    email: str


def identity(git: Git, environ: Mapping[str, str]) -> Identity:
    """Whom git's configuration names; else the workflow's own user, or this program."""
    try:
        found = _IDENTITY.match(
            os.fsdecode(git.run("-c", "user.useConfigOnly=true", "var", "GIT_COMMITTER_IDENT"))
        )
    except GitError:
        found = None
    if found:
        return Identity(found["name"], found["email"])
    return Identity(*(_AS_GITHUB if environ.get("GITHUB_ACTIONS") == "true" else _AS_ITSELF))


def make_commit(
    git: Git, parent: str | None, changes: Iterable[Change], message: str, by: Identity, now: int
) -> str | None:
    """The new commit's id, or None if it would change nothing. `now` is in seconds since 1970; no branch moves.

    Raises RefusedError where it would replace what it does not name, StorageError where a file's bytes are not those
    that were promised, GitError.
    """
    ordered = sorted(changes, key=lambda change: change.file is not None)  # deletions make room
    deleted = {change.path for change in ordered if change.file is None}
    check_room(listed(git, parent), {change.path for change in ordered} - deleted, deleted)
    with tempfile.TemporaryFile() as stream:
        _begin(stream, parent, message, by, now)
        for change in ordered:
            _change(stream, change)
        stream.write(b'reset %s\nfrom %s\n\nls :1 ""\nget-mark :1\ndone\n' % (_REF, _NO_COMMIT))
        stream.seek(0)
        *before, after, commit = git.run("fast-import", "--quiet", "--done", stdin=stream).splitlines()
    return None if before == [after] else commit.decode()


def _begin(stream: BinaryIO, parent: str | None, message: str, by: Identity, now: int) -> None:
    if parent:
        stream.write(b'ls %s ""\n' % parent.encode())
    stream.write(b"commit %s\nmark :1\n" % _REF)
    stream.write(os.fsencode(f"committer {_plain(by.name)} <{_plain(by.email)}> {now} +0000\n"))
    _data(stream, message.encode())
    if parent:
        stream.write(b"from %s\n" % parent.encode())


def _plain(text: str) -> str:
    """Without what would end a name in a commit."""
    return re.sub(r"[\x00-\x1f<>]", "", text)


def _data(stream: BinaryIO, data: bytes) -> None:
    stream.write(b"data %d\n" % len(data))
    stream.write(data)
    stream.write(b"\n")


def _change(stream: BinaryIO, change: Change) -> None:
    path = _quoted(change.path)
    if change.file is None:
        stream.write(b"D %s\n" % path)
        return
    try:
        data = read_bytes(change.file, follow=False)
    except OSError as error:
        raise StorageError(f"{change.path!r} cannot be read: {error.strerror}") from error
    if hashlib.sha256(data).hexdigest() != change.hash:
        raise StorageError(f"{change.path!r} changed while it was being committed", hint="sync again")
    stream.write(b"M %o inline %s\n" % (change.mode, path))
    _data(stream, data)


def _quoted(path: str) -> bytes:
    """A path as fast-import reads it, whatever is in it."""
    raw = os.fsencode(path).replace(b"\\", b"\\\\").replace(b'"', b'\\"').replace(b"\n", b"\\n")
    return b'"' + raw + b'"'
