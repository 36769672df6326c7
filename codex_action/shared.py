"""A part of an object that its threads share."""

from __future__ import annotations

import threading
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
