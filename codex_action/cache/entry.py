"""One remembered document, without its content."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import Enum

from codex_action.refs.uri import build_uri


@dataclass(frozen=True)
class CacheKey:
    """What a document is remembered under: two documents never share one.

    `host` is where it comes from, `version` '' is the default branch, `scope` '' is what anybody may read; what a
    token opened has that token's scope.
    """

    host: str
    org: str
    project: str
    version: str
    path: str
    scope: str = ""

    @property
    def reference(self) -> str:
        """The document's URI."""
        return build_uri(self.org, self.project, self.path, version=self.version or None)


class Freshness(Enum):
    """Of a remembered document: within its time, a little past it, long past it."""

    FRESH = "fresh"
    STALE = "stale"
    EXPIRED = "expired"


def access_scope(token: str | None) -> str:
    """A token's scope: the same for the same token, and nothing that a token could be found from."""
    return hashlib.sha256(b"codex-action scope\0" + token.encode()).hexdigest()[:32] if token else ""
