"""Comments against the tests' GitHub: every page, what is sent, whose a comment is, what a refusal means."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from fake_github import Answer, Exchange, FakeGitHub
from fake_pulls import Pull
from fake_time import FakeTime

from codex_action.errors import (
    CodexError,
    NotFound,
    RateLimited,
    RefusedError,
    StorageError,
    Unauthorized,
    Unreachable,
)
from codex_action.remote import protocol
from codex_action.remote.comments import Comments, TooLong, _expect, _read
from codex_action.remote.github import GitHub, api_reach
from codex_action.remote.heads import Heads
from codex_action.remote.session import Response, Session
from codex_action.remote.viewer import viewer

CANARY = "tkn_canary_7f3a9c"
BOT = "github-actions[bot]"
A, B, C, D = (letter * 40 for letter in "abcd")


@pytest.fixture
def hub() -> Iterator[FakeGitHub]:
    with FakeGitHub() as made:
        repo = made.add("umbrella/billing", {"a.md": b"a"}, private=True)
        repo.pulls.append(Pull(7, "topic", "main", "A change", sha=C))
        repo.parents = {A: (), B: (A,), C: (B,), D: (A,)}
        made.tokens[CANARY] = {"umbrella/billing"}
        made.logins[CANARY] = BOT
        yield made


@pytest.fixture
def time() -> FakeTime:
    return FakeTime()


@pytest.fixture
def github(hub: FakeGitHub, time: FakeTime) -> GitHub:
    clock = time.clock()
    session = Session(api_reach(hub.url), environ={}, clock=clock, max_wait=0)
    return GitHub(session, api_url=hub.url, token_for=lambda *_: CANARY)


@pytest.fixture
def comments(github: GitHub, time: FakeTime) -> Comments:
    clock = time.clock()
    return Comments(github, "umbrella", "billing", 7, clock=clock)


def test_one_comment(hub: FakeGitHub, comments: Comments, time: FakeTime) -> None:
    assert comments.every() == []
    made = comments.create("one é 😀")
    assert (made.author, made.body) == (BOT, "one é 😀")
    assert made.url == f"{hub.url}/umbrella/billing/pull/7#issuecomment-{made.id}"
    assert comments.update(made.id, "two").body == "two"
    assert comments.get(made.id).body == "two"
    assert [comment.body for comment in comments.every()] == ["two"]
    comments.delete(made.id)
    comments.delete(made.id)  # gone is gone
    assert comments.every() == []
    for ask in (lambda: comments.get(made.id), lambda: comments.update(made.id, "x")):
        with pytest.raises(NotFound, match="the comment is gone"):
            ask()
    assert time.seconds == 1000 + 4  # five writes, a second apart
    assert {exchange.token for exchange in hub.log} == {CANARY}


def test_every_page_is_read(hub: FakeGitHub, comments: Comments) -> None:
    repo = hub.repos["umbrella/billing"]
    for number in range(250):
        hub.remark(repo, 7 if number % 2 else 8, BOT, str(number))
    for number in range(130):
        hub.remark(repo, 7, None if number == 3 else "octocat", f"o{number}")
    found = comments.every()
    assert len(found) == 125 + 130
    assert [comment.body for comment in found[:2]] == ["1", "3"]
    assert found[-1].body == "o129"
    assert {comment.author for comment in found} == {BOT, "octocat", ""}
    assert [exchange.query.get("page") for exchange in hub.log] == [None, *map(str, range(2, 10))]
    assert hub.log[1].path.startswith("/repositories/")


def test_the_longest_comments_can_be_read(hub: FakeGitHub, comments: Comments) -> None:
    for _ in range(31):
        hub.remark(hub.repos["umbrella/billing"], 7, "octocat", "😀" * 65_536)
    assert len(comments.every()) == 31


def test_pages_without_an_end(hub: FakeGitHub, comments: Comments, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        protocol, "next_page", lambda _: hub.log[0].path and f"{hub.url}{hub.log[0].path}?per_page=30"
    )
    with pytest.raises(Unreachable, match="have no end"):
        comments.every()
    assert len(hub.log) == 1


@pytest.mark.parametrize("characters", ["x", "é", "😀"])
def test_a_body_that_is_too_long(comments: Comments, characters: str) -> None:
    made = comments.create(characters * 65_536)
    with pytest.raises(TooLong, match="65536 characters"):
        comments.create(characters * 65_537)
    with pytest.raises(TooLong, match="65536 characters"):
        comments.update(made.id, characters * 65_537)


def test_a_token_that_may_not(hub: FakeGitHub, comments: Comments) -> None:
    other = hub.remark(hub.repos["umbrella/billing"], 7, "octocat", "theirs")
    for ask in (lambda: comments.update(other.id, "x"), lambda: comments.delete(other.id)):
        with pytest.raises(Unauthorized, match="this token may not comment there"):
            ask()
    hub.readers.add(CANARY)
    with pytest.raises(Unauthorized) as error:
        comments.create("x")
    assert "pull-requests: write" in str(error.value.hint)
    assert other.body == "theirs"


REFUSALS: dict[str, tuple[str, type[CodexError]]] = {
    "primary": ("primary", RateLimited),
    "secondary": ("secondary", RateLimited),
    "too many": ("too-many", RateLimited),
    "forbidden": ("forbidden", Unauthorized),
    "broken": ("broken", Unreachable),
    "unavailable": ("unavailable", Unreachable),
}


@pytest.mark.parametrize(("kind", "error"), REFUSALS.values(), ids=REFUSALS.keys())
def test_a_write_that_is_refused_is_not_tried_again(
    hub: FakeGitHub, comments: Comments, kind: str, error: type[CodexError]
) -> None:
    hub.refuse(kind)
    with pytest.raises(error):
        comments.create("x")
    assert len(hub.log) == 1
    assert hub.repos["umbrella/billing"].remarks == []


def test_no_such_pull_request(github: GitHub) -> None:
    with pytest.raises(Unauthorized, match="umbrella/billing#8"):
        Comments(github, "umbrella", "billing", 8).every()


# What a 422 says, and what it means.
WORDS = {
    "too long": (b'{"message": "Body is too long (maximum is 65536 characters)"}', TooLong),
    "too long, by field": (b'{"message": "Validation Failed", "errors": [{"message": "Body is too long"}]}', TooLong),
    "anything else": (b'{"message": "was submitted too quickly"}', RefusedError),
    "nothing": (b"", RefusedError),
}  # fmt: skip


@pytest.mark.parametrize(("body", "kind"), WORDS.values(), ids=WORDS.keys())
def test_what_is_not_taken(body: bytes, kind: type[CodexError]) -> None:
    with pytest.raises(RefusedError, match="GitHub takes no such comment") as error:
        _expect(Response(422, {}, body, "u"), 201, "x")
    assert type(error.value) is kind


GOOD = {"id": 1, "user": {"login": "octocat"}, "body": "x", "html_url": "u"}
UNREADABLE: dict[str, object] = {
    "no JSON": b"<html>", "a text": "x", "nothing": None, "a list of lists": [[]], "no id": {**GOOD, "id": None}, "a number for a text": {**GOOD, "body": 7},
    "no author": {key: value for key, value in GOOD.items() if key != "user"}, "an author without a name": {**GOOD, "user": {}}, "deep": b"[" * 100_000,
}  # fmt: skip


@pytest.mark.parametrize("body", UNREADABLE.values(), ids=UNREADABLE.keys())
def test_an_answer_that_cannot_be_read(body: object) -> None:
    def response(value: object) -> Response:
        return Response(200, {}, value if isinstance(value, bytes) else json.dumps(value).encode(), "u")

    assert len(_read(response(GOOD), "x")) == 1
    with pytest.raises(Unreachable, match="GitHub's answer cannot be read"):
        _read(response(body), "x")


# The commits of ours and of the other, where the pull request is, and whether it has moved on from ours.
BEHIND = {
    "it moved on": (B, C, C, True),
    "ours is where it is": (C, B, C, False),
    "it was pushed back to ours": (A, C, A, False),
    "ours came later": (C, B, D, False),
    "it was rewritten": (B, D, D, True),
    "it was rewritten to ours": (D, B, D, False),
    "it was pushed back to theirs": (C, A, A, True),
    "it has moved on from both": (A, B, C, True),
    "it has moved on from both, the other way": (B, A, C, False),
    "they parted": (B, D, "e" * 40, False),
    "ours is of nobody knows where": ("e" * 40, B, B, True),
    "the same": (B, B, C, False),
    "nobody knows them": ("e" * 40, "f" * 40, C, False),
}


@pytest.mark.parametrize(("mine", "other", "head", "expected"), BEHIND.values(), ids=BEHIND.keys())
def test_is_behind(
    hub: FakeGitHub, github: GitHub, mine: str, other: str, head: str, *, expected: bool
) -> None:
    hub.repos["umbrella/billing"].pulls[0].sha = head
    assert Heads(github, "umbrella", "billing", 7).is_behind(mine, other) is expected


@pytest.mark.parametrize("kind", ["forbidden", "secondary", "broken"])
def test_where_it_is_must_be_known(hub: FakeGitHub, github: GitHub, kind: str) -> None:
    """Else a late run could write over the plan of the commit that is merged."""
    hub.refuse(kind)
    with pytest.raises(StorageError):
        Heads(github, "umbrella", "billing", 7).is_behind(A, C)


@pytest.mark.parametrize("kind", ["forbidden", "secondary", "broken"])
def test_what_came_of_what_need_not_be_known(
    hub: FakeGitHub, github: GitHub, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """Where the pull request is at neither, no plan that counts is lost."""
    real = hub.answer

    def refusing(exchange: Exchange) -> Answer:
        if "/compare/" in exchange.path:
            hub.refuse(kind)
        return real(exchange)

    monkeypatch.setattr(hub, "answer", refusing)
    assert Heads(github, "umbrella", "billing", 7).is_behind(A, B) is False


def test_a_person_is_known_to_rest(hub: FakeGitHub, github: GitHub) -> None:
    hub.logins[CANARY] = "octo-cat"
    assert viewer(github, "umbrella", "billing") == "octo-cat"
