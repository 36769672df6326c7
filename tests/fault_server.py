"""A web server that does everything wrong: the first segment of a request's path says what (MODES).

with FaultServer() as server:
    session.get(f"{server.url}/short/x")
    assert len(server.log) == 3

It speaks in raw bytes: a library would not let it.
"""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import io
import os
import socket
import socketserver
import struct
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Callable
from urllib.parse import unquote

from serving import Serving

MIB = 2**20


@dataclass
class Request:
    method: str
    path: str
    headers: dict[str, str]
    number: int  # how many of this path there were, from 1
    at: float = 0.0


class FaultServer(Serving, socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 256

    def __init__(self, host: str = "127.0.0.1") -> None:
        if ":" in host:
            self.address_family = socket.AF_INET6
        super().__init__((host, 0), _Handler)
        self.log: list[Request] = []
        self.connections = 0
        self.over = threading.Event()
        self.lock = threading.Lock()
        self.wait = 60  # seconds that a limit names
        self.clock: Callable[[], float] = time.time

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    @property
    def name(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        return f"http://{self.name}"

    def shutdown(self) -> None:
        """Whoever is made to wait need not any longer."""
        self.over.set()
        super().shutdown()

    def handle_error(self, request: object, client_address: object) -> None:
        """Who was served badly has gone away: that is no news."""


class _Handler(socketserver.BaseRequestHandler):
    server: FaultServer
    request: socket.socket

    def handle(self) -> None:
        with self.server.lock:
            self.server.connections += 1
        with contextlib.suppress(OSError):
            while (request := self._read()) is not None:
                mode = MODES[request.path.split("/")[1]]
                if not mode(self.request, request, self.server):
                    return

    def _read(self) -> Request | None:
        data = b""
        while b"\r\n\r\n" not in data:
            received = self.request.recv(65536)
            if not received:
                return None
            data += received
        head, *lines = data.partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")
        method, target, _ = head.split(" ")
        headers = {name.lower(): text for name, _, text in (line.partition(": ") for line in lines)}
        path = target.split("?")[0]
        with self.server.lock:
            number = 1 + sum(known.path == path and known.method == method for known in self.server.log)
            request = Request(method, path, headers, number, time.monotonic())
            self.server.log.append(request)
        return request


def head(status: str, **headers: object) -> bytes:
    lines = "".join(f"{name.replace('_', '-')}: {text}\r\n" for name, text in headers.items())
    return f"HTTP/1.1 {status}\r\n{lines}\r\n".encode()


def whole(conn: socket.socket, request: Request, status: str, body: bytes = b"", **headers: object) -> bool:
    """A faultless answer; the connection can be used again."""
    headers.setdefault("Content_Length", len(body))
    conn.sendall(head(status, **headers) + (body if request.method != "HEAD" else b""))
    return True


def _ok(conn: socket.socket, request: Request, server: FaultServer) -> bool:
    body = b"x" * 100
    etag = f'"{hashlib.sha256(body).hexdigest()[:12]}"'
    if request.headers.get("if-none-match") == etag:
        return whole(conn, request, "304 Not Modified", ETag=etag)
    return whole(conn, request, "200 OK", body, ETag=etag, Content_Type="text/plain")


def _short(conn: socket.socket, request: Request, server: FaultServer) -> bool:
    conn.sendall(head("200 OK", Content_Length=1000) + b"x" * 500)
    return False


def _long(conn: socket.socket, request: Request, server: FaultServer) -> bool:
    conn.sendall(head("200 OK", Content_Length=100) + b"x" * 110)
    return False


def _long_big(conn: socket.socket, request: Request, server: FaultServer) -> bool:
    conn.sendall(head("200 OK", Content_Length=MIB) + b"x" * (MIB + 10))
    server.over.wait(0.2)
    return False


def _reset(conn: socket.socket, request: Request, server: FaultServer) -> bool:
    conn.sendall(head("200 OK", Content_Length=1000) + b"x" * 500)
    conn.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    conn.close()  # with a reset
    return False


def _closed(conn: socket.socket, request: Request, server: FaultServer) -> bool:
    return False


def _hang(conn: socket.socket, request: Request, server: FaultServer) -> bool:
    server.over.wait(2 * PATIENT)
    return False


def _slowly(conn: socket.socket, server: FaultServer, data: Iterator[bytes]) -> bool:
    for part in data:
        conn.sendall(part)
        if server.over.wait(0.05):
            break
    return False


def _drip(conn: socket.socket, request: Request, server: FaultServer) -> bool:
    conn.sendall(head("200 OK", Content_Length=1000))
    return _slowly(conn, server, iter([b"x"] * 1000))


def _drip_headers(conn: socket.socket, request: Request, server: FaultServer) -> bool:
    text = b"HTTP/1.1 200 OK\r\nX-A: " + b"a" * 1000
    return _slowly(conn, server, (text[at : at + 1] for at in range(len(text))))


def _drip_lines(conn: socket.socket, request: Request, server: FaultServer) -> bool:
    return _slowly(conn, server, (b"HTTP/1.1 100 Continue\r\n\r\n" for _ in range(1000)))


def _drip_chunks(conn: socket.socket, request: Request, server: FaultServer) -> bool:
    conn.sendall(head("200 OK", Transfer_Encoding="chunked"))
    return _slowly(conn, server, (b"1\r\nx\r\n" for _ in range(1000)))


def _bomb(conn: socket.socket, request: Request, server: FaultServer) -> bool:
    return whole(conn, request, "200 OK", bomb(), Content_Encoding="gzip")


def bomb(mebibytes: int = 100, made: dict[int, bytes] = {}) -> bytes:  # noqa: B006 - made once
    """Zeros, packed."""
    if mebibytes not in made:
        packed = io.BytesIO()
        with gzip.GzipFile(fileobj=packed, mode="wb") as stream:
            for _ in range(mebibytes):
                stream.write(bytes(MIB))
        made[mebibytes] = packed.getvalue()
    return made[mebibytes]


def _redirect_bomb(conn: socket.socket, request: Request, server: FaultServer) -> bool:
    return whole(conn, request, "302 Found", bomb(), Content_Encoding="gzip", Location="/ok/x")


def _cut_gzip(conn: socket.socket, request: Request, server: FaultServer) -> bool:
    return whole(conn, request, "200 OK", gzip.compress(os.urandom(10000))[:5000], Content_Encoding="gzip")


def _no_gzip(conn: socket.socket, request: Request, server: FaultServer) -> bool:
    return whole(conn, request, "200 OK", b"plain", Content_Encoding="gzip")


def _brotli(conn: socket.socket, request: Request, server: FaultServer) -> bool:
    return whole(conn, request, "200 OK", b"\x0b\x02\x80x\x03", Content_Encoding="br")


def _large(conn: socket.socket, request: Request, server: FaultServer) -> bool:
    conn.sendall(head("200 OK", Content_Length=12 * MIB))
    for _ in range(12 * 16 if request.method == "GET" else 0):
        conn.sendall(bytes(MIB // 16))
    return False


def _endless(conn: socket.socket, request: Request, server: FaultServer) -> bool:
    conn.sendall(head("200 OK", Connection="close"))
    while not server.over.is_set():
        conn.sendall(bytes(65536))
    return False


def _endless_chunks(conn: socket.socket, request: Request, server: FaultServer) -> bool:
    conn.sendall(head("200 OK", Transfer_Encoding="chunked"))
    while not server.over.is_set():
        conn.sendall(b"10000\r\n" + bytes(65536) + b"\r\n")
    return False


def _endless_chunk_line(conn: socket.socket, request: Request, server: FaultServer) -> bool:
    conn.sendall(head("200 OK", Transfer_Encoding="chunked") + b"1;")
    while not server.over.is_set():
        conn.sendall(b"x" * 65536)
    return False


def _endless_headers(conn: socket.socket, request: Request, server: FaultServer) -> bool:
    conn.sendall(b"HTTP/1.1 200 OK\r\n")
    while not server.over.is_set():
        conn.sendall(b"X-Header: " + b"x" * 60000 + b"\r\n")
    return False


def _endless_status(conn: socket.socket, request: Request, server: FaultServer) -> bool:
    conn.sendall(b"HTTP/1.1 200 ")
    while not server.over.is_set():
        conn.sendall(b"x" * 65536)
    return False


def _cut_chunks(conn: socket.socket, request: Request, server: FaultServer) -> bool:
    conn.sendall(head("200 OK", Transfer_Encoding="chunked") + b"400\r\n" + b"x" * 0x400 + b"\r\n")
    return False


def _bad_chunk(conn: socket.socket, request: Request, server: FaultServer) -> bool:
    conn.sendall(head("200 OK", Transfer_Encoding="chunked") + b"-5\r\nxxxxx\r\n0\r\n\r\n")
    return False


def _bad_length(conn: socket.socket, request: Request, server: FaultServer) -> bool:
    conn.sendall(head("200 OK", Content_Length="ten") + b"x" * 10)
    return False


def _two_lengths(conn: socket.socket, request: Request, server: FaultServer) -> bool:
    conn.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 10\r\n\r\n" + b"x" * 10)
    return False


def _garbage(conn: socket.socket, request: Request, server: FaultServer) -> bool:
    conn.sendall(b"\x16\x03\x01\x02\x00\x01\x00\x01" * 100 + b"\r\n\r\n")
    return False


def _too_many(conn: socket.socket, request: Request, server: FaultServer) -> bool:
    return whole(conn, request, "429 Too Many Requests", b"slow", Retry_After=server.wait)


def _too_many_cut(conn: socket.socket, request: Request, server: FaultServer) -> bool:
    conn.sendall(head("429 Too Many Requests", Content_Length=1000, Retry_After=server.wait) + b"slow")
    return False


def _storm(conn: socket.socket, request: Request, server: FaultServer) -> bool:
    """Too many, twice; then fine. The third segment is how often."""
    times = int(request.path.split("/")[2])
    if request.number <= times:
        return whole(conn, request, "429 Too Many Requests", b"slow", Retry_After=0)
    return whole(conn, request, "200 OK", b"fine")


def _spent(conn: socket.socket, request: Request, server: FaultServer) -> bool:
    reset = int(server.clock()) + server.wait
    body = b'{"message": "API rate limit exceeded"}'
    return whole(
        conn,
        request,
        "403 Forbidden",
        body,
        X_RateLimit_Remaining=0,
        X_RateLimit_Limit=60,
        X_RateLimit_Reset=reset,
    )


def _status(conn: socket.socket, request: Request, server: FaultServer) -> bool:
    return whole(conn, request, f"{request.path.split('/')[2]} Something", b"no", Location="")


def _loop(conn: socket.socket, request: Request, server: FaultServer) -> bool:
    return whole(conn, request, "302 Found", Location="/loop/x")


def _redirect(conn: socket.socket, request: Request, server: FaultServer) -> bool:
    """To what the rest of the path says, percent-encoded."""
    return whole(conn, request, "302 Found", Location=unquote(request.path.split("/")[2]))


def _unasked(conn: socket.socket, request: Request, server: FaultServer) -> bool:
    return whole(conn, request, "304 Not Modified")


def _cut_json(conn: socket.socket, request: Request, server: FaultServer) -> bool:
    body = b'{"tree": [{"path": "a.md", "sha": "'
    return whole(conn, request, "200 OK", body, Content_Type="application/json")


def _deep_json(conn: socket.socket, request: Request, server: FaultServer) -> bool:
    return whole(conn, request, "200 OK", b"[" * 200_000, Content_Type="application/json")


def _wrong_json(conn: socket.socket, request: Request, server: FaultServer) -> bool:
    return whole(conn, request, "200 OK", b'{"tree": [7, null]}', Content_Type="application/json")


def _future(conn: socket.socket, request: Request, server: FaultServer) -> bool:
    return whole(conn, request, "200 OK", b"ok", Date="Fri, 01 Jan 2038 00:00:00 GMT")


def _other_each_time(conn: socket.socket, request: Request, server: FaultServer) -> bool:
    return whole(conn, request, "200 OK", b"v%d" % request.number, ETag=f'"{request.number}"')


Mode = Callable[[socket.socket, Request, FaultServer], bool]
# These end too late, or never. Whoever asks them is told to wait a little; of every other, an answer is waited for
# for as long as a machine may stand still.
ENDLESS = ("hang", "drip", "drip-headers", "drip-lines", "drip-chunks")
PATIENT = 30.0
MODES: dict[str, Mode] = {
    "ok": _ok, "short": _short, "long": _long, "long-big": _long_big, "reset": _reset, "closed": _closed, "hang": _hang,
    "drip": _drip, "drip-headers": _drip_headers, "drip-lines": _drip_lines, "drip-chunks": _drip_chunks, "bomb": _bomb,
    "redirect-bomb": _redirect_bomb, "cut-gzip": _cut_gzip, "no-gzip": _no_gzip, "brotli": _brotli, "large": _large,
    "endless": _endless, "endless-chunks": _endless_chunks, "endless-chunk-line": _endless_chunk_line,
    "endless-headers": _endless_headers, "endless-status": _endless_status, "cut-chunks": _cut_chunks,
    "bad-chunk": _bad_chunk, "bad-length": _bad_length, "two-lengths": _two_lengths, "garbage": _garbage,
    "too-many": _too_many, "too-many-cut": _too_many_cut, "storm": _storm, "spent": _spent, "status": _status, "loop": _loop, "redirect": _redirect,
    "unasked": _unasked, "cut-json": _cut_json, "deep-json": _deep_json, "wrong-json": _wrong_json, "future": _future,
    "other-each-time": _other_each_time,
}  # fmt: skip
