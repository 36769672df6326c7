"""`codex-ignore` comments: which findings they silence, and which of them silence nothing."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from codex_action.checks.model import Edit, Finding
from codex_action.checks.references import Remedy, finding
from codex_action.checks.rules import LOOKUP, RULES
from codex_action.refs import scan

_NAMES = re.compile(r"(?i)codex\w*")
_SCOPE = re.compile(r"codex-ignore(?:-(next-line|start|end))?")


class Region(NamedTuple):
    """The lines a directive covers, both ends included, and the rules it names (none: all)."""

    directive: scan.Found
    first: int
    last: int
    codes: frozenset[str]

    def covers(self, code: str, line: int) -> bool:
        """Does it silence this rule on this line?"""
        return self.first <= line <= self.last and (not self.codes or code in self.codes)


class Unseen(NamedTuple):
    """Lines, in order, where a directive may have a use that this run does not see.

    `undecided`: references that were not looked up. `hidden`: references in code that was skipped.
    """

    undecided: Sequence[int] = ()
    hidden: Sequence[int] = ()


def regions(directives: Iterable[scan.Found]) -> tuple[list[Region], list[scan.Found]]:
    """The regions of a file's directives, and those that mean nothing: an end without start, a name that is no rule."""
    result: list[Region] = []
    open_: list[scan.Found] = []
    stray: list[scan.Found] = []
    for directive in directives:
        scope = _SCOPE.match(directive.raw)
        kind = scope[1] if scope else None
        if not _codes(directive) <= RULES.keys():
            stray.append(directive)
        elif kind == "start":
            open_.append(directive)
        elif kind != "end":
            line = directive.line + (kind == "next-line")
            result.append(Region(directive, line, line, _codes(directive)))
        elif open_:
            start = open_.pop()
            result.append(Region(start, start.line, directive.line, _codes(start)))
        else:
            stray.append(directive)
    result += [Region(start, start.line, 2**31, _codes(start)) for start in open_]
    return result, stray


def _codes(directive: scan.Found) -> frozenset[str]:
    scope = _SCOPE.match(directive.raw)
    return frozenset(name.upper() for name in _NAMES.findall(directive.raw, scope.end() if scope else 0))


def silence(
    file: str,
    findings: Sequence[Finding],
    directives: Sequence[scan.Found],
    unseen: Unseen,
    active: frozenset[str],
) -> list[Finding]:
    """Findings without the silenced ones, plus CODEX090 for every directive that silenced nothing.

    `findings` are those of all rules, `active` or not: what they are used for does not depend on what is asked for now.
    """
    covered, stray = regions(directives)
    used: set[Region] = set()
    kept: list[Finding] = []
    for item, region in _innermost(sorted(findings, key=lambda item: item.line), covered):
        if region is None:
            kept.append(item)
        else:
            used.add(region)
    idle = [
        region.directive
        for region in covered
        if region not in used and _had_its_chance(region, unseen, active)
    ]
    return kept + [_unused(file, directive) for directive in (*idle, *stray)]


def _innermost(
    findings: Sequence[Finding], covered: Sequence[Region]
) -> Iterator[tuple[Finding, Region | None]]:
    """Each finding with the region that silences it, of several the one that starts last; one sweep down the file."""
    waiting = sorted(covered, key=lambda region: (region.first, -region.last), reverse=True)
    open_: list[Region] = []
    for item in findings:
        while waiting and waiting[-1].first <= item.line:
            open_.append(waiting.pop())
        while open_ and open_[-1].last < item.line:
            open_.pop()
        yield item, next((region for region in reversed(open_) if region.covers(item.code, item.line)), None)


def _had_its_chance(region: Region, unseen: Unseen, active: frozenset[str]) -> bool:
    if region.codes - active or _any_within(unseen.hidden, region):
        return False
    return not ((region.codes or LOOKUP) & LOOKUP and _any_within(unseen.undecided, region))


def _any_within(lines: Sequence[int], region: Region) -> bool:
    following = bisect_left(lines, region.first)
    return following < len(lines) and lines[following] <= region.last


def _unused(file: str, directive: scan.Found) -> Finding:
    unknown = sorted(_codes(directive) - RULES.keys())
    if unknown:
        message = f"{directive.raw!r} silences nothing: there is no rule {', '.join(unknown)}"
        return finding("CODEX090", file, directive, message)
    edit = Edit(directive.start, directive.end, "") if directive.kind == scan.DIRECTIVE else None
    return finding("CODEX090", file, directive, f"{directive.raw!r} silences nothing", Remedy(edit=edit))
