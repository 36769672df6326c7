"""What is remembered is true of the branch: a plan after it replaces and deletes nothing that nobody approved."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from remembering import Remembering, remembering
from runner_commands import parse_log
from sync_project import CONFIG, INSIDE, MANIFEST, PLACE, SYNC
from trees import repository

pytestmark = pytest.mark.slow
BOTH = {"direction": "bidirectional"}


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Remembering]:
    with remembering(tmp_path, monkeypatch) as made:
        yield made


def test_a_file_that_another_step_made_is_not_of_the_branch(kept: Remembering) -> None:
    commit = kept.merged(7, {"docs/a.md": "a\n"})
    kept.project.git("checkout", "--quiet", commit)
    kept.project.write({"docs/made.md": "made by a step\n"})
    assert kept.life.apply(commit_manifest="true", require_approved_plan="false")[0] == 0
    kept.project.git("clean", "--quiet", "-dffx")
    assert kept.asked(8) == []


def test_a_document_that_was_there_already_in_a_kept_workspace(kept: Remembering) -> None:
    """A runner of one's own keeps what git does not track (actions/checkout with clean: false)."""
    assert kept.apply(kept.merged(7, {"docs/a.md": "a\n"})) == 0
    kept.pull()
    kept.life.desk.elsewhere({INSIDE + "docs/new.md": "somebody's new document\n"})
    commit = kept.merged(8, {"docs/b.md": "b\n"}, **BOTH)
    assert kept.apply(commit, **BOTH) == 0
    assert sorted(kept.manifest.entries) == ["docs/a.md", "docs/b.md"]
    came = kept.project.read("docs/new.md")
    kept.pull()
    (kept.project.root / "docs/new.md").unlink()  # the pull request's own job is somewhere else
    commit = kept.merged(9, {"src/c.py": "c\n"}, **BOTH)
    kept.project.git(
        "checkout", "--quiet", "--force", commit
    )  # no clean: what is tracked is reset, new.md stays
    kept.project.write({"docs/new.md": came})
    assert kept.life.apply(commit_manifest="true", **BOTH)[0] == 0
    kept.project.git("clean", "--quiet", "-dffx")
    assert "delete codex docs/new.md" not in kept.asked(10, **BOTH)


def test_a_kill_between_files_and_manifest_then_once_more(
    kept: Remembering, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file came, the manifest was not written yet; the same step again in the same workspace finds it in step."""
    assert kept.apply(kept.merged(7, {"docs/a.md": "a\n"})) == 0
    kept.pull()
    kept.life.desk.elsewhere({INSIDE + "docs/a.md": "newer\n"})
    commit = kept.merged(8, {"src/b.py": "b\n"}, **BOTH)
    kept.project.git("checkout", "--quiet", "--force", commit)
    kept.project.git("clean", "--quiet", "-dffx")
    kept.project.write({"docs/a.md": "newer\n"})  # as the killed run left it
    assert kept.life.apply(commit_manifest="true", **BOTH)[0] == 0
    kept.project.git("reset", "--quiet", "--hard")
    assert kept.asked(9, **BOTH) == ["update local docs/a.md"]


def test_a_job_that_is_repeated_of_an_older_commit(kept: Remembering) -> None:
    """c1: x, its job pushed and was killed; c2: y, in step by a hand; codex goes back to x; c1's job is run again."""
    assert kept.apply(kept.merged(7, {"docs/a.md": "w\n"})) == 0
    kept.pull()
    one = kept.merged(8, {"docs/a.md": "x\n"})
    kept.project.git("checkout", "--quiet", "--force", one)
    kept.project.git("clean", "--quiet", "-dffx")
    assert kept.life.apply()[0] == 0  # pushed, and nothing remembered
    kept.pull()
    two = kept.merged(9, {"docs/a.md": "y\n"}, conflict="keep-local")
    assert kept.apply(two, conflict="keep-local") == 0
    kept.pull()
    assert kept.life.desk.pushed() == {"docs/a.md": b"y\n"}
    kept.life.desk.elsewhere({INSIDE + "docs/a.md": "x\n"})  # a revert there: the newest word on it
    kept.life.turn_to(8, "change-8")
    time.sleep(1.1)  # of one second none would be kept
    code = kept.apply(one)
    assert code in (0, 4)
    found = kept.asked(10)
    assert found == []  # codex is ahead: to-codex does nothing


def test_a_checkout_of_another_repository(kept: Remembering) -> None:
    """The workflow's own repository gets the manifest of the one that a step has checked out in a folder."""
    commit = kept.merged(7, {"src/a.py": "a\n"})
    kept.project.git("checkout", "--quiet", commit)
    repository(
        kept.project.root / "other",
        {PLACE: CONFIG.replace("project: handbook", "project: other") + SYNC, "docs/o.md": "o\n"},
    )
    tip = kept.remote.git("rev-parse", "main")
    kept.life.apply(commit_manifest="true", working_directory="other", require_approved_plan="false")
    assert kept.remote.git("rev-parse", "main") == tip


def test_a_checkout_of_another_branch(kept: Remembering) -> None:
    """actions/checkout with ref: release; main is told of what release holds."""
    assert kept.apply(kept.merged(7, {"docs/a.md": "new\n"})) == 0
    kept.pull()
    kept.project.git("checkout", "--quiet", "-b", "release", f"{kept.life.start}")
    kept.project.git("rm", "--quiet", "docs/a.md")
    kept.project.commit({"docs/r.md": "of the release alone\n"})
    kept.life.apply(commit_manifest="true", require_approved_plan="false", max_delete="9")
    assert "docs/r.md" not in kept.manifest.entries


def test_a_manifest_that_git_ignores_is_told(kept: Remembering, capsys: pytest.CaptureFixture[str]) -> None:
    ignored = ".fractary/codex/*\n!.fractary/codex/config.yaml\n"
    commit = kept.merged(7, {"docs/a.md": "a\n", ".gitignore": ignored})
    assert kept.apply(commit) == 0
    assert MANIFEST not in kept.remote.git("ls-tree", "-r", "--name-only", "main")
    notices = [item.data for item in parse_log(capsys.readouterr().out) if item.name == "notice"]
    assert notices[-1] == f"what is in step is not remembered: git ignores {MANIFEST}"


def test_a_sparse_checkout(kept: Remembering) -> None:
    """What is left out of the working tree came from the codex repository, newer: it is not as committed."""
    assert kept.apply(kept.merged(7, {"docs/a.md": "a\n", "docs/deep/d.md": "old\n"})) == 0
    kept.pull()
    commit = kept.merged(8, {"src/b.py": "b\n"}, **BOTH)
    kept.project.git("checkout", "--quiet", "--force", commit)
    kept.project.git("sparse-checkout", "set", "--no-cone", "/*", "!/docs/deep/")
    try:
        kept.life.desk.elsewhere({INSIDE + "docs/deep/d.md": "newer\n"})
        kept.life.apply(commit_manifest="true", require_approved_plan="false", **BOTH)
        entries = kept.manifest.entries
    finally:
        kept.project.git("sparse-checkout", "disable")
    kept.project.git("reset", "--quiet", "--hard")
    assert "docs/deep/d.md" in entries
    found = kept.asked(9, **BOTH)
    assert not [row for row in found if "codex" in row], found


def test_a_branch_that_was_reset(kept: Remembering) -> None:
    """main took codex' document and went back before that; the late job still says that both sides had it."""
    assert kept.apply(kept.merged(7, {"docs/a.md": "a\n"})) == 0
    kept.pull()
    tip = kept.project.git("rev-parse", "main").strip()
    kept.life.desk.elsewhere({INSIDE + "docs/e.md": "codex' own\n"})
    one = kept.merged(8, {"docs/e.md": "codex' own\n"})
    kept.project.git("update-ref", "refs/heads/main", tip)
    kept.push(force=True)
    kept.project.git("branch", "--force", "change-8", one)
    kept.life.tell()
    code = kept.apply(one)
    kept.life.start = tip
    found = kept.asked(9)
    assert code in (0, 4)
    assert found == []


def test_documents_that_a_step_before_had_committed_and_not_pushed(kept: Remembering) -> None:
    """HEAD is a commit that the branch never gets: a step's own, of what came, for a pull request."""
    assert kept.apply(kept.merged(7, {"docs/a.md": "a\n"})) == 0
    kept.pull()
    kept.life.desk.elsewhere({INSIDE + "docs/a.md": "newer\n"})
    commit = kept.merged(8, {"src/b.py": "b\n"}, **BOTH)
    kept.project.git("checkout", "--quiet", "--force", commit)
    assert kept.life.apply(**BOTH)[0] == 0  # nothing is remembered by this one
    kept.project.git("add", "docs")
    kept.project.git("commit", "--quiet", "--message", "what came, on a branch for a pull request")
    free = {"require_approved_plan": "false"}
    assert kept.life.apply(commit_manifest="true", **BOTH, **free)[0] in (0, 4)  # to say so is fine
    found = kept.asked(9, **BOTH)
    assert found == ["update local docs/a.md"]


def test_what_came_is_committed_by_a_later_step_and_then_remembered(kept: Remembering) -> None:
    assert kept.apply(kept.merged(7, {"docs/a.md": "a\n"})) == 0
    kept.pull()
    kept.life.desk.elsewhere({INSIDE + "docs/a.md": "newer\n", INSIDE + "docs/new.md": "new\n"})
    assert kept.apply(kept.merged(8, {"docs/b.md": "b\n"}, **BOTH), **BOTH) == 0
    assert {path: entry.sha256[:4] for path, entry in kept.manifest.entries.items()} == {
        path: hashlib.sha256(text).hexdigest()[:4]
        for path, text in (("docs/a.md", b"a\n"), ("docs/b.md", b"b\n"))
    }
    project = kept.project
    project.git("add", "--all", "docs")
    project.git("commit", "--quiet", "--message", "What came")
    project.git("stash", "--quiet", "--include-untracked")
    project.git("pull", "--quiet", "--rebase", str(kept.remote.root), "main")
    project.git("push", "--quiet", str(kept.remote.root), "HEAD:main")
    assert kept.asked(9, **BOTH) == []
