"""Many documents of one branch with one fetch of git's, in the place of a request for each (documents.md 2)."""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Mapping
from dataclasses import replace

from codex_action.artifacts.document import FetchResult
from codex_action.errors import StorageError
from codex_action.remote.clone import Clone
from codex_action.remote.listing import repository_url
from codex_action.remote.upstream import Upstream
from codex_action.storage.local import LocalStorage

# Seconds for each of git's commands: those who want the documents wait, and can ask for each alone.
_TIMEOUT = 20.0


def fetch_many(
    server: str, repository: tuple[str, str, str | None], paths: Collection[str],
    *, environ: Mapping[str, str], token: str | None,
) -> dict[str, FetchResult]:  # fmt: skip
    """The documents that are there, by path. `repository` is owner, name and branch (None: its default branch).

    What is missing, no file, or too large, is left out: whoever asks for it alone hears why. Raises StorageError,
    UsageError for a name that is no branch's.
    """
    owner, name, branch = repository
    upstream = Upstream(repository_url(server, owner, name), token, environ)
    found: dict[str, FetchResult] = {}
    with tempfile.TemporaryDirectory(prefix="codex-bulk-") as folder:
        clone = Clone(upstream, folder, branch, timeout=_TIMEOUT)
        wanted = frozenset(paths)
        clone.materialise(wanted.__contains__)
        storage = LocalStorage(clone.folder, source="github")
        for path in wanted.intersection(clone.entries):
            try:
                found[path] = replace(storage.fetch(path), etag=None)
            except StorageError:  # noqa: PERF203  (one by one)
                continue
    return found
