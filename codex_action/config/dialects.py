"""Where YAML 1.1 and YAML 1.2 read the same plain text differently: `on`, `0755`, `12:30`, `1_000`, dates."""

from __future__ import annotations

import re
from typing import Any

from codex_action.artifacts.yaml12 import scalar
from codex_action.errors import Problem

_LONGEST = 1000  # a number of more digits is nobody's setting
_TRUE = frozenset(("y", "Y", "yes", "Yes", "YES", "on", "On", "ON", "true", "True", "TRUE"))
_FALSE = frozenset(("n", "N", "no", "No", "NO", "off", "Off", "OFF", "false", "False", "FALSE"))
_NULL = frozenset(("", "~", "null", "Null", "NULL"))
_WORDS = {**dict.fromkeys(_TRUE, "true"), **dict.fromkeys(_FALSE, "false"), **dict.fromkeys(_NULL, "null")}
_BINARY = re.compile(r"[-+]?0b[01_]+")
_OCTAL = re.compile(r"[-+]?0[0-7_]+")
_DECIMAL = re.compile(r"[-+]?(?:0|[1-9][0-9_]*)")
_HEX = re.compile(r"[-+]?0x[0-9a-fA-F_]+")
_BASES = ((_BINARY, 2), (_OCTAL, 8), (_DECIMAL, 10), (_HEX, 16))
_SIXTY = re.compile(r"[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?")
_FLOAT = re.compile(r"[-+]?(?:[0-9][0-9_]*\.[0-9_]*|\.[0-9][0-9_]*)(?:[eE][-+]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_DATE = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt]|[ \t]+)[0-9]{1,2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]*)?"
    r"(?:[ \t]*(?:Z|[-+][0-9]{1,2}(?::?[0-9]{2})?))?"
)


def reading_1_1(text: str) -> str | None:
    """What a reader of YAML 1.1 makes of a plain scalar, in words; None for text."""
    if len(text) > _LONGEST:
        return None
    if text in _WORDS:
        return _WORDS[text]
    if _DATE.fullmatch(text):
        return f"the date {text}"
    return f"the special key {text}" if text in ("=", "<<") else _number(text)


def _number(text: str) -> str | None:
    digits = text.replace("_", "")
    for pattern, base in _BASES:
        if pattern.fullmatch(text):
            return _whole(digits, base)
    if _SIXTY.fullmatch(text):
        return _base_sixty(digits)
    if _FLOAT.fullmatch(text):
        return f"the number {float(digits)}"
    return f"the number {text.lower()}" if _NOT_FINITE.fullmatch(text) else None


def _whole(digits: str, base: int) -> str | None:
    bare = digits.replace("0b", "", 1) if base == 2 else digits.replace("0x", "", 1) if base == 16 else digits
    return f"the number {int(bare, base)}" if bare.strip("+-") else None


def _base_sixty(digits: str) -> str:
    total = 0.0
    for part in digits.lstrip("+-").split(":"):
        total = total * 60 + float(part)
    return f"the number {'-' if digits[0] == '-' else ''}{total:g}"


def reading_1_2(text: str) -> str | None:
    """What YAML 1.2 makes of a plain scalar, in the same words; None for text."""
    value = scalar(text) if len(text) <= _LONGEST else text
    if isinstance(value, str):
        return None
    if isinstance(value, float) and _NOT_FINITE.fullmatch(text):
        return f"the number {text.lower()}"
    words = {True: "true", False: "false", None: "null"}
    return words[value] if value is None or isinstance(value, bool) else f"the number {value}"


def ambiguous_scalars(text: bytes) -> list[Problem]:
    """A warning for every plain value that the two read differently, and for keys such as `on`."""
    import yaml

    events = yaml.parse(text.decode("utf-8-sig"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    found: list[Problem] = []
    _walk(next_event=iter(events).__next__, found=found)
    return found


def _walk(next_event: Any, found: list[Problem]) -> None:
    """One pass with a stack: for each container its path, and for mappings whether a key comes next."""
    stack: list[list[Any]] = []
    while True:
        event = next_event()
        name = type(event).__name__
        if name == "StreamEndEvent":
            return
        if name in ("MappingEndEvent", "SequenceEndEvent"):
            stack.pop()
        elif name in ("MappingStartEvent", "SequenceStartEvent"):
            _step(stack, event)
            stack.append([name[0] == "M", True, None, -1])
        elif name in ("ScalarEvent", "AliasEvent"):
            is_key = _step(stack, event)
            if name == "ScalarEvent" and event.implicit[0] and not event.style:
                _judge(event, stack, is_key=is_key, found=found)


def _step(stack: list[list[Any]], event: Any) -> bool:
    """Note a node in the container around it; whether it is a key."""
    if not stack:
        return False
    frame = stack[-1]
    if not frame[0]:
        frame[3] += 1
        return False
    is_key = bool(frame[1])
    frame[1] = not is_key
    if is_key:
        frame[2] = getattr(event, "value", "")
    return is_key


def _judge(event: Any, stack: list[list[Any]], *, is_key: bool, found: list[Problem]) -> None:
    old, new = reading_1_1(event.value), reading_1_2(event.value)
    if old == new or (is_key and old not in ("true", "false")):
        return
    path = ".".join(str(frame[2] if frame[0] else frame[3]) for frame in stack)
    message = f"{event.value} is {new or 'text'} in YAML 1.2 and {old or 'text'} in YAML 1.1; quote it or write it out"
    mark = event.start_mark
    found.append(Problem(message, path, mark.line + 1, mark.column + 1, "warning"))
