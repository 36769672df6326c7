"""Read a document: may it be read, is it here, is it remembered, who else has it - in this order (documents.md 1)."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from codex_action.artifacts.document import Document, FetchResult, content_hash
from codex_action.cache.entry import CacheKey, access_scope
from codex_action.cache.manager import CacheManager
from codex_action.cache.policy import ReadOptions, Use, decide
from codex_action.cache.reader import ReadThrough
from codex_action.documents.options import FetchOptions
from codex_action.documents.origins import Ahead, Origins
from codex_action.documents.permits import Permits
from codex_action.documents.tokens import Tokens
from codex_action.errors import CodexError, InvalidReference, NotFound, StorageError, Unreachable
from codex_action.refs.places import Places
from codex_action.refs.resolve import (
    CheckoutTarget,
    GitHubTarget,
    LocalTarget,
    Project,
    ProviderTarget,
    Target,
    choose_version,
    resolve_reference,
)
from codex_action.refs.uri import ParsedReference
from codex_action.remote.access import API

if TYPE_CHECKING:
    from codex_action.artifacts.registry import TypeRegistry


_GITHUB = ("https://github.com", API)


class Surroundings(NamedTuple):
    """What a reader stands on. `servers` are the environment's URLs of GitHub and of its API, '' for the usual ones.

    `types` is asked for when one is fetched.
    """

    root: str
    permits: Permits
    current: Callable[[], Project | None]
    places: Places
    servers: tuple[str, ...]
    types: Callable[[], TypeRegistry]


class DocumentReader:
    """Reads documents for one project (SPEC-00020 3.1). Several threads may use it."""

    def __init__(self, world: Surroundings, origins: Origins, tokens: Tokens, cache: CacheManager) -> None:
        self._world = world
        self._origins = origins
        self._tokens = tokens
        self._cache = cache
        self._reader = ReadThrough(cache)

    def read(self, reference: ParsedReference, options: FetchOptions, ahead: Ahead | None = None) -> Document:
        """The document; what is in `ahead` need not be fetched.

        Raises PermissionDenied, NotFound, another StorageError, UsageError for options.
        """
        self._world.permits.require(*self._world.places.names(reference))
        near, far = self._targets(reference, options)
        if near:
            try:
                return self._document(reference, self._origins.near.fetch(near))
            except NotFound:
                if not far:
                    raise
        try:
            return self._remembered(reference, far, options, ahead)
        except StorageError as error:
            from codex_action.documents.missed import missed_here

            told = missed_here(error, reference, options, self._world.current)
            if told is None:
                raise
            raise told from error

    def prepare(self, references: Iterable[ParsedReference], options: FetchOptions) -> Ahead:
        """What many reads will have to fetch from a repository, ahead of them."""
        if options.offline:
            return {}
        wanted = (self._wanted(reference, options) for reference in references)
        return self._origins.fetch_ahead(target for target in wanted if target is not None)

    def _wanted(self, reference: ParsedReference, options: FetchOptions) -> GitHubTarget | None:
        """The place that a read will ask first, if nothing here or remembered stands in for it."""
        try:
            self._world.permits.require(*self._world.places.names(reference))
            near, far = self._targets(reference, options)
            if not far or (near and self._origins.near.exists(near)):
                return None
            known = not options.bypass_cache and self._cache.lookup(self._key(reference, far, options))
        except CodexError:  # whoever reads it hears why
            return None
        return far[0] if isinstance(far[0], GitHubTarget) and not known else None

    def exists(self, reference: ParsedReference, options: FetchOptions) -> bool:
        """Is there such a document? Raises StorageError where that cannot be told."""
        self._world.permits.require(*self._world.places.names(reference))
        near, far = self._targets(reference, options)
        if near and self._origins.near.exists(near):
            return True
        key = self._key(reference, far, options)
        wanted = ReadOptions(options.bypass_cache, options.offline, self._cache.stale_seconds, options.ttl)
        decision = decide(self._cache.lookup(key), wanted, self._cache.now())
        if isinstance(decision, Use) and not decision.refresh:
            return not decision.entry.missing
        if options.offline:
            here = (
                "the cache does not count" if options.bypass_cache else f"{key.reference} is not in the cache"
            )
            raise Unreachable(f"{here}, and nobody is asked offline")
        return self._origins.far.exists(far)

    def _targets(
        self, reference: ParsedReference, options: FetchOptions
    ) -> tuple[tuple[Target, ...], tuple[Target, ...]]:
        """Where to look on this machine, and where else."""
        here = os.path.lexists(os.path.join(self._world.root, *reference.path.split("/")))
        targets = resolve_reference(
            reference,
            self._world.current() if here else None,
            version=options.version,
            places=self._world.places,
            source=options.source,
        )
        near = tuple(target for target in targets if isinstance(target, (LocalTarget, CheckoutTarget)))
        return near, targets[len(near) :]

    def _remembered(
        self,
        reference: ParsedReference,
        targets: tuple[Target, ...],
        options: FetchOptions,
        ahead: Ahead | None,
    ) -> Document:
        """The document by way of the cache."""
        key = self._key(reference, targets, options)
        reading = self._reader.read(
            key,
            partial(self._fetch, key, targets, ahead),
            ttl=lambda: self._ttl(reference, options),
            bypass=options.bypass_cache,
            offline=options.offline,
            max_age=options.ttl,
        )
        entry = reading.entry
        return Document(
            str(reference),
            entry.content,
            entry.source,
            cached=reading.cached,
            stale=reading.stale,
            renewing=reading.renewing,
            fetched_at=entry.created_at,
            version=entry.version,
            content_type=entry.content_type,
        )

    def _fetch(
        self, key: CacheKey, targets: tuple[Target, ...], ahead: Ahead | None, etag: str | None
    ) -> FetchResult:
        held = self._cache.lookup(key) if etag else None
        return self._origins.fetch(targets, etag, held.source if held else "", ahead)

    def _document(self, reference: ParsedReference, result: FetchResult) -> Document:
        """What is on this machine is never remembered: it is at hand."""
        return Document(
            str(reference),
            result.content,
            result.source,
            fetched_at=self._cache.now(),
            version=reference.version,
            content_type=result.content_type,
        )

    def _key(
        self, reference: ParsedReference, targets: tuple[Target, ...], options: FetchOptions
    ) -> CacheKey:
        """What a document is remembered under: other places have documents of their own.

        Raises InvalidReference for bytes that are no text: only files of this machine have such names.
        """
        version = choose_version(reference, options.version, self._world.places.codex)
        if not _is_text(reference.path + (version or "")):
            raise InvalidReference(f"{reference} at {version!r} is no UTF-8", code="INVALID_ENCODING")
        return CacheKey(
            self._host(reference, version, targets),
            reference.org,
            reference.project,
            version or "",
            reference.path,
            self._scope(targets),
        )

    def _host(self, reference: ParsedReference, version: str | None, targets: tuple[Target, ...]) -> str:
        """GitHub, or other servers and what else is asked there than the document's own repository."""
        usual = GitHubTarget(reference.org, reference.project, reference.path, version)
        servers = tuple(
            "" if given == common else given for given, common in zip(self._world.servers, _GITHUB)
        )
        if targets == (usual,) and not any(servers):
            return "github.com"
        name = (servers[0] or _GITHUB[0]).rpartition("@")[2].partition("://")[2]
        return f"{name} {content_hash(repr((servers, targets)).encode())[:32]}"

    def _scope(self, targets: tuple[Target, ...]) -> str:
        """Whose documents these places give: one scope for all tokens they are asked with."""
        scopes = [
            self._tokens.scope(target.owner, target.repo)
            for target in targets
            if isinstance(target, GitHubTarget)
        ]
        scopes += [
            access_scope(f"{target.provider}") for target in targets if isinstance(target, ProviderTarget)
        ]
        known = sorted({scope for scope in scopes if scope})
        return access_scope(" ".join(known)) if known else ""

    def _ttl(self, reference: ParsedReference, options: FetchOptions) -> float:
        """option > type registry > configuration (documents.md 3)."""
        return options.ttl if options.ttl is not None else self._world.types().ttl_for(reference.path)

    def close(self) -> None:
        """Let renewals end and write down what was counted."""
        self._reader.close()
        self._cache.close()
        self._origins.close()


def _is_text(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True
