"""Documents of GitHub repositories: the contract, how much is asked, what a 404 means, and every fault there is."""

from __future__ import annotations

import os
import time
import tracemalloc
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from contracts.storage_contract import MakeProvider, StorageContract
from fake_github import FakeGitHub, paths_of
from fault_server import ENDLESS, MODES, PATIENT, FaultServer
from git_server import served
from trees import bare

from codex_action.artifacts.document import FetchResult
from codex_action.errors import (
    GitError,
    InvalidReference,
    NotFound,
    NotModified,
    RateLimited,
    StorageError,
    Unauthorized,
    Unreachable,
    UnsafePath,
)
from codex_action.remote.github import WrongContent, api_reach
from codex_action.remote.session import LIMIT, Clock, Session
from codex_action.storage.base import StorageProvider
from codex_action.storage.github import GitHubStorage

CANARY = "tkn_canary_7f3a9c"
FILES = {"README.md": b"# Hello\n", "docs/a.md": b"a\n", "docs/b.md": b"b\n"}


def storage_for(url: str, token: str | None = None, **options: Any) -> GitHubStorage:  # noqa: ANN401 - the session's own
    clock = Clock(sleep=lambda _: None, chance=lambda: 0.0)
    session = Session(api_reach(url), environ={}, **{"timeout": 10.0, "clock": clock, **options})
    return GitHubStorage(token, api_url=url, session=session, environ={})


@pytest.fixture
def hub() -> Iterator[FakeGitHub]:
    with FakeGitHub() as made:
        made.add(
            "umbrella/handbook", FILES, others={"v1": {"old.md": b"old\n"}, "develop": {"new.md": b"new\n"}}
        )
        made.add("umbrella/secret", {"plan.md": b"plan\n"}, private=True)
        made.tokens[CANARY] = {"umbrella/secret"}
        yield made


class _Inside:
    """One repository of the storage, as a provider of its own."""

    def __init__(self, storage: GitHubStorage, root: str) -> None:
        self._storage, self._root = storage, root

    def fetch(
        self, path: str, *, timeout: float = 30.0, headers: Mapping[str, str] | None = None
    ) -> FetchResult:
        return self._storage.fetch(self._root + path, timeout=timeout, headers=headers)

    def exists(self, path: str) -> bool:
        return self._storage.exists(self._root + path)

    def list(self, prefix: str = "") -> list[str]:
        return [
            path[len(self._root) :]
            for path in self._storage.list((self._root + prefix) if prefix else self._root[:-1])
        ]

    def close(self) -> None:
        self._storage.close()


class TestGitHub(StorageContract):
    @pytest.fixture
    def make(self) -> Iterator[MakeProvider]:
        with ExitStack() as stack:

            def serve(documents: Mapping[str, bytes]) -> StorageProvider:
                hub = stack.enter_context(FakeGitHub())
                hub.add("umbrella/handbook", documents)
                return _Inside(storage_for(hub.url), "umbrella/handbook/")

            yield serve


def test_it_is_a_provider_as_it_is(hub: FakeGitHub) -> None:
    assert isinstance(storage_for(hub.url), StorageProvider)


PATHS = {
    "plain": ("umbrella/handbook/docs/a.md", b"a\n"),
    "reference": ("codex://umbrella/handbook/docs/a.md", b"a\n"),
    "version": ("umbrella/handbook@v1/old.md", b"old\n"),
    "reference with a version": ("codex://umbrella/handbook@v1/old.md", b"old\n"),
    "other case": ("Umbrella/HANDBOOK/docs/a.md", b"a\n"),
}


@pytest.mark.parametrize(("path", "content"), PATHS.values(), ids=PATHS)
def test_paths(hub: FakeGitHub, path: str, content: bytes) -> None:
    storage = storage_for(hub.url)
    assert storage.fetch(path).content == content
    assert storage.exists(path)
    storage.close()


WRONG = {
    "no project": ("umbrella", InvalidReference),
    "no path": ("umbrella/handbook", UnsafePath),
    "a bad version": ("umbrella/handbook@../x/a.md", InvalidReference),
    "an empty version": ("umbrella/handbook@/a.md", InvalidReference),
    "climbing": ("umbrella/handbook/../secret/plan.md", UnsafePath),
    "an encoded way out": ("codex://umbrella/handbook/%2e%2e/%2e%2e/secret/plan.md", UnsafePath),
    "a bad organisation": ("../handbook/a.md", InvalidReference),
    "a dot": ("umbrella/./a.md", InvalidReference),
}


@pytest.mark.parametrize(("path", "kind"), WRONG.values(), ids=WRONG)
def test_what_is_no_path_is_not_asked(hub: FakeGitHub, path: str, kind: type[Exception]) -> None:
    storage = storage_for(hub.url, CANARY)
    for ask in (storage.fetch, storage.exists):
        with pytest.raises(kind):
            ask(path)
    assert hub.log == []


def test_list(hub: FakeGitHub) -> None:
    storage = storage_for(hub.url)
    assert list(storage.list("umbrella/handbook")) == [f"umbrella/handbook/{path}" for path in sorted(FILES)]
    assert list(storage.list("codex://umbrella/handbook@develop")) == ["umbrella/handbook@develop/new.md"]
    assert list(storage.list("umbrella/handbook/docs")) == [
        "umbrella/handbook/docs/a.md",
        "umbrella/handbook/docs/b.md",
    ]
    assert all(storage.exists(path) for path in storage.list("umbrella/handbook"))
    with pytest.raises(NotFound):
        storage.list("umbrella/handbook@v9")
    with pytest.raises(InvalidReference):
        storage.list()


def test_the_branch_where_no_version_is_named(hub: FakeGitHub) -> None:
    session = Session(api_reach(hub.url), environ={})
    storage = GitHubStorage(default_branch="develop", api_url=hub.url, session=session, environ={})
    assert storage.exists("umbrella/handbook/new.md")
    assert storage.fetch("umbrella/handbook/new.md").content == b"new\n"
    assert storage.exists("umbrella/handbook@v1/old.md")
    storage.close()


# --- how much is asked ---


def test_one_request_for_a_repository_and_version(hub: FakeGitHub) -> None:
    storage = storage_for(hub.url)
    paths = [f"umbrella/handbook/docs/{number}.md" for number in range(300)] + [
        "umbrella/handbook@v1/old.md"
    ] * 100
    with ThreadPoolExecutor(16) as pool:
        assert sum(pool.map(storage.exists, paths)) == 100
    assert sorted(paths_of(hub.log)) == [
        "/repos/umbrella/handbook/git/trees/HEAD",
        "/repos/umbrella/handbook/git/trees/v1",
    ]
    storage.close()


def test_two_requests_for_what_cannot_be_seen(hub: FakeGitHub) -> None:
    storage = storage_for(hub.url)

    def ask(number: int) -> None:
        with pytest.raises(Unauthorized):
            storage.exists(f"umbrella/secret/{number}.md")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(ask, range(50)))
    assert sorted(paths_of(hub.log)) == ["/repos/umbrella/secret", "/repos/umbrella/secret/git/trees/HEAD"]


def test_what_could_not_be_told_is_asked_again(hub: FakeGitHub) -> None:
    storage = storage_for(hub.url)
    hub.refuse("broken")
    with pytest.raises(Unreachable):
        storage.exists("umbrella/handbook/README.md")
    assert storage.exists("umbrella/handbook/README.md")


THREE = {
    "exists": ("umbrella/handbook/docs/a.md", True),
    "missing": ("umbrella/handbook/docs/z.md", False),
    "missing version": ("umbrella/handbook@v9/docs/a.md", False),
    "unknown": ("umbrella/secret/plan.md", Unauthorized),
    "unknown too": ("umbrella/nothing/plan.md", Unauthorized),
}


@pytest.mark.parametrize(("path", "answer"), THREE.values(), ids=THREE)
def test_existence_has_three_values(hub: FakeGitHub, path: str, answer: object) -> None:
    storage = storage_for(hub.url)
    for _ in range(2):
        if answer is Unauthorized:
            with pytest.raises(Unauthorized):
                storage.exists(path)
        else:
            assert storage.exists(path) is answer


@pytest.mark.parametrize("kind", ["primary", "secondary", "too-many", "forbidden", "broken"])
def test_a_refusal_is_never_missing(hub: FakeGitHub, kind: str) -> None:
    hub.refuse(kind, 3600, times=9)
    storage = storage_for(hub.url, max_wait=1)
    for ask in (storage.exists, storage.fetch):
        with pytest.raises((RateLimited, Unauthorized, Unreachable)):
            ask("umbrella/handbook/README.md")


# --- contents ---


def test_a_known_id_is_checked_and_a_branch_may_move(hub: FakeGitHub) -> None:
    storage = storage_for(hub.url)
    assert storage.exists("umbrella/handbook/docs/a.md")
    hub.repos["umbrella/handbook"].versions["main"]["docs/a.md"] = b"newer\n"
    assert storage.fetch("umbrella/handbook/docs/a.md").content == b"newer\n"
    assert paths_of(hub.log).count("/repos/umbrella/handbook/git/trees/HEAD") == 2


def test_content_that_never_fits_its_id(hub: FakeGitHub, monkeypatch: pytest.MonkeyPatch) -> None:
    original = hub.answer

    def answer(exchange: Any) -> Any:  # noqa: ANN401 - the fake's own
        made = original(exchange)
        if isinstance(made.body, bytes):
            made.body = made.body[:1]
        return made

    monkeypatch.setattr(hub, "answer", answer)
    storage = storage_for(hub.url)
    assert storage.exists("umbrella/handbook/docs/a.md")
    with pytest.raises(WrongContent):
        storage.fetch("umbrella/handbook/docs/a.md")


def test_an_etag(hub: FakeGitHub) -> None:
    storage = storage_for(hub.url)
    etag = storage.fetch("umbrella/handbook/docs/a.md").etag or ""
    with pytest.raises(NotModified):
        storage.fetch("umbrella/handbook/docs/a.md", headers={"if-none-match": etag})
    assert hub.log[-1].headers["if-none-match"] == etag


def test_a_document_just_within_the_limit(hub: FakeGitHub) -> None:
    """Its id is checked without a second copy. The fake holds one of its own, made before."""
    hub.add("umbrella/large", {"a.bin": bytes(LIMIT)})
    storage = storage_for(hub.url)
    assert storage.exists("umbrella/large/a.bin")
    tracemalloc.start()
    assert storage.fetch("umbrella/large/a.bin").size == LIMIT
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    storage.close()
    assert peak <= 2 * LIMIT + 2 * 2**20  # the fake makes its ETag of a copy


# --- tokens ---


@pytest.mark.parametrize(
    "environ", [{"CODEX_TOKEN": CANARY, "GITHUB_TOKEN": "x"}, {"GITHUB_TOKEN": CANARY}, {"GH_TOKEN": CANARY}]
)
def test_a_token_of_the_environment(hub: FakeGitHub, environ: dict[str, str]) -> None:
    storage = GitHubStorage(environ={**environ, "GITHUB_API_URL": hub.url})
    assert storage.fetch("umbrella/secret/plan.md").content == b"plan\n"
    assert CANARY not in repr(storage) + repr(vars(storage.client))
    storage.close()


def test_a_token_of_the_environment_is_not_for_another_server(hub: FakeGitHub) -> None:
    for api in ({}, {"GITHUB_API_URL": "https://ghes.example/api/v3"}):
        storage = GitHubStorage(api_url=hub.url, environ={"GITHUB_TOKEN": CANARY, **api})
        with pytest.raises(Unauthorized):
            storage.fetch("umbrella/secret/plan.md")
        storage.close()
    assert {exchange.token for exchange in hub.log} == {None}


def test_a_token_for_each_repository(hub: FakeGitHub) -> None:
    tokens = {"secret": CANARY}
    storage = GitHubStorage(
        token_for=lambda _, repo: tokens.get(repo or ""), api_url=hub.url, environ={"GITHUB_TOKEN": "other"}
    )
    assert storage.exists("umbrella/secret/plan.md")
    assert storage.exists("umbrella/handbook/README.md")
    assert [exchange.token for exchange in hub.log] == [CANARY, None]
    storage.close()


# --- truncated trees: git ---


@pytest.fixture
def git_url(tmp_path: Path) -> Iterator[str]:
    made = bare(
        tmp_path / "server/umbrella/handbook.git", {path: text.decode() for path, text in FILES.items()}, "v1"
    )
    made.git("config", "uploadpack.allowFilter", "true")
    with served(tmp_path / "server", token=CANARY) as server:
        yield server.url


def test_git_lists_what_a_truncated_tree_does_not(hub: FakeGitHub, git_url: str) -> None:
    hub.most_entries = 1
    hub.tokens[CANARY].add("umbrella/handbook")
    storage = GitHubStorage(CANARY, api_url=hub.url, server_url=git_url, environ=os.environ)
    for _ in range(2):
        assert list(storage.list("umbrella/handbook")) == [
            f"umbrella/handbook/{path}" for path in sorted(FILES)
        ]
        assert not storage.exists("umbrella/handbook/z.md")
    assert len(hub.log) == 1
    storage.close()


def test_what_git_cannot_tell_is_not_missing(hub: FakeGitHub) -> None:
    hub.most_entries = 1
    storage = GitHubStorage(api_url=hub.url, server_url="http://127.0.0.1:1", environ=os.environ)
    with pytest.raises(GitError):
        storage.exists("umbrella/handbook/z.md")
    storage.close()


# --- every fault ---

FINE = {
    "fetch": {"ok", "storm", "cut-json", "future", "other-each-time", "wrong-json", "deep-json"},
    "exists": set(),
    "repositories": set(),
}


@pytest.mark.parametrize("way", ["fetch", "exists", "repositories"])
@pytest.mark.parametrize("mode", MODES)
def test_faults(mode: str, way: str) -> None:
    """Nothing hangs, nothing partial is given, and nothing is missing only because it could not be asked."""
    with FaultServer() as server:
        rest = {"storm": "/2", "status": "/503", "redirect": "/http:%2F%2F169.254.169.254%2F"}.get(mode, "")
        seconds = 0.4 if mode in ENDLESS else PATIENT
        storage = storage_for(f"{server.url}/{mode}{rest}", CANARY, timeout=seconds, max_wait=2)
        start = time.monotonic()
        if mode in FINE[way]:
            assert storage.fetch("o/r/a.md", timeout=seconds).content
        else:
            with pytest.raises(StorageError) as caught:
                {
                    "fetch": lambda: storage.fetch("o/r/a.md", timeout=seconds),
                    "exists": lambda: storage.exists("o/r/a.md"),
                    "repositories": lambda: storage.client.repositories("o"),
                }[way]()
            assert not isinstance(caught.value, (NotFound, NotModified))
            assert CANARY not in f"{caught.value!r}{caught.value.hint}"
        storage.close()
        assert time.monotonic() - start < PATIENT
        assert len(server.log) <= 6
