"""The second way to rewrite a file: ruamel.yaml, which keeps comments but not every blank. The proof decides."""

from __future__ import annotations

import io
import warnings
from collections.abc import Sequence
from typing import Any

from codex_action.config import blocks
from codex_action.config.moves import Move, Path
from codex_action.config.outline import lookup, same
from codex_action.config.weave import file_steps


class CannotRoundTrip(Exception):
    """ruamel.yaml does not read or write this file."""


def rewrite(text: str, moves: Sequence[Move], data: Any, section: Path) -> str:
    """The text with its section rearranged. Raises CannotRoundTrip."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # an anchor used twice, for one
            return _rewrite(text, moves, data, section)
    except Exception as error:  # what it raises on files that it does not like is of many kinds
        raise CannotRoundTrip from error


def _rewrite(text: str, moves: Sequence[Move], data: Any, section: Path) -> str:
    yaml = _engine(text)
    loaded = yaml.load(text.replace("\r\n", "\n"))
    old = lookup(loaded, section)
    new = type(old)()
    for move in moves:
        _put(new, old, move, data)
    new.ca.comment, new.ca.end = old.ca.comment, old.ca.end
    if section:
        lookup(loaded, section[:-1])[section[-1]] = new
    stream = io.StringIO()
    yaml.dump(loaded if section else new, stream)
    return _restored(stream.getvalue(), text)


def _engine(text: str) -> Any:
    from ruamel.yaml import YAML

    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = 4096
    step, offset = file_steps(blocks.parse(text))
    yaml.indent(mapping=step, sequence=offset + 2, offset=offset)
    yaml.explicit_start = text.startswith("---")
    return yaml


def _restored(text: str, like: str) -> str:
    """The line ends of the old file."""
    if like and not like.endswith("\n"):
        text = text.rstrip("\n")
    return text.replace("\n", "\r\n") if "\r\n" in like else text


def _put(new: Any, old: Any, move: Move, data: Any) -> None:
    """Put a value in its new place, and its key's comments with it."""
    source = _Source(old, move, data)
    here = new
    for part, following in zip(move.target, move.target[1:]):
        empty = _empty(new, is_list=isinstance(following, int))
        if isinstance(here, list):
            if part == len(here):
                here.append(empty)
            here = here[int(part)]
        else:
            here = here.setdefault(part, empty)
    key = move.target[-1]
    if isinstance(here, list):
        key = len(here)
        here.append(source.value)
    else:
        here[key] = source.value
    if source.comments is not None:
        here.ca.items[key] = source.comments


def _empty(like: Any, *, is_list: bool) -> Any:
    from ruamel.yaml.comments import CommentedSeq

    return CommentedSeq() if is_list else type(like)()


class _Source:
    """What a move takes: ruamel's node if the value is unchanged, and the comments of its key."""

    def __init__(self, old: Any, move: Move, data: Any) -> None:
        self.value, self.comments = move.value, None
        if not move.source:
            return
        try:
            parent = lookup(old, move.source[:-1])
            unchanged = same(lookup(data, move.source), move.value)
        except KeyError:
            return
        self.comments = parent.ca.items.get(move.source[-1])
        if unchanged:
            self.value = parent[move.source[-1]]
