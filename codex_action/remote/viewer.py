"""Who a token is, as the author of what it writes."""

from __future__ import annotations

import json
import re

from codex_action.errors import Unauthorized, Unreachable
from codex_action.remote import protocol
from codex_action.remote.github import GitHub
from codex_action.remote.session import Response

_LOGIN = re.compile(r"[A-Za-z0-9_.-]{1,100}(?:\[bot\])?")
_QUERY = json.dumps({"query": "query { viewer { login } }"}).encode()


def viewer(github: GitHub, owner: str, repo: str) -> str:
    """The login that comments of this token have. Raises Unauthorized, RateLimited or Unreachable.

    REST tells it of people. A workflow's token and an App's are known to GraphQL alone, which may leave `[bot]` away.
    """
    url = protocol.endpoint(github.base, "user")
    response = github.request("GET", url, owner, repo, headers={"Accept": protocol.JSON})
    if response.status == 200:
        return _login(response, "login")
    if response.status not in (403, 404):
        raise protocol.refusal(response.status, response.body, "the token's own account")
    headers = {"Accept": protocol.JSON, "Content-Type": "application/json"}
    response = github.request("POST", _graphql(github.base), owner, repo, headers=headers, body=_QUERY)
    if response.status != 200:
        raise protocol.refusal(response.status, response.body, "the token's own account")
    return _login(response, "data", "viewer", "login").removesuffix("[bot]") + "[bot]"


def _graphql(base: str) -> str:
    """GraphQL's address: beside REST's on github.com, above it on a server of one's own."""
    return f"{base.removesuffix('/v3')}/graphql"


def _login(response: Response, *keys: str) -> str:
    try:
        value = json.loads(response.body)
        for key in keys:
            value = value[key]
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise Unreachable("the token's own account: GitHub's answer cannot be read") from error
    if not (isinstance(value, str) and _LOGIN.fullmatch(value)):
        raise Unauthorized("the token's own account has no name")
    return value
