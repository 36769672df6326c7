"""The places that documents come from, opened when one is first asked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from codex_action.artifacts.document import FetchResult
from codex_action.config.load import Config
from codex_action.documents.tokens import Tokens
from codex_action.errors import CodexError, NotFound, RefusedError, Unauthorized, UsageError
from codex_action.refs.resolve import GitHubTarget, ProviderTarget, Target
from codex_action.remote.access import environ_api
from codex_action.shared import shared_property

if TYPE_CHECKING:
    from codex_action.remote.deadline import Deadline
    from codex_action.remote.github import GitHub
    from codex_action.remote.once import Once
    from codex_action.remote.protocol import Quota, Repository
    from codex_action.remote.session import Session
    from codex_action.storage.base import StorageProvider
    from codex_action.storage.targets import TargetStorage

_TIMEOUT = 30.0
# What has been brought for several that will ask for it.
Ahead = dict[GitHubTarget, FetchResult]


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

    @shared_property
    def near(self) -> TargetStorage:
        """What is on this machine."""
        from codex_action.storage.local import LocalStorage
        from codex_action.storage.targets import TargetStorage

        checkout = LocalStorage(self._checkout, source="codex") if self._checkout else None
        return TargetStorage(LocalStorage(self._root), github=self._at, checkout=checkout)

    @shared_property
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

    @shared_property
    def github(self) -> GitHub:
        """The API itself."""
        from codex_action.remote.github import GitHub

        client = GitHub(self._session, api_url=self._api_url, token_for=self._tokens)
        self._clients.append(client)
        return client

    @shared_property
    def _repositories(self) -> Once[tuple[str, str], Repository]:
        from codex_action.remote.once import Once

        return Once(lambda names, timeout: self.github.repository(*names, timeout=timeout))

    @property
    def quota(self) -> Quota | None:
        """What is left of GitHub's limit, as its last answers said: the least of them."""
        known = [client.quota for client in self._clients if client.quota]
        return min(known, default=None)

    def fetch_ahead(self, targets: Iterable[GitHubTarget]) -> Ahead:
        """What many will ask for, with one fetch of git's for each branch; what fails there is asked for alone."""
        from codex_action.storage.base import MANY
        from codex_action.storage.bulk import fetch_many

        ahead: Ahead = {}
        branches: dict[tuple[str, str, str | None], dict[str, GitHubTarget]] = {}
        for target in targets:
            branches.setdefault((target.owner, target.repo, target.ref), {})[target.path] = target
        for branch, wanted in branches.items():
            if len(wanted) < MANY:
                continue
            token = self._tokens(branch[0], branch[1])
            try:
                found = fetch_many(self.server, branch, wanted, environ=self._environ, token=token)
            except (NotFound, Unauthorized, RefusedError, UsageError):
                continue
            except (CodexError, OSError):  # no answer, or no room on this machine: no better for the next
                break
            ahead.update((wanted[path], result) for path, result in found.items())
        return ahead

    def fetch(
        self, targets: Iterable[Target], etag: str | None, source: str, ahead: Ahead | None = None
    ) -> FetchResult:
        """The document from the first target that has it; the ETag is told only to the place that gave it, `source`.

        What is in `ahead` is here already.
        Raises NotFound if surely none has it, Unauthorized if one did not say, NotModified. What a place that cannot be
        asked for now may have, no other place stands in for: that StorageError is raised.
        """
        from codex_action.remote.deadline import Deadline
        from codex_action.storage.order import first_answer

        deadline = Deadline(_TIMEOUT)
        known = {"If-None-Match": etag} if etag else {}
        asks = (
            partial(self._ask, target, known if source_of(target) == source else {}, deadline, ahead or {})
            for target in targets
        )
        return first_answer(asks, beyond=(Unauthorized,))

    def _ask(
        self, target: Target, headers: Mapping[str, str], deadline: Deadline, ahead: Ahead
    ) -> FetchResult:
        from codex_action.storage.order import fetch_first

        result = ahead.get(target) if isinstance(target, GitHubTarget) else None
        if result is None:
            result = fetch_first([self.far.place(target)], timeout=deadline.left, headers=headers)
        return replace(result, private=self._is_private(target, deadline)) if self._in_public else result

    def _is_private(self, target: Target, deadline: Deadline) -> bool:
        """Is it not for all? Of what a provider gives nobody says so."""
        if isinstance(target, GitHubTarget):
            return self._repositories((target.owner, target.repo), deadline.left).private
        return True

    def close(self) -> None:
        """Close what was opened."""
        self._opened.close()

    @property
    def _api_url(self) -> str:
        return environ_api(self._environ)

    @property
    def server(self) -> str:
        """The server that git asks, such as https://github.com."""
        from codex_action.remote.github import server_of

        return self._environ.get("GITHUB_SERVER_URL") or server_of(self._api_url)

    @shared_property
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
