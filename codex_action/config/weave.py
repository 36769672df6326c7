"""The lines of a rewritten section: blocks of the old text put where their parts stand now, at their new depth."""

from __future__ import annotations

from collections import Counter

from codex_action.config.blocks import Block, Tree, split_lines
from codex_action.config.outline import Part
from codex_action.config.plain import key_text, value_lines

Lines = list[str]


class CannotSplice(Exception):
    """The text has a form that is not moved by its positions."""


class Weaver:
    """Writes parts with the line ends and the indentation of the file."""

    def __init__(self, tree: Tree, newline: str) -> None:
        self.tree, self.newline = tree, newline
        self.step, self.offset = file_steps(tree)

    def parts(
        self, parts: list[Part], column: int, *, items: bool, origin: Block | None, airy: bool = False
    ) -> Lines:
        """The lines of a container's children."""
        lines: Lines = []
        for number, part in enumerate(parts):
            above, body = self._part(part, column, item=items)
            fresh = number == 0 and not _still_first(part, origin)
            if fresh or (number and self.keeps_blanks(parts[number - 1])):
                above = without_blanks(above)
            if number and self._last_header(parts[number - 1]):
                above = self._after_text(above, column)
            if number and airy and (above or body)[0].strip() and not _stood_so(part, origin):
                above = [self.newline, *above]
            lines += above + body
        return lines

    def keeps_blanks(self, part: Part) -> bool:
        """Whether a part ends in a block scalar that would take blank lines after it for its own."""
        return "+" in self._last_header(part)

    def _last_header(self, part: Part) -> str:
        """The first line of the block scalar that a part ends in; nothing if it does not."""
        while part.children:
            part = part.children[-1]
        if not part.verbatim:
            return "|" if isinstance(part.value, (str, dict, list)) else ""
        block = part.block
        while block is not None and block.children and not block.tail:
            block = block.children[-1]
        if block is None or block.tail or block.style not in ("|", ">"):
            return ""
        return self.tree.text[block.value_start : block.end].partition("\n")[0].partition("#")[0]

    def _after_text(self, above: Lines, column: int) -> Lines:
        """Comments below a block scalar: the first must not stand so deep that it would be text."""
        first = next((number for number, line in enumerate(above) if line.strip()), len(above))
        deep = first < len(above) and len(above[first]) - len(above[first].lstrip()) > column
        return (
            [*above[:first], *self.notes(above[first : first + 1], column), *above[first + 1 :]]
            if deep
            else above
        )

    def notes(self, lines: Lines, column: int) -> Lines:
        """Comments from elsewhere, at this depth."""
        pad = " " * column
        return [_line(pad + line.lstrip(), self.newline) if line.strip() else self.newline for line in lines]

    def _part(self, part: Part, column: int, *, item: bool) -> tuple[Lines, Lines]:
        """The comment lines above a part, and its own lines, which start with its key or dash."""
        block = part.block
        above = self.notes(part.above, column)
        if block is not None:
            above += self._lead(block, column)
        if block is not None and block.odd:
            raise CannotSplice
        if part.verbatim and block is not None and block.in_flow:
            body = self._sliced(part, block, column, item=item, above=above)
        elif part.verbatim and block is not None:
            body = self._moved(part, block, column, item=item)
        elif part.children:
            body = self._container(part, part.children, column, item=item, above=above)
        else:
            body = self._value(part, column, item=item, above=above)
        return above, body + self.notes(part.below, column)

    def _lead(self, block: Block, column: int) -> Lines:
        if block.in_flow:
            return self.notes(block.lead, column)
        return [_shift(line, column - block.column) for line in block.lead]

    def _head(self, part: Part, column: int, *, item: bool) -> str:
        """The key and its colon, or the dash. A key that keeps its name keeps its spelling."""
        if item:
            return " " * column + "-"
        block, key = part.block, str(part.key)
        if block is None or block.item:
            return f"{' ' * column}{key_text(key)}:"
        old = self.tree.text[block.start : block.head_end]
        if block.path[-1] != key:
            return f"{' ' * column}{key_text(key, old[0])}:"
        return (
            f"{' ' * column}{old if block.in_flow else self.tree.text[block.start : self._after_head(block)]}"
            + (":" if block.in_flow else "")
        )

    def _after_head(self, block: Block) -> int:
        """Where the text after the colon or dash starts."""
        return block.head_end if block.item else self.tree.text.index(":", block.head_end) + 1

    def _moved(self, part: Part, block: Block, column: int, *, item: bool) -> Lines:
        """A block as it stands, its other lines moved as far as its first."""
        tree, line = self.tree, block.line
        first, *others = tree.lines[line : block.last_tail + 1]
        if tree.line_of(self._after_head(block)) != line:
            raise CannotSplice
        head, delta = self._head(part, column, item=item), column - block.column
        inner = block.children[0].column if block.below else -1
        if not item and block.item and block.below and block.children[0].line == line:
            delta = column + self.step - inner
            return [
                _line(head, self.newline),
                " " * (column + self.step) + first[inner:],
                *_shifted(others, delta),
            ]
        if item and not block.item and 0 <= inner <= block.column:
            delta += self.step
        rest = first[self._after_head(block) - tree.starts[line] :]
        if item and block.below and not block.item:
            rest = rest.replace("\t", "  ", 1) if rest.startswith("\t") else rest  # no tab after a bare dash
        return [head + rest, *_shifted(others, delta)]

    def _sliced(self, part: Part, block: Block, column: int, *, item: bool, above: Lines) -> Lines:
        """A value out of brackets, as the text of a block."""
        text = self.tree.text[block.value_start : block.end]
        if block.kind == "map" and not text.startswith(("{", "&", "!")):
            text = f"{{{text}}}"  # a pair in a list: [a: 1]
        first, *others = split_lines(text) or [""]
        depth = min((len(line) - len(line.lstrip()) for line in others if line.strip()), default=0)
        head = self._head(part, column, item=item)
        body = [f"{head} {first}" if text else head, *_shifted(others, column + self.step - depth)]
        outside = [note for at, note in block.eol if not block.value_start <= at < block.end]
        self._end_of_line(body, outside, "  ", above, column)
        return body

    def _end_of_line(self, body: Lines, notes: Lines, gap: str, above: Lines, column: int) -> None:
        """One comment goes behind the last line, more of them above the first."""
        behind = f"{gap}{notes[-1]}" if notes else ""
        above += self.notes(notes[:-1], column)
        body[-1] = _line(body[-1].rstrip("\r\n") + behind, self.newline)

    def _value(self, part: Part, column: int, *, item: bool, above: Lines) -> Lines:
        """A new value, with the comment that stood behind the old one."""
        value = part.value if part.children is None else {}
        inline, below = value_lines(value, column, self.step, max(2, self.offset) if item else self.offset)
        body = [self._head(part, column, item=item) + inline]
        if part.block is not None:
            notes = [note for _, note in part.block.eol]
            gap = self._gap(part.block) if inline else self._bare_gap(part.block)
            self._end_of_line(body, notes, gap, above, column)
        lines = [_line(line.rstrip("\r\n"), self.newline) for line in [*body, *below]]
        if below and isinstance(value, str) and part.block is not None:
            above += self.notes(part.block.tail, column)  # below it they would be text
            return lines
        return lines + self._tail(part.block, column)

    def _gap(self, block: Block) -> str:
        """What stood between a value and the comment behind it."""
        if not block.eol:
            return ""
        at = block.eol[-1][0]
        before = self.tree.text[self.tree.starts[self.tree.line_of(at)] : at]
        return before[len(before.rstrip(" \t")) :] or "  "

    def _bare_gap(self, block: Block) -> str:
        """The same after a key or dash that opens a block, where no tab may stand."""
        return self._gap(block).replace("\t", "  ")

    def _tail(self, block: Block | None, column: int) -> Lines:
        return [] if block is None else _shifted(block.tail, column - block.column)

    def _container(self, part: Part, children: list[Part], column: int, *, item: bool, above: Lines) -> Lines:
        block = part.block
        lines = self.parts(children, self._depth(part, column, item=item), items=part.is_list, origin=block)
        head = [self._head(part, column, item=item)]
        if block is not None:
            self._end_of_line(head, [note for _, note in block.eol], self._bare_gap(block), above, column)
        head[0] = head[0].rstrip() if not block or not block.eol else head[0].rstrip("\r\n")
        if head[0].strip() != "-":
            return [_line(head[0], self.newline), *lines, *self._tail(block, column)]
        while not lines[0].strip() or lines[0].lstrip().startswith("#"):
            above += self.notes([lines.pop(0)], column)
        first = " " * column + "-" + lines[0][column + 1 :]
        return [first, *lines[1:], *self._tail(block, column)]

    def _depth(self, part: Part, column: int, *, item: bool) -> int:
        """The column of a container's children: as far in as they were, else as the file does it."""
        block = part.block
        if block is not None and block.below and block.kind == ("list" if part.is_list else "map"):
            inward = block.children[0].column - block.column
            if inward > 0 or (part.is_list and not item):
                return column + inward
        if item:
            return column + 2
        return column + (self.offset if part.is_list else self.step)


def without_blanks(lines: Lines) -> Lines:
    """The lines from the first that is not blank."""
    first = next((number for number, line in enumerate(lines) if line.strip()), len(lines))
    return lines[first:]


def _line(text: str, newline: str) -> str:
    return text.rstrip("\r\n") + newline


def _shift(line: str, by: int) -> str:
    """A line moved to the right, or to the left as far as there is room."""
    if not line.strip() or by == 0:
        return line
    return " " * by + line if by > 0 else line[min(-by, len(line) - len(line.lstrip(" "))) :]


def _shifted(lines: Lines, by: int) -> Lines:
    return [_shift(line, by) for line in lines]


def _still_first(part: Part, origin: Block | None) -> bool:
    first = origin.children[0] if origin is not None and origin.children else None
    return first is not None and part.block is first and not part.above


def _stood_so(part: Part, origin: Block | None) -> bool:
    """Whether a part already stood below another key, without a blank line between."""
    return origin is not None and part.block in origin.children[1:]


def file_steps(tree: Tree) -> tuple[int, int]:
    """How far the file indents keys under a key, and dashes under a key."""
    steps: Counter[int] = Counter()
    offsets: Counter[int] = Counter()
    for block in tree.root.walk():
        if block.below and not block.item and not block.in_flow:
            inward = block.children[0].column - block.column
            (steps if block.kind == "map" else offsets)[inward] += 1
    offset = offsets.most_common(1)[0][0] if offsets else None
    step = steps.most_common(1)[0][0] if steps else max(2, offset or 0)
    return step, step if offset is None else offset
