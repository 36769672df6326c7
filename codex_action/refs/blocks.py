"""Code and comments of a Markdown text that is too large for a parser: its blocks, line by line.

Of CommonMark's block structure it knows what decides about code: quotes, list items, fences, indentation, comments.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from codex_action.refs.links import CODE_SPAN

Spans = list[tuple[int, int]]

_QUOTES = re.compile(rb"(?: {0,3}> ?)*")
_BREAK = re.compile(rb"([-*_=])(?:[ \t]*\1){2,}[ \t]*$")
_MARKER = re.compile(rb"(?:[-+*]|(?P<number>\d{1,9})[.)])(?=[ \t]|$)")
_FENCE = re.compile(rb"(?P<sign>`{3,})(?=[^`]*$)|(?P<tildes>~{3,})")
_COMMENT = re.compile(rb"<!--")
_HEADING = re.compile(rb"#{1,6}(?:[ \t]|$)")
# A block of HTML goes on to a blank line, with no code in it: by these names, or with only a tag in its first line.
_HTML = re.compile(
    rb"</?(?:details|div|dd|dl|dt|h[1-6]|li|ol|p|section|summary|table|tbody|td|th|thead|tr|ul)(?:[\s/>]|$)"
    rb"|</?[A-Za-z][\w-]*(?:[\s/][^<>]*)?>[ \t]*$"
)
_INTERRUPTING = (_MARKER, _FENCE, _HEADING, _BREAK, _COMMENT, _HTML)  # a paragraph ends before them
_BLANK_LINE = re.compile(rb"\n[ \t>]*\r?\n")


class _Fence(NamedTuple):
    """An open fence: where it starts, its signs, and the container it ends with."""

    start: int
    signs: bytes
    column: int
    quoted: bool


class _Ahead:
    """Where a pattern is met next; asked for places that only grow, it looks at each byte once."""

    def __init__(self, data: bytes, pattern: re.Pattern[bytes]) -> None:
        self._data, self._pattern, self._at = data, pattern, -1

    def __call__(self, position: int) -> int:
        """The next place, or one behind the end."""
        if self._at < position:
            found = self._pattern.search(self._data, position)
            self._at = found.start() if found else len(self._data) + 1
        return self._at


class Blocks:
    """The bytes of code and of comments, in order, once `read` has been called."""

    def __init__(self, data: bytes) -> None:
        self.code: Spans = []
        self.comments: Spans = []
        self._data = data
        self._closer = _Ahead(data, re.compile(rb"-->"))
        self._blank_line = _Ahead(data, _BLANK_LINE)
        self._items: list[int] = []  # the columns at which the texts of the open list items start
        self._fence: _Fence | None = None
        self._listed = False  # were there any before the line at hand?
        self._quoted = False
        self._paragraph = False  # did the line before leave one open?
        self._html = False  # and a block of HTML?
        self._text_end = 0  # of the line at hand

    def read(self, position: int) -> None:
        """Go through the text from a line's start."""
        while position < len(self._data):
            end = self._data.find(b"\n", position)
            end = len(self._data) if end == -1 else end + 1
            position = self._line(position, end)
        if self._fence:
            self._close(self._fence, len(self._data))

    def _close(self, fence: _Fence, end: int) -> None:
        self.code.append((fence.start, end))
        self._fence = None

    def _line(self, start: int, end: int) -> int:
        """Where to go on: behind the line, or further if a comment that begins in it does not end there."""
        if self._is_plain(start, end):
            self._paragraph = True
            return end
        line = self._data[start:end].rstrip(b"\r\n")
        self._text_end = start + len(line)
        quotes = _QUOTES.match(line)
        text = line[quotes.end() :] if quotes else line
        quoted = len(text) < len(line)
        rest = text.lstrip(b" \t")
        column = len(text[: len(text) - len(rest)].expandtabs(4))
        if self._fence and self._in_fence(self._fence, rest, column, end, start, quoted=quoted):
            return end
        if not rest:
            self._paragraph = self._html = False
            return end
        if quoted != self._quoted:
            self._quoted, self._items, self._paragraph = quoted, [], self._paragraph and not quoted
            self._html = False
        if self._html and column >= (self._items[-1] if self._items else 0):
            return self._text(rest, end, block=True)
        self._html = False
        self._leave(rest, column)
        return self._block(rest, column, start, end)

    def _is_plain(self, start: int, end: int) -> bool:
        """Does it start with a letter, in no container and without a comment? Speed only."""
        inside = self._fence or self._items or self._quoted or self._html
        return (
            not inside
            and self._data[start : start + 1].isalpha()
            and self._data.find(b"<!--", start, end) == -1
        )

    def _in_fence(
        self, fence: _Fence, rest: bytes, column: int, end: int, start: int, *, quoted: bool
    ) -> bool:
        """Does the line belong to the open fence? The last one closes it; so does one outside of its container."""
        if (fence.quoted and not quoted) or (rest and column < fence.column):
            self._close(fence, start)
            return False
        if (
            column - fence.column <= 3
            and rest.startswith(fence.signs)
            and not rest.strip(fence.signs[:1] + b" \t")
        ):
            self._close(fence, end)
        return True

    def _leave(self, rest: bytes, column: int) -> None:
        """End the list items that a line stands left of; plain text may go on with their paragraph."""
        self._listed = bool(self._items)
        if self._paragraph and not any(sign.match(rest) for sign in _INTERRUPTING):
            return
        while self._items and column < self._items[-1]:
            self._items.pop()

    def _block(self, rest: bytes, column: int, start: int, end: int) -> int:
        while True:
            if column - (self._items[-1] if self._items else 0) >= 4:
                return self._indented(rest, start, end)
            marker = None if _BREAK.match(rest) else _MARKER.match(rest)
            if marker is None or not self._starts_item(marker, rest):
                break
            inner = rest[marker.end() :].lstrip(b" \t")
            space = len(rest) - marker.end() - len(inner)
            column += marker.end() + (space if inner and space <= 4 else 1)
            self._items.append(column)
            self._paragraph = False
            if not inner:
                return end
            column, rest = column + (space - 1 if space > 4 else 0), inner
        return self._leaf(rest, start, end)

    def _starts_item(self, marker: re.Match[bytes], rest: bytes) -> bool:
        """In the middle of a paragraph only a first item with a text does."""
        first = marker["number"] in (None, b"1") and len(rest.rstrip()) > marker.end()
        return first or not self._paragraph or self._listed

    def _indented(self, rest: bytes, start: int, end: int) -> int:
        if self._paragraph:
            return self._text(rest, end)
        if self.code and self.code[-1][1] == start:
            start = self.code.pop()[0]
        self.code.append((start, end))
        return end

    def _leaf(self, rest: bytes, start: int, end: int) -> int:
        fence = _FENCE.match(rest)
        if fence:
            self._fence = _Fence(start, fence[0], self._items[-1] if self._items else 0, self._quoted)
            self._paragraph = False
            return end
        block = rest.startswith(b"<!--")
        self._html = not self._paragraph and _HTML.match(rest) is not None
        line = _BREAK.match(rest)
        ends = line is not None and (self._paragraph or line[1] != b"=")
        self._paragraph = not (block or self._html or ends or _HEADING.match(rest))
        return self._text(rest, end, block=block or self._html)

    def _text(self, rest: bytes, end: int, *, block: bool = False) -> int:
        """Note the comments that begin in a line: in running text not in a code span, and closed in its paragraph."""
        opened = self._opener(self._text_end - len(rest), end, block=block)
        while opened != -1:
            closed = self._closer(opened + 4) + 3
            last = self._container_end(end, closed) if block else len(self._data)
            if block and closed > last:
                self.comments.append((opened, last))
                return last
            if closed > len(self._data) or (not block and self._blank_line(opened) < closed):
                break
            self.comments.append((opened, closed))
            end = self._data.find(b"\n", closed) + 1 or len(self._data)
            opened = self._opener(closed, end, block=block)
        return end

    def _opener(self, start: int, end: int, *, block: bool) -> int:
        """Where a comment begins between two places of a line, or -1."""
        text = self._data[start:end]
        if b"<!--" in text and not block:
            text = CODE_SPAN.sub(lambda match: b"`" * len(match[0]), text)
        found = text.find(b"<!--")
        return found if found == -1 else start + found

    def _container_end(self, position: int, until: int) -> int:
        """Where the quote or the list item at hand ends between two places; if nowhere, the end of the text."""
        if not self._quoted and not self._items:
            return len(self._data)
        outside = rb" {0,%d}[^ \t\r\n]" % (self._items[-1] - 1) if self._items else b"(?!)"
        left = rb"^(?:(?! {0,3}>)| {0,3}> ?%s)" % outside if self._quoted else b"^" + outside
        found = re.compile(left, re.MULTILINE).search(self._data, position, until)
        return found.start() if found else len(self._data)
