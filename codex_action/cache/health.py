"""What is wrong with a cache, from what was seen in its folder (SPEC-00020 3.2.3).

orphan          low      a file that no entry names; a write that was never finished
stale_index     low      an entry whose file is gone
corrupt         medium   a file or an entry that is not as it was written
                high     the index cannot be read; something else is where the cache's files should be
missing_index   medium   contents, but no index
                high     the index is another program's, or a newer version's
permissions     medium   a content that cannot be read
                high     an index that cannot be opened; what others may read or change
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple


class IndexState(Enum):
    """Of the index's file: sound, not there, no sound database, another program's or version's, not to be opened."""

    GOOD = "good"
    MISSING = "missing"
    DAMAGED = "damaged"
    FOREIGN = "foreign"
    CLOSED = "closed"


class RowSeen(NamedTuple):
    """A row: its number, the document's URI, its content's name ('' for none needed); `good` is False for a bad row."""

    id: int
    reference: str
    content: str
    good: bool = True


class FileSeen(NamedTuple):
    """A file below the folder of contents. `name` is its content's, '' for a write that was never finished."""

    path: str
    name: str
    good: bool = True
    readable: bool = True


class Obstacle(NamedTuple):
    """What is in the place of a file or folder of ours, relative to the cache's; `wanted` says which of them."""

    path: str
    wanted: str


class Seen(NamedTuple):
    """All that was seen. `state` is described by `detail`; `open_paths` are those that others may use."""

    state: IndexState
    detail: str
    rows: tuple[RowSeen, ...] = ()
    files: tuple[FileSeen, ...] = ()
    open_paths: tuple[str, ...] = ()
    obstacles: tuple[Obstacle, ...] = ()


@dataclass(frozen=True)
class CacheIssue:
    """One thing wrong: `kind` is SPEC-00020's `type`, `path` is relative to the cache's folder or a URI."""

    kind: str
    path: str
    severity: str
    description: str


@dataclass(frozen=True)
class CacheHealth:
    """What is wrong, how bad that is (`healthy`, `degraded`, `unhealthy`), and what helps.

    `repaired` is what a repair did, one sentence each; `issues` are then those that were found before, `left` those
    that are there after it.
    """

    issues: tuple[CacheIssue, ...] = ()
    suggestions: tuple[str, ...] = ()
    can_auto_repair: bool = False
    repaired: tuple[str, ...] = ()
    left: tuple[CacheIssue, ...] = ()

    @property
    def status(self) -> str:
        """The worst of it in one word, as it was found."""
        return _status(self.issues)

    @property
    def status_after(self) -> str:
        """The same as it is now: after the repair, if there was one."""
        return _status(self.left if self.repaired else self.issues)


def _status(issues: tuple[CacheIssue, ...]) -> str:
    if not issues:
        return "healthy"
    return "unhealthy" if any(issue.severity == "high" for issue in issues) else "degraded"


_HELP = {
    "orphan": "remove what nothing refers to",
    "stale_index": "forget the entries whose files are gone; their documents are fetched again",
    "corrupt": "remove what is damaged; it is fetched again",
    "missing_index": "start a new index",
    "permissions": "give the files their modes back",
}


def diagnose(seen: Seen) -> CacheHealth:
    """What is wrong with what was seen."""
    issues = (*_of_places(seen), *_of_index(seen), *_of_rows(seen), *_of_files(seen), *_of_modes(seen))
    kinds = dict.fromkeys(issue.kind for issue in issues)
    suggestions = [f"{_HELP[kind]}: `cache health --repair` does it" for kind in kinds]
    return CacheHealth(issues, tuple(suggestions), bool(issues))


def _of_places(seen: Seen) -> Iterable[CacheIssue]:
    for path, wanted in seen.obstacles:
        severity = "medium" if path.startswith("objects/") else "high"
        yield CacheIssue("corrupt", path, severity, f"something that is no {wanted} is in its place")


def _of_index(seen: Seen) -> Iterable[CacheIssue]:
    if seen.state is IndexState.DAMAGED:
        yield CacheIssue("corrupt", "index.db", "high", f"the index cannot be read: {seen.detail}")
    elif seen.state is IndexState.FOREIGN:
        yield CacheIssue("missing_index", "index.db", "high", f"the index is not ours: it {seen.detail}")
    elif seen.state is IndexState.CLOSED:
        yield CacheIssue("permissions", "index.db", "high", f"the index cannot be opened: {seen.detail}")
    elif seen.state is IndexState.MISSING and seen.files:
        yield CacheIssue("missing_index", "index.db", "medium", "there are contents, but no index")


def _of_rows(seen: Seen) -> Iterable[CacheIssue]:
    there = {file.name for file in seen.files}
    for row in seen.rows:
        if not row.good:
            yield CacheIssue("corrupt", f"index.db#{row.id}", "medium", "an entry is not as it was written")
        elif row.content and row.content not in there:
            yield CacheIssue("stale_index", row.reference, "low", "its content is gone")


def _of_files(seen: Seen) -> Iterable[CacheIssue]:
    named = {row.content for row in seen.rows if row.good}
    for file in seen.files:
        path = f"objects/{file.path}"
        if not file.name:
            yield CacheIssue("orphan", path, "low", "a write that was never finished")
        elif not file.readable:
            yield CacheIssue("permissions", path, "medium", "cannot be read")
        elif not file.good:
            yield CacheIssue("corrupt", path, "medium", "holds other bytes than it is named after")
        elif file.name not in named and seen.state is IndexState.GOOD:
            yield CacheIssue("orphan", path, "low", "no entry names it")


def _of_modes(seen: Seen) -> Iterable[CacheIssue]:
    for path in seen.open_paths:
        yield CacheIssue("permissions", path, "high", "others may read or change it")
