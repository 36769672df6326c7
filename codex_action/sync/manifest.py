"""What both sides held after the last sync: the ancestor of every comparison (sync.md 2)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from operator import itemgetter
from typing import Any, Literal, NamedTuple

from codex_action.sync.model import Action, Plan
from codex_action.sync.protected import leads_out

MANIFEST = ".fractary/codex/sync-manifest.json"
VERSION = 1
_HASH = re.compile(r"[0-9a-f]{64}").fullmatch
_parts = itemgetter("sha256", "size", "synced_at", "source")
_FRESH = "files that differ are conflicts, and nothing is deleted"


class Entry(NamedTuple):
    """A file as both sides held it. `synced_at` is an ISO 8601 time in UTC, `source` the side its bytes came from."""

    sha256: str
    size: int
    synced_at: str
    source: Literal["local", "codex"]


@dataclass(frozen=True)
class Manifest:
    """The files that were in step, and with which codex repository. `entries` is empty before the first sync."""

    org: str
    project: str
    repository: str
    branch: str
    commit: str = ""
    rules_digest: str = ""
    entries: Mapping[str, Entry] = field(default_factory=dict, repr=False)


class Remembered(NamedTuple):
    """A manifest as it was read; `notices` say why there is less of it than the file holds."""

    manifest: Manifest
    notices: tuple[str, ...] = ()


def read_manifest(data: bytes | None, expected: Manifest) -> Remembered:
    """The ancestor that a manifest's bytes tell of; `expected` is an empty one that says whose it must be.

    What cannot be used is no ancestor, and a notice: content raises nothing.
    """
    if data is None:
        return Remembered(expected)
    try:
        document = json.loads(data, object_hook=partial(_entry, {}))
    except (ValueError, RecursionError):
        return _without(expected, "is damaged: it is no JSON")
    reason = _foreign(document, expected)
    if reason:
        return _without(expected, reason)
    entries = document["entries"]
    outside = leads_out(entries)
    if outside is not None:
        return _without(expected, f"names {outside[:200]!r}, which is no path in a project")
    good = entries
    if {*map(type, entries.values())} - {Entry}:
        good = {path: entry for path, entry in entries.items() if type(entry) is Entry}
    codex, digest = document["codex"], document.get("rules_digest")
    manifest = replace(
        expected,
        commit=_text(codex.get("commit")),
        rules_digest=_text(digest),
        entries=good,
    )
    lost = len(entries) - len(good)
    notice = f"{lost} of {len(entries)} rows of {MANIFEST} are damaged: for their files {_FRESH}"
    return Remembered(manifest, (notice,) if lost else ())


def _entry(times: dict[str, str], row: dict[str, Any]) -> Any:  # noqa: ANN401  (whatever the file holds)
    """Rows become small while the file is read: a hundred thousand mappings would weigh several times as much."""
    try:
        digest, size, when, source = _parts(row)
    except KeyError:
        return row
    good = type(digest) is type(when) is str and type(size) is int and size >= 0
    if not good or source not in ("local", "codex") or not _HASH(digest):
        return row
    return Entry(digest, size, times.setdefault(when, when), source)


def _foreign(document: Any, expected: Manifest) -> str | None:  # noqa: ANN401  (whatever the file holds)
    """Why a document is no ancestor of ours, or None."""
    if not isinstance(document, dict) or not isinstance(document.get("entries"), dict):
        return "is damaged: it has no entries"
    if "lastSync" in document:
        return "was written by another tool, whose hashes cannot be compared"
    if document.get("version") != VERSION:
        return f"has version {_shown(document.get('version'))}, and this program reads {VERSION}"
    codex = document.get("codex")
    if not isinstance(codex, dict):
        return "is damaged: it names no codex repository"
    names = [
        _text(value) for value in (document.get("org"), document.get("project"), codex.get("repository"))
    ]
    rows = (
        ("project", "/".join(names[:2]).lower(), f"{expected.org}/{expected.project}".lower()),
        ("codex repository", names[2].lower(), expected.repository.lower()),
        ("branch", _text(codex.get("branch")), expected.branch),
    )
    other = next((row for row in rows if row[1] != row[2]), None)
    return other and f"is of the {other[0]} {other[1][:200]!r}, not {other[2]!r}"


def _shown(value: Any) -> str:  # noqa: ANN401  (whatever the file holds)
    return str(value) if isinstance(value, (int, float)) else "unknown"


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _without(expected: Manifest, reason: str) -> Remembered:
    return Remembered(expected, (f"{MANIFEST} {reason}: it is not used, so {_FRESH}",))


def write_manifest(manifest: Manifest) -> bytes:
    """The file's bytes: keys sorted, one entry a line, so that a change shows as the lines of its files."""
    codex = {"branch": manifest.branch, "commit": manifest.commit, "repository": manifest.repository}
    tail = {
        "org": manifest.org,
        "project": manifest.project,
        "rules_digest": manifest.rules_digest,
        "version": VERSION,
    }
    data = bytearray(f'{{\n  "codex": {json.dumps(codex, sort_keys=True)},\n  "entries": {{'.encode())
    for number, path in enumerate(sorted(manifest.entries)):
        row = json.dumps(manifest.entries[path]._asdict(), sort_keys=True)
        data += f"{',' if number else ''}\n    {json.dumps(path)}: {row}".encode()
    data += b"\n  }" if manifest.entries else b"}"
    data += "".join(f",\n  {json.dumps(key)}: {json.dumps(value)}" for key, value in tail.items()).encode()
    return bytes(data + b"\n}\n")


def advanced(
    manifest: Manifest, plan: Plan, done: Iterable[Action], *, now: str, commit: str | None = None
) -> Manifest:
    """What is remembered after a plan: what was `done` and what was in step anyway; the same where nothing changed.

    `now` is an ISO 8601 time in UTC; `commit` the codex repository's after the sync, if it has a new one.
    """
    entries = dict(manifest.entries)
    for path in plan.gone:
        entries.pop(path, None)
    for state in plan.in_step:
        if leads_out((state.path,)) is None:  # else the whole manifest would not be read again
            entries[state.path] = Entry(state.hash, state.size, now, "local")
    for action in done:
        if action.after is None:
            entries.pop(action.path, None)
        else:
            source: Literal["local", "codex"] = "local" if action.side == "codex" else "codex"
            entries[action.path] = Entry(action.after, action.size, now, source)
    if entries == manifest.entries and plan.rules_digest == manifest.rules_digest:
        return manifest
    return replace(
        manifest, commit=commit or plan.codex_commit, rules_digest=plan.rules_digest, entries=entries
    )
