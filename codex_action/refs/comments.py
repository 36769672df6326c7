"""`codex-ignore` comments: recognised right after a comment's opening, in any comment syntax."""

from __future__ import annotations

import re
from typing import NamedTuple

from codex_action.refs.links import CODE_SPAN

# What follows the word must look like rules, or be nothing: a mistyped rule must not silence all of them.
_DIRECTIVE = re.compile(
    rb"codex-ignore(?:-next-line|-start|-end)?(?!\w|-(?!->)|[ \t]*\{)"
    rb"(?:[ \t]*[: \t\[(][ \t]*(?i:codex)[\w]*(?:[ \t]*[, \t][ \t]*(?i:codex)\w*)*[\])]?)?"
)
# A sign that opens a comment stands at the start of a line or after a blank; `--` needs a blank behind it too.
_OPENER = re.compile(
    rb"(?:(?P<html><!--)|(?P<braces>\{/\*)|(?P<block>/\*+)|(?P<link>\[//\]: # [(\"'])|(?P<lua>--\[\[)|(?P<haskell>\{-)"
    rb"|(?:(?<=\s)|(?<![^\n])|(?<=\xef\xbb\xbf))"
    rb"(?P<line>#+|//+|--(?=[ \t])|;+|%+|\.\.(?=[ \t])|::(?=[ \t])|\bREM(?=[ \t])|\{#|\(\*))[ \t]*$"
)
_BOM = b"\xef\xbb\xbf"
_STAR = re.compile(rb"^[ \t]*\*[ \t]+$")
_CLOSERS = {"html": b"-->", "braces": b"*/}", "block": b"*/", "lua": b"]]", "haskell": b"-}"}
_IN_MARKDOWN = frozenset(("html", "braces", "link"))


_FRONTMATTER = re.compile(rb"(?:\xef\xbb\xbf)?---[ \t]*\r?\n(?:[^\n]*\n)*?(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)")


class Directive(NamedTuple):
    """A directive's text, and its bytes: the whole comment if it is `removable`, that is, holds nothing else."""

    text: str
    span: tuple[int, int]
    removable: bool


def find_directive(data: bytes, position: int, *, body: int) -> Directive | None:
    """The directive whose word starts at `position`, or None if no comment opens right before it.

    From `body` on the text is Markdown: only its comments count, and none shown as inline code.
    """
    match = _DIRECTIVE.match(data, position)
    if not match:
        return None
    text = match[0].decode("ascii")
    window = max(0, position - 64)  # an opener stands close by; a line may be very long
    line_start = data.rfind(b"\n", window, position) + 1 or window
    opener = _OPENER.search(data, line_start, position)
    if opener is None:
        starred = _STAR.match(data[line_start:position]) and position < body
        return Directive(text, match.span(), removable=False) if starred else None
    style = opener.lastgroup or "line"
    if position >= body and (style not in _IN_MARKDOWN or _is_inline_code(data, position)):
        return None
    end = _comment_end(data, match.end(), style)
    if end is None:
        return Directive(text, match.span(), removable=False)
    return Directive(text, (opener.start(), end), removable=True)


def _is_inline_code(data: bytes, position: int) -> bool:
    """Does the place lie in a code span? What is far away on a very long line is not looked at."""
    first, last = max(0, position - 1000), position + 1000
    start, end = data.rfind(b"\n", first, position), data.find(b"\n", position, last)
    spans = CODE_SPAN.finditer(data, start + 1 or first, last if end == -1 else end)
    return any(span.start() < position < span.end() for span in spans)


def _comment_end(data: bytes, position: int, style: str) -> int | None:
    """Where the comment ends, if only blanks stand between the directive and there."""
    line_end = data.find(b"\n", position)
    rest = data[position : line_end if line_end != -1 else len(data)]
    stripped = rest.lstrip(b" \t")
    at = position + len(rest) - len(stripped)
    if style == "line":
        return position if not stripped.strip() else None
    if style == "link":
        return at + 1 if stripped[:1] in (b")", b'"', b"'") else None
    closer = _CLOSERS[style]
    return at + len(closer) if stripped.startswith(closer) else None


def body_start(data: bytes) -> int:
    """Past the byte order mark and the YAML front matter of a Markdown text."""
    match = _FRONTMATTER.match(data, 0, 65536)
    return match.end() if match else len(_BOM) if data.startswith(_BOM) else 0
