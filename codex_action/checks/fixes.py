"""Apply edits to bytes; everything outside them stays as it was."""

from __future__ import annotations

import re
from collections.abc import Iterable

from codex_action.checks.model import Edit, Finding

# A diff knows no other end of a line; str.splitlines knows ten.
_LINE = re.compile(r"[^\n]*\n|[^\n]+\Z")


def edits_of(findings: Iterable[Finding], *, unsafe: bool) -> list[Edit]:
    """The edits to make, one for a place, in order; `unsafe` takes the likely ones too."""
    chosen: list[Edit] = []
    wanted = sorted(item.edit for item in findings if item.edit is not None and (unsafe or not item.unsafe))
    for edit in wanted:
        if not chosen or edit.start >= chosen[-1].end:
            chosen.append(edit)
    return chosen


def apply_edits(data: bytes, edits: Iterable[Edit]) -> bytes:
    """The bytes with the edits made; they must be in order and apart, as `edits_of` gives them."""
    pieces: list[bytes] = []
    position = 0
    for edit in edits:
        start, end = (edit.start, edit.end) if edit.text else _widened(data, edit)
        pieces += (data[position : max(position, start)], edit.text.encode("utf-8", "surrogateescape"))
        position = max(position, end)
    return b"".join((*pieces, data[position:]))


def _widened(data: bytes, edit: Edit) -> tuple[int, int]:
    """A comment that goes takes the blanks before it along, and its line if nothing else is on it."""
    line_start = data.rfind(b"\n", 0, edit.start) + 1
    line_end = data.find(b"\n", edit.end)
    line_end = len(data) if line_end == -1 else line_end + 1
    if not data[line_start : edit.start].strip() and not data[edit.end : line_end].strip():
        return line_start, line_end
    before = data[line_start : edit.start]
    return edit.start - (len(before) - len(before.rstrip(b" \t"))), edit.end


def unified_diff(path: str, before: bytes, after: bytes) -> str:
    """The change as a unified diff; bytes that are no UTF-8 as surrogates."""
    from difflib import unified_diff as diff

    old, new = (_LINE.findall(data.decode("utf-8", "surrogateescape")) for data in (before, after))
    lines = [
        line if line.endswith("\n") else line + "\n\\ No newline at end of file\n"
        for line in diff(old, new, f"a/{path}", f"b/{path}")
    ]
    return "".join(lines)
