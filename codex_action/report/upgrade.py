"""What `migrate config` found and did: for people, and as a JSON document."""

from __future__ import annotations

import difflib
import re
from typing import Any

from codex_action.config.draft import Change
from codex_action.config.migration import Migration
from codex_action.config.secrets import without_secrets
from codex_action.config.upgrade import Upgrade, UpgradeReport
from codex_action.errors import ConfigurationError, Problem
from codex_action.report.annotations import command
from codex_action.report.safe import code, log_lines, visible
from codex_action.report.safe import markdown as markdown_text
from codex_action.report.text import diff_line, plural

_MOST_LINES = 2000
MIGRATE_CONFIG = "codex-action/migrate-config@1"


def document(report: UpgradeReport) -> dict[str, Any]:
    """The document of `migrate config --json` (doors.md 5)."""
    return {
        "schema": MIGRATE_CONFIG,
        "files": [_file(item) for item in report.files],
        "failures": [
            {
                "path": error.file,
                "message": error.message,
                "problems": [_problem(item) for item in error.problems],
            }
            for error in report.failures
        ],
    }


def _file(item: Upgrade) -> dict[str, Any]:
    detection = item.migration.detection
    return {
        "path": item.path,
        "output": item.output,
        "format": detection.format,
        "version": detection.version,
        "reason": detection.reason,
        "needs_migration": item.after is not None,
        "written": item.written,
        "removed_source": item.removed,
        "note": item.note or None,
        "changes": [
            {"type": change.type, "from": change.source, "to": change.target, "note": change.note}
            for change in item.migration.changes
        ],
        "warnings": [_problem(problem) for problem in item.problems],
    }


def _problem(problem: Problem) -> dict[str, Any]:
    return {
        "line": problem.line,
        "column": problem.column,
        "path": problem.path,
        "severity": problem.severity,
        "message": problem.message,
    }


def render(report: UpgradeReport, *, diff: bool, color: bool = False) -> str:
    """For each file what it is, what moves where, what needs a decision; with `diff` the change itself."""
    lines: list[str] = []
    for item in report.files:
        lines += ([""] if lines else []) + _lines(item, diff=diff, color=color)
    lines += [f"Error: {visible(error.message)}" for error in report.failures]
    if not report.files and not report.failures:
        lines = ["There is no configuration here; codex-action init writes one."]
    return log_lines("".join(line + "\n" for line in lines))


def _lines(item: Upgrade, *, diff: bool, color: bool) -> list[str]:
    detection = item.migration.detection
    head = f"{visible(item.path)}: format {detection.format}: {visible(detection.reason.rstrip('.'))}"
    lines = [head + _verdict(item)]
    if item.after is not None:
        lines += [f"  {_change(change)}" for change in item.migration.changes]
    lines += [f"  {_warning(item.path, problem)}" for problem in item.problems]
    if diff and item.after is not None:
        lines += ["", *(diff_line(line, color=color) for line in unified(item))]
    return lines


def migration_report(migration: Migration) -> str:
    """What a migration moved where, and what needs a decision (config.md 3)."""
    lines = [f"format {migration.detection.format}: {visible(migration.detection.reason)}"]
    lines += [_change(change) for change in migration.changes]
    lines += [_warning("", problem) for problem in migration.warnings]
    return log_lines("".join(line + "\n" for line in lines))


def _verdict(item: Upgrade) -> str:
    if item.note:
        return f"; {visible(item.note)}"
    if item.after is None:
        return "; nothing to do"
    where = "" if item.output == item.path else f" to {visible(item.output)}"
    return f"; migrated{where}" if item.written else f"; to be migrated{where} (--write does it)"


def _change(change: Change) -> str:
    arrow = (
        f"{change.source} -> {change.target}"
        if change.source and change.target
        else change.source or change.target
    )
    return f"{change.type:<9} {visible(arrow)}" + (f"  ({visible(change.note)})" if change.note else "")


def _warning(path: str, problem: Problem) -> str:
    place = f"{visible(path)}:{problem.line}:{problem.column}: " if problem.line else ""
    key = f"{visible(problem.path)}: " if problem.path else ""
    return f"{place}{problem.severity}: {key}{visible(problem.message)}"


def unified(item: Upgrade) -> list[str]:
    """The change of a file as the lines of a unified diff; secrets in clear text are not shown."""
    before, after = (
        without_secrets(text.decode("utf-8", "replace"), data).splitlines()
        for text, data in (
            (item.before if item.output == item.path else b"", item.migration.before),
            (item.after or b"", item.migration.after),
        )
    )
    return list(difflib.unified_diff(before, after, f"a/{item.path}", f"b/{item.output}", lineterm=""))


def workflow(report: UpgradeReport, *, prefix: str = "") -> str:
    """Workflow commands: what is wrong and what is pending, on its line."""
    join = f"{prefix}/" if prefix not in ("", ".") else ""
    lines = [_annotated(join + item.path, problem) for item in report.files for problem in item.problems]
    for item in report.files:
        if item.after is not None and not item.written:
            changes = plural(len(item.migration.changes), "change")
            message = f"an older format: {changes} to migrate it; run: codex-action migrate config --write"
            lines.append(
                command("warning", message, file=join + item.path, line=1, title="codex-action migrate")
            )
    lines += [_failed(join, error) for error in report.failures]
    return "".join(lines)


def _annotated(file: str, problem: Problem) -> str:
    key = f"{problem.path}: " if problem.path else ""
    place = {"line": problem.line, "col": problem.column} if problem.line else {}
    return command(
        problem.severity, visible(key + problem.message), file=file, title="codex-action config", **place
    )


def _failed(join: str, error: ConfigurationError) -> str:
    place = (
        {"line": error.problems[0].line, "col": error.problems[0].column}
        if error.problems and error.problems[0].line
        else {}
    )
    return command(
        "error", visible(error.message), file=join + error.file, title="codex-action config", **place
    )


def markdown(report: UpgradeReport) -> str:
    """The step summary: each file with its change as a diff, in a fence that nothing in it can close."""
    parts = ["### Codex configuration", ""]
    for item in report.files:
        format_ = item.migration.detection.format
        parts += [f"{code(item.path)}: format {format_}{markdown_text(_verdict(item))}", ""]
        parts += [f"- {markdown_text(_warning(item.path, problem))}" for problem in item.problems]
        parts += ["", *_fenced(unified(item)), ""] if item.after is not None else [""]
    parts += [f"- {markdown_text(error.message)}" for error in report.failures]
    return "\n".join(parts) + "\n"


def _fenced(lines: list[str]) -> list[str]:
    shown = [visible(line) for line in lines[:_MOST_LINES]]
    more = len(lines) - len(shown)
    longest = max((len(run) for line in shown for run in re.findall("`+", line)), default=0)
    fence = "`" * max(3, longest + 1)
    tail = [f"... and {plural(more, 'more line')}"] if more > 0 else []
    return [f"{fence}diff", *shown, *tail, fence]
