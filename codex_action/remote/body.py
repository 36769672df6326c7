"""Read an answer's body: whole, decoded, within a limit, or not at all (reliability.md R22, R24)."""

from __future__ import annotations

import io
import re
import zlib
from collections.abc import Iterable, Iterator, Mapping

_LENGTH = re.compile(r"[0-9]{1,18}")
_STEP = 2**16


class BadBody(Exception):
    """A body that cannot be used; `cut`: the connection ended too early, and another try may help."""

    def __init__(self, reason: str, *, cut: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.cut = cut


def read_body(chunks: Iterable[bytes], headers: Mapping[str, str], limit: int) -> bytes:
    """The decoded body from the bytes on the wire; never more than `limit` bytes of it are held.

    Raises BadBody if it is longer, cut short, or in an encoding that nobody asked for.
    """
    expected = None if "transfer-encoding" in headers else _expected(headers)
    encoding = headers.get("content-encoding", "").strip().lower()
    if expected is not None and expected > limit and encoding in ("", "identity"):
        raise _too_large(limit)
    counted = _Counted(chunks)
    body = io.BytesIO()  # gives its content away without a second copy
    for part in _decoded(counted, encoding):
        if body.tell() + len(part) > limit:
            raise _too_large(limit)
        body.write(part)
    if expected is not None and counted.bytes != expected:
        raise BadBody(f"{counted.bytes} bytes came where {expected} were announced", cut=True)
    return body.getvalue()


def _expected(headers: Mapping[str, str]) -> int | None:
    text = headers.get("content-length")
    if text is None:
        return None
    if not _LENGTH.fullmatch(text.strip()):
        raise BadBody("the answer's length is no number")
    return int(text)


def _too_large(limit: int) -> BadBody:
    return BadBody(f"the answer is larger than {limit / 2**20:g} MiB")


class _Counted:
    """Chunks, and how many bytes they had."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = chunks
        self.bytes = 0

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self._chunks:
            self.bytes += len(chunk)
            yield chunk


def _decoded(chunks: Iterable[bytes], encoding: str) -> Iterable[bytes]:
    if encoding in ("", "identity"):
        return chunks
    if encoding in ("gzip", "x-gzip"):
        return _unzipped(chunks)
    raise BadBody("the answer is in an encoding that was not asked for")


def _unzipped(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """What gzip packed, in small parts, however much it packed; the end mark of the last member has to come."""
    member = zlib.decompressobj(31)
    begun = False
    try:
        for chunk in chunks:
            rest = chunk
            while rest:
                if member.eof:  # one gzip file may follow another
                    member = zlib.decompressobj(31)
                begun = True
                part = member.decompress(rest, _STEP)
                rest = member.unused_data if member.eof else member.unconsumed_tail
                if part:
                    yield part
    except zlib.error as error:
        raise BadBody("the answer is no valid gzip") from error
    if begun and not member.eof:
        raise BadBody("the answer's gzip has no end")
