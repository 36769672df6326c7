"""Whose turn is it: how many requests are in flight, and when a host takes the next one (reliability.md R23)."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Callable

from codex_action.errors import RateLimited
from codex_action.remote.deadline import add_wait


@dataclass
class _Host:
    busy: int = 0
    limited: bool = False  # it has said "too many" once: one request at a time from then on
    until: float = 0.0
    granted: float = 0.0  # the waiting up to this time is paid for


class Turns:
    """`connections` requests in flight at most; `max_wait` seconds of waiting for limits in all."""

    def __init__(
        self, *, connections: int, max_wait: float, now: Callable[[], float], sleep: Callable[[float], object],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self._connections = connections
        self._left = max_wait
        self._now, self._sleep, self._monotonic = now, sleep, monotonic
        self._hosts: dict[str, _Host] = {}
        self._busy = 0
        self._condition = threading.Condition()

    @contextmanager
    def take(self, name: str) -> Iterator[None]:
        """The block runs when a request may go to this host. Raises RateLimited if that would take too long."""
        host = self._enter(name)
        try:
            yield
        finally:
            with self._condition:
                host.busy -= 1
                self._busy -= 1
                self._condition.notify_all()

    def _enter(self, name: str) -> _Host:
        while True:
            with self._condition:
                host = self._hosts.setdefault(name, _Host())
                if not self._is_free(host):
                    self._line_up(host)
                pause = self._pause(name, host)
                if pause <= 0:
                    host.busy += 1
                    self._busy += 1
                    return host
            add_wait(pause, end=self._monotonic() + pause)
            self._sleep(pause)

    def _line_up(self, host: _Host) -> None:
        start = self._monotonic()
        while not self._is_free(host):
            self._condition.wait()
        add_wait(self._monotonic() - start)

    def _is_free(self, host: _Host) -> bool:
        return self._busy < self._connections and not (host.limited and host.busy)

    def _pause(self, name: str, host: _Host) -> float:
        """Seconds until the host may be asked; threads that wait for the same moment pay for it once."""
        now = self._now()
        if host.until <= now:
            return 0
        price = max(0.0, host.until - max(now, host.granted))
        if price > self._left:
            raise _too_many(name, host.until)
        self._left -= price
        host.granted = max(host.granted, host.until)
        return host.until - now

    def refused(self, name: str, until: float) -> None:
        """The host has said "too many": no request before `until`, in seconds since 1970."""
        with self._condition:
            host = self._hosts.setdefault(name, _Host())
            host.limited = True
            host.until = max(host.until, until)

    def too_many(self, name: str) -> RateLimited:
        """The error that names the time at which a host takes requests again."""
        return _too_many(name, self._hosts[name].until)


def _too_many(name: str, until: float) -> RateLimited:
    when = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(until))
    return RateLimited(
        f"{name} takes no more requests before {when}",
        reset_at=until,
        hint="wait until then, or raise the longest wait; a token raises the limit",
    )
