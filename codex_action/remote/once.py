"""Ask once in a while: who comes later, or meanwhile, gets the first one's answer."""

from __future__ import annotations

import threading
import time
from typing import Any, Callable, Generic, NamedTuple, TypeVar

K = TypeVar("K")
V = TypeVar("V")
# How long a program that goes on and on may not see what has changed, in seconds.
SECONDS = 60.0


class _Answer(NamedTuple):
    """What was said, and until when it holds."""

    value: Any
    end: float


class Once(Generic[K, V]):
    """Remembers for `seconds` what `ask` says about a key, and errors of the kinds in `keep`: asking again won't help.

    Further options of a call are for `ask` alone: how long it may take does not change the answer.
    """

    def __init__(
        self,
        ask: Callable[..., V],
        *,
        keep: tuple[type[Exception], ...] = (),
        seconds: float = SECONDS,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._ask = ask
        self._keep = keep
        self._seconds = seconds
        self._now = now
        self._locks: dict[K, Any] = {}
        self._known: dict[K, _Answer] = {}
        self._lock = threading.Lock()

    def __call__(self, key: K, **options: Any) -> V:  # noqa: ANN401 - what `ask` takes
        """The answer for a key. Raises what asking raises."""
        with self._lock:
            lock = self._locks.setdefault(key, threading.Lock())
        with lock:
            known = self._held(key)
            if known is None:
                known = self._remember(key, self._answer(key, options))
        if isinstance(known.value, Exception):
            raise known.value.with_traceback(None)  # it would grow each time
        value: V = known.value
        return value

    def _answer(self, key: K, options: dict[str, Any]) -> V | Exception:
        try:
            return self._ask(key, **options)
        except self._keep as error:
            return error

    def _held(self, key: K) -> _Answer | None:
        known = self._known.get(key)
        return known if known and self._now() < known.end else None

    def _remember(self, key: K, value: V | Exception) -> _Answer:
        """What is over goes: a listing may be large."""
        now = self._now()
        answer = _Answer(value, now + self._seconds)
        with self._lock:
            self._known = {one: old for one, old in self._known.items() if now < old.end}
            self._known[key] = answer
        return answer

    def held(self, key: K) -> V | None:
        """The answer that is known, without asking."""
        known = self._held(key)
        return None if known is None or isinstance(known.value, Exception) else known.value

    def forget(self, key: K) -> None:
        """Ask again next time."""
        with self._lock:
            self._known.pop(key, None)
