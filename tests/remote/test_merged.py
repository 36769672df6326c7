"""Which pull requests a commit is of, against the tests' GitHub."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from fake_github import Answer, Exchange, FakeGitHub, Repo
from fake_pulls import Pull as Asked

from codex_action.errors import Unauthorized, Unreachable
from codex_action.remote.github import GitHub, api_reach
from codex_action.remote.merged import MOST_COMMITS, Pull, Since, changed_since, of_branch, of_commit, of_push
from codex_action.remote.session import Session

TOKEN = "tkn_canary_7f3a9c"
HERE = ("umbrella", "web")
HEAD, MERGED, LAST = "a" * 40, "b" * 40, "c" * 40


@pytest.fixture
def hub() -> Iterator[FakeGitHub]:
    with FakeGitHub() as made:
        made.add("umbrella/web", {"a.md": b"a"}, private=True)
        made.tokens[TOKEN] = {"umbrella/web"}
        yield made


@pytest.fixture
def repo(hub: FakeGitHub) -> Repo:
    return hub.repos["umbrella/web"]


@pytest.fixture
def github(hub: FakeGitHub) -> Iterator[GitHub]:
    session = Session(api_reach(hub.url), environ={}, max_wait=0)
    yield GitHub(session, api_url=hub.url, token_for=lambda *_: TOKEN)
    session.close()


def test_a_merge_a_squash_and_a_rebase(repo: Repo, github: GitHub) -> None:
    repo.pulls.append(Asked(3, "topic", "main", "x", state="closed", sha=HEAD, landed=(MERGED, LAST)))
    found = [Pull(3, HEAD, "main", "umbrella/web", LAST, "umbrella/web")]
    assert of_commit(github, *HERE, MERGED) == of_commit(github, *HERE, LAST) == found
    assert of_commit(github, *HERE, "d" * 40) == []


def test_one_that_is_open_has_no_commit(repo: Repo, github: GitHub) -> None:
    repo.pulls.append(Asked(4, "topic", "main", "x", sha=HEAD, owner="mallory"))
    assert of_commit(github, *HERE, HEAD) == of_branch(github, *HERE, "mallory:topic")
    assert of_branch(github, *HERE, "mallory:topic") == [
        Pull(4, HEAD, "main", "umbrella/web", "", "mallory/web")
    ]
    assert of_branch(github, *HERE, "umbrella:topic") == []


def test_every_page_is_read(repo: Repo, github: GitHub) -> None:
    repo.pulls += [
        Asked(number, f"t{number}", "main", "x", state="closed", sha=HEAD, landed=(LAST,))
        for number in range(1, 251)
    ]
    assert [pull.number for pull in of_commit(github, *HERE, LAST)] == list(range(1, 251))


@pytest.mark.parametrize(
    ("kind", "error"),
    [("forbidden", Unauthorized), ("unavailable", Unreachable), ("single sign-on", Unauthorized)],
)
def test_faults_are_told(hub: FakeGitHub, github: GitHub, kind: str, error: type[Exception]) -> None:
    hub.refuse(kind, times=5)
    with pytest.raises(error):
        of_commit(github, *HERE, LAST)


def test_somebody_who_may_not_see_it(hub: FakeGitHub, github: GitHub) -> None:
    hub.tokens[TOKEN] = set()
    with pytest.raises(Unauthorized):
        of_commit(github, *HERE, LAST)


END = {"sha": HEAD, "ref": "main", "repo": {"full_name": "umbrella/web"}}
WHOLE: dict[str, Any] = {"number": 3, "head": END, "base": END, "merged_at": None, "merge_commit_sha": HEAD}


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(b"{", id="no-json"),
        pytest.param({"message": "x"}, id="no-list"),
        pytest.param([{**WHOLE, "number": "3"}], id="number"),
        pytest.param([{**WHOLE, "head": None}], id="head"),
        pytest.param([{**WHOLE, "base": {**END, "repo": None}}], id="repository"),
        pytest.param([{**WHOLE, "merged_at": "x", "merge_commit_sha": None}], id="commit"),
    ],
)
def test_faults_of_an_answer(
    hub: FakeGitHub, github: GitHub, monkeypatch: pytest.MonkeyPatch, answer: object
) -> None:
    def answered(_: Exchange) -> Answer:
        return Answer(200, answer if isinstance(answer, bytes) else json.dumps(answer).encode())

    monkeypatch.setattr(hub, "answer", answered)
    with pytest.raises(Unreachable, match="cannot be read"):
        of_commit(github, *HERE, LAST)


def test_faults_of_pages_without_an_end(
    hub: FakeGitHub, github: GitHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    def again(exchange: Exchange) -> Answer:
        return Answer(200, [], {"Link": f'<{hub.url}{exchange.path}?page=2>; rel="next"'})

    monkeypatch.setattr(hub, "answer", again)
    with pytest.raises(Unreachable, match="no end"):
        of_commit(github, *HERE, LAST)


# --- the commits of a push ---


def sha(number: int) -> str:
    return f"{number:040x}"


def in_line(number: int) -> dict[str, tuple[str, ...]]:
    """So many commits, each after the one before."""
    return {sha(one): (sha(one - 1),) if one else () for one in range(number)}


MERGES = {sha(0): (), sha(1): (sha(0),), sha(7): (sha(0),), sha(8): (sha(7),), sha(2): (sha(1), sha(8)), sha(9): (sha(0),), sha(3): (sha(2), sha(9))}  # fmt: skip
# Of a history, from where to where, and the branch's own commits in between.
PUSHES: dict[str, tuple[dict[str, tuple[str, ...]], int, int, list[int]]] = {
    "one commit": (in_line(3), 1, 2, [2]),
    "several": (in_line(5), 1, 4, [2, 3, 4]),
    "a merge is one commit": (MERGES, 1, 3, [2, 3]),
    "the branch began later": (MERGES, 0, 3, [1, 2, 3]),
    "more than a page": (in_line(101), 0, 100, list(range(1, 101))),
    "pages of merged branches": ({**in_line(300), sha(900): (sha(0), sha(299))}, 0, 900, [900]),
    "pushed back": (in_line(5), 4, 2, []),
    "another line": (MERGES, 8, 1, [1]),
    "nobody knows the one before": (in_line(5), 99, 4, []),
    "too many to ask": (in_line(200), 0, MOST_COMMITS + 1, []),
    "far too many": (in_line(2000), 0, 1999, []),
}


@pytest.mark.parametrize(("history", "before", "after", "own"), PUSHES.values(), ids=PUSHES.keys())
def test_the_commits_of_a_push(
    repo: Repo, github: GitHub, history: dict[str, tuple[str, ...]], before: int, after: int, own: list[int]
) -> None:
    repo.parents = history
    assert of_push(github, *HERE, sha(before), sha(after)) == tuple(map(sha, own))


@pytest.mark.parametrize("answer", [b"{", b"[]", {}, {"commits": [{"sha": HEAD}]}, {"commits": 1}])
def test_faults_of_a_comparison(
    hub: FakeGitHub, github: GitHub, monkeypatch: pytest.MonkeyPatch, answer: object
) -> None:
    body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
    monkeypatch.setattr(hub, "answer", lambda _: Answer(200, body))
    with pytest.raises(Unreachable, match="cannot be read"):
        of_push(github, *HERE, HEAD, LAST)


def test_faults_of_a_comparison_that_is_refused(hub: FakeGitHub, github: GitHub) -> None:
    hub.refuse("forbidden", times=5)
    with pytest.raises(Unauthorized):
        of_push(github, *HERE, HEAD, LAST)


def test_faults_of_a_comparison_without_an_end(
    hub: FakeGitHub, github: GitHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit = {"sha": LAST, "parents": []}

    def again(exchange: Exchange) -> Answer:
        return Answer(200, {"commits": [commit]}, {"Link": f'<{hub.url}{exchange.path}?page=2>; rel="next"'})

    monkeypatch.setattr(hub, "answer", again)
    assert of_push(github, *HERE, HEAD, LAST) == (LAST,)


CHANGED = {
    "nothing": ({"status": "identical", "files": []}, (True, frozenset())),
    "some": (
        {"status": "ahead", "files": [{"filename": "a"}, {"filename": "c", "previous_filename": "b"}]},
        (True, frozenset("abc")),
    ),
    "pushed back": ({"status": "behind", "files": []}, (False, None)),
    "rewritten": ({"status": "diverged", "files": [{"filename": "a"}]}, (False, None)),
    "all that is listed": (
        {"status": "ahead", "files": [{"filename": str(n)} for n in range(300)]},
        (True, None),
    ),
}


@pytest.mark.parametrize(("answer", "expected"), CHANGED.values(), ids=CHANGED.keys())
def test_what_a_branch_changed_since_with_and_without_faults(
    hub: FakeGitHub, github: GitHub, monkeypatch: pytest.MonkeyPatch, answer: object, expected: object
) -> None:
    monkeypatch.setattr(hub, "answer", lambda _: Answer(200, json.dumps(answer).encode()))
    assert changed_since(github, *HERE, HEAD, "main") == expected


def test_what_a_branch_changed_since_a_commit_that_nobody_knows(github: GitHub) -> None:
    assert changed_since(github, *HERE, HEAD, "main") == Since(has_it=False, files=None)


@pytest.mark.parametrize("answer", ["[]", "{", '{"status": "ahead", "files": [1]}', '{"files": []}'])
def test_faults_of_what_a_branch_changed(
    hub: FakeGitHub, github: GitHub, monkeypatch: pytest.MonkeyPatch, answer: str
) -> None:
    monkeypatch.setattr(hub, "answer", lambda _: Answer(200, answer.encode()))
    with pytest.raises(Unreachable, match="cannot be read"):
        changed_since(github, *HERE, HEAD, "main")


def test_what_a_branch_changed_is_not_told(hub: FakeGitHub, github: GitHub) -> None:
    hub.refuse("forbidden", times=5)
    with pytest.raises(Unauthorized):
        changed_since(github, *HERE, HEAD, "main")
