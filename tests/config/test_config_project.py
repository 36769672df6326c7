"""Which project we are in, with git's own answer."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Callable

import pytest

from codex_action.config.project import detect_current_project, detect_organization, project_of_checkout
from codex_action.errors import GitError, InvalidReference
from codex_action.refs.resolve import Project

NO_OTHER_GIT = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull, "PATH": os.environ["PATH"]}
PAIR = {"CODEX_CURRENT_ORG": "pair", "CODEX_CURRENT_PROJECT": "p"}
ACTIONS = {"GITHUB_REPOSITORY": "actions/a"}


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    subprocess.run(
        ["git", "-C", str(tmp_path), "remote", "add", "origin", "git@github.com:remote/r.git"], check=True
    )
    return tmp_path


@pytest.mark.parametrize(
    ("option", "environ", "project"),
    [
        pytest.param("option/o", {**PAIR, **ACTIONS}, Project("option", "o", "option"), id="option"),
        pytest.param(
            None,
            {**PAIR, **ACTIONS},
            Project("pair", "p", "CODEX_CURRENT_ORG and CODEX_CURRENT_PROJECT"),
            id="pair",
        ),
        pytest.param(None, ACTIONS, Project("actions", "a", "GITHUB_REPOSITORY"), id="actions"),
        pytest.param(
            None,
            {"CODEX_CURRENT_ORG": "half", **ACTIONS},
            Project("actions", "a", "GITHUB_REPOSITORY"),
            id="half-a-pair",
        ),
        pytest.param(
            None, {"CODEX_CURRENT_PROJECT": "half"}, Project("remote", "r", "git remote"), id="other-half"
        ),
        pytest.param(None, {}, Project("remote", "r", "git remote"), id="remote"),
    ],
)
def test_precedence(
    repository: Path, option: str | None, environ: dict[str, str], project: Project | None
) -> None:
    assert (
        detect_current_project(str(repository), option=option, environ={**NO_OTHER_GIT, **environ}) == project
    )


def test_a_folder_of_the_repository_knows_it_too(repository: Path) -> None:
    folder = repository / "docs"
    folder.mkdir()
    project = detect_current_project(str(folder), environ=NO_OTHER_GIT, trusted=True)
    assert project == Project("remote", "r", "git remote")


def test_the_environment_of_the_process_is_asked_by_default(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in (*PAIR, *ACTIONS):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(repository)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    assert detect_current_project() == Project("remote", "r", "git remote")
    monkeypatch.setenv("GITHUB_REPOSITORY", "actions/a")
    assert detect_current_project() == Project("actions", "a", "GITHUB_REPOSITORY")


def test_another_checkout_is_what_its_remote_says(repository: Path) -> None:
    assert project_of_checkout(str(repository), {**NO_OTHER_GIT, **PAIR, **ACTIONS}) == Project(
        "remote", "r", "git remote"
    )


def test_a_repository_without_a_remote_names_none(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    assert detect_current_project(str(tmp_path), environ=NO_OTHER_GIT) is None


def test_a_remote_that_is_a_path_names_none(repository: Path) -> None:
    subprocess.run(["git", "-C", str(repository), "remote", "set-url", "origin", "../r.git"], check=True)
    assert detect_current_project(str(repository), environ=NO_OTHER_GIT) is None


def test_no_repository_is_no_error(tmp_path: Path) -> None:
    ceiling = {**NO_OTHER_GIT, "GIT_CEILING_DIRECTORIES": str(tmp_path.parent)}
    assert detect_current_project(str(tmp_path), environ=ceiling) is None
    assert detect_current_project(str(tmp_path / "gone"), environ=ceiling) is None


def give_away(repository: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can give files away")
    os.chown(repository, 12345, 12345)


FAILURES: dict[str, tuple[Callable[[Path], object], dict[str, str], str]] = {
    "not installed": (lambda _: None, {"PATH": "/nowhere"}, "not installed"),
    "cannot read it": (
        lambda folder: (folder / ".git/config").write_text("[broken"),
        {},
        "git config failed",
    ),
    "not trusted": (give_away, {}, "does not trust"),
}


@pytest.mark.parametrize(("happens", "environ", "words"), FAILURES.values(), ids=FAILURES.keys())
def test_git_that_fails_where_it_should_tell_is_an_error(
    repository: Path, happens: Callable[[Path], object], environ: dict[str, str], words: str
) -> None:
    happens(repository)
    with pytest.raises(GitError, match=words):
        detect_current_project(str(repository), environ={**NO_OTHER_GIT, **environ})
    assert project_of_checkout(str(repository), {**NO_OTHER_GIT, **environ}) is None
    told = detect_current_project(str(repository), environ={**NO_OTHER_GIT, **environ, **ACTIONS})
    assert told == Project("actions", "a", "GITHUB_REPOSITORY")


@pytest.mark.parametrize(
    "environ", [{"GITHUB_REPOSITORY": "a"}, {"CODEX_CURRENT_ORG": "a b", "CODEX_CURRENT_PROJECT": "c"}]
)
def test_a_bad_variable_is_no_reason_to_guess(repository: Path, environ: dict[str, str]) -> None:
    with pytest.raises(InvalidReference):
        detect_current_project(str(repository), environ={**NO_OTHER_GIT, **environ})


@pytest.mark.parametrize(
    ("project", "environ", "organisation"),
    [
        (None, {}, None),
        (Project("acme", "site"), {}, "acme"),
        (Project("acme", "site"), {"CODEX_ORG": "other"}, "other"),
        (Project("acme", "site"), {"CODEX_ORG": ""}, "acme"),
        (None, {"CODEX_ORG": "o"}, "o"),
    ],
)
def test_the_organisation_of_references_that_name_none(
    project: Project | None, environ: dict[str, str], organisation: str | None
) -> None:
    assert detect_organization(project, environ) == organisation
