"""Ask once: who comes later, or meanwhile, gets the first one's answer."""

from __future__ import annotations

import threading
from typing import Any, Callable, Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Once(Generic[K, V]):
    """Remembers what `ask` says about a key, and errors of the kinds in `keep`: those asking again would not change.

    Further options of a call are for `ask` alone: how long it may take does not change the answer.
    """

    def __init__(self, ask: Callable[..., V], *, keep: tuple[type[Exception], ...] = ()) -> None:
        self._ask = ask
        self._keep = keep
        self._locks: dict[K, Any] = {}
        self._known: dict[K, V | Exception] = {}
        self._lock = threading.Lock()

    def __call__(self, key: K, **options: Any) -> V:  # noqa: ANN401 - what `ask` takes
        """The answer for a key. Raises what asking raises."""
        with self._lock:
            lock = self._locks.setdefault(key, threading.Lock())
        with lock:
            if key not in self._known:
                try:
                    self._known[key] = self._ask(key, **options)
                except self._keep as error:
                    self._known[key] = error
            known = self._known[key]
        if isinstance(known, Exception):
            raise known.with_traceback(None)  # it would grow each time
        return known

    def knows(self, key: K) -> bool:
        """Has it been asked, with an answer?"""
        return key in self._known and not isinstance(self._known[key], Exception)

    def forget(self, key: K) -> None:
        """Ask again next time."""
        with self._lock:
            self._known.pop(key, None)
