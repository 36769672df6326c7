"""How git may reach a repository: the one scheme, the token for its host alone, and what a failure means."""

from __future__ import annotations

from collections.abc import Mapping

from codex_action.errors import GitError

# GitHub's own API, where the environment names none.
API = "https://api.github.com"
# git asks a helper only for the host it was named for, and only where that host wants to know. A header of ours
# would follow a redirection to another host (git 2.39).
_HELPER = '!f() { echo username=x-access-token; echo "password=$CODEX_GIT_PASSWORD"; }; f'
# The variable that the helper reads.
PASSWORD = "CODEX_GIT_PASSWORD"  # noqa: S105
# Where a person's token is looked for, and a workflow's; a name of ours goes before GitHub's.
TOKENS = ("CODEX_TOKEN", "GITHUB_TOKEN", "GH_TOKEN")
# How tokens of people begin; a workflow's own is none of them, whatever variable it is in.
_OF_PEOPLE = ("ghp_", "github_pat_", "gho_", "ghu_")
# Elsewhere a token travels encrypted or not at all.
LOOPBACK = frozenset(("127.0.0.1", "::1", "localhost"))


def environ_api(environ: Mapping[str, str]) -> str:
    """The API that the environment names: whoever runs the program chose it."""
    return environ.get("GITHUB_API_URL") or API


def ambient_token(environ: Mapping[str, str]) -> str | None:
    """The environment's token: for the servers that the environment names, and no other."""
    return next(filter(None, map(environ.get, TOKENS)), None)


def token_owner(token: str, environ: Mapping[str, str]) -> str:
    """Who reads with a token: it alone tells, but a workflow's own is new in each run and reads as its repository."""
    shared = token == ambient_token(environ) and shares_its_owner(environ)
    return f"workflow {environ['GITHUB_REPOSITORY']}" if shared else token


def shares_its_owner(environ: Mapping[str, str]) -> bool:
    """Does the environment's token read as its workflow, and so as others do that may not read the same?

    An app's looks like a workflow's own; what one of them opened is the others' only where all may read it.
    """
    token = ambient_token(environ) or ""
    in_workflow = environ.get("GITHUB_ACTIONS") == "true" and bool(environ.get("GITHUB_REPOSITORY"))
    return in_workflow and token == environ.get("GITHUB_TOKEN") and not token.startswith(_OF_PEOPLE)


def git_access(url: str, token: str | None) -> list[tuple[str, str]]:
    """Settings that allow this URL's scheme, and give the token to its host."""
    from urllib.parse import (
        urlsplit,  # 2 ms that a cached document does not need: only tokens are asked for then
    )

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
