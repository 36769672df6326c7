"""Why an exchange failed: the libraries' errors, wrapped several times over, as a few words. Imports requests."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from http.client import HTTPException, IncompleteRead
from typing import Any

from requests.exceptions import SSLError

_UNTRUSTED = "its certificate is not trusted (REQUESTS_CA_BUNDLE names other authorities)"


def reason(error: BaseException) -> tuple[str, bool]:
    """(what happened, may another try help). Never the error's own text: that holds URLs and what was sent."""
    found = list(causes(error))
    rows = ((words, again) for kind, words, again in _ROWS if any(isinstance(one, kind) for one in found))
    return next(rows, _OTHER)


_ROWS: tuple[tuple[type[BaseException], str, bool], ...] = (
    (ssl.SSLCertVerificationError, _UNTRUSTED, False),
    (socket.gaierror, "the host cannot be found", True),
    (ConnectionRefusedError, "nobody listens there", True),
    (socket.timeout, "no answer in time", True),
    (ConnectionError, "the connection was cut", True),
    (IncompleteRead, "the connection was cut", True),
    (HTTPException, "no answer that can be read", False),
    (ssl.SSLError, "no secure connection could be made", False),
    (SSLError, _UNTRUSTED, False),  # urllib3 before 2 compares names itself
    (FileNotFoundError, "the file with the certificates is not there", False),
)
_OTHER = ("no whole answer came", True)


def causes(error: BaseException) -> Iterator[BaseException]:
    """An error and all that it was made of."""
    todo: list[Any] = [error]
    seen: set[int] = set()
    while todo:
        current = todo.pop(0)
        if isinstance(current, BaseException) and id(current) not in seen:
            seen.add(id(current))
            yield current
            todo += [*current.args, getattr(current, "reason", None), current.__cause__, current.__context__]
