"""A project is synced from Python: awaited or not, and what it is told on the way."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from sync_project import PLACE, Desk
from trees import repository

from codex_action import Codex, SyncOptions
from codex_action.aio import AsyncCodex
from codex_action.errors import ConfigurationError, GitError, UsageError


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path, lambda *_, **__: pytest.fail("the door is not used here"))


def options(desk: Desk, **more: object) -> SyncOptions:
    return SyncOptions(codex=str(desk.codex.root), **more)  # type: ignore[arg-type]


def test_a_sync_has_the_fields_of_the_sdk(desk: Desk) -> None:
    desk.local({"docs/a.md": "a\n", "docs/b.md": "mine\n"})
    desk.inside({"docs/b.md": "theirs\n", "docs/c.md": "c\n"})
    told: list[str] = []
    counted: list[tuple[int, int]] = []
    with Codex(str(desk.project.root)) as codex:
        result = codex.sync_project(
            "handbook", options(desk), tell=told.append, progress=lambda done, of: counted.append((done, of))
        )
    assert (result.project, result.direction, result.status) == ("handbook", "bidirectional", "partial")
    assert (result.files_created, result.files_updated, result.files_deleted) == (2, 0, 0)
    assert [(item.path, item.kind, item.resolution) for item in result.conflicts] == [
        ("docs/b.md", "content", "manual")
    ]
    assert (result.errors, result.exit_code, result.diffs) == ((), 6, {})
    assert told == ["Comparing", "Writing"]
    assert counted == [(0, 2), (1, 2)]


def test_awaited(desk: Desk) -> None:
    desk.local({"docs/a.md": "a\n"})

    async def run() -> list[str]:
        async with AsyncCodex(Codex(str(desk.project.root))) as codex:
            first = await codex.sync_project(options=options(desk, dry_run=True, diffs=True))
            assert first.diffs == {("codex", "docs/a.md"): "@@ -0,0 +1 @@\n+a"}
            second = await codex.sync_project(options=options(desk, expect=first.plan.digest))
            return [first.status, second.status]

    assert asyncio.run(run()) == ["success", "success"]
    assert desk.there() == {"docs/a.md": b"a\n"}


def test_a_plan_is_carried_out_no_further_than_approved(desk: Desk) -> None:
    desk.local({"docs/a.md": "a\n"})
    codex = Codex(str(desk.project.root))
    approved = codex.sync_project(options=options(desk, dry_run=True)).plan
    desk.local({"docs/b.md": "b\n"})
    with pytest.raises(Exception, match=r"create docs/b\.md \(codex\) is not in the plan"):
        codex.sync_project(options=options(desk, approved=approved))


def test_many_differences_are_not_all_told(desk: Desk) -> None:
    codex = Codex(str(desk.project.root))
    approved = codex.sync_project(options=options(desk, dry_run=True)).plan
    desk.local({f"docs/{number}.md": "x" for number in range(9)})
    with pytest.raises(Exception, match=r"; and 4 more$"):
        codex.sync_project(options=options(desk, approved=approved))


@pytest.mark.parametrize("where", ["configuration", "options"])
def test_a_wrong_pattern_is_somebodys_fault(where: str, desk: Desk) -> None:
    if where == "configuration":
        desk.configure('sync: {patterns: ["{1..9999}"]}\n')
    asked = options(desk, exclude=("{1..9999}",) if where == "options" else ())
    with pytest.raises(
        ConfigurationError if where == "configuration" else UsageError, match="more than 1000"
    ):
        Codex(str(desk.project.root)).sync_project(options=asked)
    assert not (desk.project.root / ".fractary/codex/sync").exists()


def test_a_layout_that_leads_out(desk: Desk) -> None:
    desk.configure('sync: {patterns: ["**"], layout: "../{project}"}\n')
    with pytest.raises(ConfigurationError, match="climbs"):
        Codex(str(desk.project.root)).sync_project(options=options(desk))


def test_the_root_of_the_codex_repository_as_layout(desk: Desk) -> None:
    desk.configure('sync: {patterns: ["docs/**"], layout: ""}\n')
    desk.local({"docs/a.md": "a\n"})
    Codex(str(desk.project.root)).sync_project(options=options(desk))
    assert desk.codex.read("docs/a.md") == b"a\n"


def test_a_project_is_not_synced_with_itself(desk: Desk) -> None:
    with pytest.raises(UsageError, match="this project itself"):
        Codex(str(desk.project.root)).sync_project(options=SyncOptions(codex=str(desk.project.root)))


def test_a_folder_of_the_project_is_enough(desk: Desk) -> None:
    desk.local({"docs/deep/a.md": "a\n"})
    result = Codex(str(desk.project.root / "docs/deep")).sync_project(options=options(desk, dry_run=True))
    assert [action.path for action in result.plan.actions] == ["docs/deep/a.md"]


def test_a_project_without_git(desk: Desk, tmp_path: Path) -> None:
    plain = tmp_path / "plain"
    (plain / "docs").mkdir(parents=True)
    (plain / "docs/a.md").write_text("a\n")
    (plain / PLACE).parent.mkdir(parents=True)
    (plain / PLACE).write_bytes(desk.project.read(PLACE))
    result = Codex(str(plain)).sync_project(options=options(desk, push=True))
    assert result.status == "success"
    assert "Codex-Origin: umbrella/handbook\n" in desk.server.git("log", "-1", "--format=%B", "main")


def test_a_checkout_that_git_does_not_trust(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    with pytest.raises(GitError, match="git does not trust this folder"):
        Codex(str(desk.project.root)).sync_project(options=options(desk))
    result = Codex(str(desk.project.root), trusted=True).sync_project(options=options(desk, dry_run=True))
    assert result.status == "success"


def test_a_checkout_of_nothing_yet(desk: Desk, tmp_path: Path) -> None:
    empty = repository(tmp_path / "empty", {}, remote=None)
    empty.git("update-ref", "-d", "HEAD")
    desk.local({"docs/a.md": "a\n"})
    result = Codex(str(desk.project.root)).sync_project(options=SyncOptions(codex=str(empty.root)))
    assert (result.plan.codex_commit, result.plan.branch) == ("", "main")
    server = tmp_path / "first.git"
    empty.git("init", "--quiet", "--bare", str(server))
    empty.git("remote", "add", "origin", f"file://{server}")
    pushed = Codex(str(desk.project.root)).sync_project(options=SyncOptions(codex=str(empty.root), push=True))
    assert pushed.commit == empty.git("rev-parse", "HEAD").strip()
    assert empty.git("ls-files").split() == ["projects/handbook/docs/a.md"]
