"""Where each value of a migrated configuration comes from: what data, text and report are made of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, Union

Path = tuple[Union[str, int], ...]


class Move(NamedTuple):
    """A value of the new configuration: `source` is its path in the old one, None if it is new.

    A mapping or a list may move whole. Lists that are put together move item by item, the target's last part
    counting from 0. Values that are equal moved unchanged, comments and all; others were converted and keep
    their key's comments.
    """

    source: Path | None
    target: Path
    value: Any


def build(moves: Sequence[Move]) -> dict[str, Any]:
    """The configuration that the moves make, keys in the order they first come."""
    root: dict[str, Any] = {}
    for move in moves:
        _put(root, move.target, move.value)
    return root


def _put(root: Any, path: Path, value: Any) -> None:
    for part, following in zip(path, path[1:]):
        empty: Any = [] if isinstance(following, int) else {}
        if isinstance(root, list):
            if part == len(root):
                root.append(empty)
            root = root[int(part)]
        else:
            root = root.setdefault(part, empty)
    if isinstance(root, list):
        root.append(value)
    else:
        root[path[-1]] = value
