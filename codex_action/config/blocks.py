"""The text of a YAML file as a tree of blocks: where each key or list item starts and ends, to the character.

# lead of `a`                <- own lines above the key
a: 1    # eol of `a`         <- on its last line (its first, where blocks follow)
list:
  - x
    # tail of `- x`          <- deeper than the item, hence its own
  # tail of `list`
# lead of `b`
b: 2
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from codex_action.config.moves import Path

_LINES = re.compile(r"[^\r\n\x85\u2028\u2029]*(?:\r\n|[\r\n\x85\u2028\u2029])|[^\r\n\x85\u2028\u2029]+\Z")
_OWN_LINE = re.compile(r"[ \t]*(?:-[ \t]+)*")
_HEADER = re.compile(r"([|>][0-9]?)[-+]?([0-9]?)")
_INDENT = re.compile(r" *")


@dataclass(eq=False)
class Block:
    """A key with its value, or a list item. Offsets count characters; `end` is where its content ends."""

    path: Path
    parent: Block | None
    start: int  # of the key, or of the item's dash
    head_end: int = 0  # after the key, or after the dash
    value_start: int = 0
    end: int = 0
    kind: str = "scalar"  # map | list | scalar | alias
    style: str = ""  # of a scalar: ' " | > or nothing
    flow: bool = False  # its value is written in brackets
    in_flow: bool = False  # it stands in brackets itself
    item: bool = False
    odd: bool = False  # an explicit key, which only moves along with what is around it
    column: int = 0
    line: int = 0
    last_line: int = 0  # of its content
    last_tail: int = 0  # of its content and tails
    children: list[Block] = field(default_factory=list)
    lead: list[str] = field(default_factory=list)
    eol: list[tuple[int, str]] = field(default_factory=list)
    inner: list[str] = field(default_factory=list)
    tail: list[str] = field(default_factory=list)

    @property
    def below(self) -> bool:
        """Whether its value is a block collection."""
        return self.kind in ("map", "list") and not self.flow

    def walk(self) -> Iterator[Block]:
        """All blocks under this one, in the order of the text."""
        for child in self.children:
            yield child
            yield from child.walk()


@dataclass
class Tree:
    """A file as blocks. `spans` are the scalars, in order; `first` and `last` bound the document's lines."""

    text: str
    root: Block
    index: dict[Path, Block]
    spans: list[tuple[int, int, str]]
    lines: list[str]
    starts: list[int]
    first: int = 0
    last: int = 0

    @property
    def ends_in_block_scalar(self) -> bool:
        """Whether the last value is one whose line ends count."""
        return bool(self.spans) and self.spans[-1][2] in ("|", ">")

    def line_of(self, offset: int) -> int:
        """The line, from 0, that an offset stands in."""
        return bisect_right(self.starts, offset) - 1


def split_lines(text: str) -> list[str]:
    """The lines of a text as YAML breaks them, each with its line end."""
    return _LINES.findall(text)


def ends(text: str) -> bool:
    """Whether a text's last line has its end."""
    return not text or text.endswith(("\n", "\r"))


def closed(text: str) -> str:
    """A block scalar that ends with the file, without a line end, says so itself, so that more can come after it."""
    tree = None if ends(text) else parse(text)
    if tree is None or not tree.ends_in_block_scalar:
        return text
    start = tree.spans[-1][0]
    return text[:start] + _HEADER.sub(r"\1-\2", text[start:], count=1)


def parse(text: str) -> Tree:
    """The blocks of a text that yaml12 has read without complaint."""
    import yaml

    lines = split_lines(text)
    starts, offset = [], 0
    for line in lines:
        starts.append(offset)
        offset += len(line)
    tree = Tree(text, Block((), None, 0, column=-1, line=-1), {}, [], lines, starts or [0])
    _Parser(tree).run(yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)))
    return tree


class _Parser:
    def __init__(self, tree: Tree) -> None:
        self.tree, self.text = tree, tree.text

    def run(self, events: Iterator[Any]) -> None:
        tree, root = self.tree, self.tree.root
        tree.index[()] = root
        tree.last = len(tree.lines)
        next(events)
        start = next(events)
        if type(start).__name__ == "StreamEndEvent":
            root.value_start = root.end = len(self.text)
            return
        tree.first = tree.line_of(start.end_mark.index) + 1 if start.explicit else 0
        self._value(root, next(events), events)
        end = next(events)
        if end.explicit:
            tree.last = tree.line_of(end.start_mark.index)
        root.last_line = tree.line_of(root.end)

    def _value(self, block: Block, event: Any, events: Iterator[Any]) -> None:
        """Fill a block with the value that an event starts."""
        name = type(event).__name__
        block.value_start, block.end = event.start_mark.index, event.end_mark.index
        if name == "AliasEvent":
            block.kind = "alias"
        elif name == "ScalarEvent":
            self._scalar(block, event)
        else:
            block.kind = "list" if name.startswith("Sequence") else "map"
            block.flow = bool(event.flow_style)
            fill = self._items if block.kind == "list" else self._keys
            last = fill(block, event, events)
            block.end = last.end_mark.index if block.flow else block.children[-1].end
        if name in ("AliasEvent", "ScalarEvent"):
            self.tree.spans.append((block.value_start, event.end_mark.index, block.style))

    def _scalar(self, block: Block, event: Any) -> None:
        block.style = event.style or ""
        if block.style in ("|", ">"):
            block.end = self._scalar_end(block.value_start, event.end_mark.index)

    def _scalar_end(self, start: int, end: int) -> int:
        """Where a block scalar's last line ends; blank lines after it are its own only if it keeps them."""
        lines = split_lines(self.text[start:end])
        if "+" not in lines[0].split("#")[0]:
            depth = min((_indent(line) for line in lines[1:] if line.strip()), default=1 << 30)
            while len(lines) > 1 and not lines[-1].strip() and len(lines[-1].rstrip("\r\n")) <= depth:
                lines.pop()
        return start + sum(map(len, lines[:-1])) + len(lines[-1].rstrip("\r\n"))

    def _items(self, block: Block, event: Any, events: Iterator[Any]) -> Any:
        cursor = event.start_mark.index
        for item in events:
            if type(item).__name__ == "SequenceEndEvent":
                break
            start = item.start_mark.index if block.flow else self._dash(cursor)
            child = Block((*block.path, len(block.children)), block, start, start + 1, item=True)
            self._child(block, child, item, events)
            cursor = child.end
        return item

    def _keys(self, block: Block, _: Any, events: Iterator[Any]) -> Any:
        for key in events:
            if type(key).__name__ == "MappingEndEvent":
                break
            start, end = key.start_mark.index, key.end_mark.index
            self.tree.spans.append((start, end, key.style or ""))
            child = Block((*block.path, key.value), block, start, end)
            merging = key.value == "<<" and key.implicit[0]
            self._child(block, child, next(events), events, known=not merging)
        return key

    def _child(
        self, block: Block, child: Block, event: Any, events: Iterator[Any], *, known: bool = True
    ) -> None:
        tree = self.tree
        child.in_flow = block.flow or block.in_flow
        child.line = tree.line_of(child.start)
        child.column = child.start - tree.starts[child.line]
        before = self.text[tree.starts[child.line] : child.start]
        child.odd = not child.in_flow and not _OWN_LINE.fullmatch(before)
        block.children.append(child)
        if known:
            tree.index[child.path] = child
        self._value(child, event, events)
        child.last_line = child.last_tail = tree.line_of(child.end)

    def _dash(self, cursor: int) -> int:
        """The next dash of a list: past blanks, comments, anchors and tags."""
        text = self.text
        while text[cursor] != "-":
            if text[cursor] == "#":
                cursor = self.tree.starts[self.tree.line_of(cursor) + 1]
            elif text[cursor] in "&!":
                cursor = re.compile(r"\S+").match(text, cursor).end()  # type: ignore[union-attr]
            else:
                cursor += 1
        return cursor


def _indent(line: str) -> int:
    return _INDENT.match(line).end()  # type: ignore[union-attr]
