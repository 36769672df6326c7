"""`command: plan` on a pull request: the comment, the outputs, the files, and what it must not do."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from comment_world import header
from pull_life import BOT, CODEX_TOKEN, NAME, TOKEN, Life, living, plan_in
from runner_commands import parse_log
from sync_project import INSIDE

from codex_action.report import marker

pytestmark = pytest.mark.slow


@pytest.fixture
def life(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Life]:
    with living(tmp_path, monkeypatch) as made:
        made.change({"docs/a.md": "a\n"})
        yield made


def test_a_plan_is_told_everywhere(life: Life, capsys: pytest.CaptureFixture[str]) -> None:
    code, runner = life.plan(json_file="report.json")
    assert code == 0
    said, body = life.said()
    assert (said.state, said.head, said.run, said.base) == ("planned", life.pull.sha, 801, "b" * 40)
    assert said.codex == life.desk.server.git("rev-parse", "main").strip()
    assert said.approval is not None
    assert "1 to add" in body
    assert f"{life.server.url}/{NAME}/actions/runs/801" in body
    found = runner.outputs
    assert (found["to-add"], found["to-update"], found["to-delete"], found["conflicts"]) == (
        "1",
        "0",
        "0",
        "0",
    )
    assert (found["has-changes"], found["result"], found["exit-code"]) == ("true", "passed", "0")
    assert (found["comment-url"], found["comment-file"]) == (
        f"{life.hub.url}/{NAME}/pull/7#issuecomment-101",
        "",
    )
    plan = plan_in(found["plan-file"])
    assert plan["digest"] == found["plan-digest"]
    assert [row["path"] for row in plan["operations"]] == ["docs/a.md"]
    assert b"sync-project@1" in life.project.read("report.json")
    assert "1 to add" in runner.summary
    assert "codex-action {" not in runner.summary
    log = capsys.readouterr().out
    assert "docs/a.md" in log
    assert TOKEN not in log + body + runner.summary
    assert life.desk.pushed() == {}


def test_a_new_plan_takes_the_place_of_the_last(life: Life) -> None:
    life.plan()
    life.change({"docs/b.md": "b\n"})
    life.plan()
    said, body = life.said()
    assert (said.run, said.head) == (802, life.pull.sha)
    assert "2 to add" in body
    texts = [json.loads(item.body)["body"] for item in life.hub.log if item.method == "PATCH"]
    states = [(found.state, found.approval is None) for text in texts if (found := marker.read(text))]
    assert states == [("superseded", True), ("planned", False)]  # in between nothing could be applied


def test_a_plan_that_fails_keeps_the_last_one_out_of_date(
    life: Life, capsys: pytest.CaptureFixture[str]
) -> None:
    life.plan()
    life.change({"docs/b.md": "b\n"})
    code, runner = life.plan(codex_token="wrong")
    said, body = life.said()
    assert (code, said.state, said.head, said.approval) == (5, "failed", life.pull.sha, None)
    assert "The last plan, out of date" in body
    assert "docs/a" in body
    assert runner.outputs["result"] == "failed"
    assert [item.name for item in parse_log(capsys.readouterr().out)].count("error") == 1


@pytest.mark.parametrize(
    ("wish", "files", "comments"),
    [
        ("changes-only", {"docs/a.md": "a\n"}, 1),
        ("changes-only", {}, 0),
        ("always", {}, 1),
        ("on-failure", {"docs/a.md": "a\n"}, 0),
        ("never", {"docs/a.md": "a\n"}, 0),
    ],
)
def test_when_a_comment_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wish: str, files: dict[str, str], comments: int
) -> None:
    with living(tmp_path, monkeypatch) as life:
        life.change({"README.md": "r\n", **files})
        assert life.plan(comment=wish)[0] == 0
        assert len(life.remarks) == comments
        assert wish != "never" or life.hub.log == []


def test_a_comment_that_is_there_is_told_that_nothing_is_left(life: Life) -> None:
    life.plan()
    life.desk.elsewhere({INSIDE + "docs/a.md": "a\n"})
    life.plan()
    assert life.said()[0].state == "none"


def test_conflicts_and_gates(life: Life, capsys: pytest.CaptureFixture[str]) -> None:
    life.desk.elsewhere({INSIDE + "docs/a.md": "other\n"})
    assert life.plan()[0] == 0
    assert life.plan(fail_on="warning")[0] == 6
    assert life.plan(fail_on="never")[0] == 0
    assert life.said()[0].state == "planned"
    warnings = [item for item in parse_log(capsys.readouterr().out) if item.name == "warning"]
    assert {(item.properties["file"], item.properties["title"]) for item in warnings} == {
        ("docs/a.md", "codex sync conflict")
    }
    assert life.plan(conflict="keep-local", fail_on="warning")[0] == 0


@pytest.mark.parametrize("fail_on", ["", "error", "warning", "never"])
@pytest.mark.parametrize("command", ["plan", "apply", "validate", "migrate", "fetch"])
def test_the_outputs_say_what_the_job_ended_with(life: Life, command: str, fail_on: str) -> None:
    """Whatever `fail-on` makes of a conflict, a broken reference or a document that is not there."""
    life.desk.elsewhere({INSIDE + "docs/a.md": "other\n"})
    life.change({"docs/a.md": "mine\n", "docs/b.md": "codex://-bad/x/y.md\n"})
    life.plan()
    gone = {"references": "codex://umbrella/handbook/gone.md"} if command == "fetch" else {}
    given = {"fail_on": fail_on, **gone}
    if command == "apply":
        life.merge()
        code, runner = life.apply(**given)
    else:
        code, runner = life.plan(command=command, **given)
    assert (runner.outputs["result"], runner.outputs["exit-code"]) == (
        "failed" if code else "passed", str(code)
    )  # fmt: skip
    expected = {"plan": 6 if fail_on == "warning" else 0, "apply": 6, "validate": 1, "migrate": 0, "fetch": 5}
    assert code == (0 if fail_on == "never" else expected[command])


def test_a_plan_that_a_gate_stops(life: Life, capsys: pytest.CaptureFixture[str]) -> None:
    life.change({"docs/b.md": "b\n"})
    life.sync()
    (life.project.root / "docs/a.md").unlink()
    life.change({"docs/b.md": "b2\n"})
    code, runner = life.plan(max_delete="0")
    assert (code, runner.outputs["result"], runner.outputs["to-delete"]) == (4, "failed", "1")
    said, body = life.said()
    assert (said.state, said.approval) == ("planned", None)
    assert "Nothing can be applied as it is." in body
    assert [item.name for item in parse_log(capsys.readouterr().out)].count("error") == 1
    assert life.plan(max_delete="1")[0] == 0
    assert life.said()[0].approval is not None


class TestWhoseConfiguration:
    def test_no_token_goes_to_what_a_pull_request_names(
        self, life: Life, capsys: pytest.CaptureFixture[str]
    ) -> None:
        code, _ = life.plan(codex_repository="")
        assert code == 5
        assert life.asked_codex() == {False}
        assert "name it in the workflow, with codex-repository" in capsys.readouterr().out
        assert life.said()[0].state == "failed"

    def test_another_repository_than_the_workflow_s(
        self, life: Life, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert life.plan(codex_repository="umbrella/other")[0] == 3
        assert life.server.seen == []
        assert "the workflow allows umbrella/other alone" in capsys.readouterr().out

    def test_a_token_that_opens_too_little(self, life: Life, capsys: pytest.CaptureFixture[str]) -> None:
        assert life.plan(codex_token="")[0] == 5
        assert f"The workflow's own token opens {NAME} alone" in capsys.readouterr().out

    def test_a_checkout_of_the_codex_repository(self, life: Life) -> None:
        life.project.git("clone", "--quiet", f"file://{life.desk.server.root}", "codex")
        assert life.plan(codex_path="codex", codex_repository="", codex_token="")[0] == 0
        assert life.server.seen == []

    @pytest.mark.parametrize("event", ["pull_request_target", "workflow_run", "issue_comment"])
    def test_events_of_somebody_else_s_change(
        self, life: Life, capsys: pytest.CaptureFixture[str], event: str
    ) -> None:
        assert life.plan(event)[0] == 4
        assert f"is not done for '{event}'" in capsys.readouterr().out
        assert (life.hub.log, life.server.seen) == ([], [])


class TestOthers:
    def test_a_fork_s_token_may_not(self, life: Life, capsys: pytest.CaptureFixture[str]) -> None:
        life.hub.readers.add(TOKEN)
        code, runner = life.plan()
        assert code == 0
        assert life.remarks == []
        assert "1 to add" in Path(runner.outputs["comment-file"]).read_text(encoding="utf-8")
        assert plan_in(runner.outputs["plan-file"])["operations"]
        notices = [item.data for item in parse_log(capsys.readouterr().out) if item.name == "notice"]
        assert len([text for text in notices if "the comment was not written" in text]) == 1

    def test_somebody_else_s_comment_with_our_marker(self, life: Life) -> None:
        foreign = marker.write(header(run=9_999)._replace(key="sync"))
        life.hub.remark(life.repo, 7, "mallory", foreign)
        life.plan()
        assert [remark.author for remark in life.remarks] == ["mallory", BOT]
        assert life.remarks[0].body == foreign

    def test_a_comment_that_was_edited_by_hand(self, life: Life) -> None:
        life.plan()
        life.remarks[0].body = (
            life.remarks[0].body.replace("docs/a", "docs/evil").replace('"planned"', '"applied"')
        )
        life.plan()
        said, body = life.said()
        assert said.state == "planned"
        assert "evil" not in body

    def test_two_plans_have_two_comments(self, life: Life) -> None:
        life.plan()
        life.plan(comment_key="prod", direction="bidirectional")
        keys = [found.key for remark in life.remarks if (found := marker.read(remark.body))]
        assert [key.partition("@")[0] for key in keys] == ["sync", "prod"]

    def test_an_older_run_comes_late(self, life: Life, capsys: pytest.CaptureFixture[str]) -> None:
        life.plan()
        life.runs = 700
        assert life.plan()[0] == 0
        assert life.said()[0].run == 801
        assert "the comment of a newer run was left as it is" in capsys.readouterr().out


class TestTheEnd:
    def test_closed_and_reopened(self, life: Life) -> None:
        life.plan()
        life.pull.state = "closed"
        assert life.plan(action="closed")[0] == 0
        said, body = life.said()
        assert (said.state, said.approval) == ("closed", None)
        assert "The last plan, never applied" in body
        life.pull.state = "open"
        life.plan(action="reopened")
        assert life.said()[0].state == "planned"

    @pytest.mark.parametrize("action", ["edited", "labeled"])
    def test_what_happens_to_one_that_is_merged_takes_no_approval_away(self, life: Life, action: str) -> None:
        life.plan()
        life.merge()
        assert life.apply(codex_token="")[0] == 5
        life.project.git("checkout", "--quiet", "topic")
        assert life.plan(action=action)[0] == 0
        assert life.said()[0].state == "failed"
        life.project.git("checkout", "--quiet", "main")
        assert life.apply()[0] == 0
        assert life.said()[0].state == "applied"

    def test_merged_is_not_closed(self, life: Life) -> None:
        life.plan()
        life.pull.state = "merged"
        assert life.plan(action="closed")[0] == 0
        assert life.said()[0].state == "planned"


class TestMergeGroups:
    def test_no_pull_request_and_no_comment(self, life: Life) -> None:
        code, runner = life.plan("merge_group")
        assert code == 0
        assert runner.outputs["to-add"] == "1"
        assert life.hub.log == []

    def test_never_held_up(self, life: Life, capsys: pytest.CaptureFixture[str]) -> None:
        code, runner = life.plan("merge_group", codex_token="")
        assert (code, runner.outputs["result"], runner.outputs["exit-code"]) == (0, "passed", "0")
        assert "there is no plan: " in capsys.readouterr().out


class TestAuto:
    def test_both_jobs_in_one(self, life: Life) -> None:
        code, runner = life.plan(command="auto", json_file="report.json")
        assert code == 0
        assert (runner.outputs["files-checked"], runner.outputs["to-add"]) != ("", "")
        assert b"validate-refs@1" in life.project.read("report.json")
        assert life.said()[0].state == "planned"

    def test_the_first_failure_is_the_job_s(self, life: Life) -> None:
        life.change({"docs/bad.md": "codex://-bad/x/y.md\n"})
        code, runner = life.plan(command="auto", changed_only="false")
        assert (code, runner.outputs["result"], runner.outputs["exit-code"]) == (1, "failed", "1")
        assert life.said()[0].state == "planned"


@pytest.mark.parametrize("made", ["home", "home/codex-action/codex-plan-sync.json/x"])
def test_faults_of_a_home_that_cannot_be_written(
    life: Life, capsys: pytest.CaptureFixture[str], made: str
) -> None:
    home = life.files / "home"
    if made == "home":
        home.rmdir()
        home.write_text("a file", encoding="utf-8")
    else:
        (life.files / made).mkdir(parents=True)
    assert life.plan(comment="never")[0] == 5
    assert "cannot " in next(item.data for item in parse_log(capsys.readouterr().out) if item.name == "error")


def test_no_token_is_kept_anywhere(life: Life) -> None:
    life.plan()
    for path in [*life.files.rglob("*"), *life.project.root.rglob("*")]:
        if path.is_file() and path.name != "event.json":
            held = path.read_bytes()
            assert TOKEN.encode() not in held
            assert CODEX_TOKEN.encode() not in held
