"""`types list` and `types show`: what they print and end with."""

from __future__ import annotations

import os
import subprocess

import pytest
from programs import RunCli, script
from schema import load, problems
from trees import Tree

CONFIG = ".fractary/codex/config.yaml"
TYPES = 'schema_version: "3.0"\ntypes:\n  api:\n    patterns: [docs/api/**]\n    ttl: 7200\n    priority: 5\n'


def test_list(project: Tree, run_cli: RunCli) -> None:
    project.write({CONFIG: TYPES})
    result = run_cli("types", "list", cwd=project.root)
    lines = result.out.splitlines()
    assert (result.code, result.err) == (0, "")
    assert lines[:2] == ["TYPE       TTL  PATTERNS", "api        2h   docs/api/**"]
    assert lines[-2:] == [
        "docs       7d   docs/**, README.md, CLAUDE.md, *.md",
        "-          1d   what no pattern matches",
    ]
    assert len(lines) == 13


def test_list_as_json(project: Tree, run_cli: RunCli) -> None:
    project.write({CONFIG: TYPES})
    found = run_cli("types", "list", "--json", cwd=project.root).data
    assert list(problems(found, load("types-list"))) == []
    assert [kind["name"] for kind in found["types"]][0::10] == ["api", "docs"]
    assert [kind["built_in"] for kind in found["types"]] == [False, *[True] * 10]
    assert found["default_ttl"] == 86400


def test_show(project: Tree, run_cli: RunCli) -> None:
    project.write({CONFIG: TYPES})
    result = run_cli("types", "show", "api", cwd=project.root)
    assert (result.code, result.err) == (0, "")
    assert result.out == (
        "type         api\n"
        "description  Custom type: api\n"
        "ttl          2h (7200 seconds)\n"
        "priority     5\n"
        "origin       configuration\n"
        "patterns\n"
        "  docs/api/**\n"
    )


def test_show_as_json(project: Tree, run_cli: RunCli) -> None:
    found = run_cli("types", "show", "memory", "--format", "json", cwd=project.root).data
    assert list(problems(found, load("types-show"))) == []
    assert (found["type"]["name"], found["type"]["ttl"]) == ("memory", 2592000)


@pytest.mark.parametrize(
    ("name", "hint"),
    [("doc", "did you mean 'docs'?"), ("qqq", "the types are docs, specs, logs,")],
    ids=["near", "far"],
)
def test_an_unknown_name(name: str, hint: str, project: Tree, run_cli: RunCli) -> None:
    result = run_cli("types", "show", name, cwd=project.root)
    assert (result.code, result.out) == (2, "")
    assert result.err.startswith(f"Error: there is no type '{name}'\nHint: {hint}")
    as_json = run_cli("types", "show", name, "--json", cwd=project.root)
    assert as_json.code == 2
    assert as_json.data["error"]["type"] == "UsageError"


def test_another_configuration(project: Tree, run_cli: RunCli) -> None:
    project.write({"other.yaml": TYPES})
    assert run_cli("types", "show", "api", "--config", "other.yaml", cwd=project.root).code == 0
    assert run_cli("types", "list", "--config", "none.yaml", cwd=project.root).code == 3


def test_a_wrong_configuration(project: Tree, run_cli: RunCli) -> None:
    project.write({CONFIG: 'schema_version: "3.0"\ntypes:\n  a: {ttl: 1}\n  b: {ttl: 1}\n'})
    result = run_cli("types", "list", cwd=project.root)
    assert (result.code, result.out) == (3, "")
    assert result.err == (
        f"Error: {CONFIG}:3: types.a: a type needs patterns (and 1 more)\n"
        f"  {CONFIG}:3: error: types.a: a type needs patterns\n"
        f"  {CONFIG}:4: error: types.b: a type needs patterns\n"
    )


def test_an_older_configuration_is_named(project: Tree, run_cli: RunCli) -> None:
    project.write({CONFIG: "version: '4.0'\norganization: x\n"})
    result = run_cli("types", "list", "--json", cwd=project.root)
    assert result.code == 0
    assert len(result.data["types"]) == 10
    assert result.err.startswith(f"Note: {CONFIG} is of an older format and not read")


def test_a_table_fits_the_terminal(project: Tree) -> None:
    ours, terminal = os.openpty()
    environ = {**os.environ, "COLUMNS": "50", "LINES": "99"}
    try:
        done = subprocess.run(
            [script(), "types", "list"],
            cwd=project.root,
            env=environ,
            stdout=terminal,
            timeout=60,
            check=False,
        )
    finally:
        os.close(terminal)
    lines = os.read(ours, 100_000).decode().splitlines()
    os.close(ours)
    assert done.returncode == 0
    assert max(map(len, lines)) <= 50
    assert len(lines) > 12
