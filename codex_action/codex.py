"""The facade: wires the rooms together, holds no logic."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from codex_action.config import places
from codex_action.errors import CodexError, StorageError, UsageError, ValidationError
from codex_action.project import ProjectFolder

if TYPE_CHECKING:
    from codex_action.artifacts.document import Document
    from codex_action.cache.health import CacheHealth
    from codex_action.cache.metrics import CacheMetrics
    from codex_action.cache.selection import ClearResult
    from codex_action.checks.model import CheckReport
    from codex_action.checks.options import ValidateOptions
    from codex_action.checks.readiness import SetupValidation
    from codex_action.checks.references import Context
    from codex_action.checks.setup import Fact
    from codex_action.config.starter import Started
    from codex_action.config.upgrade import UpgradeReport
    from codex_action.documents.inventory import CachedDocument
    from codex_action.documents.library import Fetched, ProgressCall
    from codex_action.documents.options import FetchOptions
    from codex_action.refs.resolve import Project
    from codex_action.remote.protocol import Repository
    from codex_action.sync.model import SyncResult
    from codex_action.sync.options import SyncOptions
    from codex_action.sync.view import World


class Codex(ProjectFolder):
    """What can be done for one project (SPEC-00020 2.2): `with Codex() as codex`."""

    def validate_references(self, options: ValidateOptions | None = None) -> CheckReport:
        """Check the references in files, and mend them if asked to (SPEC-00020 3.4.1).

        Raises UsageError for a request that makes no sense, GitError where git fails.
        """
        from codex_action.checks.files import validate
        from codex_action.checks.options import ValidateOptions

        if self._project_option:
            _ = self.project  # a wrong option is told even where nothing needs it
        asked = options or ValidateOptions()
        if asked.path is None and not asked.files:
            asked = replace(asked, path=self.root)
        if self.config:
            asked = asked.over(
                **{key: self.config.strings("validate", key) for key in ValidateOptions.CONFIGURED}
            )
        report = validate(self.tree, self._context, asked, self._remote_paths, self._kept_paths)
        if self.config is None:
            return report
        return replace(report, notices=(*report.notices, *self.config.notices, *self.config.warnings))

    def _remote_paths(self, org: str, project: str, version: str | None) -> frozenset[str]:
        from codex_action.checks.known import remote_lookup

        token = self._configured_token(org, project)
        environ = {**self.environ, "CODEX_TOKEN": token} if token else self.environ
        return remote_lookup(environ)(org, project, version)

    def _context(self) -> Context:
        from codex_action.checks.references import Context

        return Context(self.project, self.organization)

    def migrate_config(
        self,
        named: Sequence[str] = (),
        *,
        write: bool = False,
        output: str | None = None,
        remove_source: bool = False,
    ) -> UpgradeReport:
        """Bring configurations of older formats to version 3; without `write` only say how.

        `named` are files, else the project's configuration. Raises UsageError, StorageError.
        """
        from codex_action.config.upgrade import upgrade_files

        return upgrade_files(self.root, named, write=write, output=output, remove_source=remove_source)

    def start(
        self,
        *,
        organization: str | None = None,
        repository: str | None = None,
        preset: str = "standard",
        force: bool = False,
    ) -> Started:
        """Write the project's first configuration. Raises UsageError for names that are not known or cannot be."""
        from codex_action.config.starter import start

        org = organization or self.organization
        if self.project is None or org is None:
            raise UsageError("this project is not known", hint="give --org ORG and --project NAME")
        named = repository or self._known_repository()
        try:
            return start(self.root, org, named, self.project.name, preset=preset, force=force)
        except ValidationError as error:
            raise UsageError(error.message, hint=error.hint) from error

    def _known_repository(self) -> str:
        """The codex repository that the user's or the machine's configuration names, else the usual one."""
        known = self.settings().get("codex_repo", "repository") if places.shared_files(self.environ) else None
        return str(known or "codex")

    def validate_setup(self) -> SetupValidation:
        """Check configuration, cache and codex repository (SPEC-00020 3.4.2)."""
        from codex_action.checks.readiness import validate_setup
        from codex_action.storage.create import configured_providers

        storage = partial(configured_providers, root=self.root, environ=self.environ)
        return validate_setup(self.settings, self._cache_directory, storage, self._unreachable)

    def _unreachable(self, org: str, repository: str) -> StorageError | None:
        try:
            self._remote_paths(org, repository, None)
        except StorageError as error:
            return error
        return None

    def diagnose(self) -> dict[str, Fact]:
        """The facts that a support question needs; no secret is among them."""
        from codex_action.checks.setup import diagnose
        from codex_action.version import __version__

        try:
            project: Project | CodexError | None = self.project
        except CodexError as error:
            project = error
        return {**diagnose(self.tree, project, self.environ, __version__), **self._cache_facts()}

    def _cache_facts(self) -> dict[str, Fact]:
        from codex_action.documents.places import host_path

        try:
            folder = self._cache_directory(self.settings())
        except CodexError as error:
            return {"cache": None, "cache_problem": error.message, "cache_for_later_steps": None}
        later = host_path(folder, self.environ) if self.environ.get("GITHUB_ACTIONS") == "true" else None
        return {"cache": folder, "cache_problem": None, "cache_for_later_steps": later}

    def fetch_document(self, reference: str, options: FetchOptions | None = None) -> Document:
        """The document of a reference (SPEC-00020 3.1). A path without codex:// is one of the current project.

        Raises ValidationError, ConfigurationError, PermissionDenied; NotFound only where that is sure; RateLimited,
        Unauthorized, Unreachable and other StorageErrors where it cannot be told.
        """
        return self.documents.fetch(reference, options)

    def fetch_documents(
        self,
        references: Sequence[str],
        options: FetchOptions | None = None,
        progress: ProgressCall | None = None,
    ) -> tuple[Fetched, ...]:
        """Several documents, each one or the reason why not, in order. `progress` hears (done, of how many)."""
        return self.documents.fetch_all(references, options, progress)

    def document_exists(self, reference: str, options: FetchOptions | None = None) -> bool:
        """Is there such a document (SPEC-00020 2.2)? Raises StorageError where that cannot be told."""
        return self.documents.exists(reference, options)

    def list_cache(
        self, *, project: str | None = None, pattern: str | None = None, status: str = "all"
    ) -> tuple[CachedDocument, ...]:
        """What is kept, by reference (SPEC-00020 3.2.2). `status`: fresh, stale, expired or all.

        `project` is ORG/PROJECT or a project's name, `pattern` a glob over codex://ORG/PROJECT/PATH, ORG/PROJECT/PATH
        or the path. Raises UsageError, CacheError where the cache is turned off.
        """
        from codex_action.documents.inventory import list_documents

        return list_documents(self.documents.cache, project, pattern, status)

    def clear_cache(
        self, scope: str = "expired", filter_: str | None = None, *, dry_run: bool = False
    ) -> ClearResult:
        """Forget what is kept (SPEC-00020 3.2.1): all, expired, or a project's or pattern's, which `filter_` names.

        Raises UsageError, CacheError, also where the cache is turned off.
        """
        from codex_action.documents.inventory import need

        need(self.documents.cache)
        return self.documents.cache.clear(scope, filter_, dry_run=dry_run)

    def check_cache_health(self, *, repair: bool = False) -> CacheHealth:
        """What is wrong with the cache's files, and with `repair` mended (SPEC-00020 3.2.3). Raises CacheError."""
        from codex_action.documents.inventory import check_health

        return check_health(self.documents.cache, repair=repair)

    def get_cache_metrics(self) -> CacheMetrics:
        """How well the cache works (SPEC-00020 3.2.4). Raises CacheError."""
        from codex_action.documents.inventory import need

        need(self.documents.cache)
        return self.documents.cache.metrics()

    def sync_project(
        self,
        project: str | None = None,
        options: SyncOptions | None = None,
        *,
        tell: Callable[[str], None] | None = None,
        progress: ProgressCall | None = None,
    ) -> SyncResult:
        """Make the project and the codex repository agree, or show what would be done (SPEC-00020 3.3.1).

        `project` is checked against the current one. `tell` hears what is done next, `progress` (done, of how many)
        files. A plan that is refused is a result. Raises UsageError, ConfigurationError, RefusedError for a plan that
        is not the approved one, Locked, StorageError.
        """
        from codex_action.sync.options import SyncOptions
        from codex_action.sync.project import sync_project

        asked = options or SyncOptions()
        world = self._sync_world(project, asked)
        return sync_project(replace(world, tell=tell or world.tell, progress=progress), asked)

    def _sync_world(self, name: str | None, options: SyncOptions) -> World:
        from codex_action.documents.library import codex_repository
        from codex_action.documents.permits import Permits
        from codex_action.documents.places import below_root
        from codex_action.documents.tokens import Tokens
        from codex_action.sync.options import need_codex, need_project
        from codex_action.sync.repository import Access
        from codex_action.sync.view import World

        config = self.config or self.settings()
        project = need_project(self.project, name)
        codex = need_codex(codex_repository(config, lambda: self.organization, options.environment))
        token = Tokens(self.environ, self._configured_token)(codex.org, codex.name)
        return World(
            self.root,
            config,
            project,
            codex,
            Access(self.environ, self.documents.origins.server, token, self._trusted),
            Permits(config, self.environ).refusal,
            lambda: self.documents.origins.github,
            self.documents.now,
            below_root(self.root, self._cache_directory(config)),
        )

    def discover_repos(self, organization: str) -> tuple[Repository, ...]:
        """The repositories of an organisation or user that the token may see, by name (SPEC-00020 2.2).

        Raises StorageError.
        """
        found = self.documents.origins.github.repositories(organization)
        return tuple(sorted(found, key=lambda repository: repository.name))
