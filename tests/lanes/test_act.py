"""The example workflows as they are shipped, and our own, run whole by act against the tests' GitHub.

Needs what the container tests need, `act` on the PATH, and `WEBHOOK_EXAMPLES`: the file api.github.com/index.json of
the npm package @octokit/webhooks-examples, whose payloads are GitHub's own. The action comes from its image, as a
release has it; actions of others are stood in for by steps that print what they are given.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml
from comment_world import plan
from containers import BASE, BASE_TAR, IMAGE, ROOT, Engine, git
from fake_github import FakeGitHub
from fake_pulls import Pull
from git_server import served
from trees import Tree, bare

from codex_action.sync.saved import to_json

pytestmark = pytest.mark.container

EXAMPLES = ROOT / "examples/workflows"
TOKEN = "ghs_not_to_be_seen_anywhere"
# What checks a repository out is built into act; ours is the one that is tested.
_BUILT_IN = ("actions/checkout", "fractary/codex-action")
STUB = """\
name: stub
description: prints what it is given, and the report that it would upload
inputs: {inputs}
runs:
  using: composite
  steps:
    - shell: sh
      env: {{GIVEN: "${{{{ toJSON(inputs) }}}}", SARIF: "${{{{ inputs.sarif_file }}}}"}}
      run: |
        printf 'given: %s\\n' "$(printf '%s' "$GIVEN" | tr -d '\\n')"
        if [ -n "$SARIF" ]; then printf 'uploaded: %s\\n' "$(tr -d '\\n' < "$SARIF")"; fi
"""


@dataclass(frozen=True)
class Done:
    """What a run came to: how each step ended, the outputs by step, and what was printed."""

    exit_code: int
    steps: dict[str, str]
    outputs: dict[str, dict[str, str]]
    lines: list[str]
    log: str

    def said(self, mark: str) -> list[dict[str, Any]]:
        """The JSON that lines with a mark hold."""
        return [json.loads(line.partition(mark)[2]) for line in self.lines if line.startswith(mark)]


@dataclass
class Act:
    """act, with an engine of its own, and what takes the place of actions on the network."""

    engine: Engine
    folder: Path
    service: subprocess.Popen[bytes]
    local: list[str] = field(default_factory=list)

    @property
    def socket(self) -> str:
        return f"unix://{self.folder}/podman.sock"

    def run(
        self, project: Path, workflow: str, event: str, payload: object, hub: FakeGitHub, *more: str
    ) -> Done:
        (self.folder / "event.json").write_text(json.dumps(payload))
        command = [
            "act", event, "--json", "-W", workflow, "-e", str(self.folder / "event.json"), "-P", f"ubuntu-latest={BASE}",
            "--container-daemon-socket", "-", "--pull=false", "--network", "host", "-s", "GITHUB_TOKEN", *self.local, *more,
            "--env", f"GITHUB_API_URL={hub.url}",
        ]  # fmt: skip
        home = {"HOME": str(self.folder), "XDG_CACHE_HOME": str(self.folder / "cache")}
        done = subprocess.run(
            command,
            cwd=project,
            env={**self.engine.environ, **home, "DOCKER_HOST": self.socket, "GITHUB_TOKEN": TOKEN},
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )
        return read(done)


def read(done: subprocess.CompletedProcess[str]) -> Done:
    steps: dict[str, str] = {}
    outputs: dict[str, dict[str, str]] = {}
    lines: list[str] = []
    for row in filter(lambda text: text.startswith("{"), (done.stdout + done.stderr).splitlines()):
        entry = json.loads(row)
        if entry.get("stage") == "Main" and "stepResult" in entry:
            steps[entry["step"]] = entry["stepResult"]
        if entry.get("command") == "set-output":
            outputs.setdefault(entry["stepID"][0], {})[entry["name"]] = entry["arg"]
        if entry.get("raw_output"):
            lines += entry["msg"].splitlines()
    log = done.stdout + done.stderr
    assert TOKEN not in log.replace(f'"{TOKEN}"', "")
    return Done(done.returncode, steps, outputs, lines, log)


@pytest.fixture(scope="module")
def act(engine: Engine, image: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Act]:
    assert image == IMAGE
    assert shutil.which("act"), "act is not on the PATH: pip install -r .ci/tools.txt"
    if not BASE_TAR:
        engine.run("podman", "pull", "-q", BASE)
    folder = tmp_path_factory.mktemp("act")
    command = ["podman", "system", "service", "--time=0", f"unix://{folder}/podman.sock"]
    with (folder / "service.log").open("wb") as log:
        service = subprocess.Popen(
            command, env={**engine.environ, "BUILDAH_ISOLATION": "chroot"}, stdout=log, stderr=log
        )
    try:
        for _ in range(100):
            if (folder / "podman.sock").exists():
                break
            time.sleep(0.1)
        yield Act(engine, folder, service, [*released(folder), *stubs(folder)])
    finally:
        service.terminate()
        service.wait(timeout=20)


def released(folder: Path) -> list[str]:
    """The action as a release has it: its action.yml names an image."""
    place = folder / "released"
    place.mkdir()
    text = (ROOT / "action.yml").read_text()
    (place / "action.yml").write_text(text.replace("image: Dockerfile", f"image: docker://localhost/{IMAGE}"))
    return ["--local-repository", f"fractary/codex-action@v1={place}"]


def stubs(folder: Path) -> list[str]:
    """A stand-in for each action of others that an example uses."""
    given: dict[str, set[str]] = {}
    for path in EXAMPLES.glob("*.yml"):
        for job in yaml.safe_load(path.read_text())["jobs"].values():
            for step in job["steps"]:
                if "uses" in step and not step["uses"].startswith(_BUILT_IN):
                    given.setdefault(step["uses"], set()).update(step.get("with", {}))
    options: dict[str, str] = {}
    for uses, names in given.items():
        name, ref = uses.split("@")
        owner, repo, *below = name.split("/")
        place = folder / f"stub-{owner}-{repo}"
        (place / Path(*below)).mkdir(parents=True, exist_ok=True)
        inputs = json.dumps({name: {"required": False} for name in sorted(names | {"sarif_file"})})
        (place / Path(*below) / "action.yml").write_text(STUB.format(inputs=inputs))
        options[f"{owner}/{repo}@{ref}"] = str(place)
    return [part for name, place in options.items() for part in ("--local-repository", f"{name}={place}")]


@pytest.fixture
def payloads() -> dict[str, dict[str, Any]]:
    """GitHub's own examples, by event and action."""
    path = os.environ["WEBHOOK_EXAMPLES"]
    known = json.loads(Path(path).read_text(encoding="utf-8"))
    return {
        f"{event['name']}.{example.get('action', '')}".rstrip("."): example
        for event in known
        for example in reversed(event["examples"])
    }


@pytest.fixture
def hub() -> Iterator[FakeGitHub]:
    with FakeGitHub() as made:
        yield made


def project(folder: Path, full_name: str, workflow: str, files: dict[str, str]) -> Path:
    """A repository with one commit that has a workflow of ours."""
    for name, text in {**files, f".github/workflows/{workflow}": (EXAMPLES / workflow).read_text()}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return committed(folder, full_name)


def committed(folder: Path, full_name: str) -> Path:
    git(folder, "init", "--quiet", "--initial-branch=main")
    git(folder, "remote", "add", "origin", f"https://github.com/{full_name}.git")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message=start")
    return folder


OURS = "fractary/codex-action@v1"
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


@pytest.fixture
def codex(tmp_path: Path) -> Iterator[tuple[Tree, str]]:
    """The codex repository on a git server of its own."""
    made = bare(tmp_path / "server/northwind/codex.git", {"README.md": "# Codex\n"})
    for key in ("uploadpack.allowFilter", "http.receivepack"):
        made.git("config", key, "true")
    with served(tmp_path / "server") as server:
        yield made, server.url


def test_a_plan_and_its_merge(
    act: Act, hub: FakeGitHub, payloads: dict[str, dict[str, Any]], tmp_path: Path, codex: tuple[Tree, str]
) -> None:
    """What the comment listed is in the codex repository after the merge, and the comment says so."""
    opened, pushed = payloads["pull_request.opened"], payloads["push"]
    name, number = opened["repository"]["full_name"], opened["number"]
    repo = hub.add(name, {"x": b"x"})
    head = opened["pull_request"]["head"]["sha"]
    hub.tokens[TOKEN], hub.logins[TOKEN] = {name}, "github-actions[bot]"
    repo.pulls.append(Pull(number, "changes", "main", "Change", sha=head))
    server = ("--env", f"GITHUB_SERVER_URL={codex[1]}")
    place = project(tmp_path / "asked", name, "plan.yml", SYNCED)
    done = act.run(place, ".github/workflows/plan.yml", "pull_request", opened, hub, *server)
    assert (done.exit_code, done.steps[OURS]) == (0, "success"), done.log
    (remark,) = repo.remarks
    assert '"state":"planned"' in remark.body
    place = project(tmp_path / "merged", name, "apply.yml", SYNCED)
    merged = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=place, capture_output=True, text=True, check=True
    )
    repo.pulls[0].landed, repo.pulls[0].state = (merged.stdout.strip(),), "closed"
    pushed["repository"] = {**opened["repository"], "default_branch": "main"}
    pushed.update(ref="refs/heads/main", after=merged.stdout.strip())
    act.run(place, ".github/workflows/apply.yml", "push", pushed, hub, *server)
    assert '"state":"applied"' in repo.remarks[0].body
    assert codex[0].git("show", "main:projects/web/docs/a.md") == "a\n"


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
