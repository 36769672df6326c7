"""Rearrange a YAML file as moves say: each value keeps its text and comments; all is proved before it is given."""

from __future__ import annotations

import contextlib
import difflib
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from typing import Any

from codex_action.config import roundtrip, yaml12
from codex_action.config.moves import Move, Path, build
from codex_action.config.outline import lookup, same
from codex_action.config.proof import prove
from codex_action.config.splice import CannotSplice, splice, splice_open
from codex_action.errors import MigrationError, Problem

_BOM = "\ufeff"


def rewrite_yaml(text: bytes, moves: Sequence[Move], *, section: Path = ()) -> bytes:
    """The file with its section rearranged; the paths in moves count from the section.

    Raises MigrationError, with the difference as its hint, if no result can be proved; ConfigurationError for what
    is no YAML.
    """
    data = _section(yaml12.read(text).data, section)
    intended = build([move._replace(value=deepcopy(move.value)) for move in moves])
    if all(move.source == move.target for move in moves) and repr(data) == repr(intended):
        return text  # in place, order and all
    untouched = _untouched(data, intended, moves)
    failed: list[tuple[bytes, list[str]]] = []
    for after in _attempts(text, data, moves, section):
        problems = prove(text, after, intended, section, untouched=untouched)
        if not problems:
            return after
        failed.append((after, problems))
    raise _refusal(text, *(failed[0] if failed else (text, ["its form is not one that can be moved"])))


def _section(data: Any, section: Path) -> Mapping[str, Any]:
    try:
        found = lookup(data, section)
    except KeyError as error:
        raise MigrationError(f"there is no section {'.'.join(map(str, section))!r}") from error
    if found is not None and not isinstance(found, dict):
        raise MigrationError("what is to be rearranged is no mapping")
    return found or {}


def _untouched(data: Mapping[str, Any], intended: Mapping[str, Any], moves: Sequence[Move]) -> list[str]:
    """The keys that stay what and where they are."""
    changed = {move.target[0] for move in moves if move.source != move.target}
    return [key for key in data if key in intended and key not in changed and same(data[key], intended[key])]


def _attempts(text: bytes, data: Any, moves: Sequence[Move], section: Path) -> Iterator[bytes]:
    """Results to be proved, the nearest to the old text first."""
    decoded = text.decode("utf-8-sig")
    mark = _BOM if text.startswith(_BOM.encode()) else ""
    engines: list[Callable[..., str]] = [splice, splice_open, roundtrip.rewrite]
    for engine in engines:
        with contextlib.suppress(CannotSplice, roundtrip.CannotRoundTrip):
            yield (mark + engine(decoded, moves, data, section)).encode()


def _refusal(before: bytes, after: bytes, found: list[str]) -> MigrationError:
    old, new = (text.decode("utf-8-sig").splitlines(keepends=True) for text in (before, after))
    difference = "".join(difflib.unified_diff(old, new, "before", "after"))
    return MigrationError(
        f"this file cannot be rewritten without loss: {found[0]}",
        problems=tuple(Problem(message) for message in found),
        hint=difference or None,
    )
