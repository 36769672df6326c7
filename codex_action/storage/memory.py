"""Documents in memory: for programs that make them, and for tests."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping

from codex_action.artifacts.document import FetchResult
from codex_action.errors import NotFound
from codex_action.refs.paths import validate_path
from codex_action.storage.answer import answer


class MemoryStorage:
    """Documents by their paths. Any thread may read and change it at any time.

    Raises UnsafePath for a path that could not be one below a root.
    """

    def __init__(self, documents: Mapping[str, bytes] | None = None, *, source: str = "memory") -> None:
        self._documents = {validate_path(path): bytes(data) for path, data in (documents or {}).items()}
        self._source = source
        self._lock = threading.Lock()

    def put(self, path: str, content: bytes) -> None:
        """Add a document, or replace it."""
        with self._lock:
            self._documents[validate_path(path)] = bytes(content)

    def remove(self, path: str) -> None:
        """Take a document out; one that is not there is no error."""
        with self._lock:
            self._documents.pop(validate_path(path), None)

    def fetch(
        self,
        path: str,
        *,
        timeout: float = 30.0,  # noqa: ARG002  (memory has nothing to wait for)
        headers: Mapping[str, str] | None = None,
    ) -> FetchResult:
        """The document at a path. Raises NotFound, NotModified."""
        with self._lock:
            content = self._documents.get(validate_path(path))
        if content is None:
            raise NotFound(f"there is no document {path!r}")
        return answer(path, content, headers, self._source)

    def exists(self, path: str) -> bool:
        """Is there such a document?"""
        with self._lock:
            return validate_path(path) in self._documents

    def list(self, prefix: str = "") -> Iterable[str]:
        """The paths of all documents below a folder, sorted."""
        below = f"{validate_path(prefix)}/" if prefix else ""
        with self._lock:
            return sorted(path for path in self._documents if path.startswith(below))

    def close(self) -> None:
        """There is nothing to give back."""
