"""GitHub's workflow commands: annotations within the runner's limits, and the full list in a group."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Sequence

from codex_action.checks.model import CheckReport, Finding, Skipped
from codex_action.checks.rules import Severity
from codex_action.report.safe import log_lines, visible
from codex_action.report.text import finding_line, plural, shown_path

# The runner keeps ten annotations of a kind in a step and drops the rest without a word.
_SHOWN = 9
_MOST_CHARACTERS = 4000
_OTHER_PLACES = 5


def escape_data(text: str) -> str:
    """A message as the runner reads it back."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def escape_property(text: str) -> str:
    """A property's value as the runner reads it back."""
    return escape_data(text).replace(":", "%3A").replace(",", "%2C")


def command(name: str, message: str, **properties: object) -> str:
    """One workflow command, a line."""
    pairs = ",".join(
        f"{key}={escape_property(str(value))}" for key, value in properties.items() if value is not None
    )
    return f"::{name}{' ' + pairs if pairs else ''}::{escape_data(message)}\n"


def render(report: CheckReport, *, prefix: str = "", title: str = "codex references") -> str:
    """Annotations, then every finding in a group; `prefix` leads from the workspace to the project's root."""
    annotated = "".join(_of_severity(report, severity, prefix) for severity in Severity)
    if not report.findings and not report.problems:
        return annotated
    lines = "".join(finding_line(finding, prefix=prefix) + "\n" for finding in report.findings)
    lines += "".join(f"{shown_path(item.file, prefix)}: {visible(item.reason)}\n" for item in report.problems)
    count = len(report.findings) + len(report.problems)
    return f"{annotated}::group::{escape_data(title)}: {count:,}\n{log_lines(lines)}::endgroup::\n"


def _of_severity(report: CheckReport, severity: Severity, prefix: str) -> str:
    groups: dict[tuple[str, str, str], list[Finding]] = {}
    for finding in report.findings:
        if finding.severity is severity:
            groups.setdefault((finding.code, finding.reference, finding.message), []).append(finding)
    found = [(len(group), _annotation(group, prefix)) for group in groups.values()]
    if severity is Severity.ERROR:
        found += [(1, _problem(problem, prefix)) for problem in report.problems]
    return within_limit(severity.value, found)


def within_limit(name: str, commands: Sequence[tuple[int, str]]) -> str:
    """Commands of one kind, each with how much it stands for: what the runner would drop is counted in the last."""
    rest = commands[_SHOWN:] if len(commands) > _SHOWN + 1 else []
    lines = [line for _, line in commands[: len(commands) - len(rest)]]
    if rest:
        more = sum(count for count, _ in rest)
        lines.append(command(name, f"{more:,} more {name}s, all in the log and the step summary"))
    return "".join(lines)


def _annotation(group: list[Finding], prefix: str) -> str:
    first = group[0]
    message = f"{first.message} [{visible(first.reference)}]" + _also(group[1:])
    return command(
        first.severity.value,
        visible(message)[:_MOST_CHARACTERS],
        file=_file(prefix, first.file),
        line=first.line,
        endLine=first.end_line,
        col=first.column,
        endColumn=first.end_column,
        title=f"{first.code} {first.name}",
    )


def _problem(problem: Skipped, prefix: str) -> str:
    reason = visible(problem.reason)
    return command(
        "error",
        reason if reason.startswith("not fixed") else f"not checked: {reason}",
        file=_file(prefix, problem.file),
        title="codex-action",
    )


def _file(prefix: str, path: str) -> str:
    # The runner finds the file by its true name, line ends included; what else cannot be seen can only be shown.
    name = posixpath.normpath(posixpath.join(prefix, path))
    return "".join(part if part in ("\r", "\n") else visible(part) for part in re.split(r"([\r\n])", name))


def _also(others: Iterable[Finding]) -> str:
    places = [f"{visible(finding.file)}:{finding.line}" for finding in others]
    if not places:
        return ""
    more = len(places) - _OTHER_PLACES
    tail = f" and {plural(more, 'more place')}" if more > 0 else ""
    return "; also at " + ", ".join(places[:_OTHER_PLACES]) + tail
