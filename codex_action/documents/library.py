"""A project's documents: references in, documents out, and what is kept of them. It wires this room together."""

from __future__ import annotations

import contextlib
import os
import time
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from codex_action.artifacts.document import Document
from codex_action.config.load import Config
from codex_action.documents.names import document_reference
from codex_action.documents.options import FetchOptions, checked
from codex_action.documents.permits import Permits
from codex_action.documents.places import cache_directory
from codex_action.documents.tokens import Tokens
from codex_action.documents.workflow import is_config_own, is_seen_by_all
from codex_action.errors import CodexError, UsageError
from codex_action.refs.uri import PREFIX
from codex_action.shared import shared_property

if TYPE_CHECKING:
    from codex_action.artifacts.registry import TypeRegistry
    from codex_action.cache.access import Access
    from codex_action.cache.manager import CacheManager
    from codex_action.documents.origins import Ahead, Origins
    from codex_action.documents.reading import DocumentReader
    from codex_action.refs.places import CodexRepository, Places, Provider
    from codex_action.refs.resolve import Project
    from codex_action.refs.uri import ParsedReference

_CONNECTIONS = 8
# How many of how many documents have been dealt with.
ProgressCall = Callable[[int, int], None]


def _warn(message: str) -> None:
    warnings.warn(message, stacklevel=2)


class LibrarySettings(NamedTuple):
    """How a library works. `cache_dir` and `checkout` (of the codex repository) are folders, `environment` a name.

    `warn` hears what a fetch survives. `in_memory`: nothing is kept on disk.
    `in_public`: all can see what is kept here, so private documents are not.
    `shared_cache`: other users of this machine read the cache's folder, as a workflow's later steps do.
    `trusts_config`: whoever wrote the configuration may choose servers and the tokens they get, and where the cache is;
    a pull request may not. Where these are None, a workflow's event says it.
    """

    cache_dir: str | None = None
    checkout: str | None = None
    environment: str | None = None
    max_wait: float = 120.0
    warn: Callable[[str], None] = _warn
    now: Callable[[], float] = time.time
    in_memory: bool = False
    in_public: bool | None = None
    shared_cache: bool = False
    trusts_config: bool | None = None


class Fetched(NamedTuple):
    """One of several documents: it, or why it could not be had."""

    reference: str
    document: Document | None = None
    error: CodexError | None = None


class Library:
    """The documents of a project: what `Codex` does with documents is done here.

    `current` and `organization` may start git, and are asked only where a reference needs them. Raises UsageError for a
    checkout that is no folder.
    """

    def __init__(  # noqa: PLR0913  (what it stands on, given once)
        self,
        root: str,
        environ: Mapping[str, str],
        *,
        config: Config,
        current: Callable[[], Project | None],
        organization: Callable[[], str | None],
        tokens: Tokens,
        types: Callable[[], TypeRegistry],
        settings: LibrarySettings,
    ) -> None:
        if settings.checkout is not None and not os.path.isdir(settings.checkout):
            raise UsageError(
                f"there is no folder {settings.checkout!r}",
                hint="--codex names a checkout of the codex repository",
            )
        own = settings.trusts_config
        self._is_config_own = is_config_own(environ) if own is None else own
        trusted = config if self._is_config_own else replace(config, data={**config.data, "storage": ()})
        self._root, self._environ, self._config = root, environ, trusted
        self._current, self._organization = current, organization
        self._tokens, self._types, self._settings = tokens, types, settings

    def fetch(self, reference: str, options: FetchOptions | None = None) -> Document:
        """The document of a reference. Raises ValidationError, PermissionDenied, NotFound, another StorageError.

        Raises UsageError for options that make no sense.
        """
        options = checked(options)
        return self._reader.read(self._named(reference), options)

    def fetch_all(
        self,
        references: Sequence[str],
        options: FetchOptions | None = None,
        progress: ProgressCall | None = None,
    ) -> tuple[Fetched, ...]:
        """Each document, or why it could not be had, in the order of the references; several are asked for at once.

        Raises UsageError for options that make no sense.
        """
        from codex_action import workers

        wanted = checked(options)
        ahead = self._prepare(references, wanted) if len(references) > 1 else None
        found: list[Fetched] = []
        for one in workers.map_threads(lambda name: self._try(name, wanted, ahead), references, _CONNECTIONS):
            found.append(one)
            if progress:
                progress(len(found), len(references))
        return tuple(found)

    def _prepare(self, references: Sequence[str], options: FetchOptions) -> Ahead:
        from codex_action.storage.base import MANY

        if len(references) < MANY:
            return {}
        named = []
        for reference in references:
            with contextlib.suppress(CodexError):  # told for each of them
                named.append(self._named(reference))
        return self._reader.prepare(named, options)

    def _try(self, reference: str, options: FetchOptions, ahead: Ahead | None) -> Fetched:
        try:
            return Fetched(reference, self._reader.read(self._named(reference), options, ahead))
        except CodexError as error:
            return Fetched(reference, error=error)

    def exists(self, reference: str, options: FetchOptions | None = None) -> bool:
        """Is there such a document? Raises StorageError where that cannot be told."""
        return self._reader.exists(self._named(reference), checked(options))

    def in_checkout(self, org: str, project: str) -> Iterable[str]:
        """The paths of a project's documents in the checkout of the codex repository. Raises ConfigurationError."""
        from codex_action.documents.copies import in_checkout

        if not (self._settings.checkout and self._places.codex):
            return ()
        return in_checkout(self._settings.checkout, self._places.codex, org, project)

    def now(self) -> float:
        """The time, in seconds since 1970."""
        return self._settings.now()

    def close(self) -> None:
        """Let renewals end, write down what was counted, close connections. More than once is no error."""
        for name in ("_reader", "cache", "origins"):
            part = self.__dict__.pop(name, None)
            if part is not None:
                part.close()

    @cached_property
    def cache_directory(self) -> str:
        """The cache's folder. Raises ConfigurationError."""
        config = self._config if self._is_config_own else None  # who planted a cache would name it there
        return cache_directory(self._root, self._environ, config, self._settings.cache_dir)

    @shared_property
    def cache(self) -> CacheManager:
        """What is kept; in memory alone where the settings or the configuration turn the cache off."""
        from codex_action.cache.manager import CacheManager

        on_disk = self._config.get("cache", "enabled") and not self._settings.in_memory
        return CacheManager(
            self.cache_directory if on_disk else None,
            max_size_mb=float(self._config.get("cache", "max_size_mb")),
            stale_seconds=float(self._config.get("cache", "stale_seconds")),
            now=self._settings.now,
            warn=self._settings.warn,
            access=self._access,
        )

    @property
    def _access(self) -> Access:
        """Whose the cache's files are: in a container they have the workspace's owner."""
        from codex_action.cache.access import PRIVATE, readable_by_all

        if not self._settings.shared_cache:
            return PRIVATE
        state = os.stat(self._root)
        return readable_by_all((state.st_uid, state.st_gid))

    @shared_property
    def origins(self) -> Origins:
        """The places that documents come from."""
        from codex_action.documents.origins import Origins

        in_public = self._settings.in_public
        return Origins(
            self._root,
            self._environ,
            self._config,
            self._tokens,
            checkout=self._settings.checkout,
            max_wait=self._settings.max_wait,
            in_public=self._tokens.share_a_scope
            or (is_seen_by_all(self._environ) if in_public is None else in_public),
        )

    @shared_property
    def _reader(self) -> DocumentReader:
        from codex_action.documents.reading import DocumentReader, Surroundings

        servers = tuple(self._environ.get(f"GITHUB_{name}_URL", "").rstrip("/") for name in ("SERVER", "API"))
        permits = Permits(self._config, self._environ)
        world = Surroundings(self._root, permits, self._current, self._places, servers, self._types)
        return DocumentReader(world, self.origins, self._tokens, self.cache)

    @property
    def _places(self) -> Places:
        from codex_action.refs.paths import SHARED
        from codex_action.refs.places import Places

        providers: tuple[Provider, ...] = ()
        if self._config.get("storage"):
            from codex_action.storage.create import configured_providers

            providers = configured_providers(self._config, root=self._root, environ=self._environ)
        codex = codex_repository(self._config, self._organization, self._settings.environment)
        shared = os.path.isdir(os.path.join(self._root, *SHARED.strip("/").split("/")))
        return Places(shared, self._settings.checkout is not None, codex, providers)

    def _named(self, reference: str) -> ParsedReference:
        if str(reference).startswith(PREFIX):  # of what is no text, document_reference says so
            return document_reference(reference)
        return document_reference(reference, self._current(), self._organization(), is_own=self._is_own_file)

    def _is_own_file(self, path: str) -> bool:
        return os.path.isfile(os.path.join(self._root, *path.split("/")))


def codex_repository(
    config: Config, organization: Callable[[], str | None], environment: str | None = None
) -> CodexRepository | None:
    """The organisation's knowledge base, at an environment's branch; None where no repository is named.

    A default branch that nobody configured is the repository's own. Raises UsageError for an unknown environment.
    """
    from codex_action.refs.places import CodexRepository

    name = config.get("codex_repo", "repository")
    org = config.get("codex_repo", "organization") or (organization() if name else None)
    named = environment is not None or config.origins.get("codex_repo.default_branch") != "default"
    branch = config.branch(environment) if named else None
    return CodexRepository(org, name, branch, config.get("sync", "layout")) if org and name else None
