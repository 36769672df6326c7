"""`command: fetch`: documents in the workspace, a cache that a later step can save, and what is told of both."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Callable

import pytest
from fake_github import FakeGitHub
from programs import script
from runner_commands import Command, parse_log
from runner_job import Runner
from trees import Tree

from codex_action.codex import Codex
from codex_action.documents.library import LibrarySettings

GUIDE = "codex://umbrella/handbook/docs/guide.md"
STYLE = "codex://umbrella/codex/standards/style.md"
GONE = "codex://umbrella/handbook/docs/gone.md"
PLAN = "codex://umbrella/secret/plan.md"
CANARY = "ghp_canary_not_to_be_seen"
CONFIG = 'schema_version: "3.0"\nproject: web\ncodex_repo: {organization: umbrella, repository: codex}\n'
PRIVATE = {"repository": {"private": True, "visibility": "private"}}
WAITING = 0.05


@pytest.fixture
def hub() -> Iterator[FakeGitHub]:
    with FakeGitHub() as server:
        server.add(
            "umbrella/handbook", {"docs/guide.md": b"# Guide\n"}, others={"v1": {"docs/guide.md": b"one"}}
        )
        server.add("umbrella/codex", {"standards/style.md": b"style"})
        server.add("umbrella/secret", {"plan.md": b"the plan"}, private=True)
        server.tokens.update({CANARY: {"umbrella/secret"}, "job": set()})
        yield server


@pytest.fixture
def runner(
    make_project: Callable[..., Tree], hub: FakeGitHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Runner:
    workspace = make_project({".fractary/codex/config.yaml": CONFIG}, remote=None)
    monkeypatch.chdir(workspace.root)
    (tmp_path / "home").mkdir()
    files = {"GITHUB_OUTPUT": "output", "GITHUB_STEP_SUMMARY": "summary"}
    runner = Runner(
        workspace,
        tmp_path,
        {
            **{name: str(tmp_path / file) for name, file in files.items()},
            "HOME": str(tmp_path / "home"),
            "GITHUB_ACTIONS": "true",
            "GITHUB_WORKSPACE": str(workspace.root),
            "GITHUB_API_URL": hub.url,
            "GITHUB_REPOSITORY": "umbrella/web",
            "GITHUB_RUN_ID": "7000000001",
            "GITHUB_RUN_ATTEMPT": "2",
            "INPUT_COMMAND": "fetch",
            "INPUT_TOKEN": "job",
        },
    )
    runner.event("push", PRIVATE)
    return runner


def cache_of(runner: Runner) -> Path:
    return runner.folder / "home/.cache/codex"


def forget_outputs(runner: Runner) -> None:
    for name in ("output", "summary"):
        (runner.folder / name).unlink()


def said(capsys: pytest.CaptureFixture[str], name: str) -> list[str]:
    return [command.data for command in commands(capsys) if command.name == name]


def commands(capsys: pytest.CaptureFixture[str]) -> list[Command]:
    captured = capsys.readouterr()
    return parse_log(captured.out) + parse_log(captured.err)


# --- documents and reports --------------------------------------------------------------------------------------------


def test_documents_outputs_report_and_summary(runner: Runner, capsys: pytest.CaptureFixture[str]) -> None:
    assert runner.run(references=f"{GUIDE}\n{STYLE}\n{GUIDE}", output_dir="shared", json_file="out.json") == 0
    assert runner.workspace.read("shared/umbrella/handbook/docs/guide.md") == b"# Guide\n"
    assert runner.workspace.read("shared/umbrella/codex/standards/style.md") == b"style"
    outputs = runner.outputs
    key = outputs.pop("cache-key")
    near, prefix = outputs.pop("cache-restore-keys").split("\n")
    assert outputs == {
        "result": "passed", "exit-code": "0", "errors": "0", "report-file": "out.json",
        "cache-path": str(cache_of(runner)), "cache-hits": "0", "cache-misses": "2",
    }  # fmt: skip
    assert (key, prefix) == (f"{near}7000000001-2", "codex-v1-")
    assert near.startswith(prefix)
    report = json.loads(runner.workspace.read("out.json"))
    assert [one["reference"] for one in report["documents"]] == [GUIDE, STYLE]
    assert report["errors"] == []
    assert "2 documents fetched, 0 of them from the cache." in runner.summary
    assert [command.name for command in commands(capsys)] == ["group", "endgroup"]


def test_a_second_run_is_served_from_the_cache(runner: Runner, hub: FakeGitHub) -> None:
    runner.run(references=f"{GUIDE}\n{STYLE}")
    hub.log.clear()
    forget_outputs(runner)
    runner.environ.update(GITHUB_RUN_ID="7000000002", INPUT_TOKEN="tomorrow's")
    assert runner.run(references=f"{GUIDE}\n{STYLE}", output_dir="shared") == 0
    assert hub.log == []
    assert (runner.outputs["cache-hits"], runner.outputs["cache-misses"]) == ("2", "0")
    assert runner.workspace.read("shared/umbrella/handbook/docs/guide.md") == b"# Guide\n"


def test_own_files_and_a_checkout_are_neither_hits_nor_misses(runner: Runner, hub: FakeGitHub) -> None:
    runner.workspace.write({"docs/a.md": "mine", "codex/standards/style.md": "checked out"})
    assert runner.run(references=f"docs/a.md\n{STYLE}", codex_path="codex", output_dir="shared") == 0
    assert runner.workspace.read("shared/umbrella/codex/standards/style.md") == b"checked out"
    assert (runner.outputs["cache-hits"], runner.outputs["cache-misses"]) == ("0", "0")
    assert hub.log == []


def test_an_environment_has_its_branch(runner: Runner, hub: FakeGitHub) -> None:
    runner.workspace.write({".fractary/codex/config.yaml": f"{CONFIG}environments: {{dev: develop}}\n"})
    hub.repos["umbrella/codex"].versions["develop"] = {"standards/style.md": b"new style"}
    assert runner.run(references=STYLE, environment="dev", output_dir="shared") == 0
    assert runner.workspace.read("shared/umbrella/codex/standards/style.md") == b"new style"


def test_without_a_cache_nothing_is_kept(runner: Runner) -> None:
    assert runner.run(references=GUIDE, cache="false") == 0
    assert not cache_of(runner).exists()
    assert {runner.outputs[f"cache-{name}"] for name in ("path", "key", "restore-keys")} == {""}
    assert runner.outputs["cache-misses"] == "1"


# --- failures ---------------------------------------------------------------------------------------------------------


def test_one_that_is_missing_fails_and_the_others_are_there(
    runner: Runner, capsys: pytest.CaptureFixture[str]
) -> None:
    assert runner.run(references=f"{GONE}\n{GUIDE}", output_dir="shared", json_file="out.json") == 5
    assert runner.workspace.read("shared/umbrella/handbook/docs/guide.md") == b"# Guide\n"
    assert (runner.outputs["result"], runner.outputs["exit-code"], runner.outputs["errors"]) == (
        "failed",
        "5",
        "1",
    )
    assert runner.outputs["cache-key"].startswith("codex-v1-")
    (error,) = said(capsys, "error")
    assert error.startswith(GONE)
    (row,) = json.loads(runner.workspace.read("out.json"))["errors"]
    assert (row["reference"], row["type"], row["exit_code"]) == (GONE, "NotFound", 5)
    assert "1 document fetched, 0 of them from the cache; 1 could not be had." in runner.summary


@pytest.mark.parametrize(
    ("kind", "references", "code", "sentence"),
    [
        pytest.param("", "codex://-bad/x/y.md", 1, "-bad", id="no reference"),
        pytest.param("", f"{GUIDE}\ncodex://umbrella/../x.md", 1, "..", id="a path that climbs"),
        pytest.param("forbidden", GUIDE, 5, "umbrella/handbook", id="403"),
        pytest.param("unavailable", GUIDE, 5, "503", id="503"),
        pytest.param("", PLAN, 5, "umbrella/secret", id="404 of what may be private"),
        pytest.param("", f"{GONE}\ncodex://-bad/x/y.md", 5, "gone.md", id="the first counts"),
    ],
)
def test_a_failure_has_its_exit_code(
    runner: Runner, hub: FakeGitHub, capsys: pytest.CaptureFixture[str],
    kind: str, references: str, code: int, sentence: str,
) -> None:  # fmt: skip
    if kind:
        hub.refuse(kind, times=9)
    assert runner.run(references=references) == code
    assert runner.outputs["exit-code"] == str(code)
    assert sentence in said(capsys, "error")[0]


def test_a_bad_token_is_told(runner: Runner, capsys: pytest.CaptureFixture[str]) -> None:
    assert runner.run(references=GUIDE, token="ghs_old") == 5
    (error,) = said(capsys, "error")
    assert GUIDE in error
    assert "ghs_old" not in error


def test_a_limit_names_its_end(runner: Runner, hub: FakeGitHub, capsys: pytest.CaptureFixture[str]) -> None:
    hub.refuse("primary", seconds=3600, times=9)
    assert runner.run(references=GUIDE) == 5
    assert len(hub.log) == 1
    assert "limit" in said(capsys, "error")[0]


def test_a_server_that_is_down_serves_what_is_stale_and_says_so(
    runner: Runner, hub: FakeGitHub, capsys: pytest.CaptureFixture[str]
) -> None:
    environ = {**os.environ, **runner.environ, "GITHUB_TOKEN": "job"}
    month_ago = time.time() - 30 * 86_400
    library = LibrarySettings(now=lambda: month_ago)
    with Codex(str(runner.workspace.root), environ=environ, library=library) as codex:
        codex.fetch_document(GUIDE)
    hub.shutdown()
    hub.server_close()
    assert runner.run(references=f"{GUIDE}\n{STYLE}", output_dir="shared") == 5
    assert runner.workspace.read("shared/umbrella/handbook/docs/guide.md") == b"# Guide\n"
    log = commands(capsys)
    assert [command.name for command in log] == ["error", "notice", "group", "endgroup"]
    assert "cached 30d ago, stale: it was not renewed" in log[1].data
    assert runner.outputs["cache-hits"] == "1"
    assert "⚠️" in runner.summary
    assert "it was not renewed" in runner.summary


def test_never_fails_where_that_is_asked_for(runner: Runner) -> None:
    """The outputs say what the job ended with; how many documents could not be had stays told."""
    assert runner.run(references=GONE, fail_on="never") == 0
    found = [runner.outputs[name] for name in ("result", "exit-code", "errors")]
    assert found == ["passed", "0", "1"]


@pytest.mark.parametrize(
    ("inputs", "code", "sentence"),
    [
        pytest.param({"output_dir": ".."}, 2, "output-dir: '..' leads out of the workspace", id="output-dir"),
        pytest.param({"output_dir": "out/a"}, 2, "output-dir: 'out/a' leads out of", id="a link to elsewhere"),
        pytest.param({"output_dir": "dangling"}, 2, "output-dir: 'dangling' leads out of", id="a dangling link"),
        pytest.param({"codex_path": "out"}, 2, "codex-path: 'out' leads out of the workspace", id="codex-path"),
        pytest.param({"codex_path": "gone"}, 2, "codex-path: there is no folder 'gone'", id="no checkout"),
        pytest.param({"cache_dir": "out/c"}, 2, "leads out of the workspace", id="cache-dir by a link"),
        pytest.param({"environment": "moon"}, 2, "there is no environment 'moon'", id="environment"),
        pytest.param({"references": ""}, 2, "references: empty", id="no references"),
        pytest.param({"config": "gone.yaml"}, 3, "there is no configuration 'gone.yaml'", id="config"),
    ],
)  # fmt: skip
def test_inputs_that_cannot_be_are_named_and_nothing_is_fetched(
    runner: Runner, hub: FakeGitHub, capsys: pytest.CaptureFixture[str],
    inputs: dict[str, str], code: int, sentence: str,
) -> None:  # fmt: skip
    elsewhere = runner.folder / "elsewhere"
    elsewhere.mkdir()
    (runner.workspace.root / "out").symlink_to(elsewhere)
    (runner.workspace.root / "dangling").symlink_to(runner.folder / "nowhere")
    assert runner.run(**{"references": GUIDE, **inputs}) == code
    (error,) = said(capsys, "error")
    assert sentence in error
    assert hub.log == []
    assert list(elsewhere.iterdir()) == []


def test_outputs_that_cannot_be_written_are_one_sentence(
    runner: Runner, hub: FakeGitHub, capsys: pytest.CaptureFixture[str]
) -> None:
    runner.environ["GITHUB_OUTPUT"] = "/dev/full"
    assert runner.run(references=GUIDE) == 5
    assert "cannot write" in said(capsys, "error")[0]
    assert hub.log == []


# --- what is in the workspace -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", ["umbrella", "umbrella/handbook", "umbrella/handbook/docs"])
def test_a_link_below_the_folder_is_not_followed(
    runner: Runner, capsys: pytest.CaptureFixture[str], place: str
) -> None:
    elsewhere = runner.folder / "elsewhere"
    elsewhere.mkdir()
    link = runner.workspace.root / "shared" / place
    link.parent.mkdir(parents=True)
    link.symlink_to(elsewhere)
    assert runner.run(references=f"{GUIDE}\n{STYLE}", output_dir="shared") == 4
    assert list(elsewhere.iterdir()) == []
    assert "in the way" in said(capsys, "error")[0]
    assert runner.outputs["errors"] == ("2" if place == "umbrella" else "1")


def test_a_link_in_a_document_s_place_is_replaced(runner: Runner) -> None:
    mine = runner.folder / "mine.txt"
    mine.write_text("mine", encoding="utf-8")
    place = runner.workspace.root / "shared/umbrella/handbook/docs/guide.md"
    place.parent.mkdir(parents=True)
    place.symlink_to(mine)
    assert runner.run(references=GUIDE, output_dir="shared") == 0
    assert mine.read_text(encoding="utf-8") == "mine"
    assert not place.is_symlink()


def test_two_versions_do_not_take_each_other_s_place(
    runner: Runner, capsys: pytest.CaptureFixture[str]
) -> None:
    old = "codex://umbrella/handbook@v1/docs/guide.md"
    assert runner.run(references=f"{GUIDE}#top\n{GUIDE}\n{old}", output_dir="shared") == 4
    assert runner.workspace.read("shared/umbrella/handbook/docs/guide.md") == b"# Guide\n"
    (error,) = said(capsys, "error")
    assert error.startswith(f"{old}: another version of it is in its place")


def test_all_that_is_written_is_for_the_workspace_s_owner_and_can_be_read(runner: Runner) -> None:
    """Only root can give files away; everybody else is the owner."""
    owner = (1001, 118) if os.geteuid() == 0 else (os.geteuid(), os.getegid())
    for path in [runner.folder / "home", runner.workspace.root, *runner.workspace.root.rglob("*")]:
        os.chown(path, *owner)
    assert runner.run(references=f"{GUIDE}\n{GONE}", output_dir="a/b", json_file="out.json") == 5
    for folder in (
        runner.folder / "home/.cache",
        runner.workspace.root / "a",
        runner.workspace.root / "out.json",
    ):
        for path in (folder, *folder.rglob("*")):
            state = path.stat()
            assert (state.st_uid, state.st_gid) == owner, path
            assert stat.S_IMODE(state.st_mode) == (0o755 if path.is_dir() else 0o644), path


# --- the cache in a workflow ------------------------------------------------------------------------------------------


def test_the_cache_is_one_whole_file_and_contents_when_the_job_ends(runner: Runner) -> None:
    assert runner.run(references=f"{GUIDE}\n{GONE}") == 5
    names = {path.name for path in cache_of(runner).iterdir()}
    assert names - {"objects"} == {".gitignore", "index.db"}  # no journal is left to be saved


@pytest.mark.parametrize(
    ("payload", "kept"),
    [
        pytest.param(PRIVATE, True, id="private"),
        pytest.param({"repository": {"private": True}}, True, id="private, on an old server"),
        pytest.param({"repository": {"private": True, "visibility": "internal"}}, False, id="internal"),
        pytest.param({"repository": {"private": False, "visibility": "public"}}, False, id="public"),
        pytest.param({"repository": "umbrella/web"}, False, id="another shape"),
        pytest.param({}, False, id="unknown"),
    ],
)
def test_private_documents_are_kept_where_the_repository_is_private(
    runner: Runner, payload: object, *, kept: bool
) -> None:
    runner.event("push", payload)
    assert runner.run(references=f"{PLAN}\n{GUIDE}", codex_token=CANARY, output_dir="shared") == 0
    assert runner.workspace.read("shared/umbrella/secret/plan.md") == b"the plan"
    contents = {path.read_bytes() for path in cache_of(runner).glob("objects/*/*")}
    assert contents == {b"# Guide\n"} | ({b"the plan"} if kept else set())


@pytest.mark.parametrize("name", ["token", "codex_token"])
def test_what_a_person_s_token_opened_is_not_for_the_job_s_own(runner: Runner, name: str) -> None:
    assert runner.run(references=PLAN, **{name: CANARY}) == 0
    assert runner.run(references=PLAN) == 5
    assert runner.run(references=PLAN, codex_token=CANARY) == 0
    assert runner.outputs["cache-hits"] == "1"


@pytest.mark.parametrize("event", ["pull_request_target", "workflow_run", "issue_comment", ""])
def test_events_of_other_people_s_changes_save_nothing(
    runner: Runner, capsys: pytest.CaptureFixture[str], event: str
) -> None:
    config = f"{CONFIG}cache: {{path: planted}}\n"
    runner.workspace.write({".fractary/codex/config.yaml": config})
    runner.event(event, PRIVATE)
    assert runner.run(references=GUIDE) == 0
    assert runner.outputs["cache-key"] == ""
    assert runner.outputs["cache-path"] == str(cache_of(runner))
    assert not (runner.workspace.root / "planted").exists()
    assert "cache-key is empty" in said(capsys, "notice")[0]


@pytest.mark.parametrize("where", ["input", "environment"])
def test_events_of_other_people_s_changes_have_no_cache_in_the_workspace(
    runner: Runner, hub: FakeGitHub, capsys: pytest.CaptureFixture[str], where: str
) -> None:
    runner.event("pull_request_target", PRIVATE)
    if where == "environment":
        runner.environ["CODEX_CACHE_DIR"] = str(runner.workspace.root / "planted")
    assert runner.run(references=GUIDE, cache_dir="planted" if where == "input" else "") == 2
    assert "is in the workspace" in said(capsys, "error")[0]
    assert hub.log == []


@pytest.mark.parametrize(
    ("event", "used"),
    [("push", True), ("schedule", True), ("pull_request", False), ("pull_request_target", False)],
)
def test_servers_of_a_configuration_are_asked_where_its_author_may_name_them(
    runner: Runner, capsys: pytest.CaptureFixture[str], event: str, *, used: bool
) -> None:
    runner.workspace.write(
        {
            ".fractary/codex/config.yaml": f"{CONFIG}storage: [{{type: local, name: shelf, base_path: shelf}}]\n",
            "shelf/umbrella/handbook/docs/gone.md": "from the shelf",
        }
    )
    runner.event(event, PRIVATE)
    assert runner.run(references=GONE, output_dir="shared") == (0 if used else 5)
    assert (runner.workspace.root / "shared").exists() == used
    notices = [text for text in said(capsys, "notice") if text.startswith("storage")]
    assert len(notices) == (0 if used else 1)


@pytest.mark.parametrize(
    ("event", "used"), [("push", True), ("pull_request", False), ("pull_request_target", False)]
)
def test_tokens_of_a_configuration_are_used_where_its_author_may_name_them(
    runner: Runner, capsys: pytest.CaptureFixture[str], event: str, *, used: bool
) -> None:
    remotes = 'remotes: {umbrella/secret: {token: "${PARTNER}"}}\n'
    runner.workspace.write({".fractary/codex/config.yaml": CONFIG + remotes})
    runner.environ["PARTNER"] = CANARY
    runner.event(event, PRIVATE)
    assert runner.run(references=PLAN) == (0 if used else 5)
    notices = [text for text in said(capsys, "notice") if text.startswith("remotes")]
    assert len(notices) == (0 if used else 1)


def test_a_doubtful_configuration_is_told_once(runner: Runner, capsys: pytest.CaptureFixture[str]) -> None:
    runner.workspace.write({".fractary/codex/config.yaml": f"{CONFIG}permissions: {{defualt: none}}\n"})
    assert runner.run(references=GUIDE) == 0
    (warning,) = said(capsys, "warning")
    assert warning.startswith(".fractary/codex/config.yaml:4:15: permissions.defualt: unknown key")


@pytest.mark.parametrize(("mode", "saved"), [("read", False), ("none", False), ("write", True), ("", True)])
def test_a_job_that_may_not_save_has_no_key(
    runner: Runner, capsys: pytest.CaptureFixture[str], mode: str, *, saved: bool
) -> None:
    runner.environ["ACTIONS_CACHE_MODE"] = mode
    assert runner.run(references=GUIDE) == 0
    assert bool(runner.outputs["cache-key"]) == saved
    assert len(said(capsys, "notice")) == (0 if saved else 1)


@pytest.mark.parametrize("where", ["input", "configuration"])
def test_a_cache_in_the_workspace_has_its_path_there(runner: Runner, where: str) -> None:
    config = f"{CONFIG}cache: {{path: kept/here}}\n"
    runner.workspace.write({".fractary/codex/config.yaml": config if where == "configuration" else CONFIG})
    assert runner.run(references=GUIDE, cache_dir="kept/here" if where == "input" else "") == 0
    assert runner.outputs["cache-path"] == "kept/here"
    assert (runner.workspace.root / "kept/here/index.db").is_file()


@pytest.mark.parametrize("event", ["pull_request", "merge_group", "pull_request_target"])
def test_a_pull_request_does_not_say_where_the_cache_is(runner: Runner, event: str) -> None:
    runner.workspace.write({".fractary/codex/config.yaml": f"{CONFIG}cache: {{path: kept/here}}\n"})
    runner.event(event, PRIVATE)
    assert runner.run(references=GUIDE) == 0
    assert runner.outputs["cache-path"] == str(cache_of(runner))
    assert not (runner.workspace.root / "kept").exists()


def test_a_place_that_later_steps_cannot_see_is_told(
    runner: Runner, capsys: pytest.CaptureFixture[str]
) -> None:
    place = str(runner.folder / "inner")
    runner.environ["HOME"] = "/github/home"
    assert runner.run(references=GUIDE, cache_dir=place) == 0
    assert runner.outputs["cache-path"] == place
    assert said(capsys, "notice") == [f"the cache is in {place!r}; where later steps see that cannot be told"]


def test_trouble_with_the_cache_is_a_warning(runner: Runner, capsys: pytest.CaptureFixture[str]) -> None:
    cache_of(runner).mkdir(parents=True)
    (cache_of(runner) / "index.db").write_bytes(b"no database" * 100)
    assert runner.run(references=GUIDE) == 0
    (warning,) = said(capsys, "warning")
    assert "damaged" in warning


def test_an_interrupt_leaves_a_cache_that_can_be_saved(runner: Runner, hub: FakeGitHub) -> None:
    code, log = _stop(runner, hub, signal.SIGINT)
    assert code == 130, log
    assert [command.data for command in parse_log(log)] == ["interrupted: nothing is half written"]
    assert (runner.outputs["result"], runner.outputs["exit-code"]) == ("failed", "130")
    assert runner.outputs["cache-key"].startswith("codex-v1-")
    names = {path.name for path in cache_of(runner).iterdir()}
    assert names - {"objects"} == {".gitignore", "index.db"}


def test_a_kill_leaves_a_cache_that_can_be_saved(runner: Runner, hub: FakeGitHub) -> None:
    owner = (1001, 118) if os.geteuid() == 0 else (os.geteuid(), os.getegid())
    os.chown(runner.workspace.root, *owner)
    _stop(runner, hub, signal.SIGKILL)
    assert runner.outputs["cache-key"].startswith("codex-v1-")
    kept = list(cache_of(runner).rglob("*"))
    assert cache_of(runner) / "index.db-wal" in kept
    for path in kept:
        state = path.stat()
        assert (state.st_uid, state.st_gid) == owner, path
        assert stat.S_IMODE(state.st_mode) == (0o755 if path.is_dir() else 0o644), path
    assert runner.run(references=f"{GUIDE}\n{STYLE}") == 0


def _stop(runner: Runner, hub: FakeGitHub, number: signal.Signals) -> tuple[int, str]:
    """Start a run, signal it while it waits for two documents; its exit code and log."""
    hub.latency = 0.5
    inputs = {"INPUT_REFERENCES": f"{GUIDE}\n{STYLE}"}
    with subprocess.Popen(
        [script("codex-action-run")],
        cwd=runner.workspace.root,
        env={**os.environ, **runner.environ, **inputs},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            _wait(lambda: hub.in_flight == 2)
            process.send_signal(number)
            log, _ = process.communicate(timeout=60)
        finally:
            process.kill()
            hub.latency = 0.0
    return process.returncode, log


def _wait(until: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not until():
        assert time.monotonic() < end, "nothing was asked"
        time.sleep(WAITING)


# --- what is foreign --------------------------------------------------------------------------------------------------

HOSTILE = "::error::x%0A##[add-mask]y|<b>@team.md"


def test_hostile_names_and_contents_give_no_command_but_ours(
    runner: Runner, hub: FakeGitHub, capsys: pytest.CaptureFixture[str]
) -> None:
    hub.repos["umbrella/handbook"].versions["main"][HOSTILE] = b"::set-output name=x::y\n##[add-mask]z\n"
    hostile = "codex://umbrella/handbook/::error::x%250A%23%23[add-mask]y|<b>@team.md"
    bad = "codex://umbrella/handbook/##[group]a|@team ![x](http://x.example/)"
    assert runner.run(references=f"{hostile}\n{bad}\n::debug::x", output_dir="shared") in (1, 5)
    assert {command.name for command in commands(capsys)} <= {"error", "group", "endgroup"}
    assert runner.workspace.read(f"shared/umbrella/handbook/{HOSTILE}").startswith(b"::set-output")
    for sign in ("::error", "##[", "<b>", "@team", "![x]"):
        assert sign not in runner.summary, sign
    assert set(runner.outputs) == {
        "result", "exit-code", "errors", "report-file", "cache-path", "cache-key", "cache-restore-keys",
        "cache-hits", "cache-misses",
    }  # fmt: skip


def test_without_annotations_the_log_has_it_all(runner: Runner, capsys: pytest.CaptureFixture[str]) -> None:
    assert runner.run(references=f"{GUIDE}\n{GONE}", annotations="false", summary="false") == 5
    log = capsys.readouterr().out
    assert parse_log(log) == []
    assert log.splitlines()[0].startswith(f"{GUIDE}: 8 B from github")
    assert log.splitlines()[1].startswith(GONE)
    assert not (runner.folder / "summary").exists()


def test_the_runner_s_limit_of_annotations_is_kept(
    runner: Runner, capsys: pytest.CaptureFixture[str]
) -> None:
    references = "\n".join(f"codex://-bad/x/{number}.md" for number in range(20))
    assert runner.run(references=references) == 1
    errors = said(capsys, "error")
    assert len(errors) == 10
    assert errors[-1] == "11 more errors, all in the log and the step summary"


@pytest.mark.parametrize("kind", ["", "forbidden", "primary", "broken"])
def test_a_token_is_seen_by_the_hub_alone(
    runner: Runner, hub: FakeGitHub, capsys: pytest.CaptureFixture[str],
    kind: str,
) -> None:  # fmt: skip
    if kind:
        hub.refuse(kind, seconds=3600, times=9)
    runner.run(references=f"{PLAN}\n{GONE}", codex_token=CANARY, output_dir="shared", json_file="out.json")
    assert {exchange.token for exchange in hub.log} == {CANARY}
    captured = capsys.readouterr()
    assert CANARY not in captured.out + captured.err
    for path in runner.folder.rglob("*"):
        if path.is_file():
            assert CANARY.encode() not in path.read_bytes(), path
