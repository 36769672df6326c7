"""How git may reach a repository: the one scheme, the token for its host alone, and what a failure means."""

from __future__ import annotations

from urllib.parse import urlsplit

from codex_action.errors import GitError

# git asks a helper only for the host it was named for, and only where that host wants to know. A header of ours
# would follow a redirection to another host (git 2.39).
_HELPER = '!f() { echo username=x-access-token; echo "password=$CODEX_GIT_PASSWORD"; }; f'
# The variable that the helper reads.
PASSWORD = "CODEX_GIT_PASSWORD"  # noqa: S105
# Elsewhere a token travels encrypted or not at all.
LOOPBACK = frozenset(("127.0.0.1", "::1", "localhost"))


def git_access(url: str, token: str | None) -> list[tuple[str, str]]:
    """Settings that allow this URL's scheme, and give the token to its host."""
    parts = urlsplit(url)
    settings = [(f"protocol.{parts.scheme}.allow", "always"), ("credential.helper", "")]
    if token and (parts.scheme == "https" or parts.hostname in LOOPBACK):
        settings.append((f"credential.{parts.scheme}://{parts.netloc}.helper", _HELPER))
    return settings


def reason(error: GitError) -> str:
    """Why git could not reach a repository, in words of ours where they are known."""
    words = error.stderr.lower()
    if "could not resolve host" in words or ("unable to access" in words and "resolve" in words):
        return "the host cannot be reached"
    if "could not read username" in words or "authentication failed" in words or "error: 403" in words:
        return "no access: it is private, does not exist, or the token may not see it"
    if "not found" in words:
        return "not found, or private and not visible to this token"
    return error.message
