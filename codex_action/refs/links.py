"""Relative links in Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterator

CODE_SPAN = re.compile(rb"(?<!`)(`+)(?!`)[^\n]*?(?<!`)\1(?!`)")
_LINK = re.compile(
    rb"\]\([ \t]*<?(?P<inline>\.\.?/[^)\s>\"']*)|^[ \t]{0,3}\[[^\]\n]+\]:[ \t]*<?(?P<definition>\.\.?/[^\s>]*)",
    re.MULTILINE,
)


def relative_links(data: bytes) -> Iterator[tuple[int, int]]:
    """The byte spans of link targets that start with `./` or `../`, inline and in definitions."""
    if b"`" in data:  # inline code shows a link, it is none
        data = CODE_SPAN.sub(lambda match: b"`" * len(match[0]), data)
    for match in _LINK.finditer(data):
        yield match.span(match.lastgroup or 0)
