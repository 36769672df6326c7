"""What reports look like, as files beside the tests; `pytest --update-cases` writes them anew."""

from __future__ import annotations

from pathlib import Path
from typing import Callable

import pytest
from reports import REPORTS

from codex_action.checks.model import CheckReport
from codex_action.report import annotations, data, markdown, text

CASES = Path(__file__).parents[1] / "cases" / "checks"
RENDERED: dict[str, Callable[[CheckReport], str]] = {
    "txt": text.render,
    "verbose.txt": lambda report: text.render(report, verbose=True, prefix="../site"),
    "quiet.txt": lambda report: text.render(report, quiet=True),
    "color.txt": lambda report: text.render(report, color=True),
    "json": lambda report: data.dumps(data.validate_refs(report)),
    "annotations.txt": lambda report: annotations.render(report, prefix="work"),
    "md": markdown.render,
    "linked.md": lambda report: markdown.render(
        report, link="https://github.com/umbrella/handbook/blob/abc/"
    ),
}


@pytest.mark.parametrize("form", RENDERED)
@pytest.mark.parametrize("name", REPORTS)
def test_golden(name: str, form: str, pytestconfig: pytest.Config) -> None:
    shown = RENDERED[form](REPORTS[name])
    path = CASES / f"{name}.{form}"
    if pytestconfig.getoption("--update-cases"):
        path.write_text(shown, encoding="utf-8", newline="")
    assert path.read_bytes().decode("utf-8") == shown
