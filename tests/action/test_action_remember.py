"""`commit-manifest`: what an apply remembers is on the branch, whoever else does the same; real git remotes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from pull_life import CODEX_TOKEN, TOKEN
from remembering import REMOTE, Remembering, remembering
from runner_commands import parse_log
from sync_project import CONFIG, INSIDE, MANIFEST, SYNC

from codex_action.sync.manifest import write_manifest

pytestmark = pytest.mark.slow

MESSAGE = "Remember what is in step with the codex repository"


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Remembering]:
    with remembering(tmp_path, monkeypatch) as made:
        yield made


@pytest.fixture
def log(capsys: pytest.CaptureFixture[str]) -> Callable[[str], list[str]]:
    def read(name: str) -> list[str]:
        text = capsys.readouterr().out
        assert TOKEN not in text
        assert CODEX_TOKEN not in text
        return [item.data for item in parse_log(text) if item.name == name]

    return read


def test_what_was_applied_is_remembered_and_nothing_else_is_committed(
    kept: Remembering, log: Callable[[str], list[str]]
) -> None:
    commit = kept.merged(7, {"docs/a.md": "a\n", "src/code.py": "x = 1\n"})
    kept.project.git("checkout", "--quiet", commit)
    kept.project.write({"docs/left.txt": "of another step", "src/code.py": "changed"})
    kept.project.git("add", "--all")
    kept.life.repo.pulls[0].landed = (commit,)
    assert kept.life.apply(commit_manifest="true", require_approved_plan="false")[0] == 0
    assert sorted(kept.manifest.entries) == ["docs/a.md"]
    assert kept.commits[0] == MESSAGE
    assert kept.remote.git("show", "--name-only", "--format=%P", "main").split() == [commit, MANIFEST]
    assert kept.remote.git("log", "-1", "--format=%an <%ae>", "main").strip() == "Tester <tester@example.com>"
    assert kept.remote.git("rev-parse", "main")[:7] in log("notice")[-1]
    assert kept.pauses == []


def test_who_names_nobody_commits_as_the_workflow(kept: Remembering, monkeypatch: pytest.MonkeyPatch) -> None:
    commit = kept.merged(7, {"docs/a.md": "a\n"})
    monkeypatch.setenv("GIT_CONFIG_COUNT", "0")
    assert kept.life.apply(commit_manifest="true")[0] == 0
    assert kept.commits[0] == MESSAGE
    assert kept.remote.git("log", "-1", "--format=%an <%ae> %P", "main").strip() == (
        f"github-actions[bot] <41898282+github-actions[bot]@users.noreply.github.com> {commit}"
    )


def test_without_the_input_nothing_is_pushed(kept: Remembering) -> None:
    commit = kept.merged(7, {"docs/a.md": "a\n"})
    assert kept.life.apply()[0] == 0
    assert kept.life.apply(dry_run="true", commit_manifest="true")[0] == 0
    assert kept.remote.git("rev-parse", "main").strip() == commit
    assert kept.life.asked_codex() == {True, False}


OVERLAPS = {
    "other-files": ({"docs/a.md": "a2\n"}, {"docs/b.md": "b2\n"}, {}),
    "one-makes-and-one-deletes": ({"docs/c.md": "c\n"}, {"docs/b.md": None}, {"max_delete": "9"}),
    "one-file": ({"docs/a.md": "a2\n"}, {"docs/a.md": "a3\n"}, {"conflict": "keep-local"}),
}


@pytest.mark.parametrize("first", [0, 1], ids=["in-order", "the-later-one-first"])
@pytest.mark.parametrize("overlap", OVERLAPS.values(), ids=OVERLAPS.keys())
def test_two_that_overlap_are_both_remembered(
    kept: Remembering,
    overlap: tuple[dict[str, str | None], dict[str, str | None], dict[str, str]],
    first: int,
) -> None:
    """Both jobs start from one manifest; then the next pull request changes all, and nothing is a conflict."""
    one, other, inputs = overlap
    start = kept.merged(7, {"docs/a.md": "a\n", "docs/b.md": "b\n"})
    assert kept.apply(start) == 0
    kept.pull()
    merges = [kept.merged(8, one, **inputs), kept.merged(9, other, **inputs)]
    codes = [kept.apply(merges[index], **inputs) for index in (first, 1 - first)]
    if any(
        codes
    ):  # what the first one's plan lists is refused to the second one before, and once it is done there
        assert codes in ([4, 0], [0, 4])
        assert kept.apply(merges[1], **inputs) == 0
    kept.pull()
    there = kept.life.desk.pushed()
    assert there == kept.life.desk.here()
    assert {path: row.sha256 for path, row in kept.manifest.entries.items()} == {
        path: hashlib.sha256(data).hexdigest() for path, data in there.items()
    }
    last = kept.merged(10, dict.fromkeys(there, "next\n"))
    assert kept.conflicts == "0"
    assert kept.apply(last) == 0
    assert set(kept.life.desk.pushed().values()) == {b"next\n"}


def test_one_that_is_late_three_times_arrives(kept: Remembering) -> None:
    commit = kept.merged(7, {"docs/a.md": "a\n"})
    kept.ahead(3)
    assert kept.apply(commit) == 0
    assert kept.commits[:4] == [MESSAGE, "change", "change", "change"]
    assert list(kept.manifest.entries) == ["docs/a.md"]
    assert kept.pauses == [2.0, 4.0, 8.0]


def test_one_that_is_late_every_time_says_what_to_do(
    kept: Remembering, log: Callable[[str], list[str]]
) -> None:
    commit = kept.merged(7, {"docs/a.md": "a\n"})
    kept.ahead(99)
    assert kept.apply(commit) == 5
    (error,) = log("error")
    assert "what is in step is not remembered on 'main'" in error
    assert "has moved on meanwhile, 8 times in a row (nothing is lost: run this job again)" in error
    assert kept.pauses == [2.0, 4.0, 8.0, 16.0, 16.0, 16.0, 16.0]
    assert kept.life.said()[0].state == "applied"
    (kept.remote.root / "hooks/pre-receive").unlink()
    assert kept.apply(commit) == 0
    assert list(kept.manifest.entries) == ["docs/a.md"]


REFUSALS = {
    "hook": (4, "does not take this push", "let the workflow's token pass the branch's rules"),
    "token": (5, "no access", "the job needs permissions: contents: write"),
    "damaged": (4, f"{MANIFEST} on the branch is damaged", "begins anew"),
}


@pytest.mark.parametrize(("why", "told"), REFUSALS.items(), ids=REFUSALS.keys())
def test_a_push_that_is_not_taken_is_one_sentence_and_the_sync_is_told_as_done(
    kept: Remembering, log: Callable[[str], list[str]], why: str, told: tuple[int, str, str]
) -> None:
    commit = kept.merged(7, {"docs/a.md": "a\n"})
    if why == "hook":
        kept.refuse()
    elif why == "token":
        kept.life.server.readers.add(REMOTE)
    else:
        kept.project.commit({MANIFEST: "<<<<<<< HEAD\n"})
        kept.push()
    code, words, hint = told
    tip = kept.remote.git("rev-parse", "main")
    assert kept.apply(commit) == code
    (error,) = log("error")
    assert words in error
    assert hint in error
    assert error.count("\n") == 0
    assert kept.life.said()[0].state == "applied"
    assert kept.life.desk.pushed() == {"docs/a.md": b"a\n"}
    assert kept.remote.git("rev-parse", "main") == tip
    assert (kept.outputs["result"], kept.outputs["exit-code"]) == ("failed", str(code))


def test_what_was_done_before_it_failed_is_remembered(
    kept: Remembering, log: Callable[[str], list[str]]
) -> None:
    """A conflict leaves one file, the comment cannot be written, and the other file is remembered all the same."""
    kept.life.desk.elsewhere({INSIDE + "docs/a.md": "other\n"})
    commit = kept.merged(7, {"docs/a.md": "a\n", "docs/b.md": "b\n"})
    assert kept.apply(commit) == 6
    assert list(kept.manifest.entries) == ["docs/b.md"]


def test_what_an_earlier_step_did_is_remembered_where_a_later_one_is_refused(
    kept: Remembering, log: Callable[[str], list[str]]
) -> None:
    commit = kept.merged(7, {"docs/a.md": "a\n"})
    assert kept.life.apply()[0] == 0
    kept.project.write({"docs/late.md": "nobody saw it\n"})
    assert kept.life.apply(commit_manifest="true")[0] == 4
    assert len(log("error")) == 1
    assert list(kept.manifest.entries) == ["docs/a.md"]
    kept.refuse()
    kept.project.git("checkout", "--quiet", "--force", commit)
    kept.project.write({MANIFEST: write_manifest(replace(kept.manifest, rules_digest="r"))})
    assert kept.life.apply(commit_manifest="true")[0] == 4
    besides, last = log("error")
    assert "does not take this push" in besides
    assert "is not in the approved plan" in last


def test_where_nothing_was_done_nothing_is_asked_of_the_branch(kept: Remembering) -> None:
    assert kept.apply(kept.merged(7, {"docs/a.md": "a\n"})) == 0
    kept.pull()
    kept.life.server.seen.clear()
    commit = kept.merged(8, {"src/code.py": "x = 1\n"})
    assert kept.apply(commit) == 0
    assert kept.remote.git("rev-parse", "main").strip() == commit
    assert not any(path.startswith(REMOTE) for path, _ in kept.life.server.seen)


def test_the_commit_that_remembers_starts_nothing_more(kept: Remembering) -> None:
    """With a token whose pushes start workflows, an apply of it has nothing to do, and commits nothing."""
    commit = kept.merged(7, {"docs/a.md": "a\n"})
    assert kept.apply(commit) == 0
    kept.pull()
    tip = kept.remote.git("rev-parse", "main").strip()
    assert kept.apply(tip, before=commit) == 0
    assert kept.remote.git("rev-parse", "main").strip() == tip
    assert len(kept.life.remarks) == 1


def test_documents_that_came_are_remembered_when_they_are_committed(kept: Remembering) -> None:
    """The branch has the older one: an entry of the newer one would have the older one replace it there."""
    assert kept.apply(kept.merged(7, {"docs/a.md": "a\n"})) == 0
    kept.pull()
    kept.life.desk.elsewhere({INSIDE + "docs/a.md": "newer\n", INSIDE + "docs/e.md": "e\n"})
    inputs = {"direction": "bidirectional"}
    before = kept.manifest.entries["docs/a.md"]
    commit = kept.merged(8, {"docs/b.md": "b\n"}, **inputs)
    assert kept.apply(commit, **inputs) == 0
    assert kept.project.read("docs/a.md") == b"newer\n"
    assert sorted(kept.manifest.entries) == ["docs/a.md", "docs/b.md"]
    assert kept.manifest.entries["docs/a.md"] == before
    kept.pull()
    commit = kept.merged(9, {"docs/a.md": "newer\n", "docs/e.md": "e\n"}, **inputs)
    assert kept.apply(commit, **inputs) == 0
    assert sorted(kept.manifest.entries) == ["docs/a.md", "docs/b.md", "docs/e.md"]
    assert kept.life.desk.pushed()["docs/a.md"] == b"newer\n"


def test_manifests_of_several_projects_are_in_one_commit(kept: Remembering) -> None:
    """Two projects of one repository, each synced by a step of its own: the last one remembers for both."""
    web = CONFIG.replace("project: handbook", "project: web") + SYNC
    commit = kept.merged(
        7, {"docs/a.md": "a\n", "web/.fractary/codex/config.yaml": web, "web/docs/w.md": "w\n"}
    )
    kept.project.git("checkout", "--quiet", "--force", commit)
    free = {"require_approved_plan": "false"}
    assert kept.life.apply(**free)[0] == 0
    assert kept.life.apply(commit_manifest="true", working_directory="web", **free)[0] == 0
    assert kept.remote.git("show", "--name-only", "--format=", "main").split() == [
        MANIFEST,
        f"web/{MANIFEST}",
    ]
    inner = json.loads(kept.remote.git("show", f"main:web/{MANIFEST}"))
    assert (inner["project"], list(inner["entries"])) == ("web", ["docs/w.md"])
    assert kept.commits.count(MESSAGE) == 1
