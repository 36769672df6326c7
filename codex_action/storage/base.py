"""What every storage provider can do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol, runtime_checkable

from codex_action.artifacts.document import FetchResult

# From so many documents of one branch on git's three round trips cost less than a request for each.
MANY = 20


@runtime_checkable
class StorageProvider(Protocol):
    """A place that documents are fetched from (seed 1, storage). A path has '/' and never leaves the place.

    Every method may raise Unauthorized, RateLimited, Unreachable or another StorageError: it cannot be told.
    """

    def fetch(
        self, path: str, *, timeout: float = 30.0, headers: Mapping[str, str] | None = None
    ) -> FetchResult:
        """The document at a path; `timeout` in seconds is for all of it.

        With the header If-None-Match and an ETag that still holds it raises NotModified; NotFound where there surely
        is no such document.
        """
        ...

    def exists(self, path: str) -> bool:
        """Is there such a document? False only where that is sure."""
        ...

    def list(self, prefix: str = "") -> Iterable[str]:
        """The paths of all documents below a folder, in order; '' is everything."""
        ...

    def close(self) -> None:
        """Give back connections and files. More than once is no error."""
        ...
