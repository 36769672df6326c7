"""Pull requests: one for each branch, found, made, brought up to date, closed. No write is tried twice."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from codex_action.errors import RefusedError, StorageError, Unauthorized, Unreachable
from codex_action.remote import protocol
from codex_action.remote.github import GitHub
from codex_action.remote.session import Clock, Response
from codex_action.remote.writes import Writes, words

_PERMISSION = "the token needs the permission pull requests: write, for the codex repository"


@dataclass(frozen=True)
class PullRequest:
    """A pull request: `url` is its page, `head` the commit of `branch` that it asks `base` to take.

    `foreign`: the branch is in another repository, a fork.
    """

    number: int
    url: str
    head: str
    branch: str
    base: str
    title: str
    body: str
    foreign: bool = False


class PullRequests:
    """The pull requests of a GitHub; one object for all writers keeps their writes a second apart.

    Every method may raise Unauthorized, RateLimited or Unreachable.
    """

    def __init__(self, github: GitHub, *, clock: Clock | None = None) -> None:
        self._github = github
        self._writes = Writes(github, clock=clock)

    def find(self, owner: str, repo: str, *, head: str, base: str) -> PullRequest | None:
        """The open one from a branch of the repository itself into `base`, or None."""
        query = {"state": "open", "head": f"{owner}:{head}", "base": base, "per_page": "100"}
        response = self._github.request(
            "GET", self._url(owner, repo, query=query), owner, repo, headers={"Accept": protocol.JSON}
        )
        found = _read(_expect(response, 200, f"{owner}/{repo}"), f"{owner}/{repo}")
        # GitHub ignores a filter that it does not understand.
        wanted = (head, base, False)
        return next((pull for pull in found if (pull.branch, pull.base, pull.foreign) == wanted), None)

    def create(self, owner: str, repo: str, *, head: str, base: str, title: str, body: str) -> PullRequest:
        """Open one. Raises RefusedError where GitHub takes none: nothing to merge, or not from this token."""
        values = {"head": head, "base": base, "title": title, "body": body, "maintainer_can_modify": False}
        response = self._writes.send("POST", self._url(owner, repo), owner, repo, values)
        return _one(_expect(response, 201, f"{owner}/{repo}"), f"{owner}/{repo}")

    def update(self, owner: str, repo: str, number: int, **values: str) -> PullRequest:
        """Change its title, body or state."""
        response = self._writes.send("PATCH", self._url(owner, repo, str(number)), owner, repo, values)
        what = f"{owner}/{repo}#{number}"
        return _one(_expect(response, 200, what), what)

    def close(self, owner: str, repo: str, number: int) -> PullRequest:
        """Close it without a merge."""
        return self.update(owner, repo, number, state="closed")

    def _url(self, owner: str, repo: str, *more: str, query: Mapping[str, str] | None = None) -> str:
        return protocol.endpoint(self._github.base, "repos", owner, repo, "pulls", *more, query=query)


def _expect(response: Response, status: int, what: str) -> Response:
    """The answer, if it is the one that was hoped for."""
    if response.status != status:
        raise _failure(response, what)
    return response


def _failure(response: Response, what: str) -> StorageError | RefusedError:
    status, body = response.status, response.body
    if b"not permitted to create or approve pull requests" in body:
        return RefusedError(
            f"{what}: GitHub Actions may not open pull requests there",
            hint="Settings > Actions > General: allow GitHub Actions to create pull requests; or another token",
        )
    if status == 404:
        return Unauthorized(f"{what} does not exist, or is not visible to this token", hint=_PERMISSION)
    if status == 403 and b"Resource not accessible" in body:
        return Unauthorized(f"{what}: GitHub refuses access", hint=_PERMISSION)
    if status == 422:
        return RefusedError(f"{what}: GitHub takes no such pull request: {words(body)}")
    return protocol.refusal(status, body, what)


def _one(response: Response, what: str) -> PullRequest:
    (found,) = _read(response, what)
    return found


def _read(response: Response, what: str) -> list[PullRequest]:
    try:
        data = json.loads(response.body)
        return [_pull_request(item) for item in (data if isinstance(data, list) else [data])]
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise Unreachable(f"{what}: GitHub's answer cannot be read") from error


def _pull_request(item: Mapping[str, object]) -> PullRequest:
    head, base = item["head"], item["base"]
    if not (isinstance(head, dict) and isinstance(base, dict) and isinstance(item["number"], int)):
        raise TypeError("a pull request has two ends and a number")
    texts = (item["html_url"], head["sha"], head["ref"], base["ref"], item["title"], item["body"] or "")
    url, *rest = map(_text, texts)
    sha, branch, target, title, body = rest
    foreign = _repository(head) != _repository(base)
    return PullRequest(item["number"], url, sha, branch, target, title, body, foreign)


def _repository(end: Mapping[str, object]) -> object:
    """The full name of an end's repository; of one that is gone nothing is left."""
    repo = end.get("repo")
    return repo["full_name"] if isinstance(repo, dict) else None


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("this is text")
    return value
