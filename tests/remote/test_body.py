"""Bodies: whole, decoded, within the limit, or not at all."""

from __future__ import annotations

import gzip
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_action.remote.body import BadBody, read_body

LIMIT = 1000
PACKED = gzip.compress(b"a document\n")


def pieces(data: bytes, size: int = 7) -> list[bytes]:
    return [data[at : at + size] for at in range(0, len(data), size)]


WHOLE = {
    "plain": (b"abc", {}, b"abc"),
    "nothing": (b"", {}, b""),
    "length": (b"abc", {"content-length": "3"}, b"abc"),
    "chunked has no length": (b"abc", {"content-length": "9", "transfer-encoding": "chunked"}, b"abc"),
    "identity": (b"abc", {"content-encoding": "identity"}, b"abc"),
    "gzip": (PACKED, {"content-encoding": "gzip", "content-length": str(len(PACKED))}, b"a document\n"),
    "its old name": (PACKED, {"content-encoding": "X-GZIP"}, b"a document\n"),
    "two files in one": (PACKED + PACKED, {"content-encoding": "gzip"}, b"a document\n" * 2),
    "gzip of nothing": (b"", {"content-encoding": "gzip"}, b""),
    "just within": (bytes(LIMIT), {}, bytes(LIMIT)),
    "just within, packed": (gzip.compress(bytes(LIMIT)), {"content-encoding": "gzip"}, bytes(LIMIT)),
}
BAD = {
    "short": (b"ab", {"content-length": "3"}, "2 bytes came where 3", True),
    "no number": (b"ab", {"content-length": "-1"}, "no number", False),
    "announced too large": (b"ab", {"content-length": "1001"}, "larger", False),
    "too large": (bytes(LIMIT + 1), {}, "larger", False),
    "a bomb": (gzip.compress(bytes(10**6)), {"content-encoding": "gzip"}, "larger", False),
    "many small bombs": (gzip.compress(bytes(100)) * 11, {"content-encoding": "gzip"}, "larger", False),
    "cut gzip": (PACKED[:-9], {"content-encoding": "gzip"}, "no end", False),
    "gzip without its sum": (PACKED[:-8], {"content-encoding": "gzip"}, "no end", False),
    "a second file that is cut": (PACKED + PACKED[:12], {"content-encoding": "gzip"}, "no end", False),
    "wrong sum": (PACKED[:-8] + bytes(8), {"content-encoding": "gzip"}, "no valid gzip", False),
    "no gzip": (b"plain", {"content-encoding": "gzip"}, "no valid gzip", False),
    "more after the end": (PACKED + b"plain", {"content-encoding": "gzip"}, "no valid gzip", False),
    "deflate": (zlib.compress(b"x"), {"content-encoding": "deflate"}, "not asked for", False),
    "two at once": (PACKED, {"content-encoding": "gzip, gzip"}, "not asked for", False),
}


@pytest.mark.parametrize(("data", "headers", "body"), WHOLE.values(), ids=WHOLE)
def test_whole(data: bytes, headers: dict[str, str], body: bytes) -> None:
    assert read_body(pieces(data), headers, LIMIT) == body
    assert read_body([data], headers, LIMIT) == body


@pytest.mark.parametrize("row", BAD.values(), ids=BAD)
def test_bad(row: tuple[bytes, dict[str, str], str, bool]) -> None:
    data, headers, words, cut = row
    with pytest.raises(BadBody, match=words) as caught:
        read_body(pieces(data), headers, LIMIT)
    assert caught.value.cut is cut


@given(content=st.binary(max_size=500), size=st.integers(1, 50), cut=st.integers(1, 500))
def test_gzip_is_whole_or_nothing(content: bytes, size: int, cut: int) -> None:
    packed = gzip.compress(content)
    assert read_body(pieces(packed, size), {"content-encoding": "gzip"}, LIMIT) == content
    with pytest.raises(BadBody):
        read_body(pieces(packed[: max(1, len(packed) - cut)], size), {"content-encoding": "gzip"}, LIMIT)
