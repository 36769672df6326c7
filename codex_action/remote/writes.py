"""What is changed at GitHub: one write after the other, a second apart, and none of them twice."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping

from codex_action.remote import protocol
from codex_action.remote.github import GitHub
from codex_action.remote.session import Clock, Response
from codex_action.remote.upstream import printable

# GitHub asks for a second between writes (github-facts.md c).
_PAUSE = 1.0


class Writes:
    """The writes of a GitHub's client; one object for all writers keeps them apart."""

    def __init__(self, github: GitHub, *, clock: Clock | None = None) -> None:
        self._github = github
        self._clock = clock or Clock()
        self._lock = threading.Lock()
        self._next = 0.0

    def send(
        self, method: str, url: str, owner: str, repo: str, values: Mapping[str, object] | None = None
    ) -> Response:
        """The answer, whatever its status. Raises what GitHub.request raises."""
        headers = {"Accept": protocol.JSON, **({"Content-Type": "application/json"} if values else {})}
        body = json.dumps(values).encode() if values else None
        with self._lock:
            self._clock.sleep(max(0.0, self._next - self._clock.monotonic()))
            try:
                return self._github.request(method, url, owner, repo, headers=headers, body=body)
            finally:
                self._next = self._clock.monotonic() + _PAUSE


def words(body: bytes) -> str:
    """What GitHub says of what it does not take."""
    try:
        data = json.loads(body)
        told = [data["message"], *(error.get("message") or "" for error in data.get("errors", ()))]
        return printable(": ".join(filter(None, told)))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return "it does not say why"
