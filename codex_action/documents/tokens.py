"""Which token a repository is asked with, and what may be remembered of what it opened (documents.md 2, 3)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Optional

from codex_action.cache.entry import access_scope
from codex_action.remote.access import ambient_token, shares_its_owner, token_owner

# The token that the configuration's `remotes` have for a repository.
Configured = Callable[[str, str], Optional[str]]


class Tokens:
    """`remotes` of the configuration > CODEX_TOKEN > GITHUB_TOKEN > GH_TOKEN."""

    def __init__(self, environ: Mapping[str, str], configured: Configured) -> None:
        self._environ = environ
        self._configured = configured

    def __call__(self, owner: str, repo: str | None) -> str | None:
        """The token for a repository; without one for what an organisation has."""
        configured = self._configured(owner, repo) if repo else None
        return configured or ambient_token(self._environ)

    @property
    def share_a_scope(self) -> bool:
        """Is one of them a token whose scope others have, so that only what is public may be kept there?"""
        return shares_its_owner(self._environ)

    def scope(self, owner: str, repo: str) -> str:
        """Whose documents of a repository these are: the same for everybody who may read the same."""
        token = self(owner, repo)
        return access_scope(token_owner(token, self._environ) if token else None)
