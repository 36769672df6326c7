"""Read YAML 1.2 (and JSON, which is YAML): plain data, and the place of every value. Limits hold while it is parsed.

PyYAML's C parser makes the events; the values are resolved here, by the core schema of YAML 1.2: `yes`, `on`,
`12:30` and dates are text, `0755` is 755. Duplicate keys are errors. `<<` merges, as every tool in the field does.
"""

# ruff: noqa: ANN401 - what a text holds can be anything: that is what is found out here

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn, Union

from codex_action.errors import Problem

MAX_DEPTH = 64
MAX_ALIASES = 100
MAX_NODES = 10_000  # what the aliases of a text may stand for, all in all
MAX_VALUES = 100_000  # what is read in less than a second
MAX_DIGITS = 1000  # Python refuses to read a number of more than 4300, or takes long

Path = tuple[Union[str, int], ...]

_TAG = "tag:yaml.org,2002:"
_NULL = frozenset(("", "~", "null", "Null", "NULL"))
_BOOLEANS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_INT = re.compile(r"[-+]?[0-9]+")
_OCTAL_OR_HEX = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")


@dataclass(frozen=True)
class YamlData:
    """The plain data of a text, and where each key (or list item) starts: path -> (line, column), from 1."""

    data: Any
    places: Mapping[Path, tuple[int, int]]


class YamlError(ValueError):
    """A text that is no YAML, or more of it than is read; `problem` says where."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


def is_number(text: str) -> bool:
    """Is a plain scalar a number by the core schema, of whatever length?"""
    return any(pattern.fullmatch(text) for pattern in (_INT, _OCTAL_OR_HEX, _FLOAT, _NOT_FINITE))


def scalar(text: str) -> Any:
    """The value of a plain scalar by the core schema of YAML 1.2; a number that is too long is text."""
    if len(text) > MAX_DIGITS:
        return text
    if text in _NULL:
        return None
    if text in _BOOLEANS:
        return _BOOLEANS[text]
    if _INT.fullmatch(text) or _OCTAL_OR_HEX.fullmatch(text):
        return int(text, 0 if text[:2] in ("0o", "0x") else 10)
    if _FLOAT.fullmatch(text) or _NOT_FINITE.fullmatch(text):
        return float(text if any(map(str.isdigit, text)) else text.lower().replace(".", ""))
    return text


class YamlReader:
    """Builds data from events; recursion is as deep as the text, which is checked on the way.

    What one reader reads counts together for the limits, and its anchors stay known.
    """

    def __init__(self) -> None:
        self.places: dict[Path, tuple[int, int]] = {}
        self.anchors: dict[str, tuple[Any, int]] = {}
        self.aliases = self.nodes = self.values = self.lines = 0

    def read(self, text: str, *, after: int = 0) -> YamlData:
        """The data of a text that starts `after` so many lines. Raises YamlError."""
        import yaml  # 15 ms: only where there is YAML

        self.places, self.lines = {}, after
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        try:
            return YamlData(self._document(yaml.parse(text, Loader=loader)), self.places)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            self._refuse(_sentence(error), *((mark.line + 1, mark.column + 1) if mark else ()))
        except yaml.reader.ReaderError as error:
            code = error.character if isinstance(error.character, int) else ord(error.character)
            self._refuse_character(code, text, error.position)
        except UnicodeEncodeError as error:  # half of a pair, which only text in memory can hold
            self._refuse_character(ord(text[error.start]), text, error.start)

    def _document(self, events: Iterator[Any]) -> Any:
        next(events)  # the stream starts
        event = next(events)
        if type(event).__name__ == "StreamEndEvent":
            return None
        data = self._node(next(events), events, (), 0)[0]
        next(events)  # the document ends
        event = next(events)
        if type(event).__name__ != "StreamEndEvent":
            self._fail("a second document starts here", event)
        return data

    def _refuse(self, message: str, line: int = 0, column: int = 0) -> NoReturn:
        raise YamlError(Problem(message, "", line and line + self.lines, column))

    def _refuse_character(self, code: int, text: str, position: int) -> NoReturn:
        line = text.count("\n", 0, max(0, position)) + 1
        self._refuse(f"a character that may not stand in YAML (#x{code:04x})", line)

    def _fail(self, message: str, event: Any) -> NoReturn:
        self._refuse(message, event.start_mark.line + 1, event.start_mark.column + 1)

    def _place(self, event: Any) -> tuple[int, int]:
        return event.start_mark.line + 1 + self.lines, event.start_mark.column + 1

    def _node(self, event: Any, events: Iterator[Any], path: Path, depth: int) -> tuple[Any, int]:
        """The value that an event starts, and how many nodes it stands for."""
        self.values += 1
        if self.values > MAX_VALUES:
            self._fail(f"more than {MAX_VALUES} values", event)
        self.places.setdefault(path, self._place(event))
        kind = type(event).__name__
        if kind == "AliasEvent":
            return self._alias(event)
        if kind == "ScalarEvent":
            value, size = self._scalar(event), 1
        else:
            self._check_collection(event, depth)
            build = self._sequence if kind == "SequenceStartEvent" else self._mapping
            value, size = build(events, path, depth)
        if event.anchor is not None:
            self.anchors[event.anchor] = (value, size)
        return value, size

    def _check_collection(self, event: Any, depth: int) -> None:
        if depth >= MAX_DEPTH:
            self._fail(f"nested deeper than {MAX_DEPTH} levels", event)
        if event.tag not in (None, "!", f"{_TAG}seq", f"{_TAG}map"):
            self._fail(f"the tag {event.tag!r} has no meaning here", event)

    def _alias(self, event: Any) -> tuple[Any, int]:
        self.aliases += 1
        if self.aliases > MAX_ALIASES:
            self._fail(f"more than {MAX_ALIASES} aliases", event)
        if event.anchor not in self.anchors:
            self._fail(f"the alias *{event.anchor} names nothing that is complete here", event)
        value, size = self.anchors[event.anchor]
        self.nodes += size
        if self.nodes > MAX_NODES:
            self._fail(f"the aliases stand for more than {MAX_NODES} values", event)
        return value, size

    def _scalar(self, event: Any) -> Any:
        if event.tag is None or event.tag == "?":
            return self._plain(event) if event.implicit[0] else event.value
        name = event.tag.removeprefix(_TAG)
        if name in ("!", "str"):
            return event.value
        kinds: dict[str, tuple[type, ...]] = {
            "null": (type(None),),
            "bool": (bool,),
            "int": (int,),
            "float": (int, float),
        }
        if name not in kinds:
            self._fail(f"the tag {event.tag!r} has no meaning here", event)
        value = self._plain(event)
        if type(value) not in kinds[name]:
            self._fail(f"the tag !!{name} stands before something else", event)
        return float(value) if name == "float" else value

    def _plain(self, event: Any) -> Any:
        if len(event.value) > MAX_DIGITS and is_number(event.value):
            self._fail(f"a number of more than {MAX_DIGITS} digits", event)
        return scalar(event.value)

    def _sequence(self, events: Iterator[Any], path: Path, depth: int) -> tuple[list[Any], int]:
        items: list[Any] = []
        size = 1
        for item in events:
            if type(item).__name__ == "SequenceEndEvent":
                break
            value, nodes = self._node(item, events, (*path, len(items)), depth + 1)
            items.append(value)
            size += nodes
        return items, size

    def _mapping(self, events: Iterator[Any], path: Path, depth: int) -> tuple[dict[str, Any], int]:
        own: dict[str, Any] = {}
        merged: dict[str, Any] = {}
        size = 1
        for key_event in events:
            if type(key_event).__name__ == "MappingEndEvent":
                break
            if type(key_event).__name__ != "ScalarEvent":
                self._fail("a key must be a plain name", key_event)
            key = key_event.value
            merging = key == "<<" and key_event.implicit[0]
            if key in own or (merging and (*path, key) in self.places):
                self._fail(f"the key {key!r} stands here a second time", key_event)
            self.places.setdefault((*path, key), self._place(key_event))
            value, nodes = self._node(next(events), events, (*path, key), depth + 1)
            size += nodes
            if merging:
                for source in value if isinstance(value, list) else [value]:
                    if not isinstance(source, dict):
                        self._fail("'<<' merges mappings only", key_event)
                    merged = {**source, **merged}
            else:
                own[key] = value
        return {**merged, **own}, size


def _sentence(error: Any) -> str:
    """A parser's complaint as one sentence."""
    problem = (error.problem or error.context or "this is not YAML").strip()
    return f"{problem} ({error.context.strip()})" if error.context and error.problem else problem
