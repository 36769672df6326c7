"""A new home for the comments of keys and containers that are no more."""

from __future__ import annotations

from collections.abc import Iterator

from codex_action.config.blocks import Block
from codex_action.config.outline import Part


def rehome(section: Block, root: Part) -> list[str]:
    """Give every comment of a block that has gone to a part that lives on; those with no home at all are returned.

    Home is the first part that came out of the block, the value that it was converted to, or what comes next.
    """
    homes = _homes(root)
    blocks = [block for block in section.walk() if not _inside_whole(block, homes, section)]
    order = [homes.get(id(block)) for block in blocks]
    ends, following = _ends(blocks), _following(order)
    left: list[str] = []
    for number, (block, part) in enumerate(zip(blocks, order)):
        if part is not None:
            if (
                not part.verbatim
            ):  # a value that was converted keeps the comments that stood inside of the old one
                part.above += [f"{line}\n" for line in block.inner]
            continue
        within = [part for part in order[number + 1 : ends[number] + 1] if part]
        home = within[0] if within else _converted(block, homes, section) or following[ends[number]]
        below = [line for line in block.tail if line.strip()]
        if within:
            within[-1].below += below
        (left if home is None else home.above).extend(_comments(block) + ([] if within else below))
    return left


def _ends(blocks: list[Block]) -> list[int]:
    """For each block, where the last one under it stands."""
    places = {id(block): number for number, block in enumerate(blocks)}
    ends = list(range(len(blocks)))
    for number in range(len(blocks) - 1, -1, -1):
        outer = places.get(id(blocks[number].parent))
        if outer is not None:
            ends[outer] = max(ends[outer], ends[number])
    return ends


def _homes(root: Part) -> dict[int, Part]:
    homes: dict[int, Part] = {}
    stack = list(root.children or ())
    while stack:
        part = stack.pop()
        if part.block is not None:
            homes[id(part.block)] = part
        stack += part.children or ()
    return homes


def _inside_whole(block: Block, homes: dict[int, Part], section: Block) -> bool:
    return any(homes[id(outer)].verbatim for outer in _outer(block, section) if id(outer) in homes)


def _outer(block: Block, section: Block) -> Iterator[Block]:
    outer = block.parent
    while outer is not None and outer is not section:
        yield outer
        outer = outer.parent


def _converted(block: Block, homes: dict[int, Part], section: Block) -> Part | None:
    return next((homes[id(outer)] for outer in _outer(block, section) if id(outer) in homes), None)


def _following(order: list[Part | None]) -> list[Part | None]:
    """For each block, the first part after it."""
    following: list[Part | None] = []
    home: Part | None = None
    for part in reversed(order):
        following.append(home)
        home = part or home
    return following[::-1]


def _comments(block: Block) -> list[str]:
    lead = block.lead if any(line.strip() for line in block.lead) else []
    return [*lead, *(f"{text}\n" for _, text in block.eol), *(f"{text}\n" for text in block.inner)]
