"""Pull requests against the tests' GitHub: what is asked, how often, when, and what a refusal means."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from fake_github import FakeGitHub
from fake_time import FakeTime

from codex_action.errors import CodexError, ExitCode, RateLimited, RefusedError, Unauthorized, Unreachable
from codex_action.remote.github import GitHub, api_reach
from codex_action.remote.pulls import PullRequests, _failure, _read
from codex_action.remote.session import Response, Session

CANARY = "tkn_canary_7f3a9c"
HERE = ("umbrella", "codex")
TEXTS = {"title": "codex: sync handbook", "body": "What it says"}


@pytest.fixture
def hub() -> Iterator[FakeGitHub]:
    with FakeGitHub() as made:
        made.add(
            "umbrella/codex",
            {"a.md": b"a"},
            private=True,
            others={"codex-sync/x": {"a.md": b"b"}, "same": {"a.md": b"a"}},
        )
        made.tokens[CANARY] = {"umbrella/codex"}
        yield made


@pytest.fixture
def time() -> FakeTime:
    return FakeTime()


@pytest.fixture
def pulls(hub: FakeGitHub, time: FakeTime) -> PullRequests:
    clock = time.clock()
    session = Session(api_reach(hub.url), environ={}, clock=clock, max_wait=0)
    return PullRequests(GitHub(session, api_url=hub.url, token_for=lambda *_: CANARY), clock=clock)


def test_one_pull_request(hub: FakeGitHub, pulls: PullRequests) -> None:
    ends = {"head": "codex-sync/x", "base": "main"}
    assert pulls.find(*HERE, **ends) is None
    made = pulls.create(*HERE, **ends, **TEXTS)
    assert (made.number, made.branch, made.base, made.title, made.body) == (
        1,
        "codex-sync/x",
        "main",
        *TEXTS.values(),
    )
    assert made.head == hub.repos["umbrella/codex"].tip("codex-sync/x")
    assert made.url == f"{hub.url}/umbrella/codex/pull/1"
    assert pulls.find(*HERE, **ends) == made
    assert pulls.update(*HERE, 1, title="other").title == "other"
    assert pulls.close(*HERE, 1).number == 1
    assert pulls.find(*HERE, **ends) is None
    assert {exchange.token for exchange in hub.log} == {CANARY}
    assert CANARY not in repr(made)


def test_another_s_pull_request_is_not_ours(hub: FakeGitHub, pulls: PullRequests) -> None:
    """A filter that GitHub ignores must not close what somebody else has open."""
    from fake_pulls import Pull

    hub.repos["umbrella/codex"].pulls += [Pull(1, "codex-sync/x", "other", "t"), Pull(2, "same", "main", "t")]
    assert pulls.find(*HERE, head="codex-sync/x", base="main") is None


def test_a_forks_pull_request_is_not_ours(
    hub: FakeGitHub, pulls: PullRequests, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even one of the same names, where GitHub ignores the filter."""
    from fake_pulls import Pull

    hub.repos["umbrella/codex"].pulls.append(
        Pull(1, "codex-sync/x", "main", "t", owner="stranger", sha="1" * 40)
    )
    whole = PullRequests._url  # noqa: SLF001

    def unfiltered(self: PullRequests, *names: str, **_query: object) -> str:
        return whole(self, *names)

    monkeypatch.setattr(PullRequests, "_url", unfiltered)
    assert pulls.find(*HERE, head="codex-sync/x", base="main") is None
    made = pulls.create(*HERE, head="codex-sync/x", base="main", **TEXTS)
    assert pulls.find(*HERE, head="codex-sync/x", base="main") == made


def test_which_permission_is_missing(hub: FakeGitHub, pulls: PullRequests) -> None:
    hub.refuse("forbidden")
    with pytest.raises(Unauthorized) as caught:
        pulls.create(*HERE, head="codex-sync/x", base="main", **TEXTS)
    assert (
        caught.value.hint == "the token needs the permission pull requests: write, for the codex repository"
    )


def test_writes_are_a_second_apart_and_reads_are_not(
    hub: FakeGitHub, pulls: PullRequests, time: FakeTime
) -> None:
    pulls.create(*HERE, head="codex-sync/x", base="main", **TEXTS)
    pulls.find(*HERE, head="codex-sync/x", base="main")
    assert time.slept == [0.0]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: pulls.update(*HERE, 1, body="x"), range(4)))
    assert time.slept == [0.0, 1.0, 1.0, 1.0, 1.0]
    assert hub.most_in_flight == 1


KINDS = {
    "a secondary limit": ("secondary", RateLimited, "takes no more requests before"),
    "too many": ("too-many", RateLimited, "takes no more requests before"),
    "a failure": ("broken", Unreachable, "GitHub answers 500"),
    "away for a while": ("unavailable", Unreachable, "GitHub answers 503"),
    "no permission": ("forbidden", Unauthorized, "GitHub refuses access"),
    "Actions may not": ("no pull requests", RefusedError, "GitHub Actions may not open pull requests"),
}


@pytest.mark.parametrize(("kind", "error", "told"), KINDS.values(), ids=KINDS.keys())
def test_no_write_is_tried_again(
    kind: str, error: type[CodexError], told: str, hub: FakeGitHub, pulls: PullRequests, time: FakeTime
) -> None:
    hub.refuse(kind, times=3, clock=time.now)
    with pytest.raises(error, match=told) as caught:
        pulls.create(*HERE, head="codex-sync/x", base="main", **TEXTS)
    assert len(hub.log) == 1
    assert hub.repos["umbrella/codex"].pulls == []
    assert CANARY not in f"{caught.value} {caught.value.hint}"


def test_a_limit_is_honoured_by_the_next_write(hub: FakeGitHub, pulls: PullRequests, time: FakeTime) -> None:
    hub.refuse("secondary", 60, clock=time.now)
    for _ in range(2):
        with pytest.raises(RateLimited) as caught:
            pulls.create(*HERE, head="codex-sync/x", base="main", **TEXTS)
        assert caught.value.reset_at == 1060
    assert len(hub.log) == 1


NOT_TAKEN = {
    "nothing to merge": ("same", "main", "Validation Failed: No commits between main and same"),
    "no branch": ("none", "main", "Validation Failed"),
    "no base": ("codex-sync/x", "none", "Validation Failed"),
}


@pytest.mark.parametrize(("head", "base", "told"), NOT_TAKEN.values(), ids=NOT_TAKEN.keys())
def test_not_taken(head: str, base: str, told: str, pulls: PullRequests) -> None:
    with pytest.raises(RefusedError, match=f"takes no such pull request: {told}$") as caught:
        pulls.create(*HERE, head=head, base=base, **TEXTS)
    assert caught.value.exit_code == ExitCode.REFUSED


def test_a_second_one_is_not_taken(pulls: PullRequests) -> None:
    pulls.create(*HERE, head="codex-sync/x", base="main", **TEXTS)
    with pytest.raises(RefusedError, match="A pull request already exists for umbrella:codex-sync/x"):
        pulls.create(*HERE, head="codex-sync/x", base="main", **TEXTS)


def test_a_repository_that_moved(hub: FakeGitHub, pulls: PullRequests) -> None:
    """A write is led on with its body: 307, not 301."""
    hub.rename("umbrella/codex", "umbrella/knowledge")
    assert pulls.create(*HERE, head="codex-sync/x", base="main", **TEXTS).number == 1
    assert [exchange.status for exchange in hub.log] == [307, 201]


def test_one_that_is_not_there(pulls: PullRequests) -> None:
    with pytest.raises(Unauthorized, match=r"umbrella/codex#7 does not exist, or is not visible") as caught:
        pulls.close(*HERE, 7)
    assert "pull requests: write" in (caught.value.hint or "")
    with pytest.raises(Unauthorized, match="umbrella/none does not exist"):
        pulls.find("umbrella", "none", head="x", base="main")


def response(body: object, status: int = 200) -> Response:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Response(status, {}, data, "https://api.github.com/x")


GOOD = {
    "number": 1,
    "html_url": "u",
    "title": "t",
    "body": None,
    "head": {"sha": "s", "ref": "h"},
    "base": {"ref": "b"},
}
UNREADABLE = {
    "no JSON": b"<html>", "a text": "x", "nothing": None, "a list of lists": [[]], "no head": {**GOOD, "head": None},
    "a number for a title": {**GOOD, "title": 7}, "no number": {**GOOD, "number": "1"}, "nothing in it": {}, "deep": b"[" * 100_000,
}  # fmt: skip


@pytest.mark.parametrize("body", UNREADABLE.values(), ids=UNREADABLE.keys())
def test_an_answer_that_cannot_be_read(body: object) -> None:
    assert len(_read(response(GOOD), "x")) == 1
    with pytest.raises(Unreachable, match="GitHub's answer cannot be read"):
        _read(response(body), "x")


SILENT = {
    "no JSON": b"<",
    "a list": b"[]",
    "no message": b"{}",
    "odd errors": b'{"message": "x", "errors": ["y"]}',
    "deep": b"[" * 100_000,
}


@pytest.mark.parametrize("body", SILENT.values(), ids=SILENT.keys())
def test_a_refusal_without_words(body: bytes) -> None:
    assert "it does not say why" in str(_failure(response(body, 422), "x"))


def test_words_from_outside_are_made_harmless() -> None:
    told = str(_failure(response({"message": "a\n::error::b\x1b[31m" + "c" * 1000}, 422), "x"))
    assert told.isprintable()
    assert len(told) < 400
