"""The schema of version 3: what is wrong with a configuration, all at once, each problem at its place."""

# ruff: noqa: ANN401 - what a file holds can be anything

from __future__ import annotations

import json
import math
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from codex_action.config import schema, yaml12
from codex_action.errors import Problem

CASES = Path(__file__).parents[1] / "cases/config/formats"
FULL = """\
schema_version: "3.0"
codex_repo: {organization: umbrella, repository: codex.umbrella.dev, default_branch: main}
project: my-project
cache: {enabled: true, ttl_seconds: 86400, stale_seconds: 0, max_size_mb: 0.5, path: .cache}
sync:
  default_direction: to-codex
  patterns: ["**/*.md"]
  exclude: []
  parallel_repos: 3
  layout: "projects/{project}"
  conflict: keep-local
  max_deletes: 0
  max_delete_percent: 12.5
  from_codex: ["codex://{org}/{codex_repo}/docs/**"]
  allow_protected: false
environments: {dev: develop, prod: main}
storage: [{type: local, path: ./x}, {type: github}, {type: http, baseUrl: https://example.com}]
types: {note: {patterns: ["notes/**"], ttl: 60, description: Notes, priority: 5}}
permissions: {default: read, rules: [{pattern: "docs/**", permission: write, users: [me]}]}
remotes: {"org/project": {token: "${TOKEN}"}}
validate: {exclude: [a], example_orgs: [b], select: [CODEX010], ignore: [CODEX020]}
extensions: {anything: {goes: [1, true, null]}}
"""


def check(text: str) -> list[Problem]:
    document = yaml12.read(text.encode())
    return schema.check(document.data, document.places)


def with_(more: str) -> list[Problem]:
    return check(f'schema_version: "3.0"\n{more}')


def test_a_full_configuration_has_no_problem() -> None:
    assert check(FULL) == []


def test_the_full_configuration_is_full() -> None:
    data = yaml12.read(FULL.encode()).data
    assert data.keys() == schema.SCHEMA["properties"].keys()
    for key, section in schema.SCHEMA["properties"].items():
        if "properties" in section:
            assert data[key].keys() == section["properties"].keys()


@pytest.mark.parametrize(
    "path", [pytest.param(path, id=path.name) for path in sorted(CASES.glob("*.after.yaml"))]
)
def test_what_migrations_make_has_no_error(path: Path) -> None:
    after = yaml12.read(path.read_bytes()).data["after"]
    assert [p for p in schema.check(after.get("codex", after), {}) if p.severity == "error"] == []


def paths(node: Any, at: tuple[str, ...] = ()) -> Any:
    yield at, node
    for key, inner in node.get("properties", {}).items():
        yield from paths(inner, (*at, key))
    if isinstance(node.get("additionalProperties"), dict):
        yield from paths(node["additionalProperties"], (*at, "some"))
    if "items" in node:
        yield from paths(node["items"], (*at, "0"))


TYPED = [(at, node) for at, node in paths(schema.SCHEMA) if at and "type" in node]
WRONG: dict[str, list[tuple[Any, str]]] = {
    "object": [("x", "'x'"), ([], "a list"), (None, "nothing"), (1, "1"), (True, "true")],
    "array": [("x", "'x'"), ({}, "a mapping"), (None, "nothing"), (1.5, "1.5")],
    "string": [(1, "1"), (False, "false"), ({}, "a mapping"), ([], "a list"), (None, "nothing")],
    "boolean": [("yes", "'yes'"), (1, "1"), (0, "0"), (None, "nothing")],
    "integer": [("1", "'1'"), (1.0, "1.0"), (True, "true"), (math.inf, "inf")],
    "number": [("1", "'1'"), (False, "false"), ([], "a list"), (math.inf, "inf"), (math.nan, "nan")],
}
SAYS = {
    "object": "a mapping", "array": "a list", "string": "text", "boolean": "true or false", "integer": "a whole number", "number": "a number",
}  # fmt: skip


def nested(at: tuple[str, ...], value: Any) -> Any:
    for part in reversed(at):
        value = [value] if part == "0" else {part: value}
    return value


def dotted(at: tuple[str, ...]) -> str:
    return ".".join(at).replace(".0", "[0]")


@pytest.mark.parametrize(("at", "node"), TYPED, ids=[dotted(at) for at, _ in TYPED])
def test_a_value_of_the_wrong_kind(at: tuple[str, ...], node: dict[str, Any]) -> None:
    for value, shown in WRONG[node["type"]]:
        data = {"schema_version": "3.0", **nested(at, value)}
        found = [p for p in schema.check(data, {}) if p.path == dotted(at)]
        shown_ = "this value" if at[-1] == "token" and isinstance(value, (int, float)) else shown
        assert [p.message for p in found] == [f"must be {SAYS[node['type']]}, not {shown_}"]
        assert found[0].severity == "error"


# text after the version -> (path, line, column, message)
ROWS: dict[str, tuple[str, tuple[str, int, int, str]]] = {
    "an enum": ("sync: {default_direction: both}", ("sync.default_direction", 2, 8, "must be one of to-codex, from-codex, bidirectional, not 'both'")),
    "an enum's nearest": ("sync:\n  default_direction: to-codx\n", ("sync.default_direction", 3, 3, "must be one of to-codex, from-codex, bidirectional, not 'to-codx'; did you mean 'to-codex'?")),
    "an enum of the wrong kind": ("sync: {conflict: [manual]}", ("sync.conflict", 2, 8, "must be one of manual, keep-local, keep-codex, not a list")),
    "permission": ("permissions: {default: wirte}", ("permissions.default", 2, 15, "must be one of none, read, write, admin, not 'wirte'; did you mean 'write'?")),
    "a storage": ("storage:\n  - type: local\n  - type: s3\n", ("storage[1].type", 4, 5, "must be one of local, github, http, not 's3'")),
    "a storage without its type": ("storage:\n  - path: x\n", ("storage[0]", 3, 5, "the key 'type' is missing")),
    "a rule without its pattern": ("permissions:\n  rules: [{permission: read}]\n", ("permissions.rules[0]", 3, 11, "the key 'pattern' is missing")),
    "below zero": ("cache: {ttl_seconds: -1}", ("cache.ttl_seconds", 2, 9, "must be at least 0, not -1")),
    "no parallel run": ("sync: {parallel_repos: 0}", ("sync.parallel_repos", 2, 8, "must be at least 1, not 0")),
    "above all": ("sync: {max_delete_percent: 100.5}", ("sync.max_delete_percent", 2, 8, "must be at most 100, not 100.5")),
    "a name with blanks": ("project: my project", ("project", 2, 1, "'my project' cannot be a name here")),
    "a name with a slash": ("project: a/b", ("project", 2, 1, "'a/b' cannot be a name here")),
    "a name that leads out": ("project: ..", ("project", 2, 1, "'..' cannot be a name here")),
    "a name of one dot": ("project: .", ("project", 2, 1, "'.' cannot be a name here")),
    "an organisation": ("codex_repo: {organization: -x}", ("codex_repo.organization", 2, 14, "'-x' cannot be a name here")),
    "an environment": ("environments:\n  dev: develop\n  prod: {branch: main}\n", ("environments.prod", 4, 3, "must be text, not a mapping")),
    "a pattern": ("types:\n  note:\n    patterns: [a, 1]\n", ("types.note.patterns[1]", 4, 19, "must be text, not 1")),
    "a long text is not shown": (f"cache: {{enabled: {'x' * 41}}}", ("cache.enabled", 2, 9, "must be true or false, not this text")),
    "a token is not shown": ("cache: {enabled: ghp_token1}", ("cache.enabled", 2, 9, "must be true or false, not this text")),
    "a number as token": ("remotes:\n  a/b: {token: 123456}\n", ("remotes.a/b.token", 3, 9, "must be text, not this value")),
}  # fmt: skip


@pytest.mark.parametrize(("text", "row"), ROWS.values(), ids=ROWS)
def test_a_problem_and_its_place(text: str, row: tuple[str, int, int, str]) -> None:
    (problem,) = with_(text)
    assert (problem.path, problem.line, problem.column, problem.message) == row
    assert problem.severity == "error"


UNKNOWN: dict[str, tuple[str, str, str]] = {
    "project's": ("projekt: x", "projekt", "unknown key 'projekt'; did you mean 'project'?"),
    "environments'": ("enviroments: {}", "enviroments", "unknown key 'enviroments'; did you mean 'environments'?"),
    "a section's": ("cache: {ttl_second: 1}", "cache.ttl_second", "unknown key 'ttl_second'; did you mean 'ttl_seconds'?"),
    "nothing near": ("zzz: 1", "zzz", "unknown key 'zzz'"),
    "in a type": ("types: {note: {pattern: []}}", "types.note.pattern", "unknown key 'pattern'; did you mean 'patterns'?"),
    "in a rule": ("permissions: {rules: [{pattern: a, permission: read, user: []}]}", "permissions.rules[0].user", "unknown key 'user'; did you mean 'users'?"),
    "in a remote": ("remotes: {a/b: {tokens: x}}", "remotes.a/b.tokens", "unknown key 'tokens'; did you mean 'token'?"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "path", "message"), UNKNOWN.values(), ids=UNKNOWN)
def test_an_unknown_key_is_a_warning(text: str, path: str, message: str) -> None:
    (problem,) = with_(text)
    assert (problem.path, problem.message, problem.severity) == (path, message, "warning")
    assert problem.line == 2


def test_free_sections_take_any_key() -> None:
    assert (
        with_("extensions: {a: {b: 1}}\nstorage: [{type: http, any: {thing: 1}}]\nenvironments: {x: y}\n")
        == []
    )


def test_the_version() -> None:
    assert [p.message for p in check("project: x\n")] == ["the key 'schema_version' is missing"]
    assert [p.message for p in check("schema_version: 3.0\n")] == ["must be text, not 3.0"]
    assert [p.message for p in check("schema_version: '4.0'\n")] == ["must be '3.0', not '4.0'"]


def test_all_problems_at_once_in_the_order_of_the_file() -> None:
    found = check(
        "sync:\n  conflict: x\n  patterns: a\nzzz: 1\nproject: 1\nschema_version: '3.0'\ncache:\n  enabled: yes\n  zzz: 2\n"
    )
    assert [(p.line, p.column, p.path, p.severity) for p in found] == [
        (2, 3, "sync.conflict", "error"),
        (3, 3, "sync.patterns", "error"),
        (4, 1, "zzz", "warning"),
        (5, 1, "project", "error"),
        (8, 3, "cache.enabled", "error"),
        (9, 3, "cache.zzz", "warning"),
    ]


def test_no_mapping_at_all() -> None:
    assert [p.message for p in schema.check([], {})] == ["must be a mapping, not a list"]


def test_places_count_from_the_section() -> None:
    document = yaml12.read(b"logs: {}\ncodex:\n  schema_version: '3.0'\n  project: 1\n")
    (problem,) = schema.check(document.data["codex"], document.places, base=("codex",))
    assert problem[:4] == ("must be text, not 1", "codex.project", 4, 3)


def test_dotted() -> None:
    assert schema.dotted(("sync", "patterns", 0)) == "sync.patterns[0]"
    assert schema.dotted(()) == ""


def test_defaults() -> None:
    assert schema.defaults() == {
        "codex_repo": {"default_branch": "main"},
        "cache": {
            "enabled": True,
            "ttl_seconds": 86400,
            "stale_seconds": 300,
            "max_size_mb": 100,
            "path": ".fractary/plugins/codex/cache",
        },
        "sync": {
            "default_direction": "bidirectional",
            "parallel_repos": 3,
            "layout": "projects/{project}",
            "conflict": "manual",
            "max_deletes": 50,
            "max_delete_percent": 20,
            "allow_protected": False,
        },
    }
    assert schema.check({"schema_version": "3.0", **schema.defaults()}, {}) == []


def test_the_schema_for_editors_is_the_same() -> None:
    """`json.dumps(SCHEMA, indent=2)` writes it."""
    shipped = resources.files("codex_action.config").joinpath("schema.json").read_text("utf-8")
    assert shipped == json.dumps(schema.SCHEMA, indent=2) + "\n"
