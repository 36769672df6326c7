"""Which parts of a Markdown text are code or comments.

markdown-it knows the block structure; it is asked only when a find could be in code or in a comment at all
and the simple case does not settle it: fences at column one, which close every container, and no HTML before.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from codex_action.refs.blocks import Blocks
from codex_action.refs.comments import body_start
from codex_action.refs.links import CODE_SPAN
from codex_action.refs.scan import DIRECTIVE, FIXED_DIRECTIVE, HIDDEN, Found

_MAYBE_INDENTED = re.compile(rb"(?:\xef\xbb\xbf)?[ \t>\-+*0-9.)]*?(?: {4}|\t)")
_COMMENT = re.compile(rb"<!--.*?(?:-->|\Z)", re.DOTALL)
# Above this a text is read line by line only: the block parser takes a hundred times its size in memory.
MAX_PARSED = 1024 * 1024
_DIRECTIVES = frozenset((DIRECTIVE, FIXED_DIRECTIVE))


def outside_code(data: bytes, found: Sequence[Found]) -> list[Found]:
    """The finds that are neither in fenced or indented code nor in an HTML comment; directives may be in comments.

    Where there are directives, the finds left out are given too, as HIDDEN.
    """
    if not found:
        return []
    simple = _simple_fences(data, found[-1].start)
    if simple is not None and not _could_be_indented(data, found):
        shown = _outside(found, simple)
    else:
        code, comments = _skipped(data)
        outside = _outside(found, code)
        spared = {find.start for find in _outside(outside, comments)}
        shown = [find for find in outside if find.start in spared or find.kind in _DIRECTIVES]
    if len(shown) == len(found) or not any(find.kind in _DIRECTIVES for find in shown):
        return shown
    kept = {find.start for find in shown}
    return [find if find.start in kept else find._replace(kind=HIDDEN) for find in found]


def _outside(found: Sequence[Found], spans: Sequence[tuple[int, int]]) -> list[Found]:
    """The finds in no span; both in order."""
    kept: list[Found] = []
    index = 0
    for find in found:
        while index < len(spans) and spans[index][1] <= find.start:
            index += 1
        if index == len(spans) or find.start < spans[index][0]:
            kept.append(find)
    return kept


def _simple_fences(data: bytes, until: int) -> list[tuple[int, int]] | None:
    """The fenced blocks that start before `until`, or None if a parser has to say.

    Simple are backtick fences at column one: they end every container, so nothing else matters.
    """
    if (b"~" in data and data.find(b"~~~", 0, until) != -1) or _starts_html(data, until):
        return None
    spans: list[tuple[int, int]] = []
    opened, width = -1, 0
    position = data.find(b"```", body_start(data), until)
    while position != -1:
        if position and data[position - 1] != 0x0A:
            return None  # indented, quoted, or in a line
        end = data.find(b"\n", position)
        line = data[position : end if end != -1 else len(data)]
        rest = line.lstrip(b"`")
        if opened == -1:
            if b"`" in rest:
                return None
            opened, width = position, len(line) - len(rest)
        elif len(line) - len(rest) >= width and not rest.strip():
            spans.append((opened, position + len(line)))
            opened = -1
        position = -1 if end == -1 else data.find(b"```", end, until if opened == -1 else len(data))
    if opened != -1:
        spans.append((opened, len(data)))
    return spans


def _starts_html(data: bytes, until: int) -> bool:
    """Does a comment, or a line that may start an HTML block, stand before `until`?"""
    position = data.find(b"<", 0, until)
    while position != -1:
        window = max(0, position - 512)
        line = data.rfind(b"\n", window, position) + 1 or window
        if data.startswith(b"<!--", position):
            return True
        if not data[line:position].strip(b" \t>-+*0123456789.)") and not data.startswith(
            b"<codex://", position
        ):
            return True
        position = data.find(b"<", position + 1, until)
    return False


def _could_be_indented(data: bytes, found: Sequence[Found]) -> bool:
    """May a find's line be indented code: four columns of white space somewhere in its leading marks?"""
    before = 0
    for find in found:
        if find.line != before:
            before = find.line
            line = data.rfind(b"\n", 0, find.start) + 1
            if find.start != line and _MAYBE_INDENTED.match(data, line, min(find.start, line + 512)):
                return True
    return False


def _skipped(data: bytes) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """The byte spans of code blocks and of HTML comments, by markdown-it's block structure."""
    body = body_start(data)
    if len(data) > MAX_PARSED:
        blocks = Blocks(data)
        blocks.read(body)
        return blocks.code, blocks.comments
    from markdown_it import MarkdownIt  # 50 ms: only when a Markdown file with a find needs it

    parser = MarkdownIt("commonmark")
    parser.core.ruler.enableOnly(["normalize", "block"])
    text = data[body:].replace(b"\r\n", b"\n").replace(b"\r", b" ").decode("utf-8", "surrogateescape")
    starts = _line_starts(data, body)
    code: list[tuple[int, int]] = []
    comments: list[tuple[int, int]] = []
    for token in parser.parse(text):
        if token.map is None or token.type not in ("fence", "code_block", "html_block", "inline"):
            continue
        span = (starts[token.map[0]], starts[min(token.map[1], len(starts) - 1)])
        if token.type in ("fence", "code_block"):
            code.append(span)
        else:
            comments += _comments(data, span, block=token.type == "html_block")
    return code, comments


def _line_starts(data: bytes, body: int) -> list[int]:
    starts = [body]
    position = data.find(b"\n", body)
    while position != -1:
        starts.append(position + 1)
        position = data.find(b"\n", position + 1)
    starts.append(len(data))
    return starts


def _comments(data: bytes, span: tuple[int, int], *, block: bool) -> list[tuple[int, int]]:
    """The comments in a block; in running text a code span is no comment, and one must be closed."""
    text = data[span[0] : span[1]]
    if b"<!--" not in text:
        return []
    if not block:
        text = CODE_SPAN.sub(lambda match: b"`" * len(match[0]), text)
    return [
        (span[0] + match.start(), span[0] + match.end())
        for match in _COMMENT.finditer(text)
        if block or match[0].endswith(b"-->")
    ]
