"""Microsoft's SARIF validator judges our reports by the rules of the format and by those of GitHub's code scanning.

Needs `SARIF_MULTITOOL`: the program of the npm package @microsoft/sarif-multitool-linux.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.lint

ROOT = Path(__file__).parents[2]


def judged(report: Path) -> list[str]:
    """The rules that a report breaks, notes about style aside: it wants dots in the middle of messages, and snippets."""
    out = report.with_suffix(".judged")
    command = [
        os.environ["SARIF_MULTITOOL"], "validate", str(report), "--rule-kind", "GHAS;Sarif", "--output", str(out), "--level", "Error;Warning"
    ]  # fmt: skip
    done = subprocess.run(
        command,
        env={**os.environ, "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT": "1"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert out.exists(), done.stdout + done.stderr
    (run,) = json.loads(out.read_text(encoding="utf-8-sig"))["runs"]
    assert run["invocations"][0]["executionSuccessful"], done.stdout
    return [item["ruleId"] for item in run.get("results", ())]


@pytest.fixture
def report(tmp_path: Path) -> Path:
    """The report about the example, which has a finding of most kinds."""
    path = tmp_path / "report.sarif"
    command = [
        sys.executable, "-m", "codex_action", "validate", "refs", "--path", "examples/quickstart", "--format", "sarif", "--output", str(path)
    ]  # fmt: skip
    subprocess.run(command, cwd=ROOT, check=True)
    return path


def test_a_report_keeps_to_every_rule(report: Path) -> None:
    assert len(json.loads(report.read_text())["runs"][0]["results"]) == 5
    assert judged(report) == []


def spoiled(run: dict[str, Any], what: str) -> None:
    result, rule = run["results"][0], run["tool"]["driver"]["rules"][0]
    if what == "no place":
        result["locations"] = []
    elif what == "no region":
        del result["locations"][0]["physicalLocation"]["region"]
    elif what == "another rule":
        result["ruleIndex"] = 77
    elif what == "no help":
        del rule["help"]
    elif what == "no words":
        del result["message"]
    else:
        result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] = "a b\\c.md"


@pytest.mark.parametrize("what", ["no place", "no region", "another rule", "no help", "no words", "no URI"])
def test_the_judge_sees_what_is_wrong(report: Path, what: str) -> None:
    document = json.loads(report.read_text())
    spoiled(document["runs"][0], what)
    report.write_text(json.dumps(document))
    assert judged(report) != []
