"""Which pull requests a commit is of: one that brought it into a branch, or one that is at it; and a push's commits."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from codex_action.errors import Unauthorized, Unreachable
from codex_action.remote import protocol
from codex_action.remote.github import GitHub

# Commits of a push that are looked at: each costs a request, and a job's own token has a thousand an hour.
MOST_COMMITS = 100
_MOST_LISTED = 1000  # with those of merged branches
_MOST_FILES = 300  # GitHub lists no more of a comparison, and does not say that there are more


class Pull(NamedTuple):
    """A pull request into the branch `base` of `repository` (OWNER/NAME); `head` is the commit that it is or was at.

    `commit` is what a merge left as the last one of the branch, '' without a merge. `origin` is the repository that it
    is from (OWNER/NAME), '' where that is gone.
    """

    number: int
    head: str
    base: str
    repository: str
    commit: str
    origin: str = ""


def of_commit(github: GitHub, owner: str, repo: str, commit: str) -> list[Pull]:
    """Those that brought a commit in, however they were merged. Raises Unauthorized, RateLimited or Unreachable."""
    url = protocol.endpoint(
        github.base, "repos", owner, repo, "commits", commit, "pulls", query={"per_page": "100"}
    )
    return _pages(github, owner, repo, url)


def of_branch(github: GitHub, owner: str, repo: str, head: str) -> list[Pull]:
    """The open ones from a branch, OWNER:BRANCH, also a fork's. Raises as `of_commit`."""
    query = {"state": "open", "head": head, "per_page": "100"}
    return _pages(
        github, owner, repo, protocol.endpoint(github.base, "repos", owner, repo, "pulls", query=query)
    )


def of_push(github: GitHub, owner: str, repo: str, before: str, after: str) -> tuple[str, ...]:
    """The commits by which a push took a branch from `before` to `after`, the oldest first; a merge is one of them.

    () where GitHub cannot tell: one of the two is gone, the branch was pushed back, or these are more than
    MOST_COMMITS. Raises as `of_commit`.
    """
    url: str | None = protocol.endpoint(
        github.base, "repos", owner, repo, "compare", f"{before}...{after}", query={"per_page": "100"}
    )
    parents: dict[str, str] = {}
    while url and len(parents) <= _MOST_LISTED:
        response = github.request("GET", url, owner, repo, headers={"Accept": protocol.JSON})
        if response.status == 404:
            return ()
        if response.status != 200:
            raise protocol.refusal(response.status, response.body, f"the commits of {owner}/{repo}")
        try:
            listed = {
                str(item["sha"]): _first(item["parents"]) for item in json.loads(response.body)["commits"]
            }
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            raise Unreachable(f"the commits of {owner}/{repo}: GitHub's answer cannot be read") from error
        url = protocol.next_page(response.headers) if listed.keys() - parents.keys() else None
        parents.update(listed)
    return () if url else _own(parents, after)


class Since(NamedTuple):
    """What a branch did after a commit: is that its own, and the files it changed, None if GitHub does not list all."""

    has_it: bool
    files: frozenset[str] | None


_NOT_OURS = Since(has_it=False, files=None)


def changed_since(github: GitHub, owner: str, repo: str, commit: str, branch: str) -> Since:
    """The files that a branch changed after one of its commits, by their old names and their new ones.

    Raises as `of_commit`.
    """
    # One commit of many is enough: the files are of all.
    url = protocol.endpoint(
        github.base, "repos", owner, repo, "compare", f"{commit}...{branch}", query={"per_page": "1"}
    )
    response = github.request("GET", url, owner, repo, headers={"Accept": protocol.JSON})
    if response.status == 404:
        return _NOT_OURS
    if response.status != 200:
        raise protocol.refusal(response.status, response.body, f"the commits of {owner}/{repo}")
    try:
        data = json.loads(response.body)
        status, listed = data["status"], data.get("files") or []
        found = frozenset(
            str(item[key]) for item in listed for key in ("filename", "previous_filename") if item.get(key)
        )
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise Unreachable(f"the commits of {owner}/{repo}: GitHub's answer cannot be read") from error
    if status not in ("identical", "ahead"):
        return _NOT_OURS
    return Since(has_it=True, files=found if len(listed) < _MOST_FILES else None)


def _first(parents: Sequence[Mapping[str, object]]) -> str:
    return str(parents[0]["sha"]) if parents else ""


def _own(parents: Mapping[str, str], tip: str) -> tuple[str, ...]:
    """The way back from the tip by first parents, turned around."""
    found: list[str] = []
    while tip in parents and len(found) <= MOST_COMMITS:
        found.append(tip)
        tip = parents[tip]
    return tuple(reversed(found)) if len(found) <= MOST_COMMITS else ()


def _pages(github: GitHub, owner: str, repo: str, url: str) -> list[Pull]:
    what, found = f"the pull requests of {owner}/{repo}", list[Pull]()
    page: str | None = url
    asked: set[str] = set()
    while page and page not in asked:
        asked.add(page)
        response = github.request("GET", page, owner, repo, headers={"Accept": protocol.JSON})
        if response.status == 404:
            raise Unauthorized(
                f"{what} are not visible to this token",
                hint="the job needs the permission pull-requests: read",
            )
        if response.status != 200:
            raise protocol.refusal(response.status, response.body, what)
        try:
            found += [_pull(item) for item in json.loads(response.body)]
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            raise Unreachable(f"{what}: GitHub's answer cannot be read") from error
        page = protocol.next_page(response.headers)
    if page:
        raise Unreachable(f"{what}: the pages have no end")
    return found


def _pull(item: Mapping[str, object]) -> Pull:
    head, base, number = item["head"], item["base"], item["number"]
    if not (isinstance(head, dict) and isinstance(base, dict) and isinstance(number, int)):
        raise TypeError("a pull request has two ends and a number")
    commit = item["merge_commit_sha"] if item["merged_at"] else ""
    repo = head.get("repo")
    origin = repo["full_name"] if isinstance(repo, dict) else ""
    texts = (head["sha"], base["ref"], base["repo"]["full_name"], commit, origin)
    if not all(isinstance(text, str) for text in texts):
        raise TypeError("an end has a commit, a branch and a repository")
    return Pull(number, *map(str, texts))
