"""The comment on a pull request: what a sync would do, does or has done, as much of it as a comment holds.

It is built of sections (github-facts.md d.4): a section is there as a whole or not at all, so that no fold and no fence
is ever left open. The first line, the verdict with its numbers and the links are never left out.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from codex_action.report import marker, operations, outcomes
from codex_action.report.marker import Header
from codex_action.report.operations import Diffs, Part, counts
from codex_action.report.pieces import details, fenced, link, path, sentence, short
from codex_action.report.states import LOOKS, NOT_APPLIED, Look
from codex_action.report.text import plural
from codex_action.sync.approval import Approval
from codex_action.sync.model import Plan, SyncResult

# GitHub takes 65,536 characters; some of ours are more than one byte, and some more than one of JSON's.
BUDGET = 60_000
MINIMUM = 8_000  # bytes: whatever is in a comment, it can be made as small
_BEGIN, _END = "<!-- codex-action plan -->", "<!-- codex-action end -->"


@dataclass(frozen=True)
class Comment:
    """All that a comment says. `header.approval` is what a merge would agree to.

    `plans` are of the states before something is written, `results` of those after it. `reason` and `hint` say why a
    plan failed, `moved` what it does that was not approved. `previous` is the body that this one takes the place of:
    where there is no new plan, its plan is kept, folded. `codex` is the codex repository's name. `run_url` and
    `plan_url` lead to the run and the whole plan. `merged`: it is of what came after the merge.
    """

    header: Header
    plans: Sequence[Plan] = ()
    results: Sequence[SyncResult] = ()
    diffs: Diffs = field(default_factory=dict)
    reason: str = ""
    hint: str = ""
    moved: Sequence[str] = ()
    previous: str = ""
    codex: str = ""
    run_url: str = ""
    plan_url: str = ""
    merged: bool = False

    @property
    def look(self) -> Look:
        """How its state looks."""
        failed = self.merged and self.header.state == "failed"
        return NOT_APPLIED if failed else LOOKS[self.header.state]


class _Shape(NamedTuple):
    """How much is shown: rows of a table, rows of projects once their files are only counted, and what else."""

    rows: int
    projects: int | None = None
    kept: bool = True
    listed: bool = True  # operations in the first line
    words: int = 300  # characters of a sentence that is not ours


def render(comment: Comment, budget: int = BUDGET) -> str:
    """The body, of at most `budget` bytes in UTF-8. Raises ValueError for less than MINIMUM.

    What does not fit goes in this order: diffs, the plan from before, rows beyond so many of a table, files of
    projects, and at the very last the list of operations in the first line.
    """
    if budget < MINIMUM:
        raise ValueError(f"a comment needs {MINIMUM:,} bytes")
    shapes = _shapes()
    shape = next(shapes)
    body = _body(comment, shape, ())
    while _size(body) > budget:
        shape = next(shapes)
        body = _body(comment, shape, ())
    if shape.projects is None and shape.rows == _ALL:
        body = _body(comment, shape, _diffs(comment, budget - _size(body)))
    return body


_ALL = 10**9


def _shapes() -> Iterator[_Shape]:
    yield _Shape(_ALL)
    yield _Shape(_ALL, kept=False)
    for rows in (800, 600, 450, 350, 250, 180, 120, 80, 50, 25, 12, 6):
        yield _Shape(rows, kept=False)
    for rows in (25, 12, 6, 0):
        yield _Shape(rows, 4 * rows, kept=False)
    yield _Shape(0, 0, kept=False, words=80)
    yield _Shape(0, 0, kept=False, listed=False, words=80)


def _size(body: str) -> int:
    return len(body.encode())


def _body(comment: Comment, shape: _Shape, diffs: Sequence[str]) -> str:
    look = comment.look
    plan = _section(comment, shape)
    header = comment.header._replace(seal=_seal(plan) if plan else "")
    if header.approval and not shape.listed:
        header = header._replace(approval=Approval(header.approval.digest, None))
    lines = [marker.write(header), f"### {_title(comment)}", "", *_said(comment, shape)]
    shown = [_BEGIN, *plan, _END, ""] if plan else []
    lines += details(look.keeps, shown) if shown and look.keeps else shown
    return "\n".join([*lines, *diffs, *_advice(comment), _foot(comment), ""])


def _parts(comment: Comment) -> list[Part]:
    if comment.results:
        return [operations.of_result(result) for result in comment.results]
    return [operations.of_plan(plan) for plan in comment.plans]


def _title(comment: Comment) -> str:
    look, failed = comment.look, outcomes.failures(comment.results)
    if comment.moved:
        return f"{look.title}: **{plural(len(comment.moved), 'operation')}**"
    numbers = counts(_parts(comment), look.words)
    numbers += f"{', ' if numbers else ''}**{failed:,} failed**" if failed else ""
    return f"{look.title}: {numbers or look.nothing}" if numbers or look.nothing else look.title


def _said(comment: Comment, shape: _Shape) -> list[str]:
    """What stands above the plan: why there is none, what moved, what came of it."""
    look, most = comment.look, max(shape.rows, 1)
    lines = [_where(comment), ""] if look.keeps else []
    for text in filter(None, (comment.reason, comment.hint)):
        lines += [f"> {sentence(text, shape.words)}", ""]
    lines += [f"- {sentence(text, shape.words)}" for text in comment.moved[:most]]
    missing = len(comment.moved) - most
    lines += [f"- … and {missing:,} more{_more(comment)}"] if missing > 0 else []
    lines += [""] if comment.moved else []
    server = "/".join(comment.run_url.split("/")[:3])
    return lines + outcomes.results(comment.results, server, shape.rows, _more(comment))


def _section(comment: Comment, shape: _Shape) -> list[str]:
    """The plan, or the one from before, without the marks around it."""
    look, parts, more = comment.look, _parts(comment), _more(comment)
    if look.keeps:
        return last_plan(comment.previous) if shape.kept else []
    lines = [_where(comment), "", *operations.refused(parts, min(shape.rows, 10))]
    lines += operations.urgent(parts, comment.diffs, shape.rows, more)
    if shape.projects is None:
        lines += operations.folded(parts, comment.diffs, look.words, shape.rows, more)
    else:
        lines += operations.totals(parts, shape.projects, more)
    return [*lines, *operations.passed(parts)]


def last_plan(body: str) -> list[str]:
    """The plan that a comment of ours shows, its lines as they are; none if anybody has changed one since."""
    header, lines = marker.read(body), body.replace("\r\n", "\n").split("\n")
    if header is None or not (_BEGIN in lines and _END in lines):
        return []
    plan = lines[lines.index(_BEGIN) + 1 : lines.index(_END)]
    return plan if header.seal == _seal(plan) else []


def _seal(lines: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:12]


def _where(comment: Comment) -> str:
    """Of which commit, in which run, and where there is more to read."""
    header, look = comment.header, comment.look
    run = link(f"run {header.run}", comment.run_url)
    texts = [look.where.format(head=short(header.head) if header.head else "this pull request", run=run)]
    if header.state == "planned" and not _is_refused(comment):
        texts.append("applied when this pull request is merged")
    names = sorted({plan.environment for plan in comment.plans if plan.environment})
    texts += [f"codex repository {path(comment.codex)}"] if comment.codex else []
    texts += [f"environment {path(', '.join(names))}"] if names else []
    texts += [link("full plan", comment.plan_url)] if comment.plan_url else []
    return " · ".join(texts)


def _more(comment: Comment) -> str:
    return f" ({link('full plan', comment.plan_url)})" if comment.plan_url else ""


def _diffs(comment: Comment, room: int) -> list[str]:
    """As many diffs as there is room for, folded."""
    blocks = []
    left = room - 200  # for the fold itself
    for (project, side, name), text in sorted(comment.diffs.items()):
        block = [f"{path(name)} {operations.direction(project, side)}", "", *fenced(text, "diff"), ""]
        size = sum(len(line.encode()) + 1 for line in block)
        if size <= left:
            left -= size
            blocks.append(block)
    number = (
        f"{len(blocks)} of {len(comment.diffs)}" if len(blocks) < len(comment.diffs) else f"{len(blocks)}"
    )
    return details(f"Diffs ({number})", [line for block in blocks for line in block]) if blocks else []


def _advice(comment: Comment) -> list[str]:
    """What a reader can do about it."""
    stopped = comment.header.state == "planned" and _is_refused(comment)
    text = "Nothing can be applied as it is." if stopped else comment.look.advice
    lines = [text, ""] if text else []
    if any(part.left for part in _parts(comment)):
        settled = "<code>conflict</code> to <code>keep-local</code> or <code>keep-codex</code>"
        lines += [f"A conflict leaves both files alone: make them the same, or set {settled}.", ""]
    return lines


def _is_refused(comment: Comment) -> bool:
    return any(plan.refusals for plan in comment.plans)


def _foot(comment: Comment) -> str:
    header = comment.header
    attempt = f", attempt {header.attempt}" if header.attempt > 1 else ""
    return f"<sub>codex-action · run {header.run}{attempt} · {header.at[:10]} {header.at[11:16]} UTC</sub>"
