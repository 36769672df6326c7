"""Which documents of other projects come here because their own headers say so (sync.md 7, prior-art.md 3.4)."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from codex_action.artifacts.frontmatter import MAX_BYTES, extract_raw_frontmatter, read_header
from codex_action.artifacts.routing import should_sync_to_repo
from codex_action.errors import CodexError, GitError
from codex_action.remote.git import Git
from codex_action.storage.beneath import opened
from codex_action.sync.routed import FromCodex
from codex_action.sync.rules import Rules
from codex_action.sync.tree_git import is_top

_KEY = "codex_sync_include"
_ENDINGS = (".md", ".mdx")


class Headers(NamedTuple):
    """Documents that come here, by their paths in the codex repository, and why others were not understood."""

    sources: frozenset[str]
    notices: tuple[str, ...] = ()


def may_have_header(path: str) -> bool:
    """Can a document of this name have a header?"""
    return path.lower().endswith(_ENDINGS)


def routed_here(root: str, rules: Rules, git: Git) -> Headers:
    """Read the headers below a folder that name repositories, and see which of them name this project.

    Raises GitError.
    """
    routing = FromCodex(rules)
    own = f"{rules.folder}/" if rules.folder else ""
    sources, notices = set(), []
    for path in _candidates(root, git):
        if own and path.startswith(own):
            continue
        document = routing.document(path)
        try:
            header = _header(root, path)
            if should_sync_to_repo(
                document.path, header, target_repo=rules.project, source_repo=document.project
            ):
                sources.add(path)
        except CodexError as error:
            notices.append(f"{path} in the codex repository stays there: {error.message}")
    return Headers(frozenset(sources), tuple(notices))


def _candidates(root: str, git: Git) -> list[str]:
    """Documents that hold the key: git looks through all of them in the time of a few."""
    where = ("--untracked",) if is_top(root) else ("--no-index",)
    try:
        found = git.run("grep", "-l", "-z", "-I", *where, "-F", "-e", _KEY, "--", *_globs())
    except GitError as error:
        if error.stderr:
            raise
        return []  # none
    return sorted(os.fsdecode(found).split("\0")[:-1])


def _globs() -> Iterator[str]:
    return (f":(icase,glob)**/*{ending}" for ending in _ENDINGS)


def _header(root: str, path: str) -> Mapping[str, object]:
    """What a document's header says; nothing where it cannot be read, which the scan will tell."""
    *steps, name = path.split("/")
    try:
        with opened(root, steps) as folder, folder.open(name) as (descriptor, _):
            raw = extract_raw_frontmatter(os.read(descriptor, 2 * MAX_BYTES).decode("utf-8", "replace"))
    except OSError:
        return {}
    return read_header(raw).data if raw else {}


def places_of(rules: Rules, sources: Iterable[str]) -> frozenset[str]:
    """Where documents of the codex repository are written here."""
    return frozenset(FromCodex(rules).places(sources, lambda _: True))
