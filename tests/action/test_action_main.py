"""The Action as the runner starts it: environment and event file in, log, outputs, summary and files out."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Callable

import pytest
from git_server import served
from programs import script
from runner_commands import parse_log
from runner_job import Runner
from trees import Tree, bare

from codex_action.action import main as action

BROKEN = "See codex://umbrella/handbook/docs/gone.md and @codex/platform/a.md\n"


@pytest.fixture
def runner(make_project: Callable[..., Tree], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Runner:
    workspace = make_project(
        {"docs/a.md": "# A\n", "README.md": "Read codex://umbrella/handbook/docs/a.md\n"}
    )
    monkeypatch.chdir(workspace.root)
    files = {"GITHUB_OUTPUT": "output", "GITHUB_STEP_SUMMARY": "summary"}
    return Runner(
        workspace,
        tmp_path,
        {
            **{name: str(tmp_path / file) for name, file in files.items()},
            "GITHUB_WORKSPACE": str(workspace.root),
            "GITHUB_SERVER_URL": "https://github.example",
            "GITHUB_REPOSITORY": "umbrella/handbook",
            "GITHUB_SHA": "f" * 40,
        },
    )


def test_a_clean_workspace_passes(runner: Runner, capsys: pytest.CaptureFixture[str]) -> None:
    assert runner.run() == 0
    log = capsys.readouterr().out
    assert parse_log(log) == []
    assert "No problems found; 2 files and 1 reference checked." in log
    assert runner.outputs == {
        "result": "passed", "exit-code": "0", "errors": "0", "warnings": "0", "unverified": "0", "refs-checked": "1",
        "files-checked": "2", "report-file": "", "sarif-file": "", "has-changes": "false",
    }  # fmt: skip
    assert "No problems found" in runner.summary


def test_findings_become_annotations_outputs_and_a_summary(
    runner: Runner, capsys: pytest.CaptureFixture[str]
) -> None:
    runner.workspace.commit({"docs/b.md": BROKEN})
    assert runner.run(json_file="report.json") == 1
    commands = [
        command for command in parse_log(capsys.readouterr().out) if command.name in ("error", "warning")
    ]
    assert [(c.name, c.properties["file"], c.properties["line"], c.properties["col"]) for c in commands] == [
        ("error", "docs/b.md", "1", "5"),
        ("warning", "docs/b.md", "1", "48"),
    ]
    assert runner.outputs["result"] == "failed"
    assert (runner.outputs["errors"], runner.outputs["warnings"]) == ("1", "1")
    assert runner.outputs["report-file"] == "report.json"
    document = json.loads(runner.workspace.read("report.json"))
    assert [finding["rule"] for finding in document["findings"]] == ["CODEX020", "CODEX010"]
    assert f"https://github.example/umbrella/handbook/blob/{'f' * 40}/docs/b.md#L1" in runner.summary


def test_sarif_has_the_findings_and_leaves_the_job_alone(
    runner: Runner, capsys: pytest.CaptureFixture[str]
) -> None:
    runner.workspace.commit({"docs/b.md": BROKEN})
    assert runner.run(sarif_file="codex.sarif") == 0
    assert runner.outputs["sarif-file"] == "codex.sarif"
    (run,) = json.loads(runner.workspace.read("codex.sarif"))["runs"]
    assert [item["ruleId"] for item in run["results"]] == ["CODEX020", "CODEX010"]
    assert runner.run(sarif_file="codex.sarif", fail_on="error") == 1  # and the log is not checked
    assert runner.outputs["errors"] == "1"
    assert parse_log(capsys.readouterr().out)


def test_sarif_says_what_it_leaves_out(runner: Runner, capsys: pytest.CaptureFixture[str]) -> None:
    runner.workspace.commit({"docs/b.md": "codex://-bad/x/y.md\n" * 5001})
    assert runner.run(sarif_file="codex.sarif") == 0
    notices = [command.data for command in parse_log(capsys.readouterr().out) if command.name == "notice"]
    assert notices == ["SARIF has the 5,000 worst findings, as GitHub takes no more; 1 finding left out."]


@pytest.mark.parametrize(
    ("inputs", "code"),
    [
        pytest.param({}, 0, id="error-is-the-default"),
        pytest.param({"fail_on": "warning"}, 1, id="warning"),
        pytest.param({"fail_on": "never"}, 0, id="never"),
        pytest.param({"exclude": "docs/b.md", "fail_on": "warning"}, 0, id="excluded"),
        pytest.param({"paths": "README.md", "fail_on": "warning"}, 0, id="other-paths"),
        pytest.param({"paths": "README.md\ndocs", "fail_on": "warning"}, 1, id="paths"),
    ],
)
def test_inputs_reach_the_check(runner: Runner, inputs: dict[str, str], code: int) -> None:
    runner.workspace.commit({"docs/b.md": "@codex/platform/a.md\n"})
    assert runner.run(**inputs) == code
    assert runner.outputs["exit-code"] == str(code)


def test_what_could_not_be_read_is_an_annotation(runner: Runner, capsys: pytest.CaptureFixture[str]) -> None:
    runner.workspace.commit({"odd.txt": b"\xff\xfe\x00\xd8x\x00"})
    assert runner.run() == 5
    log = capsys.readouterr().out
    (error,) = [command for command in parse_log(log) if command.name == "error"]
    assert (error.data, error.properties["file"]) == ("not checked: not valid UTF-16", "odd.txt")
    assert "\nodd.txt: not valid UTF-16\n::endgroup::\n" in log


def test_fix_rewrites_the_workspace_and_fails_the_job(runner: Runner) -> None:
    runner.workspace.commit({"docs/b.md": "@codex/platform/a.md\n"})
    assert runner.run(fix="true") == 1
    assert runner.workspace.read("docs/b.md") == b"codex://umbrella/platform/a.md\n"
    assert runner.run(fix="true") == 0


def test_annotations_and_summary_can_be_turned_off(
    runner: Runner, capsys: pytest.CaptureFixture[str]
) -> None:
    runner.workspace.commit({"docs/b.md": BROKEN})
    assert runner.run(annotations="false", summary="false") == 1
    log = capsys.readouterr().out
    assert parse_log(log) == []
    assert "docs/b.md:1:5: CODEX020" in log
    assert not (runner.folder / "summary").exists()


def test_a_working_directory_keeps_annotations_relative_to_the_workspace(
    runner: Runner, capsys: pytest.CaptureFixture[str]
) -> None:
    runner.workspace.commit({"sub/.fractary/keep": "", "sub/x.md": "codex://-bad/x/y.md\n"})
    assert runner.run(working_directory="sub") == 1
    errors = [command for command in parse_log(capsys.readouterr().out) if command.name == "error"]
    assert [command.properties["file"] for command in errors] == ["sub/x.md"]


class TestChangedOnly:
    """On a pull request only what it changes is read - unless that cannot be told, or would be wrong."""

    @pytest.fixture
    def merged(self, runner: Runner) -> Runner:
        """The merge of a base with an old broken file and a head that adds a broken one."""
        tree = runner.workspace
        base = tree.commit({"old.md": "codex://-bad/x/old.md\n"})
        tree.git("checkout", "--quiet", "-b", "topic")
        tree.commit({"new.md": "codex://-bad/x/new.md\n"})
        tree.git("checkout", "--quiet", "--detach", base)
        tree.git("merge", "--quiet", "--no-ff", "--message", "merge", "topic")
        runner.event("pull_request", {"pull_request": {"base": {"sha": base}}})
        return runner

    @staticmethod
    def files(log: str) -> list[str]:
        return [command.properties["file"] for command in parse_log(log) if command.name == "error"]

    def test_only_changed_files_are_checked(self, merged: Runner, capsys: pytest.CaptureFixture[str]) -> None:
        assert merged.run() == 1
        assert self.files(capsys.readouterr().out) == ["new.md"]
        assert merged.outputs["files-checked"] == "1"

    def test_all_files_on_request(self, merged: Runner, capsys: pytest.CaptureFixture[str]) -> None:
        assert merged.run(changed_only="false") == 1
        assert self.files(capsys.readouterr().out) == ["new.md", "old.md"]

    def test_a_shallow_clone_checks_all_and_says_so(
        self, merged: Runner, capsys: pytest.CaptureFixture[str], tmp_path: Path
    ) -> None:
        merged.workspace.git("branch", "merged", "HEAD")
        subprocess.run(
            ["git", "clone", "--quiet", "--depth=1", "--branch=merged", f"file://{merged.workspace.root}", "shallow"],
            cwd=tmp_path, check=True,
        )  # fmt: skip
        merged.environ["GITHUB_WORKSPACE"] = str(tmp_path / "shallow")
        assert merged.run() == 1
        log = capsys.readouterr().out
        assert self.files(log) == ["new.md", "old.md"]
        notices = [command.data for command in parse_log(log) if command.name == "notice"]
        assert notices == [
            "every file is checked: what changed cannot be told here (check out with fetch-depth: 2, or 0)"
        ]

    def test_the_merge_tells_even_where_the_event_names_an_older_base(
        self, merged: Runner, capsys: pytest.CaptureFixture[str]
    ) -> None:
        merged.event("pull_request", {"pull_request": {"base": {"sha": "0123456789" * 4}}})
        assert merged.run() == 1
        assert self.files(capsys.readouterr().out) == ["new.md"]

    def test_a_head_with_two_commits_is_compared_with_the_event_s_base(
        self, merged: Runner, capsys: pytest.CaptureFixture[str]
    ) -> None:
        merged.workspace.git("checkout", "--quiet", "topic")
        merged.workspace.commit({"newer.md": "codex://-bad/x/newer.md\n"})
        assert merged.run() == 1
        assert self.files(capsys.readouterr().out) == ["new.md", "newer.md"]
        assert merged.outputs["files-checked"] == "2"

    @pytest.mark.parametrize(
        "payload", [{}, {"pull_request": {"base": {"sha": "f" * 40}}}], ids=["none", "unknown"]
    )
    def test_a_head_without_a_base_that_is_there_checks_all_and_says_so(
        self, merged: Runner, capsys: pytest.CaptureFixture[str], payload: object
    ) -> None:
        merged.workspace.git("checkout", "--quiet", "topic")
        merged.workspace.commit({"newer.md": "codex://-bad/x/newer.md\n"})
        merged.event("pull_request", payload)
        assert merged.run() == 1
        self.all_with_the_notice(capsys.readouterr().out, ["new.md", "newer.md", "old.md"])

    @pytest.mark.parametrize("event", ["push", "workflow_dispatch", "schedule"])
    def test_changed_only_without_a_base_checks_all_and_says_so(
        self, merged: Runner, capsys: pytest.CaptureFixture[str], event: str
    ) -> None:
        merged.event(event, {"before": "0" * 40})
        assert merged.run(changed_only="true") == 1
        self.all_with_the_notice(capsys.readouterr().out, ["new.md", "old.md"])

    def test_changed_only_of_a_push_is_compared_with_the_commit_before(
        self, merged: Runner, capsys: pytest.CaptureFixture[str]
    ) -> None:
        base = merged.workspace.git("rev-parse", "HEAD").strip()
        merged.workspace.commit({"third.md": "codex://-bad/x/third.md\n"})
        merged.event("push", {"before": base})
        assert merged.run(changed_only="true") == 1
        assert self.files(capsys.readouterr().out) == ["third.md"]

    def all_with_the_notice(self, log: str, files: list[str]) -> None:
        assert self.files(log) == files
        (notice,) = [command.data for command in parse_log(log) if command.name == "notice"]
        assert notice.startswith("every file is checked: what changed cannot be told here")

    def test_a_removed_file_checks_all_and_says_so(
        self, runner: Runner, capsys: pytest.CaptureFixture[str]
    ) -> None:
        tree = runner.workspace
        base = tree.git("rev-parse", "HEAD").strip()
        tree.git("rm", "--quiet", "docs/a.md")
        tree.commit()
        runner.event("merge_group", {"merge_group": {"base_sha": base}})
        assert runner.run() == 1
        log = capsys.readouterr().out
        assert self.files(log) == ["README.md"]  # it did not change, and is broken now
        assert "1 file went away" in log


@pytest.mark.parametrize(
    ("environ", "inputs", "code", "sentence"),
    [
        pytest.param(
            {},
            {"command": "sync"},
            2,
            "wrong inputs: command: 'sync' is not auto, validate, migrate, fetch, plan, apply or report",
            id="command",
        ),
        pytest.param({}, {"working_directory": "gone"}, 2, "there is no folder 'gone'", id="folder"),
        pytest.param({}, {"exclude": "!"}, 2, "an exclude holds no pattern", id="exclude"),
        pytest.param({}, {"paths": "gone.md"}, 2, "paths: there is no file 'gone.md'", id="path"),
        pytest.param(
            {}, {"json_file": "gone/x"}, 2, "json-file: there is no folder for 'gone/x'", id="report"
        ),
        pytest.param(
            {},
            {
                "paths": "gone.md\nREADME.md\nleft.md",
                "sarif_file": "a/b.sarif",
                "json_file": "c/d.json",
                "output_dir": "..",
            },
            2,
            "wrong inputs: paths: there is no file 'gone.md'; paths: there is no file 'left.md'; "
            "output-dir: '..' leads out of the workspace; sarif-file: there is no folder for 'a/b.sarif'; "
            "json-file: there is no folder for 'c/d.json'",
            id="all at once",
        ),
        pytest.param(
            {"CODEX_CURRENT_ORG": "-x", "CODEX_CURRENT_PROJECT": "y"}, {}, 2, "is no project", id="project"
        ),
        pytest.param({"GITHUB_STEP_SUMMARY": "/dev/full"}, {}, 5, "cannot write", id="full-disk"),
        pytest.param({"PATH": ""}, {}, 5, "git is not installed", id="no-git"),
    ],
)
def test_errors_are_one_annotation_with_the_right_code(
    runner: Runner,
    capsys: pytest.CaptureFixture[str],
    environ: dict[str, str],
    inputs: dict[str, str],
    code: int,
    sentence: str,
) -> None:
    runner.environ.update(environ)
    assert runner.run(**inputs) == code
    errors = [command for command in parse_log(capsys.readouterr().out) if command.name == "error"]
    assert len(errors) == 1
    assert sentence in errors[0].data
    assert runner.outputs["exit-code"] == str(code)


@pytest.mark.parametrize("payload", ["{", "[" * 100_000], ids=["cut", "deep"])
def test_a_damaged_event_file_is_named(
    runner: Runner, payload: str, capsys: pytest.CaptureFixture[str]
) -> None:
    runner.event("pull_request", payload)
    assert runner.run() == 2
    assert "the event file cannot be read" in capsys.readouterr().out


def test_a_missing_event_file_only_means_that_nothing_is_known(runner: Runner) -> None:
    runner.environ.update(GITHUB_EVENT_NAME="push", GITHUB_EVENT_PATH=str(runner.folder / "gone.json"))
    assert runner.run() == 0


def test_a_full_summary_is_left_alone_and_said_so(runner: Runner, capsys: pytest.CaptureFixture[str]) -> None:
    (runner.folder / "summary").write_bytes(b"x" * 1024 * 1024)
    assert runner.run() == 0
    assert (runner.folder / "summary").stat().st_size == 1024 * 1024
    assert [command.name for command in parse_log(capsys.readouterr().out)] == ["notice"]


def test_a_planted_link_is_not_followed(runner: Runner) -> None:
    outside = runner.folder / "outside.txt"
    outside.write_text("mine", encoding="utf-8")
    (runner.workspace.root / "report.json").symlink_to(outside)
    assert runner.run(json_file="report.json") == 0
    assert outside.read_text(encoding="utf-8") == "mine"
    assert not (runner.workspace.root / "report.json").is_symlink()
    assert json.loads(runner.workspace.read("report.json"))["valid"]


@pytest.mark.parametrize(
    ("inputs", "sentence"),
    [
        pytest.param(
            {"json_file": "out/report.json"}, "a link leads 'out/report.json' out of", id="json-file"
        ),
        pytest.param(
            {"working_directory": "out"}, "'out' leads out of the workspace", id="working-directory"
        ),
        pytest.param({"working_directory": ".."}, "'..' leads out of the workspace", id="parent"),
    ],
)
def test_a_folder_out_of_the_workspace_is_refused(
    runner: Runner, capsys: pytest.CaptureFixture[str], inputs: dict[str, str], sentence: str
) -> None:
    (runner.folder / "elsewhere").mkdir()
    (runner.workspace.root / "out").symlink_to(runner.folder / "elsewhere")
    assert runner.run(**inputs) == 2
    assert sentence in capsys.readouterr().out
    assert list((runner.folder / "elsewhere").iterdir()) == []


@pytest.mark.parametrize("path", ["out", "out/o.md", "o.md", "../elsewhere"])
def test_paths_lead_nowhere_out_of_the_workspace(
    path: str, runner: Runner, capsys: pytest.CaptureFixture[str]
) -> None:
    """A pull request may bring the link, and `fix` would follow it."""
    outside = Tree(runner.folder / "elsewhere").write({"o.md": "@codex/platform/a.md\n"})
    for name, place in {"out": outside.root, "o.md": outside.root / "o.md"}.items():
        (runner.workspace.root / name).symlink_to(place)
    assert runner.run(paths=path, fix="true") == 2
    assert f"paths: {path!r} leads out of the workspace" in capsys.readouterr().out
    assert outside.read("o.md") == b"@codex/platform/a.md\n"


@pytest.mark.parametrize("own", [True, False], ids=["a project", "a folder"])
def test_paths_are_in_the_working_directory(
    own: bool,  # noqa: FBT001
    runner: Runner,
    capsys: pytest.CaptureFixture[str],
) -> None:
    if own:
        runner.workspace.write({"docs/.fractary/keep": ""})
    assert runner.run(working_directory="docs", paths="../README.md") == 0
    assert "'../README.md' is not below --path" in capsys.readouterr().out
    assert runner.run(working_directory="docs", paths="a.md") == 0
    assert runner.outputs["files-checked"] == "1"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_what_is_written_belongs_to_the_workspace_s_owner(runner: Runner) -> None:
    runner.workspace.commit({"docs/b.md": "@codex/platform/a.md\n"})
    for path in [runner.workspace.root, *runner.workspace.root.rglob("*")]:
        os.chown(path, 1001, 118)
    assert runner.run(json_file="docs/report.json", fix="true") == 1
    for name in ("docs/report.json", "docs/b.md"):
        state = (runner.workspace.root / name).stat()
        assert (state.st_uid, state.st_gid) == (1001, 118)


OLD = '# who we are\nversion: "4.0"\norganization: umbrella  # us\ncodex_repo: codex\nsync_patterns:\n  - docs/**\n'


class TestMigrate:
    """`command: migrate` says what has to change, and changes it with `fix`."""

    @pytest.fixture
    def old(self, runner: Runner) -> Runner:
        runner.workspace.commit({".fractary/codex.yaml": OLD})
        return runner

    def test_what_is_pending_is_told_and_nothing_written(
        self, old: Runner, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert old.run(command="migrate", json_file="report.json") == 1
        (command,) = parse_log(capsys.readouterr().out)
        assert (command.name, command.properties["file"]) == ("warning", ".fractary/codex.yaml")
        assert old.workspace.read(".fractary/codex.yaml") == OLD.encode()
        assert old.outputs["has-changes"] == "true"
        assert json.loads(old.workspace.read("report.json"))["files"][0]["format"] == "F4"
        assert "```diff" in old.summary
        assert "+schema_version" in old.summary

    def test_fix_writes_it_and_the_second_run_is_content(self, old: Runner) -> None:
        assert old.run(command="migrate", fix="true") == 1
        after = old.workspace.read(".fractary/codex.yaml")
        assert b"# who we are" in after
        assert b"organization: umbrella  # us" in after
        assert old.run(command="migrate", fix="true") == 0
        assert old.workspace.read(".fractary/codex.yaml") == after

    def test_a_broken_one_is_an_error_on_its_line(
        self, runner: Runner, capsys: pytest.CaptureFixture[str]
    ) -> None:
        runner.workspace.commit({".fractary/codex/config.yaml": 'schema_version: "3.0"\ncache: [1\n'})
        assert runner.run(command="migrate") == 3
        (command,) = parse_log(capsys.readouterr().out)
        assert (command.name, command.properties["file"]) == ("error", ".fractary/codex/config.yaml")
        assert command.properties["line"] == "3"
        assert runner.outputs["errors"] == "1"

    def test_never_fails_where_that_is_asked_for(self, old: Runner) -> None:
        assert old.run(command="migrate", fail_on="never") == 0
        assert (old.outputs["result"], old.outputs["exit-code"]) == ("passed", "0")
        assert old.outputs["has-changes"] == "true"

    def test_the_configuration_input_is_read(self, runner: Runner) -> None:
        runner.workspace.commit(
            {"docs/b.md": BROKEN, "other.yaml": 'schema_version: "3.0"\nvalidate: {exclude: [docs/b.md]}\n'}
        )
        assert runner.run(config="other.yaml") == 0
        assert runner.run() == 1


@pytest.mark.parametrize(
    ("inputs", "environ", "unverified"),
    [
        pytest.param({}, {}, "1", id="none"),
        pytest.param({"token": "opens"}, {}, "0", id="token"),
        pytest.param({"codex_token": "opens", "token": "of-the-job"}, {}, "0", id="codex-token counts first"),
        pytest.param({"token": "opens"}, {"GITHUB_TOKEN": "other"}, "0", id="an input overrules a variable"),
        pytest.param({"token": "of-the-job"}, {"CODEX_TOKEN": "opens"}, "0", id="a variable of the workflow"),
    ],
)
def test_which_token_looks_up_what_references_point_at(
    runner: Runner, tmp_path: Path, inputs: dict[str, str], environ: dict[str, str], unverified: str
) -> None:
    bare(tmp_path / "served/umbrella/other.git", {"docs/b.md": "B\n"})
    runner.workspace.commit({"a.md": "codex://umbrella/other/docs/b.md\n"})
    with served(tmp_path / "served", token="opens") as server:
        runner.environ.update(GITHUB_SERVER_URL=server.url, **environ)
        assert runner.run(resolve="remote", **inputs) == 0
    assert runner.outputs["unverified"] == unverified


@pytest.mark.parametrize(
    ("event", "unverified"), [("push", "0"), ("pull_request", "1"), ("pull_request_target", "1")]
)
def test_tokens_of_a_configuration_look_up_where_its_author_may_name_them(
    runner: Runner, tmp_path: Path, capsys: pytest.CaptureFixture[str], event: str, unverified: str
) -> None:
    bare(tmp_path / "served/umbrella/other.git", {"docs/b.md": "B\n"})
    remotes = 'schema_version: "3.0"\nremotes: {umbrella/other: {token: "${PARTNER}"}}\n'
    runner.workspace.commit(
        {"a.md": "codex://umbrella/other/docs/b.md\n", ".fractary/codex/config.yaml": remotes}
    )
    runner.event(event, {})
    with served(tmp_path / "served", token="opens") as server:
        runner.environ.update(GITHUB_SERVER_URL=server.url, PARTNER="opens")
        assert runner.run(resolve="remote", changed_only="false") == 0
    assert runner.outputs["unverified"] == unverified
    told = [command.data for command in parse_log(capsys.readouterr().out) if command.name == "notice"]
    assert any(text.startswith("remotes in the configuration is not used") for text in told) == (
        event != "push"
    )


HOSTILE = "::error::x%0A##[add-mask]y.md"


def test_a_hostile_file_name_gives_no_command_but_ours(
    runner: Runner, capsys: pytest.CaptureFixture[str]
) -> None:
    runner.workspace.commit({HOSTILE: "codex://-bad/x/y.md\n", "##[add-mask]z.md": "codex://-bad/x/z.md\n"})
    assert runner.run() == 1
    commands = parse_log(capsys.readouterr().out)
    assert [command.name for command in commands] == ["error", "error", "group", "endgroup"]
    assert "::error" not in runner.summary


def test_a_bug_is_an_annotation_with_an_address(
    runner: Runner, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError("%0A::error::no")

    monkeypatch.setattr("codex_action.action.main.Codex.validate_references", fail)
    assert runner.run() == 70
    (command,) = parse_log(capsys.readouterr().out)
    assert "this is a bug in codex-action" in command.data
    assert "/issues" in command.data
    with pytest.raises(ZeroDivisionError):
        action.main({**os.environ, **runner.environ, "RUNNER_DEBUG": "1"})


def test_an_interrupt_is_said(
    runner: Runner, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("codex_action.action.main.Codex.validate_references", stop)
    assert runner.run() == 130
    assert "interrupted" in capsys.readouterr().out


def test_nothing_is_imported_from_the_workspace(runner: Runner) -> None:
    planted = {
        f"{name}/__init__.py": "raise SystemExit('HIJACKED')\n"
        for name in ("codex_action", "click", "markdown_it")
    }
    runner.workspace.commit({**planted, "yaml.py": "raise SystemExit('HIJACKED')\n"})
    done = subprocess.run(
        [script("codex-action-run")],
        cwd=runner.workspace.root,
        env={**os.environ, **runner.environ},
        capture_output=True,
        check=False,
    )
    assert b"HIJACKED" not in done.stdout + done.stderr
    assert done.returncode == 0, done.stderr


def test_the_console_script_gives_the_exit_code(runner: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in runner.environ.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "argv", ["codex-action-run"])
    before = os.umask(0o022)
    try:
        with pytest.raises(SystemExit) as caught:
            action.run()
    finally:
        os.umask(before)
    assert caught.value.code == 0


@pytest.mark.parametrize("inputs", [{"command": "deploy"}, {}], ids=["after an error", "after a run"])
def test_outputs_that_cannot_be_written_are_one_sentence(
    runner: Runner, tmp_path: Path, capsys: pytest.CaptureFixture[str], inputs: dict[str, str]
) -> None:
    runner.environ["GITHUB_OUTPUT"] = str(tmp_path)
    assert runner.run(**inputs) == (2 if inputs else 5)
    errors = [command for command in parse_log(capsys.readouterr().out) if command.name == "error"]
    assert [str(tmp_path) in command.data for command in errors] == (
        [False, True] if inputs else [True, True]
    )


@pytest.mark.skipif(sys.platform == "win32", reason="containers run on Linux")
def test_a_cancelled_job_leaves_whole_files_and_says_so(runner: Runner) -> None:
    old, new = b"@codex/platform/a.md\n" * 50, b"codex://umbrella/platform/a.md\n" * 50
    names = [f"many/{number:04}.md" for number in range(1500)]
    runner.workspace.write(dict.fromkeys(names, old))
    inputs = {"INPUT_FIX": "true", "INPUT_ANNOTATIONS": "false", "GITHUB_ACTIONS": "true"}
    job = subprocess.Popen(
        [script("codex-action-run")],
        env={**os.environ, **runner.environ, **inputs},
        cwd=runner.workspace.root,
        stdout=subprocess.PIPE,
    )
    while runner.workspace.read(names[0]) == old and job.poll() is None:
        time.sleep(0.005)
    job.terminate()
    job.terminate()
    log = job.communicate(timeout=60)[0].decode()
    assert job.returncode == 130, log
    assert "interrupted: nothing is half written" in log
    assert runner.outputs == {"result": "failed", "exit-code": "130"}
    left = {path.name: path.read_bytes() for path in (runner.workspace.root / "many").iterdir()}
    assert set(left) == {name.rpartition("/")[2] for name in names}
    assert set(left.values()) == {old, new}  # it was in the middle of its work
