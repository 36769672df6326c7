"""The example workflows as they are shipped, and our own, run whole by act against the tests' GitHub.

Needs what the container tests need, `act` on the PATH, and `WEBHOOK_EXAMPLES`: the file api.github.com/index.json of
the npm package @octokit/webhooks-examples, whose payloads are GitHub's own. The action comes from its image, as a
release has it; actions of others are stood in for by steps that print what they are given. plan.yml and apply.yml are
run by test_life.py.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from acting import EXAMPLES, OURS, TOKEN, Act, committed, project
from comment_world import plan
from containers import BASE_TAR, ROOT
from fake_github import FakeGitHub
from fake_pulls import Pull

from codex_action.sync.saved import to_json

pytestmark = pytest.mark.container


BROKEN = "codex://-bad/name/x.md\n"


def test_every_example_is_run() -> None:
    assert {path.name for path in EXAMPLES.glob("*.yml")} == {
        "validate.yml", "code-scanning.yml", "fetch.yml", "migrate.yml", "plan.yml", "plan-of-forks.yml", "apply.yml"
    }  # fmt: skip


def test_validate(act: Act, hub: FakeGitHub, payloads: dict[str, dict[str, Any]], tmp_path: Path) -> None:
    """A pull request as GitHub tells of it: only what it changes is checked."""
    payload = payloads["pull_request.opened"]
    name, number = payload["repository"]["full_name"], payload["number"]
    old = {"old.md": BROKEN, "README.md": "# Read me\n"}
    new = {**old, "new.md": BROKEN}
    repo = hub.add(name, {path: text.encode() for path, text in old.items()},
                   others={"changes": {path: text.encode() for path, text in new.items()}})  # fmt: skip
    repo.pulls.append(Pull(number, "changes", "main", "Change"))
    hub.tokens[TOKEN] = {name}
    payload["pull_request"]["head"]["sha"] = repo.tip("changes")
    place = project(tmp_path, name, "validate.yml", new)
    done = act.run(place, ".github/workflows/validate.yml", "pull_request", payload, hub)
    assert (done.exit_code, done.steps[OURS]) == (1, "failure"), done.log
    assert [outputs["files-checked"] for outputs in done.outputs.values()] == ["1"]
    assert [exchange.path for exchange in hub.log] == [f"/repos/{name}/pulls/{number}/files"]
    assert hub.log[0].token == TOKEN


def test_what_the_readme_gives_a_newcomer(
    act: Act, hub: FakeGitHub, payloads: dict[str, dict[str, Any]], tmp_path: Path
) -> None:
    """Its first workflow in a repository with nothing else: green, until there is a reference that is broken."""
    block = re.search(
        r"```yaml\n# (\.github/workflows/references\.yml)\n(.*?)```",
        (ROOT / "README.md").read_text(),
        re.DOTALL,
    )
    assert block
    payload = payloads["pull_request.opened"]
    name, number = payload["repository"]["full_name"], payload["number"]
    repo = hub.add(name, {"x": b"x"}, others={"changes": {"x": b"x", "docs/a.md": b"a"}})
    repo.pulls.append(Pull(number, "changes", "main", "Change"))
    hub.tokens[TOKEN] = {name}
    payload["pull_request"]["head"]["sha"] = repo.tip("changes")
    for text, code in (("# Guide\n", 0), (BROKEN, 1)):
        place = tmp_path / str(code)
        (place / block[1]).parent.mkdir(parents=True)
        (place / block[1]).write_text(block[2])
        (place / "docs").mkdir()
        (place / "docs/a.md").write_text(text)
        done = act.run(committed(place, name), block[1], "pull_request", payload, hub)
        assert done.exit_code == code, done.log
        assert [outputs["files-checked"] for outputs in done.outputs.values()] == ["1"]


def test_validate_in_a_merge_queue(
    act: Act, hub: FakeGitHub, payloads: dict[str, dict[str, Any]], tmp_path: Path
) -> None:
    """The queue goes on where nothing is wrong; nobody is asked about a pull request."""
    payload = payloads["merge_group.checks_requested"]
    place = project(
        tmp_path, payload["repository"]["full_name"], "validate.yml", {"README.md": "# Read me\n"}
    )
    done = act.run(place, ".github/workflows/validate.yml", "merge_group", payload, hub)
    assert (done.exit_code, done.steps[OURS]) == (0, "success"), done.log
    assert hub.log == []


def test_validate_of_a_fork(
    act: Act, hub: FakeGitHub, payloads: dict[str, dict[str, Any]], tmp_path: Path
) -> None:
    """A token that may not ask is no reason to fail: the findings alone are."""
    payload = payloads["pull_request.opened"]
    name = payload["repository"]["full_name"]
    payload["pull_request"]["head"]["repo"] = {
        **payload["repository"],
        "fork": True,
        "full_name": "somebody/fork",
    }
    hub.tokens[TOKEN] = set()
    hub.refuse("forbidden")
    place = project(tmp_path, name, "validate.yml", {"README.md": "# Read me\n"})
    done = act.run(place, ".github/workflows/validate.yml", "pull_request", payload, hub)
    assert (done.exit_code, done.steps[OURS]) == (0, "success"), done.log
    assert any("it needs the permission pull-requests: read" in line for line in done.lines)
    assert len(hub.log) == 1


def test_code_scanning(
    act: Act, hub: FakeGitHub, payloads: dict[str, dict[str, Any]], tmp_path: Path
) -> None:
    """Findings are uploaded, and do not fail the job."""
    payload = payloads["push"]
    place = project(tmp_path, payload["repository"]["full_name"], "code-scanning.yml", {"docs/a.md": BROKEN})
    done = act.run(place, ".github/workflows/code-scanning.yml", "push", payload, hub)
    assert (done.exit_code, done.steps[OURS]) == (0, "success"), done.log
    (report,) = done.said("uploaded: ")
    (result,) = report["runs"][0]["results"]
    assert result["ruleId"] == "CODEX003"
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "docs/a.md"


def test_fetch(act: Act, hub: FakeGitHub, payloads: dict[str, dict[str, Any]], tmp_path: Path) -> None:
    """The documents come, and the cache's steps get the key and the folder."""
    hub.add(
        "northwind/handbook",
        {"docs/style-guide.md": b"# Style\n"},
        others={"v2": {"docs/onboarding.md": b"# On\n"}},
    )
    hub.tokens[TOKEN] = set()
    payload = payloads["push"]
    place = project(tmp_path, payload["repository"]["full_name"], "fetch.yml", {"README.md": "# Read me\n"})
    done = act.run(place, ".github/workflows/fetch.yml", "push", payload, hub)
    assert (done.exit_code, done.steps[OURS]) == (0, "success"), done.log
    assert (done.outputs["codex"]["errors"], done.outputs["codex"]["cache-misses"]) == ("0", "2")
    restored, saved = done.said("given: ")
    assert (restored["key"], restored["restore-keys"]) == ("codex-v1-", "codex-v1-")
    assert saved["key"] == done.outputs["codex"]["cache-key"]
    assert saved["path"] == restored["path"]


def test_migrate(act: Act, hub: FakeGitHub, payloads: dict[str, dict[str, Any]], tmp_path: Path) -> None:
    """A configuration of the present form asks for no pull request."""
    config = 'schema_version: "3.0"\ncodex_repo: {organization: octo-org, repository: codex}\nproject: web\n'
    place = project(tmp_path, "octo-org/web", "migrate.yml", {".fractary/codex/config.yaml": config})
    payload = {key: payloads["push"][key] for key in ("repository", "sender")}
    done = act.run(place, ".github/workflows/migrate.yml", "schedule", payload, hub)
    assert (done.exit_code, done.steps[OURS]) == (0, "success"), done.log
    assert done.outputs["codex"]["has-changes"] == "false"
    assert "success" not in [result for step, result in done.steps.items() if "git" in step]


SYNCED = {
    ".fractary/codex/config.yaml": (
        'schema_version: "3.0"\ncodex_repo: {organization: northwind, repository: codex}\nproject: web\n'
        'sync: {patterns: ["docs/**"]}\n'
    ),
    "docs/a.md": "a\n",
}


def test_the_plan_of_a_fork(
    act: Act, hub: FakeGitHub, payloads: dict[str, dict[str, Any]], tmp_path: Path
) -> None:
    """The plan's file is told where GitHub says, by a job that checks nothing out."""
    payload = payloads["workflow_run.completed"]
    name, run = payload["repository"]["full_name"], payload["workflow_run"]
    run["event"], run["head_branch"] = "pull_request", "changes"
    repo = hub.add(name, {"x": b"x"})
    hub.tokens[TOKEN], hub.logins[TOKEN] = {name}, "github-actions[bot]"
    owner = run["head_repository"]["owner"]["login"]
    repo.pulls.append(Pull(3, "changes", "main", "Change", sha=run["head_sha"], owner=owner))
    place = project(tmp_path, name, "plan-of-forks.yml", {"plan/codex-plan-sync.json": to_json(plan())})
    done = act.run(place, ".github/workflows/plan-of-forks.yml", "workflow_run", payload, hub, "--bind")
    assert (done.exit_code, done.steps[OURS]) == (0, "success"), done.log
    (remark,) = repo.remarks
    assert remark.number == 3
    assert '"state":"planned"' in remark.body


def test_our_own_workflow_uses_the_action_of_its_commit(
    act: Act, hub: FakeGitHub, payloads: dict[str, dict[str, Any]], tmp_path: Path
) -> None:
    """`uses: ./`, built from the Dockerfile; a stand-in for the base has no digest."""
    place = tmp_path / "ours"
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    for name in listed.decode().split("\0")[:-1]:
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, place / name, follow_symlinks=False)
    if BASE_TAR:
        dockerfile = (place / "Dockerfile").read_text()
        (place / "Dockerfile").write_text(re.sub(r"(?m)^(FROM python:\S+)@sha256:\S+", r"\1", dockerfile))
    committed(place, "fractary/codex-action")
    done = act.run(place, ".github/workflows/ci.yml", "push", payloads["push"], hub, "-j", "container")
    assert done.exit_code == 0, done.log
    assert "good: success 0 0; bad: failure 1 1" in done.lines
