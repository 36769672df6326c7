"""Which parts of a Markdown text are code or comments.

markdown-it knows the block structure; it is asked only when a find could be in code or in a comment at all
and the simple case does not settle it: fences at column one, which close every container, and no HTML before.
"""

from __future__ import annotations

import re
from typing import Iterator, Sequence

from codex_action.refs.scan import BOM, DIRECTIVE, FIXED_DIRECTIVE, Found

_FENCE = re.compile(rb"(`{3,}|~{3,})([^\n]*)")
_MAYBE_INDENTED = re.compile(rb"[ \t>\-+*0-9.)]*?(?: {4}|\t)")
_FRONTMATTER = re.compile(rb"(?:\xef\xbb\xbf)?---[ \t]*\r?\n(?:[^\n]*\n)*?(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)")
_CODE_SPAN = re.compile(rb"(?<!`)(`+)(?!`)[^\n]*?(?<!`)\1(?!`)")
_COMMENT = re.compile(rb"<!--.*?(?:-->|\Z)", re.DOTALL)
# Above this a text is read line by line only: the block parser takes seconds per megabyte.
MAX_PARSED = 8 * 1024 * 1024


def outside_code(data: bytes, found: Sequence[Found]) -> list[Found]:
    """The finds that are neither in fenced or indented code nor in an HTML comment; directives may be in comments."""
    if not found:
        return []
    simple = _simple_fences(data, found[-1].start)
    if simple is not None and not any(_could_be_indented(data, find) for find in found):
        return [find for find in found if not _inside(find.start, simple)]
    code, comments = _skipped(data)
    return [
        find
        for find in found
        if not _inside(find.start, code)
        and (find.kind in (DIRECTIVE, FIXED_DIRECTIVE) or not _inside(find.start, comments))
    ]


def _inside(position: int, spans: Sequence[tuple[int, int]]) -> bool:
    return any(start <= position < end for start, end in spans)


def _simple_fences(data: bytes, until: int) -> list[tuple[int, int]] | None:
    """The fenced blocks that start before `until`, or None if a parser has to say."""
    if _starts_html(data, until):
        return None
    spans: list[tuple[int, int]] = []
    opened: tuple[int, bytes] | None = None
    for position in _marks(data, _body_start(data)):
        if position >= until and opened is None:
            break
        match = _FENCE.match(data, position)
        if match is None or (position and data[position - 1] != 0x0A):
            return None  # indented, quoted, or inline: containers matter
        marks, rest = match[1], match[2]
        if opened is None:
            if marks[0] == 0x60 and b"`" in rest:
                return None
            opened = (position, marks)
        elif marks[0] == opened[1][0] and len(marks) >= len(opened[1]) and not rest.strip():
            spans.append((opened[0], match.end()))
            opened = None
    if opened:
        spans.append((opened[0], len(data)))
    return spans


def _marks(data: bytes, start: int) -> Iterator[int]:
    """Where runs of three or more backticks or tildes start, one a line."""
    backticks, tildes = data.find(b"```", start), data.find(b"~~~", start)
    while backticks != -1 or tildes != -1:
        position = min(mark for mark in (backticks, tildes) if mark != -1)
        yield position
        line_end = data.find(b"\n", position)
        if line_end == -1:
            return
        if backticks == position or -1 < backticks < line_end:
            backticks = data.find(b"```", line_end)
        if tildes == position or -1 < tildes < line_end:
            tildes = data.find(b"~~~", line_end)


def _starts_html(data: bytes, until: int) -> bool:
    """Does a comment, or a line that may start an HTML block, stand before `until`?"""
    position = data.find(b"<", 0, until)
    while position != -1:
        window = max(0, position - 512)
        line = data.rfind(b"\n", window, position) + 1 or window
        if data.startswith(b"<!--", position):
            return True
        if not data[line:position].strip(b" \t>-+*0123456789.)") and not data.startswith(b"<codex://", position):
            return True
        position = data.find(b"<", position + 1, until)
    return False


def _could_be_indented(data: bytes, find: Found) -> bool:
    """May the find's line be indented code: four columns of white space somewhere in its leading marks?"""
    line = data.rfind(b"\n", 0, find.start) + 1
    return _MAYBE_INDENTED.match(data, line, min(find.start, line + 512)) is not None


def _skipped(data: bytes) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """The byte spans of code blocks and of HTML comments, by markdown-it's block structure."""
    from markdown_it import MarkdownIt  # 50 ms: only when a Markdown file with a find needs it

    body = _body_start(data)
    if len(data) > MAX_PARSED:
        return _fences_by_line(data), [match.span() for match in _COMMENT.finditer(data)]
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


def _body_start(data: bytes) -> int:
    """Past the BOM and the YAML front matter, which is no Markdown."""
    match = _FRONTMATTER.match(data, 0, 65536)
    return match.end() if match else len(BOM) if data.startswith(BOM) else 0


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
        text = _CODE_SPAN.sub(lambda match: b"`" * len(match[0]), text)
    return [
        (span[0] + match.start(), span[0] + match.end())
        for match in _COMMENT.finditer(text)
        if block or match[0].endswith(b"-->")
    ]


def _fences_by_line(data: bytes) -> list[tuple[int, int]]:
    """Fenced blocks of a text too large for the parser, whatever container they stand in."""
    spans: list[tuple[int, int]] = []
    opened: re.Match[bytes] | None = None
    for match in re.finditer(rb"^[ \t>]*(`{3,}|~{3,})([^\n]*)", data, re.MULTILINE):
        if opened is None:
            opened = match
        elif match[1][:1] == opened[1][:1] and len(match[1]) >= len(opened[1]) and not match[2].strip():
            spans.append((opened.start(), match.end()))
            opened = None
    if opened:
        spans.append((opened.start(), len(data)))
    return spans
