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
        pytest.param("INPUT_JSON-FILE", "out/report.json", "json_file", "out/report.json", id="file"),
    ],
)
def test_values(variable: str, value: str, field: str, expected: object) -> None:
    assert getattr(Inputs.from_environ({variable: value}), field) == expected


def test_all_wrong_inputs_are_named_at_once() -> None:
    with pytest.raises(UsageError) as caught:
        Inputs.from_environ({"INPUT_COMMAND": "sync", "INPUT_FIX": "yes", "INPUT_FAIL-ON": "error"})
    assert caught.value.message == (
        "wrong inputs: command: 'sync' is not auto, validate or migrate; fix: 'yes' is not true or false"
    )


def test_the_token_is_not_shown() -> None:
    assert "s3cret" not in repr(Inputs.from_environ({"INPUT_TOKEN": "s3cret"}))
