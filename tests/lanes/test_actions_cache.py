"""Our cache folder between two runs of a workflow, saved and restored by the client that actions/cache is made of.

Needs node, and `CACHE_CLIENT_FOLDER`: where the npm package `@actions/cache` is installed.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from cache_service import CacheService
from fake_github import FakeGitHub
from programs import script
from runner_files import parse_outputs

pytestmark = pytest.mark.actions_cache

ROOT = Path(__file__).parents[2]
NOBODY = 65534  # whom `open_folder` belongs to
GUIDE = "codex://umbrella/handbook/docs/guide.md"
GONE = "codex://umbrella/handbook/docs/gone.md"
TOKEN = "ghs_not_to_be_seen_anywhere"
PREFIX = "codex-v1-"
PRIVATE = {"repository": {"private": True, "visibility": "private"}}


@dataclass(frozen=True)
class Workflow:
    """A runner's folders as its steps see them: ours is root, the others are the runner's user."""

    folder: Path
    hub: FakeGitHub
    service: CacheService

    @property
    def workspace(self) -> Path:
        return self.folder / "work/web/web"

    @property
    def cache(self) -> Path:
        return self.folder / "work/_temp/_github_home/.cache/codex"

    def fetch(self, references: str, run_id: str) -> tuple[int, dict[str, str]]:
        """The Action as a step: its exit code and outputs."""
        output = self.folder / f"output-{run_id}"
        environ = {
            "HOME": str(self.folder / "work/_temp/_github_home"),
            "GITHUB_ACTIONS": "true",
            "GITHUB_WORKSPACE": str(self.workspace),
            "GITHUB_REPOSITORY": "umbrella/web",
            "GITHUB_API_URL": self.hub.url,
            "GITHUB_EVENT_NAME": "push",
            "GITHUB_EVENT_PATH": str(self.folder / "event.json"),
            "GITHUB_OUTPUT": str(output),
            "GITHUB_RUN_ID": run_id,
            "GITHUB_RUN_ATTEMPT": "1",
            "INPUT_COMMAND": "fetch",
            "INPUT_REFERENCES": references,
            "INPUT_OUTPUT-DIR": "shared",
            "INPUT_TOKEN": f"{TOKEN}-{run_id}",
        }
        self.hub.tokens[f"{TOKEN}-{run_id}"] = set()
        done = subprocess.run(
            [script("codex-action-run")],
            cwd=self.workspace,
            env={**os.environ, **environ},
            capture_output=True,
            check=False,
        )
        return done.returncode, parse_outputs(output.read_text(encoding="utf-8"))

    def step(self, what: str, key: str, *prefixes: str) -> str | None:
        """`actions/cache/save` or `restore`: the key, or None."""
        environ = {
            "CACHE_CLIENT_FOLDER": str(self.folder / "client"),
            "ACTIONS_CACHE_SERVICE_V2": "true",
            "ACTIONS_RESULTS_URL": self.service.url,
            "ACTIONS_RUNTIME_TOKEN": "aaa.bbb.ccc",
            "GITHUB_WORKSPACE": str(self.workspace),
            "RUNNER_TEMP": str(self.folder / "work/_temp"),
            "HOME": str(self.folder),
            "PATH": os.environ["PATH"],
        }
        command = ["node", str(self.folder / "actions-cache.mjs"), what, str(self.cache), key, *prefixes]
        user = {"user": NOBODY, "group": NOBODY} if os.geteuid() == 0 else {}
        done = subprocess.run(  # type: ignore[call-overload]  # the options are known when it runs
            command, cwd=self.folder, env=environ, capture_output=True, text=True, check=False, **user
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert "warning" not in done.stdout.lower(), done.stdout
        answer: str | None = json.loads(done.stdout.splitlines()[-1])
        return answer


@pytest.fixture
def workflow(open_folder: Path) -> Iterator[Workflow]:
    shutil.copytree(
        Path(os.environ["CACHE_CLIENT_FOLDER"]) / "node_modules", open_folder / "client/node_modules"
    )
    shutil.copy(ROOT / ".ci/actions-cache.mjs", open_folder)
    (open_folder / "event.json").write_text(json.dumps(PRIVATE))
    with FakeGitHub() as hub, CacheService() as service:
        hub.add("umbrella/handbook", {"docs/guide.md": b"# Guide\n"})
        made = Workflow(open_folder, hub, service)
        for path in (made.workspace, made.cache.parents[1]):
            path.mkdir(parents=True)
        if os.geteuid() == 0:
            for path in (open_folder / "work", *(open_folder / "work").rglob("*")):
                os.chown(path, NOBODY, NOBODY)
        yield made


def test_a_later_run_finds_what_an_earlier_one_fetched(workflow: Workflow) -> None:
    assert workflow.step("restore", PREFIX, PREFIX) is None
    code, first = workflow.fetch(GUIDE, "1")
    assert (code, first["cache-hits"], first["cache-misses"]) == (0, "0", "1")
    assert first["cache-path"] == str(workflow.cache)
    assert all(
        TOKEN.encode() not in path.read_bytes() for path in workflow.cache.rglob("*") if path.is_file()
    )
    assert workflow.step("save", first["cache-key"]) == first["cache-key"]
    assert workflow.step("save", first["cache-key"]) is None  # a key is good for one archive

    shutil.rmtree(workflow.cache)
    shutil.rmtree(workflow.workspace / "shared")
    workflow.hub.log.clear()
    assert workflow.step("restore", PREFIX, PREFIX) == first["cache-key"]
    code, second = workflow.fetch(GUIDE, "2")
    assert (code, second["cache-hits"], second["cache-misses"]) == (0, "1", "0")
    assert workflow.hub.log == []
    assert (workflow.workspace / "shared/umbrella/handbook/docs/guide.md").read_bytes() == b"# Guide\n"
    assert second["cache-key"] != first["cache-key"]
    assert workflow.step("save", second["cache-key"]) == second["cache-key"]  # written to by both users


def test_a_run_that_fails_saves_what_it_got(workflow: Workflow) -> None:
    code, first = workflow.fetch(f"{GUIDE}\n{GONE}", "1")
    assert (code, first["errors"]) == (5, "1")
    assert workflow.step("save", first["cache-key"]) == first["cache-key"]
    shutil.rmtree(workflow.cache)
    near = first["cache-restore-keys"].split("\n")
    assert workflow.step("restore", "codex-v1-other", *near) == first["cache-key"]
    code, second = workflow.fetch(GUIDE, "2")
    assert (code, second["cache-hits"]) == (0, "1")
