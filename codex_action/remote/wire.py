"""Connections that keep to a deadline and go to checked addresses only. Imports requests: not for start-up.

http.client waits a full timeout for each read, so that a server that sends a byte now and then holds it for ever, in
the headers too. Here the reader below every answer gives each read the time that is left for all of them.
"""

# ruff: noqa: ANN401 - what a library calls gets what that library gives

from __future__ import annotations

import contextlib
import io
import socket
import threading
from concurrent import futures
from http.client import HTTPException, HTTPResponse
from typing import Any, Callable

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from codex_action.remote.addresses import Reach
from codex_action.remote.body import BadBody

_CONNECT = 10.0
# http.client would take a hundred lines of 64 KiB.
_HEADERS = 2**16
# (host, port) -> what socket.getaddrinfo gives.
Resolve = Callable[[str, int], "list[Any]"]


class Call(threading.local):
    """What this thread's request keeps to, and what was seen of it."""

    ends = 0.0
    surplus = False

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock

    def begin(self, seconds: float) -> None:
        """A request that may take so long starts."""
        self.ends = self._clock() + seconds

    def seconds(self) -> float:
        """How long it may still take. Raises socket.timeout when that is over."""
        left = self.ends - self._clock()
        if left <= 0:
            raise socket.timeout("the time is over")  # 3.9 knows it by this name
        return left

    def check_end(self) -> None:
        """Raises BadBody if more came than was announced."""
        if self.surplus:
            raise BadBody("more bytes came than were announced")


class _Reader(io.RawIOBase):
    """The bytes of a socket as long as the call has time; of the headers no more than is usual."""

    def __init__(self, sock: socket.socket, call: Call) -> None:
        self._sock = sock
        self._raw = sock.makefile("rb", buffering=0)
        self._call = call
        self.room: int | None = _HEADERS
        self.over = False  # only what is there already

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self._sock.settimeout(0 if self.over else self._call.seconds())
        count = self._raw.readinto(buffer)
        if self.room is not None:
            self.room -= count or 0
            if self.room < 0:
                raise HTTPException("the headers are too long")
        return count

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Stream(io.BufferedReader):
    """Sees at its end whether more came than was announced; the connection is of no use then."""

    def __init__(self, reader: _Reader, sock: socket.socket, call: Call) -> None:
        super().__init__(reader)
        self._reader, self._sock, self._call = reader, sock, call

    def close(self) -> None:
        if not self.closed:
            self._reader.over, self._reader.room = True, None
            usual = self._sock.gettimeout()
            with contextlib.suppress(OSError, ValueError):
                if self.peek(1):
                    self._call.surplus = True
                    self._sock.shutdown(socket.SHUT_RDWR)
            with contextlib.suppress(OSError):
                self._sock.settimeout(usual)  # behind a proxy's answer the connection goes on
        super().close()


class _Answer(HTTPResponse):
    """An answer whose bytes come through our reader."""

    call: Call

    def __init__(self, sock: socket.socket, *arguments: Any, **options: Any) -> None:
        super().__init__(sock, *arguments, **options)
        self.fp.close()
        self._reader = _Reader(sock, self.call)
        self.fp = _Stream(self._reader, sock, self.call)

    def begin(self) -> None:
        super().begin()
        self._reader.room = None


class _Guarded:
    """The part of a connection that finds its address."""

    reach: Reach
    call: Call
    resolve: Resolve

    def _new_conn(self: Any) -> socket.socket:
        host, port = self._dns_host.strip("[]"), self.port
        found = _resolved(self.resolve, host, port, self.call)
        addresses = [str(entry[4][0]) for entry in found]
        if self.proxy is None:  # a proxy is the user's own, and looks up the names it is asked for
            usual = port == (443 if isinstance(self, HTTPSConnection) else 80)
            shown = f"[{host}]" if ":" in host else host
            addresses = self.reach.permitted(host, shown if usual else f"{shown}:{port}", addresses)
        return _connected(addresses, port, self.call)


def _resolved(resolve: Resolve, host: str, port: int, call: Call) -> list[Any]:
    """A look-up has no timeout of its own: it is left to a thread."""
    answer: futures.Future[list[Any]] = futures.Future()

    def look_up() -> None:
        try:
            answer.set_result(resolve(host, port))
        except Exception as error:  # noqa: BLE001 - raised again where it is waited for
            answer.set_exception(error)

    threading.Thread(target=look_up, daemon=True).start()
    try:
        return answer.result(min(_CONNECT, call.seconds()))
    except futures.TimeoutError as error:
        raise socket.timeout("the name was not found in time") from error


def _connected(addresses: list[str], port: int, call: Call) -> socket.socket:
    """A connection to the first address that takes one."""
    failure: OSError | None = None
    for address in addresses:
        try:
            made = socket.create_connection((address, port), min(_CONNECT, call.seconds()))
        except OSError as error:  # noqa: PERF203 - the next address may work
            failure = failure or error
        else:
            made.settimeout(min(_CONNECT, call.seconds()))  # for what follows: TLS
            made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return made
    raise failure or OSError("the name has no address")


class Adapter(HTTPAdapter):
    """requests' adapter with connections of ours."""

    def __init__(self, reach: Reach, call: Call, resolve: Resolve, connections: int) -> None:
        bound = {"reach": reach, "call": call, "resolve": staticmethod(resolve)}
        bound["response_class"] = type("Answer", (_Answer,), {"call": call})
        self._pools = {
            "http": _pool(HTTPConnectionPool, type("Connection", (_Guarded, HTTPConnection), bound)),
            "https": _pool(HTTPSConnectionPool, type("Connection", (_Guarded, HTTPSConnection), bound)),
        }
        super().__init__(pool_connections=connections, pool_maxsize=connections)

    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
        """Called by requests for the pools of direct connections."""
        super().init_poolmanager(*arguments, **options)
        self.poolmanager.pool_classes_by_scheme = self._pools

    def proxy_manager_for(self, *arguments: Any, **options: Any) -> Any:
        """Called by requests for the pools of a proxy."""
        manager = super().proxy_manager_for(*arguments, **options)
        manager.pool_classes_by_scheme = self._pools
        return manager


def _pool(base: type, connection: type) -> type:
    return type("Pool", (base,), {"ConnectionCls": connection})


def look_up(host: str, port: int) -> list[Any]:
    """The addresses of a host, as the system finds them."""
    return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
