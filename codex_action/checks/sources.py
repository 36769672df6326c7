"""Where findings really stand: the file behind a link, and the text of their lines."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from codex_action import files
from codex_action.checks import reader
from codex_action.checks.model import Finding
from codex_action.checks.selection import relative


class Source(NamedTuple):
    """A file by its own name, relative to the root, and the text of some of its lines, by number from 1."""

    path: str
    lines: Mapping[int, str]


def sources_of(root: str, findings: Iterable[Finding]) -> dict[str, Source]:
    """The source of every file with findings, each read once. One that went away has no lines."""
    wanted: dict[str, set[int]] = {}
    for finding in findings:
        wanted.setdefault(finding.file, set()).add(finding.line)
    return {file: _source(root, file, numbers) for file, numbers in wanted.items()}


def _source(root: str, file: str, numbers: Iterable[int]) -> Source:
    place = os.path.join(root, file)
    real = relative(os.path.realpath(root), os.path.realpath(place))
    try:
        text = reader.text_of(files.read_bytes(place, follow=True)) or b""
    except OSError:
        return Source(real, {})
    lines = text.split(b"\n")
    return Source(real, {at: lines[at - 1].decode("utf-8", "replace") for at in numbers if at <= len(lines)})


def repository_prefix(root: str) -> str:
    """The way from the repository's root to a folder in it, with '/'; '.' outside of every repository."""
    return os.path.relpath(root, files.repository_of(root) or root).replace(os.sep, "/")
