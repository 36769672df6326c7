"""Reports as JSON documents (doors.md 5). Keys may be added, none is renamed within @1."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from codex_action.checks.model import CheckReport, Finding
from codex_action.checks.rules import Severity
from codex_action.errors import CodexError

VALIDATE_REFS = "codex-action/validate-refs@1"
ERROR = "codex-action/error@1"


def validate_refs(report: CheckReport) -> dict[str, Any]:
    """The document of `validate refs --json`."""
    return {
        "schema": VALIDATE_REFS,
        "valid": report.valid,
        "errors": report.errors,
        "warnings": report.warnings,
        "notices": report.count(Severity.NOTICE),
        "fixed": report.fixed,
        "fixable": report.fixable,
        "files_checked": report.files_checked,
        "refs_checked": report.refs_checked,
        "placeholders": report.placeholders,
        "foreign": report.foreign,
        "unverified": report.unverified,
        "binary_files": report.binary,
        "links": report.links,
        "left_out": report.left_out,
        "remarks": list(report.notices),
        "changed_files": list(report.changed),
        "problems": [{"file": problem.file, "reason": problem.reason} for problem in report.problems],
        "diff": report.diff or None,
        "findings": [finding_data(finding) for finding in report.findings],
    }


def finding_data(finding: Finding) -> dict[str, Any]:
    """One finding, as every JSON document shows it."""
    return {
        "rule": finding.code,
        "name": finding.name,
        "severity": finding.severity.value,
        "file": finding.file,
        "line": finding.line,
        "column": finding.column,
        "end_line": finding.end_line,
        "end_column": finding.end_column,
        "offset": finding.offset,
        "end_offset": finding.end_offset,
        "reference": finding.reference,
        "message": finding.message,
        "fixable": finding.fixable,
        "suggestion": finding.suggestion,
    }


def error(problem: CodexError) -> dict[str, Any]:
    """The document that stands on stdout when a job could not be done."""
    return {
        "schema": ERROR,
        "error": {
            "type": _public_name(type(problem)),
            "message": problem.message,
            "hint": problem.hint,
            "exit_code": int(problem.exit_code),
        },
    }


def _public_name(kind: type) -> str:
    """Of an error's class, or of the first above it that scripts can know."""
    return next(above.__name__ for above in kind.__mro__ if not above.__name__.startswith("_"))


def dumps(document: Mapping[str, Any]) -> str:
    """JSON text, ASCII only, with nothing in it that a runner's log would take for a command."""
    return json.dumps(document, indent=2).replace("##[", "##\\u005b") + "\n"
