"""What GitHub's API says about the things it has, as JSON: the fake's answers are made of these."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from codex_action.artifacts.document import blob_id

WHEN = "2026-01-02T03:04:05Z"
DOCUMENTATION = "https://docs.github.com/rest"
_USER_LINKS = (
    "avatar events followers following gists html organizations received_events repos starred subscriptions"
)
_REPOSITORY_LINKS = (
    "archive assignees blobs branches collaborators comments commits compare contents contributors deployments downloads events forks git_commits "
    "git_refs git_tags hooks html issue_comment issue_events issues keys labels languages merges milestones notifications pulls releases "
    "stargazers statuses subscribers subscription tags teams trees clone git ssh svn"
)
_COUNTS = "forks forks_count open_issues open_issues_count size stargazers_count watchers watchers_count network_count subscribers_count"
_SWITCHES = "has_issues has_projects has_wiki has_pages has_discussions has_downloads"
_NOTHING = ("description", "homepage", "language", "mirror_url", "license")


def error(status: int, message: str) -> dict[str, Any]:
    return {"message": message, "documentation_url": DOCUMENTATION, "status": str(status)}


def user(api: str, login: str, number: int) -> dict[str, Any]:
    return {
        "login": login, "id": number, "node_id": f"U_{number}", "gravatar_id": "", "type": "Organization", "site_admin": False,
        "url": f"{api}/users/{login}", **{f"{name}_url": f"{api}/users/{login}/{name}" for name in _USER_LINKS.split()},
    }  # fmt: skip


def repository(
    api: str, owner: dict[str, Any], name: str, number: int, facts: Mapping[str, Any]
) -> dict[str, Any]:
    url = f"{api}/repos/{owner['login']}/{name}"
    return {
        "id": number, "node_id": f"R_{number}", "name": name, "full_name": f"{owner['login']}/{name}", "owner": owner, "url": url,
        "fork": False, "disabled": False, "created_at": WHEN, "updated_at": WHEN, "pushed_at": WHEN,
        **{f"{link}_url": f"{url}/{link}" for link in _REPOSITORY_LINKS.split()},
        **dict.fromkeys(_COUNTS.split(), 0), **dict.fromkeys(_SWITCHES.split(), False), **dict.fromkeys(_NOTHING), **facts,
    }  # fmt: skip


def entry(api: str, full_name: str, path: str, content: bytes | None, ref: str) -> dict[str, Any]:
    """A file (or, without content, a folder) as a listing of its folder has it."""
    url = f"{api}/repos/{full_name}/contents/{quote(path)}?ref={ref}"
    kind = "dir" if content is None else "file"
    git = f"{api}/repos/{full_name}/git/blobs/{sha_of(path, content)}"
    html = f"{api}/{full_name}/blob/{ref}/{quote(path)}"
    return {
        "type": kind, "size": len(content or b""), "name": path.rpartition("/")[2], "path": path, "sha": sha_of(path, content), "url": url,
        "git_url": git, "html_url": html, "download_url": None if content is None else f"{html}?raw=1",
        "_links": {"self": url, "git": git, "html": html},
    }  # fmt: skip


def file(api: str, full_name: str, path: str, content: bytes, ref: str) -> dict[str, Any]:
    return {
        **entry(api, full_name, path, content, ref), "encoding": "base64",
        "content": base64.encodebytes(content).decode(),
    }  # fmt: skip


def blob(api: str, full_name: str, content: bytes) -> dict[str, Any]:
    sha = blob_id(content)
    return {
        "sha": sha, "node_id": f"B_{sha}", "size": len(content), "url": f"{api}/repos/{full_name}/git/blobs/{sha}",
        "encoding": "base64", "content": base64.encodebytes(content).decode(),
    }  # fmt: skip


def tree(api: str, full_name: str, files: Mapping[str, bytes], most: int | None) -> dict[str, Any]:
    """A recursive tree; `most` entries of it."""
    folders = {path[:at] for path in files for at, sign in enumerate(path) if sign == "/"}
    rows: list[dict[str, Any]] = [
        {"path": path, "mode": "040000", "type": "tree", "sha": sha_of(path, None)} for path in folders
    ]
    rows += [
        {"path": path, "mode": "100644", "type": "blob", "sha": blob_id(content), "size": len(content)}
        for path, content in files.items()
    ]
    for row in rows:
        row["url"] = f"{api}/repos/{full_name}/git/{row['type']}s/{row['sha']}"
    rows.sort(key=lambda row: str(row["path"]))
    sha = commit_id(files)
    return {
        "sha": sha, "url": f"{api}/repos/{full_name}/git/trees/{sha}", "tree": rows[:most],
        "truncated": most is not None and len(rows) > most,
    }  # fmt: skip


def sha_of(path: str, content: bytes | None) -> str:
    return hashlib.sha1(path.encode()).hexdigest() if content is None else blob_id(content)  # noqa: S324 - as git does


def commit_id(files: Mapping[str, bytes]) -> str:
    """An id for a state; not git's, but like it no two states share one."""
    text = repr(sorted((path, blob_id(content)) for path, content in files.items()))
    return hashlib.sha1(text.encode()).hexdigest()  # noqa: S324 - as git does


def comment(
    api: str, full_name: str, number: int, row: Mapping[str, Any], author: Mapping[str, Any] | None
) -> dict[str, Any]:
    """A comment on an issue or a pull request."""
    url = f"{api}/repos/{full_name}/issues/comments/{row['id']}"
    return {
        "id": row["id"], "node_id": f"IC_{row['id']}", "url": url, "html_url": f"{api}/{full_name}/pull/{number}#issuecomment-{row['id']}",
        "issue_url": f"{api}/repos/{full_name}/issues/{number}", "body": row["body"], "user": author, "created_at": WHEN, "updated_at": WHEN,
        "author_association": "NONE", "performed_via_github_app": None,
    }  # fmt: skip


def account(api: str, login: str, number: int) -> dict[str, Any]:
    """What a token's own user is told about itself."""
    blank = dict.fromkeys(("name", "company", "blog", "location", "email", "hireable", "bio"))
    counts = dict.fromkeys(("public_repos", "public_gists", "followers", "following"), 0)
    return {
        **user(api, login, number),
        "type": "User",
        "user_view_type": "public",
        **blank,
        **counts,
        "created_at": WHEN,
        "updated_at": WHEN,
    }


def comparison(api: str, full_name: str, ends: tuple[str, str], status: str, by: int) -> dict[str, Any]:
    """Two commits, and which of them is ahead by how many; without the commits that are."""
    base, head = ends
    url, page = (
        f"{api}/repos/{full_name}/compare/{base}...{head}",
        f"{api}/{full_name}/compare/{base}...{head}",
    )
    return {
        "url": url, "html_url": page, "permalink_url": page, "diff_url": f"{page}.diff", "patch_url": f"{page}.patch", "status": status,
        "base_commit": commit(api, full_name, base), "merge_base_commit": commit(api, full_name, base), "files": [],
        "ahead_by": by if status == "ahead" else 0, "behind_by": by if status in ("behind", "diverged") else 0,
    }  # fmt: skip


def commit(api: str, full_name: str, sha: str, parents: Sequence[str] = ()) -> dict[str, Any]:
    url = f"{api}/repos/{full_name}/commits/{sha}"
    git = f"{api}/repos/{full_name}/git"
    who = {"name": "Somebody", "email": "somebody@example.com", "date": WHEN}
    tree = {"sha": sha, "url": f"{git}/trees/{sha}"}
    return {
        "url": url, "sha": sha, "node_id": f"C_{sha}", "html_url": f"{api}/{full_name}/commit/{sha}", "comments_url": f"{url}/comments",
        "commit": {"url": f"{git}/commits/{sha}", "author": who, "committer": who, "message": "m", "comment_count": 0, "tree": tree},
        "author": user(api, "octocat", 700), "committer": user(api, "octocat", 700),
        "parents": [{"sha": one, "url": f"{api}/repos/{full_name}/commits/{one}"} for one in parents],
    }  # fmt: skip
