"""The places that documents come from, opened when one is first asked."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from contextlib import ExitStack, suppress
from dataclasses import replace
from functools import cached_property, partial
from typing import TYPE_CHECKING

from codex_action.artifacts.document import FetchResult
from codex_action.config.load import Config
from codex_action.documents.tokens import Tokens
from codex_action.errors import StorageError, UsageError
from codex_action.refs.resolve import GitHubTarget, ProviderTarget, Target

if TYPE_CHECKING:
    from codex_action.remote.github import GitHub
    from codex_action.remote.protocol import Quota
    from codex_action.remote.session import Session
    from codex_action.storage.base import StorageProvider
    from codex_action.storage.targets import TargetStorage

_TIMEOUT = 30.0


class Origins:
    """A project's places: its own files, a checkout of the codex repository, GitHub, and the configured providers.

    `max_wait` in seconds is for a host that takes no requests for now. `in_public`: what is fetched here can be seen
    by all, so that what is private has to be told apart.
    """

    def __init__(  # noqa: PLR0913  (what it stands on, given once)
        self,
        root: str,
        environ: Mapping[str, str],
        config: Config,
        tokens: Tokens,
        *,
        checkout: str | None = None,
        max_wait: float = 120.0,
        in_public: bool = False,
    ) -> None:
        self._root, self._environ, self._config, self._tokens = root, environ, config, tokens
        self._checkout = checkout
        self._max_wait = max_wait
        self._in_public = in_public
        self._opened = ExitStack()
        self._clients: list[GitHub] = []
        self._ahead: dict[GitHubTarget, FetchResult] = {}

    @cached_property
    def near(self) -> TargetStorage:
        """What is on this machine."""
        from codex_action.storage.local import LocalStorage
        from codex_action.storage.targets import TargetStorage

        checkout = LocalStorage(self._checkout, source="codex") if self._checkout else None
        return TargetStorage(LocalStorage(self._root), github=self._at, checkout=checkout)

    @cached_property
    def far(self) -> TargetStorage:
        """GitHub and the configured providers."""
        from codex_action.storage.create import create_storage_manager
        from codex_action.storage.local import LocalStorage
        from codex_action.storage.targets import TargetStorage

        providers = create_storage_manager(
            self._config, root=self._root, environ=self._environ, turns=self._session.turns
        )
        storage = TargetStorage(LocalStorage(self._root), github=self._at, providers=providers)
        self._opened.callback(storage.close)
        return storage

    @cached_property
    def github(self) -> GitHub:
        """The API itself."""
        from codex_action.remote.github import GitHub

        client = GitHub(self._session, api_url=self._api_url, token_for=self._tokens)
        self._clients.append(client)
        return client

    @property
    def quota(self) -> Quota | None:
        """What is left of GitHub's limit, as its last answers said: the least of them."""
        known = [client.quota for client in self._clients if client.quota]
        return min(known, default=None)

    def fetch_ahead(self, targets: Iterable[GitHubTarget]) -> None:
        """Get what many will ask for, with one fetch of git's for each branch; what fails there is asked for alone."""
        from codex_action.storage.bulk import MANY, fetch_many

        branches: dict[tuple[str, str, str | None], dict[str, GitHubTarget]] = {}
        for target in targets:
            branches.setdefault((target.owner, target.repo, target.ref), {})[target.path] = target
        for branch, wanted in branches.items():
            if len(wanted) < MANY:
                continue
            token = self._tokens(branch[0], branch[1])
            with suppress(StorageError, UsageError):
                found = fetch_many(self.server, branch, wanted, environ=self._environ, token=token)
                self._ahead.update((wanted[path], result) for path, result in found.items())

    def fetch(self, targets: Iterable[Target], etag: str | None, source: str) -> FetchResult:
        """The document from the first target that has it; the ETag is told only to the place that gave it, `source`.

        Raises NotFound if surely none has it, else the first StorageError; NotModified.
        """
        from codex_action.storage.order import first_answer

        end = time.monotonic() + _TIMEOUT
        known = {"If-None-Match": etag} if etag else {}
        return first_answer(
            partial(self._ask, target, known if source_of(target) == source else {}, end)
            for target in targets
        )

    def _ask(self, target: Target, headers: Mapping[str, str], end: float) -> FetchResult:
        from codex_action.storage.order import fetch_first

        left = max(0.0, end - time.monotonic())
        ahead = self._ahead.pop(target, None) if isinstance(target, GitHubTarget) else None
        result = ahead or fetch_first([self.far.place(target)], timeout=left, headers=headers)
        if self._in_public and isinstance(target, GitHubTarget):
            return replace(result, private=self.github.repository(target.owner, target.repo).private)
        return result

    def close(self) -> None:
        """Close what was opened."""
        self._opened.close()

    @property
    def _api_url(self) -> str:
        return self._environ.get("GITHUB_API_URL") or "https://api.github.com"

    @property
    def server(self) -> str:
        """The server that git asks, such as https://github.com."""
        from codex_action.remote.github import server_of

        return self._environ.get("GITHUB_SERVER_URL") or server_of(self._api_url)

    @cached_property
    def _session(self) -> Session:
        from codex_action.remote.github import api_reach
        from codex_action.remote.session import Session

        session = Session(api_reach(self._api_url), environ=self._environ, max_wait=self._max_wait)
        self._opened.callback(session.close)
        return session

    def _at(self, ref: str | None) -> StorageProvider:
        from codex_action.storage.github import GitHubStorage

        storage = GitHubStorage(
            default_branch=ref,
            token_for=self._tokens,
            api_url=self._api_url,
            session=self._session,
            environ=self._environ,
        )
        self._clients.append(storage.client)
        return storage


def source_of(target: Target) -> str:
    """What a result of this target says of where it is from."""
    return target.provider.name if isinstance(target, ProviderTarget) else "github"
