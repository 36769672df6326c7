"""`codex-ignore` comments: which findings they silence, and which of them silence nothing."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from codex_action.checks.model import Edit, Finding
from codex_action.checks.references import Remedy, finding
from codex_action.checks.rules import LOOKUP, RULES
from codex_action.refs import scan

_CODES = re.compile(r"CODEX\d{3}")
_WIDE = 0  # no line: the regions of several lines
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


def regions(directives: Iterable[scan.Found]) -> tuple[list[Region], list[scan.Found]]:
    """The regions of a file's directives in order, and the ends that nothing started."""
    result: list[Region] = []
    open_: list[scan.Found] = []
    stray: list[scan.Found] = []
    for directive in directives:
        scope = _SCOPE.match(directive.raw)
        kind = scope[1] if scope else None
        if kind == "start":
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
    return frozenset(_CODES.findall(directive.raw))


def silence(
    file: str,
    findings: Sequence[Finding],
    directives: Sequence[scan.Found],
    undecided: Sequence[int],
    active: frozenset[str],
) -> list[Finding]:
    """Findings without the silenced ones, plus CODEX090 for every directive that silenced nothing.

    `undecided` are the lines, in order, of references that were not looked up: there a directive may have its use in
    another run. So it may if it names a rule that is not `active`.
    """
    covered, stray = regions(directives)
    on_line: dict[int, list[Region]] = {}
    for region in covered:
        on_line.setdefault(region.first if region.first == region.last else _WIDE, []).append(region)
    used: set[Region] = set()
    kept: list[Finding] = []
    for item in findings:
        near = (*on_line.get(item.line, ()), *on_line.get(_WIDE, ()))
        silencing = [region for region in near if region.covers(item.code, item.line)]
        used.update(silencing)
        if not silencing:
            kept.append(item)
    idle = [
        region.directive
        for region in covered
        if region not in used and _had_its_chance(region, undecided, active)
    ]
    return kept + [_unused(file, directive) for directive in (*idle, *stray)]


def _had_its_chance(region: Region, undecided: Sequence[int], active: frozenset[str]) -> bool:
    codes = region.codes or frozenset(RULES)
    if region.codes & frozenset(RULES) - active:
        return False
    following = bisect_left(undecided, region.first)
    is_undecided = following < len(undecided) and undecided[following] <= region.last
    return not (codes & LOOKUP and is_undecided)


def _unused(file: str, directive: scan.Found) -> Finding:
    edit = Edit(directive.start, directive.end, "") if directive.kind == scan.DIRECTIVE else None
    return finding("CODEX090", file, directive, f"{directive.raw!r} silences nothing", Remedy(edit=edit))
