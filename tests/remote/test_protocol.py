"""GitHub's protocol as values: tables of answers."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_action.errors import Unauthorized, Unreachable, UnsafePath
from codex_action.refs.paths import is_safe_path
from codex_action.remote import protocol
from codex_action.remote.protocol import Quota, Repository

NOW = 1_800_000_000.0
SECONDARY = b'{"message": "You have exceeded a secondary rate limit. Please wait."}'
LIMITS: dict[str, tuple[int, dict[str, str], bytes, float | None]] = {
    "fine": (200, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(NOW) + 9)}, b"", None),
    "plain refusal": (403, {"x-ratelimit-remaining": "10"}, b'{"message": "Forbidden"}', None),
    "not found": (404, {"x-ratelimit-remaining": "0"}, b"", None),
    "seconds": (429, {"retry-after": "7"}, b"", NOW + 7),
    "seconds with spaces": (429, {"retry-after": " 7 "}, b"", NOW + 7),
    "no time": (429, {}, b"", NOW + 60),
    "no number": (429, {"retry-after": "soon"}, b"", NOW + 60),
    "negative": (429, {"retry-after": "-7"}, b"", NOW + 60),
    "infinite": (429, {"retry-after": "1e999"}, b"", NOW + 60),
    "other digits": (429, {"retry-after": "\u0667"}, b"", NOW + 60),
    "a date": (429, {"retry-after": "Fri, 15 Jan 2027 08:00:10 GMT"}, b"", NOW + 10),
    "a date that is past": (429, {"retry-after": "Fri, 15 Jan 2021 08:00:10 GMT"}, b"", NOW),
    "a date that is none": (429, {"retry-after": "Fri, 99 Jan 2027 08:00:10 GMT"}, b"", NOW + 60),
    "primary": (403, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(NOW) + 9)}, b"", NOW + 9),
    "primary without a time": (403, {"x-ratelimit-remaining": "0"}, b"", NOW + 60),
    "429 with a reset": (
        429,
        {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(NOW) + 9)},
        b"",
        NOW + 9,
    ),
    "secondary with a time": (403, {"retry-after": "30"}, SECONDARY, NOW + 30),
    "secondary without a time": (
        403,
        {"x-ratelimit-remaining": "10", "x-ratelimit-reset": "5"},
        SECONDARY,
        NOW + 60,
    ),
    "unavailable for a while": (503, {"retry-after": "5"}, b"", NOW + 5),
    "unavailable": (503, {}, b"", None),
}


@pytest.mark.parametrize(("status", "headers", "body", "until"), LIMITS.values(), ids=LIMITS)
def test_limited_until(status: int, headers: dict[str, str], body: bytes, until: float | None) -> None:
    assert protocol.limited_until(status, headers, body, NOW) == until


@given(
    st.dictionaries(st.sampled_from(["retry-after", "x-ratelimit-reset", "x-ratelimit-remaining"]), st.text())
)
def test_no_header_is_a_failure(headers: dict[str, str]) -> None:
    until = protocol.limited_until(429, headers, b"", NOW)
    assert until is not None
    assert 0 <= until <= NOW + 10**10


LINKS = {
    "none": ("", None),
    "next": (
        '<https://api.github.com/repositories/1/x?page=2>; rel="next", <https://x/?page=9>; rel="last"',
        "https://api.github.com/repositories/1/x?page=2",
    ),
    "last only": ('<https://x/?page=1>; rel="first"', None),
    "later": ('<https://x/?page=1>; rel="prev", <https://x/?page=3>; rel="next"', "https://x/?page=3"),
    "without quotes": ("<https://x/>; rel=next", "https://x/"),
    "another relation": ('<https://x/>; rel="nextish"', None),
    "no brackets": ('https://x/; rel="next"', None),
}


@pytest.mark.parametrize(("link", "url"), LINKS.values(), ids=LINKS)
def test_next_page(link: str, url: str | None) -> None:
    assert protocol.next_page({"link": link}) == url


PATHS = [
    "a.md",
    "docs/a b.md",
    "docs/a%20b.md",
    "docs/%2e%2e/b.md",
    "d/#x.md",
    "d/x?.md",
    "d/\u00fc/\u6587.md",
    "d/a+b&c=d.md",
    "...",
    "d/..x",
    "-x",
    "@a/b:c",
]


@pytest.mark.parametrize("path", PATHS)
def test_a_path_is_encoded_by_its_segments(path: str) -> None:
    url = protocol.file_endpoint("https://api.github.com/", "o", "r", path, "feature/x&y")
    parts = urlsplit(url)
    assert unquote(parts.path) == f"/repos/o/r/contents/{path}"
    assert parts.path.count("/") == 5 + path.count("/")
    assert (parts.query, parts.fragment) == ("ref=feature%2Fx%26y", "")


@given(st.text(max_size=30).filter(is_safe_path))
def test_any_safe_path_comes_back(path: str) -> None:
    url = protocol.file_endpoint("https://api.github.com", "o", "r", path, None)
    assert unquote(urlsplit(url).path, errors="surrogatepass") == f"/repos/o/r/contents/{path}"
    assert url.isascii()


@pytest.mark.parametrize("path", ["..", "a/../b", ".", "/a", "a//b", "", "a/"])
def test_a_path_that_leaves_its_place(path: str) -> None:
    with pytest.raises(UnsafePath):
        protocol.file_endpoint("https://api.github.com", "o", "r", path, None)
    with pytest.raises(UnsafePath):
        protocol.endpoint("https://api.github.com", "repos", "..", "r")


def test_a_version_with_a_slash_is_one_segment() -> None:
    url = protocol.endpoint(
        "https://h/api/v3", "repos", "o", "r", "git", "trees", "feature/x", query={"recursive": "1"}
    )
    assert url == "https://h/api/v3/repos/o/r/git/trees/feature%2Fx?recursive=1"


def test_quota() -> None:
    headers = {"x-ratelimit-remaining": "59", "x-ratelimit-limit": "60", "x-ratelimit-reset": "1800000000"}
    assert protocol.quota(headers) == Quota(59, 60, 1_800_000_000.0)
    assert protocol.quota({**headers, "x-ratelimit-limit": "many"}) is None
    assert protocol.quota({}) is None


ETAGS = {
    '"abc"': '"abc"',
    'W/"abc"': 'W/"abc"',
    "abc": None,
    "": None,
    '"a b"': None,
    '"a"b"': None,
    '"\x1b"': None,
}


@pytest.mark.parametrize(("text", "etag"), ETAGS.items(), ids=map(repr, ETAGS))
def test_etag(text: str, etag: str | None) -> None:
    assert protocol.etag_of({"etag": text}) == etag


REFUSALS = {
    "bad token": (401, b"", Unauthorized, "does not know the token", "expired"),
    "single sign-on": (
        403,
        b"protected by organization SAML enforcement",
        Unauthorized,
        "refuses access",
        "single sign-on",
    ),
    "permission": (
        403,
        b"Resource not accessible by integration",
        Unauthorized,
        "refuses access",
        "contents: read",
    ),
    "address": (403, b"IP allow list enabled", Unauthorized, "refuses access", "addresses"),
    "other": (403, b"", Unauthorized, "refuses access", None),
    "legal": (451, b"", Unauthorized, "legal", None),
    "unasked": (304, b"", Unreachable, "answers 304", None),
    "broken": (500, b"", Unreachable, "answers 500", None),
}


@pytest.mark.parametrize("row", REFUSALS.values(), ids=REFUSALS)
def test_refusal(row: tuple[int, bytes, type[Exception], str, str | None]) -> None:
    status, body, kind, words, hint = row
    error = protocol.refusal(status, body, "o/r/a.md")
    assert type(error) is kind
    assert words in error.message
    assert (hint is None and error.hint is None) or (hint is not None and hint in (error.hint or ""))


JSON_TYPE = {"content-type": "application/json; charset=utf-8"}
FOLDERS: dict[str, tuple[dict[str, str], Any, bool]] = {
    "folder": (JSON_TYPE, [], True),
    "submodule": (JSON_TYPE, {"type": "submodule"}, True),
    "a link to nowhere": (JSON_TYPE, {"type": "symlink"}, True),
    "a document that is JSON": ({"content-type": protocol.RAW}, [], False),
    "JSON by its own name": (JSON_TYPE, {"type": "object"}, False),
    "JSON, a number": (JSON_TYPE, 1, False),
    "no type": ({}, [], False),
}


@pytest.mark.parametrize(("headers", "data", "folder"), FOLDERS.values(), ids=FOLDERS)
def test_is_folder(headers: dict[str, str], data: Any, folder: bool) -> None:  # noqa: ANN401, FBT001 - a row
    assert protocol.is_folder(headers, json.dumps(data).encode()) is folder


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[" * 200_000, b"\xff"], ids=["empty", "cut", "deep", "no UTF-8"]
)
def test_what_is_no_json_is_no_folder(body: bytes) -> None:
    assert protocol.is_folder(JSON_TYPE, body) is False


def test_parse_tree() -> None:
    rows = [
        {"path": "a", "type": "tree", "sha": "1"},
        {"path": "a/b.md", "type": "blob", "sha": "2", "size": 3},
        {"path": "sub", "type": "commit", "sha": "3"},
    ]
    tree = protocol.parse_tree(json.dumps({"sha": "x", "tree": rows, "truncated": False}).encode(), "o/r")
    assert (tree.blobs, tree.truncated) == ({"a/b.md": "2"}, False)


@pytest.mark.parametrize("said", [True, None, 0, "false"], ids=repr)
def test_a_tree_is_whole_only_if_it_says_so(said: Any) -> None:  # noqa: ANN401 - a row
    assert protocol.parse_tree(json.dumps({"tree": [], "truncated": said}).encode(), "o/r").truncated


BAD_TREES = {
    "empty": b"", "cut": b'{"tree": [{"path": "a', "list": b"[]", "null": b"null", "no tree": b"{}", "rows": b'{"tree": [7, null]}',
    "no path": b'{"tree": [{"sha": "1"}]}', "path that is a number": b'{"tree": [{"path": 1, "sha": "1", "type": "blob"}]}',
    "path that is a list": b'{"tree": [{"path": [], "sha": "1", "type": "blob"}]}', "deep": b"[" * 200_000, "no UTF-8": b"\xff\xfe",
}  # fmt: skip


@pytest.mark.parametrize("body", BAD_TREES.values(), ids=BAD_TREES)
def test_a_tree_that_cannot_be_read(body: bytes) -> None:
    with pytest.raises(Unreachable, match="o/r: GitHub's answer cannot be read"):
        protocol.parse_tree(body, "o/r")


REPOSITORY = {
    "owner": {"login": "o"},
    "name": "r",
    "default_branch": "main",
    "private": True,
    "archived": True,
    "fork": True,
}


def test_parse_repositories() -> None:
    expected = Repository("o", "r", "main", private=True, archived=True, fork=True)
    assert protocol.parse_repository(json.dumps(REPOSITORY).encode(), "o") == expected
    bare = {"owner": {"login": "o"}, "name": "s", "private": False}
    known = protocol.parse_repositories(json.dumps([REPOSITORY, bare]).encode(), "o")
    assert known == [expected, Repository("o", "s", "", private=False, archived=False, fork=False)]


@pytest.mark.parametrize(
    "change", [{"owner": None}, {"name": 7}, {"owner": {"login": 7}}, {"default_branch": []}], ids=repr
)
def test_a_repository_that_cannot_be_read(change: dict[str, Any]) -> None:
    if change.get("default_branch") == []:
        assert (
            protocol.parse_repository(json.dumps({**REPOSITORY, **change}).encode(), "o").default_branch == ""
        )
        return
    with pytest.raises(Unreachable):
        protocol.parse_repository(json.dumps({**REPOSITORY, **change}).encode(), "o")
