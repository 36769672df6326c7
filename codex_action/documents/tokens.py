"""Which token a repository is asked with, and what may be remembered of what it opened (documents.md 2, 3)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Optional

from codex_action.cache.entry import access_scope

# How tokens of people begin; a workflow's own is none of them, whatever variable it is in.
_OF_PEOPLE = ("ghp_", "github_pat_", "gho_", "ghu_")
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
        named = (self._environ.get(name) for name in ("CODEX_TOKEN", "GITHUB_TOKEN", "GH_TOKEN"))
        return configured or next(filter(None, named), None)

    def scope(self, owner: str, repo: str) -> str:
        """Whose documents of a repository these are: the same for everybody who may read the same.

        A workflow's own token is new in each run and opens the same as before, so it goes by its repository.
        """
        token = self(owner, repo)
        workflow = self._environ.get("GITHUB_REPOSITORY")
        if token and workflow and self._is_workflow_s(token):
            return access_scope(f"workflow {workflow}")
        return access_scope(token)

    def _is_workflow_s(self, token: str) -> bool:
        if self._environ.get("GITHUB_ACTIONS") != "true" or token.startswith(_OF_PEOPLE):
            return False
        return token == self._environ.get("GITHUB_TOKEN")
