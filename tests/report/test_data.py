"""The JSON documents: their keys, their schemas, and nothing in them that a log would take for a command."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from programs import RunCli
from reports import FULL
from schema import load, problems
from trees import Tree

from codex_action.checks.model import CheckReport
from codex_action.checks.rules import RULES
from codex_action.errors import ExitCode, GitError, NotFound, UsageError
from codex_action.report import data

# Scripts rely on these: none may go away within @1.
KEYS = {
    "schema", "valid", "errors", "warnings", "notices", "fixed", "fixable", "files_checked", "refs_checked",
    "placeholders", "foreign", "findings",
}  # fmt: skip
FINDING_KEYS = {
    "rule", "name", "severity", "file", "line", "column", "end_line", "end_column", "offset", "end_offset",
    "reference", "message", "fixable", "suggestion",
}  # fmt: skip


@pytest.mark.parametrize("report", [FULL, CheckReport()], ids=["full", "empty"])
def test_validate_refs(report: CheckReport) -> None:
    document = data.validate_refs(report)
    schema = load("validate-refs")
    assert list(problems(document, schema)) == []
    assert document.keys() == schema["properties"].keys() == {*schema["required"]}
    assert document.keys() >= KEYS
    for finding in document["findings"]:
        assert finding.keys() == FINDING_KEYS == {*schema["$defs"]["finding"]["required"]}


def test_the_schema_names_every_rule() -> None:
    assert load("validate-refs")["$defs"]["finding"]["properties"]["rule"]["enum"] == sorted(RULES)


def test_through_the_door(project: Tree, run_cli: RunCli) -> None:
    project.write({"a.md": "@codex/x/a.md codex://umbrella/handbook/../x\n", "bad.txt": b"\xff\xfe\0"})
    for arguments in ([], ["--diff"], ["--fix"], ["--fix"]):
        document = run_cli("validate", "refs", "--json", *arguments, cwd=project.root).data
        assert list(problems(document, load("validate-refs"))) == []


ERRORS = {
    "usage": UsageError("no such rule", hint="look again"),
    "git": GitError("git failed", stderr="fatal: x"),
    "not found": NotFound("no such project"),
}


@pytest.mark.parametrize("error", ERRORS.values(), ids=ERRORS.keys())
def test_errors(error: UsageError) -> None:
    document = data.error(error)
    assert list(problems(document, load("error"))) == []
    assert document["error"]["type"] == type(error).__name__
    assert document["error"]["message"] == str(error)
    assert document["error"]["exit_code"] == int(error.exit_code)


def test_an_error_has_the_name_of_a_public_class() -> None:
    class _Cut(NotFound):
        pass

    assert data.error(_Cut("gone"))["error"]["type"] == "NotFound"


def test_the_schema_of_errors_knows_the_exit_codes() -> None:
    codes = load("error")["properties"]["error"]["properties"]["exit_code"]["enum"]
    assert codes == [int(code) for code in ExitCode if code not in (ExitCode.OK, ExitCode.INTERRUPTED)]


@pytest.mark.parametrize(
    "env",
    [{}, {"GITHUB_REPOSITORY": "umbrella/handbook", "GITHUB_EVENT_NAME": "push", "GH_TOKEN": "canary"}],
    ids=["bare", "workflow"],
)
@pytest.mark.parametrize("place", ["repository", "folder"])
def test_doctor(place: str, env: dict[str, str], project: Tree, tmp_path: Path, run_cli: RunCli) -> None:
    (tmp_path / "folder").mkdir()
    result = run_cli(
        "doctor", "--json", cwd=project.root if place == "repository" else tmp_path / "folder", env=env
    )
    schema = load("doctor")
    assert list(problems(result.data, schema)) == []
    assert result.data.keys() <= schema["properties"].keys()
    assert "canary" not in result.out
    assert result.data["gh_token_set"] is bool(env)


def test_the_checker_finds_what_is_wrong() -> None:
    schema = load("validate-refs")
    document = data.validate_refs(FULL)
    del document["valid"]
    document["errors"] = -1
    document["warnings"] = True
    document["schema"] = "other"
    document["findings"][0]["severity"] = "fatal"
    assert sorted(text.split(":")[0] for text in problems(document, schema)) == [
        "$",
        "$.errors",
        "$.findings[0].severity",
        "$.schema",
        "$.warnings",
    ]
    with pytest.raises(AssertionError, match="does not know"):
        list(problems({}, {"format": "x"}))


def test_text_is_ascii_and_reads_back() -> None:
    document = {"a": "é\u202e\n##[error]x ::error::y \udcff"}
    text = data.dumps(document)
    assert text.isascii()
    assert json.loads(text) == document
    assert "##[" not in text
