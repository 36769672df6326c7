"""The one cheap question that is asked of every file: may there be a reference in it?"""

from __future__ import annotations

import re

# What every form but `$ref:` has, found by its rarest letter: half the time of a search for the word, which stops
# at every "co" and "de". Nothing that scan.py takes is missed: `codex://`, `@codex/`, `@codex:`, `[codex:`,
# `{{codex:` and `codex-ignore`.
MARK = re.compile(rb"x(?<=codex)(?:://|-ignore|(?<=@codex)[/:]|(?<=[\[{]codex):)")
# A letter that is rare in text may be every other one in data: there the word is searched for first.
LONG = 64 * 1024


def may_refer(data: bytes) -> bool:
    """Is there any of those in a text? Takes time in proportion to its length, whatever is in it."""
    return (len(data) < LONG or b"codex" in data) and MARK.search(data) is not None
