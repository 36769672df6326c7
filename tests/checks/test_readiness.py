"""`validate setup`: what works, and for what does not the command that mends it."""

from __future__ import annotations

from pathlib import Path

import pytest
from programs import RunCli
from schema import load, problems
from trees import Tree, bare

from codex_action.checks.readiness import validate_setup
from codex_action.config.load import load_config
from codex_action.errors import GitError, NotFound, StorageError

CONFIG = ".fractary/codex/config.yaml"
GOOD = 'schema_version: "3.0"\ncodex_repo: {organization: umbrella, repository: codex}\nproject: handbook\n'
CHECKS = ("config_exists", "config_valid", "cache_accessible", "codex_repo_accessible")


@pytest.fixture
def server(tmp_path: Path) -> dict[str, str]:
    bare(tmp_path / "server/umbrella/codex.git", {"README.md": "# Codex\n"})
    return {"GITHUB_SERVER_URL": f"file://{tmp_path}/server"}


@pytest.mark.parametrize(
    ("files", "expected", "words"),
    [
        pytest.param({CONFIG: GOOD}, (True, True, True, True), (), id="all-is-well"),
        pytest.param(
            {}, (False, True, True, False), ("codex-action init", "codex_repo names no"), id="nothing"
        ),
        pytest.param(
            {CONFIG: GOOD.replace("codex}", "gone}")},
            (True, True, True, False),
            ("umbrella/gone", "doctor"),
            id="repo",
        ),
        pytest.param(
            {CONFIG: GOOD + "sync: 1\n"}, (True, False, False, None), (":4:1", "config show"), id="not-valid"
        ),
        pytest.param(
            {".fractary/codex.yaml": 'version: "4.0"\norganization: umbrella\ncodex_repo: codex\n'},
            (True, False, True, False),
            ("codex-action migrate config",),
            id="older-format",
        ),
        pytest.param(
            {CONFIG: GOOD + "types: {notes: {ttl: 1}}\n"},
            (True, False, True, True),
            (":4", "types.notes: a type needs patterns"),
            id="types",
        ),
        pytest.param(
            {CONFIG: GOOD + "permissions: {rules: [{pattern: 'codex:/northwind/**', permission: none}]}\n"},
            (True, False, True, True),
            ("permissions: ", "names no documents"),
            id="permissions",
        ),
        pytest.param(
            {CONFIG: GOOD + "storage:\n  - {type: local, path: docs}\n"},
            (True, False, True, True),
            (f"{CONFIG}:4: storage[0].path: there is no such option", "config show"),
            id="storage-option",
        ),
        pytest.param(
            {CONFIG: GOOD + "storage: [{type: local, base_path: ../..}]\n"},
            (True, False, True, True),
            (f"{CONFIG}:4: storage: base_path of 'local'", "into your own configuration"),
            id="storage-out-of-the-project",
        ),
        pytest.param(
            {
                CONFIG: GOOD
                + "storage: [{type: http, base_url: 'https://x.example', headers: {A: '${HOME}'}}]\n"
            },
            (True, False, True, True),
            ("storage[0].headers: the variable HOME is not for a project's own configuration",),
            id="storage-variable",
        ),
        pytest.param(
            {CONFIG: GOOD + "cache: {path: README.md/cache}\n"},
            (True, True, False, True),
            ("chmod",),
            id="cache",
        ),
    ],
)
def test_setup(
    files: dict[str, str],
    expected: tuple[bool | None, ...],
    words: tuple[str, ...],
    project: Tree,
    server: dict[str, str],
    run_cli: RunCli,
) -> None:
    project.write(files)
    result = run_cli("validate", "setup", "--json", cwd=project.root, env=server)
    assert tuple(result.data[name] for name in CHECKS) == expected
    assert list(problems(result.data, load("validate-setup"))) == []
    assert result.data["valid"] is (not words)
    assert result.code == bool(words)
    issues = "\n".join(result.data["issues"])
    assert all(word in issues for word in words), issues


@pytest.mark.parametrize(
    ("error", "advice"),
    [
        pytest.param(
            GitError("no access: it is private"),
            "set GITHUB_TOKEN to a token that may read it, and ",
            id="private",
        ),
        pytest.param(
            GitError("not found, or private"),
            "set GITHUB_TOKEN to a token that may read it, and ",
            id="hidden",
        ),
        pytest.param(GitError("the host cannot be reached"), "", id="offline"),
        pytest.param(
            GitError("git is not installed", hint="install git"), "install git, and ", id="without-git"
        ),
        pytest.param(NotFound("there is no such repository"), "", id="gone"),
    ],
)
def test_a_token_is_advised_only_where_access_was_refused(
    error: StorageError, advice: str, project: Tree
) -> None:
    project.write({CONFIG: GOOD})
    config = load_config(str(project.root), environ={})
    found = validate_setup(lambda: config, lambda _: str(project.root), lambda _: (), lambda *_: error)
    assert found.issues == (
        f"umbrella/codex cannot be reached: {error.message}; {advice}try: codex-action doctor",
    )


def test_text(project: Tree, server: dict[str, str], run_cli: RunCli) -> None:
    project.write({CONFIG: GOOD})
    assert run_cli("validate", "setup", cwd=project.root, env=server).out == "Everything is set up.\n"
    verbose = run_cli("validate", "setup", "-v", cwd=project.root, env=server).out
    assert "codex repo accessible  yes" in verbose


def test_what_is_doubtful_is_told_and_stands_in_nobody_s_way(
    project: Tree, server: dict[str, str], run_cli: RunCli
) -> None:
    project.write({CONFIG: GOOD + "permissions:\n  defualt: none\n"})
    result = run_cli("validate", "setup", "--json", cwd=project.root, env=server)
    assert list(problems(result.data, load("validate-setup"))) == []
    assert (result.code, result.data["valid"], result.data["config_valid"]) == (0, True, True)
    (found,) = result.data["problems"]
    assert (found["severity"], found["file"], found["line"], found["path"]) == (
        "warning",
        CONFIG,
        5,
        "permissions.defualt",
    )
    text = run_cli("validate", "setup", cwd=project.root, env=server)
    assert text.out == (
        f"- {CONFIG}:5:3: warning: permissions.defualt: unknown key 'defualt'; did you mean 'default'?\n"
        "Everything is set up.\n"
    )


def test_all_that_is_wrong_is_listed(project: Tree, server: dict[str, str], run_cli: RunCli) -> None:
    project.write({CONFIG: GOOD + "sync: 1\ncache: 2\nchache: 3\n"})
    result = run_cli("validate", "setup", "--json", cwd=project.root, env=server)
    assert [(found["path"], found["severity"]) for found in result.data["problems"]] == [
        ("sync", "error"),
        ("cache", "error"),
        ("chache", "warning"),
    ]
    assert result.code == 1
