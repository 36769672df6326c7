"""The lists of a migration: patterns, excludes and providers that stood in several places become one list each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from codex_action.config.draft import ABSENT, KEPT, Draft, fits
from codex_action.config.formats import FROM_CODEX, LISTS, PATTERNS, RULES, STORAGE, Lists
from codex_action.config.moves import Path
from codex_action.config.schema import dotted

URI = "codex://"
_COPY = "the pattern; the whole rule is kept under extensions"
DIRECTION: Path = ("sync", "default_direction")


class Item(NamedTuple):
    """An item of an older list, and what of it is used; only a part of it where `copied`: then the whole also stays."""

    source: Path
    value: Any
    copied: bool


def carry_lists(draft: Draft) -> None:
    """Fill every list of version 3 from the older ones."""
    for row in LISTS:
        sources = [source for group in row.groups for source in _chosen(draft, row.target, group)]
        if not any(_items(draft, row.target, source) for source in sources):
            sources = [*sources, *row.fallback]
        _carry(draft, row, [source for source in sources if isinstance(draft.find(source), list)])


def _chosen(draft: Draft, target: Path, group: tuple[Path, ...]) -> Iterator[Path]:
    """The lists of a group that count: empty ones, and the first that is not."""
    taken: Path | None = None
    for source in group:
        value = draft.find(source)
        if not isinstance(value, list):
            if value is not ABSENT:
                draft.misfit(source, target, value)
        elif not value:
            yield source
        elif taken is None:
            taken = source if _items(draft, target, source) else None
            yield source
        elif draft.find(taken) != value:
            draft.warn(source, f"{dotted((*draft.base, *taken))} takes its place: {KEPT}")


def _items(draft: Draft, target: Path, source: Path) -> list[Item]:
    """The items of a list that can go to the target."""
    value = draft.find(source)
    found = (
        _item((*source, number), item, target)
        for number, item in enumerate(value if isinstance(value, list) else ())
    )
    items = [item for item in found if item is not None]
    return [item for item in items if _goes(draft, source, item)]


def _item(source: Path, value: Any, target: Path) -> Item | None:
    if isinstance(value, dict) and target == PATTERNS and fits((*target, 0), value.get("pattern")):
        alone = len(value) == 1
        return Item((*source, "pattern") if alone else source, value["pattern"], copied=not alone)
    if target == FROM_CODEX and not str(value).startswith(URI):
        return None
    return Item(source, value, copied=False) if fits((*target, 0), value) else None


def _goes(draft: Draft, source: Path, item: Item) -> bool:
    """A rule with a direction goes where that is the file's own."""
    if source != RULES or not item.copied:
        return True
    rule = draft.find(source)[item.source[-1]]
    return rule.get("direction", draft.filled(DIRECTION)) in (draft.filled(DIRECTION), None)


def _way(rule: Any) -> Any:
    """The direction that a rule has of its own."""
    if not isinstance(rule, dict):
        return None
    return "bidirectional" if rule.get("bidirectional") is True else rule.get("direction")


def _carry(draft: Draft, row: Lists, sources: list[Path]) -> None:
    lists = {source: (draft.find(source), _items(draft, row.target, source)) for source in sources}
    for source, (value, items) in lists.items():
        _warn_misfits(draft, source, row.target, value, items)
    used = [source for source, (_, items) in lists.items() if items]
    whole = used or sources[:1]
    if len(whole) == 1 and _is_whole(*lists[whole[0]]):
        draft.move(whole[0], row.target, lists[whole[0]][0])
    else:
        _merge(draft, row.target, [item for source in used for item in lists[source][1]])
    for source in sources:
        if draft.find(source) == []:
            draft.drop(source)
            draft.report("drop", source, None, "is an empty list")


def _is_whole(value: list[Any], items: list[Item]) -> bool:
    return len(value) == len(items) and all(item.value is part for item, part in zip(items, value))


def _merge(draft: Draft, target: Path, items: list[Item]) -> None:
    """The items one after the other; a text that stands there already is not repeated."""
    seen: dict[str, Item] = {}
    number = 0
    for item in items:
        text = item.value if isinstance(item.value, str) else ""
        if text in seen:
            _repeat(draft, item, seen[text])
            continue
        place = (*target, number)
        if item.copied:
            draft.add(place, item.value, _COPY, item.source, merged=True)
        else:
            draft.move(item.source, place, item.value, merged=True)
        number += 1
        if text:
            seen[text] = item


def _repeat(draft: Draft, item: Item, first: Item) -> None:
    if not item.copied:
        draft.drop(item.source)
        draft.report("drop", item.source, None, f"stands at {dotted((*draft.base, *first.source))} already")


def _warn_misfits(draft: Draft, source: Path, target: Path, value: list[Any], items: list[Item]) -> None:
    fine = {item.source[len(source)] for item in items}
    for item in items:
        way = _way(value[int(item.source[len(source)])])
        if way not in (None, draft.filled(DIRECTION)):
            draft.warn(
                item.source, "has a direction of its own; its pattern now goes by sync.default_direction"
            )
    for number, part in enumerate(value):
        if number in fine:
            continue
        place = (*source, number)
        if target == FROM_CODEX and isinstance(part, str):
            draft.warn(place, f"is no codex:// pattern: {KEPT}")
        elif target == STORAGE and isinstance(part, dict):
            draft.warn(place, f"is no provider of type local, github or http: {KEPT}")
        elif source == RULES and isinstance(part, dict):
            draft.warn(place, f"goes another way than sync.default_direction: {KEPT}")
        else:
            draft.misfit(place, target, part)
