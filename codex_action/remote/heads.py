"""Which of two commits of a pull request is the newer one."""

from __future__ import annotations

import json

from codex_action.errors import StorageError, Unreachable
from codex_action.remote import protocol
from codex_action.remote.github import GitHub


class Heads:
    """The commits that a pull request was and is at."""

    def __init__(self, github: GitHub, owner: str, repo: str, number: int) -> None:
        self._github, self._owner, self._repo, self._number = github, owner, repo, number

    def is_behind(self, head: str, other: str) -> bool:
        """Has the pull request moved on from `head` to `other`? Raises Unauthorized, RateLimited or Unreachable.

        A branch can be pushed back to an older commit, or be rewritten, so what it is at counts before what came of
        what; that is only asked of two where it no longer is, and what GitHub does not tell of them counts as no.
        """
        names = ("repos", self._owner, self._repo)
        now = self._asked(protocol.endpoint(self._github.base, *names, "pulls", str(self._number)), "head")
        if now in (head, other):
            return now == other != head
        # One commit of many is enough: the status is of all.
        between = protocol.endpoint(
            self._github.base, *names, "compare", f"{head}...{other}", query={"per_page": "1"}
        )
        try:
            return self._asked(between, "status") == "ahead"
        except StorageError:
            return False

    def _asked(self, url: str, key: str) -> object:
        response = self._github.request(
            "GET", url, self._owner, self._repo, headers={"Accept": protocol.JSON}
        )
        what = f"{self._owner}/{self._repo}"
        if response.status != 200:
            raise protocol.refusal(response.status, response.body, what)
        try:
            value = json.loads(response.body)[key]
            return value["sha"] if isinstance(value, dict) else value
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            raise Unreachable(f"{what}: GitHub's answer cannot be read") from error
