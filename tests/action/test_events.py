"""Which command does its work for which event, and which one refuses: the whole table, through the entry point."""

from __future__ import annotations

from pathlib import Path

import pytest
from runner_job import Runner
from sync_project import MANIFEST
from trees import Tree, repository

CONFIG = """\
schema_version: "3.0"
codex_repo: {organization: umbrella, repository: codex}
project: handbook
sync: {patterns: ["docs/**"]}
"""
MAIN, TOPIC, PULL = "refs/heads/main", "refs/heads/topic", "refs/pull/7/merge"
COMMANDS = ("validate", "migrate", "fetch", "plan", "apply", "report")
# An event, the ref that its workflow runs on, and the exit code of each command: 4 is refused.
TABLE: dict[str, tuple[str, str, tuple[int, ...]]] = {
    "push to the default branch": ("push", MAIN, (0, 0, 0, 0, 0, 4)),
    "push to another": ("push", TOPIC, (0, 0, 0, 0, 4, 4)),
    "push of a tag": ("push", "refs/tags/v1", (0, 0, 0, 0, 4, 4)),
    "schedule": ("schedule", MAIN, (0, 0, 0, 0, 0, 4)),
    "by hand": ("workflow_dispatch", MAIN, (0, 0, 0, 0, 0, 4)),
    "by hand, on another branch": ("workflow_dispatch", TOPIC, (0, 0, 0, 0, 4, 4)),
    "pull request": ("pull_request", PULL, (0, 0, 0, 0, 4, 4)),
    "merge queue": ("merge_group", "refs/heads/gh-readonly-queue/main/pr-7-abc", (0, 0, 0, 0, 4, 4)),
    "target": ("pull_request_target", MAIN, (0, 0, 0, 4, 4, 4)),
    "another workflow's end": ("workflow_run", MAIN, (0, 0, 0, 4, 4, 0)),
    "a comment": ("issue_comment", MAIN, (0, 0, 0, 4, 4, 4)),
    "an event of next year": ("constellation", MAIN, (0, 0, 0, 4, 4, 4)),
    "nobody says which": ("", MAIN, (0, 0, 0, 4, 4, 4)),
}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tree:
    made = repository(
        tmp_path / "work", {".fractary/codex/config.yaml": CONFIG, "docs/a.md": "a\n", "codex/projects/handbook/docs/b.md": "b\n"}
    )  # fmt: skip
    monkeypatch.chdir(made.root)
    return made


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("name", TABLE)
def test_the_table(project: Tree, tmp_path: Path, name: str, command: str) -> None:
    event, ref, codes = TABLE[name]
    files = tmp_path / "runner"
    (files / "home").mkdir(parents=True)
    environ = {
        "HOME": str(files / "home"), "GITHUB_ACTIONS": "true", "GITHUB_REPOSITORY": "umbrella/handbook", "GITHUB_REF": ref,
        "GITHUB_API_URL": "http://127.0.0.1:9", "GITHUB_WORKSPACE": str(project.root), "GITHUB_OUTPUT": str(files / "output"),
        "GITHUB_SHA": project.git("rev-parse", "HEAD").strip(),
    }  # fmt: skip
    runner = Runner(project, files, environ)
    runner.event(event, {"repository": {"default_branch": "main", "private": True}})
    more = {
        "fetch": {"references": "codex://umbrella/handbook/docs/a.md"},
        "plan": {"codex_path": "codex"},
        "report": {"plan_file": "plan.json"},
        "apply": {"codex_path": "codex", "direction": "from-codex", "require_approved_plan": "false"},
    }
    code = codes[COMMANDS.index(command)]
    assert runner.run(command=command, **more.get(command, {})) == code
    assert (runner.outputs["result"], runner.outputs["exit-code"]) == (
        "failed" if code else "passed",
        str(code),
    )
    written = [name for name in ("docs/b.md", MANIFEST) if (project.root / name).exists()]
    assert written == (["docs/b.md", MANIFEST] if (command, code) == ("apply", 0) else [])
