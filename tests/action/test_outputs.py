"""The runner's files: nothing in a value can end its block, and a summary is never too large."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from runner_files import parse_outputs

from codex_action.action import outputs


@pytest.mark.parametrize(
    "value",
    [
        "",
        "plain",
        "two\nlines",
        "a=b",
        "x<<EOF\ny\nEOF",
        "trailing\n",
        "::error::x",
        "codex_0\nresult<<z\nfine\nz",
    ],
)
def test_values_come_back_as_they_are(tmp_path: Path, value: str) -> None:
    path = tmp_path / "out"
    outputs.append_outputs(str(path), {"first": value, "second": "2"})
    assert parse_outputs(path.read_text(encoding="utf-8")) == {"first": value, "second": "2"}


def test_delimiters_cannot_be_guessed() -> None:
    delimiters = {re.match(r"a<<(\w+)\n", outputs.output_block("a", "b"))[1] for _ in range(50)}  # type: ignore[index]
    assert len(delimiters) == 50


def test_a_delimiter_in_the_value_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    class Known:
        def __init__(self, text: str) -> None:
            self.hex = text

    ids = iter([Known("1"), Known("2")])
    monkeypatch.setattr("codex_action.action.outputs.uuid.uuid4", lambda: next(ids))
    assert outputs.output_block("a", "codex_1") == "a<<codex_2\ncodex_1\ncodex_2\n"


def test_summaries_add_up_to_the_runner_s_limit(tmp_path: Path) -> None:
    path = tmp_path / "summary"
    path.write_bytes(b"x" * (outputs.SUMMARY_LIMIT - 10))
    assert outputs.append_summary(str(path), "0123456789")
    assert not outputs.append_summary(str(path), "!")
    assert path.stat().st_size == outputs.SUMMARY_LIMIT
