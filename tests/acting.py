"""act, with podman's engine, and what takes the place of actions on the network (see lanes/test_act.py)."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from containers import BASE, IMAGE, ROOT, Engine, git
from fake_github import FakeGitHub

OURS = "fractary/codex-action@v1"
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
