"""Documents of web servers that were named: https, public addresses (documents.md 2)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from urllib.parse import urlsplit

from codex_action.artifacts.content_type import detect_content_type
from codex_action.artifacts.document import FetchResult
from codex_action.errors import NotFound, NotModified, StorageError, Unauthorized, Unreachable, UsageError
from codex_action.refs.paths import validate_path
from codex_action.remote.addresses import Reach, location, shown
from codex_action.remote.deadline import Deadline
from codex_action.remote.protocol import encode_segment, etag_of
from codex_action.remote.session import Response, Session

_MEDIA_TYPE = re.compile(r"[\w.+-]{1,80}/[\w.+-]{1,80}", re.ASCII)
_GONE = (404, 410)
# A server that does not know HEAD is asked for the document itself.
_NO_HEAD = (405, 501)


class HttpStorage:
    """Documents below a URL, or, without one, at any URL of the hosts that are allowed (seed 1, storage).

    `allowed_hosts` are names, or `name:port`; the base URL's host is one of them. `default_headers` go where a request
    starts, and to no other host. `timeout` in seconds is for each question that has none of its own. A `session` brings
    its own hosts.
    """

    def __init__(
        self,
        base_url: str | None = None,
        *,
        allowed_hosts: Iterable[str] = (),
        default_headers: Mapping[str, str] | None = None,
        timeout: float = 30.0,
        session: Session | None = None,
    ) -> None:
        self._base = base_url.rstrip("/") if base_url else None
        self._home = location(urlsplit(self._base)) if self._base else None
        hosts = {host.lower() for host in allowed_hosts} | ({self._home} if self._home else set())
        if not hosts and session is None:
            raise UsageError("no host may be asked: give a base URL or allowed_hosts")
        self._session = session or Session(Reach(frozenset(hosts)))
        self._headers = dict(default_headers or {})
        self._timeout = timeout

    def fetch(
        self, path: str, *, timeout: float | None = None, headers: Mapping[str, str] | None = None
    ) -> FetchResult:
        """The document at a path below the base URL, or at a URL."""
        response = self._ask("GET", path, timeout, headers)
        if response.status in _GONE:
            raise NotFound(f"there is no {shown(response.url)}")
        if response.status != 200:
            raise _refusal(response)
        said = _MEDIA_TYPE.match(response.headers.get("content-type", ""))
        return FetchResult(
            response.body,
            said[0].lower() if said else detect_content_type(path),
            etag_of(response.headers),
            response.headers.get("last-modified"),
            source="http",
        )

    def exists(self, path: str) -> bool:
        """Is there such a document? False only where the server says so."""
        deadline = Deadline(self._timeout)
        response = self._ask("HEAD", path, None, None)
        if response.status in _NO_HEAD:
            response = self._ask("GET", path, deadline.left, None)
        if response.status in _GONE:
            return False
        if response.status != 200:
            raise _refusal(response)
        return True

    def list(self, prefix: str = "") -> Iterable[str]:
        """A web server does not say what it holds: raises StorageError."""
        raise StorageError(f"a web server does not list its documents: {prefix or self._home or 'all'}")

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    def _ask(
        self, method: str, path: str, timeout: float | None, headers: Mapping[str, str] | None
    ) -> Response:
        url = self._url(path)
        response = self._session.request(
            method,
            url,
            headers={**self._headers, **(headers or {})},
            timeout=self._timeout if timeout is None else timeout,
        )
        if response.status == 304 and any(name.lower() == "if-none-match" for name in headers or {}):
            raise NotModified(f"{shown(response.url)} has not changed")
        return response

    def _url(self, path: str) -> str:
        if self._base is None:
            return path
        return "/".join((self._base, *map(encode_segment, validate_path(path).split("/"))))


def _refusal(response: Response) -> StorageError:
    if response.status in (401, 403, 407):
        return Unauthorized(f"{shown(response.url)}: access is refused ({response.status})")
    return Unreachable(f"{shown(response.url)}: the server answers {response.status}")
