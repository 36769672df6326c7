"""The client of GitHub's API against one that is here: what it asks, with whose token, and what it makes of the answers."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

import pytest
from fake_github import FakeGitHub, paths_of
from fault_server import FaultServer

from codex_action.artifacts.document import blob_id
from codex_action.errors import NotFound, NotModified, RateLimited, Unauthorized, Unreachable, UnsafePath
from codex_action.refs.resolve import GitHubTarget
from codex_action.remote.access import API
from codex_action.remote.github import GitHub, WrongContent, api_reach, server_of
from codex_action.remote.session import Clock, Response, Session

CANARY = "tkn_canary_7f3a9c"
FILES = {"README.md": b"# Hello\n", "docs/a.md": b"a\n", "docs/data.json": b"[]\n", "docs/empty.md": b""}
HOSTILE = [
    "a b.md",
    "100%.md",
    "a%20b.md",
    "%2e%2e/x.md",
    "#1.md",
    "what?.md",
    "\u00fc/\u6587.md",
    "a+b&c=d;e.md",
    "...",
    "-x",
    "@a/b:c",
    "a\"b'.md",
    "[x].md",
]


def client(hub: FakeGitHub, token: str | None = None, **options: Any) -> GitHub:  # noqa: ANN401 - the session's own
    clock = Clock(sleep=lambda _: None, chance=lambda: 0.0)
    session = Session(api_reach(hub.url), environ={}, **{"timeout": 10.0, "clock": clock, **options})
    return GitHub(session, api_url=hub.url, token_for=lambda *_: token)


@pytest.fixture
def hub() -> Iterator[FakeGitHub]:
    with FakeGitHub() as made:
        made.add(
            "umbrella/handbook", FILES, others={"v1": {"old.md": b"old\n"}, "feature/x": {"new.md": b"new\n"}}
        )
        made.add("umbrella/secret", {"plan.md": b"plan\n"}, private=True)
        made.add("umbrella/new", {})
        made.tokens[CANARY] = {"umbrella/secret"}
        yield made


def at(path: str, repo: str = "handbook", ref: str | None = None) -> GitHubTarget:
    return GitHubTarget("umbrella", repo, path, ref)


@pytest.mark.parametrize("path", FILES)
def test_a_file(hub: FakeGitHub, path: str) -> None:
    result = client(hub).contents(at(path), blob=blob_id(FILES[path]))
    assert (result.content, result.source) == (FILES[path], "github")
    assert result.etag
    sent = hub.log[0].headers
    assert (sent["accept"], sent["x-github-api-version"]) == ("application/vnd.github.raw+json", "2022-11-28")


@pytest.mark.parametrize("path", HOSTILE)
def test_a_name_that_a_url_would_read_otherwise(hub: FakeGitHub, path: str) -> None:
    hub.add("umbrella/odd", {path: path.encode()})
    hub.add("umbrella/other", {"x.md": b"not this"})
    assert client(hub).contents(at(path, "odd", "main")).content == path.encode()


@pytest.mark.parametrize(("ref", "path"), [("v1", "old.md"), ("feature/x", "new.md"), ("main", "README.md")])
def test_a_version(hub: FakeGitHub, ref: str, path: str) -> None:
    github = client(hub)
    assert github.contents(at(path, ref=ref)).content
    assert path in github.tree("umbrella", "handbook", ref).blobs


def test_what_has_not_changed(hub: FakeGitHub) -> None:
    github = client(hub)
    etag = github.contents(at("docs/a.md")).etag
    with pytest.raises(NotModified):
        github.contents(at("docs/a.md"), etag=etag)
    assert hub.log[1].status == 304
    hub.repos["umbrella/handbook"].versions["main"]["docs/a.md"] = b"b\n"
    assert github.contents(at("docs/a.md"), etag=etag).content == b"b\n"


def test_content_that_has_another_id(hub: FakeGitHub) -> None:
    with pytest.raises(WrongContent, match="not what git holds"):
        client(hub).contents(at("docs/a.md"), blob=blob_id(b"b\n"))


MISSING = {
    "path": (at("docs/b.md"), NotFound, "there is no umbrella/handbook/docs/b.md"),
    "folder": (at("docs"), NotFound, "is no file"),
    "version": (at("docs/a.md", ref="v9"), NotFound, "no tag, branch or commit 'v9'"),
    "in an empty repository": (at("a.md", "new"), NotFound, "there is no"),
    "repository": (at("a.md", "nothing"), Unauthorized, "does not exist, or is private"),
    "private repository": (at("plan.md", "secret"), Unauthorized, "does not exist, or is private"),
}


@pytest.mark.parametrize(("target", "kind", "words"), MISSING.values(), ids=MISSING)
def test_missing_and_unseen_are_two_things(
    hub: FakeGitHub, target: GitHubTarget, kind: type[Exception], words: str
) -> None:
    with pytest.raises(kind, match=words):
        client(hub).contents(target)


def test_whether_a_repository_is_there_is_asked_once(hub: FakeGitHub) -> None:
    github = client(hub)

    def miss(number: int) -> None:
        with pytest.raises(NotFound):
            github.contents(at(f"docs/{number}.md"))
        with pytest.raises(Unauthorized):
            github.contents(at(f"docs/{number}.md", "nothing"))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(miss, range(20)))
    asked = paths_of(hub.log)
    assert (asked.count("/repos/umbrella/handbook"), asked.count("/repos/umbrella/nothing")) == (1, 1)


def test_whether_a_repository_is_there_is_asked_in_the_time_that_is_left() -> None:
    allowed: list[float] = []

    class Missing(Session):
        def request(self, method: str, url: str, **options: Any) -> Response:  # noqa: ANN401 - the session's own
            assert method == "GET"
            allowed.append(options["timeout"])
            time.sleep(0.02)
            return Response(404, {}, b"{}", url)

    with pytest.raises(Unauthorized):
        GitHub(Missing(api_reach(API), environ={})).contents(at("a.md"), timeout=10)
    first, second = allowed
    assert first == 10
    assert 0 < second <= 9.98


@pytest.mark.parametrize(
    ("token", "words"), [(None, "asked for without a token"), (CANARY, "not visible to this token")]
)
def test_why_it_is_not_seen(hub: FakeGitHub, token: str | None, words: str) -> None:
    with pytest.raises(Unauthorized) as caught:
        client(hub, token).contents(at("a.md", "nothing"))
    assert caught.value.message == f"umbrella/nothing does not exist, or is private and {words}"
    assert caught.value.hint == (
        "a token that may read it: remotes in the configuration, CODEX_TOKEN, GITHUB_TOKEN or GH_TOKEN"
    )


def test_an_unsafe_path_is_not_asked(hub: FakeGitHub) -> None:
    with pytest.raises(UnsafePath):
        client(hub).contents(at("docs/../../secret/plan.md"))
    assert hub.log == []


# --- trees ---


def test_a_tree(hub: FakeGitHub) -> None:
    tree = client(hub).tree("umbrella", "handbook")
    assert dict(tree.blobs) == {path: blob_id(content) for path, content in FILES.items()}
    assert not tree.truncated
    assert len(hub.log) == 1


def test_a_truncated_tree_says_so(hub: FakeGitHub) -> None:
    hub.most_entries = 2
    assert client(hub).tree("umbrella", "handbook").truncated


def test_the_tree_of_an_empty_repository(hub: FakeGitHub) -> None:
    assert client(hub).tree("umbrella", "new").blobs == {}


def test_the_tree_of_what_is_not_there(hub: FakeGitHub) -> None:
    with pytest.raises(NotFound, match="there is no umbrella/handbook@v9"):
        client(hub).tree("umbrella", "handbook", "v9")
    with pytest.raises(Unauthorized):
        client(hub).tree("umbrella", "nothing")


def test_a_renamed_repository_is_found(hub: FakeGitHub) -> None:
    hub.rename("umbrella/secret", "umbrella/plans")
    github = client(hub, CANARY)
    assert github.contents(at("plan.md", "secret")).content == b"plan\n"
    assert github.tree("umbrella", "secret").blobs
    assert github.repository("umbrella", "secret").name == "plans"
    assert [exchange.status for exchange in hub.log] == [301, 200] * 3
    assert {exchange.token for exchange in hub.log} == {CANARY}


# --- tokens ---


def test_a_private_repository_with_a_token(hub: FakeGitHub) -> None:
    assert client(hub, f" {CANARY}\n").contents(at("plan.md", "secret")).content == b"plan\n"
    assert hub.log[0].token == CANARY


def test_a_token_for_each_repository(hub: FakeGitHub) -> None:
    tokens: dict[Any, str] = {("umbrella", "secret"): CANARY}
    session = Session(api_reach(hub.url), environ={})
    github = GitHub(session, api_url=hub.url, token_for=lambda *names: tokens.get(names))
    github.contents(at("plan.md", "secret"))
    github.contents(at("README.md"))
    assert [exchange.token for exchange in hub.log] == [CANARY, None]


@pytest.mark.parametrize("token", ["a\nb", "a\x00", "t\u00f6ken"], ids=repr)
def test_a_token_that_is_none(hub: FakeGitHub, token: str) -> None:
    with pytest.raises(Unauthorized, match="characters that no token has") as caught:
        client(hub, token).repository("umbrella", "handbook")
    assert token not in str(caught.value)
    assert hub.log == []


def test_a_token_that_github_does_not_know(hub: FakeGitHub) -> None:
    for ask in (
        lambda github: github.repository("umbrella", "handbook"),
        lambda github: github.contents(at("README.md")),
    ):
        with pytest.raises(Unauthorized, match="does not know the token") as caught:
            ask(client(hub, "wrong"))
        assert "wrong" not in str(caught.value)


def test_a_refusal_helps(hub: FakeGitHub) -> None:
    hub.refuse("single sign-on")
    with pytest.raises(Unauthorized) as caught:
        client(hub, CANARY).repositories("umbrella")
    assert "single sign-on" in (caught.value.hint or "")


# --- organisations ---


@pytest.mark.parametrize("count", [1, 99, 100, 101, 250])
def test_all_pages(hub: FakeGitHub, count: int) -> None:
    for number in range(count):
        hub.add(f"acme/r{number:03}", {}, archived=number == 0, private=number == 1)
    hub.tokens[CANARY].add("acme/r001")
    known = client(hub, CANARY).repositories("acme")
    assert [item.name for item in known] == [f"r{number:03}" for number in range(count)]
    assert known[0].archived
    assert [item.private for item in known[:3]] == [False, True, False][:count]
    assert known[0].default_branch == "main"
    assert len(hub.log) == -(-count // 100)
    assert {exchange.path for exchange in hub.log[1:]} <= {f"/organizations/{hub.owners['acme']}/repos"}


def test_a_users_repositories(hub: FakeGitHub) -> None:
    hub.add("jane/notes", {})
    hub.people.add("jane")
    for number in range(100):
        hub.add(f"jane/r{number}", {})
    assert len(client(hub).repositories("jane")) == 101
    assert paths_of(hub.log) == ["/orgs/jane/repos", "/users/jane/repos", f"/user/{hub.owners['jane']}/repos"]


def test_nobody_of_that_name(hub: FakeGitHub) -> None:
    with pytest.raises(NotFound, match="no organisation or user nobody"):
        client(hub).repositories("nobody")


PAGES = {
    "to itself": ("/orgs/acme/repos?per_page=100&page=1", Unreachable, "no end"),
    "to nothing": ("/orgs/gone/repos", Unreachable, "page of its repositories is missing"),
    "to another host": ("https://evil.example/x", Exception, "not among the hosts"),
}


@pytest.mark.parametrize(("link", "kind", "words"), PAGES.values(), ids=PAGES)
def test_a_link_that_leads_astray(
    hub: FakeGitHub, link: str, kind: type[Exception], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.add("acme/a", {})
    url = link if "://" in link else hub.url + link
    original = hub.answer

    def answer(exchange: Any) -> Any:  # noqa: ANN401 - the fake's own
        made = original(exchange)
        made.headers["Link"] = f'<{url}>; rel="next"'
        return made

    monkeypatch.setattr(hub, "answer", answer)
    with pytest.raises(kind, match=words):
        client(hub, CANARY).repositories("acme")


def test_pages_without_an_end(hub: FakeGitHub, monkeypatch: pytest.MonkeyPatch) -> None:
    hub.add("acme/a", {})
    numbers, real = itertools.count(2), hub.answer

    def answer(exchange: Any) -> Any:  # noqa: ANN401 - the fake's own
        made = real(exchange)
        made.headers["Link"] = f'<{hub.url}/orgs/acme/repos?page={next(numbers)}>; rel="next"'
        return made

    monkeypatch.setattr(hub, "answer", answer)
    monkeypatch.setattr("codex_action.remote.github._MOST_PAGES", 5)
    with pytest.raises(Unreachable, match="no end"):
        client(hub).repositories("acme")
    assert len(hub.log) == 1 + 5


# --- limits and faults ---


@pytest.mark.parametrize("kind", ["primary", "secondary", "abuse", "too-many"])
def test_limits(hub: FakeGitHub, kind: str) -> None:
    hub.refuse(kind, 3600)
    github = client(hub, max_wait=5)
    for _ in range(3):
        with pytest.raises(RateLimited):
            github.contents(at("README.md"))
    assert len(hub.log) == 1


def test_a_short_limit_is_waited_for(hub: FakeGitHub) -> None:
    hub.refuse("secondary", 0, times=2)
    assert client(hub).contents(at("README.md")).content
    assert [exchange.status for exchange in hub.log] == [403, 403, 200]


@pytest.mark.parametrize(("kind", "requests"), [("unavailable", 3), ("broken", 1), ("forbidden", 1)])
def test_trouble_at_github(hub: FakeGitHub, kind: str, requests: int) -> None:
    hub.refuse(kind, times=5)
    with pytest.raises((Unreachable, Unauthorized)):
        client(hub).tree("umbrella", "handbook")
    assert len(hub.log) == requests


def test_the_quota_is_known(hub: FakeGitHub) -> None:
    github = client(hub)
    assert github.quota is None
    github.repository("umbrella", "handbook")
    assert github.quota is not None
    assert (github.quota.remaining, github.quota.limit) == (4999, 5000)


@pytest.mark.parametrize("mode", ["cut-json", "deep-json", "wrong-json"])
def test_answers_that_cannot_be_read(mode: str) -> None:
    with FaultServer() as server:
        github = GitHub(
            Session(api_reach(server.url), environ={}),
            api_url=f"{server.url}/{mode}",
            token_for=lambda *_: CANARY,
        )
        for ask in (github.tree, github.repository):
            with pytest.raises(Unreachable, match="o/r: GitHub's answer cannot be read"):
                ask("o", "r")
        with pytest.raises(Unreachable):
            github.repositories("o")


SERVERS = {
    "https://api.github.com": "https://github.com",
    "https://ghes.example/api/v3/": "https://ghes.example",
    "https://ghes.example:8443/git/api/v3": "https://ghes.example:8443/git",
    "https://api.octocorp.ghe.com": "https://octocorp.ghe.com",
    "http://127.0.0.1:8080": "http://127.0.0.1:8080",
}


@pytest.mark.parametrize(("api", "server"), SERVERS.items())
def test_server_of(api: str, server: str) -> None:
    assert server_of(api) == server
    assert urlsplit(api).netloc in api_reach(api).hosts
