"""A manifest that was read before: of its bytes it is known that they are whole, so that only some rows are read again.

Rows become objects when they are asked for. What is remembered is the sha256 of a manifest that was read in full,
without a notice, and is written as `write_manifest` writes it: one row a line.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Mapping
from dataclasses import replace
from json.encoder import encode_basestring_ascii as _quoted
from typing import NamedTuple

from codex_action.files import create, read_bytes
from codex_action.sync.known import INDENT, Entries
from codex_action.sync.manifest import Entry, Manifest, Remembered, read_manifest
from codex_action.sync.names import alike
from codex_action.version import __version__

_NAME = "known-manifest"
_APART, _ALIKE = b"apart", b"alike"  # are there names that some file systems take for one?
_START, _END = b'\n  "entries": {\n', b"\n  },\n"


class _Parts(NamedTuple):
    """A manifest as it is written: what is not entries, and a line for each of these."""

    shell: bytes
    lines: list[bytes]


def read_known(data: bytes | None, expected: Manifest, memory: str | None) -> Remembered:
    """As `read_manifest`, with the same answer; `memory` is a folder that is there, for what is remembered."""
    parts = _parts(data) if data is not None and memory is not None else None
    if data is None or memory is None or parts is None:
        return read_manifest(data, expected)
    digest = hashlib.sha256(data).hexdigest()
    path, mark = os.path.join(memory, _NAME), f"{__version__} {digest} ".encode()
    shell = read_manifest(parts.shell, expected)
    known = _read(path)
    if not shell.notices and known in (mark + _APART, mark + _ALIKE):
        parts.lines.sort()
        entries: Mapping[str, Entry] = Entries(digest, parts.lines, apart=known.endswith(_APART))
        return Remembered(replace(shell.manifest, entries=entries))
    found = read_manifest(data, expected)
    entries = found.manifest.entries
    if found.notices or replace(shell.manifest, entries=entries) != found.manifest:
        return found
    if len(entries) != len(parts.lines) or not all(map(_is_row, parts.lines, entries.items())):
        return found
    with contextlib.suppress(OSError):
        create(path, mark + (_ALIKE if alike(entries) else _APART), durable=False)
    return Remembered(replace(found.manifest, entries=Entries(digest, [], entries)))


def _parts(data: bytes) -> _Parts | None:
    start, end = data.find(_START) + len(_START), data.rfind(_END)
    if not len(_START) <= start < end:
        return None
    return _Parts(data[:start] + data[end:], data[start:end].split(b"\n"))


def _is_row(line: bytes, row: tuple[str, Entry]) -> bool:
    """Is a line what is written for a row?"""
    path, entry = row
    text = (
        f'{INDENT}{_quoted(path)}: {{"sha256": "{entry.sha256}", "size": {entry.size}, '
        f'"source": "{entry.source}", "synced_at": {_quoted(entry.synced_at)}}}'
    )
    return line.rstrip(b",") == text.encode()


def _read(path: str) -> bytes:
    try:
        return read_bytes(path, follow=False)
    except OSError:
        return b""
