"""INPUT_ variables become typed inputs, or one sentence that names everything wrong."""

from __future__ import annotations

import pytest

from codex_action.action.inputs import Inputs
from codex_action.errors import UsageError


def test_empty_variables_count_as_not_set() -> None:
    assert Inputs.from_environ({"INPUT_FAIL-ON": "", "INPUT_PATHS": " \n ", "INPUT_FIX": ""}) == Inputs()


@pytest.mark.parametrize(
    ("variable", "value", "field", "expected"),
    [
        pytest.param("INPUT_COMMAND", "validate", "command", "validate", id="word"),
        pytest.param("INPUT_FAIL-ON", " never ", "fail_on", "never", id="hyphen-and-blanks"),
        pytest.param("INPUT_FIX", "true", "fix", True, id="true"),
        pytest.param("INPUT_SUMMARY", "false", "summary", False, id="false"),
        pytest.param(
            "INPUT_PATHS", "docs\n  my notes/a b.md \n\n", "paths", ("docs", "my notes/a b.md"), id="lines"
        ),
        pytest.param(
            "INPUT_EXCLUDE", "*.txt\r\nvendor/", "exclude", ("*.txt", "vendor/"), id="windows-lines"
        ),
        pytest.param("INPUT_WORKING-DIRECTORY", "sub", "working_directory", "sub", id="folder"),
        pytest.param("INPUT_CACHE", "false", "cache", False, id="cache"),
        pytest.param("INPUT_CACHE-DIR", "kept", "cache_dir", "kept", id="cache-dir"),
        pytest.param("INPUT_JSON-FILE", "out/report.json", "json_file", "out/report.json", id="file"),
    ],
)
def test_values(variable: str, value: str, field: str, expected: object) -> None:
    assert getattr(Inputs.from_environ({variable: value}), field) == expected


def test_all_wrong_inputs_are_named_at_once() -> None:
    with pytest.raises(UsageError) as caught:
        Inputs.from_environ({"INPUT_COMMAND": "sync", "INPUT_FIX": "yes", "INPUT_FAIL-ON": "error"})
    assert caught.value.message == (
        "wrong inputs: command: 'sync' is not auto, validate, migrate, fetch, plan, apply or report; fix: 'yes' is not true or false"
    )


@pytest.mark.parametrize(
    ("command", "references", "sentence"),
    [
        ("fetch", " \n", "references: empty, and command fetch needs at least one"),
        ("auto", "codex://a/b/c.md", "references: only command fetch reads them, and command is 'auto'"),
        ("", "codex://a/b/c.md", "references: only command fetch reads them, and command is 'auto'"),
    ],
    ids=["none", "another command", "no command"],
)
def test_references_and_fetch_belong_together(command: str, references: str, sentence: str) -> None:
    with pytest.raises(UsageError) as caught:
        Inputs.from_environ(
            {"INPUT_COMMAND": command, "INPUT_REFERENCES": references, "INPUT_CACHE": "perhaps"}
        )
    assert caught.value.message == f"wrong inputs: cache: 'perhaps' is not true or false; {sentence}"


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ({}, "error"),
        ({"INPUT_SARIF-FILE": "x"}, "never"),
        ({"INPUT_SARIF-FILE": "x", "INPUT_FAIL-ON": "error"}, "error"),
    ],
    ids=["usually", "findings go elsewhere", "said"],
)
def test_what_fails_the_job(given: dict[str, str], wanted: str) -> None:
    assert Inputs.from_environ(given).fail_on_findings == wanted


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (
            {"INPUT_COMMAND": "migrate"},
            "sarif-file: only command validate writes it, and command is 'migrate'",
        ),
        ({"INPUT_JSON-FILE": "a.sarif"}, "sarif-file: 'a.sarif' is json-file already"),
    ],
    ids=["another command", "the same file"],
)
def test_a_sarif_file_that_cannot_be(given: dict[str, str], sentence: str) -> None:
    with pytest.raises(UsageError) as caught:
        Inputs.from_environ({"INPUT_SARIF-FILE": "a.sarif", **given})
    assert caught.value.message == f"wrong inputs: {sentence}"


def test_a_wrong_command_is_not_also_told_about_references() -> None:
    with pytest.raises(UsageError) as caught:
        Inputs.from_environ({"INPUT_COMMAND": "get", "INPUT_REFERENCES": "codex://a/b/c.md"})
    assert (
        caught.value.message
        == "wrong inputs: command: 'get' is not auto, validate, migrate, fetch, plan, apply or report"
    )


@pytest.mark.parametrize("name", ["TOKEN", "CODEX-TOKEN"])
def test_a_token_is_not_shown(name: str) -> None:
    assert "s3cret" not in repr(Inputs.from_environ({f"INPUT_{name}": "s3cret"}))


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"INPUT_MAX-DELETE": "25%"}, "max-delete: '25%' is not a number of files"),
        ({"INPUT_MAX-DELETE": "-1"}, "max-delete: '-1' is not a number of files"),
        ({"INPUT_MAX-DELETE": "\u0662"}, "max-delete: '\u0662' is not a number of files"),
        (
            {"INPUT_COMMENT-KEY": "../x"},
            "comment-key: '../x' is not up to 50 letters, digits, '.', '_' and '-'",
        ),
        ({"INPUT_CODEX-REPOSITORY": "codex"}, "codex-repository: 'codex' is not ORGANIZATION/NAME"),
        ({"INPUT_DIRECTION": "up"}, "direction: 'up' is not to-codex, from-codex or bidirectional"),
        ({"INPUT_COMMAND": "report"}, "plan-file: empty, and command report needs it"),
        (
            {"INPUT_COMMAND": "plan", "INPUT_PLAN-FILE": "p.json"},
            "plan-file: only command report reads it, and command is 'plan'",
        ),
    ],
)
def test_what_a_sync_cannot_be_asked(given: dict[str, str], sentence: str) -> None:
    with pytest.raises(UsageError) as caught:
        Inputs.from_environ(given)
    assert caught.value.message == f"wrong inputs: {sentence}"


def test_what_a_sync_is_asked() -> None:
    given = {
        "INPUT_COMMAND": "apply", "INPUT_MAX-DELETE": "0", "INPUT_DRY-RUN": "true", "INPUT_REQUIRE-APPROVED-PLAN": "false",
        "INPUT_CODEX-REPOSITORY": "umbrella/codex", "INPUT_APPLY-VIA": "push",
    }  # fmt: skip
    found = Inputs.from_environ(given)
    assert (found.max_delete, found.dry_run, found.require_approved_plan, found.apply_via) == (
        0,
        True,
        False,
        "push",
    )
