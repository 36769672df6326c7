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
_ALL = "ALL"
_END_OF_FILE = 2**31
_ENDLESS = "no 'codex-ignore-end' follows: everything to the end of the file is silenced"
_SCOPE = re.compile(r"codex-ignore(?:-(next-line|start|end))?")


class Region(NamedTuple):
    """The lines a directive covers, both ends included, and the rules it names (none: all)."""

    directive: scan.Found
    first: int
    last: int
    codes: frozenset[str]


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
        mistyped = not _codes(directive) <= RULES.keys()
        if mistyped:
            stray.append(directive)
        if kind == "start":
            open_.append(directive)  # a mistyped one too: the end that follows is its own
        elif kind == "end" and open_:
            result += _block(open_.pop(), directive.line)
        elif mistyped:
            continue
        elif kind == "end":
            stray.append(directive)
        else:
            line = directive.line + (kind == "next-line")
            result.append(Region(directive, line, line, _codes(directive)))
    for start in open_:
        result += _block(start, _END_OF_FILE)
    return result, stray


def _block(start: scan.Found, last: int) -> list[Region]:
    codes = _codes(start)
    return [Region(start, start.line, last, codes)] if codes <= RULES.keys() else []


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
    endless = [region.directive for region in used if region.last == _END_OF_FILE]
    return [
        *kept,
        *(_unused(file, directive) for directive in (*idle, *stray)),
        *(finding("CODEX090", file, directive, _ENDLESS) for directive in endless),
    ]


def _innermost(
    findings: Sequence[Finding], covered: Sequence[Region]
) -> Iterator[tuple[Finding, Region | None]]:
    """Each finding with the region that silences it, of several the one that starts last; one sweep down the file."""
    waiting = sorted(covered, key=_order, reverse=True)
    open_: dict[str, list[Region]] = {_ALL: []}  # by rule, the innermost last: regions nest, or stand apart
    for item in findings:
        while waiting and waiting[-1].first <= item.line:
            region = waiting.pop()
            for code in region.codes or (_ALL,):
                open_.setdefault(code, []).append(region)
        stacks = [open_[code] for code in (item.code, _ALL) if code in open_]
        for stack in stacks:
            while stack and stack[-1].last < item.line:
                stack.pop()
        yield item, max((stack[-1] for stack in stacks if stack), key=_order, default=None)


def _order(region: Region) -> tuple[int, int, int]:
    return region.first, -region.last, region.directive.start


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
