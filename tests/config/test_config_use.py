"""What a configuration is used for: branches, tokens, the organisation; and the names that the library gives."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from programs import RunCli
from trees import Tree, bare

import codex_action
from codex_action.config.load import env_file, load_config
from codex_action.config.project import resolve_organization
from codex_action.documents.library import LibrarySettings
from codex_action.errors import UsageError

CONFIG = ".fractary/codex/config.yaml"
HEAD = 'schema_version: "3.0"\n'
REPO = "codex_repo: {organization: umbrella, repository: codex, default_branch: trunk}\n"


@pytest.mark.parametrize(
    ("environment", "branch"),
    [(None, "trunk"), ("dev", "develop"), ("prod", "main")],
    ids=["none", "dev", "prod"],
)
def test_an_environment_is_a_branch(environment: str | None, branch: str, project: Tree) -> None:
    project.write({CONFIG: HEAD + REPO + "environments: {dev: develop, prod: main}\n"})
    assert load_config(str(project.root), environ={}).branch(environment) == branch


@pytest.mark.parametrize(
    ("more", "hint"),
    [("environments: {dev: develop}\n", "has dev"), ("", "has no environments")],
    ids=["others", "none"],
)
def test_an_unknown_environment_is_a_usage_error(more: str, hint: str, project: Tree) -> None:
    project.write({CONFIG: HEAD + more})
    with pytest.raises(UsageError) as caught:
        load_config(str(project.root), environ={}).branch("stage")
    assert hint in str(caught.value.hint)


@pytest.mark.parametrize(
    ("token", "environ", "expected"),
    [
        pytest.param("${PARTNER}", {"PARTNER": "s3cret"}, "s3cret", id="variable"),
        pytest.param("${PARTNER}", {}, None, id="not-set"),
        pytest.param("${PARTNER:-other}", {}, "other", id="default"),
        pytest.param("plain", {}, "plain", id="clear-text"),
    ],
)
def test_a_token_is_expanded_when_it_is_used(
    token: str, environ: dict[str, str], expected: str | None, project: Tree
) -> None:
    project.write({CONFIG: f'{HEAD}remotes: {{"Umbrella/Other": {{token: "{token}"}}}}\n'})
    config = load_config(str(project.root), environ={})
    assert config.token("umbrella", "other", environ) == expected
    assert config.token("umbrella", "another", environ) is None
    assert config.get("remotes", "Umbrella/Other", "token") == token


def test_the_env_file_is_read_and_never_run(project: Tree, tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    project.write({".fractary/env/.env": f'# ours\nPARTNER="s3cret"\nEVIL=$(touch {canary})\n'})
    assert env_file(str(project.root)) == {"PARTNER": "s3cret", "EVIL": f"$(touch {canary})"}
    assert not canary.exists()
    assert env_file(str(tmp_path)) == {}


ACTIONS = {"GITHUB_ACTIONS": "true"}
AUTHORS: dict[str, tuple[dict[str, str], bool | None, bool]] = {
    "at a desk": ({}, None, True),
    "a push": ({**ACTIONS, "GITHUB_EVENT_NAME": "push"}, None, True),
    "a pull request": ({**ACTIONS, "GITHUB_EVENT_NAME": "pull_request"}, None, False),
    "for somebody else's": ({**ACTIONS, "GITHUB_EVENT_NAME": "pull_request_target"}, None, False),
    "no event": (ACTIONS, None, False),
    "said to be own": ({**ACTIONS, "GITHUB_EVENT_NAME": "pull_request"}, True, True),
    "said to be another's": ({}, False, False),
}


@pytest.mark.parametrize("container", [True, False], ids=["container", "machine"])
@pytest.mark.parametrize(("environ", "told", "used"), AUTHORS.values(), ids=AUTHORS)
def test_a_remote_s_token_is_used_where_its_author_may_name_it(
    container: bool,  # noqa: FBT001
    environ: dict[str, str],
    told: bool | None,  # noqa: FBT001
    used: bool,  # noqa: FBT001
    project: Tree,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A pull request's configuration could read with any variable of the job. Whose the folder is says nothing."""
    seen: list[object] = []
    monkeypatch.setattr(
        "codex_action.remote.listing.remote_paths",
        lambda *_, **known: seen.append(known["token"]) or frozenset({"a.md"}),
    )
    project.write(
        {
            CONFIG: HEAD + 'remotes: {"umbrella/other": {token: "${PARTNER}"}}\n',
            ".fractary/env/.env": "PARTNER=s3cret\n",
            "x.md": "codex://umbrella/other/a.md\n",
        }
    )
    facade = codex_action.Codex(
        str(project.root),
        environ={"PATH": os.environ["PATH"], **environ},
        trusted=container,
        library=LibrarySettings(trusts_config=told),
    )
    report = facade.validate_references(codex_action.ValidateOptions(resolve="remote"))
    assert report.exit_code == 0
    assert seen == ["s3cret" if used else None]


@pytest.mark.parametrize(
    ("config", "environ", "expected"),
    [
        pytest.param(
            HEAD + REPO.replace("umbrella", "northwind"), {"CODEX_ORG": "x"}, "northwind", id="configuration"
        ),
        pytest.param(HEAD, {"CODEX_ORG": "initech"}, "initech", id="variable"),
        pytest.param(HEAD, {}, "umbrella", id="remote"),
    ],
)
def test_resolve_organization(config: str, environ: dict[str, str], expected: str, project: Tree) -> None:
    project.write({CONFIG: config})
    known = {**os.environ, **environ}
    assert resolve_organization(str(project.root), environ=known) == expected


def test_the_library_migrates_and_reports() -> None:
    old = {"version": "1.0", "organization": "umbrella", "codex_repo": "codex", "cache": {"ttl_days": 7}}
    assert codex_action.needs_migration(old)
    assert codex_action.detect_version(old).format == "F2"
    migration = codex_action.migrate_config(old)
    assert migration.after["cache"]["ttl_seconds"] == 604800
    assert "cache.ttl_days -> cache.ttl_seconds" in codex_action.migration_report(migration)
    assert not codex_action.needs_migration(migration.after)


def test_remote_targets_are_found_through_the_configuration(
    project: Tree, tmp_path: Path, run_cli: RunCli
) -> None:
    bare(tmp_path / "server/umbrella/other.git", {"docs/a.md": "# A\n"})
    project.write({CONFIG: HEAD + REPO, "x.md": "@codex/other/docs/gone.md\n"})
    env = {"GITHUB_SERVER_URL": f"file://{tmp_path}/server"}
    result = run_cli("validate", "refs", "--resolve", "remote", "--json", cwd=project.root, env=env)
    assert result.rules == ["CODEX010", "CODEX020"]
