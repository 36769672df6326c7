"""The proof of a rewritten file: the data that was meant, every comment, untouched blocks, and the file's own form."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection
from copy import deepcopy
from typing import Any

from codex_action.config import blocks, comments, yaml12
from codex_action.config.moves import Path
from codex_action.config.outline import lookup, same
from codex_action.errors import ConfigurationError

_BOM = b"\xef\xbb\xbf"
_BREAK = re.compile(r"\r\n|[\r\n\x85\u2028\u2029]")


def prove(
    before: bytes,
    after: bytes,
    intended: Any,
    section: Path = (),
    *,
    untouched: Collection[str] | None = None,
) -> list[str]:
    """What is not as it must be; nothing if all is. `intended` is the section's data.

    `untouched` are the section's keys that must be there byte for byte, by default those whose value is the same.
    """
    try:
        old, new = yaml12.read(before).data, yaml12.read(after).data
    except ConfigurationError as error:
        return [f"it cannot be read again: {error}"]
    one, other = (blocks.parse(blocks.closed(text.decode("utf-8-sig"))) for text in (before, after))
    found = [] if same(new, with_section(old, intended, section)) else ["its data is not what was meant"]
    found += _lost_comments(one, other)
    found += _touched(one, other, _untouched(old, new, section, untouched))
    return found + _form(before, after, other)


def with_section(data: Any, value: Any, section: Path) -> Any:
    """A copy of the data with another value at a path."""
    if not section:
        return deepcopy(value)
    copy = deepcopy(data)
    lookup(copy, section[:-1])[section[-1]] = deepcopy(value)
    return copy


def _lost_comments(before: blocks.Tree, after: blocks.Tree) -> list[str]:
    old, new = (Counter(comment.text for comment in comments.find(tree)) for tree in (before, after))
    return [f"the comment {text!r} is lost" for text in old - new]


def _untouched(old: Any, new: Any, section: Path, given: Collection[str] | None) -> list[Path]:
    """The blocks that must not change: other sections, and keys that stayed."""
    paths: list[Path] = []
    for depth in range(len(section)):
        outer = lookup(old, section[:depth])
        keys = range(len(outer)) if isinstance(outer, list) else list(outer)
        paths += [(*section[:depth], key) for key in keys if key != section[depth]]
    one, other = _mapping(old, section), _mapping(new, section)
    kept = [key for key, value in one.items() if key in other and same(value, other[key])]
    return paths + [(*section, key) for key in (kept if given is None else given)]


def _mapping(data: Any, section: Path) -> dict[str, Any]:
    try:
        found = lookup(data, section)
    except KeyError:
        return {}
    return found if isinstance(found, dict) else {}


def _touched(before: blocks.Tree, after: blocks.Tree, paths: list[Path]) -> list[str]:
    return [
        f"{'.'.join(map(str, path))} was to stay as it is"
        for path in paths
        if path in before.index and not _stayed(before, after, path)
    ]


def _stayed(before: blocks.Tree, after: blocks.Tree, path: Path) -> bool:
    """Whether a block is as it was, to the byte. What comes out of brackets keeps its value, indentation apart."""
    old, new = before.index[path], after.index.get(path)
    if new is None:
        return False
    if not old.in_flow:
        return before.text[old.start : old.end] == after.text[new.start : new.end]
    sides = (before.text[old.value_start : old.end], after.text[new.value_start : new.end])
    one, other = ([line.strip() for line in blocks.split_lines(side)] for side in sides)
    return one == other


def _form(before: bytes, after: bytes, tree: blocks.Tree) -> list[str]:
    found = []
    if before.startswith(_BOM) != after.startswith(_BOM):
        found.append("the byte order mark is not as it was")
    old, new = (set(_BREAK.findall(text.decode())) for text in (before, after))
    if old and not new <= old:
        found.append("the line ends are not as they were")
    if before and bool(_ends(before)) != bool(_ends(after)) and not tree.ends_in_block_scalar:
        # in a block scalar a line end is part of the value, and cannot stay away for looks
        found.append("the end of the last line is not as it was")
    return found


def _ends(text: bytes) -> bool:
    return text.endswith((b"\n", b"\r"))
