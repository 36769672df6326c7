"""Look up what findings need to know: one listing for each project and version, however many references."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Callable

from codex_action import files, workers
from codex_action.checks.listing import Listing
from codex_action.checks.options import OFFLINE, REMOTE
from codex_action.checks.references import (
    Context,
    Key,
    Knowledge,
    Missing,
    Unknown,
    key_of,
    needed_keys,
    target_of,
)
from codex_action.checks.selection import WorkTree
from codex_action.errors import GitError
from codex_action.refs.paths import SHARED
from codex_action.refs.scan import LEGACY, Found
from codex_action.remote.access import ambient_token

_CONNECTIONS = 8

# The paths of (org, project, version). Raises NotFound (surely missing) or GitError (cannot be told).
RemotePaths = Callable[[str, str, "str | None"], "frozenset[str]"]
# The paths of which copies are on this machine; there may be more where they come from.
KeptPaths = Callable[[str, str, "str | None"], "Iterable[str]"]


def nothing_kept(_org: str, _project: str, _version: str | None) -> Iterable[str]:
    """No copies are known."""
    return ()


def gather(
    found: Iterable[Found],
    context: Context,
    tree: WorkTree,
    *,
    resolve: str,
    remote: RemotePaths,
    kept: KeptPaths = nothing_kept,
) -> dict[Key, Knowledge]:
    """What is known of every project that the finds point into, as far as `resolve` lets us ask.

    offline: the current project's own files. local: also its other versions in this repository, synced documents and
    `kept` copies. remote: also the others' repositories.
    """
    own = Key(context.project.org.lower(), context.project.name.lower(), None) if context.project else None
    if own is None and resolve == OFFLINE:
        return {}  # there is nowhere to look
    finds = list(found)
    keys = dict.fromkeys(needed_keys(finds, context))
    known: dict[Key, Knowledge] = {}
    if own and (own in keys or any(find.kind in LEGACY for find in finds)):
        known[own] = _own_files(own, finds, context, tree)
    if resolve == OFFLINE:
        return known
    for key in keys:
        if key not in known:
            listing = _own_version(key, own, tree) or _copies(key, tree, kept)
            if listing:
                known[key] = listing
    if resolve == REMOTE:
        open_ = [key for key in keys if not isinstance(known.get(key), Listing) or not _complete(known[key])]
        known.update(zip(open_, workers.map_threads(lambda key: _ask(key, remote), open_, _CONNECTIONS)))
    return known


class _Noting(Listing):
    """The index, and which paths that may be documents of ours it does not hold."""

    def __init__(self, paths: Iterable[str]) -> None:
        super().__init__(paths)
        self.missed: set[str] = set()

    def holds(self, path: str) -> bool:
        """Is it a document?"""
        held = path in self.paths
        if not held:
            self.missed.add(path)
        return held


def _own_files(own: Key, finds: Iterable[Found], context: Context, tree: WorkTree) -> Listing:
    """The index; what git does not track is looked up only if something is not in there, because that takes long."""
    tracked = _Noting(tree.tracked)
    known = replace(context, known={own: tracked})
    targets = (target_of(find, known) for find in finds)
    missing = any(target and key_of(target) == own and not tracked.has(target.path) for target in targets)
    # A legacy reference to a new file of ours must not become one to another project.
    missing = missing or any(os.path.isfile(os.path.join(tree.root, path)) for path in tracked.missed)
    return Listing(tracked.paths, tree.untracked) if missing else tracked


def _complete(knowledge: Knowledge) -> bool:
    return isinstance(knowledge, Listing) and knowledge.complete


def _own_version(key: Key, own: Key | None, tree: WorkTree) -> Listing | None:
    if own is None or key[:2] != own[:2] or key.version is None or tree.git is None:
        return None
    paths = tree.git.tree(key.version)
    return Listing(paths) if paths is not None else None


def _copies(key: Key, tree: WorkTree, kept: KeptPaths) -> Listing | None:
    """The documents of another project of which copies are here; there may be more where they come from."""
    paths = frozenset((*_synced(key, tree), *kept(*key)))
    return Listing(paths, complete=False) if paths else None


def _synced(key: Key, tree: WorkTree) -> Iterable[str]:
    if key.version is not None:
        return ()
    folder = _child(_child(_shared_folder(tree), key.org), key.project)
    return files.walk(folder).paths if folder else ()


def _shared_folder(tree: WorkTree) -> str:
    return os.path.join(tree.root, *SHARED.strip("/").split("/"))


def _child(folder: str | None, name: str) -> str | None:
    """The folder of this name, in whatever letter case."""
    try:
        entries = sorted(os.listdir(folder)) if folder else []
    except OSError:  # not there, or not for us to see: no answer
        return None
    match = next((entry for entry in entries if entry.lower() == name), None)
    return os.path.join(folder, match) if folder and match else None


def _ask(key: Key, remote: RemotePaths) -> Knowledge:
    from codex_action.remote.listing import ProjectNotFound, VersionNotFound

    try:
        return Listing(remote(*key))
    except ProjectNotFound:
        return Missing("CODEX021", f"there is no project {key.org}/{key.project}")
    except VersionNotFound:
        return Missing("CODEX022", f"{key.org}/{key.project} has no tag, branch or commit {key.version!r}")
    except GitError as error:
        return Unknown(f"{key.org}/{key.project}: {error.message}")


def _server(environ: Mapping[str, str]) -> str:
    """GITHUB_SERVER_URL, the server of GITHUB_API_URL, or github.com."""
    named, api = environ.get("GITHUB_SERVER_URL"), environ.get("GITHUB_API_URL")
    if named or not api:
        return named or "https://github.com"
    from codex_action.remote.github import server_of

    return server_of(api)


def remote_lookup(environ: Mapping[str, str]) -> RemotePaths:
    """Ask the git server, with the environment's token where one is set."""
    server, token = _server(environ), ambient_token(environ)

    def paths(org: str, project: str, version: str | None) -> frozenset[str]:
        from codex_action.remote.listing import remote_paths, repository_url

        return remote_paths(repository_url(server, org, project), version, environ=environ, token=token)

    return paths
