"""One comment, whoever writes at the same time: runs that race, in a time of their own, against the tests' GitHub.

More races than a hundred: `CODEX_RACES=2000 python -m pytest tests/action/test_action_comment.py -k races`.
"""

from __future__ import annotations

import heapq
import os
import random
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from comment_world import HEAD, NEXT, comment, header, many, plan
from fake_github import Answer, Exchange, FakeGitHub, Repo
from fake_pulls import Pull
from fake_time import FakeTime

from codex_action.action.comment import Place, Posted, Render, Thread, find, open_thread, post, upsert
from codex_action.errors import NotFound, RateLimited, RefusedError, Unauthorized, Unreachable, UsageError
from codex_action.remote.github import GitHub, api_reach
from codex_action.remote.session import Clock, Session
from codex_action.report import marker
from codex_action.report.comment import BUDGET, MINIMUM, render
from codex_action.report.marker import Header
from codex_action.sync.approval import approval_of

BOT, TOKEN = "github-actions[bot]", "tkn_canary_7f3a9c"
HERE = ("umbrella", "billing", 7)
RACES = int(os.environ.get("CODEX_RACES", "100"))


class Turns:
    """A time that passes only while everybody sleeps: one thread runs, the one that wakes first is next."""

    def __init__(self) -> None:
        self.seconds = 1000.0
        self._waiting: list[tuple[float, int, threading.Event]] = []
        self._number = 0
        self._lock = threading.Lock()

    def now(self) -> float:
        return self.seconds

    def enter(self, start: float) -> threading.Event:
        """A thread that is to run from this moment on; it waits for the event."""
        with self._lock:
            self._number += 1
            event = threading.Event()
            heapq.heappush(self._waiting, (self.seconds + start, self._number, event))
            return event

    def leave(self) -> None:
        """The thread that runs stops: whoever wakes first goes on."""
        with self._lock:
            if self._waiting:
                when, _, event = heapq.heappop(self._waiting)
                self.seconds = max(self.seconds, when)
                event.set()

    def sleep(self, seconds: float) -> None:
        event = self.enter(max(0.0, seconds))
        self.leave()
        event.wait()


class SlowGitHub(GitHub):
    """A client whose requests take their time on the way there, and on the way back."""

    def __init__(self, hub: FakeGitHub, turns: Turns, chance: random.Random, clock: Clock) -> None:
        session = Session(api_reach(hub.url), environ={}, clock=clock, max_wait=120)
        super().__init__(session, api_url=hub.url, token_for=lambda *_: TOKEN)
        self._turns, self._chance, self._wire = turns, chance, session

    def request(self, *arguments, **more):  # type: ignore[no-untyped-def]  # noqa: ANN002, ANN003, ANN201
        self._turns.sleep(self._chance.uniform(0.02, 0.3))
        answer = super().request(*arguments, **more)
        self._turns.sleep(self._chance.uniform(0.02, 0.3))
        return answer

    def close(self) -> None:
        self._wire.close()


@pytest.fixture
def hub() -> Iterator[FakeGitHub]:
    with FakeGitHub() as made:
        repo = made.add("umbrella/billing", {"a.md": b"a"})
        repo.pulls.append(Pull(7, "topic", "main", "A change", sha=NEXT))
        repo.parents = {HEAD: (), NEXT: (HEAD,)}
        made.tokens[TOKEN] = set()
        made.logins[TOKEN] = BOT
        yield made


@pytest.fixture
def repo(hub: FakeGitHub) -> Repo:
    return hub.repos["umbrella/billing"]


def seeded(seed: int | str) -> random.Random:
    return random.Random(seed)  # noqa: S311 - the same every time


def text_of(made: Header, more: str = "") -> str:
    return f"{marker.write(made)}\n### Plan of run {made.run}.{made.attempt}{more}\n"


def says(made: Header) -> Render:
    return lambda _budget, _previous: text_of(made)


def race(hub: FakeGitHub, seed: int, runs: list[Header]) -> list[Posted]:
    """All these runs write their comment, started within three seconds."""
    turns, chance = Turns(), seeded(seed)

    def run(made: Header, event: threading.Event, number: int) -> Posted:
        own = seeded(f"{seed} {number}")
        clock = Clock(now=turns.now, monotonic=turns.now, sleep=turns.sleep, chance=own.random)
        event.wait()
        github = SlowGitHub(hub, turns, own, clock)
        try:
            return upsert(open_thread(github, *HERE, clock=clock), made, says(made))
        finally:
            github.close()
            turns.leave()

    with ThreadPoolExecutor(len(runs)) as pool:
        starts = [turns.enter(chance.uniform(0, 3)) for _ in runs]
        done = [
            pool.submit(run, made, event, number) for number, (made, event) in enumerate(zip(runs, starts))
        ]
        turns.leave()
        return [future.result(60) for future in done]


def test_races_of_two_runs(hub: FakeGitHub, repo: Repo) -> None:
    """In every race one comment is left, and it is the newest run's."""
    lost = []
    for seed in range(RACES):
        chance = seeded(seed)
        repo.remarks.clear()
        if seed % 3 == 0:
            hub.remark(repo, 7, BOT, text_of(header(run=1)))
        if seed % 4 == 0:
            hub.remark(repo, 7, "octocat", text_of(header(run=9)))
        older, newer = chance.choice(
            [
                (header(run=10, head=HEAD), header(run=11, head=NEXT)),
                (header(run=10, attempt=1, head=NEXT), header(run=10, attempt=2, head=NEXT)),
                (header(run=10, head=NEXT), header(run=11, head=NEXT)),
            ]
        )
        runs = [older, newer]
        chance.shuffle(runs)
        posted = race(hub, seed, runs)
        left = [remark.body for remark in repo.remarks if remark.author == BOT]
        if left != [text_of(newer)] or posted[runs.index(newer)].older:
            lost.append(seed)
    assert lost == []


def test_races_of_four_runs(hub: FakeGitHub, repo: Repo) -> None:
    lost = []
    for seed in range(RACES // 5):
        repo.remarks.clear()
        runs = [header(run=number, head=NEXT) for number in range(10, 14)]
        seeded(seed).shuffle(runs)
        race(hub, seed, runs)
        if [remark.body for remark in repo.remarks] != [text_of(header(run=13, head=NEXT))]:
            lost.append(seed)
    assert lost == []


@pytest.fixture
def time() -> FakeTime:
    return FakeTime()


@pytest.fixture
def clock(time: FakeTime) -> Clock:
    return time.clock(chance=0.5)


@pytest.fixture
def github(hub: FakeGitHub, clock: Clock) -> GitHub:
    session = Session(api_reach(hub.url), environ={}, clock=clock, max_wait=120)
    return GitHub(session, api_url=hub.url, token_for=lambda *_: TOKEN)


@pytest.fixture
def thread(github: GitHub, clock: Clock) -> Thread:
    return open_thread(github, *HERE, clock=clock)


def bodies(repo: Repo) -> list[str]:
    return [remark.body for remark in repo.remarks]


def writes(hub: FakeGitHub) -> list[str]:
    return [item.method for item in hub.log if item.method != "GET" and item.path != "/graphql"]


MINE = header(run=5, head=NEXT)


def test_made_once_and_then_changed(hub: FakeGitHub, repo: Repo, thread: Thread) -> None:
    first = upsert(thread, MINE, says(MINE))
    assert first == Posted(101, f"{hub.url}/umbrella/billing/pull/7#issuecomment-101")
    assert first.notice == ""
    upsert(thread, MINE, says(MINE))
    assert writes(hub) == ["POST"]
    later = MINE._replace(run=6)
    assert upsert(thread, later, says(later)) == first
    assert writes(hub) == ["POST", "PATCH"]
    assert bodies(repo) == [text_of(later)]
    found = find(thread, "sync")
    assert found is not None
    assert found.header == later
    assert find(thread, "other") is None


def test_an_older_run_leaves_it(hub: FakeGitHub, repo: Repo, thread: Thread) -> None:
    hub.remark(repo, 7, BOT, text_of(header(run=6, head=NEXT)))
    posted = upsert(thread, MINE, says(MINE))
    assert posted.older
    assert posted.notice == f"the comment of a newer run was left as it is: {posted.url}"
    assert writes(hub) == []


def test_a_run_of_an_older_commit_leaves_it(hub: FakeGitHub, repo: Repo, thread: Thread) -> None:
    hub.remark(repo, 7, BOT, text_of(header(run=4, head=NEXT)))
    late = header(run=5, head=HEAD)
    assert upsert(thread, late, says(late)).older
    repo.pulls[0].sha = HEAD  # somebody pushed the branch back
    assert not upsert(thread, late, says(late)).older
    assert bodies(repo) == [text_of(late)]


def test_a_late_run_of_a_commit_that_was_rewritten_leaves_it(
    hub: FakeGitHub, repo: Repo, thread: Thread
) -> None:
    """Neither of two commits came of the other: where the pull request is counts, and what it agreed to stays."""
    other = "5" * 40
    repo.parents[other] = ()
    kept = text_of(header(run=4, head=NEXT, approval=approval_of([plan()])))
    hub.remark(repo, 7, BOT, kept)
    for state in ("planned", "failed", "superseded", "none"):
        late = header(state, run=5, head=other)
        assert upsert(thread, late, says(late)).older
    assert bodies(repo) == [kept]
    repo.pulls[0].sha = other
    assert not upsert(thread, late, says(late)).older


def test_where_nobody_can_tell_what_is_newer_nothing_is_written(
    hub: FakeGitHub, repo: Repo, thread: Thread, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = text_of(header(run=4, head=NEXT))
    hub.remark(repo, 7, BOT, kept)
    real = hub.answer

    def refusing(exchange: Exchange) -> Answer:
        if exchange.path.endswith("/pulls/7"):
            hub.refuse("unavailable")
        return real(exchange)

    monkeypatch.setattr(hub, "answer", refusing)
    late = header("failed", run=5, head=HEAD)
    with pytest.raises(Unreachable):
        upsert(thread, late, says(late))
    assert bodies(repo) == [kept]


def test_what_is_not_ours_is_left_alone(hub: FakeGitHub, repo: Repo, thread: Thread) -> None:
    kept = [
        ("octocat", text_of(header(run=9))),
        ("github-actions", text_of(header(run=9))),
        (BOT, text_of(header(run=9)._replace(key="other"))),
        (BOT, text_of(header(run=9)).replace('"run":9', '"run":9e9')),
        (None, text_of(header(run=9))),
    ]
    for author, body in kept:
        hub.remark(repo, 7, author, body)
    upsert(thread, MINE, says(MINE))
    assert bodies(repo) == [*(body for _, body in kept), text_of(MINE)]


def test_a_text_that_was_edited_by_hand_is_written_again(hub: FakeGitHub, repo: Repo, thread: Thread) -> None:
    hub.remark(repo, 7, BOT, text_of(MINE, " and @team"))
    upsert(thread, MINE, says(MINE))
    assert bodies(repo) == [text_of(MINE)]


def test_a_second_comment_of_ours_is_taken_away(hub: FakeGitHub, repo: Repo, thread: Thread) -> None:
    for number in range(3):
        hub.remark(repo, 7, BOT, text_of(header(run=number + 1)))
    hub.remark(repo, 7, "octocat", "hello")
    upsert(thread, MINE, says(MINE))
    assert bodies(repo) == [text_of(MINE), "hello"]


def test_none_is_made_where_none_is_wanted(hub: FakeGitHub, repo: Repo, thread: Thread) -> None:
    assert upsert(thread, MINE, says(MINE), create=False) == Posted()
    assert writes(hub) == []
    hub.remark(repo, 7, BOT, text_of(header(run=1)))
    assert upsert(thread, MINE, says(MINE), create=False).id == 101
    assert bodies(repo) == [text_of(MINE)]


def test_the_last_plan_is_kept(repo: Repo, thread: Thread) -> None:
    good = comment("planned", plan())
    upsert(thread, good.header, lambda budget, _: render(good, budget))
    failed = header("failed", run=900, head=NEXT)
    made = upsert(
        thread, failed, lambda budget, previous: render(comment("failed", header=failed, previous=previous, reason="x"), budget)
    )  # fmt: skip
    assert made.id == 101
    assert "The last plan, out of date" in repo.remarks[0].body
    assert "docs/api" in repo.remarks[0].body


class TestFaults:
    def test_faults_of_a_body_that_is_too_long(self, repo: Repo, thread: Thread) -> None:
        budgets: list[int] = []

        def endless(budget: int, _previous: str) -> str:
            budgets.append(budget)
            return text_of(MINE, "x" * (70_000 if budget > 30_000 else 10))

        upsert(thread, MINE, endless)
        assert sorted(set(budgets), reverse=True) == [BUDGET, 40_000, 26_666]
        assert len(repo.remarks) == 1

    def test_faults_of_a_body_that_is_always_too_long(self, repo: Repo, thread: Thread) -> None:
        budgets: list[int] = []

        def endless(budget: int, _previous: str) -> str:
            budgets.append(budget)
            return text_of(MINE, "x" * 70_000)

        with pytest.raises(RefusedError, match="too long"):
            upsert(thread, MINE, endless)
        assert budgets[-1] == MINIMUM
        assert repo.remarks == []

    @pytest.mark.parametrize("times", [1, 2, 3, 5, 8])
    def test_faults_of_a_storm(self, hub: FakeGitHub, repo: Repo, thread: Thread, times: int) -> None:
        hub.refuse("unavailable", times=times)
        upsert(thread, MINE, says(MINE))
        assert bodies(repo) == [text_of(MINE)]

    def test_faults_of_a_storm_without_an_end(self, hub: FakeGitHub, repo: Repo, thread: Thread) -> None:
        hub.refuse("unavailable", times=1_000)
        with pytest.raises(Unreachable):
            upsert(thread, MINE, says(MINE))
        assert repo.remarks == []
        assert 1_000 - len(hub.refusals) == 9

    @pytest.mark.parametrize("kind", ["unavailable", "broken", "secondary", "primary", "too-many", "abuse"])
    @pytest.mark.parametrize("came", [True, False], ids=["came through", "did not"])
    def test_faults_of_a_write(
        self, hub: FakeGitHub, repo: Repo, thread: Thread, time: FakeTime, monkeypatch: pytest.MonkeyPatch, kind: str, *, came: bool
    ) -> None:  # fmt: skip
        """The answer to a write is an error, whether it was carried out or not: there is one comment in the end."""
        hub.refuse(kind, 20, clock=time.now)
        (answer,), hub.refusals = hub.refusals, []
        real, failed = hub.answer, []

        def once(exchange: Exchange) -> Answer:
            if exchange.method != "POST" or failed:
                return real(exchange)
            failed.append(exchange)
            if came:
                real(exchange)
            return answer

        monkeypatch.setattr(hub, "answer", once)
        upsert(thread, MINE, says(MINE))
        assert bodies(repo) == [text_of(MINE)]
        assert time.seconds - 1000 < 120

    def test_faults_of_a_limit_that_is_too_long(
        self, hub: FakeGitHub, thread: Thread, time: FakeTime
    ) -> None:
        hub.refuse("secondary", 3600, clock=time.now)
        with pytest.raises(RateLimited) as error:
            upsert(thread, MINE, says(MINE))
        assert error.value.reset_at >= 4600
        assert time.seconds < 1120
        assert len(hub.log) == 3  # who we are, twice, and the one that was refused

    def test_faults_of_somebody_who_takes_it_away(
        self, hub: FakeGitHub, repo: Repo, thread: Thread, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        hub.remark(repo, 7, BOT, text_of(header(run=1)))
        real = thread.comments.get

        def gone(number: int) -> object:
            repo.remarks.clear()
            return real(number)

        monkeypatch.setattr(thread.comments, "get", gone)
        upsert(thread, MINE, says(MINE))
        assert bodies(repo) == [text_of(MINE)]

    def test_faults_of_a_comment_that_is_never_there(
        self, hub: FakeGitHub, repo: Repo, thread: Thread, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        hub.remark(repo, 7, BOT, text_of(header(run=1)))

        def gone(_number: int) -> object:
            raise NotFound("the comment is gone")

        monkeypatch.setattr(thread.comments, "get", gone)
        with pytest.raises(Unreachable, match="again and again"):
            upsert(thread, MINE, says(MINE))
        assert writes(hub) == []

    def test_faults_of_somebody_who_always_writes(
        self, hub: FakeGitHub, repo: Repo, thread: Thread, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        hub.remark(repo, 7, BOT, text_of(header(run=1)))
        real = thread.comments.every

        def changed() -> object:
            repo.remarks[0].body = text_of(header(run=1))
            return real()

        monkeypatch.setattr(thread.comments, "every", changed)
        with pytest.raises(Unreachable, match="again and again"):
            upsert(thread, MINE, says(MINE))
        assert writes(hub) == ["PATCH"] * 3

    def test_faults_of_somebody_who_writes_in_between(
        self, hub: FakeGitHub, repo: Repo, thread: Thread, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """What changed since the last look is looked at again before it is written over."""
        hub.remark(repo, 7, BOT, text_of(header(run=1)))
        real, newer = thread.comments.get, text_of(header(run=9, head=NEXT))

        def changed(number: int) -> object:
            repo.remarks[0].body = newer
            return real(number)

        monkeypatch.setattr(thread.comments, "get", changed)
        assert upsert(thread, MINE, says(MINE)).older
        assert bodies(repo) == [newer]


class TestTheFile:
    def test_a_token_that_may_not(
        self, hub: FakeGitHub, repo: Repo, github: GitHub, clock: Clock, tmp_path: Path
    ) -> None:
        hub.readers.add(TOKEN)
        file = tmp_path / "comment.md"
        made = comment("planned", many(10))
        posted = post(
            github, Place(*HERE, str(file), str(tmp_path)), made.header, lambda budget, _: render(made, budget), clock=clock
        )  # fmt: skip
        assert (posted.file, posted.url, posted.id) == (str(file), "", 0)
        assert file.read_text(encoding="utf-8") == render(made)
        assert "pull-requests: write" in posted.notice
        assert f"It is in {file}; where a fork" in posted.notice
        assert "workflow_run" in posted.notice
        assert TOKEN not in posted.notice
        assert repo.remarks == []

    @pytest.mark.parametrize("kind", ["forbidden", "unavailable", "broken"])
    def test_faults_at_the_first_request(
        self, hub: FakeGitHub, github: GitHub, clock: Clock, tmp_path: Path, kind: str
    ) -> None:
        hub.refuse(kind, times=100)
        file = tmp_path / "comment.md"
        posted = post(github, Place(*HERE, str(file), str(tmp_path)), MINE, says(MINE), clock=clock)
        assert posted.why
        assert file.read_text(encoding="utf-8") == text_of(MINE)

    def test_where_it_may(self, repo: Repo, github: GitHub, clock: Clock, tmp_path: Path) -> None:
        place = Place(*HERE, str(tmp_path / "comment.md"), str(tmp_path))
        assert post(github, place, MINE, says(MINE), clock=clock).notice == ""
        assert list(tmp_path.iterdir()) == []
        assert len(repo.remarks) == 1

    def test_a_link_out_of_the_workspace(
        self, hub: FakeGitHub, github: GitHub, clock: Clock, tmp_path: Path
    ) -> None:
        hub.readers.add(TOKEN)
        workspace, outside = tmp_path / "work", tmp_path / "outside"
        workspace.mkdir()
        outside.mkdir()
        (workspace / "out").symlink_to(outside)
        with pytest.raises(UsageError, match="comment-file: a link leads"):
            post(
                github,
                Place(*HERE, str(workspace / "out" / "c.md"), str(workspace)),
                MINE,
                says(MINE),
                clock=clock,
            )
        assert list(outside.iterdir()) == []


def test_nobody_knows_whose_the_token_is(hub: FakeGitHub, github: GitHub) -> None:
    hub.refuse("forbidden", times=2)
    with pytest.raises(Unauthorized):
        open_thread(github, *HERE)
