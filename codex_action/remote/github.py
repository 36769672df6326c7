"""GitHub's REST API: contents, trees, repositories. A token goes to the API's host alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Callable, Optional
from urllib.parse import urlsplit

from codex_action.artifacts.content_type import detect_content_type
from codex_action.artifacts.document import FetchResult, blob_id
from codex_action.errors import NotFound, NotModified, Unauthorized, Unreachable
from codex_action.refs.resolve import GitHubTarget
from codex_action.remote import protocol
from codex_action.remote.access import API, TOKENS
from codex_action.remote.addresses import Reach, location
from codex_action.remote.deadline import Deadline
from codex_action.remote.once import Once
from codex_action.remote.protocol import Quota, Repository, Tree
from codex_action.remote.session import Response, Session

_MOST_PAGES = 1000  # 100,000 repositories: more than anybody has
# The token for a repository, or for an organisation where there is no repository yet.
TokenFor = Callable[[str, Optional[str]], Optional[str]]


class WrongContent(Unreachable):
    """A content that is not the one with its id in git: cut on the way, or of a branch that has moved on."""


class GitHub:
    """A client of one GitHub: github.com, or a server of one's own at `https://HOST/api/v3`.

    Every method may raise Unauthorized, RateLimited or Unreachable: it cannot be told. `quota` is what the last answer
    said.
    """

    def __init__(self, session: Session, *, api_url: str = API, token_for: TokenFor | None = None) -> None:
        self._session = session
        self.base = api_url.rstrip("/")
        self._host = location(urlsplit(self.base))
        self._token_for = token_for or _no_token
        self._is_visible: Once[tuple[str, str], bool] = Once(self._ask_visible)
        self.quota: Quota | None = None

    def contents(
        self,
        target: GitHubTarget,
        *,
        etag: str | None = None,
        blob: str | None = None,
        timeout: float | None = None,
    ) -> FetchResult:
        """A file's content; `blob`: the id it must have in git.

        Raises NotModified if the ETag still holds, NotFound where it is surely missing, WrongContent for another id.
        """
        owner, repo, path, ref = target.owner, target.repo, target.path, target.ref
        what = f"{owner}/{repo}/{path}"
        deadline = None if timeout is None else Deadline(timeout)
        headers = {"Accept": protocol.RAW, **({"If-None-Match": etag} if etag else {})}
        url = protocol.file_endpoint(self.base, owner, repo, path, ref)
        response = self._get(url, owner, repo, headers, timeout)
        if response.status == 304 and etag:
            raise NotModified(f"{what} has not changed")
        if response.status == 404:
            raise self._missing(target, what, response, deadline.left if deadline else None)
        if response.status != 200:
            raise protocol.refusal(response.status, response.body, what)
        if protocol.is_folder(response.headers, response.body):
            raise NotFound(f"{what} is no file")
        if blob and blob_id(response.body) != blob:
            raise WrongContent(f"{what}: what came is not what git holds under its id")
        return FetchResult(
            response.body, detect_content_type(path), protocol.etag_of(response.headers),
            last_modified=response.headers.get("last-modified"), source="github",
        )  # fmt: skip

    def tree(self, owner: str, repo: str, ref: str | None = None, *, timeout: float | None = None) -> Tree:
        """All files at a version (None: of the default branch), with one request.

        Raises NotFound where there surely is no such version.
        """
        what = f"{owner}/{repo}" + (f"@{ref}" if ref else "")
        url = protocol.endpoint(
            self.base, "repos", owner, repo, "git", "trees", ref or "HEAD", query={"recursive": "1"}
        )
        response = self._get(url, owner, repo, {"Accept": protocol.JSON}, timeout)
        if response.status == 409:  # "Git Repository is empty."
            return Tree({})
        if response.status == 404:
            raise self._missing(GitHubTarget(owner, repo, "", ref), what, response)
        if response.status != 200:
            raise protocol.refusal(response.status, response.body, what)
        return protocol.parse_tree(response.body, what)

    def repository(self, owner: str, repo: str, *, timeout: float | None = None) -> Repository:
        """One repository. Raises Unauthorized where it does not exist or cannot be seen: GitHub does not say which."""
        what = f"{owner}/{repo}"
        url = protocol.endpoint(self.base, "repos", owner, repo)
        response = self._get(url, owner, repo, {"Accept": protocol.JSON}, timeout)
        if response.status == 404:
            raise self._unseen(owner, repo)
        if response.status != 200:
            raise protocol.refusal(response.status, response.body, what)
        return protocol.parse_repository(response.body, what)

    def repositories(self, owner: str) -> tuple[Repository, ...]:
        """All repositories of an organisation or a user that the token may see.

        Raises NotFound where there is neither.
        """
        first = self._page(
            protocol.endpoint(self.base, "orgs", owner, "repos", query={"per_page": "100"}), owner
        )
        if first is None:
            first = self._page(
                protocol.endpoint(self.base, "users", owner, "repos", query={"per_page": "100"}), owner
            )
        if first is None:
            raise NotFound(f"there is no organisation or user {owner}")
        found, page = first
        asked: set[str] = set()
        while page and page not in asked and len(asked) < _MOST_PAGES:
            asked.add(page)
            following = self._page(page, owner)
            if following is None:
                raise Unreachable(f"{owner}: a page of its repositories is missing")
            found += following[0]
            page = following[1]
        if page:
            raise Unreachable(f"{owner}: the pages of its repositories have no end")
        return tuple(found)

    def _page(self, url: str, owner: str) -> tuple[list[Repository], str | None] | None:
        response = self._get(url, owner, None, {"Accept": protocol.JSON})
        if response.status == 404:
            return None
        if response.status != 200:
            raise protocol.refusal(response.status, response.body, owner)
        return protocol.parse_repositories(response.body, owner), protocol.next_page(response.headers)

    def _missing(
        self, target: GitHubTarget, what: str, response: Response, timeout: float | None = None
    ) -> Exception:
        """What a 404 means: GitHub answers so for what is not there, and for what this token may not see."""
        owner, repo = target.owner, target.repo
        if protocol.names_no_commit(response.body):
            return NotFound(f"{owner}/{repo} has no tag, branch or commit {target.ref!r}")
        if self._is_visible((owner, repo), timeout):
            return NotFound(f"there is no {what}")
        return self._unseen(owner, repo)

    def _unseen(self, owner: str, repo: str) -> Unauthorized:
        why = "not visible to this token" if self._token_for(owner, repo) else "asked for without a token"
        return Unauthorized(
            f"{owner}/{repo} does not exist, or is private and {why}",
            hint=f"a token that may read it: remotes in the configuration, {', '.join(TOKENS[:-1])} or {TOKENS[-1]}",
        )

    def _ask_visible(self, names: tuple[str, str], timeout: float | None) -> bool:
        try:
            self.repository(*names, timeout=timeout)
        except Unauthorized:
            return False
        return True

    def _get(
        self, url: str, owner: str, repo: str | None, headers: Mapping[str, str], timeout: float | None = None
    ) -> Response:
        return self.request("GET", url, owner, repo, headers=headers, timeout=timeout)

    def request(  # noqa: PLR0913  (options, read by name)
        self, method: str, url: str, owner: str, repo: str | None, *, headers: Mapping[str, str],
        body: bytes | None = None, timeout: float | None = None,
    ) -> Response:  # fmt: skip
        """Any answer but "too many", asked for with the token for this repository. Only GET is tried again."""
        token = (self._token_for(owner, repo) or "").strip()
        if not (token.isascii() and token.isprintable()):
            raise Unauthorized(f"the token for {owner}/{repo or ''} holds characters that no token has")
        # A page's URL comes from GitHub's answer: elsewhere the token is not sent.
        access = (
            {"Authorization": f"Bearer {token}"} if token and location(urlsplit(url)) == self._host else {}
        )
        response = self._session.request(
            method, url, headers={"X-GitHub-Api-Version": protocol.API_VERSION, **headers, **access}, body=body,
            timeout=timeout,
        )  # fmt: skip
        self.quota = protocol.quota(response.headers) or self.quota
        return response


def api_reach(api_url: str) -> Reach:
    """The API's host alone, wherever it is: whoever runs the program named it."""
    hosts = frozenset((location(urlsplit(api_url)),))
    return Reach(hosts, inside=hosts)


def server_of(api_url: str) -> str:
    """The server that git asks, from the API's URL."""
    parts = urlsplit(api_url.rstrip("/"))
    if parts.path.endswith("/api/v3"):
        return f"{parts.scheme}://{parts.netloc}{parts.path.removesuffix('/api/v3')}"
    return f"{parts.scheme}://{parts.netloc.removeprefix('api.')}"


def _no_token(_owner: str, _repo: str | None) -> None:
    """Only what anybody may read."""
