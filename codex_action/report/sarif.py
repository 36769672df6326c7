"""A report as SARIF 2.1.0, within what GitHub's code scanning takes (github-facts.md c, d.6)."""

from __future__ import annotations

import hashlib
import posixpath
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from codex_action.checks.model import CheckReport, Finding, Skipped
from codex_action.checks.rules import LOOKUP, RULES, Rule, Severity
from codex_action.checks.sources import Source
from codex_action.report import data
from codex_action.report.safe import visible
from codex_action.report.text import plural
from codex_action.version import __version__

# GitHub keeps this many results of a run, and lets its users see no others.
MOST = 5000
_HOME = "https://github.com/fractary/codex-action"
_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_BASE = "%SRCROOT%"
_ORDER = list(Severity)
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTICE: "note"}
_URGENCY = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTICE: "recommendation"}
_MENDED = {
    "safe": " Mended by --fix.",
    "unsafe": " Mended by --fix --unsafe-fixes, where one document is the likely one.",
    "": "",
}


def render(report: CheckReport, sources: Mapping[str, Source], *, prefix: str = "") -> str:
    """The report as a SARIF log; `prefix` leads from the repository's root to the project's."""
    return data.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [_run(report, sources, prefix)]})


def left_out(report: CheckReport) -> str | None:
    """A sentence about the findings that do not fit into a log, or None if all do."""
    more = len(report.findings) - MOST
    if more <= 0:
        return None
    return (
        f"SARIF has the {MOST:,} worst findings, as GitHub takes no more; {plural(more, 'finding')} left out."
    )


def _run(report: CheckReport, sources: Mapping[str, Source], prefix: str) -> dict[str, Any]:
    marked = zip(_fingerprints(report, sources), report.findings)
    worst = sorted(marked, key=lambda item: _ORDER.index(item[1].severity))[:MOST]
    scope = "" if prefix in ("", ".") else f"{quote(prefix)}/"
    return {
        "tool": {"driver": _driver()},
        "automationDetails": {"id": f"codex-action/validate-refs/{scope}"},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {_BASE: {"description": {"text": "The root of the repository."}}},
        "invocations": [
            {
                "executionSuccessful": not report.problems,
                "toolExecutionNotifications": list(_notifications(report, prefix)),
            }
        ],
        "results": [_result(finding, mark, sources, prefix) for mark, finding in worst],
    }


def _driver() -> dict[str, Any]:
    return {
        "name": "codex-action",
        "organization": "Fractary",
        "semanticVersion": __version__,
        "informationUri": _HOME,
        "rules": [_rule(rule) for rule in RULES.values()],
    }


def _rule(rule: Rule) -> dict[str, Any]:
    silence = f"Silence it with a comment: codex-ignore {rule.code}."
    page = f"{_HOME}#{rule.code.lower()}"
    return {
        "id": rule.code,
        "name": "".join(word.capitalize() for word in rule.name.split("-")),
        "shortDescription": {"text": rule.summary},
        "fullDescription": {"text": rule.summary + _MENDED[rule.fix]},
        "helpUri": page,
        "help": {
            "text": f"{rule.summary}{_MENDED[rule.fix]} {silence} {page}",
            "markdown": f"{rule.summary}{_MENDED[rule.fix]}\n\n{silence}\n\n[{rule.code} {rule.name}]({page})",
        },
        "defaultConfiguration": {"level": _LEVELS[rule.severity], "enabled": rule.default},
        "properties": {
            "precision": "high" if rule.code in LOOKUP else "very-high",
            "problem.severity": _URGENCY[rule.severity],
            "tags": ["documentation", "references"],
        },
    }


def _result(finding: Finding, mark: str, sources: Mapping[str, Source], prefix: str) -> dict[str, Any]:
    path = sources[finding.file].path if finding.file in sources else finding.file
    place = {"artifactLocation": _location(path, prefix), "region": _region(finding)}
    return {
        "ruleId": finding.code,
        "ruleIndex": list(RULES).index(finding.code),
        "level": _LEVELS[finding.severity],
        "message": {"text": _plain(f"{finding.message} [{finding.reference}]")},
        "locations": [{"physicalLocation": place}],
        "partialFingerprints": {"primaryLocationLineHash": mark},
        **_fixes(finding, place),
    }


def _region(finding: Finding) -> dict[str, int]:
    """SARIF's end, like ours, is the place behind the last character."""
    return {
        "startLine": finding.line,
        "startColumn": finding.column,
        "endLine": finding.end_line,
        "endColumn": finding.end_column,
    }


def _fixes(finding: Finding, place: Mapping[str, Any]) -> dict[str, Any]:
    """The edit, where it is of the very characters that the region names."""
    edit = finding.edit
    if edit is None or edit[:2] != (finding.offset, finding.end_offset) or visible(edit.text) != edit.text:
        return {}
    change = {
        "artifactLocation": place["artifactLocation"],
        "replacements": [{"deletedRegion": place["region"], "insertedContent": {"text": edit.text}}],
    }
    how = "--fix --unsafe-fixes" if finding.unsafe else "--fix"
    return {"fixes": [{"description": {"text": f"What {how} writes."}, "artifactChanges": [change]}]}


def _fingerprints(report: CheckReport, sources: Mapping[str, Source]) -> Iterator[str]:
    """What a finding is known by after its line has moved: its rule, its line's words, and which of these it is."""
    seen: Counter[tuple[str, str]] = Counter()
    for finding in report.findings:
        source = sources.get(finding.file)
        line = source.lines.get(finding.line) if source else None
        words = " ".join((line if line is not None else finding.reference).split())
        text = f"{finding.code}\0{words}".encode("utf-8", "surrogatepass")
        digest = hashlib.sha256(text).hexdigest()[:16]
        seen[finding.file, digest] += 1
        yield f"{digest}:{seen[finding.file, digest]}"


def _notifications(report: CheckReport, prefix: str) -> Iterator[dict[str, Any]]:
    for problem in report.problems:
        yield _unread(problem, prefix)
    lost = left_out(report)
    if lost:
        yield {"level": "warning", "message": {"text": lost}}


def _unread(problem: Skipped, prefix: str) -> dict[str, Any]:
    return {
        "level": "error",
        "message": {"text": _plain(problem.reason)},
        "locations": [{"physicalLocation": {"artifactLocation": _location(problem.file, prefix)}}],
    }


def _location(path: str, prefix: str) -> dict[str, str]:
    """A path of the project as GitHub finds it: from the repository's root; elsewhere as a file: URI."""
    name = posixpath.normpath(posixpath.join(prefix, path))
    if posixpath.isabs(name) or path[1:3] == ":/":
        return {"uri": f"file:///{_encoded(path.lstrip('/'))}"}
    return {"uri": _encoded(name), "uriBaseId": _BASE}


def _encoded(path: str) -> str:
    try:
        return quote(path.encode("utf-8", "surrogateescape"))
    except UnicodeEncodeError:  # Windows has names that are no text
        return quote(path.encode("utf-8", "surrogatepass"))


def _plain(text: str) -> str:
    """Foreign text in a message, where SARIF would read `[words](address)` as a link."""
    return visible(text).replace("](", "\\](")
