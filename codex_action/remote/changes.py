"""What a pull request changes, as GitHub lists it: a checkout need not hold any history for that."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import NamedTuple
from urllib.parse import parse_qs, urlsplit

from codex_action.errors import Unreachable
from codex_action.remote import protocol
from codex_action.remote.github import GitHub

# GitHub lists no more than this, and does not say that there are more.
_MOST = 3000
# A diff that is too large for a page of a hundred is refused; fewer files at a time may do.
_SIZES = (100, 50, 10)


class Changes(NamedTuple):
    """Paths from the repository's root: those that are there with a pull request, and those that went away."""

    present: tuple[str, ...]
    gone: tuple[str, ...]


class _Entry(NamedTuple):
    path: str
    status: str
    before: str
    commit: str


class _TooLarge(Unreachable):
    """A page of so many files is too much for GitHub."""


def changed_files(github: GitHub, owner: str, repo: str, number: int, head: str) -> Changes:
    """What pull request `number` changes, whose head is the commit `head`.

    Raises Unauthorized, RateLimited; Unreachable where the list cannot be had whole, or is one of a later head.
    """
    what = f"{owner}/{repo}#{number}"
    for size in _SIZES:
        query = {"per_page": str(size)}
        url = protocol.endpoint(github.base, "repos", owner, repo, "pulls", str(number), "files", query=query)
        try:
            return _changes(_listed(github, url, (owner, repo), what), head, what)
        except _TooLarge as error:
            refused = error
    raise refused


def _listed(github: GitHub, first: str, names: tuple[str, str], what: str) -> list[_Entry]:
    found: list[_Entry] = []
    asked: set[str] = set()
    page: str | None = first
    while page:
        if page in asked:
            raise Unreachable(f"{what}: the pages of its files have no end")
        asked.add(page)
        response = github.request("GET", page, *names, headers={"Accept": protocol.JSON})
        if response.status == 422:
            raise _TooLarge(f"{what}: its diff is too large for GitHub's list")
        if response.status != 200:
            raise protocol.refusal(response.status, response.body, what)
        found += _entries(response.body, what)
        page = protocol.next_page(response.headers)
        if len(found) >= _MOST:
            raise Unreachable(f"{what}: GitHub lists {_MOST:,} of its files and no more")
    return found


def _entries(body: bytes, what: str) -> list[_Entry]:
    try:
        return [_entry(item) for item in json.loads(body)]
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise Unreachable(f"{what}: GitHub's answer cannot be read") from error


def _entry(item: Mapping[str, object]) -> _Entry:
    path, status, before = item["filename"], item["status"], item.get("previous_filename", "")
    address = item.get("contents_url", "")
    texts = (path, status, before, address)
    if not all(isinstance(text, str) for text in texts) or not all(map(_is_inside, (path, before or path))):
        raise TypeError("a file has a path in its repository")
    ref = parse_qs(urlsplit(str(address)).query).get("ref", [""])[0]
    return _Entry(str(path), str(status), str(before), ref)


def _is_inside(path: object) -> bool:
    return not {"", ".", ".."} & set(str(path).split("/"))


def _changes(entries: Iterable[_Entry], head: str, what: str) -> Changes:
    present: dict[str, None] = {}
    gone: dict[str, None] = {}
    for entry in entries:
        if entry.status == "removed":
            gone[entry.path] = None
            continue
        if entry.commit not in ("", head):
            raise Unreachable(f"{what}: it has moved on since")
        present[entry.path] = None
        if entry.status == "renamed":
            gone[entry.before] = None
    return Changes(tuple(present), tuple(path for path in gone if path not in present))
