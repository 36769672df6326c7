"""A report for people: one line a finding, as compilers write them, then what it comes to."""

from __future__ import annotations

import posixpath

from codex_action.checks.model import CheckReport, Finding
from codex_action.checks.rules import Severity
from codex_action.report.safe import log_lines, visible

_COLORS = {Severity.ERROR: "31", Severity.WARNING: "33", Severity.NOTICE: "36"}


def plural(number: int, noun: str, many: str | None = None) -> str:
    """`1 file`, `2 files`."""
    return f"{number:,} {noun if number == 1 else many or noun + 's'}"


def shown_path(path: str, prefix: str, below: str = "") -> str:
    """A file's path as the reader can open it.

    `prefix` leads from where they are to the project's root; `below` is where they are, if that is in the project.
    """
    inside = below not in ("", ".") and not below.startswith("..")
    if inside and not path.startswith("../") and not posixpath.isabs(path):
        return visible(posixpath.relpath(f"/{path}", f"/{below}"))
    return visible(
        path if prefix in ("", ".") or posixpath.isabs(path) else posixpath.normpath(f"{prefix}/{path}")
    )


def finding_line(finding: Finding, *, color: bool = False, prefix: str = "", below: str = "") -> str:
    """`path:line:col: CODEX010 message [reference]`."""
    code = f"\x1b[{_COLORS[finding.severity]};1m{finding.code}\x1b[0m" if color else finding.code
    place = f"{shown_path(finding.file, prefix, below)}:{finding.line}:{finding.column}:"
    return f"{place} {code} {visible(finding.message)} [{visible(finding.reference)}]"


def render(
    report: CheckReport,
    *,
    color: bool = False,
    quiet: bool = False,
    verbose: bool = False,
    prefix: str = "",
    below: str = "",
) -> str:
    """The whole report. `quiet`: findings and fixes only. `verbose`: also what was passed over and not looked up."""
    lines = [finding_line(finding, color=color, prefix=prefix, below=below) for finding in report.findings]
    lines += [
        f"{shown_path(problem.file, prefix, below)}: {visible(problem.reason)}" for problem in report.problems
    ]
    if report.diff:
        lines = [*(diff_line(line, color=color) for line in report.diff.split("\n")[:-1]), *lines]
    if not quiet:
        lines += ([""] if lines else []) + summary(report, verbose=verbose)
    elif report.fixed:
        lines += _fixed(report)
    return log_lines("".join(line + "\n" for line in lines))


def diff_line(line: str, *, color: bool = False) -> str:
    """A line of a unified diff."""
    shown = visible(line.rstrip("\r"))
    tint = "32" if line.startswith("+") else "31" if line.startswith("-") else None
    return f"\x1b[{tint}m{shown}\x1b[0m" if color and tint else shown


def summary(report: CheckReport, *, verbose: bool = False) -> list[str]:
    """What the run comes to, in a few lines."""
    checked = f"{plural(report.files_checked, 'file')} and {plural(report.refs_checked, 'reference')} checked"
    lines = [f"{verdict(report)}; {checked}."]
    lines += _fixed(report)
    lines += _fixable(report)
    if report.unverified:
        asked = (
            "could not be verified."
            if report.resolve == "remote"
            else "not looked up; --resolve remote asks the git servers."
        )
        lines.append(f"{plural(report.unverified, 'reference')} {asked}")
    if report.problems:
        lines.append(f"{plural(len(report.problems), 'file')} could not be read or written.")
    lines += report.notices
    if verbose:
        counts = (
            (report.placeholders, "placeholder", None),
            (report.foreign, "deep link of other programs", "deep links of other programs"),
            (report.binary, "binary file", None),
            (report.links, "link or folder", "links and folders"),
            (
                report.left_out,
                "file left out by .codexignore or an exclude",
                "files left out by .codexignore or an exclude",
            ),
        )
        passed = [plural(number, noun, many) for number, noun, many in counts if number]
        lines += [f"Passed over: {', '.join(passed)}."] if passed else []
    elif report.left_out and not report.files_checked:
        lines.append(f"{plural(report.left_out, 'file')} left out by .codexignore or an exclude.")
    return lines


def verdict(report: CheckReport) -> str:
    """`2 errors and 1 warning found`, or that nothing was."""
    counts = [
        plural(report.count(severity), severity.value) for severity in Severity if report.count(severity)
    ]
    return " and ".join(counts) + " found" if counts else "No problems found"


def _fixed(report: CheckReport) -> list[str]:
    if not report.fixed:
        return []
    verb = "would be fixed" if report.diff else "fixed"
    return [f"{plural(report.fixed, 'place')} {verb} in {plural(len(report.changed), 'file')}."]


def _fixable(report: CheckReport) -> list[str]:
    unsafe = sum(finding.edit is not None and finding.unsafe for finding in report.findings)
    if report.diff or not (report.fixable or unsafe):
        return []
    parts = [f"{report.fixable:,} fixable with --fix"] if report.fixable else []
    parts += [f"{unsafe:,} {'more with' if parts else 'fixable with'} --fix --unsafe-fixes"] if unsafe else []
    return [", ".join(parts) + "."]
