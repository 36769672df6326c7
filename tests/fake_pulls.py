"""The pull requests of the tests' GitHub: listed, opened and changed as GitHub does it (see fake_github.py)."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import github_objects as objects


@dataclass
class Pull:
    """One pull request of a repository, from a branch of its own."""

    number: int
    head: str
    base: str
    title: str
    body: str | None = None
    state: str = "open"
    owner: str = ""  # of the fork that its branch is in
    landed: tuple[str, ...] = ()  # the commits that a merge left in the base
    sha: str = ""  # where its branch is, if that is no branch of a repository here


def tip(folder: str, branch: str) -> str | None:
    """Where a branch of a bare repository is: the fake's git is the real one where it has a folder."""
    done = subprocess.run(
        ["git", "-C", folder, "rev-parse", "--verify", "--quiet", f"refs/heads/{branch}"],
        capture_output=True,
        check=False,
    )
    return done.stdout.decode().strip() or None


def order(parents: Mapping[str, Sequence[str]], base: str, head: str) -> tuple[str, int, list[str]]:
    """What GitHub says of two commits: a status, by how many, and the commits that only the second one has."""
    ours, theirs = _line(parents, base), _line(parents, head)
    more = theirs - ours
    new = [sha for sha in parents if sha in more]
    if base == head:
        return "identical", 0, []
    if base in theirs:
        return "ahead", len(new), new
    return ("behind" if head in ours else "diverged"), max(1, len(ours - theirs)), new


def _line(parents: Mapping[str, Sequence[str]], sha: str) -> set[str]:
    found, todo = set[str](), [sha]
    while todo:
        here = todo.pop()
        if here not in found:
            found.add(here)
            todo += parents.get(here, ())
    return found


def described(
    api: str, repo: Mapping[str, Any], pull: Pull, shas: tuple[str, str], *, whole: bool
) -> dict[str, Any]:
    """What the API says of one; `whole` as it does when it is alone."""
    url, page = f"{repo['url']}/pulls/{pull.number}", f"{api}/{repo['full_name']}/pull/{pull.number}"
    issue = f"{repo['url']}/issues/{pull.number}"
    closed = objects.WHEN if pull.state == "closed" else None
    links = {
        "self": url, "html": page, "issue": issue, "comments": f"{issue}/comments", "commits": f"{url}/commits",
        "review_comments": f"{url}/comments", "review_comment": f"{repo['url']}/pulls/comments{{/number}}", "statuses": f"{repo['url']}/statuses/{shas[0]}",
    }  # fmt: skip
    values = {
        "number": pull.number, "title": pull.title, "body": pull.body, "state": pull.state, "url": url, "html_url": page, "id": 9000 + pull.number,
        "node_id": f"PR_{pull.number}", "diff_url": f"{page}.diff", "patch_url": f"{page}.patch", "issue_url": issue, "commits_url": links["commits"],
        "review_comments_url": links["review_comments"], "review_comment_url": links["review_comment"], "comments_url": links["comments"],
        "statuses_url": links["statuses"], "locked": False, "user": repo["owner"], "labels": [], "milestone": None, "created_at": objects.WHEN,
        "updated_at": objects.WHEN, "closed_at": closed, "merged_at": closed if pull.landed else None,
        "merge_commit_sha": pull.landed[-1] if pull.landed else None, "assignee": None, "auto_merge": None,
        "author_association": "MEMBER", "draft": False, "_links": {name: {"href": link} for name, link in links.items()},
        "head": _end(repo, pull.head, shas[0], pull.owner), "base": _end(repo, pull.base, shas[1]),
    }  # fmt: skip
    counts = ("comments", "review_comments", "commits", "additions", "deletions", "changed_files")
    alone = {
        "merged": bool(pull.landed), "mergeable": True, "mergeable_state": "clean", "merged_by": None, "maintainer_can_modify": False, **dict.fromkeys(counts, 1)
    }  # fmt: skip
    return {**values, **(alone if whole else {})}


def _end(repo: Mapping[str, Any], branch: str, sha: str, fork: str = "") -> dict[str, Any]:
    owner = {**repo["owner"], "login": fork or repo["owner"]["login"]}
    return {
        "label": f"{owner['login']}:{branch}",
        "ref": branch,
        "sha": sha,
        "user": owner,
        "repo": {**repo, "full_name": f"{owner['login']}/{repo['name']}", "owner": owner},
    }


def files(
    api: str, repo: Mapping[str, Any], head: str, before: Mapping[str, bytes], after: Mapping[str, bytes]
) -> list[dict[str, Any]]:
    """What the API lists of the files between two states; one that only has another name is renamed."""
    added = {path for path in after if path not in before}
    removed = {path for path in before if path not in after}
    moved = {
        new: old for new in sorted(added) for old in sorted(removed) if after[new] == before[old]
    }  # fmt: skip
    rows = [
        *((path, "renamed" if path in moved else "added") for path in added),
        *((path, "removed") for path in removed - set(moved.values())),
        *((path, "modified") for path in after if path in before and after[path] != before[path]),
    ]
    return [
        _file(api, repo, head, path, status, after.get(path, before.get(path, b"")), moved.get(path))
        for path, status in sorted(rows)
    ]


def _file(
    api: str, repo: Mapping[str, Any], head: str, path: str, status: str, content: bytes, before: str | None
) -> dict[str, Any]:  # fmt: skip
    name = f"{api}/{repo['full_name']}"
    quoted = quote(path)
    return {
        "sha": objects.sha_of(path, content), "filename": path, "status": status, "additions": 1, "deletions": 0, "changes": 1,
        "blob_url": f"{name}/blob/{head}/{quoted}", "raw_url": f"{name}/raw/{head}/{quoted}",
        "contents_url": f"{repo['url']}/contents/{quoted}?ref={head}", "patch": "@@ -0,0 +1 @@",
        **({"previous_filename": before} if before else {}),
    }  # fmt: skip


def refused(message: str, *, field: str | None = None) -> dict[str, Any]:
    """GitHub's 422."""
    error: dict[str, Any] = {"resource": "PullRequest", "code": "custom", "message": message}
    if field:
        error = {"resource": "PullRequest", "code": "invalid", "field": field}
    return {"message": "Validation Failed", "errors": [error], "documentation_url": objects.DOCUMENTATION}


def values_of(body: bytes, wanted: set[str]) -> dict[str, Any]:
    """What a request sent, none of it unknown to GitHub."""
    values = json.loads(body)
    assert set(values) <= wanted, values
    return dict(values)
