"""Look into a cache without opening it: nothing is written, not even what SQLite keeps beside an open index."""

from __future__ import annotations

import contextlib
import os

_PATHS = (
    "SELECT path FROM entry WHERE content_hash > '' AND lower(org) = ? AND lower(project) = ? AND version = ?"
)


def remembered_paths(folder: str, org: str, project: str, version: str) -> frozenset[str]:
    """The paths of a project's documents that are kept, however old; none where there is no index that can be read."""
    path = os.path.join(folder, "index.db")
    if os.path.islink(path) or not os.path.isfile(path):
        return frozenset()
    import sqlite3  # what is not there is not waited for

    from codex_action.cache import database

    try:
        with contextlib.closing(database.connect_reading(path)) as index:
            rows = index.execute(_PATHS, (org.lower(), project.lower(), version)).fetchall()
    except (
        sqlite3.Error,
        OSError,
        UnicodeError,
        database.Foreign,
    ):  # whoever fetches hears what is wrong with it
        return frozenset()
    return frozenset(row[0] for row in rows if isinstance(row[0], str))
