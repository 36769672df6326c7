"""One place after the other: what is not known there is never told as missing."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Callable, TypeVar

from codex_action.errors import NotFound, NotModified, StorageError

T = TypeVar("T")


def first_answer(asks: Iterable[Callable[[], T]]) -> T:
    """The first answer there is.

    NotFound goes on to the next place. Another StorageError does so too, but is raised if nobody answers: the first
    one. So NotFound is raised only if everybody said it.
    """
    missing: NotFound | None = None
    trouble: StorageError | None = None
    for ask in asks:
        try:
            return ask()
        except NotModified:  # noqa: PERF203  (every place may fail in its own way)
            raise
        except NotFound as error:
            missing = missing or error
        except StorageError as error:
            trouble = trouble or error
    raise trouble or missing or NotFound("there is no place to look in")


def any_has(asks: Iterable[Callable[[], bool]]) -> bool:
    """Does any place have it? False only if all say so. Raises the first StorageError if nobody has it."""
    trouble: StorageError | None = None
    for ask in asks:
        try:
            if ask():
                return True
        except NotFound:  # noqa: PERF203
            continue
        except StorageError as error:
            trouble = trouble or error
    if trouble:
        raise trouble
    return False
