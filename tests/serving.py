"""A server that answers in a thread of its own for as long as a `with` block lasts."""

from __future__ import annotations

import socketserver
import threading
from types import TracebackType
from typing import TypeVar

S = TypeVar("S", bound="Serving")


class Serving(socketserver.BaseServer):
    """What a server of the tests is, too: to be named before the class that serves."""

    def __enter__(self: S) -> S:  # noqa: PYI019 - Self is not in 3.9
        self._thread = threading.Thread(
            target=self.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        )
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.shutdown()
        self.server_close()
        self._thread.join()
