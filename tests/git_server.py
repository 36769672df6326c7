"""A git server on this machine: `git http-backend` behind a door that may ask for a token, or lead elsewhere."""

from __future__ import annotations

import base64
import contextlib
import os
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


class GitServer(ThreadingHTTPServer):
    """Serves the bare repositories below a folder; `seen` keeps each request's path and what it authorised itself with.

    `own` holds the tokens of single repositories, by how their paths begin; `readers` are those that may not push.
    """

    daemon_threads = True

    def __init__(
        self, root: Path, *, token: str | None = None, redirect: str | None = None, status: int = 401
    ) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.root, self.token, self.redirect, self.status = root, token, redirect, status
        self.seen: list[tuple[str, str | None]] = []
        self.moved: dict[str, str] = {}
        self.own: dict[str, str] = {}
        self.readers: set[str] = set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def admits(self, authorization: str | None, path: str) -> bool:
        token = next((own for start, own in self.own.items() if path.startswith(start)), self.token)
        if token is None:
            return True
        wanted = base64.b64encode(f"x-access-token:{token}".encode()).decode()
        return authorization is not None and authorization.split(" ", 1)[-1] == wanted


class _Handler(BaseHTTPRequestHandler):
    server: GitServer

    def do_GET(self) -> None:
        self._answer(b"")

    def do_POST(self) -> None:
        if self.headers.get("Transfer-Encoding") == "chunked":
            self._answer(b"".join(self._chunks()))
        else:
            self._answer(self.rfile.read(int(self.headers.get("Content-Length") or 0)))

    def _chunks(self) -> Iterator[bytes]:
        while True:
            size = int(self.rfile.readline(), 16)
            yield self.rfile.read(size)
            self.rfile.readline()
            if not size:
                return

    def _answer(self, body: bytes) -> None:
        authorization = self.headers.get("Authorization")
        self.server.seen.append((self.path, authorization))
        moved = next(
            (
                new + self.path[len(old) :]
                for old, new in self.server.moved.items()
                if self.path.startswith(old)
            ),
            None,
        )
        if self.server.redirect or moved:
            self.send_response(302)
            self.send_header("Location", (self.server.redirect or self.server.url) + (moved or self.path))
            self.send_header("Content-Length", "0")
            self.end_headers()
        elif authorization and any(map(self.path.startswith, self.server.readers)) and "receive" in self.path:
            self._no(403)
        elif not self.server.admits(authorization, self.path):
            self._no(self.server.status)
        else:
            self._backend(body)

    def _no(self, status: int) -> None:
        self.send_response(status)
        self.send_header("WWW-Authenticate", 'Basic realm="git"')
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _backend(self, body: bytes) -> None:
        path, _, query = self.path.partition("?")
        done = subprocess.run(
            ["git", "-c", "safe.directory=*", "http-backend"],
            input=body,
            capture_output=True,
            check=False,
            env={
                "PATH": os.environ["PATH"],
                "GIT_PROJECT_ROOT": str(self.server.root),
                "GIT_HTTP_EXPORT_ALL": "1",
                "PATH_INFO": path,
                "QUERY_STRING": query,
                "REQUEST_METHOD": self.command,
                "CONTENT_TYPE": self.headers.get("Content-Type") or "",
                "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding") or "",
                "HTTP_GIT_PROTOCOL": self.headers.get("Git-Protocol") or "",
                "REMOTE_ADDR": "127.0.0.1",
            },
        )
        head, _, content = done.stdout.partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode("latin-1").split("\r\n") if ": " in line)
        self.send_response(int(headers.pop("Status", "200").split()[0]))
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (the name that http.server chose)
        """Nothing: a test's output is its own."""


@contextlib.contextmanager
def served(
    root: Path, *, token: str | None = None, redirect: str | None = None, status: int = 401
) -> Iterator[GitServer]:
    """The server while the block runs."""
    server = GitServer(root, token=token, redirect=redirect, status=status)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
