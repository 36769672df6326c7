"""A report in Markdown: the step summary, and `--format markdown`."""

from __future__ import annotations

from collections.abc import Sequence

from codex_action.checks.model import CheckReport, Finding
from codex_action.checks.rules import Severity
from codex_action.report.safe import code, markdown
from codex_action.report.text import plural, summary

_ICONS = {Severity.ERROR: "❌", Severity.WARNING: "⚠️", Severity.NOTICE: "ℹ️"}
# GitHub drops a whole summary over 1 MiB; other steps of the job share it with us.
BUDGET = 900 * 1024


def render(report: CheckReport, *, link: str | None = None, budget: int = BUDGET) -> str:
    """The report as Markdown of at most `budget` bytes; `link` is the URL that file names are appended to."""
    first, *others = summary(report, verbose=True)
    head = ["### Codex references", "", f"**{first}**  ", *(f"{line}  " for line in others), ""]
    rows = [_row(finding, link) for finding in report.findings]
    rows += [f"| 🚫 | | {code(problem.file)} | {markdown(problem.reason)} |" for problem in report.problems]
    if not rows:
        return "\n".join(head)
    return with_rows([*head, "| | Rule | Where | What |", "|---|---|---|---|"], rows, budget)


def with_rows(head: Sequence[str], rows: Sequence[str], budget: int = BUDGET) -> str:
    """What stands above a table's rows, and as many of them as `budget` bytes hold; how many are missing is said."""
    left = budget - _size(head) - 200
    shown: list[str] = []
    for row in rows:
        left -= len(row.encode()) + 1
        if left < 0:
            break
        shown.append(row)
    missing = len(rows) - len(shown)
    tail = [] if not missing else ["", f"… and {plural(missing, 'more row')}: the log has them all."]
    return "\n".join([*head, *shown, *tail, ""])


def _size(lines: Sequence[str]) -> int:
    return sum(len(line.encode()) + 1 for line in lines)


def _row(finding: Finding, link: str | None) -> str:
    place = code(f"{finding.file}:{finding.line}:{finding.column}")
    if link:
        place = f'<a href="{_url(link, finding)}">{place}</a>'
    suggestion = f"<br>→ {code(finding.suggestion)}" if finding.suggestion else ""
    what = f"{markdown(finding.message)}<br>{code(finding.reference)}{suggestion}"
    return f"| {_ICONS[finding.severity]} | {finding.code} {finding.name} | {place} | {what} |"


def _url(link: str, finding: Finding) -> str:
    from urllib.parse import quote

    return f"{link}{quote(finding.file.encode('utf-8', 'surrogateescape'))}#L{finding.line}"
