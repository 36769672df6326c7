"""A document: what a provider gives, and what a reader gets."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import datetime

    from codex_action.artifacts.metadata import ParsedMetadata

_WITH_HEADERS = (".md", ".markdown", ".mdx", ".mdc")


@dataclass(frozen=True)
class FetchResult:
    """What a provider gives for a path (seed 1, storage). `size` is in bytes and filled in where it is not given.

    `private`: it must not be written where others can read it.
    """

    content: bytes
    content_type: str = "application/octet-stream"
    etag: str | None = None
    last_modified: str | None = None
    size: int = -1
    source: str = ""
    private: bool = False

    def __post_init__(self) -> None:
        if self.size < 0:
            object.__setattr__(self, "size", len(self.content))


@dataclass(frozen=True)
class Document:
    """A document as it was found (SPEC-00020 2.2). `fetched_at` is in seconds since 1970.

    `source` is `local`, `codex`, `cache`, `github`, `http` or a provider's own name. `stale` marks a cached copy that
    is past its time: it is being renewed (`renewing`), could not be renewed, or was read offline.
    """

    reference: str
    content: bytes
    source: str
    cached: bool = False
    stale: bool = False
    fetched_at: float = 0.0
    version: str | None = None
    content_type: str = "application/octet-stream"
    renewing: bool = False

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
        from datetime import datetime, timezone  # 1 ms that a document's bytes do not need

        return datetime.fromtimestamp(self.fetched_at, timezone.utc)

    @property
    def metadata(self) -> Mapping[str, Any]:
        """What its header says; nothing where it has none, or is no Markdown."""
        return self.header.metadata if self.header else {}

    @cached_property
    def header(self) -> ParsedMetadata | None:
        """Its header with all that is wrong with it, None for what is no Markdown."""
        if not self.reference.partition("#")[0].lower().endswith(_WITH_HEADERS):
            return None
        from codex_action.artifacts.metadata import parse_metadata

        return parse_metadata(self.content.decode("utf-8", "replace"))


def content_hash(content: bytes) -> str:
    """The sha256 of a content, 64 hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


def blob_id(content: bytes) -> str:
    """The id that git gives a file of this content."""
    name = hashlib.sha1(b"blob %d\0" % len(content))  # noqa: S324  (git's own name for it)
    name.update(content)  # not joined: that would be a second copy
    return name.hexdigest()
