"""One place after the other: what is not known there is never told as missing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import partial
from typing import Callable, NamedTuple, TypeVar

from codex_action.artifacts.document import FetchResult
from codex_action.errors import NotFound, NotModified, StorageError, Unreachable
from codex_action.remote.deadline import Deadline
from codex_action.storage.base import StorageProvider

T = TypeVar("T")


class Place(NamedTuple):
    """A document at a provider. `source` is what the result says instead of the provider's own word.

    `timeout` in seconds is the longest that this provider is waited for.
    """

    provider: StorageProvider
    path: str
    source: str = ""
    timeout: float | None = None


def first_answer(
    asks: Iterable[Callable[[], T]], *, beyond: tuple[type[StorageError], ...] = (StorageError,)
) -> T:
    """The first answer there is.

    NotFound goes on to the next. So do the errors of `beyond`, but the first of them is raised if nobody answers: so
    NotFound is raised only if everybody said it. Any other error is raised at once.
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
        except beyond as error:
            trouble = trouble or error
    raise trouble or missing or NotFound("there is no place to look in")


def fetch_first(
    places: Iterable[Place], *, timeout: float = 30.0, headers: Mapping[str, str] | None = None
) -> FetchResult:
    """The document from the first place that has it; `timeout` in seconds is for all of them together."""
    deadline = Deadline(timeout)
    return first_answer(partial(_fetch, place, deadline, headers) for place in places)


def any_has(places: Iterable[Place], *, timeout: float = 30.0) -> bool:
    """Does any place have its document? False only if all say so; else the first StorageError is raised.

    After `timeout` seconds no further place is asked; the one that is being asked has a limit of its own.
    """
    deadline = Deadline(timeout)
    try:
        return first_answer(partial(_has, place, deadline) for place in places)
    except NotFound:
        return False


def _fetch(place: Place, deadline: Deadline, headers: Mapping[str, str] | None) -> FetchResult:
    left = _left(place, deadline)
    longest = left if place.timeout is None else min(left, place.timeout)
    result = place.provider.fetch(place.path, timeout=longest, headers=headers)
    return replace(result, source=place.source) if place.source else result


def _has(place: Place, deadline: Deadline) -> bool:
    """Raises NotFound where it has not."""
    _left(place, deadline)
    if not place.provider.exists(place.path):
        raise NotFound(f"there is no {place.path!r}")
    return True


def _left(place: Place, deadline: Deadline) -> float:
    """The seconds that are left. Raises Unreachable where there are none."""
    left = deadline.left
    if left <= 0:
        raise Unreachable(f"{place.path!r}: the time was over before everybody could be asked")
    return left
