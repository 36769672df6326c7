"""What a check gives: findings, the edits that mend them, and the report of a run."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from codex_action.checks.rules import RULES, Severity
from codex_action.errors import ExitCode


class Edit(NamedTuple):
    """Replace the bytes from `start` to `end` by `text`."""

    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong, and where. Lines and columns from 1, columns in characters, offsets in bytes."""

    code: str
    file: str
    line: int
    column: int
    end_line: int
    end_column: int
    offset: int
    end_offset: int
    reference: str
    message: str
    suggestion: str | None = None
    edit: Edit | None = None
    unsafe: bool = False

    @property
    def name(self) -> str:
        """The rule's name."""
        return RULES[self.code].name

    @property
    def severity(self) -> Severity:
        """The rule's severity."""
        return RULES[self.code].severity

    @property
    def fixable(self) -> bool:
        """Does --fix mend it?"""
        return self.edit is not None and not self.unsafe


class Skipped(NamedTuple):
    """A file that could not be read or written, and why."""

    file: str
    reason: str


@dataclass(frozen=True)
class CheckReport:
    """What one run of `validate refs` found out and did.

    `unverified` counts references whose target was not looked up or could not be; `fixed` the finds that were
    mended; `changed` names the files written (or, in a diff, that would be); `binary` and `links` count what was
    passed over; `problems` lists what could not be read or written.
    """

    findings: tuple[Finding, ...] = ()
    files_checked: int = 0
    refs_checked: int = 0
    placeholders: int = 0
    foreign: int = 0
    unverified: int = 0
    binary: int = 0
    links: int = 0
    left_out: int = 0
    fixed: int = 0
    changed: tuple[str, ...] = ()
    problems: tuple[Skipped, ...] = ()
    notices: tuple[str, ...] = ()
    diff: str = field(default="", repr=False)
    resolve: str = "local"
    fail_on: str = "warning"
    fail_unverified: bool = False

    def count(self, severity: Severity) -> int:
        """How many findings have this severity."""
        return sum(finding.severity is severity for finding in self.findings)

    @property
    def errors(self) -> int:
        """Findings that are errors."""
        return self.count(Severity.ERROR)

    @property
    def warnings(self) -> int:
        """Findings that are warnings."""
        return self.count(Severity.WARNING)

    @property
    def fixable(self) -> int:
        """Findings that --fix would mend."""
        return sum(finding.fixable for finding in self.findings)

    @property
    def valid(self) -> bool:
        """No errors."""
        return not self.errors

    @property
    def exit_code(self) -> ExitCode:
        """1 for findings from `fail_on` up or changed files, 5 for files that could not be read or written, else 0."""
        if self.fail_on != "never":
            failing = self.errors + (self.warnings if self.fail_on == "warning" else 0)
            if failing or self.changed:
                return ExitCode.FINDINGS
        if self.fail_unverified and any(finding.code == "CODEX024" for finding in self.findings):
            return ExitCode.FINDINGS
        return ExitCode.OUTSIDE if self.problems else ExitCode.OK
