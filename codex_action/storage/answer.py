"""What a place answers that has a document's bytes at hand: the same on disk and in memory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from codex_action.artifacts.content_type import detect_content_type
from codex_action.artifacts.document import FetchResult, content_hash
from codex_action.errors import NotModified


def answer(path: str, content: bytes, headers: Mapping[str, str] | None, source: str) -> FetchResult:
    """The document, its ETag made of its content. Raises NotModified where the headers say that it is known."""
    etag = f'"{content_hash(content)}"'
    if etag in _known_etags(headers or {}):
        raise NotModified(f"{path!r} has not changed")
    return FetchResult(content, detect_content_type(path), etag, source=source)


def _known_etags(headers: Mapping[str, str]) -> Iterator[str]:
    for name, value in headers.items():
        if name.lower() == "if-none-match":
            yield from (tag.strip().removeprefix("W/") for tag in value.split(","))
