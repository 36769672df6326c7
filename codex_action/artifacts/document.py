"""A document: what a provider gives, and what a reader gets."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from typing import Any


@dataclass(frozen=True)
class FetchResult:
    """What a provider gives for a path (seed 1, storage). `size` is in bytes and filled in where it is not given."""

    content: bytes
    content_type: str = "application/octet-stream"
    etag: str | None = None
    last_modified: str | None = None
    size: int = -1
    source: str = ""

    def __post_init__(self) -> None:
        if self.size < 0:
            object.__setattr__(self, "size", len(self.content))


@dataclass(frozen=True)
class Document:
    """A document as it was found (SPEC-00020 2.2). `fetched_at` is in seconds since 1970.

    `source` is `local`, `codex`, `cache`, `github`, `http` or a provider's own name. `stale` marks a cached copy that
    is past its time and could not be renewed.
    """

    reference: str
    content: bytes
    source: str
    cached: bool = False
    stale: bool = False
    fetched_at: float = 0.0
    version: str | None = None
    content_type: str = "application/octet-stream"
    metadata: Mapping[str, Any] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The content as text. Raises UnicodeDecodeError where it is not UTF-8."""
        return self.content.decode("utf-8-sig")

    @property
    def size(self) -> int:
        """Bytes of content."""
        return len(self.content)

    @property
    def sha256(self) -> str:
        """The content's name in the cache."""
        return content_hash(self.content)

    @property
    def timestamp(self) -> datetime:
        """When it was fetched, in UTC."""
        return datetime.fromtimestamp(self.fetched_at, timezone.utc)

    def with_metadata(self, metadata: Mapping[str, Any]) -> Document:
        """The same document, with what its header says."""
        return replace(self, metadata=metadata)


def content_hash(content: bytes) -> str:
    """The sha256 of a content, 64 hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


def blob_id(content: bytes) -> str:
    """The id that git gives a file of this content."""
    name = hashlib.sha1(b"blob %d\0" % len(content))  # noqa: S324  (git's own name for it)
    name.update(content)  # not joined: that would be a second copy
    return name.hexdigest()
