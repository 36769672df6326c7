"""What threads share: a part of an object, and work that is done once for all who want it."""

from __future__ import annotations

import threading
from collections.abc import Hashable
from typing import Any, Callable, Generic, TypeVar, overload

T = TypeVar("T")


class shared_property(Generic[T]):  # noqa: N801  (it is written as `property` is)
    """A `cached_property` that is made once although several threads ask for it first; since 3.12 that one is not."""

    def __init__(self, make: Callable[[Any], T]) -> None:
        self._make = make
        self.__doc__ = make.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    @overload
    def __get__(self, instance: None, owner: type) -> shared_property[T]: ...

    @overload
    def __get__(self, instance: object, owner: type) -> T: ...

    def __get__(self, instance: object | None, owner: type) -> shared_property[T] | T:
        if instance is None:
            return self
        values = vars(instance)
        with values.setdefault("_shared", threading.RLock()):  # one part may be made of another
            if self._name not in values:
                values[self._name] = self._make(instance)
            made: T = values[self._name]
            return made


class Flights(Generic[T]):
    """Work that several threads want at the same time is done by one of them, and the others get what comes of it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._flights: dict[Hashable, _Flight[T]] = {}

    def run(
        self,
        name: Hashable,
        work: Callable[[], T],
        *,
        join: Callable[[], object] = lambda: None,
        patience: Callable[[int], float] | None = None,
    ) -> T:
        """What `work` gives or raises, here or in the thread that is at it already: then `join` is called first.

        `patience` says for how many seconds to wait on another thread, by its number. Raises TimeoutError.
        """
        with self._lock:
            flight = self._flights.get(name)
            if flight is None:
                mine = self._flights[name] = _Flight()
        if flight is not None:
            join()
            return flight.outcome(patience)
        try:
            return mine.fly(work)
        finally:
            with self._lock:
                del self._flights[name]
            mine.done.set()


class _Flight(Generic[T]):
    """Work that several threads wait for."""

    def __init__(self) -> None:
        self.done = threading.Event()
        self._thread = threading.get_ident()
        self._results: list[T] = []
        self._error: BaseException | None = None

    def fly(self, work: Callable[[], T]) -> T:
        try:
            self._results.append(work())
        except BaseException as error:
            self._error = error
            raise
        return self._results[0]

    def outcome(self, patience: Callable[[int], float] | None) -> T:
        left = patience and patience(self._thread)
        while not self.done.wait(left):
            left = patience and patience(self._thread)
            if left is not None and left <= 0:
                raise TimeoutError
        if self._error is not None:
            raise self._error
        return self._results[0]
