"""A section of a file taken apart into blocks and put together again from parts; all around it stays as it is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from codex_action.config import blocks, comments
from codex_action.config.blocks import Block, Tree
from codex_action.config.moves import Move, Path
from codex_action.config.orphans import rehome
from codex_action.config.outline import Part, outline
from codex_action.config.weave import CannotSplice, Weaver, without_blanks

__all__ = ["CannotSplice", "splice", "splice_open"]


def splice(text: str, moves: Sequence[Move], data: Any, section: Path) -> str:
    """The text with its section rearranged. Raises CannotSplice for forms that do not move by position."""
    newline = _newline(text)
    if blocks.ends(text):
        return _Splice(blocks.parse(text), newline, section).run(moves, data)
    after = _Splice(blocks.parse(text + newline), newline, section).run(moves, data)
    return after.rstrip("\r\n")


def splice_open(text: str, moves: Sequence[Move], data: Any, section: Path) -> str:
    """The same for a text without a line end, where a block scalar was the last value or is to be it now."""
    newline = _newline(text)
    if blocks.ends(text):
        raise CannotSplice
    after = _Splice(blocks.parse(blocks.closed(text) + newline), newline, section).run(moves, data)
    return after if _ends_in_block_scalar(after) else after.rstrip("\r\n")


def _ends_in_block_scalar(text: str) -> bool:
    import yaml

    try:
        return blocks.parse(text).ends_in_block_scalar
    except yaml.YAMLError as error:
        raise CannotSplice from error


def _newline(text: str) -> str:
    """The line end of the file."""
    first = next(iter(blocks.split_lines(text)), "")
    return first[len(first.rstrip("\r\n")) :] or "\n"


class _Splice:
    def __init__(self, tree: Tree, newline: str, section: Path) -> None:
        self.tree, self.newline, self.path = tree, newline, section
        comments.attach(tree)
        block = tree.index.get(section)
        if block is None or block.kind == "alias" or block.in_flow or block.odd:
            raise CannotSplice
        self.section: Block = block

    def run(self, moves: Sequence[Move], data: Any) -> str:
        part = outline(moves, data, self.tree.index, self.path)
        header = self._header() if self.section.below else []
        left = rehome(self.section, part)
        if not self.section.below:
            left = [f"{note}\n" for note in self._inside()] + left
        weaver = Weaver(self.tree, self.newline)
        column = self._column(weaver)
        lines = self._lines(weaver, part, column)
        lines = without_blanks(lines) if header else lines
        while left and not left[-1].strip():
            left.pop()
        lines += weaver.notes(left, column)
        return self._block(weaver, lines, part) if self.section.below else self._flow(lines, part)

    def _header(self) -> list[str]:
        """The comments that open the section, up to the last blank line: they belong to all of it."""
        first = self.section.children[0]
        blank = [number for number, line in enumerate(first.lead) if not line.strip()]
        if not blank or not any(line.strip() for line in first.lead[: blank[-1]]):
            return []
        header, first.lead = first.lead[: blank[-1] + 1], first.lead[blank[-1] + 1 :]
        return header

    def _lines(self, weaver: Weaver, part: Part, column: int) -> list[str]:
        children = part.children or []
        return weaver.parts(children, column, items=False, origin=self.section, airy=_airy(self.section))

    def _column(self, weaver: Weaver) -> int:
        if self.section.below:
            return self.section.children[0].column
        return 0 if self.section is self.tree.root else self.section.column + weaver.step

    def _inside(self) -> list[str]:
        """Comments of a section in brackets that no key of it has."""
        section = self.section
        return [
            *(note for at, note in section.eol if section.value_start <= at < section.end),
            *section.inner,
        ]

    def _block(self, weaver: Weaver, lines: list[str], part: Part) -> str:
        """The section's lines instead of its old ones, from below its header to above the comments that close it."""
        tree, first = self.tree, self.section.children[0]
        if first.line == self.section.line:
            raise CannotSplice
        start = tree.starts[first.line - len(first.lead)]
        stop = self.section.children[-1].last_tail + 1
        end = tree.starts[stop] if stop < len(tree.starts) else len(tree.text)
        before = tree.text[:start]
        if not part.children and self.section is tree.root:
            lines = [*lines, "{}" + self.newline]
        elif not part.children:
            at = tree.text.index(":", self.section.head_end) + 1
            before = f"{before[:at]} {{}}{before[at:]}"
        rest = tree.text[end:]
        if part.children and weaver.keeps_blanks(part):
            rest = "".join(without_blanks(blocks.split_lines(rest)))
        return before + "".join(lines) + rest

    def _flow(self, lines: list[str], part: Part) -> str:
        """A section in brackets, or an empty one, becomes a block; what stands behind it stays behind its key."""
        tree, section = self.tree, self.section
        before, after = tree.text[: section.value_start], tree.text[section.end :]
        rest = blocks.split_lines(after)[0] if after else ""
        after = after[len(rest) :]
        if section is tree.root:
            lines = [*([] if part.children else ["{}" + self.newline]), *lines]
            rest = rest.strip() and rest.lstrip()
            gap = "" if not before or before.endswith(("\n", "\r")) else self.newline
            return before.rstrip(" ") + gap + "".join(lines) + rest + after
        value = "" if part.children else " {}"
        return before.rstrip() + value + (rest if rest.strip() else self.newline) + "".join(lines) + after


def _airy(section: Block) -> bool:
    """Whether the section's keys stand apart, with blank lines between them."""
    others = section.children[1:]
    apart = sum(1 for block in others if block.lead and not block.lead[0].strip())
    return apart > 1 and apart * 2 > len(others)
