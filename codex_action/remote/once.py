"""Ask once in a while: who comes later, or meanwhile, gets the first one's answer."""

from __future__ import annotations

import threading
import time
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Callable, Generic, TypeVar

from codex_action.errors import Unreachable
from codex_action.remote.deadline import Deadline
from codex_action.shared import Flights

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")
# How long a program that goes on and on may not see what has changed, in seconds.
SECONDS = 60.0


@dataclass(frozen=True)
class _Answer(Generic[V]):
    """What was said, and until when it holds."""

    value: V | Exception
    end: float


class Once(Generic[K, V]):
    """Remembers for `seconds` what `ask` says about a key, and errors of the kinds in `keep`: asking again won't help.

    `ask` gets a key, and how many seconds it may take (None: as long as it usually takes).
    """

    def __init__(
        self,
        ask: Callable[[K, float | None], V],
        *,
        keep: tuple[type[Exception], ...] = (),
        seconds: float = SECONDS,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._ask = ask
        self._keep = keep
        self._seconds = seconds
        self._now = now
        self._flights: Flights[_Answer[V]] = Flights()
        self._known: dict[K, _Answer[V]] = {}
        self._lock = threading.Lock()

    def __call__(self, key: K, timeout: float | None = None) -> V:
        """The answer for a key. Raises what asking raises, Unreachable where another thread asks for too long."""
        known = self._held(key)
        if known is None:
            patience = None if timeout is None else Deadline(timeout).patience()
            try:
                known = self._flights.run(key, lambda: self._asked(key, timeout), patience=patience)
            except TimeoutError:
                raise Unreachable(f"{key}: no answer in time") from None
        if isinstance(known.value, Exception):
            raise known.value.with_traceback(None)  # it would grow each time
        return known.value

    def _asked(self, key: K, timeout: float | None) -> _Answer[V]:
        """The answer; somebody may have got it just before. What is over goes: a listing may be large."""
        known = self._held(key)
        if known is not None:
            return known
        value: V | Exception
        try:
            value = self._ask(key, timeout)
        except self._keep as error:
            value = error
        now = self._now()
        answer = _Answer(value, now + self._seconds)
        with self._lock:
            self._known = {one: old for one, old in self._known.items() if now < old.end}
            self._known[key] = answer
        return answer

    def _held(self, key: K) -> _Answer[V] | None:
        known = self._known.get(key)
        return known if known and self._now() < known.end else None

    def held(self, key: K) -> V | None:
        """The answer that is known, without asking."""
        known = self._held(key)
        return None if known is None or isinstance(known.value, Exception) else known.value

    def forget(self, key: K) -> None:
        """Ask again next time."""
        with self._lock:
            self._known.pop(key, None)
