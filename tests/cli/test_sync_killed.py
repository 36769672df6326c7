"""The real command, killed at any moment: files stay whole, nothing is lost, and the next run ends the work.

The whole of it is `CODEX_KILLS=2000 python -m pytest tests/cli/test_sync_killed.py`.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time
from pathlib import Path

import pytest
from git_server import served
from programs import RunCli, script
from sync_project import Desk

from codex_action.sync.journal import is_temporary

pytestmark = pytest.mark.slow

KILLS = int(os.environ.get("CODEX_KILLS", "4"))
FILES = 60


class Story:
    """Edits on both sides, round after round; what a file may hold is known at any time."""

    def __init__(self, desk: Desk, chance: random.Random) -> None:
        self.desk, self.chance = desk, chance
        self.known: dict[str, set[bytes]] = {}

    def edit(self, turn: int, *, ours: float = 0.5) -> None:
        """Change, add and delete files, each on one side only: there are no conflicts to settle.

        `ours` is the part that is edited in the project.
        """
        here = self.desk.here()
        for number in self.chance.sample(range(FILES), FILES // 2):
            path = f"docs/{number}/a.md"
            text = f"{turn}-{number}\n" * self.chance.randrange(1, 400)
            gone = path in here and self.chance.random() < 0.1
            write = self.desk.local if self.chance.random() < ours else self.desk.inside
            if gone or write == self.desk.local or path in here:
                write({path: None if gone else text})
            else:
                self.desk.inside({path: text})
            self.known.setdefault(path, set()).add(text.encode())

    def whole(self) -> None:
        """Every file holds what it held, or what it was to hold."""
        for files in (self.desk.here(), self.desk.there()):
            for path, content in files.items():
                assert is_temporary(path.rpartition("/")[2]) or content in self.known[path], path


def killed(desk: Desk, delay: float, options: tuple[str, ...], *, together: int = 1) -> int:
    """How many of some runs were killed after a delay."""
    environ = {**os.environ, **{key: value for key, value in desk.env.items() if value}}
    runs = [
        subprocess.Popen(
            [script(), "sync", "project", *options], cwd=desk.project.root, env=environ, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, start_new_session=True,
        )
        for _ in range(together)
    ]  # fmt: skip
    time.sleep(delay)
    count = 0
    for run in runs:
        if run.poll() is None:
            os.killpg(run.pid, signal.SIGKILL)
            count += 1
        run.wait()
    return count


@pytest.mark.parametrize("together", [1, 4])
def test_a_checkout(together: int, tmp_path: Path, run_cli: RunCli) -> None:
    desk, chance = Desk(tmp_path, run_cli), random.Random(together)  # noqa: S311  (the same for each run)
    story = Story(desk, chance)
    kills = turn = 0
    while kills < KILLS:
        turn += 1
        story.edit(turn)
        for _ in range(3):
            kills += killed(desk, chance.uniform(0.05, 0.35), ("--codex", "../codex"), together=together)
            story.whole()
        assert desk.run("--force", "deletes", "-q").code == 0
        story.whole()
        assert desk.here() == desk.there()
    assert desk.planned() == []
    assert not list((desk.project.root / ".fractary/codex/sync").glob("journal*"))
    assert not list(tmp_path.rglob(".codex-sync-*"))


def test_a_push(tmp_path: Path, run_cli: RunCli) -> None:
    """Over http, so that the server is not killed with us: what it half did would be its own to clear."""
    desk, chance = Desk(tmp_path, run_cli), random.Random(0)  # noqa: S311  (the same for each run)
    story = Story(desk, chance)
    kills = turn = 0
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    desk.env["TMPDIR"] = str(scratch)
    with served(desk.server.root.parent.parent) as server:
        url = f"{server.url}/umbrella/codex.git"
        while kills < KILLS:
            turn += 1
            text = f"{turn}\n"
            desk.local({f"docs/{number}.md": text for number in range(5)})
            story.known.update({f"docs/{number}.md": {text.encode()} for number in range(5)})
            for _ in range(2):
                kills += killed(desk, chance.uniform(0.05, 0.8), ("--codex", url, "--push"))
                story.whole()
            assert desk.run("--push", "-q", codex=url).code == 0
            assert desk.pushed() == desk.here()
            assert len(desk.server.git("log", "--format=%s", "--grep=^codex: sync").splitlines()) <= turn
        assert desk.planned(codex=url) == []
        environ = {**os.environ, "TMPDIR": str(scratch)}
        subprocess.run(
            [script(), "sync", "project", "--codex", url, "--push"], cwd=desk.project.root, env=environ, check=True,
            stdout=subprocess.DEVNULL,
        )  # fmt: skip
        assert list(scratch.glob("codex-sync-*")) == []


@pytest.mark.parametrize("together", [1, 4])
def test_a_push_from_a_checkout(together: int, tmp_path: Path, run_cli: RunCli) -> None:
    """Whatever the kill cut short: the next run ends it, and the checkout is where its server is."""
    desk, chance = Desk(tmp_path, run_cli), random.Random(together)  # noqa: S311  (the same for each run)
    story = Story(desk, chance)
    kills = turn = 0
    with served(desk.server.root.parent.parent) as server:
        desk.codex.git("remote", "set-url", "origin", f"{server.url}/umbrella/codex.git")
        while kills < KILLS:
            turn += 1
            story.edit(turn, ours=1)
            for _ in range(3):
                delay, options = chance.uniform(0.2, 1.2), ("--codex", "../codex", "--push")
                kills += killed(desk, delay, options, together=together)
                story.whole()
            found = desk.run("--push", "--force", "deletes", "-q")
            assert found.code == 0, (turn, found.err)
            story.whole()
            assert desk.pushed() == desk.here() == desk.there()
            assert desk.codex.git("status", "--porcelain") == ""
            assert desk.codex.git("rev-parse", "HEAD") == desk.server.git("rev-parse", "main")
        assert desk.planned("--push") == []
    assert desk.codex.git("for-each-ref", "refs/codex-sync") == ""
    assert not list((desk.codex.root / ".git").rglob("*.lock"))
    assert not list(tmp_path.rglob(".codex-sync-*"))
