"""Comments on a pull request, which is an issue to GitHub: listed page by page, made, changed, deleted."""

from __future__ import annotations

import json
from dataclasses import dataclass

from codex_action.errors import NotFound, RefusedError, Unauthorized, Unreachable
from codex_action.remote import protocol
from codex_action.remote.github import GitHub
from codex_action.remote.session import Clock, Response
from codex_action.remote.writes import Writes, words

# Thirty of the longest comments are less than what a session reads of one answer; a hundred are not.
_PAGE = "30"


class TooLong(RefusedError):
    """A body with more characters than GitHub takes."""


@dataclass(frozen=True)
class IssueComment:
    """A comment: `author` is a login as REST has it, with the `[bot]` of an App; `url` is its place on the page."""

    id: int
    author: str
    body: str
    url: str


class Comments:
    """The comments of one issue or pull request.

    Every method may raise Unauthorized (the token may not), RateLimited or Unreachable.
    """

    def __init__(
        self, github: GitHub, owner: str, repo: str, number: int, *, clock: Clock | None = None
    ) -> None:
        self._github, self._owner, self._repo, self._number = github, owner, repo, number
        self._what = f"{owner}/{repo}#{number}"
        self._writes = Writes(github, clock=clock)

    def every(self) -> list[IssueComment]:
        """All of them, as they were made."""
        page: str | None = self._url(str(self._number), "comments", per_page=_PAGE)
        found: list[IssueComment] = []
        asked: set[str] = set()
        while page and page not in asked:
            asked.add(page)
            response = self._github.request(
                "GET", page, self._owner, self._repo, headers={"Accept": protocol.JSON}
            )
            found += _read(_expect(response, 200, self._what), self._what)
            page = protocol.next_page(response.headers)
        if page:
            raise Unreachable(f"{self._what}: the pages of its comments have no end")
        return found

    def get(self, number: int) -> IssueComment:
        """One, by its id. Raises NotFound."""
        response = self._github.request(
            "GET",
            self._url("comments", str(number)),
            self._owner,
            self._repo,
            headers={"Accept": protocol.JSON},
        )
        return _one(_known(response, self._what), self._what)

    def create(self, body: str) -> IssueComment:
        """A new one. Raises TooLong, RefusedError for what GitHub does not take."""
        url = self._url(str(self._number), "comments")
        response = self._writes.send("POST", url, self._owner, self._repo, {"body": body})
        return _one(_expect(response, 201, self._what), self._what)

    def update(self, number: int, body: str) -> IssueComment:
        """Another text for one. Raises NotFound, TooLong, RefusedError."""
        url = self._url("comments", str(number))
        response = self._writes.send("PATCH", url, self._owner, self._repo, {"body": body})
        return _one(_known(response, self._what), self._what)

    def delete(self, number: int) -> None:
        """Take one away; one that is gone is fine."""
        url = self._url("comments", str(number))
        response = self._writes.send("DELETE", url, self._owner, self._repo)
        if response.status != 404:
            _expect(response, 204, self._what)

    def _url(self, *more: str, **query: str) -> str:
        names = ("repos", self._owner, self._repo, "issues")
        return protocol.endpoint(self._github.base, *names, *more, query=query)


def _known(response: Response, what: str) -> Response:
    if response.status == 404:
        raise NotFound(f"{what}: the comment is gone")
    return _expect(response, 200, what)


def _expect(response: Response, status: int, what: str) -> Response:
    """The answer, if it is the one that was hoped for."""
    if response.status == status:
        return response
    if response.status == 422:
        said = words(response.body)
        kind = TooLong if "too long" in said.lower() else RefusedError
        raise kind(f"{what}: GitHub takes no such comment: {said}")
    if response.status in (403, 404, 410):
        raise Unauthorized(
            f"{what}: this token may not comment there",
            hint="the job needs the permission pull-requests: write; a fork's never has it",
        )
    raise protocol.refusal(response.status, response.body, what)


def _one(response: Response, what: str) -> IssueComment:
    (found,) = _read(response, what)
    return found


def _read(response: Response, what: str) -> list[IssueComment]:
    try:
        data = json.loads(response.body)
        return [_comment(item) for item in (data if isinstance(data, list) else [data])]
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise Unreachable(f"{what}: GitHub's answer cannot be read") from error


def _comment(item: dict[str, object]) -> IssueComment:
    user = item["user"]  # null where the account is gone
    author = user["login"] if isinstance(user, dict) else ""
    number, body, url = item["id"], item.get("body") or "", item["html_url"]
    if not (isinstance(number, int) and all(isinstance(text, str) for text in (author, body, url))):
        raise TypeError("a comment has an id and texts")
    return IssueComment(number, str(author), str(body), str(url))
