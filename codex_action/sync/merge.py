"""Two syncs that overlapped, each with a manifest of its own from the same one before: what holds after both.

An entry says that at a time both sides held one content; it decides whose side counts as changed later on. One that is
false can have the newer content replaced. One that is missing makes the next difference a conflict, or a file that is
on one side alone a new one: nothing is lost. So whatever cannot be told from both manifests is left out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from operator import attrgetter
from typing import Any, NamedTuple

from codex_action.errors import RefusedError
from codex_action.sync.manifest import MANIFEST, Entry, Manifest, read_manifest, write_manifest

_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z").fullmatch
_HINT = "look at the file on the branch; without it the next sync begins anew, where files that differ are conflicts"


class Committed(NamedTuple):
    """A commit's files: is there one at a path, and is the one in the working tree still the same?

    `moved`: may the branch have changed it since?
    """

    has: Callable[[str], bool]
    holds: Callable[[str], bool]
    moved: Callable[[str], bool] = lambda _: False


def merge_files(
    path: str, base: bytes | None, ours: bytes, theirs: bytes | None, committed: Committed
) -> bytes | None:
    """The file that holds what `ours` and `theirs` both made of `base`; None where `theirs` holds all of it.

    `base` is the commit's that was synced, `ours` the working tree's, `theirs` the branch's as it is now; `path` is how
    they are called. Raises RefusedError for one that is damaged, of another version, or of another codex repository
    than ours.
    """
    expected = _whose(ours)
    before = read_manifest(base, expected).manifest
    mine = settled(before, _read(ours, expected, f"{path} here"), committed)
    if mine == before:
        return None
    if theirs == base:
        return write_manifest(mine)
    there = _read(theirs, expected, f"{path} on the branch")
    after = merged(before, mine, there, committed.moved)
    return None if after == there else write_manifest(after)


def _whose(data: bytes) -> Manifest:
    """An empty manifest of the project and codex repository that a file names; of none, if it names none."""
    try:
        document = json.loads(data)
        codex = document["codex"]
        names = (document["org"], document["project"], codex["repository"], codex["branch"])
    except (ValueError, TypeError, KeyError, RecursionError):
        names = ("", "", "", "")
    org, project, repository, branch = map(_text, names)
    return Manifest(org, project, repository, branch)


def _text(value: Any) -> str:  # noqa: ANN401  (whatever the file holds)
    return value if isinstance(value, str) else ""


def _read(data: bytes | None, expected: Manifest, name: str) -> Manifest:
    found = read_manifest(data, expected)
    if found.notices:
        reason = found.notices[0].rpartition(": ")[0].replace(MANIFEST, name, 1)
        raise RefusedError(reason, hint=_HINT)
    return found.manifest


def settled(base: Manifest, ours: Manifest, committed: Committed) -> Manifest:
    """What of a sync is true of the commit that it was made in, and not of its working tree alone.

    A document that came from the codex repository, or from another step, and is not committed, is not what the branch
    holds: its entry would have the older one of the branch replace it there, or its absence delete it. The same goes
    for one that was deleted here.
    """
    entries = dict(ours.entries)
    for path in base.entries.keys() | ours.entries.keys():
        before, after = base.entries.get(path), ours.entries.get(path)
        if before != after and not _is_true(path, after, committed):
            _put(entries, path, before)
    same = entries == base.entries and ours.rules_digest == base.rules_digest
    return base if same else replace(ours, entries=entries)


def _is_true(path: str, entry: Entry | None, committed: Committed) -> bool:
    return not committed.has(path) if entry is None else committed.holds(path)


def _put(entries: dict[str, Entry], path: str, entry: Entry | None) -> None:
    entries.pop(path, None)
    if entry is not None:
        entries[path] = entry


def merged(
    base: Manifest, ours: Manifest, theirs: Manifest, moved: Callable[[str], bool] = lambda _: False
) -> Manifest:
    """What both manifests, made from one `base`, say together; all of them are of one project and codex repository.

    What the branch has `moved` on from, and remembers otherwise, is later than ours, whatever the clocks say.
    Where the sets of rules differ, the digest names all of them: it is that of none, so that a sync which would delete
    anything asks first. A codex commit that holds what both say is not known: then none is named.
    """
    if theirs in (base, ours):
        return ours
    if ours == base:
        return theirs
    entries: dict[str, Entry] = {}
    for path in ours.entries.keys() | theirs.entries.keys():
        before, mine, there = (each.entries.get(path) for each in (base, ours, theirs))
        _put(entries, path, there if before != there and moved(path) else _entry(before, mine, there))
    return replace(
        theirs,
        commit=ours.commit if ours.commit == theirs.commit else "",
        rules_digest=_rules(ours.rules_digest, theirs.rules_digest),
        entries=entries,
    )


def _entry(base: Entry | None, ours: Entry | None, theirs: Entry | None) -> Entry | None:
    """The later of two, if it can be told which one that is.

    Nobody wrote down when an entry was removed: the other side's may be older, and is not kept. Two of one second, or
    with a time that is none, may have come in either order.
    """
    if base in (ours, theirs):
        return theirs if ours == base else ours
    if ours is None or theirs is None:
        return None
    if ours[:2] == theirs[:2]:
        return max(ours, theirs)
    times = (ours.synced_at, theirs.synced_at)
    if times[0] == times[1] or not all(map(_TIME, times)):
        return None
    return max(ours, theirs, key=attrgetter("synced_at"))


def _rules(*digests: str) -> str:
    parts = {part for digest in digests for part in digest.split("+") if part}
    return "+".join(sorted(parts))
