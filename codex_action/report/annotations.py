"""GitHub's workflow commands: annotations within the runner's limits, and the full list in a group."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable

from codex_action.checks.model import CheckReport, Finding
from codex_action.checks.rules import Severity
from codex_action.report.safe import log_lines, visible
from codex_action.report.text import finding_line, plural

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
    if not report.findings:
        return annotated
    lines = "".join(finding_line(finding, prefix=prefix) + "\n" for finding in report.findings)
    return f"{annotated}::group::{escape_data(title)}: {len(report.findings):,}\n{log_lines(lines)}::endgroup::\n"


def _of_severity(report: CheckReport, severity: Severity, prefix: str) -> str:
    groups: dict[tuple[str, str, str], list[Finding]] = {}
    for finding in report.findings:
        if finding.severity is severity:
            groups.setdefault((finding.code, finding.reference, finding.message), []).append(finding)
    shown = list(groups.values())
    rest = shown[_SHOWN:] if len(shown) > _SHOWN + 1 else []
    lines = [_annotation(group, prefix) for group in shown[: len(shown) - len(rest)]]
    if rest:
        more = sum(map(len, rest))
        lines.append(
            command(severity.value, f"{more:,} more {severity.value}s, all in the log and the step summary")
        )
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


def _file(prefix: str, path: str) -> str:
    # The runner finds the file by its true name; what has no UTF-8 form can only be shown.
    name = posixpath.normpath(posixpath.join(prefix, path))
    return (
        name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace").replace("##[", "##\\x5b")
    )


def _also(others: Iterable[Finding]) -> str:
    places = [f"{visible(finding.file)}:{finding.line}" for finding in others]
    if not places:
        return ""
    more = len(places) - _OTHER_PLACES
    tail = f" and {plural(more, 'more place')}" if more > 0 else ""
    return "; also at " + ", ".join(places[:_OTHER_PLACES]) + tail
