"""The comments of a YAML file: found where they are comments and nothing else, and given to the block they speak of."""

from __future__ import annotations

import re
from typing import NamedTuple

from codex_action.config.blocks import Block, Tree

_BREAK = re.compile(r"[\r\n\x85\u2028\u2029]|\Z")
_HASH = re.compile(r"#")


class Comment(NamedTuple):
    """A comment from its `#` to the end of its line; `own` if nothing else stands in the line."""

    start: int
    text: str
    own: bool


def find(tree: Tree) -> list[Comment]:
    """Every comment of a file, in order: a `#` outside of all scalars (a block scalar's header has one too)."""
    found: list[Comment] = []
    cursor = 0
    for start, end, style in [*tree.spans, (len(tree.text), len(tree.text), "")]:
        _collect(tree, cursor, start, found)
        if style in ("|", ">"):
            _collect(tree, start, _line_end(tree.text, start), found)
        cursor = max(cursor, end)
    return found


def _line_end(text: str, offset: int) -> int:
    match = _BREAK.search(text, offset)
    return match.start() if match else len(text)


def _collect(tree: Tree, start: int, stop: int, found: list[Comment]) -> None:
    while start < stop:
        match = _HASH.search(tree.text, start, stop)
        if match is None:
            return
        start = _line_end(tree.text, match.start())
        before = tree.text[tree.starts[tree.line_of(match.start())] : match.start()]
        found.append(Comment(match.start(), tree.text[match.start() : start], not before.strip()))


def attach(tree: Tree) -> None:
    """Give every comment of the document to its block: lead, end of line, inner or tail."""
    blocks = list(tree.root.walk())
    comments = find(tree)
    _attach_gaps(tree, [block for block in blocks if not block.in_flow])
    _attach_rest(tree, blocks, comments)
    for block in reversed(blocks):
        if block.parent is not None and not block.in_flow:
            block.parent.last_tail = max(block.parent.last_tail, block.last_tail)


def _attach_gaps(tree: Tree, blocks: list[Block]) -> None:
    """The lines between blocks: leads of the next, tails of those that have ended."""
    previous = tree.root
    for block in blocks:
        if block.parent is previous:
            _gap(tree, _first_line(tree, previous, block), block.line, [], block)
        else:
            _gap(tree, previous.last_line + 1, block.line, _chain(previous, block.parent), block)
        previous = block
    if previous is not tree.root:
        _gap(tree, previous.last_line + 1, tree.last, _chain(previous, None), None)


def _first_line(tree: Tree, parent: Block, child: Block) -> int:
    """The first line that may hold a comment between a key and what is nested under it."""
    first = tree.first if parent is tree.root else tree.line_of(parent.head_end) + 1
    anchored = parent.value_start < child.start
    return max(first, tree.line_of(parent.value_start) + 1) if anchored else first


def _chain(block: Block, until: Block | None) -> list[Block]:
    """A block and those around it that end with it, inside of `until`."""
    chain = []
    while block is not until and block is not None:
        chain.append(block)
        block = block.parent  # type: ignore[assignment]
    return chain


def _gap(tree: Tree, first: int, stop: int, chain: list[Block], following: Block | None) -> None:
    lines = tree.lines[first:stop]
    floor = following.column if following else -1
    at = 0
    for number, line in enumerate(lines):
        column = len(line) - len(line.lstrip())
        if not line.strip():
            continue
        owner = next((block for block in chain if block.column < column), None)
        if column <= floor or owner is None:
            break
        chain = chain[chain.index(owner) :]
        _to_tail(owner, lines[at : number + 1], first + number)
        at = number + 1
    if following is not None and chain:
        at += _close(chain[-1], lines[at:], first + at)
    if following is not None:
        following.lead = lines[at:]


def _close(block: Block, lines: list[str], first: int) -> int:
    """How many lines belong to the block above: comments right below it, with a blank line after them."""
    count = next((number for number, line in enumerate(lines) if not line.strip()), 0)
    if count:
        _to_tail(block, lines[:count], first + count - 1)
    return count


def _to_tail(block: Block, lines: list[str], last: int) -> None:
    block.tail += lines
    block.last_tail = max(block.last_tail, last)


def _attach_rest(tree: Tree, blocks: list[Block], comments: list[Comment]) -> None:
    """Comments behind content, and those inside of a value."""
    at = 0
    current = tree.root
    for comment in comments:
        while at < len(blocks) and blocks[at].start <= comment.start:
            current = blocks[at]
            at += 1
        owner = current
        while owner.in_flow and owner.parent is not None and comment.start > owner.parent.end:
            owner = owner.parent
        if not comment.own:
            owner.eol.append((comment.start, comment.text))
        elif owner.in_flow or owner.flow or not owner.children:
            _attach_inner(tree, owner, comment, blocks[at] if at < len(blocks) else None)


def _attach_inner(tree: Tree, owner: Block, comment: Comment, following: Block | None) -> None:
    outer = owner if owner.flow and comment.start < owner.end else owner.parent
    if owner.flow or owner.in_flow:
        if outer is None or not outer.flow or not outer.value_start < comment.start < outer.end:
            if outer is owner and owner is not tree.root:
                owner.inner.append(comment.text)
            return
        same = following is not None and following.in_flow and following.start < outer.end
        if same and following is not None:
            following.lead.append(comment.text + "\n")
        else:
            outer.inner.append(comment.text)
    elif owner.value_start > comment.start > owner.head_end and owner is not tree.root:
        owner.inner.append(comment.text)
