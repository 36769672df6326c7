"""The facade: one object for one project."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Callable

import pytest
from trees import Tree

from codex_action.checks.options import ValidateOptions
from codex_action.codex import Codex
from codex_action.errors import UsageError

OLD = "@codex/other/a.md"


def test_a_project_is_found_from_any_of_its_folders(project: Tree) -> None:
    codex = Codex(str(project.root / "docs/api"))
    assert codex.root == str(project.root)
    assert str(codex.project) == "umbrella/handbook"
    assert codex.organization == "umbrella"


def test_the_environment_is_what_was_given(project: Tree) -> None:
    environ = {"CODEX_ORG": "mine", "GITHUB_REPOSITORY": "hub/x", "PATH": os.environ["PATH"]}
    codex = Codex(str(project.root), environ=environ)
    assert (str(codex.project), codex.organization) == ("hub/x", "mine")
    assert str(Codex(str(project.root), project="a/b", environ=environ).project) == "a/b"


def test_nothing_tells_who_we_are(tmp_path: Path) -> None:
    codex = Codex(str(tmp_path), environ={"PATH": os.environ["PATH"]})
    assert (codex.project, codex.organization, codex.root) == (None, None, str(tmp_path))


def test_a_name_that_cannot_be_one(tmp_path: Path) -> None:
    codex = Codex(str(tmp_path), project="nonsense")
    with pytest.raises(UsageError, match="is no project"):
        _ = codex.project
    with pytest.raises(UsageError, match="is no project"):
        codex.validate_references(ValidateOptions(path=str(tmp_path)))


def test_references_are_checked(project: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    project.write({"a.md": OLD})
    monkeypatch.chdir(project.root)
    report = Codex().validate_references()
    assert [item.suggestion for item in report.findings] == ["codex://umbrella/other/a.md"]
    assert report.exit_code == 1
    fixed = Codex().validate_references(ValidateOptions(fix=True))
    assert (fixed.changed, project.read("a.md")) == (("a.md",), b"codex://umbrella/other/a.md")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder to somebody else")
def test_a_folder_of_somebody_else_can_be_trusted(project: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    project.write({"a.md": OLD})
    os.chown(project.root, 12345, 12345)
    monkeypatch.chdir(project.root)
    assert [item.suggestion for item in Codex(trusted=True).validate_references().findings] == [
        "codex://umbrella/other/a.md"
    ]


def test_a_diagnosis_tells_no_secret(make_project: Callable[..., Tree]) -> None:
    tree = make_project({"a.md": "x"}, remote="https://me:canary@github.com/umbrella/handbook.git")
    environ = {
        "PATH": os.environ["PATH"],
        "GITHUB_TOKEN": "canary",
        "GITHUB_SERVER_URL": "https://canary@host",
    }
    facts = Codex(str(tree.root), environ=environ).diagnose()
    assert "canary" not in repr(facts)
    assert (facts["project"], facts["github_token_set"], facts["gh_token_set"]) == (
        "umbrella/handbook",
        True,
        False,
    )
    assert facts["tracked_files"] == 1


def test_a_diagnosis_of_a_bare_folder(tmp_path: Path) -> None:
    facts = Codex(str(tmp_path), environ={}).diagnose()
    assert (facts["git"], facts["project"], facts["project_problem"]) == ("not a repository", None, None)


def test_a_diagnosis_names_the_cache(tmp_path: Path) -> None:
    facts = Codex(str(tmp_path), environ={"HOME": "/home/me"}).diagnose()
    assert (facts["cache"], facts["cache_problem"], facts["cache_for_later_steps"]) == (
        "/home/me/.cache/codex",
        None,
        None,
    )
    runner = {"HOME": "/github/home", "GITHUB_ACTIONS": "true", "RUNNER_WORKSPACE": "/home/runner/work/web"}
    facts = Codex(str(tmp_path), environ=runner).diagnose()
    assert facts["cache"] == "/github/home/.cache/codex"
    assert facts["cache_for_later_steps"] == "/home/runner/work/_temp/_github_home/.cache/codex"
    (tmp_path / ".fractary" / "codex").mkdir(parents=True)
    (tmp_path / ".fractary/codex/config.yaml").write_text(
        'schema_version: "3.0"\ncache: {path: ../x}\n', encoding="utf-8"
    )
    facts = Codex(str(tmp_path), environ=runner).diagnose()
    assert facts["cache"] is None
    assert "leads out of the project" in str(facts["cache_problem"])
