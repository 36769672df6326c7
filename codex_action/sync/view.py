"""Both sides of a sync as they are at one moment, and the plan that follows from it."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import NamedTuple, Optional

from codex_action.config.load import Config
from codex_action.errors import ConfigurationError, GitError, StorageError, UsageError
from codex_action.files import read_bytes
from codex_action.refs.places import CodexRepository
from codex_action.refs.resolve import Project
from codex_action.remote.git import Git
from codex_action.remote.github import GitHub
from codex_action.storage.beneath import opened
from codex_action.sync import folders
from codex_action.sync.ancestor import read_known
from codex_action.sync.apart import Scanned
from codex_action.sync.beside import Places, on_disk
from codex_action.sync.headers import Headers, may_have_header, places_of, routed_here
from codex_action.sync.journal import Target, Targets, state_folder
from codex_action.sync.manifest import MANIFEST, Manifest
from codex_action.sync.model import Plan, Refusal, Side, Tree
from codex_action.sync.options import SyncOptions, direction_of, limits_of, rules_of, strategy_of
from codex_action.sync.plan import Request, make_plan
from codex_action.sync.repository import Access, CodexSource, FolderRepository
from codex_action.sync.routed import FromCodex
from codex_action.sync.rules import SHARED, Rules
from codex_action.sync.scan import scan
from codex_action.sync.side import Options
from codex_action.sync.sides import codex_folder, project_folder

_JOBS = 4
_REMEMBERED = ("hashes-", "known-")
_ONLY_READ = "documents of other projects are not written to the codex repository"
# Why the permissions keep a project's file out of a sync, or None: of an organisation, a project, and a path.
Denied = Callable[[str, str, str], Optional[str]]


@dataclass(frozen=True)
class World:
    """What a sync stands on. `now` is in seconds since 1970; `tell` hears what is done next, `progress` (done, of all).

    `cache` is the path of the cache's folder in the project, if it is there; `github` opens a client of GitHub's.
    """

    root: str
    config: Config
    project: Project
    codex: CodexRepository
    access: Access
    denied: Denied
    github: Callable[[], GitHub]
    now: Callable[[], float]
    cache: str | None = None
    tell: Callable[[str], None] = field(default=lambda _: None)
    progress: Callable[[int, int], None] | None = None

    def git(self, folder: str) -> Git:
        """git in a working tree."""
        return Git(folder, environ=self.access.environ, trusted=self.access.trusted)


class View(NamedTuple):
    """Both sides, what they were after the last sync, and what is to be done. `selects`: is a path synced?"""

    manifest: Manifest
    local: Scanned
    codex: Scanned
    plan: Plan
    notices: tuple[str, ...]
    selects: Callable[[str], bool]


class Viewer:
    """Looks at a project and a codex repository, as often as it is asked."""

    def __init__(self, world: World, options: SyncOptions, repository: CodexSource) -> None:
        self._world, self._options, self._repository = world, options, repository
        self.direction = direction_of(world.config, options)
        self._rules = rules_of(world.config, options, world.project, world.codex, world.cache)
        self._writes_here = self.direction != "to-codex"
        self._routing = _checked(self._rules, options)

    def targets(self, view: View | None = None) -> Targets:
        """Both sides as folders; of a clone, what is read from."""
        locate = view.codex.locate if view else self._rules.codex_path
        return {"local": Target(self._world.root), "codex": Target(self._repository.folder, locate)}

    def look(self) -> View:
        """Both sides as they are now. Raises StorageError, ConfigurationError, UsageError for what is no pattern."""
        world, repository = self._world, self._repository
        manifest, notices = self._remembered()
        repository.fetch(self._wanted)
        headers = self._headers()
        keeps = self._keeps(manifest, headers)
        rules = self._rules if self._writes_here else replace(self._rules, from_codex=())
        local, codex = scan(
            project_folder(world.root, rules, keeps=keeps if self._writes_here else None),
            codex_folder(repository.folder, rules, wanted=self._takes(headers) if headers.sources else None),
            manifest.entries,
            self._scanning(),
        )
        local = local._replace(tree=self._without_foreign(local.tree, manifest))
        codex = codex._replace(tree=replace(codex.tree, strange={**self._submodules(), **codex.tree.strange}))
        plan = make_plan(self._request(keeps), manifest, local.tree, codex.tree)
        further = self._in_the_way(plan, {"local": local, "codex": codex})
        plan = replace(plan, refusals=(*plan.refusals, *further))
        told = (*notices, *self._remarks(), *headers.notices)
        return View(manifest, local, codex, plan, told, self._rules.selects)

    def _scanning(self) -> Options:
        """How to scan."""
        world = self._world
        return Options("git", self._memory, min(_JOBS, os.cpu_count() or 1), world.git, world.now)

    @cached_property
    def _memory(self) -> str | None:
        """Where things are remembered: the folder is there from the first sync on; a dry run makes none.

        What is committed there is somebody's word, and not what we have seen: then nothing is remembered.
        """
        root, steps = self._world.root, state_folder()
        try:
            with opened(root, steps):  # through no link: it might lead out of the project
                committed = self._world.git(root).run("ls-files", "-z", "--", "/".join(steps))
        except OSError:
            return None
        except GitError:  # no repository
            committed = b""
        return None if committed else os.path.join(root, *steps)

    def forget(self) -> None:
        """Remember nothing of the files: a plan that cannot be carried out may have stood on what is damaged there."""
        with contextlib.suppress(OSError), opened(self._world.root, state_folder()) as folder:
            for name in [entry.name for entry in folder.scan()]:
                if name.startswith(_REMEMBERED):
                    folders.remove(folder, name)

    def _remembered(self) -> tuple[Manifest, tuple[str, ...]]:
        world = self._world
        name = f"{world.codex.org}/{world.codex.name}"
        expected = Manifest(world.project.org, world.project.name, name, self._repository.branch)
        path = os.path.join(world.root, *MANIFEST.split("/"))
        try:
            data = read_bytes(path, follow=False)
        except FileNotFoundError:
            return expected, ()
        except OSError as error:
            raise StorageError(f"{MANIFEST} cannot be read: {error.strerror or error}") from error
        return read_known(data, expected, self._memory)

    def _wanted(self, path: str) -> bool:
        """Which contents of a clone are needed: ours, and those of others that come here or may say so."""
        prefix = f"{self._rules.folder}/" if self._rules.folder else ""
        if path.startswith(prefix) and self._rules.selects(path[len(prefix) :]):
            return True
        return self._writes_here and (may_have_header(path) or self._routing.takes(path))

    def _headers(self) -> Headers:
        if not self._writes_here:
            return Headers(frozenset())
        return routed_here(self._repository.folder, self._rules, self._world.git(self._repository.folder))

    def _takes(self, headers: Headers) -> Callable[[str], bool]:
        return lambda source: source in headers.sources or self._routing.takes(source)

    def _keeps(self, manifest: Manifest, headers: Headers) -> Callable[[str], bool]:
        """Does a document of another project still belong here? One that is gone there does, until it is deleted."""
        placed = places_of(self._rules, headers.sources)

        def keeps(path: str) -> bool:
            if path in placed or self._routing.keeps(path):
                return True
            gone = not any(map(self._repository.has, self._routing.sources(path)))
            return path in manifest.entries and gone

        return keeps

    def _without_foreign(self, tree: Tree, manifest: Manifest) -> Tree:
        """Towards codex, documents of others are set aside, and stay remembered."""
        if self._writes_here or not any(path.startswith(SHARED) for path in manifest.entries):
            return tree
        return replace(tree, passed={**tree.passed, SHARED.rstrip("/"): _ONLY_READ})

    def _submodules(self) -> Mapping[str, str]:
        """What of a clone was not written, because it is another repository."""
        prefix = f"{self._rules.folder}/" if self._rules.folder else ""
        paths = (place[len(prefix) :] for place in self._repository.submodules() if place.startswith(prefix))
        selects = self._rules.selects
        return {path: "is a submodule" for path in paths if selects(path) or selects(f"{path}/x")}

    def _in_the_way(self, plan: Plan, sides: Mapping[Side, Scanned]) -> Iterator[Refusal]:
        """What is not synced, and is where a file or its folder would be, or has a name that is too much like it."""
        forced = "collisions" in self._options.force
        roots: Mapping[Side, str] = {"local": self._world.root, "codex": self._repository.folder}
        for side, scanned in sides.items():
            places = Places(side, scanned, plan.actions)
            if not (places.written or places.deleted):
                continue
            held = self._repository.held(committed=self._options.publishes) if side == "codex" else {}
            entries = {**on_disk(roots[side], places), **held}
            yield from (
                found for found in places.refusals(entries, forced=forced) if found not in plan.refusals
            )

    def _request(self, keeps: Callable[[str], bool]) -> Request:
        config, options, rules = self._world.config, self._options, self._rules
        return Request(
            rules,
            direction=self.direction,
            environment=options.environment,
            branch=self._repository.branch,
            codex_commit=self._repository.commit,
            conflict=strategy_of(config, options),
            limits=limits_of(config, options),
            denied=self._denied,
            selects=lambda path: rules.selects(path) or (path.startswith(SHARED) and keeps(path)),
        )

    def _denied(self, path: str) -> str | None:
        project = self._world.project
        if not path.startswith(SHARED):
            return self._world.denied(project.org, project.name, path)
        org, name, inner = path[len(SHARED) :].split("/", 2)
        return self._world.denied(org, name, inner)

    def _remarks(self) -> list[str]:
        """What somebody should know who wonders about the plan."""
        remarks = []
        usual = self._world.config.branch(self._options.environment)
        named = self._options.target_branch or usual
        if isinstance(self._repository, FolderRepository) and self._repository.branch != named:
            remarks.append(
                f"the checkout is at the branch {self._repository.branch!r}, not {named!r}, which is configured"
            )
        if not self._rules.patterns:
            remarks.append("sync.patterns is empty: no file of this project is synced")
        return remarks


def _checked(rules: Rules, options: SyncOptions) -> FromCodex:
    """Wrong patterns and layouts are told before anything is touched. Raises UsageError, ConfigurationError."""
    try:
        _ = rules.selects, rules.folder
        return FromCodex(rules)
    except UsageError as error:
        if options.patterns or options.exclude:
            raise
        raise ConfigurationError(f"sync: {error.message}", hint=error.hint) from error
