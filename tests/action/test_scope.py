"""Which files a pull request's job reads: told by GitHub first, then by git, and where nobody can tell, all of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Callable

import pytest
from fake_github import FakeGitHub
from fake_pulls import Pull
from runner_commands import parse_log
from runner_job import Runner
from trees import Tree

from codex_action.action import jobs

TOKEN = "ghs_not_to_be_seen"
OLD = {
    "README.md": "codex://umbrella/web/docs/kept.md\n",
    "old.md": "codex://-bad/x/old.md\n",
    "docs/kept.md": "K\n",
}
NEW = {"new.md": "codex://-bad/x/new.md\n", "sub/new.md": "codex://-bad/x/y.md\n"}


def contents(files: dict[str, str]) -> dict[str, bytes]:
    return {path: text.encode() for path, text in files.items()}


@dataclass
class Review:
    """A pull request, its merge checked out with no history, and GitHub, which knows what it changes."""

    runner: Runner
    hub: FakeGitHub
    read: Callable[[], Any]
    heads: list[str] = field(default_factory=list)

    def propose(self, files: dict[str, str]) -> None:
        """Make `files` what the pull request's branch holds."""
        self.hub.repos["umbrella/web"].versions["topic"] = contents(files)
        head = self.hub.repos["umbrella/web"].tip("topic")
        self.runner.event(
            "pull_request",
            {"pull_request": {"number": 1, "head": {"sha": head}, "base": {"sha": "e" * 40}}},
        )

    def check(self, **inputs: str) -> tuple[list[str], list[str], str]:
        """The files with findings, the notices, and the log."""
        self.runner.run(**{"token": TOKEN, **inputs})
        log = str(self.read().out)
        assert TOKEN not in log
        commands = parse_log(log)
        errors = [command.properties["file"] for command in commands if command.name == "error"]
        return errors, [command.data for command in commands if command.name == "notice"], log


@pytest.fixture
def review(
    make_project: Callable[..., Tree],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Iterator[Review]:
    workspace = make_project({**OLD, **NEW})
    monkeypatch.chdir(workspace.root)
    with FakeGitHub() as hub:
        repo = hub.add("umbrella/web", contents(OLD), private=True)
        repo.pulls.append(Pull(1, "topic", "main", "Change"))
        hub.tokens[TOKEN] = {"umbrella/web"}
        environ = {
            "GITHUB_OUTPUT": str(tmp_path / "output"),
            "GITHUB_WORKSPACE": str(workspace.root),
            "GITHUB_REPOSITORY": "umbrella/web",
            "GITHUB_API_URL": hub.url,
            "GITHUB_SHA": workspace.git("rev-parse", "HEAD").strip(),
        }
        made = Review(Runner(workspace, tmp_path, environ), hub, capsys.readouterr)
        made.propose({**OLD, **NEW})
        yield made


ALL = ["new.md", "old.md", "sub/new.md"]
CANNOT = "every file is checked: what changed cannot be told here (check out with fetch-depth: 2, or 0)"


def test_github_tells_without_any_history(review: Review) -> None:
    assert review.check() == (["new.md", "sub/new.md"], [], review.check()[2])
    assert {exchange.path for exchange in review.hub.log} == {"/repos/umbrella/web/pulls/1/files"}
    assert {exchange.token for exchange in review.hub.log} == {TOKEN}
    assert review.runner.outputs["files-checked"] == "2"


def test_what_git_has_never_seen_is_read_too(review: Review) -> None:
    review.runner.workspace.write({"made.md": "codex://-bad/x/made.md\n"})
    assert review.check()[0] == ["made.md", "new.md", "sub/new.md"]


def test_paths_narrow_it(review: Review) -> None:
    assert review.check(paths="sub\nold.md")[0] == ["sub/new.md"]


def test_a_file_that_went_away_asks_for_all(review: Review) -> None:
    review.propose({path: text for path, text in {**OLD, **NEW}.items() if path != "docs/kept.md"})
    errors, notices, _ = review.check()
    assert errors == ALL
    assert notices == ["every file is checked: 1 file went away, and others may point there"]


@pytest.mark.parametrize("gone", [True, False], ids=["gone elsewhere", "changed elsewhere"])
def test_a_project_below_the_repository_s_root(review: Review, *, gone: bool) -> None:
    tree = review.runner.workspace
    review.runner.environ["GITHUB_SHA"] = tree.commit({"sub/.fractary/keep": ""})
    files = {**OLD, **NEW}
    if gone:
        del files["docs/kept.md"]
    review.propose(files)
    errors, notices, _ = review.check(working_directory="sub")
    assert (errors, notices) == (["sub/new.md"], [])
    assert review.runner.outputs["files-checked"] == "1"


FALLS_BACK = {
    "no permission": (
        "forbidden",
        "umbrella/web#1: GitHub refuses access (it needs the permission pull-requests: read)",
    ),
    "limit": ("primary", "takes no more requests before"),
    "broken": ("broken", "umbrella/web#1: GitHub answers 500"),
}


@pytest.mark.parametrize(("kind", "why"), FALLS_BACK.values(), ids=FALLS_BACK.keys())
def test_where_github_does_not_tell_git_does_and_it_is_said(review: Review, kind: str, why: str) -> None:
    tree = review.runner.workspace
    base = tree.git("rev-parse", "HEAD").strip()
    review.runner.environ["GITHUB_SHA"] = tree.commit({"third.md": "codex://-bad/x/third.md\n"})
    review.runner.event(
        "pull_request", {"pull_request": {"number": 1, "head": {"sha": "a" * 40}, "base": {"sha": base}}}
    )
    review.hub.refuse(kind, times=3)
    errors, notices, log = review.check()
    assert (errors, notices) == (["third.md"], [])
    (line,) = [line for line in log.splitlines() if "git is asked" in line]
    assert line.startswith("codex-action: git is asked what the pull request changes: ")
    assert why in line


def test_where_neither_tells_all_is_read_and_it_is_said(review: Review) -> None:
    review.hub.refuse("forbidden")
    errors, notices, log = review.check()
    assert (errors, notices) == (ALL, [CANNOT])
    assert "git is asked what the pull request changes" in log


@pytest.mark.parametrize("annotations", ["true", "false"])
def test_an_empty_list_is_not_believed(review: Review, annotations: str) -> None:
    review.propose(OLD)
    _, _, log = review.check(annotations=annotations)
    assert "it lists nothing" in log
    assert review.runner.outputs["errors"] == "3"


UNASKED = {
    "no token": ({}, {"token": ""}),
    "no repository": ({"GITHUB_REPOSITORY": ""}, {}),
    "another commit": ({"GITHUB_SHA": "f" * 40}, {}),
    "not wanted": ({}, {"changed_only": "false"}),
}


@pytest.mark.parametrize(("environ", "inputs"), UNASKED.values(), ids=UNASKED.keys())
def test_who_cannot_be_right_is_not_asked(
    review: Review, environ: dict[str, str], inputs: dict[str, str]
) -> None:
    review.runner.environ.update(environ)
    assert review.check(**inputs)[0] == ALL
    assert review.hub.log == []


def test_nobody_is_asked_for_another_event(review: Review) -> None:
    review.runner.environ["GITHUB_EVENT_NAME"] = "merge_group"
    assert review.check()[:2] == (ALL, [CANNOT])
    assert review.hub.log == []


def test_a_head_that_moved_on_is_not_compared(review: Review) -> None:
    review.hub.repos["umbrella/web"].versions["topic"] = contents({**OLD, "later.md": "L\n"})
    errors, notices, log = review.check()
    assert (errors, notices) == (ALL, [CANNOT])
    assert "umbrella/web#1: it has moved on since" in log


def test_a_repository_without_a_commit_is_of_no_pull_request(review: Review, tmp_path: Path) -> None:
    tree = Tree(tmp_path / "empty").write({**OLD, **NEW})
    tree.git("init", "--quiet")
    review.runner.environ["GITHUB_WORKSPACE"] = str(tree.root)
    assert review.check()[:2] == (["README.md", *ALL], [CANNOT])  # nothing is tracked that it could point at
    assert review.hub.log == []


def test_an_archive_without_git_is_enough(review: Review, tmp_path: Path) -> None:
    folder = tmp_path / "archive"
    Tree(folder).write({**OLD, **NEW})
    review.runner.environ["GITHUB_WORKSPACE"] = str(folder)
    assert review.check()[:2] == (["new.md", "sub/new.md"], [])


@pytest.mark.parametrize(
    "event",
    [
        None,
        [],
        {"pull_request": []},
        {"pull_request": {"number": 1}},
        {"pull_request": {"number": 0, "head": {"sha": "a" * 40}}},
        {"pull_request": {"number": "1", "head": {"sha": "a" * 40}}},
        {"pull_request": {"number": 1, "head": {"sha": "main"}}},
        {"pull_request": {"number": 1, "head": {"sha": 5}}},
    ],
)
def test_a_payload_that_names_no_pull_request(event: object) -> None:
    assert jobs.pull_of_event(event) is None
