"""What a rewritten section is made of: a tree of parts, each with the block of the old text that it takes along."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Union

from codex_action.config.blocks import Block
from codex_action.config.moves import Move, Path

Key = Union[str, int]


@dataclass(eq=False)
class Part:
    """A key or item of the new text: a block as it stands, a new value, or a container of parts.

    `above` and `below` are comments of blocks that are no more.
    """

    key: Key
    block: Block | None = None
    value: Any = None
    verbatim: bool = False
    children: list[Part] | None = None
    is_list: bool = False
    above: list[str] = field(default_factory=list)
    below: list[str] = field(default_factory=list)


@dataclass
class _Node:
    move: Move | None = None
    children: dict[Key, _Node] = field(default_factory=dict)


def same(one: Any, other: Any) -> bool:
    """Whether two values are equal, types and all; the order of keys apart."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(value, other[key]) for key, value in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return type(one) is type(other) and (one == other or (one != one and other != other))  # noqa: PLR0124


def lookup(data: Any, path: Path) -> Any:
    """The value at a path. Raises KeyError."""
    for part in path:
        if not (part in data if isinstance(data, dict) else part in range(_length(data))):
            raise KeyError(path)
        data = data[part]
    return data


def _length(data: Any) -> int:
    return len(data) if isinstance(data, list) else 0


def outline(moves: Sequence[Move], data: Any, index: Mapping[Path, Block], section: Path) -> Part:
    """The parts that moves make of a section's data; `claimed` blocks are those that live on."""
    root = _Node()
    for move in moves:
        _insert(root, move)
    return _Outliner(data, index, section).root(root)


def _insert(root: _Node, move: Move) -> None:
    node = root
    for part in move.target:
        if node.move is not None:
            _unfold(node)
        node = node.children.setdefault(part, _Node())
    node.move, node.children = move, {}


def _unfold(node: _Node) -> None:
    """A container that moved whole, and into which another move puts something, moves key by key."""
    source, target, value = node.move  # type: ignore[misc]
    node.move = None
    pairs = enumerate(value) if isinstance(value, list) else value.items() if isinstance(value, dict) else ()
    for key, child in pairs:
        node.children[key] = _Node(Move(source and (*source, key), (*target, key), child))


class _Outliner:
    def __init__(self, data: Any, index: Mapping[Path, Block], section: Path) -> None:
        self.data, self.index, self.section = data, index, section
        self.claimed: set[int] = set()
        self.whole: set[int] = set()

    def root(self, node: _Node) -> Part:
        self.targets = set(_container_paths(node, ()))
        self.staying = {move.source for move in _moves(node) if move.source == move.target}
        self.moved = {move.source for move in _moves(node)}
        return Part("", self.index.get(self.section), children=self._children(node, ()))

    def _children(self, node: _Node, path: Path) -> list[Part]:
        return [self._part(key, child, (*path, key)) for key, child in node.children.items()]

    def _part(self, key: Key, node: _Node, path: Path) -> Part:
        if node.move is not None:
            source = node.move.source
            stays = source != path and source in self.staying  # it has its text where it is, this gets a copy
            return self._moved(key, None if stays else source, node.move.value)
        unmoved = all(move.source in (None, move.target) for move in _moves(node))
        if unmoved and self._holds(path, _value(node)):
            return self._moved(key, path, _value(node))
        block = self._origin(node, path)
        children = self._children(node, path)
        return Part(key, block, children=children, is_list=_is_list(node))

    def _holds(self, path: Path, value: Any) -> bool:
        try:
            return same(lookup(self.data, path), value)
        except KeyError:
            return False

    def _origin(self, node: _Node, path: Path) -> Block | None:
        """The old container that lives on in this one: the same path, or the one that all children come from."""
        if self._is_container(path) and path not in self.moved:
            return self._claim(path)
        direct = [child.move.source for child in node.children.values() if child.move and child.move.source]
        parent = direct[0][:-1] if direct else ()
        alone = all(move.source[: len(parent)] == parent for move in _moves(node) if move.source)
        free = parent and alone and parent not in self.targets and parent not in self.moved
        return self._claim(parent) if free and self._is_container(parent) else None

    def _is_container(self, path: Path) -> bool:
        block = self.index.get((*self.section, *path))
        return block is not None and block.kind in ("map", "list")

    def _claim(self, source: Path | None) -> Block | None:
        """The block at a path, unless it or one around it is taken."""
        block = self.index.get((*self.section, *source)) if source is not None else None
        if block is None or source == ():
            return None
        if id(block) in self.claimed or any(id(outer) in self.whole for outer in _around(block)):
            return None
        self.claimed.add(id(block))
        return block

    def _moved(self, key: Key, source: Path | None, value: Any) -> Part:
        block = self._claim(source)
        if block is None or source is None:
            return Part(key, value=value)
        old = lookup(self.data, source)
        if same(old, value):
            self.whole.add(id(block))
            return Part(key, block, value, verbatim=True)
        if value and isinstance(old, dict) and isinstance(value, dict) and block.kind == "map":
            known = {name: (*source, name) if name in old else None for name in value}
            children = [self._moved(name, known[name], child) for name, child in value.items()]
            return Part(key, block, children=children)
        if value and isinstance(old, list) and isinstance(value, list) and block.kind == "list":
            return Part(key, block, children=self._aligned(source, old, value), is_list=True)
        return Part(key, block, value)

    def _aligned(self, source: Path, old: list[Any], new: list[Any]) -> list[Part]:
        """A list that was converted: items that are still there stay as they are, others take the old one's place."""
        free: dict[str, list[int]] = {}
        for number, item in enumerate(old):
            free.setdefault(repr(item), []).append(number)
        kept = [numbers.pop(0) if (numbers := free.get(repr(item))) else None for item in new]
        rest = {number for numbers in free.values() for number in numbers}
        parts = []
        for number, item in enumerate(new):
            origin = kept[number] if kept[number] is not None else number if number in rest else None
            parts.append(self._moved(number, None if origin is None else (*source, origin), item))
        return parts


def _around(block: Block) -> list[Block]:
    blocks = []
    outer = block.parent
    while outer is not None:
        blocks.append(outer)
        outer = outer.parent
    return blocks


def _is_list(node: _Node) -> bool:
    return bool(node.children) and isinstance(next(iter(node.children)), int)


def _value(node: _Node) -> Any:
    if node.move is not None:
        return node.move.value
    if _is_list(node):
        return [_value(child) for child in node.children.values()]
    return {key: _value(child) for key, child in node.children.items()}


def _moves(node: _Node) -> list[Move]:
    if node.move is not None:
        return [node.move]
    return [move for child in node.children.values() for move in _moves(child)]


def _container_paths(node: _Node, path: Path) -> list[Path]:
    if node.move is not None:
        return []
    below = [found for key, child in node.children.items() for found in _container_paths(child, (*path, key))]
    return [path, *below]
