"""A pull request of umbrella/handbook from its first plan to its end: real git servers, the tests' GitHub, one runner."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from fake_comments import Remark
from fake_github import FakeGitHub
from fake_pulls import Pull
from git_server import GitServer, served
from runner_job import Runner
from sync_project import Desk
from trees import bare

from codex_action.action import comment
from codex_action.codex import Codex
from codex_action.remote.session import Clock
from codex_action.report import marker
from codex_action.report.marker import Header
from codex_action.sync.options import SyncOptions

BOT = "github-actions[bot]"
TOKEN, CODEX_TOKEN = "tkn_canary_7f3a9c", "cdx_canary_5b2e8d"
NAME = "umbrella/handbook"


class Life:
    """A pull request, number 7, from the branch `topic` into `main`, and what else lands; every job is a new run."""

    def __init__(self, desk: Desk, hub: FakeGitHub, server: GitServer, files: Path) -> None:
        self.desk, self.hub, self.server, self.files = desk, hub, server, files
        self.project = desk.project
        self.remote = bare(desk.folder / "server/umbrella/handbook.git", {"x": "x"})
        self.repo = hub.add(NAME, {"x": b"x"}, private=True)
        self.codex = hub.add("umbrella/codex", {"x": b"x"}, private=True)
        self.codex.folder = str(desk.server.root)
        hub.tokens.update({TOKEN: {NAME}, CODEX_TOKEN: {"umbrella/codex"}})
        hub.logins[TOKEN] = BOT
        self.pull = Pull(7, "topic", "main", "Change")
        self.repo.pulls.append(self.pull)
        self.runs = 800
        self.start = self.project.git("rev-parse", "main").strip()
        self.project.git("checkout", "--quiet", "-b", "topic")

    def turn_to(self, number: int, branch: str) -> Pull:
        """Another pull request, from main as it was: what is done next is done to it. Or back to one of before."""
        known = {pull.number: pull for pull in self.repo.pulls}
        if number not in known:
            self.repo.pulls.append(Pull(number, branch, "main", "Another change"))
            self.project.git("checkout", "--quiet", "-b", branch, self.start)
        else:
            self.project.git("checkout", "--quiet", branch)
        self.pull = next(pull for pull in self.repo.pulls if pull.number == number)
        return self.pull

    def change(self, files: Mapping[str, str]) -> str:
        """A commit of the branch."""
        self.pull.sha = self.project.commit(files)
        self.tell()
        return self.pull.sha

    def tell(self) -> None:
        """GitHub knows every commit."""
        rows = self.project.git("rev-list", "--all", "--parents", "--reverse", "--topo-order").splitlines()
        self.repo.parents = {sha: tuple(parents) for sha, *parents in map(str.split, rows)}
        self.repo.tips = {"main": self.project.git("rev-parse", "main").strip()}
        self.repo.changed = lambda base, head: self.project.git(
            "diff", "--name-only", base, head
        ).splitlines()

    def runner(self, event: str, payload: Mapping[str, Any], ref: str = "refs/pull/7/merge") -> Runner:
        """A job for an event: its outputs and its summary begin empty."""
        self.runs += 1
        for name in ("output", "summary"):
            (self.files / name).write_text("", encoding="utf-8")
        environ = {
            "HOME": str(self.files / "home"), "GITHUB_ACTIONS": "true", "GITHUB_REPOSITORY": NAME, "GITHUB_REF": ref,
            "GITHUB_SERVER_URL": self.server.url, "GITHUB_API_URL": self.hub.url,
            "GITHUB_SHA": self.project.git("rev-parse", "HEAD").strip(), "GITHUB_WORKSPACE": str(self.project.root),
            "GITHUB_OUTPUT": str(self.files / "output"), "GITHUB_STEP_SUMMARY": str(self.files / "summary"),
            "GITHUB_RUN_ID": str(self.runs), "GITHUB_RUN_ATTEMPT": "1",
        }  # fmt: skip
        made = Runner(self.project, self.files, environ)
        made.event(
            event, {"repository": {"full_name": NAME, "private": True, "default_branch": "main"}, **payload}
        )
        return made

    def plan(
        self, event: str = "pull_request", *, action: str = "synchronize", **inputs: str
    ) -> tuple[int, Runner]:
        """`command: plan`, as the pull request is now."""
        pull = {
            "number": self.pull.number,
            "head": {"sha": self.pull.sha},
            "base": {"sha": "b" * 40},
            "state": "open" if self.pull.state == "open" else "closed",
            "merged": self.pull.state == "merged" or bool(self.pull.landed),
        }
        payload = {"action": action, "pull_request": pull}
        runner = self.runner(event, payload if event != "merge_group" else {"merge_group": {}})
        return runner.run(**{**self.inputs("plan"), **inputs}), runner

    def merge(self, how: str = "merge") -> str:
        """The pull request goes into main, as GitHub's buttons do it. The commit that main is at."""
        git, topic = self.project.git, self.pull.head
        git("checkout", "--quiet", "main")
        git("commit", "--quiet", "--allow-empty", "--message", "Somebody else's, in the meantime")
        base = git("rev-parse", "main").strip()
        if how == "merge":
            git("merge", "--quiet", "--no-ff", "--message", "Merge", topic)
        elif how == "squash":
            git("merge", "--quiet", "--squash", topic)
            self.project.commit({})
        else:
            git("cherry-pick", "--allow-empty", f"{base}..{topic}")
        self.pull.landed = tuple(git("rev-list", "--reverse", f"{base}..main", f"^{topic}").split())
        self.pull.state = "closed"
        self.tell()
        return self.pull.landed[-1]

    def apply(
        self, event: str = "push", *, ref: str = "refs/heads/main", before: str = "", **inputs: str
    ) -> tuple[int, Runner]:
        """`command: apply`, after the merge; `before` is where a push found the branch."""
        runner = self.runner(event, {"before": before} if before else {}, ref)
        return runner.run(**{**self.inputs("apply"), "apply_via": "push", **inputs}), runner

    @staticmethod
    def inputs(command: str) -> dict[str, str]:
        return {
            "command": command,
            "token": TOKEN,
            "codex_token": CODEX_TOKEN,
            "codex_repository": "umbrella/codex",
            "direction": "to-codex",
        }

    def sync(self) -> None:
        """What a first sync by hand does, and remembers: a commit of the branch."""
        url = f"file://{self.desk.server.root}"
        with Codex(str(self.project.root)) as codex:
            assert codex.sync_project(options=SyncOptions(codex=url, push=True)).exit_code == 0
        self.change({})

    @property
    def remarks(self) -> list[Remark]:
        return self.repo.remarks

    def said(self, number: int | None = None) -> tuple[Header, str]:
        """Our one comment, or the one of a pull request: what its first line says, and all of it."""
        (remark,) = [
            remark for remark in self.remarks if remark.author == BOT and number in (remark.number, None)
        ]
        header = marker.read(remark.body)
        assert header is not None
        return header, remark.body

    def asked_codex(self) -> set[bool]:
        """Did those who asked the git server show a token?"""
        return {authorization is not None for _, authorization in self.server.seen}


@contextlib.contextmanager
def living(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Life]:
    """The world while a test runs; between two looks at a comment no time passes."""
    desk = Desk(folder, lambda *_, **__: None)  # type: ignore[arg-type, return-value]
    files = folder / "runner"
    (files / "home").mkdir(parents=True)
    monkeypatch.setattr(comment, "Clock", lambda: Clock(sleep=lambda _: None))
    monkeypatch.chdir(desk.project.root)
    with FakeGitHub() as hub, served(folder / "server", token=CODEX_TOKEN) as server:
        yield Life(desk, hub, server, files)


def plan_in(path: str) -> dict[str, Any]:
    """A plan's file."""
    found: dict[str, Any] = json.loads(Path(path).read_text(encoding="utf-8"))
    return found
