from __future__ import annotations

import pytest

from codex_action.checks.model import CheckReport, Edit, Finding, Skipped
from codex_action.checks.rules import Severity


def made(code: str, *, edit: Edit | None = None, unsafe: bool = False) -> Finding:
    return Finding(code, "a.md", 1, 2, 1, 5, 1, 4, "ref", "it is so", None, edit, unsafe)


ERROR, WARNING, NOTICE = made("CODEX020"), made("CODEX010"), made("CODEX024")
PROBLEM = Skipped("b.md", "Permission denied")

EXIT_CODES = {
    "nothing": ({}, 0),
    "an error": ({"findings": (ERROR,)}, 1),
    "a warning": ({"findings": (WARNING,)}, 1),
    "a notice": ({"findings": (NOTICE,)}, 0),
    "a warning, fail on error": ({"findings": (WARNING,), "fail_on": "error"}, 0),
    "an error, fail on error": ({"findings": (ERROR,), "fail_on": "error"}, 1),
    "an error, never": ({"findings": (ERROR,), "fail_on": "never"}, 0),
    "changed": ({"changed": ("a.md",)}, 1),
    "changed, fail on error": ({"changed": ("a.md",), "fail_on": "error"}, 1),
    "changed, never": ({"changed": ("a.md",), "fail_on": "never"}, 0),
    "unverified fails": ({"findings": (NOTICE,), "fail_unverified": True}, 1),
    "unverified fails even with never": (
        {"findings": (NOTICE,), "fail_unverified": True, "fail_on": "never"},
        1,
    ),
    "nothing unverified": ({"findings": (), "fail_unverified": True}, 0),
    "a problem": ({"problems": (PROBLEM,)}, 5),
    "a problem, never": ({"problems": (PROBLEM,), "fail_on": "never"}, 5),
    "an error and a problem": ({"findings": (ERROR,), "problems": (PROBLEM,)}, 1),
}


@pytest.mark.parametrize(("fields", "code"), EXIT_CODES.values(), ids=EXIT_CODES.keys())
def test_exit_code(fields: dict[str, object], code: int) -> None:
    assert CheckReport(**fields).exit_code == code  # type: ignore[arg-type]


def test_counts() -> None:
    edit = Edit(1, 4, "x")
    findings = (ERROR, WARNING, NOTICE, made("CODEX030", edit=edit), made("CODEX020", edit=edit, unsafe=True))
    report = CheckReport(findings)
    assert (report.errors, report.warnings, report.count(Severity.NOTICE)) == (3, 1, 1)
    assert report.fixable == 1
    assert not report.valid
    assert CheckReport((WARNING, NOTICE)).valid


def test_a_finding_knows_its_rule() -> None:
    assert (ERROR.name, ERROR.severity) == ("target-not-found", Severity.ERROR)
    assert not ERROR.fixable
