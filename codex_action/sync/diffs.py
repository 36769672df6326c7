"""What a plan changes in texts, line by line, for those who look before they leap."""

from __future__ import annotations

import difflib
from collections.abc import Mapping

from codex_action.sync.model import Action, Plan
from codex_action.sync.stage import OTHER, Reader

_BYTES = 256 * 1024  # of a file: a longer one is not compared
_LINES = 200  # of a difference
_FILES = 200
_TOTAL = 4 * 1024 * 1024


def differences(plan: Plan, read: Reader) -> Mapping[tuple[str, str], str]:
    """The unified difference of each file that is written or deleted, by side and path.

    What is no text, too long, or no longer there has none; nor has what comes after many others.
    """
    found: dict[tuple[str, str], str] = {}
    left = _TOTAL
    for action in plan.actions:
        if len(found) >= _FILES or left <= 0:
            break
        if action.size > _BYTES:
            continue
        try:
            text = _difference(action, read)
        except (OSError, UnicodeDecodeError):
            continue
        found[action.side, action.path] = text
        left -= len(text)
    return found


def _difference(action: Action, read: Reader) -> str:
    other = OTHER[action.side]
    before = "" if action.before is None else _text(action, action.side, read)
    after = "" if action.after is None else _text(action, other, read)
    rows = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=2)
    lines = [line for line in rows if not line.startswith(("--- ", "+++ "))]
    more = [f"... {len(lines) - _LINES} more lines"] if len(lines) > _LINES else []
    return "\n".join((*lines[:_LINES], *more))


def _text(action: Action, side: str, read: Reader) -> str:
    data = bytearray()
    for chunk in read("local" if side == "local" else "codex", action.path):
        data += chunk
        if len(data) > _BYTES:
            raise UnicodeDecodeError("utf-8", b"", 0, 1, "too long")
    if b"\0" in data:
        raise UnicodeDecodeError("utf-8", b"", 0, 1, "no text")
    return data.decode("utf-8")
