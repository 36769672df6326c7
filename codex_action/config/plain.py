"""New YAML, written so that readers of YAML 1.1 and of 1.2 agree on every value."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from codex_action.artifacts.yaml12 import is_number, scalar
from codex_action.config.dialects import reading_1_1
from codex_action.config.moves import Path
from codex_action.errors import MigrationError

_PLAIN = re.compile(r"[^\W]|[./$(\\^+;]")
_NEVER_PLAIN = re.compile(r": |:\Z| #|\s\Z|\A(?:---|\.\.\.)|[^ -~\w]")
_ESCAPED = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]")
_LITERAL = re.compile(r"(?:(?=[^ \n])[ -~]*[!-~]\n)(?:(?:[ -~]*[!-~])?\n)*?(?:[ -~]*[!-~]\n?)?")
_LONGEST_KEY = 120  # what every reader takes on one line


def write_yaml(data: Mapping[str, Any], comments: Mapping[Path, str] | None = None) -> bytes:
    """A new file: block style, two spaces, a comment above the keys that have one, `()` being the file."""
    comments = comments or {}
    head = _comment(comments.get((), ""), 0)
    lines = [*head, *([""] if head else []), *(_Writer(comments).mapping(data, 0, ()) if data else ["{}"])]
    return "".join(f"{line}\n" for line in lines).encode()


def key_text(key: str, quote: str = "") -> str:
    """A key as it is written, in the quotes that it had where that is possible."""
    if quote == "'" and not _ESCAPED.search(key):
        return "'" + key.replace("'", "''") + "'"
    return _quoted(key) if quote == '"' else scalar_text(key)


def scalar_text(value: Any) -> str:
    """A scalar on one line; text is quoted only where it would be read as something else."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return _float(value)
    return str(value) if isinstance(value, int) else _text(str(value))


def value_lines(value: Any, column: int, step: int = 2, offset: int = 2) -> tuple[str, list[str]]:
    """What follows the colon or dash, and the lines below it, for a key or dash at that column."""
    return _Writer({}, step, offset).value(value, column, ())


def _comment(text: str, column: int) -> list[str]:
    return [" " * column + f"# {_ESCAPED.sub(' ', line)}".rstrip() for line in text.splitlines()]


class _Writer:
    """Block style, keys `step` further in than the key around them, dashes `offset`."""

    def __init__(self, comments: Mapping[Path, str], step: int = 2, offset: int = 2) -> None:
        self.comments, self.step, self.offset = comments, step, offset

    def value(self, value: Any, column: int, path: Path) -> tuple[str, list[str]]:
        if isinstance(value, Mapping) and value:
            return "", self.mapping(value, column + self.step, path)
        if isinstance(value, list) and value:
            return "", self.items(value, column + self.offset, path)
        if isinstance(value, (Mapping, list)):
            return (" {}" if isinstance(value, Mapping) else " []"), []
        if isinstance(value, str) and "\n" in value and _LITERAL.fullmatch(value):
            return self._literal(value, " " * (column + self.step))
        return f" {scalar_text(value)}", []

    def _literal(self, text: str, pad: str) -> tuple[str, list[str]]:
        kept = text.endswith("\n")
        lines = text.split("\n")[: -1 if kept else None]
        return (" |" if kept else " |-"), [line and pad + line for line in lines]

    def mapping(self, data: Mapping[str, Any], column: int, path: Path) -> list[str]:
        lines: list[str] = []
        pad = " " * column
        for key, value in data.items():
            head = scalar_text(str(key))
            inline, below = self.value(value, column, (*path, key))
            lines += _comment(self.comments.get((*path, key), ""), column)
            lines += [f"{pad}? {head}"] if len(head) > _LONGEST_KEY else []
            lines += [f"{pad}{'' if len(head) > _LONGEST_KEY else head}:{inline}", *below]
        return lines

    def items(self, items: Sequence[Any], column: int, path: Path) -> list[str]:
        lines: list[str] = []
        for number, item in enumerate(items):
            here = (*path, number)
            lines += _comment(self.comments.get(here, ""), column)
            lines += self._item(item, column, here)
        return lines

    def _item(self, item: Any, column: int, path: Path) -> list[str]:
        pad = " " * column
        if not isinstance(item, (Mapping, list)) or not item:
            inline, below = self.value(item, column, path)
            return [f"{pad}-{inline}", *below]
        inner = column + 2
        lines = (
            self.mapping(item, inner, path) if isinstance(item, Mapping) else self.items(item, inner, path)
        )
        if lines[0].lstrip().startswith("#"):
            return [f"{pad}-", *lines]
        return [f"{pad}- {lines[0][inner:]}", *lines[1:]]


def _text(text: str) -> str:
    unsafe = not _PLAIN.match(text) or _NEVER_PLAIN.search(text)
    if unsafe or scalar(text) != text or is_number(text) or reading_1_1(text) is not None:
        return _quoted(text)
    return text


def _quoted(text: str) -> str:
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise MigrationError("a text holds half of a surrogate pair, which no YAML file can hold")
    quoted = json.dumps(text, ensure_ascii=False)
    return _ESCAPED.sub(lambda match: f"\\u{ord(match[0]):04x}", quoted)


def _float(value: float) -> str:
    text = repr(value)
    if "n" in text:
        return {"inf": ".inf", "-inf": "-.inf"}.get(text, ".nan")
    mantissa, _, exponent = text.partition("e")
    if not exponent:
        return text
    sign = "" if exponent[0] in "+-" else "+"
    return f"{mantissa if '.' in mantissa else mantissa + '.0'}e{sign}{exponent}"
