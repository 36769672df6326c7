"""What a pull request changes, against the tests' GitHub: every page of it, or an error that says why not."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from fake_github import Answer, FakeGitHub
from fake_pulls import Pull

from codex_action.errors import CodexError, RateLimited, Unauthorized, Unreachable
from codex_action.remote.changes import Changes, _entries, changed_files
from codex_action.remote.github import GitHub, api_reach
from codex_action.remote.session import Clock, Session

TOKEN = "ghs_not_to_be_seen"
BEFORE = {"a.md": b"a", "old/b.md": b"b", "gone.md": b"g", "same.md": b"s"}
AFTER = {"a.md": b"A", "new/b.md": b"b", "same.md": b"s", "ünï #1?.md": b"u"}


@pytest.fixture
def hub() -> Iterator[FakeGitHub]:
    with FakeGitHub() as made:
        repo = made.add("umbrella/web", BEFORE, private=True, others={"topic": AFTER})
        repo.pulls.append(Pull(1, "topic", "main", "Change"))
        made.tokens[TOKEN] = {"umbrella/web"}
        yield made


def ask(hub: FakeGitHub, *, token: str = TOKEN, head: str | None = None) -> Changes:
    clock = Clock(sleep=lambda _: None)
    session = Session(api_reach(hub.url), environ={}, clock=clock, max_wait=0)
    github = GitHub(session, api_url=hub.url, token_for=lambda *_: token)
    try:
        return changed_files(github, "umbrella", "web", 1, head or tip(hub))
    finally:
        session.close()


def tip(hub: FakeGitHub) -> str:
    return hub.repos["umbrella/web"].tip("topic") or ""


def many(hub: FakeGitHub, count: int) -> None:
    hub.repos["umbrella/web"].versions["topic"] = {
        **BEFORE,
        **{f"many/{number:04}.md": b"%d" % number for number in range(count)},
    }


def test_what_is_there_and_what_went_away(hub: FakeGitHub) -> None:
    changes = ask(hub)
    assert set(changes.present) == {"a.md", "new/b.md", "ünï #1?.md"}
    assert set(changes.gone) == {"gone.md", "old/b.md"}
    assert [exchange.token for exchange in hub.log] == [TOKEN]


@pytest.mark.parametrize(("count", "pages"), [(0, 1), (1, 1), (100, 1), (101, 2), (2999, 30)], ids=str)
def test_every_page_is_read(hub: FakeGitHub, count: int, pages: int) -> None:
    many(hub, count)
    assert len(ask(hub).present) == count
    assert len(hub.log) == pages


def test_three_thousand_files_may_be_more(hub: FakeGitHub) -> None:
    many(hub, 3000)
    with pytest.raises(Unreachable, match="GitHub lists 3,000 of its files and no more"):
        ask(hub)


@pytest.mark.parametrize(
    ("most", "asked"), [(50, ["100", "50"]), (10, ["100", "50", "10"])], ids=["50", "10"]
)
def test_a_diff_that_is_too_large_is_asked_for_in_smaller_pages(
    hub: FakeGitHub, most: int, asked: list[str]
) -> None:
    hub.most_files = most
    assert set(ask(hub).present) == {"a.md", "new/b.md", "ünï #1?.md"}
    assert [exchange.query["per_page"] for exchange in hub.log] == asked


def test_a_diff_that_is_too_large_in_every_size(hub: FakeGitHub) -> None:
    hub.most_files = 9
    with pytest.raises(Unreachable, match="too large for GitHub's list"):
        ask(hub)
    assert len(hub.log) == 3


def test_a_later_head_is_not_what_is_checked_out(hub: FakeGitHub) -> None:
    head = tip(hub)
    many(hub, 1)
    with pytest.raises(Unreachable, match="umbrella/web#1: it has moved on since"):
        ask(hub, head=head)


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("forbidden", Unauthorized),
        ("single sign-on", Unauthorized),
        ("primary", RateLimited),
        ("secondary", RateLimited),
        ("too-many", RateLimited),
        ("broken", Unreachable),
        ("unavailable", Unreachable),
    ],
)
def test_a_refusal_is_told(hub: FakeGitHub, kind: str, error: type[CodexError]) -> None:
    hub.refuse(kind, times=3)
    with pytest.raises(error) as caught:
        ask(hub)
    assert TOKEN not in caught.value.message


def test_what_cannot_be_seen_is_no_answer(hub: FakeGitHub) -> None:
    hub.tokens["other"] = set()
    with pytest.raises(Unreachable, match="GitHub answers 404"):
        ask(hub, token="other")


def test_pages_without_an_end(hub: FakeGitHub) -> None:
    url = f"{hub.url}/repos/umbrella/web/pulls/1/files?per_page=100"
    hub.refusals = [Answer(200, [], {"Link": f'<{url}>; rel="next"'})]
    with pytest.raises(Unreachable, match="have no end"):
        ask(hub)


FILE = {"filename": "a.md", "status": "added", "contents_url": "x"}


@pytest.mark.parametrize(
    "body",
    [
        b"<html>",
        b"{}x",
        b"[1]",
        b"[{}]",
        b"null",
        *(
            json.dumps([{**FILE, **change}]).encode()
            for change in (
                {"filename": 1},
                {"filename": ""},
                {"filename": "../a.md"},
                {"filename": "/etc/passwd"},
                {"filename": "a/./b"},
                {"status": None},
                {"contents_url": []},
                {"status": "renamed", "previous_filename": "../b"},
            )
        ),
    ],
)
def test_what_is_no_list_of_files(body: bytes) -> None:
    with pytest.raises(Unreachable, match="GitHub's answer cannot be read"):
        _entries(body, "umbrella/web#1")
