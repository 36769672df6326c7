"""The index's file: open it, recognise it, set it aside when it is damaged."""

from __future__ import annotations

import contextlib
import errno
import itertools
import os
import sqlite3
import stat
from typing import Callable

from codex_action.cache.access import Access, is_trusted, make_file

APPLICATION = 0x43445843
FORMAT = 1
# Others write for a few milliseconds at a time; who holds it longer than this does something else with it.
PATIENCE = 10.0
_IMPATIENCE = 100
# What SQLite keeps beside a database: without it the latest changes are missing.
COMPANIONS = ("-wal", "-shm", "-journal")

_SCHEMA = (
    """CREATE TABLE entry (
        id INTEGER PRIMARY KEY,
        host TEXT NOT NULL, org TEXT NOT NULL, project TEXT NOT NULL, version TEXT NOT NULL, path TEXT NOT NULL,
        scope TEXT NOT NULL, source TEXT NOT NULL, content_hash TEXT NOT NULL, size INTEGER NOT NULL,
        created_at REAL NOT NULL, ttl REAL NOT NULL, etag TEXT NOT NULL, last_modified TEXT NOT NULL,
        content_type TEXT NOT NULL, seal INTEGER NOT NULL, accessed_at REAL NOT NULL, access_count INTEGER NOT NULL,
        UNIQUE (org, project, path, version, host, scope))""",
    # Finds a content's rows, and holds all that totals are made of.
    "CREATE INDEX entry_content ON entry (content_hash, size, created_at, ttl)",
    "CREATE TABLE counter (name TEXT PRIMARY KEY, value REAL NOT NULL) WITHOUT ROWID",
    f"PRAGMA application_id = {APPLICATION}",
    f"PRAGMA user_version = {FORMAT}",
)


class Foreign(Exception):
    """The index is another program's, or of another version of this one: it is left alone."""


def open_database(path: str, access: Access) -> tuple[sqlite3.Connection, bool]:
    """The index's connection, made if there is none, and whether it can be written.

    Where it cannot, because of modes or a full disk, it is read. Raises Foreign, sqlite3.Error, OSError.
    """
    _need_trust(os.path.dirname(path), os.stat(os.path.dirname(path)), access)
    make_file(path, access)
    state = os.lstat(path)
    _need_trust(path, state, access)
    if not stat.S_ISREG(state.st_mode):
        raise OSError(errno.EINVAL, "is not a regular file", path)
    try:
        return _connect(path, _prepare_writing), True
    except sqlite3.OperationalError as error:
        if is_locked(error) or not state.st_size:
            raise
        return connect_reading(path), False


def _need_trust(path: str, state: os.stat_result, access: Access) -> None:
    if not is_trusted(state, access):
        raise PermissionError(errno.EPERM, "belongs to another user", path)


def _connect(path: str, prepare: Callable[[sqlite3.Connection], object]) -> sqlite3.Connection:
    connection = sqlite3.connect(
        path, timeout=PATIENCE, isolation_level=None, check_same_thread=False, uri=path.startswith("file:")
    )
    try:
        connection.execute("PRAGMA trusted_schema = OFF")  # the file may come from a restored cache
        connection.execute("PRAGMA cell_size_check = ON")
        prepare(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def connect_reading(path: str) -> sqlite3.Connection:
    """Without locks and without a journal: for where neither can be had, or nothing may be written."""
    from urllib.parse import quote

    return _connect(f"file:{quote(path)}?mode=ro&immutable=1", _recognise)


def _prepare_writing(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA page_size = 1024")  # of a new file: a hit writes its whole page
    connection.execute("PRAGMA wal_autocheckpoint = 4000")  # pages: a checkpoint is dear
    connection.execute("PRAGMA cache_size = -16000")
    connection.execute("BEGIN")  # what is read is of one moment, though another process is just making it
    known = _recognise(connection)
    connection.execute("COMMIT")
    if not known:
        _create(connection)
    with contextlib.suppress(sqlite3.OperationalError):  # held by another at this moment, or no shared memory
        connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")


def _recognise(connection: sqlite3.Connection) -> bool:
    """Is it ours? False: it is empty. Raises Foreign."""
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if (application, version) == (APPLICATION, FORMAT):
        return True
    if application == APPLICATION:
        raise Foreign(f"has format {version}, this program knows {FORMAT}")
    if application or version or connection.execute("SELECT 1 FROM sqlite_master").fetchone():
        raise Foreign("belongs to another program")
    return False


def _create(connection: sqlite3.Connection) -> None:
    """All or nothing: a connection that is closed before COMMIT leaves nothing."""
    connection.execute("BEGIN IMMEDIATE")
    for statement in () if _recognise(connection) else _SCHEMA:  # another process may have been first
        connection.execute(statement)
    connection.execute("COMMIT")


def is_damage(error: BaseException) -> bool:
    """Does it say that the file is no sound database? By its text: Python before 3.11 does not tell SQLite's code."""
    if type(error) is sqlite3.DatabaseError:
        return True
    return isinstance(error, sqlite3.OperationalError) and str(error).startswith(("no such ", "malformed"))


def is_locked(error: BaseException) -> bool:
    """Does it say that another process holds the file?"""
    return isinstance(error, sqlite3.OperationalError) and "locked" in str(error)


def lose_patience(connection: sqlite3.Connection) -> None:
    """Wait for others no longer than a moment from now on."""
    with contextlib.suppress(sqlite3.Error):
        connection.execute(f"PRAGMA busy_timeout = {_IMPATIENCE}")


def identity(path: str) -> tuple[int, int] | None:
    """Which file it is by now; None: there is none."""
    try:
        state = os.stat(path)
    except OSError:
        return None
    return state.st_dev, state.st_ino


def set_aside(path: str) -> str:
    """Rename a file to `index.db.aside`, so that whoever comes next makes a new one; gives its path. Raises OSError.

    It may be somebody's, so what is beside it goes with it, and first: a new file must not be completed with that.
    """
    aside = aside_of(path)
    for suffix in COMPANIONS:
        with contextlib.suppress(FileNotFoundError):
            os.replace(path + suffix, aside + suffix)
    os.replace(path, aside)
    return aside


def aside_of(path: str) -> str:
    """The first of `path.aside`, `path.aside.1` and so on where nothing is, and nothing of a database beside it."""
    names = (f"{path}.aside{f'.{number}' if number else ''}" for number in itertools.count())
    return next(
        name for name in names if not any(os.path.lexists(name + suffix) for suffix in ("", *COMPANIONS))
    )
