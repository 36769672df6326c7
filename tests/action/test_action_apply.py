"""`command: apply`: a pull request's whole life, and what is refused because nobody approved it."""

from __future__ import annotations

import hashlib
import html
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Callable

import pytest
from fake_pulls import Pull
from pull_life import BOT, CODEX_TOKEN, TOKEN, Life, living
from runner_commands import parse_log
from runner_job import Runner
from sync_project import INSIDE, MANIFEST

from codex_action.action import asked
from codex_action.report import marker
from codex_action.sync import apply as applying
from codex_action.sync.approval import Approval
from codex_action.sync.model import Action, Plan
from codex_action.sync.saved import from_json, to_json

pytestmark = pytest.mark.slow


@pytest.fixture
def life(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Life]:
    with living(tmp_path, monkeypatch) as made:
        made.change({"docs/a.md": "a\n"})
        yield made


def errors(capsys: pytest.CaptureFixture[str]) -> list[str]:
    log = capsys.readouterr().out
    assert TOKEN not in log
    assert CODEX_TOKEN not in log
    return [item.data for item in parse_log(log) if item.name == "error"]


@pytest.mark.parametrize("how", ["merge", "squash", "rebase"])
def test_a_pull_request_s_life(life: Life, how: str) -> None:
    """Opened, planned, pushed to, planned anew, merged, applied; and a run that is repeated does nothing more."""
    states = []
    for change in ({"docs/a.md": "a\n"}, {"docs/b.md": "b\n"}):
        life.change(change)
        assert life.plan()[0] == 0
        states.append((life.said()[0].state, life.said()[0].head == life.pull.sha))
    assert life.desk.pushed() == {}
    life.merge(how)
    code, runner = life.apply()
    said, body = life.said()
    states.append((said.state, said.head == life.pull.sha))
    assert (code, states) == (0, [("planned", True), ("planned", True), ("applied", True)])
    assert life.desk.pushed() == {"docs/a.md": b"a\n", "docs/b.md": b"b\n"}
    commit = life.desk.server.git("rev-parse", "main").strip()
    assert "2 added" in body
    assert commit[:7] in body
    assert json.loads(life.project.read(MANIFEST))["codex"]["commit"] == commit
    assert (runner.outputs["result"], runner.outputs["to-add"], runner.outputs["pr-urls"]) == (
        "passed",
        "2",
        "",
    )
    assert len(life.remarks) == 1
    assert life.apply()[0] == 0
    assert life.desk.server.git("rev-parse", "main").strip() == commit


def test_while_it_is_written_the_comment_says_so(life: Life) -> None:
    life.plan()
    life.merge()
    seen = []
    for exchange in life.hub.log:
        assert exchange.method != "PATCH"
    life.apply()
    for exchange in life.hub.log:
        if exchange.method == "PATCH":
            found = marker.read(json.loads(exchange.body)["body"])
            assert found is not None
            seen.append((found.state, found.approval is not None))
    assert seen == [("applying", True), ("applied", True)]


def test_a_plan_that_is_out_of_date_is_refused_by_name(
    life: Life, capsys: pytest.CaptureFixture[str]
) -> None:
    life.plan()
    life.merge("squash")
    life.project.commit({"docs/late.md": "nobody saw it\n"})
    life.pull.landed = (life.project.git("rev-parse", "HEAD").strip(),)
    code, runner = life.apply()
    said, body = life.said()
    assert (code, said.state) == (4, "refused")
    assert "docs/late" in body
    (error,) = errors(capsys)
    assert "create docs/late.md (codex) is not in the approved plan" in error
    assert "docs/a.md" not in error
    assert (runner.outputs["result"], runner.outputs["exit-code"]) == ("failed", "4")
    assert life.desk.pushed() == {}


def test_what_others_changed_in_the_codex_repository_does_not_matter(life: Life) -> None:
    life.sync()
    life.change({"docs/a.md": "mine\n"})
    life.plan()
    life.merge()
    life.desk.elsewhere({INSIDE + "docs/c.md": "theirs\n"})
    assert life.apply()[0] == 0
    assert life.desk.pushed() == {"docs/a.md": b"mine\n", "docs/c.md": b"theirs\n"}


@pytest.mark.parametrize(
    ("break_it", "why"),
    [
        pytest.param("foreign", "pull request 7 has no plan", id="somebody-else-s-comment"),
        pytest.param("edited", "pull request 7 has no plan", id="a-marker-that-was-edited"),
        pytest.param("head", "was merged", id="pushed-to-since"),
        pytest.param("failed", "the last one is failed", id="no-plan-since"),
        pytest.param("direct", "came with no pull request", id="pushed-directly"),
        pytest.param("other", "came with no pull request", id="merged-elsewhere"),
    ],
)
def test_without_an_approval_nothing_is_written(
    life: Life, capsys: pytest.CaptureFixture[str], break_it: str, why: str
) -> None:
    life.plan()
    said, body = life.said()
    if break_it == "foreign":
        life.remarks[0].author = "mallory"
    elif break_it == "edited":
        life.remarks[0].body = body.replace('"v":1', '"v":2')
    elif break_it == "head":
        life.change({"docs/b.md": "b\n"})
    elif break_it == "failed":
        life.remarks[0].body = marker.write(said._replace(state="failed", approval=None)) + "\n"
    life.merge()
    if break_it == "direct":
        life.pull.landed = ("e" * 40,)
    elif break_it == "other":
        life.pull.base = "release"
    code, _ = life.apply()
    assert code == 4
    (error,) = errors(capsys)
    assert why in error
    assert life.desk.pushed() == {}
    ours = [found for item in life.remarks if item.author == BOT and (found := marker.read(item.body))]
    assert [found.state for found in ours] == (
        ["planned"] if break_it in ("direct", "other") else ["refused"]
    )


def test_a_wrong_head_once_takes_no_approval_away(life: Life, capsys: pytest.CaptureFixture[str]) -> None:
    """GitHub told of another commit at first: the run that is repeated stands on what was approved all the same."""
    life.plan()
    life.merge()
    right, life.pull.sha = life.pull.sha, "e" * 40
    assert life.apply()[0] == 4
    assert "and eeeeeee was merged" in errors(capsys)[0]
    assert life.said()[0].state == "refused"
    assert life.apply()[0] == 4
    life.pull.sha = right
    assert life.apply()[0] == 0
    assert life.said()[0].state == "applied"


def test_an_approval_that_was_forged_covers_nothing(life: Life, capsys: pytest.CaptureFixture[str]) -> None:
    life.plan()
    said, _ = life.said()
    assert said.approval is not None
    assert said.approval.operations is not None
    forged = Approval("f" * 64, said.approval.operations)
    life.remarks[0].body = marker.write(said._replace(approval=forged)) + "\n"
    life.merge()
    assert life.apply()[0] == 4
    assert len(errors(capsys)) == 1


def test_nothing_to_do_needs_no_approval(life: Life) -> None:
    life.desk.elsewhere({INSIDE + "docs/a.md": "a\n"})
    life.merge()
    assert life.apply()[0] == 0
    assert life.remarks == []


def test_without_the_need_of_an_approval(life: Life) -> None:
    life.merge()
    assert life.apply(require_approved_plan="false")[0] == 0
    assert life.desk.pushed() == {"docs/a.md": b"a\n"}
    assert life.said()[0].state == "applied"


def test_a_dry_run_shows_and_checks(life: Life) -> None:
    life.plan()
    life.merge()
    code, runner = life.apply(dry_run="true")
    assert (code, runner.outputs["to-add"]) == (0, "1")
    assert life.said()[0].state == "planned"
    life.project.commit({"docs/late.md": "x\n"})
    life.pull.landed = (life.project.git("rev-parse", "HEAD").strip(),)
    assert life.apply(dry_run="true")[0] == 4
    assert life.said()[0].state == "planned"
    assert life.desk.pushed() == {}


def test_a_pull_request_in_the_codex_repository(life: Life) -> None:
    life.plan()
    life.merge()
    life.hub.logins[CODEX_TOKEN] = "deployer[bot]"
    code, runner = life.apply(apply_via="pull-request")
    assert code == 0
    (asked,) = life.codex.pulls
    assert (asked.head, asked.base) == ("codex-sync/handbook", "main")
    assert runner.outputs["pr-urls"] == f"{life.hub.url}/umbrella/codex/pull/{asked.number}"
    assert life.desk.pushed("codex-sync/handbook") == {"docs/a.md": b"a\n"}
    assert life.said()[0].state == "applied"


def test_a_conflict_is_left_and_said(life: Life) -> None:
    life.desk.elsewhere({INSIDE + "docs/a.md": "other\n"})
    life.change({"docs/b.md": "b\n"})
    life.plan()
    life.merge()
    assert life.apply()[0] == 6
    assert life.said()[0].state == "partly"
    assert life.apply(fail_on="never")[0] == 0
    assert life.desk.pushed() == {"docs/a.md": b"other\n", "docs/b.md": b"b\n"}


def test_where_nothing_could_be_applied_it_has_failed(life: Life) -> None:
    """`partly` says that something was."""
    life.desk.elsewhere({INSIDE + "docs/a.md": "other\n"})
    life.plan()
    life.merge()
    assert life.apply()[0] == 6
    said, body = life.said()
    assert said.state == "failed"
    assert "### Codex sync not applied: **1 conflict**" in body
    assert "A conflict leaves both files alone" in body


def test_what_was_applied_before_is_not_forgotten(life: Life) -> None:
    life.desk.elsewhere({INSIDE + "docs/a.md": "other\n"})
    life.change({"docs/b.md": "b\n"})
    life.plan()
    life.merge()
    states = [life.apply()[0] and life.said()[0].state, life.apply()[0] and life.said()[0].state]
    assert life.apply(codex_token="")[0] == 5
    assert [*states, life.said()[0].state] == ["partly"] * 3


def test_what_is_pushed_and_cannot_be_remembered_is_applied_in_part(
    life: Life, monkeypatch: pytest.MonkeyPatch
) -> None:
    life.plan()
    life.merge()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(applying, "write_journal", full)
    assert life.apply()[0] == 6
    said, body = life.said()
    assert said.state == "partly"
    assert "no space left on device" in body
    assert life.desk.pushed() == {"docs/a.md": b"a\n"}


def test_a_gate_stops_it(life: Life) -> None:
    life.change({"docs/b.md": "b\n"})
    life.sync()
    (life.project.root / "docs/a.md").unlink()
    life.change({})
    life.plan()
    life.merge()
    assert life.apply(max_delete="0")[0] == 4
    assert life.said()[0].state == "refused"


def test_a_token_that_opens_too_little(life: Life, capsys: pytest.CaptureFixture[str]) -> None:
    life.plan()
    life.merge()
    assert life.apply(codex_token="")[0] == 5
    (error,) = errors(capsys)
    assert "give codex-token the token of an App" in error
    said, body = life.said()
    assert (said.state, said.approval is not None) == ("failed", True)
    assert "### Codex sync not applied" in body
    assert "codex-token" in body
    assert "docs/a" in body  # the plan is still there
    assert life.apply()[0] == 0  # the same approval holds when it is run again
    assert life.said()[0].state == "applied"


def test_two_plans_of_one_pull_request(life: Life, capsys: pytest.CaptureFixture[str]) -> None:
    life.plan(comment_key="prod")
    life.merge()
    assert life.apply()[0] == 4
    assert "pull request 7 has no plan" in errors(capsys)[0]
    assert life.apply(comment_key="prod")[0] == 0


def test_a_revert_is_another_pull_request(life: Life, capsys: pytest.CaptureFixture[str]) -> None:
    life.change({"docs/b.md": "b\n"})
    life.plan()
    life.merge()
    life.apply()
    life.project.git("rm", "--quiet", "docs/a.md")
    life.project.commit({})
    assert life.apply(max_delete="9")[0] == 4
    assert "came with no pull request" in errors(capsys)[0]
    assert life.desk.pushed() == {"docs/a.md": b"a\n", "docs/b.md": b"b\n"}


class TestLate:
    """A run that comes after another push's: of docs/c.md one pull request makes `new`, the next takes it back."""

    @pytest.fixture
    def late(self, life: Life) -> Life:
        life.change({"docs/c.md": "old\n"})
        life.plan()
        life.merge()
        assert life.apply()[0] == 0
        self.remember(life)
        life.turn_to(8, "forth")
        life.change({"docs/c.md": "new\n"})
        life.plan()
        life.merge()
        return life

    def remember(self, life: Life) -> None:
        """The commit of the example's last step."""
        life.project.commit({})
        life.tell()
        life.start = life.project.git("rev-parse", "main").strip()

    def back(self, life: Life, to: str) -> tuple[int, Runner]:
        """The pull request that takes it back lands and is applied; then the run of the one before."""
        life.turn_to(9, "back")
        life.change({"docs/c.md": "old\n"})
        life.plan()
        life.merge()
        assert life.apply()[0] == 0
        self.remember(life)
        assert life.desk.pushed()["docs/c.md"] == b"old\n"
        life.project.git("checkout", "--quiet", to)
        return life.apply()

    @pytest.mark.parametrize("again", [True, False])
    def test_what_a_later_one_took_back_stays_so(
        self, late: Life, capsys: pytest.CaptureFixture[str], *, again: bool
    ) -> None:
        merge = late.project.git("rev-parse", "main").strip()
        if again:
            assert late.apply()[0] == 0
        self.remember(late)
        assert self.back(late, merge)[0] == 4
        assert f"docs/c.md was changed on main after {merge[:7]}" in errors(capsys)[0]
        assert late.desk.pushed()["docs/c.md"] == b"old\n"

    def test_other_files_do_not_matter(self, late: Life) -> None:
        merge = late.project.git("rev-parse", "main").strip()
        late.project.commit({"docs/d.md": "d\n"})
        late.tell()
        late.project.git("checkout", "--quiet", merge)
        assert late.apply()[0] == 0
        assert late.desk.pushed()["docs/c.md"] == b"new\n"

    def test_what_came_from_there_may_have_been_committed_before(self, late: Life) -> None:
        """The first attempt did all, and its last step committed it."""
        assert late.apply()[0] == 0
        self.remember(late)
        late.desk.elsewhere({INSIDE + "docs/e.md": "e\n"})
        late.turn_to(9, "both")
        late.change({"docs/f.md": "f\n"})
        late.plan(direction="bidirectional")
        merge = late.merge()
        assert late.apply(direction="bidirectional")[0] == 0
        assert late.project.read("docs/e.md") == b"e\n"
        self.remember(late)
        late.project.git("checkout", "--quiet", merge)
        assert late.apply(direction="bidirectional")[0] == 0

    def test_a_commit_that_was_pushed_away(self, late: Life, capsys: pytest.CaptureFixture[str]) -> None:
        merge = late.project.git("rev-parse", "main").strip()
        late.project.git("reset", "--quiet", "--hard", late.start)
        late.tell()
        late.project.git("checkout", "--quiet", merge)
        assert late.apply()[0] == 4
        assert "is none of main's commits any more" in errors(capsys)[0]
        assert late.desk.pushed()["docs/c.md"] == b"old\n"


class TestWhere:
    @pytest.mark.parametrize("event", ["pull_request", "pull_request_target", "workflow_run", "merge_group"])
    def test_events_that_are_somebody_else_s(
        self, life: Life, capsys: pytest.CaptureFixture[str], event: str
    ) -> None:
        life.plan()
        life.merge()
        asked = len(life.hub.log)
        assert life.apply(event, ref="refs/pull/7/merge")[0] == 4
        assert len(errors(capsys)) == 1
        assert (len(life.hub.log), life.desk.pushed()) == (asked, {})

    @pytest.mark.parametrize("ref", ["refs/heads/topic", "refs/tags/main", ""])
    def test_the_default_branch_alone(self, life: Life, capsys: pytest.CaptureFixture[str], ref: str) -> None:
        assert life.apply(ref=ref)[0] == 4
        assert "for the default branch alone" in errors(capsys)[0]

    def test_a_run_by_hand(self, life: Life) -> None:
        life.plan()
        life.merge()
        assert life.apply("workflow_dispatch")[0] == 0
        assert life.said()[0].state == "applied"

    def test_auto(self, life: Life) -> None:
        life.plan(command="auto")
        life.merge()
        assert life.apply(command="auto")[0] == 0
        assert life.said()[0].state == "applied"

    def test_without_a_token(self, life: Life, capsys: pytest.CaptureFixture[str]) -> None:
        life.merge()
        assert life.apply(token="")[0] == 4
        assert "without a token" in errors(capsys)[0]


# --- whose approval counts ---


def of_mallory(life: Life, actions: Callable[[Plan], tuple[Action, ...]]) -> Pull:
    """Pull request 9, opened from a fork's branch at the very commit of 7, with a plan file of its author's choice."""
    _, runner = life.plan()
    genuine = from_json(Path(runner.outputs["plan-file"]).read_bytes())
    nine = Pull(9, "evil", "main", "Evil", owner="mallory", sha=life.pull.sha)
    life.repo.pulls.append(nine)
    life.project.write({"p.json": to_json(replace(genuine, actions=actions(genuine)))})
    ended = {
        "id": 802, "run_attempt": 1, "event": "pull_request", "head_sha": life.pull.sha, "head_branch": "evil",
        "head_repository": {"owner": {"login": "mallory"}}, "pull_requests": [],
    }  # fmt: skip
    told = life.runner("workflow_run", {"workflow_run": ended}, "refs/heads/main")
    assert told.run(command="report", token=TOKEN, plan_file="p.json", comment="always") == 0
    (life.project.root / "p.json").unlink()
    return nine


def test_a_fork_s_pull_request_from_the_same_commit_approves_nothing(life: Life) -> None:
    late = "nobody saw it\n"

    def more(plan: Plan) -> tuple[Action, ...]:
        digest = hashlib.sha256(late.encode()).hexdigest()
        return *plan.actions, plan.actions[0]._replace(path="docs/late.md", after=digest, size=len(late))

    nine = of_mallory(life, more)
    life.merge()
    life.project.commit({"docs/late.md": late})
    sha = life.project.git("rev-parse", "HEAD").strip()
    life.pull.landed = nine.landed = (sha,)
    nine.state = "closed"  # GitHub takes it for merged: its head is in main now
    assert life.apply()[0] == 4
    assert life.desk.pushed() == {}


def test_a_fork_s_pull_request_from_the_same_commit_forbids_nothing(life: Life) -> None:
    nine = of_mallory(life, lambda _: ())
    nine.landed = (life.merge(),)
    nine.state = "closed"
    assert life.apply()[0] == 0
    assert life.desk.pushed() == {"docs/a.md": b"a\n"}


def test_of_several_that_came_with_one_commit_none_is_taken(
    life: Life, capsys: pytest.CaptureFixture[str]
) -> None:
    life.plan()
    sha = life.merge()
    life.repo.pulls.append(Pull(8, "other", "main", "x", sha=life.pull.sha, landed=(sha,), state="closed"))
    assert life.apply()[0] == 4
    assert "came with several pull requests: 7, 8" in capsys.readouterr().out


# --- several pull requests in one push ---


def landing(life: Life, how: str = "merge", *, planned: tuple[int, ...] = (7, 8), last: int = 8) -> str:
    """Pull requests 7 and 8, each with its own plan, land with one push. Where the branch was before it."""
    if 7 in planned:
        life.plan()
    life.turn_to(8, "other")
    life.change({"docs/b.md": "b\n"})
    if 8 in planned:
        life.plan()
    for number, branch in sorted([(7, "topic"), (8, "other")], key=lambda pair: pair[0] == last):
        life.turn_to(number, branch)
        life.merge(how)
    return life.start


@pytest.mark.parametrize("how", ["merge", "squash", "rebase"])
def test_several_land_with_one_push(life: Life, how: str) -> None:
    """As a merge queue's, or somebody's who merges by hand: what each plan listed is applied, and each one says so."""
    before = landing(life, how)
    code, runner = life.apply(before=before)
    assert (code, life.desk.pushed()) == (0, {"docs/a.md": b"a\n", "docs/b.md": b"b\n"})
    assert len(runner.outputs["comment-url"].splitlines()) == 2
    for number, other, pull in ((7, 8, life.repo.pulls[0]), (8, 7, life.repo.pulls[1])):
        said, body = life.said(number)
        body = html.unescape(body)
        assert (said.state, said.head) == ("applied", pull.sha)
        assert f"It landed together with pull request {other}: this is of all of them." in body
        assert "2 added" in body
    assert life.apply(before=before)[0] == 0


def test_of_several_each_has_its_file_where_nobody_may_comment(life: Life) -> None:
    before = landing(life)
    life.hub.readers.add(TOKEN)
    code, runner = life.apply(before=before)
    assert code == 0
    texts = [
        html.unescape(Path(file).read_text("utf-8")) for file in runner.outputs["comment-file"].splitlines()
    ]
    assert [re.findall(r"together with pull request (\d+)", text) for text in texts] == [["8"], ["7"]]


@pytest.mark.parametrize("planned", [(7,), (8,), ()], ids=str)
def test_of_several_one_was_not_approved(
    life: Life, capsys: pytest.CaptureFixture[str], planned: tuple[int, ...]
) -> None:
    """What nobody approved is refused by name, and with it all; every comment says which one it was."""
    before = landing(life, planned=planned)
    missing = sorted({7, 8} - {*planned})
    assert (life.apply(before=before)[0], life.desk.pushed()) == (4, {})
    (error,) = errors(capsys)
    for number in (7, 8):
        file = {7: "docs/a.md", 8: "docs/b.md"}[number]
        said, body = life.said(number)
        assert said.state == "refused"
        assert (f"pull request {number} has no plan" in error) == (number in missing)
        assert (f"create {file} (codex) is not in the approved plan" in error) == (number in missing)
        assert all(f"pull request {one} has no plan" in body for one in missing)
        assert (said.approval is not None) == (number in planned)


def test_one_that_needs_no_plan_stops_no_other_and_hears_nothing(life: Life) -> None:
    life.plan()
    life.turn_to(8, "other")
    life.change({"src/code.py": "x = 1\n"})
    life.merge()
    life.turn_to(7, "topic")
    life.merge()
    assert life.apply(before=life.start)[0] == 0
    assert life.desk.pushed() == {"docs/a.md": b"a\n"}
    assert [remark.number for remark in life.remarks] == [7]


def test_what_two_of_them_make_of_one_file_nobody_has_approved(
    life: Life, capsys: pytest.CaptureFixture[str]
) -> None:
    text = "one\n\n\n\n\ntwo\n"
    life.change({"docs/a.md": text})
    life.plan()
    life.turn_to(8, "other")
    life.project.git("reset", "--quiet", "--hard", "topic")
    life.change({"docs/a.md": text.replace("two", "three")})
    life.turn_to(7, "topic")
    life.change({"docs/a.md": text.replace("one", "zero")})
    life.plan()
    life.turn_to(8, "other")
    life.plan()
    for number, branch in ((7, "topic"), (8, "other")):
        life.turn_to(number, branch)
        life.merge()
    assert (life.apply(before=life.start)[0], life.desk.pushed()) == (4, {})
    assert "create docs/a.md (codex) is not in the approved plan" in errors(capsys)[0]
    assert [life.said(number)[0].state for number in (7, 8)] == ["refused", "refused"]


def test_a_push_whose_forerunner_is_not_applied_yet_is_refused_until_it_is(
    life: Life, capsys: pytest.CaptureFixture[str]
) -> None:
    before = landing(life)
    first = life.repo.pulls[0].landed[-1]
    assert life.apply(before=first)[0] == 4
    assert "create docs/a.md (codex)" in errors(capsys)[0]
    life.project.git("checkout", "--quiet", first)
    assert life.apply(before=before)[0] == 0
    life.project.git("add", "--all")
    life.project.git("stash", "--quiet")
    life.project.git("checkout", "--quiet", "main")
    assert life.apply(before=first)[0] == 0
    assert [life.said(number)[0].state for number in (7, 8)] == ["applied", "applied"]
    assert life.desk.pushed() == {"docs/a.md": b"a\n", "docs/b.md": b"b\n"}


def test_where_a_push_cannot_be_looked_at_the_last_one_counts(
    life: Life, capsys: pytest.CaptureFixture[str]
) -> None:
    landing(life)
    assert (life.apply(before="e" * 40)[0], life.desk.pushed()) == (4, {})
    (error,) = errors(capsys)
    assert "of what was pushed since eeeeeee only" in error
    assert "create docs/a.md (codex)" in error
    assert "docs/b.md" not in error
    assert [life.said(number)[0].state for number in (7, 8)] == ["planned", "refused"]


def test_a_fork_s_pull_request_from_a_commit_in_between_approves_nothing(life: Life) -> None:
    """GitHub takes it for merged with the branch that has its commit; nobody merged it, and it may list anything."""
    nine = of_mallory(life, lambda plan: plan.actions)
    life.change({"src/code.py": "x = 1\n"})
    life.project.git("checkout", "--quiet", "main")
    life.project.git("merge", "--quiet", "--ff-only", "topic")
    life.repo.pulls.remove(life.pull)
    nine.state, nine.landed = "closed", (nine.sha,)
    code, _ = life.apply(before=life.start)
    assert (code, life.desk.pushed()) == (4, {})


def test_nothing_of_a_push_came_with_a_pull_request(life: Life, capsys: pytest.CaptureFixture[str]) -> None:
    before = landing(life)
    for pull in life.repo.pulls:
        pull.base = "release"
    assert life.apply(before=before)[0] == 4
    assert "of this push came with a pull request" in errors(capsys)[0]


def test_a_plan_is_approved_for_one_codex_repository(
    life: Life, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    life.plan()
    assert "umbrella&#47;codex" in life.said()[1] or "umbrella/codex" in life.said()[1]
    life.merge()
    monkeypatch.setattr(asked, "codex_name", lambda _: "umbrella/another")
    assert life.apply(codex_repository="")[0] == 4
    assert "pull request 7 has no plan" in capsys.readouterr().out


@pytest.mark.parametrize(
    "inputs", [{"fail_on": "never"}, {"command": "auto", "sarif_file": "x.sarif"}], ids=["never", "sarif"]
)
def test_what_was_stopped_never_passes(life: Life, inputs: dict[str, str]) -> None:
    life.change({"docs/b.md": "b\n"})
    life.sync()
    (life.project.root / "docs/a.md").unlink()
    life.change({"docs/b.md": "b2\n"})
    life.plan(max_delete="0")
    life.merge()
    code, runner = life.apply(max_delete="0", require_approved_plan="false", **inputs)
    assert (code, runner.outputs["result"], runner.outputs["exit-code"]) == (4, "failed", "4")
