"""What a comment is made of: links that lead where we say, fences that nothing inside can close, short texts."""

from __future__ import annotations

import re
from collections.abc import Sequence

from codex_action.report.safe import code, markdown, visible

_URL = re.compile(r"https?://[A-Za-z0-9.-]+(?::[0-9]{1,5})?(?:/[A-Za-z0-9._~/%?=&+,;#-]*)?")
_LONGEST_URL = 400
_LONGEST_PATH = 160
_LONGEST_SENTENCE = 300


def link(text: str, url: str) -> str:
    """Our own words, and where they lead; only the words where the URL is none that leads to a page."""
    fine = len(url) <= _LONGEST_URL and _URL.fullmatch(url)
    return f"[{text}]({url})" if fine else text


def path(text: str) -> str:
    """A foreign path, whose middle is left out if it is endless."""
    half = _LONGEST_PATH // 2
    return code(text if len(text) <= _LONGEST_PATH else f"{text[:half]}…{text[-half:]}")


def sentence(text: str, most: int = _LONGEST_SENTENCE) -> str:
    """A sentence with foreign words in it, of so many characters; at the start of a line it is no list or heading."""
    shown = markdown(text.strip() if len(text) <= most else f"{text[:most].strip()}…")
    return f"&#{ord(shown[0])};{shown[1:]}" if shown[:1] in ("-", "=") else shown


def short(sha: str) -> str:
    """A commit; GitHub makes no link of what is code."""
    return code(sha[:7])


def fenced(text: str, language: str) -> list[str]:
    """Lines as they are, in a fence that is longer than any in them."""
    lines = [visible(line) for line in text.rstrip("\n").split("\n")]
    longest = max(map(len, re.findall("`+", "\n".join(lines))), default=0)
    fence = "`" * max(3, longest + 1)
    return [f"{fence}{language}", *lines, fence]


def details(summary: str, lines: Sequence[str], *, is_open: bool = False) -> list[str]:
    """A fold; `summary` is HTML."""
    return [
        f"<details{' open' if is_open else ''}><summary>{summary}</summary>",
        "",
        *lines,
        "",
        "</details>",
        "",
    ]


def table(head: Sequence[str], rows: Sequence[Sequence[str]], missing: int, more: str) -> list[str]:
    """A table, cells as they are; how many rows are missing is said, with `more` behind it."""
    lines = [_row(head), _row([":--"] * len(head)), *map(_row, rows), ""] if rows else []
    return [*lines, *([f"… and {missing:,} more{more}", ""] if missing > 0 else [])]


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
