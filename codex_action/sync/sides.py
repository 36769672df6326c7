"""The two sides as folders: which of their files are synced, and as what."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Optional

from codex_action.sync.routed import FromCodex
from codex_action.sync.rules import SHARED, Rules

# A path in a folder -> the project's path of the file, None for one that is not synced.
Key = Callable[[str], Optional[str]]


@dataclass(frozen=True)
class Folder:
    """A side to scan: `prefix` is the folder below `root` that its files are in, with '/', or ''.

    `key` is given all paths there. `further` is a folder whose files are there, whatever git says. `sources` are the
    places of a path that may come from elsewhere in the folder. `rules` is a text that is another one if `key` may
    give another path that is its place's own, or none of a place that does not start with `elsewhere`.
    """

    root: str
    key: Callable[[Iterable[str]], Key]
    prefix: str = ""
    below: str = ""
    further: str = ""
    sources: Callable[[str], Iterable[str]] = lambda _: ()
    rules: str = ""
    elsewhere: str | None = None


def project_folder(root: str, rules: Rules, *, keeps: Callable[[str], bool] | None = None) -> Folder:
    """The project's own folder. `keeps` says which documents of other projects still belong here, if not the rules."""
    routed = keeps or (FromCodex(rules).keeps if rules.from_codex else None)

    def key(path: str) -> str | None:
        if path.startswith(SHARED):
            return path if routed is not None and routed(path) else None
        return path if rules.selects(path) else None

    further = SHARED.rstrip("/") if routed else ""
    return Folder(root, lambda _: key, further=further, rules=_of_paths(rules, "", SHARED), elsewhere=SHARED)


def codex_folder(root: str, rules: Rules, *, wanted: Callable[[str], bool] | None = None) -> Folder:
    """The codex repository's working tree. `wanted` says which documents of others come here, if not the rules.

    Raises ConfigurationError for a layout that gives no folder.
    """
    prefix = f"{rules.folder}/" if rules.folder else ""
    routes = bool(rules.from_codex) or wanted is not None

    def keys(paths: Iterable[str]) -> Key:
        sources = FromCodex(rules).places(paths, wanted) if routes else {}
        routed = {source: path for path, source in sources.items()}

        def key(place: str) -> str | None:
            path = place[len(prefix) :]
            own = place.startswith(prefix) and not path.startswith(SHARED)
            return path if own and rules.selects(path) else routed.get(place)

        return key

    if not routes:
        return Folder(root, keys, prefix, rules.folder, rules=_of_paths(rules, prefix, None))
    sources = FromCodex(rules).sources
    return Folder(root, keys, prefix, sources=sources, rules=_of_paths(rules, prefix, ""), elsewhere="")


def _of_paths(rules: Rules, prefix: str, elsewhere: str | None) -> str:
    """What decides which of the project's own paths are synced, and which places are asked about again."""
    return json.dumps([prefix, elsewhere, rules.patterns, rules.exclude, rules.also_ours])
