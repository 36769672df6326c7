"""What targets name: each is fetched from the provider that its kind has."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from typing import Callable

from codex_action.artifacts.document import FetchResult
from codex_action.errors import UsageError
from codex_action.refs.resolve import CheckoutTarget, GitHubTarget, LocalTarget, Target
from codex_action.storage.base import StorageProvider
from codex_action.storage.manager import StorageManager
from codex_action.storage.order import Place, any_has, fetch_first

# The provider for repositories at a branch, tag or commit, None is each one's default branch; its paths are
# OWNER/REPO/PATH. A branch stands here and not in the path, because it may hold a '/'.
GitHubAt = Callable[["str | None"], StorageProvider]


class TargetStorage:
    """The documents of targets (documents.md 1).

    `project` has the current project's files, `checkout` those of a checkout of the codex repository, `providers` are
    the configured ones. What `github` gives is asked for once for each version; all may share a session.
    """

    def __init__(
        self,
        project: StorageProvider,
        *,
        github: GitHubAt,
        checkout: StorageProvider | None = None,
        providers: StorageManager | None = None,
    ) -> None:
        self._project = project
        self._checkout = checkout
        self._github = github
        self._providers = providers
        self._opened: dict[str | None, StorageProvider] = {}
        self._lock = threading.Lock()

    def fetch(
        self, targets: Iterable[Target], *, timeout: float = 30.0, headers: Mapping[str, str] | None = None
    ) -> FetchResult:
        """The document of the first target that has it; `timeout` in seconds is for all.

        Raises NotFound only if surely none has it, else the first StorageError; NotModified.
        """
        return fetch_first(map(self.place, targets), timeout=timeout, headers=headers)

    def exists(self, targets: Iterable[Target]) -> bool:
        """Has any target its document? False only if all places say so, else raises the first StorageError."""
        return any_has(map(self.place, targets))

    def place(self, target: Target) -> Place:
        """Who is asked for a target's document, and by which path. Raises UsageError where there is nobody."""
        if isinstance(target, GitHubTarget):
            return Place(self._repositories(target.ref), f"{target.owner}/{target.repo}/{target.path}")
        if isinstance(target, LocalTarget):
            return Place(self._project, target.path)
        if isinstance(target, CheckoutTarget):
            if self._checkout is None:
                raise UsageError("there is no checkout of the codex repository")
            return Place(self._checkout, target.path)
        if self._providers is None:
            raise UsageError(f"there is no storage provider {target.provider.name!r}")
        return self._providers.place(target.provider.name, target.path)

    def close(self) -> None:
        """Close every provider, whatever another one says. More than once is no error."""
        with ExitStack() as stack:
            for provider in (self._project, self._checkout, self._providers, *self._opened.values()):
                if provider is not None:
                    stack.callback(provider.close)

    def _repositories(self, ref: str | None) -> StorageProvider:
        with self._lock:
            if ref not in self._opened:
                self._opened[ref] = self._github(ref)
            return self._opened[ref]
