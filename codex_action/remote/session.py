"""Ask a host over HTTP, and come back in time: with all of the answer, or an error that says why not (documents.md 2).

No stock client keeps these promises (reliability.md, "What stock HTTP clients do"): one deadline for everything,
headers too; a limit on decoded bytes; an answer that was cut is an error; our own redirections, credentials to one
host alone; no request before a host takes one again. requests is imported with the first request, not before.
"""

# ruff: noqa: PLR0913 - options are keyword-only and read by name

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Callable

from codex_action.errors import ConfigurationError, Unreachable
from codex_action.remote.addresses import Reach, location, proxy_for, redirected, shown
from codex_action.remote.body import BadBody, read_body
from codex_action.remote.deadline import waited
from codex_action.remote.protocol import limited_until
from codex_action.remote.turns import Turns
from codex_action.version import __version__

if TYPE_CHECKING:
    import requests

    from codex_action.remote.wire import Adapter, Call, Resolve

LIMIT = 10 * 2**20
TIMEOUT = 30.0
_CONNECT = 10.0
_TRIES = 3
_REDIRECTS = 5
_CHUNK = 2**16
_RETRIED = frozenset((502, 503, 504))
_MOVED = frozenset((301, 302, 303, 307, 308))
# A redirection with these asks for the same again; the others turn everything into GET.
_SAME = frozenset((307, 308))
# Whatever else a header holds may be a secret, by whatever name, and stays with the host it was meant for.
_FOR_ANYBODY = frozenset(("accept", "if-none-match", "if-modified-since"))


@dataclass(frozen=True)
class Response:
    """What a host answered: header names in lower case, the body whole and decoded, `url` is where it was found."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    url: str


@dataclass(frozen=True)
class Clock:
    """Time and chance: seconds since 1970, seconds that only grow, a pause, a number from 0 to 1."""

    now: Callable[[], float] = time.time
    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], object] = time.sleep
    chance: Callable[[], float] = lambda: os.urandom(1)[0] / 256


class _Cut(Unreachable):
    """It failed on the way, and may succeed if it is tried again."""


class Session:
    """One pool of connections; threads may share it.

    `timeout` in seconds is for one request with its redirections and tries, without the time it waits for its turn;
    `limit` in bytes is for a decoded body; `max_wait` in seconds is for all waiting on rate limits. `turns` are another
    session's, which then waits with this one where both ask the same host, in its time for waiting. The environment
    gives proxies and certificates (HTTPS_PROXY, NO_PROXY, REQUESTS_CA_BUNDLE, SSL_CERT_FILE), never credentials.
    """

    def __init__(
        self, reach: Reach, *, environ: Mapping[str, str] | None = None, timeout: float = TIMEOUT, limit: int = LIMIT,
        max_wait: float = 120.0, connections: int = 8, clock: Clock | None = None, resolve: Resolve | None = None,
        turns: Turns | None = None,
    ) -> None:  # fmt: skip
        self.reach = reach
        self._environ = dict(os.environ if environ is None else environ)
        self._timeout, self._limit, self._connections = timeout, limit, connections
        self._clock = clock or Clock()
        self._resolve = resolve
        self.turns = turns or Turns(
            connections=connections, max_wait=max_wait, now=self._clock.now, sleep=self._clock.sleep,
            monotonic=self._clock.monotonic,
        )  # fmt: skip
        self._wire: tuple[Adapter, Call] | None = None
        self._lock = threading.Lock()

    def get(
        self, url: str, *, headers: Mapping[str, str] | None = None, timeout: float | None = None
    ) -> Response:
        """`request` with GET."""
        return self.request("GET", url, headers=headers, timeout=timeout)

    def request(
        self, method: str, url: str, *, headers: Mapping[str, str] | None = None, body: bytes | None = None,
        timeout: float | None = None,
    ) -> Response:  # fmt: skip
        """The answer, whatever its status, but for "too many".

        Raises RateLimited; Forbidden for a URL that may not be asked; Unreachable where no whole answer came in time.
        """
        _, call = self._opened()
        call.begin(self._timeout if timeout is None else timeout)
        last = _TRIES if method in ("GET", "HEAD") else 1
        for number in range(1, last + 1):
            try:
                response = self._follow(method, url, dict(headers or {}), body)
            except _Cut:
                if number == last or not self._pause(call, number):
                    raise
                continue
            if self._is_refused(response):
                if number == last:
                    break
            elif response.status not in _RETRIED or number == last or not self._pause(call, number):
                return response
        raise self.turns.too_many(location(self.reach.check_url(response.url)))

    def close(self) -> None:
        """Close the connections. A later request opens new ones."""
        with self._lock:
            if self._wire:
                self._wire[0].close()
            self._wire = None

    def _opened(self) -> tuple[Adapter, Call]:
        with self._lock:
            if self._wire is None:
                # With requests: 150 ms that a cached document does not need.
                from codex_action.remote import wire

                call = wire.Call(self._clock.monotonic)
                adapter = wire.Adapter(self.reach, call, self._resolve or wire.look_up, self._connections)
                self._wire = adapter, call
            return self._wire

    def _is_refused(self, response: Response) -> bool:
        """Has the host said "too many"? Then it is not asked before the time it names."""
        until = limited_until(response.status, response.headers, response.body, self._clock.now())
        if until is not None or response.status == 403:
            name = location(self.reach.check_url(response.url))
            # A little later than it says: not all programs that wait for this moment at once.
            self.turns.refused(name, until + self._clock.chance() if until is not None else 0.0)
        return until is not None

    def _pause(self, call: Call, number: int) -> bool:
        """Wait before another try, half a second and then one; False if there is no time for it."""
        seconds = (0.5 + self._clock.chance() / 2) * number / 2
        if call.ends - self._clock.monotonic() <= seconds:
            return False
        self._clock.sleep(seconds)
        return True

    def _follow(self, method: str, url: str, headers: dict[str, str], body: bytes | None) -> Response:
        for _ in range(_REDIRECTS + 1):
            response = self._in_turn(method, url, headers, body)
            target = response.headers.get("location")
            if response.status not in _MOVED or not target:
                return response
            if method not in ("GET", "HEAD") and response.status not in _SAME:
                return response
            before, url = url, redirected(url, target)
            if location(self.reach.check_url(url)) != location(self.reach.check_url(before)):
                headers = {name: text for name, text in headers.items() if name.lower() in _FOR_ANYBODY}
        raise Unreachable(f"{shown(url)}: more than {_REDIRECTS} redirections")

    def _in_turn(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> Response:
        _, call = self._opened()
        name = location(self.reach.check_url(url))
        before = waited()
        with self.turns.take(name):
            call.ends += waited() - before  # a place in the line is not the host's doing
            return self._exchange(method, url, headers, body)

    def _exchange(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> Response:
        import requests
        from urllib3.exceptions import HTTPError

        _, call = self._opened()
        call.surplus = False
        try:
            answer = self._sent(method, url, headers, body)
            try:
                return self._read(answer, url, method)
            finally:
                answer.close()
        except BadBody as error:
            raise (_Cut if error.cut else Unreachable)(f"{shown(url)}: {error.reason}") from error
        except (requests.RequestException, HTTPError, OSError, ValueError) as error:
            raise self._translated(error, url, call) from error

    def _sent(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None
    ) -> requests.Response:
        import requests

        adapter, call = self._opened()
        standard = {"User-Agent": f"fractary-codex/{__version__}", "Accept": "*/*", "Accept-Encoding": "gzip"}
        prepared = requests.Request(method, url, headers={**standard, **headers}, data=body).prepare()
        left = call.seconds()
        proxy = proxy_for(self.reach.check_url(url), self._environ)
        if proxy and not proxy.lower().startswith(("http://", "https://")) and "://" in proxy:
            raise ConfigurationError("the proxy of the environment is neither http:// nor https://")
        return adapter.send(
            prepared, stream=True, timeout=(min(_CONNECT, left), left), verify=self._certificates(),
            proxies={"https": proxy} if proxy else {},
        )  # fmt: skip

    def _certificates(self) -> str | bool:
        names = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR")
        return next((self._environ[name] for name in names if self._environ.get(name)), True)

    def _read(self, answer: requests.Response, url: str, method: str) -> Response:
        from urllib3.exceptions import HTTPError

        _, call = self._opened()
        headers = {name.lower(): value for name, value in answer.headers.items()}
        status = answer.status_code
        bare = method == "HEAD" or status in (204, 304)
        try:
            body = read_body(_chunks(answer.raw), {} if bare else headers, self._limit)
            if not bare:
                call.check_end()
        except (BadBody, HTTPError, OSError):
            if status < 400:
                raise
            body = b""  # its headers say enough: when a host may be asked again
        return Response(status, headers, body, url)

    def _translated(self, error: Exception, url: str, call: Call) -> Unreachable:
        from codex_action.remote.failures import reason

        if self._clock.monotonic() >= call.ends:
            return Unreachable(f"{shown(url)}: no whole answer in time")
        words, again = reason(error)
        return (_Cut if again else Unreachable)(f"{shown(url)}: {words}")


def _chunks(raw: Any) -> Iterator[bytes]:  # noqa: ANN401 - urllib3's, or a test's
    while chunk := raw.read(_CHUNK, decode_content=False):
        yield chunk
