"""The life of a pull request, run by act with podman, real git remotes and the tests' GitHub: docs/pull-request.md.

The example workflows plan.yml and apply.yml are run as they are shipped. `--update-cases` writes the page anew.
Needs what test_act.py needs.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from acting import EXAMPLES, OURS, TOKEN, Act
from containers import ROOT
from fake_github import FakeGitHub, Repo
from fake_pulls import Pull
from git_server import served
from trees import Tree, bare

pytestmark = pytest.mark.container

PAGE = ROOT / "docs/pull-request.md"
BOT = "github-actions[bot]"
CONFIG = """\
schema_version: "3.0"
codex_repo: {organization: northwind, repository: codex}
project: web
sync: {patterns: ["docs/**"]}
"""
INTRO = """\
# The life of a pull request

What two workflows, [plan.yml](../examples/workflows/plan.yml) and [apply.yml](../examples/workflows/apply.yml), say on one pull request
from its first commit to its merge. This page is written by a test that runs both with act and podman, between a project's git remote, a codex
repository's, and a stand-in for GitHub's API: it fails when a word here is no longer true. There is one comment all the time; below
each step stands what it says by then.
"""


@dataclass
class Story:
    """A project, its remotes, and all that is told."""

    act: Act
    hub: FakeGitHub
    folder: Path
    url: str
    payloads: Mapping[str, Any]
    repo: Repo
    remote: Tree
    codex: Tree
    lines: list[str] = field(default_factory=list)
    shown: dict[str, str] = field(default_factory=dict)
    runs: int = 811

    @property
    def name(self) -> str:
        return self.repo.full_name

    @property
    def pull(self) -> Pull:
        return self.repo.pulls[0]

    def tell(self, *lines: str) -> None:
        self.lines += [*lines, ""]

    def clone(self, branch: str) -> Tree:
        """What actions/checkout has to check out: act's own copies it."""
        made = Tree(self.folder / f"clone-{self.runs}")
        self.remote.git("clone", "--quiet", "--branch", branch, f"{self.url}/{self.name}.git", str(made.root))
        return made

    def run(self, workflow: str, event: str, payload: dict[str, Any], branch: str) -> int:
        """One workflow, as GitHub starts it; what it does to the comment is told."""
        self.runs += 1
        said = len(self.states())
        place = self.clone(branch).root
        done = self.act.run(
            place, f".github/workflows/{workflow}", event, payload, self.hub,
            "--env", f"GITHUB_SERVER_URL={self.url}", "--env", f"GITHUB_RUN_ID={self.runs}", "--env", f"GITHUB_REPOSITORY={self.name}",
        )  # fmt: skip
        assert done.exit_code == 0, done.log
        assert done.steps[OURS] == "success"
        *between, _ = self.states()[said:]
        after = f", after `{between[0]}`" if between else ""
        self.tell(
            f"`{workflow}` runs for `{event}` and ends with exit code {done.exit_code}. The comment{after}:"
        )
        (remark,) = [remark for remark in self.repo.remarks if remark.author == BOT]
        body = [line for line in remark.body.split("\n") if not line.startswith("<!--")]
        self.tell(*(f"> {line}".rstrip() for line in body))
        return done.exit_code

    def states(self) -> list[str]:
        """What the comment said, one after the other."""
        written = [json.loads(item.body)["body"] for item in self.hub.log if item.method in ("POST", "PATCH") and "/issues/" in item.path]  # fmt: skip
        return [re.findall(r'"state":"(\w+)"', body)[0] for body in written]

    def page(self) -> str:
        """With names that stay the same for what is new in each run."""
        text = "\n".join([INTRO, *self.lines])
        for new, old in self.shown.items():
            text = text.replace(new, old).replace(new[:7], old[:7])
        text = text.replace(self.name, "northwind/web")
        text = re.sub(r"http://127\.0\.0\.1:\d+", "https://github.com", text)
        return re.sub(r"20\d\d-\d\d-\d\d \d\d:\d\d UTC", "2026-01-02 03:04 UTC", text).rstrip() + "\n"


def opened(act: Act, hub: FakeGitHub, folder: Path, url: str, payloads: Mapping[str, Any]) -> Story:
    name = payloads["pull_request.opened"]["repository"]["full_name"]
    workflows = {
        f".github/workflows/{file}": (EXAMPLES / file).read_text() for file in ("plan.yml", "apply.yml")
    }
    files = {".fractary/codex/config.yaml": CONFIG, "README.md": "# Web\n", **workflows}
    remotes = bare(folder / f"server/{name}.git", files), bare(folder / "server/northwind/codex.git", {"README.md": "# Codex\n"})  # fmt: skip
    for remote in remotes:
        for key in ("uploadpack.allowFilter", "http.receivepack"):
            remote.git("config", key, "true")
    repo = hub.add(name, {"x": b"x"})
    hub.tokens[TOKEN], hub.logins[TOKEN] = {name}, BOT
    repo.pulls.append(Pull(payloads["pull_request.opened"]["number"], "guide", "main", "A guide"))
    return Story(act, hub, folder, url, payloads, repo, *remotes)


def pushed(story: Story, author: Tree, files: dict[str, str], told: str) -> dict[str, Any]:
    """A commit of the branch, and the event that GitHub makes of it."""
    story.pull.sha = author.commit(files)
    author.git("push", "--quiet", "origin", "guide")
    story.shown[story.pull.sha] = told * 40
    payload: dict[str, Any] = json.loads(json.dumps(story.payloads["pull_request.opened"]))
    payload["pull_request"]["head"]["sha"] = story.pull.sha
    return payload


def merged(story: Story, author: Tree) -> dict[str, Any]:
    """As the green button does it."""
    before = author.git("rev-parse", "main").strip()
    author.git("checkout", "--quiet", "main")
    author.git("merge", "--quiet", "--no-ff", "--message", "Merge pull request", "guide")
    after = author.git("rev-parse", "HEAD").strip()
    author.git("push", "--quiet", "origin", "main")
    rows = author.git("rev-list", "--all", "--parents", "--reverse", "--topo-order").splitlines()
    story.repo.parents = {sha: tuple(parents) for sha, *parents in map(str.split, rows)}
    story.repo.tips = {"main": after}
    story.pull.landed, story.pull.state = (after,), "closed"
    payload = {**story.payloads["push"], "ref": "refs/heads/main", "before": before, "after": after}
    payload["repository"] = {**story.payloads["pull_request.opened"]["repository"], "default_branch": "main"}
    return payload


def test_the_life_of_a_pull_request(
    act: Act, hub: FakeGitHub, payloads: dict[str, dict[str, Any]], tmp_path: Path, request: pytest.FixtureRequest
) -> None:  # fmt: skip
    with served(tmp_path / "server") as server:
        story = opened(act, hub, tmp_path, server.url, payloads)
        author = story.clone("main")
        author.git("checkout", "--quiet", "-b", "guide")

        story.tell("## It is opened", "", "A new file, `docs/guide.md`, on the branch `guide`.")
        payload = pushed(story, author, {"docs/guide.md": "# Guide\n"}, "a")
        story.run("plan.yml", "pull_request", payload, "guide")
        assert story.codex.git("log", "--oneline", "main").count("\n") == 1

        story.tell(
            "## It is pushed to",
            "",
            "A second file, `docs/api.md`: the plan is made anew, in the same comment.",
        )
        payload = pushed(story, author, {"docs/api.md": "# API\n"}, "b")
        story.run("plan.yml", "pull_request", {**payload, "action": "synchronize"}, "guide")

        story.tell(
            "## It is merged",
            "",
            "The push to the default branch applies what the plan listed, and nothing else.",
        )
        payload = merged(story, author)
        codex = len(story.codex.git("rev-list", "main").split())
        story.run("apply.yml", "push", payload, "main")
        commit = story.codex.git("rev-parse", "main").strip()
        story.shown[commit] = "c" * 40
        assert len(story.codex.git("rev-list", "main").split()) == codex + 1

        story.tell("## What is in the repositories then", "", "In the codex repository:")
        story.tell("```console", "$ git log -1 --format=%s && git ls-tree -r --name-only HEAD projects",
                   story.codex.git("log", "-1", "--format=%s", "main").strip(),
                   story.codex.git("ls-tree", "-r", "--name-only", "main", "projects").strip(), "```")  # fmt: skip
        story.tell("In the project, so that the next plan knows what both sides held:")
        story.tell("```console", "$ git log -1 --format=%s && git show --name-only --format= HEAD",
                   story.remote.git("log", "-1", "--format=%s", "main").strip(),
                   story.remote.git("show", "--name-only", "--format=", "main").strip(), "```")  # fmt: skip
        assert story.codex.git("show", "main:projects/web/docs/guide.md") == "# Guide\n"
        assert story.codex.git("show", "main:projects/web/docs/api.md") == "# API\n"
    assert story.states() == ["planned", "superseded", "planned", "applying", "applied"]
    if request.config.getoption("--update-cases"):
        PAGE.write_text(story.page(), encoding="utf-8")
    assert story.page() == PAGE.read_text(encoding="utf-8")
