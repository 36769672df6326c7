"""Documents of GitHub repositories, through the REST API (documents.md 2)."""

# ruff: noqa: PLR0913 - options are keyword-only and read by name

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from codex_action.artifacts.document import FetchResult
from codex_action.errors import NotFound, Unauthorized, Unreachable
from codex_action.refs.paths import validate_path
from codex_action.refs.resolve import GitHubTarget
from codex_action.refs.uri import PREFIX, build_uri, parse_reference
from codex_action.remote.access import ambient_token, environ_api
from codex_action.remote.deadline import Deadline
from codex_action.remote.github import GitHub, TokenFor, WrongContent, api_reach, server_of
from codex_action.remote.once import Once
from codex_action.remote.protocol import Tree
from codex_action.remote.session import Session


class _Place(NamedTuple):
    owner: str
    repo: str
    ref: str | None


class GitHubStorage:
    """Paths are `org/project[@version]/path`, or codex:// references (seed 1, storage).

    `token` is for every repository, `token_for` gives one for each; without either the environment's is taken
    (CODEX_TOKEN, GITHUB_TOKEN, GH_TOKEN), for its own API alone (`api_url` None: GITHUB_API_URL, or github.com).
    `default_branch` is used where no version is named, None is each repository's own. What a repository holds is asked
    at most once a minute; git is asked at `server_url` where the API's answer does not hold it all, unless `with_git`
    is False: git goes to addresses that a session would not.
    """

    def __init__(
        self,
        token: str | None = None,
        *,
        default_branch: str | None = None,
        token_for: TokenFor | None = None,
        api_url: str | None = None,
        server_url: str | None = None,
        with_git: bool = True,
        session: Session | None = None,
        environ: Mapping[str, str] | None = None,
    ) -> None:
        self._environ = os.environ if environ is None else environ
        usual = environ_api(self._environ)
        api_url = api_url or usual
        known = token or (ambient_token(self._environ) if api_url == usual else None)
        self._token_for = token_for or (lambda _owner, _repo: known)
        self._default_branch = default_branch
        self._server = server_url or server_of(api_url)
        self._with_git = with_git
        self._session = session or Session(api_reach(api_url), environ=self._environ)
        self.client = GitHub(self._session, api_url=api_url, token_for=self._token_for)
        self._trees: Once[_Place, Tree] = Once(self._listed, keep=(NotFound, Unauthorized))

    def fetch(
        self, path: str, *, timeout: float = 30.0, headers: Mapping[str, str] | None = None
    ) -> FetchResult:
        """The document at a path; of `headers` only If-None-Match counts."""
        place, inner = self._parsed(path)
        target = GitHubTarget(place.owner, place.repo, validate_path(inner), place.ref)
        etag = next((text for name, text in (headers or {}).items() if name.lower() == "if-none-match"), None)
        deadline = Deadline(timeout)
        tree = self._trees.held(place)
        blob = tree.blobs.get(inner) if tree else None
        try:
            return self.client.contents(target, etag=etag, blob=blob, timeout=timeout)
        except WrongContent:  # the branch may have moved since it was listed
            self._trees.forget(place)
            blob = self._trees(place, deadline.left).blobs.get(inner)
            return self.client.contents(target, blob=blob, timeout=deadline.left)

    def exists(self, path: str) -> bool:
        """Is there such a document? One request for a repository and version, however many paths."""
        place, inner = self._parsed(path)
        try:
            return validate_path(inner) in self._trees(place).blobs
        except NotFound:
            return False

    def list(self, prefix: str = "") -> Iterator[str]:
        """The paths of a project, or below one of its folders: `org/project[@version][/folder]`."""
        place, folder = self._parsed(prefix)
        if folder:
            validate_path(folder)
        head = "/".join(_plain(prefix).split("/")[:2])
        inside = f"{folder}/" if folder else ""
        blobs = self._trees(place).blobs
        return iter([f"{head}/{path}" for path in sorted(blobs) if path.startswith(inside)])

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    def _parsed(self, path: str) -> tuple[_Place, str]:
        if path.startswith(PREFIX):
            parsed = parse_reference(path, allow_project=True)
            return _Place(parsed.org, parsed.project, parsed.version or self._default_branch), parsed.path
        org, _, rest = path.partition("/")
        named, _, inner = rest.partition("/")
        project, at, version = named.partition("@")
        build_uri(org, project, version=version if at else None)  # its names are well formed
        return _Place(org, project, version or self._default_branch), inner

    def _listed(self, place: _Place, timeout: float | None) -> Tree:
        tree = self.client.tree(*place, timeout=timeout)
        if not tree.truncated:
            return tree
        if not self._with_git:
            raise Unreachable(f"{place.owner}/{place.repo}: the server does not list all of its files")
        from codex_action.remote.listing import remote_paths, repository_url

        url = repository_url(self._server, place.owner, place.repo)
        token = self._token_for(place.owner, place.repo)
        paths = remote_paths(url, place.ref, environ=self._environ, token=token)
        return Tree(dict.fromkeys(paths, ""))  # git names no ids here, so that contents are not compared


def _plain(prefix: str) -> str:
    return prefix.removeprefix(PREFIX)
