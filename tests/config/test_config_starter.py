"""`init`: the first configuration, and nothing that is there already."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from programs import RunCli
from schema import load, problems
from trees import Tree

from codex_action.config import schema, yaml12
from codex_action.config.starter import starter
from codex_action.errors import ValidationError

CONFIG = ".fractary/codex/config.yaml"


@pytest.mark.parametrize("preset", ["standard", "minimal"])
def test_a_preset_is_a_valid_configuration(preset: str) -> None:
    config = starter("umbrella", "codex", "handbook", preset)
    assert schema.check(config, {}) == []
    assert config["project"] == "handbook"


@pytest.mark.parametrize(
    "names", [("-x", "codex", "p"), ("umbrella", "a b", "p"), ("umbrella", "codex", "..")]
)
def test_names_that_cannot_be_are_refused(names: tuple[str, str, str]) -> None:
    with pytest.raises(ValidationError):
        starter(*names, "minimal")


@pytest.mark.parametrize(
    "names",
    [("--org", "bad_org"), ("--codex", "a b"), ("--project", "a b"), ("--org", "-x", "--project", "y")],
    ids=" ".join,
)
def test_wrong_names_are_wrong_usage(names: tuple[str, ...], project: Tree, run_cli: RunCli) -> None:
    result = run_cli("init", *names, cwd=project.root)
    assert result.code == 2
    assert names[1] in result.err
    assert not (project.root / CONFIG).exists()


def test_a_project_s_name_alone_is_of_the_organisation_that_is_known(
    project: Tree, tmp_path: Path, run_cli: RunCli
) -> None:
    assert run_cli("init", "--project", "other", cwd=project.root).code == 0
    data = yaml12.read(project.read(CONFIG)).data
    assert (data["codex_repo"]["organization"], data["project"]) == ("umbrella", "other")
    (tmp_path / "bare").mkdir()
    result = run_cli("init", "--project", "other", cwd=tmp_path / "bare")
    assert (result.code, result.err) == (2, "Error: the organisation is not known\nHint: give --org ORG\n")
    env = {"CODEX_ORG": "northwind"}
    assert run_cli("init", "--project", "other", cwd=tmp_path / "bare", env=env).code == 0


def test_what_the_remote_tells_is_written(project: Tree, run_cli: RunCli) -> None:
    result = run_cli("init", cwd=project.root)
    assert result.code == 0
    data = yaml12.read(project.read(CONFIG)).data
    assert data["codex_repo"] == {"organization": "umbrella", "repository": "codex", "default_branch": "main"}
    assert data["project"] == "handbook"
    assert project.read(".fractary/plugins/codex/cache/.gitignore") == b"*\n"
    assert run_cli("validate", "refs", cwd=project.root).code == 0
    assert run_cli("migrate", "config", cwd=project.root).code == 0


def test_options_win(project: Tree, run_cli: RunCli) -> None:
    options = (
        "--org",
        "northwind",
        "--codex",
        "knowledge",
        "--project",
        "other",
        "--preset",
        "minimal",
        "--json",
    )
    result = run_cli("init", *options, cwd=project.root)
    assert list(problems(result.data, load("init"))) == []
    assert result.data["files"] == [CONFIG, ".fractary/plugins/codex/cache/.gitignore"]
    data = yaml12.read(project.read(CONFIG)).data
    assert (data["codex_repo"]["organization"], data["codex_repo"]["repository"]) == (
        "northwind",
        "knowledge",
    )
    assert (data["project"], "sync" in data) == ("other", False)


@pytest.mark.parametrize("place", [CONFIG, ".fractary/codex.yaml", ".fractary/plugins/codex/config.json"])
def test_what_is_there_is_never_overwritten(place: str, project: Tree, run_cli: RunCli) -> None:
    project.write({place: json.dumps({"version": "4.0", "organization": "mine"})})
    result = run_cli("init", cwd=project.root)
    assert result.code == 4
    assert place in result.err
    assert "--force" in result.err
    assert json.loads(project.read(place))["organization"] == "mine"
    assert run_cli("init", "--force", cwd=project.root).code == 0
    assert yaml12.read(project.read(CONFIG)).data["project"] == "handbook"


def test_the_user_s_configuration_names_the_codex_repository(
    project: Tree, run_cli: RunCli, tmp_path: Path
) -> None:
    user = tmp_path / "home/fractary/codex/config.yaml"
    user.parent.mkdir(parents=True)
    user.write_text('schema_version: "3.0"\ncodex_repo: {repository: knowledge}\n', encoding="utf-8")
    assert run_cli("init", cwd=project.root, env={"XDG_CONFIG_HOME": str(tmp_path / "home")}).code == 0
    assert yaml12.read(project.read(CONFIG)).data["codex_repo"]["repository"] == "knowledge"


def test_every_problem_is_told_at_once(project: Tree, run_cli: RunCli) -> None:
    project.write({CONFIG: 'schema_version: "3.0"\nproject: [x]\nsync: {conflict: keep, exclud: []}\n'})
    result = run_cli("validate", "refs", cwd=project.root)
    assert result.code == 3
    assert f"{CONFIG}:2:1: error: project: must be text" in result.err
    assert f"{CONFIG}:3:8: error: sync.conflict: must be one of" in result.err
    assert "did you mean 'exclude'?" in result.err


def test_a_project_nobody_knows_is_asked_for(make_project: object, tmp_path: object, run_cli: RunCli) -> None:
    result = run_cli("init", cwd=str(tmp_path))
    assert result.code == 2
    assert "--org ORG and --project NAME" in result.err
