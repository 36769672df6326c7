"""`command: report`: a fork's plan is a stranger's file, and the pull request is the one that GitHub names."""

from __future__ import annotations

import html
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Callable

import pytest
from comment_world import many
from fake_pulls import Pull
from pull_life import TOKEN, Life, living, plan_in
from runner_commands import parse_log
from runner_job import Runner
from trees import Tree

from codex_action.sync.saved import to_json

ARTIFACT = "plan.json"


@pytest.fixture
def life(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Life]:
    """A pull request from mallory's fork, planned with a token that may only read."""
    with living(tmp_path, monkeypatch) as made:
        made.change({"docs/a.md": "a\n"})
        made.pull.owner = "mallory"
        made.hub.readers.add(TOKEN)
        _, runner = made.plan()
        made.hub.readers.clear()
        made.project.write({ARTIFACT: Path(runner.outputs["plan-file"]).read_bytes()})
        made.project.git("checkout", "--quiet", "main")
        yield made


def report(
    life: Life,
    place: Tree | None = None,
    *,
    event: str = "workflow_run",
    run: dict[str, Any] | None = None,
    **inputs: str,
) -> tuple[int, Runner]:
    """The job in the repository itself, or in another workspace, after the fork's run 801."""
    ended = {
        "id": 801, "run_attempt": 1, "event": "pull_request", "head_sha": life.pull.sha, "head_branch": "topic",
        "head_repository": {"owner": {"login": "mallory"}}, "pull_requests": [], **(run or {}),
    }  # fmt: skip
    runner = life.runner(event, {"workflow_run": ended}, "refs/heads/main")
    if place:
        runner.environ["GITHUB_WORKSPACE"] = str(place.root)
    return runner.run(**{"command": "report", "token": TOKEN, "plan_file": ARTIFACT, **inputs}), runner


def test_a_fork_s_plan_is_told_and_applied(life: Life) -> None:
    code, runner = report(life)
    assert code == 0
    said, body = life.said()
    assert (said.state, said.head, said.run) == ("planned", life.pull.sha, 801)
    assert "1 to add" in body
    assert runner.outputs["comment-url"].endswith("/pull/7#issuecomment-101")
    assert runner.outputs["plan-digest"] == plan_in(str(life.project.root / ARTIFACT))["digest"]
    assert life.server.seen == [] or life.asked_codex() == {True, False}
    (life.project.root / ARTIFACT).unlink()
    life.merge()
    assert life.apply()[0] == 0
    assert life.desk.pushed() == {"docs/a.md": b"a\n"}


def nothing_is_checked_out(life: Life, monkeypatch: pytest.MonkeyPatch) -> Tree:
    """A workspace that holds the artifact alone, as examples/workflows/plan-of-forks.yml leaves it."""
    place = life.files / "empty"
    place.mkdir()
    (place / ARTIFACT).write_bytes((life.project.root / ARTIFACT).read_bytes())
    (life.project.root / ARTIFACT).unlink()
    monkeypatch.chdir(place)
    return Tree(place)


def test_where_nothing_is_checked_out_the_plan_is_approved_all_the_same(
    life: Life, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = nothing_is_checked_out(life, monkeypatch)
    assert report(life, place, codex_repository="Umbrella/codex")[0] == 0
    assert "Umbrella/codex" in html.unescape(life.said()[1])
    monkeypatch.chdir(life.project.root)
    life.merge()
    assert life.apply()[0] == 0
    assert life.desk.pushed() == {"docs/a.md": b"a\n"}


def test_without_a_name_no_plan_is_told_that_nobody_could_find(
    life: Life, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert report(life, nothing_is_checked_out(life, monkeypatch))[0] == 2
    assert "codex-repository: empty" in capsys.readouterr().out
    assert life.remarks == []


def test_auto_reports(life: Life) -> None:
    assert report(life, command="auto")[0] == 0
    assert life.said()[0].state == "planned"


@pytest.mark.parametrize(
    ("run", "why"),
    [
        pytest.param({"event": "push"}, "was not of a pull request", id="of-a-push"),
        pytest.param({"head_sha": "e" * 40}, "no open pull request is at eeeeeee", id="pushed-to-since"),
        pytest.param({"head_branch": "main"}, "no open pull request", id="another-branch"),
        pytest.param(
            {"head_repository": {"owner": {"login": "umbrella"}}}, "no open pull request", id="not-the-fork"
        ),
    ],
)
def test_only_the_pull_request_that_github_names(
    life: Life, capsys: pytest.CaptureFixture[str], run: dict[str, Any], why: str
) -> None:
    assert report(life, run=run)[0] == 0
    assert life.remarks == []
    assert why in capsys.readouterr().out


def test_a_pull_request_that_was_closed(life: Life) -> None:
    life.pull.state = "closed"
    assert report(life)[0] == 0
    assert life.remarks == []


@pytest.mark.parametrize("event", ["pull_request", "push", "pull_request_target"])
def test_other_events(life: Life, capsys: pytest.CaptureFixture[str], event: str) -> None:
    assert report(life, event=event)[0] == 4
    assert "for workflow_run alone" in capsys.readouterr().out


def changed(**values: Any) -> Callable[[dict[str, Any]], object]:  # noqa: ANN401
    return lambda document: {**document, **values}


HOSTILE = "@team ![x](https://evil.example) <img src=x> ::error::x\n# h [l](https://evil.example)"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        pytest.param(lambda _: "not a mapping", 4, id="other-shape"),
        pytest.param(changed(schema="x@9"), 4, id="other-schema"),
        pytest.param(changed(operations=[]), 4, id="digest-does-not-fit"),
        pytest.param(changed(number=8, pull_request=8), 0, id="names-another-pull-request"),
        pytest.param(changed(project=HOSTILE, branch=HOSTILE, environment=HOSTILE, codex_commit=HOSTILE), 0, id="texts"),
        pytest.param(changed(refusals=[{"gate": HOSTILE, "message": HOSTILE, "hint": HOSTILE, "paths": [HOSTILE]}] * 50), 0, id="refusals"),
        pytest.param(changed(denied=[{"path": HOSTILE, "reason": HOSTILE}] * 500), 0, id="notes"),
        pytest.param(changed(project="\ud800" * 200_000), 0, id="no-utf-8"),
    ],
)  # fmt: skip
def test_a_hostile_plan(
    life: Life, capsys: pytest.CaptureFixture[str], change: Callable[[dict[str, Any]], object], code: int
) -> None:
    life.project.write({ARTIFACT: json.dumps(change(plan_in(str(life.project.root / ARTIFACT))))})
    assert report(life)[0] == code
    assert len(life.remarks) == (code == 0)
    for remark in life.remarks:
        assert remark.number == 7
        assert len(remark.body) <= 60_000
        for bad in ("@team", "![x]", "<img", "https://evil"):
            assert bad not in remark.body
    log = capsys.readouterr().out
    assert [item.data for item in parse_log(log) if item.name == "error" and item.data == "x"] == []


def test_a_plan_of_thousands(life: Life) -> None:
    life.project.write({ARTIFACT: to_json(many(3_000))})
    assert report(life)[0] == 0
    said, body = life.said()
    assert said.approval is not None
    assert said.approval.operations is None
    assert len(body.encode()) <= 60_000


def test_places_that_are_no_plan_s(life: Life, capsys: pytest.CaptureFixture[str]) -> None:
    outside = life.files / "outside.json"
    outside.write_bytes(life.project.read(ARTIFACT))
    (life.project.root / "link.json").symlink_to(outside)
    (life.project.root / "near.json").symlink_to(ARTIFACT)
    life.project.write({"large.json": b" " * (4 * 1024 * 1024 + 1)})
    rows = {
        "link.json": 2,
        "near.json": 2,
        str(outside): 2,
        "docs-none.json": 2,
        ".": 2,
        "large.json": 4,
        "": 2,
    }
    assert {name: report(life, plan_file=name)[0] for name in rows} == rows
    assert report(life, command="auto", plan_file="")[0] == 2
    assert life.remarks == []
    assert "longer than" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("wish", "comments"), [("always", 1), ("changes-only", 1), ("on-failure", 0), ("never", 0)]
)
def test_when_a_comment_is_made(life: Life, wish: str, comments: int) -> None:
    assert report(life, comment=wish)[0] == 0
    assert len(life.remarks) == comments


def test_a_pull_request_into_another_branch_is_not_told(
    life: Life, capsys: pytest.CaptureFixture[str]
) -> None:
    life.repo.pulls.append(Pull(8, "topic", "release", "x", owner="mallory", sha=life.pull.sha))
    assert report(life)[0] == 0
    assert [remark.number for remark in life.remarks] == [7]
    life.repo.pulls.append(Pull(9, "topic", "main", "x", owner="mallory", sha=life.pull.sha))
    assert report(life)[0] == 0
    assert "several open pull requests are at" in capsys.readouterr().out
