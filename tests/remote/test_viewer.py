"""Who a token is: GraphQL's answer where REST has none. GraphQL is in no OpenAPI document, hence a file of its own."""

from __future__ import annotations

import json

import pytest
import responses
from fake_github import FakeGitHub

from codex_action.errors import Unauthorized, Unreachable
from codex_action.remote.github import GitHub, api_reach
from codex_action.remote.heads import Heads
from codex_action.remote.session import Session
from codex_action.remote.viewer import _graphql, viewer

CANARY = "tkn_canary_7f3a9c"


def client(hub: FakeGitHub) -> GitHub:
    hub.tokens[CANARY] = set()
    session = Session(api_reach(hub.url), environ={}, max_wait=0)
    return GitHub(session, api_url=hub.url, token_for=lambda *_: CANARY)


@pytest.mark.parametrize("login", ["github-actions[bot]", "our-app[bot]"])
def test_a_bot_is_known_to_graphql(hub: FakeGitHub, login: str) -> None:
    github = client(hub)
    hub.logins[CANARY] = login
    assert viewer(github, "o", "r") == login
    assert [exchange.path for exchange in hub.log] == ["/user", "/graphql"]
    assert {exchange.token for exchange in hub.log} == {CANARY}


def test_graphql_with_the_whole_name(hub: FakeGitHub) -> None:
    github = client(hub)
    hub.logins[CANARY] = "our-app[bot][bot]"  # the fake leaves one away
    assert viewer(github, "o", "r") == "our-app[bot]"


ADDRESSES = {
    "https://api.github.com": "https://api.github.com/graphql",
    "https://ghe.example.com/api/v3": "https://ghe.example.com/api/graphql",
    "https://api.x.ghe.com": "https://api.x.ghe.com/graphql",
}


@pytest.mark.parametrize(("base", "address"), ADDRESSES.items())
def test_where_graphql_is(base: str, address: str) -> None:
    assert _graphql(base) == address


@pytest.mark.parametrize("kind", ["broken", "forbidden"])
def test_faults_of_graphql(hub: FakeGitHub, kind: str) -> None:
    github = client(hub)
    hub.refuse("forbidden")
    hub.refuse(kind)
    with pytest.raises(Unreachable if kind == "broken" else Unauthorized, match="the token's own account"):
        viewer(github, "o", "r")


def test_faults_of_rest(hub: FakeGitHub) -> None:
    github = client(hub)
    hub.refuse("broken")
    with pytest.raises(Unreachable, match="the token's own account"):
        viewer(github, "o", "r")


ANSWERS = {
    "no JSON": ("<html>", Unreachable),
    "a list": ([], Unreachable),
    "no login": ({}, Unreachable),
    "no name": ({"login": ""}, Unauthorized),
    "a number": ({"login": 7}, Unauthorized),
    "null": ({"login": None}, Unauthorized),
    "a line end": ({"login": "a\nb"}, Unauthorized),
}


@pytest.mark.parametrize(("answer", "error"), ANSWERS.values(), ids=ANSWERS.keys())
def test_an_answer_that_cannot_be_read(answer: object, error: type[Exception]) -> None:
    base = "https://api.example.com"
    body = answer if isinstance(answer, str) else json.dumps(answer)
    github = GitHub(Session(api_reach(base), environ={}, resolve=lambda *_: ["93.184.216.34"]), api_url=base)  # type: ignore[arg-type,return-value]
    with responses.RequestsMock() as mock:
        mock.add("GET", f"{base}/user", body=body)
        with pytest.raises(error):
            viewer(github, "o", "r")


@pytest.mark.parametrize("body", ["<html>", "[]", "{}", '{"head": {}}'])
def test_a_head_that_cannot_be_read(body: str) -> None:
    base = "https://api.example.com"
    github = GitHub(Session(api_reach(base), environ={}), api_url=base)
    with responses.RequestsMock() as mock:
        mock.add("GET", f"{base}/repos/o/r/pulls/7", body=body)
        with pytest.raises(Unreachable, match="cannot be read"):
            Heads(github, "o", "r", 7).is_behind("a" * 40, "b" * 40)
