"""What a document is remembered under, and one remembered document."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from enum import Enum
from typing import Callable, NamedTuple

from codex_action.errors import CacheError, ValidationError
from codex_action.refs.uri import PREFIX, build_uri, parse_reference


class CacheKey(NamedTuple):
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
        """The document's URI, or the text that `key_of` was given."""
        if not self.org:
            return self.path
        version = self.version if "/" not in self.version else ""  # such a branch has no place in a URI
        return build_uri(self.org, self.project, self.path, version=version or None)


class Freshness(Enum):
    """Of a remembered document: within its time, a little past it, long past it."""

    FRESH = "fresh"
    STALE = "stale"
    EXPIRED = "expired"


@dataclass(frozen=True)
class CacheEntry:
    """A remembered document (seed 1, cache). Times are in seconds since 1970, `size` in bytes, `ttl` in seconds.

    `content_hash` is the sha256 of the content, '' where it is remembered that there is no such document. The counters
    are those of the moment when it was read. `clock` tells the time that `is_valid` and `is_fresh` go by.
    """

    key: CacheKey
    source: str
    content_hash: str
    size: int
    created_at: float
    ttl: float
    clock: Callable[[], float] = field(repr=False, compare=False)
    etag: str | None = None
    last_modified: str | None = None
    content_type: str = "application/octet-stream"
    accessed_at: float = 0.0
    access_count: int = 0
    body: bytes | None = field(default=None, repr=False, compare=False)

    @property
    def reference(self) -> str:
        """The document's URI."""
        return self.key.reference

    @property
    def version(self) -> str | None:
        """The branch, tag or commit it was asked at; None is the default branch."""
        return self.key.version or None

    @property
    def content(self) -> bytes:
        """The bytes. Raises CacheError where the entry comes from a list, which holds none."""
        if self.body is None:
            raise CacheError(f"the content of {self.reference} was not read", hint="get it by its key")
        return self.body

    def with_body(self, body: bytes) -> CacheEntry:
        """The same entry, with its content: for whoever has just made it."""
        object.__setattr__(self, "body", body)  # `replace` takes as long as reading the file
        return self

    @property
    def missing(self) -> bool:
        """Is it remembered that there is no such document?"""
        return not self.content_hash

    @property
    def ttl_seconds(self) -> float:
        """The time it is good for (seed 1's name)."""
        return self.ttl

    @property
    def expires_at(self) -> float:
        """When its time is over."""
        return self.created_at + self.ttl

    @property
    def is_valid(self) -> bool:
        """Within its time? One from the future is not."""
        return 0 <= self.clock() - self.created_at < self.ttl

    @property
    def is_fresh(self) -> bool:
        """Within the first half of its time?"""
        return 0 <= self.clock() - self.created_at < self.ttl * 0.5


def key_of(text: str) -> CacheKey:
    """The key that a plain text stands for (seed 1): the parts of a URI in its shortest form, else the text itself."""
    if text.startswith(PREFIX):
        try:
            parsed = parse_reference(text)
        except ValidationError:
            return CacheKey("", "", "", "", text)
        key = CacheKey("", parsed.org, parsed.project, parsed.version or "", parsed.path)
        if key.reference == text:  # else two texts would have one key
            return key
    return CacheKey("", "", "", "", text)


def access_scope(token: str | None) -> str:
    """A token's scope: the same for the same token, and nothing that a token could be found from."""
    return hashlib.sha256(b"codex-action scope\0" + token.encode()).hexdigest()[:32] if token else ""
