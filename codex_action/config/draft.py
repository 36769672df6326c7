"""A migration in the making: what has been moved where, what was said about it, and what is left over."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from codex_action.config.formats import ADVICE, CONTAINERS, UNREAD
from codex_action.config.moves import Move, Path, build
from codex_action.config.schema import VERSION, check, dotted
from codex_action.errors import MigrationError, Problem

ABSENT: Any = object()
VERSION_PATH: Path = ("schema_version",)
EXTENSIONS: Path = ("extensions",)
KEPT = "it is kept under extensions, where nothing reads it"

_KINDS = {
    dict: "a mapping", list: "a list", str: "a text", bool: "true or false", int: "a number", float: "a number",
}  # fmt: skip


class Change(NamedTuple):
    """One line of the report: type is rename, move, convert, merge, extension or drop; paths are the whole file's."""

    type: str
    source: str
    target: str
    note: str


def fits(target: Path, value: Any) -> bool:
    """Would the value be right at its place in a configuration of version 3?"""
    config = build([Move(None, VERSION_PATH, VERSION), Move(None, target, value)])
    return not any(problem.severity == "error" for problem in check(config, {}))


def _advice(source: Path) -> str:
    return f"; {ADVICE[source]}" if source in ADVICE else ""


def kind(value: Any) -> str:
    """What a value is, for messages: never the value, which may be a secret."""
    return _KINDS.get(type(value), "a value")


class Draft:
    """Collects moves, changes and warnings; a source moves once, a target is filled once."""

    def __init__(self, config: Mapping[str, Any], base: Path) -> None:
        self.config = config
        self.base = base
        self.moves: list[Move] = []
        self.changes: list[Change] = []
        self.warnings: list[Problem] = []
        self._warned: set[Path] = set()
        self._taken: set[Path] = set()
        self._above: set[Path] = set()  # what has a part that was taken
        self._filled: dict[Path, Any] = {}

    def find(self, path: Path) -> Any:
        """The value at a path of keys that has not been taken, or ABSENT."""
        value: Any = self.config
        for length, key in enumerate(path):
            if not isinstance(value, Mapping) or key not in value or path[: length + 1] in self._taken:
                return ABSENT
            value = value[key]
        return value

    def filled(self, target: Path) -> Any:
        """What has been put at a target, or ABSENT."""
        return self._filled.get(target, ABSENT)

    def move(self, source: Path, target: Path, value: Any, *, note: str = "", merged: bool = False) -> None:
        """Take the value at `source`; what it becomes goes to `target`."""
        self.drop(source)
        self._put(Move(source, target, value))
        if merged:
            self.report("merge", source, target, note)
        elif note:
            self.report("convert", source, target, note)
        elif source != target:
            self.report("rename" if source[:-1] == target[:-1] else "move", source, target, "")

    def add(
        self, target: Path, value: Any, note: str, source: Path | None = None, *, merged: bool = False
    ) -> None:
        """A value that is new, or a copy of one that stays where it is."""
        self._put(Move(None, target, value))
        self.report("merge" if merged else "convert", source, target, note)

    def drop(self, source: Path) -> None:
        """A value that will not be left over."""
        self._taken.add(source)
        self._above.update(source[:length] for length in range(len(source)))

    def _put(self, move: Move) -> None:
        self.moves.append(move)
        self._filled[move.target] = move.value

    def report(self, kind: str, source: Path | None, target: Path | None, note: str) -> None:
        """A line of the report."""
        names = ["" if path is None else dotted((*self.base, *path)) for path in (source, target)]
        self.changes.append(Change(kind, names[0], names[1], note))

    def warn(self, path: Path, message: str) -> None:
        """Something that a person should look at."""
        self._warned.add(path)
        self.warnings.append(Problem(message, dotted((*self.base, *path)), severity="warning"))

    def misfit(self, source: Path, target: Path, value: Any) -> None:
        """A value that cannot stand at its target stays, with a warning unless it says nothing."""
        in_place = isinstance(value, Mapping) and source in CONTAINERS
        if not (in_place or value is None or value == [] or source in self._warned):
            self.warn(source, f"{kind(value)} that cannot be {dotted(target)}: {KEPT}{_advice(source)}")

    def keep_rest(self) -> None:
        """Everything that was not taken goes to `extensions`, each under its own path."""
        for source in UNREAD:
            if self.find(source) not in (ABSENT, None, []):
                self.warn(source, f"has no place in version 3: {KEPT}{_advice(source)}")
        for source, target, value in self._rest(self.config, (), EXTENSIONS):
            self._put(Move(source, target, value))
            self.report("extension", source, target, "")

    def _rest(self, value: Any, source: Path, target: Path) -> Iterator[tuple[Path, Path, Any]]:
        if source in self._taken:
            return
        if source and source not in self._above:
            yield source, target, value
        elif isinstance(value, Mapping):
            for key, item in value.items():
                yield from self._rest(item, (*source, key), (*target, key))
        else:
            left = [number for number in range(len(value)) if self._is_left((*source, number), value[number])]
            for place, number in enumerate(left):
                yield from self._rest(value[number], (*source, number), (*target, place))

    def _is_left(self, source: Path, value: Any) -> bool:
        return next(self._rest(value, source, ()), None) is not None

    def sorted_moves(self) -> tuple[Move, ...]:
        """The moves in the order of their first sources, at every level; the version first, extensions last."""
        places = _places(self.config)
        ranks: dict[Path, float] = {VERSION_PATH: -1}
        for number, move in enumerate(self.moves):
            place = len(places) + number if move.source is None else places[move.source]
            for length in range(1, len(move.target) + 1):
                prefix = move.target[:length]
                last = prefix[-1]
                ranks[prefix] = last if isinstance(last, int) else min(place, ranks.get(prefix, place))
        ranks[EXTENSIONS] = float("inf")
        return tuple(sorted(self.moves, key=lambda move: _rank(move.target, ranks)))


def _rank(target: Path, ranks: Mapping[Path, float]) -> tuple[float, ...]:
    return tuple(ranks[target[:length]] for length in range(1, len(target) + 1))


def _places(config: Mapping[str, Any]) -> dict[Path, int]:
    """Every path of the configuration, and its number in the order of the file."""
    places: dict[Path, int] = {}
    for path in _walk(config, ()):
        places[path] = len(places)
    return places


def _walk(value: Any, path: Path) -> Iterator[Path]:
    yield path
    if isinstance(value, Mapping):
        for key, item in value.items():
            if not isinstance(key, str):
                raise MigrationError(f"the key {key!r} in {dotted(path) or 'the configuration'} is not text")
            yield from _walk(item, (*path, key))
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _walk(item, (*path, number))
