"""Read YAML 1.2 (and JSON, which is YAML): plain data, and the place of every value. Limits come before the parser.

PyYAML's C parser makes the events; the values are resolved here, by the core schema of YAML 1.2: `yes`, `on`,
`12:30` and dates are text, `0755` is 755. Duplicate keys are errors. `<<` merges, as every tool in the field does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn, Union

from codex_action.errors import ConfigurationError, Problem

MAX_BYTES = 1024 * 1024
MAX_DEPTH = 64
MAX_ALIASES = 100
MAX_NODES = 10_000  # what the aliases of a file may stand for, all in all
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
class Document:
    """The plain data of a file, and where each key (or list item) starts: path -> (line, column), from 1."""

    data: Any
    places: Mapping[Path, tuple[int, int]]


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


def read(data: bytes, file: str = "") -> Document:
    """The document of a file's bytes. Raises ConfigurationError with the place of what is wrong."""
    if len(data) > MAX_BYTES:
        _refuse(f"the file is larger than {MAX_BYTES // 1024} KiB", file)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        kind = "UTF-16: save it as UTF-8" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "not UTF-8"
        line = data.count(b"\n", 0, error.start) + 1
        _refuse(f"the file is {kind}", file, 0 if "16" in kind else line)
    return _Reader(file).read(text)


def _refuse(message: str, file: str, line: int = 0, column: int = 0) -> NoReturn:
    place = f":{line}:{column}" if line else ""
    raise ConfigurationError(
        f"{file or 'the configuration'}{place}: {message}",
        problems=(Problem(message, "", line, column),),
        file=file,
    )


class _Reader:
    """Builds data from events; recursion is as deep as the file, which is checked on the way."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.places: dict[Path, tuple[int, int]] = {}
        self.anchors: dict[str, tuple[Any, int]] = {}
        self.aliases = self.nodes = self.values = 0

    def read(self, text: str) -> Document:
        import yaml  # 15 ms: only where there is a configuration

        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        try:
            events = yaml.parse(text, Loader=loader)
            next(events)  # the stream starts
            event = next(events)
            if isinstance(event, yaml.StreamEndEvent):
                return Document(None, {})
            data = self._node(next(events), events, (), 0)[0]
            next(events)  # the document ends
            event = next(events)
            if not isinstance(event, yaml.StreamEndEvent):
                self._fail("a second document starts here; a configuration has one", event)
            return Document(data, self.places)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            place = (mark.line + 1, mark.column + 1) if mark else (0, 0)
            _refuse(_sentence(error), self.file, *place)
        except yaml.reader.ReaderError as error:
            line = text.count("\n", 0, max(0, error.position)) + 1
            code = error.character if isinstance(error.character, int) else ord(error.character)
            _refuse(
                f"a character that may not stand in YAML (#x{code:04x})",
                self.file,
                line,
            )

    def _fail(self, message: str, event: Any) -> NoReturn:
        _refuse(message, self.file, event.start_mark.line + 1, event.start_mark.column + 1)

    def _node(self, event: Any, events: Iterator[Any], path: Path, depth: int) -> tuple[Any, int]:
        """The value that an event starts, and how many nodes it stands for."""
        self.values += 1
        if self.values > MAX_VALUES:
            self._fail(f"more than {MAX_VALUES} values", event)
        self.places.setdefault(path, (event.start_mark.line + 1, event.start_mark.column + 1))
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
        name = (
            event.tag.removeprefix(_TAG) if hasattr(str, "removeprefix") else event.tag.replace(_TAG, "", 1)
        )
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
            self.places.setdefault(
                (*path, key), (key_event.start_mark.line + 1, key_event.start_mark.column + 1)
            )
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
