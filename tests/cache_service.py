"""The service behind actions/cache, version 2, on this machine: its calls, and the storage that it gives URLs of.

with CacheService() as service:
    ... ACTIONS_RESULTS_URL is service.url, with any token ...
    assert [entry.key for entry in service.entries] == [...]

An entry is found by its version, which is of its paths, and by its key: the same, else the newest that begins with it.
"""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from serving import Serving

_CALLS = "/twirp/github.actions.results.api.v1.CacheService/"
_STORAGE = "/storage/"


@dataclass
class Entry:
    """One saved archive; `content` None until it is whole."""

    key: str
    version: str
    blocks: dict[str, bytes] = field(default_factory=dict)
    uploaded: bytes = b""
    content: bytes | None = None


class CacheService(Serving, ThreadingHTTPServer):
    """The server; `entries` are in the order in which they were made, `tokens` those that callers showed."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.entries: list[Entry] = []
        self.tokens: set[str] = set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/"

    def call(self, name: str, request: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """A status and an answer."""
        same = [entry for entry in self.entries if entry.version == request["version"]]
        if name == "CreateCacheEntry":
            if any(entry.key == request["key"] for entry in same):
                return 409, {"code": "already_exists", "msg": "cache entry already exists"}
            self.entries.append(Entry(request["key"], request["version"]))
            return 200, {"ok": True, "signed_upload_url": self._place(self.entries[-1])}
        if name == "FinalizeCacheEntryUpload":
            made = next(entry for entry in same if entry.key == request["key"])
            if len(made.uploaded) != int(request["size_bytes"]):
                return 200, {"ok": False}
            made.content = made.uploaded
            return 200, {"ok": True, "entry_id": str(self.entries.index(made) + 1)}
        found = _find(same, [request["key"], *request.get("restore_keys", [])])
        if found is None:
            return 200, {"ok": False}
        return 200, {"ok": True, "signed_download_url": self._place(found), "matched_key": found.key}

    def _place(self, entry: Entry) -> str:
        return f"{self.url[:-1]}{_STORAGE}{self.entries.index(entry)}?sig=x"


def _find(entries: list[Entry], keys: list[str]) -> Entry | None:
    """The entry of the first key; else, key by key, the newest that begins with it."""
    whole = [entry for entry in reversed(entries) if entry.content is not None]
    exact = next((entry for entry in whole if entry.key == keys[0]), None)
    begun = (entry for key in keys for entry in whole if entry.key.startswith(key))
    return exact or next(begun, None)


class _Handler(BaseHTTPRequestHandler):
    server: CacheService
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        request = json.loads(self._body())
        self.server.tokens.add(self.headers.get("Authorization", "").partition(" ")[2])
        assert self.path.startswith(_CALLS), self.path
        status, answer = self.server.call(self.path[len(_CALLS) :], request)
        self._send(status, json.dumps(answer).encode(), {"Content-Type": "application/json"})

    def do_PUT(self) -> None:
        """Azure's way to upload: a whole body, or blocks and then the list of them."""
        entry, query = self._entry()
        body = self._body()
        if query.get("comp") == ["block"]:
            entry.blocks[query["blockid"][0]] = body
        elif query.get("comp") == ["blocklist"]:
            names = [element.text or "" for element in ET.fromstring(body)]  # noqa: S314 - our own client
            entry.uploaded = b"".join(entry.blocks[name] for name in names)
        else:
            entry.uploaded = body
        self._send(201, b"", {"ETag": '"1"', "x-ms-version": "2020-10-02"})

    def do_GET(self) -> None:
        content = self._entry()[0].content or b""
        asked = self.headers.get("Range") or self.headers.get("x-ms-range") or ""
        part = re.match(r"bytes=(\d+)-(\d*)", asked)
        headers = {"Content-Type": "application/octet-stream", "Accept-Ranges": "bytes"}
        if part is None:
            self._send(200, content, headers)
            return
        start, end = int(part[1]), min(int(part[2] or len(content)), len(content) - 1)
        headers["Content-Range"] = f"bytes {start}-{end}/{len(content)}"
        self._send(206, content[start : end + 1], headers)

    do_HEAD = do_GET  # noqa: N815 - http.server's name

    def _entry(self) -> tuple[Entry, dict[str, list[str]]]:
        parts = urlsplit(self.path)
        return self.server.entries[int(parts.path[len(_STORAGE) :])], parse_qs(parts.query)

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        body = b""
        while True:
            size = int(self.rfile.readline(), 16)
            body += self.rfile.read(size)
            self.rfile.readline()
            if not size:
                return body

    def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, text in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, text)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
        """Nothing: a test's output is its own."""
