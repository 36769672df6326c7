"""GitHub's REST API as values: (status, headers, body) in, a value or an error out. No connection, no clock."""

# ruff: noqa: ANN401 - what JSON holds can be anything: that is what is found out here

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Callable, NamedTuple, TypeVar
from urllib.parse import quote, urlencode

from codex_action.errors import Unauthorized, Unreachable, UnsafePath
from codex_action.refs.paths import validate_path

API_VERSION = "2022-11-28"
JSON = "application/vnd.github+json"
RAW = "application/vnd.github.raw+json"
# GitHub's own advice where a limit names no time.
_LIMIT_PAUSE = 60.0
_NUMBER = re.compile(r"[0-9]{1,10}")
_NEXT = re.compile(r'<([^<>]*)>\s*;[^,<]*\brel="?next"?(?=[\s;,]|$)')
_ETAG = re.compile(r'(?:W/)?"[!#-~]*"')
_SECONDARY = re.compile(rb"secondary rate limit|abuse detection|API rate limit exceeded", re.IGNORECASE)
_NOT_A_FILE = frozenset(("dir", "symlink", "submodule"))
T = TypeVar("T")


class Quota(NamedTuple):
    """Requests that are left of a limit, and when it starts anew, in seconds since 1970."""

    remaining: int
    limit: int
    reset_at: float


@dataclass(frozen=True)
class Tree:
    """The files of a repository at one commit, path to blob id; not all of them if it is `truncated`."""

    blobs: Mapping[str, str]
    truncated: bool = False


@dataclass(frozen=True)
class Repository:
    """What GitHub says about a repository."""

    owner: str
    name: str
    default_branch: str
    private: bool
    archived: bool
    fork: bool


def endpoint(base: str, *segments: str, query: Mapping[str, str] | None = None) -> str:
    """A URL of the API; a segment's '/' is encoded. Raises UnsafePath for a segment that would leave its place."""
    path = "/".join(map(encode_segment, segments))
    return f"{base.rstrip('/')}/{path}" + (f"?{urlencode(query)}" if query else "")


def encode_segment(segment: str) -> str:
    """One segment of a URL's path. Raises UnsafePath for one that a URL gives another meaning."""
    if segment in ("", ".", ".."):
        raise UnsafePath(f"{segment!r} is no name", code="PATH_DOT_SEGMENT")
    return quote(segment, safe="", errors="surrogatepass")


def file_endpoint(base: str, owner: str, repo: str, path: str, ref: str | None) -> str:
    """The URL of a file's content: every segment of its path encoded on its own."""
    return endpoint(
        base,
        "repos",
        owner,
        repo,
        "contents",
        *validate_path(path).split("/"),
        query={"ref": ref} if ref else None,
    )


def limited_until(status: int, headers: Mapping[str, str], body: bytes, now: float) -> float | None:
    """When a host that has said "too many" takes requests again, in seconds since 1970; None if it has not said so.

    | status | that it is a limit | until |
    | --- | --- | --- |
    | 429, or 503 with a time | always | Retry-After, else reset, else a minute |
    | 403 | Retry-After, none remaining, or its words | the same |
    """
    wait = _retry_after(headers.get("retry-after"), now)
    reset = _number(headers.get("x-ratelimit-reset"))
    spent = headers.get("x-ratelimit-remaining", "").strip() == "0"
    limited = status == 429 or (status == 503 and wait is not None)
    if status == 403:
        limited = wait is not None or spent or _SECONDARY.search(body[:2000]) is not None
    if not limited:
        return None
    if wait is not None:
        return now + wait
    return float(reset) if spent and reset is not None else now + _LIMIT_PAUSE


def _retry_after(text: str | None, now: float) -> float | None:
    """Seconds, from seconds or from a date."""
    if text is None:
        return None
    seconds = _number(text)
    if seconds is not None:
        return float(seconds)
    from email.utils import parsedate_to_datetime

    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - now)
    except (TypeError, ValueError, OverflowError, IndexError):
        return None


def _number(text: str | None) -> int | None:
    return int(text) if text is not None and _NUMBER.fullmatch(text.strip()) else None


def quota(headers: Mapping[str, str]) -> Quota | None:
    """What is left of the limit, where an answer says so."""
    values = [_number(headers.get(f"x-ratelimit-{name}")) for name in ("remaining", "limit", "reset")]
    remaining, limit, reset = values
    return (
        None if remaining is None or limit is None or reset is None else Quota(remaining, limit, float(reset))
    )


def next_page(headers: Mapping[str, str]) -> str | None:
    """The next page's URL: what the Link header says, for GitHub numbers its repositories there."""
    match = _NEXT.search(headers.get("link", ""))
    return match[1] if match else None


def etag_of(headers: Mapping[str, str]) -> str | None:
    """An ETag that can be sent back."""
    text = headers.get("etag", "").strip()
    return text if _ETAG.fullmatch(text) else None


def refusal(status: int, body: bytes, what: str) -> Unauthorized | Unreachable:
    """The error of an answer that is neither success nor "not found": no access, or no use."""
    if status in (401, 403, 451):
        return Unauthorized(f"{what}: {_refused(status)}", hint=_advice(status, body))
    return Unreachable(f"{what}: GitHub answers {status}")


def _refused(status: int) -> str:
    return {401: "GitHub does not know the token", 451: "GitHub shows it to nobody, for legal reasons"}.get(
        status, "GitHub refuses access"
    )


def _advice(status: int, body: bytes) -> str | None:
    """GitHub's own words are foreign text; what helps is known for a few of them."""
    rows = (
        (status == 401, "it may be misspelled, expired or revoked"),
        (b"SAML" in body, "authorise the token for the organisation's single sign-on"),
        (b"Resource not accessible" in body, "the token needs the permission contents: read"),
        (b"IP allow list" in body, "the organisation lets only some addresses in"),
    )
    return next((hint for applies, hint in rows if applies), None)


def names_no_commit(body: bytes) -> bool:
    """Does a 404 say that the version, and not the repository, is missing?"""
    return b"No commit found for the ref" in body


def is_folder(headers: Mapping[str, str], body: bytes) -> bool:
    """Did GitHub list a folder, or describe a link or submodule, where a file was asked for?"""
    if headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        return False
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        return False
    return isinstance(data, list) or (isinstance(data, dict) and data.get("type") in _NOT_A_FILE)


def parse_tree(body: bytes, what: str) -> Tree:
    """A recursive tree. Entries become pairs while they are read: as dictionaries they would be ten times the text."""

    def shorten(item: dict[str, Any]) -> Any:
        return item if "tree" in item else (item.get("type"), item["path"], item["sha"])

    def build(data: Any) -> Tree:
        blobs = {path: sha for kind, path, sha in data["tree"] if kind == "blob"}
        if not all(isinstance(path, str) and isinstance(sha, str) for path, sha in blobs.items()):
            raise TypeError("a path is text")
        return Tree(blobs, truncated=data.get("truncated") is not False)

    return _read(body, what, build, shorten)


def parse_repository(body: bytes, what: str) -> Repository:
    """One repository."""
    return _read(body, what, _repository)


def parse_repositories(body: bytes, what: str) -> list[Repository]:
    """One page of repositories."""
    return _read(body, what, lambda data: [_repository(item) for item in data])


def _repository(item: Any) -> Repository:
    texts = (item["owner"]["login"], item["name"], item.get("default_branch") or "")
    if not all(isinstance(text, str) for text in texts):
        raise TypeError("a name is text")
    return Repository(
        *texts, private=item["private"] is not False, archived=item.get("archived") is True,
        fork=item.get("fork") is True,
    )  # fmt: skip


def _read(
    body: bytes, what: str, build: Callable[[Any], T], hook: Callable[[dict[str, Any]], Any] | None = None
) -> T:
    try:
        return build(json.loads(body, object_hook=hook))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise Unreachable(f"{what}: GitHub's answer cannot be read") from error
