"""A project whose jobs remember what is in step: a pull request's life, with a remote of its own."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from pull_life import TOKEN, Life, living, plan_in
from sync_project import MANIFEST
from trees import Tree

from codex_action.action import remember
from codex_action.remote.session import Clock
from codex_action.sync.manifest import Manifest, read_manifest

OURS = Manifest("umbrella", "handbook", "umbrella/codex", "main")
REMOTE = "/umbrella/handbook.git"


class Remembering:
    """A pull request's life whose project has a remote of its own: main is pushed there, and looked at there."""

    def __init__(self, life: Life, pauses: list[float]) -> None:
        self.life, self.pauses = life, pauses
        self.project, self.remote = life.project, life.remote
        self.conflicts, self.outputs = "", dict[str, str]()
        life.server.own[REMOTE] = TOKEN
        for key in ("uploadpack.allowFilter", "http.receivepack"):
            self.remote.git("config", key, "true")
        self.push(force=True)

    def push(self, *, force: bool = False) -> None:
        more = ("--force",) if force else ()
        self.project.git("push", "--quiet", *more, str(self.remote.root), "main:main")

    def pull(self) -> None:
        """Where the branch is now, in the checkout too: as the next job finds it."""
        self.project.git("checkout", "--quiet", "--force", "main")
        self.project.git("fetch", "--quiet", str(self.remote.root), "main")
        self.project.git("reset", "--quiet", "--hard", "FETCH_HEAD")
        self.life.start = self.project.git("rev-parse", "main").strip()
        self.life.tell()

    def merged(self, number: int, files: dict[str, str | None], **inputs: str) -> str:
        """A pull request that changes (None: deletes) these files, is planned, merged and pushed."""
        life = self.life
        life.turn_to(number, f"change-{number}")
        for name, text in files.items():
            if text is None:
                self.project.git("rm", "--quiet", name)
        life.change({name: text for name, text in files.items() if text is not None})
        code, runner = life.plan(**inputs)
        assert code == 0
        self.conflicts = runner.outputs["conflicts"]
        commit = life.merge()
        life.start = commit
        self.push()
        return commit

    def apply(self, commit: str, **inputs: str) -> int:
        """The job of a commit: its checkout is new, and holds what the commit holds."""
        self.project.git("checkout", "--quiet", "--force", commit)
        self.project.git("clean", "--quiet", "-dffx")
        code, runner = self.life.apply(commit_manifest="true", **inputs)
        self.outputs = runner.outputs
        return code

    @property
    def manifest(self) -> Manifest:
        return read_manifest(self.remote.git("show", f"main:{MANIFEST}").encode(), OURS).manifest

    @property
    def commits(self) -> list[str]:
        return self.remote.git("log", "--format=%s", "main").splitlines()

    def ahead(self, times: int) -> None:
        """So many pushes come too late: somebody else's is done just before."""
        work = Tree(self.project.root.with_name("others"))
        self.remote.git("clone", "--quiet", str(self.remote.root), str(work.root))
        for number in range(times):
            work.commit({f"src/{number}.py": "x"})
            work.git("push", "--quiet", "origin", f"HEAD:refs/heads/theirs-{number}")
        hook = self.remote.root / "hooks/pre-receive"
        hook.write_text(
            "#!/bin/sh\n"
            "unset GIT_QUARANTINE_PATH\n"
            "count=$(cat count 2>/dev/null || echo 0)\n"
            "echo $((count + 1)) > count\n"
            f'if [ "$count" -lt {times} ]; then git update-ref refs/heads/main "refs/heads/theirs-$count"; fi\n'
        )
        hook.chmod(0o755)

    def refuse(self) -> None:
        hook = self.remote.root / "hooks/pre-receive"
        hook.write_text("#!/bin/sh\necho 'main is protected' >&2\nexit 1\n")
        hook.chmod(0o755)

    def asked(self, number: int, **inputs: str) -> list[str]:
        """What the next pull request's plan would do, which changes no document."""
        self.pull()
        self.life.turn_to(number, f"change-{number}")
        self.life.change({f"src/{number}.py": "x"})
        code, runner = self.life.plan(**inputs)
        assert code == 0, runner.outputs
        document = plan_in(runner.outputs["plan-file"])
        rows = document.get("plan", document)["operations"]
        return [f"{row['op']} {row['side']} {row['path']}" for row in rows]


@contextlib.contextmanager
def remembering(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Remembering]:
    """Nobody waits, and how long they would have is noted."""
    pauses: list[float] = []
    monkeypatch.setattr(remember, "Clock", lambda: Clock(sleep=pauses.append, chance=lambda: 1.0))
    with living(folder, monkeypatch) as life:
        life.project.git("checkout", "--quiet", "main")
        life.repo.pulls.clear()
        yield Remembering(life, pauses)
