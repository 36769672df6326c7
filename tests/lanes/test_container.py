"""The image, built from the Dockerfile and run as the runner runs it: its mounts, environment and owners.

Needs root, buildah, podman and runc. `CODEX_BASE_IMAGE` names a tar that stands in for the base; without
it the base is pulled.
"""

from __future__ import annotations

import html
import json
import os
import re
import stat
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
import yaml
from containers import Engine, checkout
from fake_github import FakeGitHub
from runner_commands import Command, parse_log

pytestmark = pytest.mark.container

ROOT = Path(__file__).parents[2]
RUNNER_UID, RUNNER_GID = 1001, 118  # the user of GitHub's hosted runners, who owns the checkout
ACTION = yaml.safe_load((ROOT / "action.yml").read_text())
TOKEN = "ghs_not_to_be_seen_anywhere"
BROKEN = "See codex://-bad/name/x.md for more.\n"
LEGACY = "See @codex/handbook/docs/a.md for more.\n"
# What a validation says of itself.
VALIDATED = {
    "result", "exit-code", "errors", "warnings", "unverified", "refs-checked", "files-checked", "has-changes", "report-file", "sarif-file",
}  # fmt: skip


@dataclass(frozen=True)
class Run:
    """What a step left behind."""

    exit_code: int
    stdout: str
    stderr: str
    outputs: dict[str, str]
    summary: str

    @property
    def commands(self) -> list[Command]:
        return parse_log(self.stdout) + parse_log(self.stderr)

    @property
    def annotations(self) -> list[Command]:
        return [command for command in self.commands if command.name in {"error", "warning", "notice"}]


def give_to_runner(folder: Path) -> None:
    for path in (folder, *folder.rglob("*")):
        os.chown(path, RUNNER_UID, RUNNER_GID, follow_symlinks=False)


def read_outputs(text: str) -> dict[str, str]:
    """The outputs of a GITHUB_OUTPUT file; every entry is `name<<delimiter`, as foreign values require."""
    lines = iter(text.splitlines())
    outputs = {}
    for line in lines:
        entry = re.fullmatch(r"([a-z-]+)<<([A-Za-z0-9_-]{16,})", line)
        assert entry, f"not a heredoc entry: {line!r}"
        value = []
        for content in lines:
            if content == entry[2]:
                break
            value.append(content)
        else:
            pytest.fail(f"{entry[1]} never ends")
        outputs[entry[1]] = "\n".join(value)
    return outputs


@dataclass(frozen=True)
class Step:
    """One job's folders, and the action as a step in it."""

    engine: Engine
    image: str
    folder: Path
    environ: dict[str, str] = field(default_factory=dict)
    read_only: bool = False

    @property
    def workspace(self) -> Path:
        return self.folder / "workspace"

    def run(self, files: dict[str, str], **inputs: str) -> Run:
        """Check out the files and run the action; inputs are named as Python can: fail_on is `fail-on`.

        As on GitHub every input is set, to its default in action.yml where the step says nothing.
        """
        for name in ("workspace", "home", "workflow", "file_commands", "runner_temp"):
            (self.folder / name).mkdir(exist_ok=True)
        for name in ("output", "step_summary", "env", "path", "state"):
            (self.folder / "file_commands" / name).touch()
        repository = {"private": True, "visibility": "private", "default_branch": "main"}
        event = {"ref": "refs/heads/main", "repository": repository}
        (self.folder / "workflow" / "event.json").write_text(json.dumps(event))
        checkout(self.workspace, files)
        give_to_runner(self.folder)
        return self.start(**inputs)

    def start(self, *options: str, **inputs: str) -> Run:
        """Run the action on what is there, with more options of podman's."""
        given = [*self._options(inputs), *options]
        done = self.engine.run("podman", "run", "--rm", *given, self.image, check=False)
        output, summary = (
            (self.folder / "file_commands" / name).read_text() for name in ("output", "step_summary")
        )
        assert TOKEN not in done.stdout + done.stderr + output + summary
        return Run(done.returncode, done.stdout, done.stderr, read_outputs(output), summary)

    def _options(self, inputs: dict[str, str]) -> list[str]:
        """The runner's mounts, folder and environment (actions/runner, ContainerActionHandler.cs)."""
        environ = {
            "CI": "true",
            "GITHUB_ACTIONS": "true",
            "HOME": "/github/home",
            "RUNNER_TEMP": "/github/runner_temp",
            "RUNNER_WORKSPACE": "/home/runner/work/handbook",
            "GITHUB_WORKSPACE": "/github/workspace",
            "GITHUB_REPOSITORY": "acme/handbook",
            "GITHUB_REPOSITORY_OWNER": "acme",
            "GITHUB_EVENT_NAME": "push",
            "GITHUB_EVENT_PATH": "/github/workflow/event.json",
            "GITHUB_REF": "refs/heads/main",
            "GITHUB_API_URL": "http://127.0.0.1:9",  # nobody answers: these runs need no network
            "GITHUB_SERVER_URL": "https://github.com",
            "GITHUB_OUTPUT": "/github/file_commands/output",
            "GITHUB_STEP_SUMMARY": "/github/file_commands/step_summary",
            "GITHUB_ENV": "/github/file_commands/env",
            "GITHUB_PATH": "/github/file_commands/path",
            "GITHUB_STATE": "/github/file_commands/state",
            "GITHUB_RUN_ID": "7000000001",
            "GITHUB_RUN_ATTEMPT": "1",
            **self.environ,
        }
        given = {name.replace("_", "-"): value for name, value in inputs.items()}
        known = {name: spec.get("default", "") for name, spec in ACTION["inputs"].items()} | {"token": TOKEN}
        assert given.keys() <= known.keys()
        environ |= {f"INPUT_{name.upper()}": value for name, value in (known | given).items()}
        mounts = ("workspace", "home", "workflow", "file_commands", "runner_temp")
        return [
            "--workdir=/github/workspace",
            *(f"--env={name}={value}" for name, value in environ.items()),
            *(f"--volume={self.folder / name}:/github/{name}{self._mode(name)}" for name in mounts),
        ]

    def _mode(self, mount: str) -> str:
        return ":ro" if self.read_only and mount == "workspace" else ""


@pytest.fixture
def step(engine: Engine, image: str, tmp_path: Path) -> Step:
    return Step(engine, image, tmp_path)


def owners(folder: Path) -> set[tuple[int, int]]:
    states = [path.lstat() for path in (folder, *folder.rglob("*"))]
    return {(state.st_uid, state.st_gid) for state in states}


def test_image_is_what_the_runner_asks_for(engine: Engine, image: str) -> None:
    config = json.loads(engine.run("podman", "image", "inspect", image).stdout)[0]["Config"]
    assert config["Entrypoint"] == ["/usr/local/bin/codex-action-run"]
    assert not config.get("User")
    assert config.get("WorkingDir", "") in {"", "/"}


def test_clean_workspace_passes(step: Step) -> None:
    run = step.run(
        {"docs/a.md": "See codex://acme/handbook/docs/b.md.\n", "docs/b.md": "B\n"}, command="validate"
    )
    assert run.exit_code == 0, run.stdout + run.stderr
    assert run.annotations == []
    assert set(run.outputs) == VALIDATED
    assert (run.outputs["exit-code"], run.outputs["errors"]) == ("0", "0")
    assert run.outputs["refs-checked"] == "1"
    assert run.summary.strip()


def test_broken_reference_fails_the_step(step: Step) -> None:
    run = step.run({"docs/a.md": "A\n" + BROKEN}, command="validate", fail_on="error")
    assert run.exit_code == 1, run.stdout + run.stderr
    errors = [command for command in parse_log(run.stdout) if command.name == "error"]
    assert [(error.properties["file"], error.properties["line"]) for error in errors] == [("docs/a.md", "2")]
    assert (run.outputs["exit-code"], run.outputs["errors"]) == ("1", "1")
    assert "docs/a.md" in html.unescape(run.summary)


def test_input_with_a_hyphen_reaches_the_action(step: Step) -> None:
    run = step.run({"docs/a.md": BROKEN}, command="validate", fail_on="never")
    assert run.exit_code == 0, run.stdout + run.stderr
    assert run.outputs["errors"] == "1"


def test_git_works_in_a_checkout_of_another_user(step: Step) -> None:
    """Only git knows that the broken file is ignored."""
    run = step.run({".gitignore": "made/\n", "made/a.md": BROKEN, "b.md": "B\n"}, command="validate")
    assert run.exit_code == 0, run.stdout + run.stderr
    assert "dubious ownership" not in run.stdout + run.stderr


def test_fix_keeps_the_owner_of_the_workspace(step: Step) -> None:
    run = step.run({"docs/a.md": LEGACY}, command="validate", fix="true")
    assert (step.workspace / "docs/a.md").read_text() == "See codex://acme/handbook/docs/a.md for more.\n"
    assert owners(step.workspace) == {(RUNNER_UID, RUNNER_GID)}, run.stdout + run.stderr


CONFIG = 'schema_version: "3.0"\ncodex_repo: {organization: acme, repository: codex}\n'
OLD = 'version: "4.0"\norganization: acme\ncodex_repo: codex\n'
SYNCED = {
    ".fractary/codex/config.yaml": f'{CONFIG}sync: {{patterns: ["docs/**"]}}\n',
    "docs/a.md": "a\n",
    "codex/projects/handbook/docs/b.md": "b\n",
}
SYNC = {"token": "", "codex_path": "codex", "direction": "from-codex", "json_file": "out.json"}
WAYS_OUT = {
    "findings": (
        {"a.md": BROKEN},
        {"json_file": "out.json", "sarif_file": "out.sarif", "fail_on": "error"},
        1,
    ),
    "mended": ({"a.md": LEGACY}, {"fix": "true"}, 1),
    "migrated": ({".fractary/codex.yaml": OLD}, {"command": "migrate", "fix": "true"}, 1),
    "wrong inputs": ({"a.md": BROKEN}, {"command": "nothing", "fix": "maybe"}, 2),
    "no configuration": ({".fractary/codex/config.yaml": "{"}, {"fix": "true"}, 3),
    "planned": (SYNCED, {**SYNC, "command": "plan"}, 0),
    "applied": (SYNCED, {**SYNC, "command": "apply", "require_approved_plan": "false"}, 0),
    "not approved": (SYNCED, {**SYNC, "command": "apply"}, 4),
    "no document": (
        {".fractary/codex/config.yaml": CONFIG},
        {
            "command": "fetch",
            "references": "codex://acme/docs/a.md",
            "output_dir": "shared/a",
            "json_file": "out.json",
        },
        5,
    ),
}


@pytest.mark.parametrize(("files", "inputs", "code"), WAYS_OUT.values(), ids=WAYS_OUT.keys())
def test_nothing_is_left_that_the_runner_s_user_does_not_own(
    step: Step, files: dict[str, str], inputs: dict[str, str], code: int
) -> None:
    run = step.run(files, **inputs)
    assert run.exit_code == code, run.stdout + run.stderr
    assert run.outputs["exit-code"] == str(code)
    for name in ("workspace", "home", "runner_temp"):
        assert owners(step.folder / name) <= {(RUNNER_UID, RUNNER_GID)}, name


def test_a_cancelled_step_leaves_whole_files_of_the_runner_s_user(step: Step) -> None:
    """SIGTERM goes to the container's first process, which would ignore it without a handler of its own."""
    step.run(dict.fromkeys((f"many/{number:04}.md" for number in range(2000)), LEGACY), fail_on="never")
    first = step.workspace / "many/0000.md"
    with ThreadPoolExecutor(1) as pool:
        job = pool.submit(step.start, "--name=cancelled", fix="true", annotations="false")
        while first.read_text() == LEGACY and not job.done():
            time.sleep(0.005)
        step.engine.run("podman", "kill", "--signal=TERM", "cancelled")
        run = job.result()
    assert (run.exit_code, run.outputs["exit-code"]) == (130, "130"), run.stdout + run.stderr
    left = [path.read_text() for path in (step.workspace / "many").iterdir()]
    assert len(left) == 2000
    assert set(left) == {LEGACY, "See codex://acme/handbook/docs/a.md for more.\n"}
    assert owners(step.workspace) == {(RUNNER_UID, RUNNER_GID)}


def test_a_workspace_that_is_read_only_is_checked(step: Step) -> None:
    step.run({"a.md": BROKEN + LEGACY}, fail_on="never")
    step = replace(step, read_only=True)
    run = step.start(command="validate")
    assert (run.exit_code, run.outputs["errors"], run.outputs["warnings"]) == (1, "2", "1")
    run = step.start(command="validate", fix="true", fail_on="never")
    assert run.exit_code == 5, run.stdout + run.stderr
    assert [note.data for note in run.annotations if note.name == "error"][-1].startswith("not fixed: ")
    run = step.start(command="validate", sarif_file="out.sarif")
    assert run.exit_code == 5, run.stdout + run.stderr
    assert "Read-only file system" in run.annotations[-1].data


def test_fix_does_not_follow_a_link_out_of_the_workspace(step: Step) -> None:
    outside = step.folder / "home" / "outside.md"
    outside.parent.mkdir()
    outside.write_text(LEGACY)
    step.workspace.mkdir()
    (step.workspace / "a.md").symlink_to("/github/home/outside.md")
    run = step.run({"b.md": LEGACY}, command="validate", fix="true")
    assert outside.read_text() == LEGACY, run.stdout + run.stderr
    assert (step.workspace / "b.md").read_text() != LEGACY


def test_nothing_is_imported_from_the_workspace(step: Step) -> None:
    hijack = "print('HIJACKED')\nraise SystemExit(0)\n"
    names = (
        "codex_action/__init__.py",
        "codex_action/action/__init__.py",
        "codex_action/action/main.py",
        "click/__init__.py",
        "json.py",
        "sitecustomize.py",
    )
    run = step.run({**dict.fromkeys(names, hijack), "docs/a.md": BROKEN}, command="validate")
    assert "HIJACKED" not in run.stdout + run.stderr
    assert run.exit_code == 1
    assert run.outputs["errors"] == "1"


def test_nothing_is_imported_from_the_home_folder(step: Step) -> None:
    """Earlier steps of a job write to the same $HOME."""
    site = step.folder / "home/.local/lib/python3.13/site-packages"
    site.mkdir(parents=True)
    (site / "usercustomize.py").write_text("print('HIJACKED')\n")
    run = step.run({"docs/a.md": BROKEN}, command="validate")
    assert "HIJACKED" not in run.stdout + run.stderr
    assert run.exit_code == 1


@pytest.mark.parametrize(
    "name",
    [
        "::error::x%0A##[add-mask]y.md",
        "a\n::error::x.md",
        "a\r##[error]x.md",
        "##[group]x.md",
        "a,line=9::b.md",
        "%0A::debug::x.md",
    ],
)
def test_a_file_name_cannot_speak_to_the_runner(step: Step, name: str) -> None:
    run = step.run({name: BROKEN}, command="validate")
    assert run.exit_code == 1, run.stdout + run.stderr
    assert {command.name for command in run.commands} <= {"error", "group", "endgroup"}
    errors = [command for command in run.commands if command.name == "error"]
    # `##[` is broken up wherever it stands, in a name too.
    files = [error.properties["file"].replace("##\\x5b", "##[") for error in errors]
    assert (files, [error.properties["line"] for error in errors]) == ([name], ["1"])


def test_a_reference_cannot_speak_to_the_runner(step: Step) -> None:
    text = "codex://-bad/name/##[add-mask]x.md\n::error::codex://-bad/name/y.md\ncodex://-bad/%0A::error::z/w.md\n"
    run = step.run({"docs/a.md": text}, command="validate")
    assert run.exit_code == 1, run.stdout + run.stderr
    assert {command.name for command in run.commands} <= {"error", "group", "endgroup"}
    assert {error.properties["file"] for error in run.annotations} == {"docs/a.md"}


def test_fetch_leaves_documents_and_a_cache_that_the_runner_s_user_owns(step: Step) -> None:
    with FakeGitHub() as hub:
        hub.add("acme/docs", {"guide.md": b"# Guide\n"}, private=True)
        hub.tokens[f"{TOKEN}-codex"] = {"acme/docs"}
        step.environ["GITHUB_API_URL"] = hub.url
        guide, gone = "codex://acme/docs/guide.md", "codex://acme/docs/gone.md"
        given = {"command": "fetch", "codex_token": f"{TOKEN}-codex"}
        first = step.run({"a.md": "A\n"}, **given, references=f"{guide}\n{gone}", output_dir="shared/docs")
        asked = len(hub.log)
        second = step.start(**given, references=guide, output_dir="again")
        assert len(hub.log) == asked
    assert first.exit_code == 5, first.stdout + first.stderr
    assert (first.outputs["errors"], first.outputs["cache-misses"]) == ("1", "1")
    assert first.outputs["cache-path"] == "/home/runner/work/_temp/_github_home/.cache/codex"
    assert first.outputs["cache-key"].endswith("-7000000001-1")
    assert (second.exit_code, second.outputs["cache-hits"]) == (0, "1")
    for folder in ("shared/docs", "again"):
        assert (step.workspace / folder / "acme/docs/guide.md").read_bytes() == b"# Guide\n"
    assert owners(step.workspace) == owners(step.folder / "home") == {(RUNNER_UID, RUNNER_GID)}
    kept = [path for path in (step.folder / "home/.cache/codex").rglob("*") if path.is_file()]
    assert {stat.S_IMODE(path.stat().st_mode) for path in kept} == {0o644}
    assert all(TOKEN.encode() not in path.read_bytes() for path in kept)
