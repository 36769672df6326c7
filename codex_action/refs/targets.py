"""Where the document of a reference may be, and in which order to look there (documents.md 1)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Union

from codex_action.errors import ConfigurationError, UnsafePath, UsageError
from codex_action.refs.paths import SHARED, validate_path
from codex_action.refs.uri import ParsedReference

SOURCES = ("auto", "github", "http")


@dataclass(frozen=True)
class LocalTarget:
    """A document of the current project, or one that was synced into it: `path` below its root."""

    path: str


@dataclass(frozen=True)
class CheckoutTarget:
    """A document in a checkout of the codex repository: `path` below its root."""

    path: str


@dataclass(frozen=True)
class GitHubTarget:
    """A document in a repository; `ref` None is its default branch."""

    owner: str
    repo: str
    path: str
    ref: str | None = None


@dataclass(frozen=True)
class Provider:
    """A configured storage provider: `kind` is local, github or http; `place` tells it from its namesakes (a URL)."""

    name: str
    kind: str
    place: str = ""


@dataclass(frozen=True)
class ProviderTarget:
    """A document at a configured storage provider, which has every project below ORG/PROJECT/."""

    provider: Provider
    path: str


Target = Union[LocalTarget, CheckoutTarget, GitHubTarget, ProviderTarget]


@dataclass(frozen=True)
class CodexRepository:
    """The organisation's shared knowledge base: `branch` None is its default, `layout` where it keeps projects."""

    org: str
    name: str
    branch: str | None = None
    layout: str = "projects/{project}"

    def is_project_of(self, reference: ParsedReference) -> bool:
        """Is it a reference into the codex repository itself?"""
        return (self.org.lower(), self.name.lower()) == (reference.org.lower(), reference.project.lower())

    def path_of(self, reference: ParsedReference) -> str | None:
        """Where it keeps a reference's document; None for another organisation's, if the layout has no {org}.

        Raises ConfigurationError for a layout that leaves the repository.
        """
        if self.is_project_of(reference):
            return reference.path
        if reference.org.lower() != self.org.lower() and "{org}" not in self.layout:
            return None
        folder = self.layout.replace("{org}", reference.org).replace("{project}", reference.project)
        try:
            return validate_path("/".join((*filter(None, [folder.strip("/")]), reference.path)))
        except UnsafePath as error:
            raise ConfigurationError(f"sync.layout {self.layout!r}: {error.message}") from error


@dataclass(frozen=True)
class Places:
    """Where else documents may be than in their own repository.

    `shared`: other projects' documents are synced into the current one. `checkout`: there is one of the codex
    repository. `providers` are in order.
    """

    shared: bool = False
    checkout: bool = False
    codex: CodexRepository | None = None
    providers: tuple[Provider, ...] = ()


def choose_version(
    reference: ParsedReference, option: str | None = None, codex: CodexRepository | None = None
) -> str | None:
    """The version that is asked for; None is the default branch (documents.md 1).

    @V of the URI > option > the environment's branch, which is one of the codex repository.
    """
    branch = codex.branch if codex and codex.is_project_of(reference) else None
    return reference.version or option or branch


def targets_of(
    reference: ParsedReference,
    places: Places,
    *,
    own: bool = False,
    version: str | None = None,
    source: str = "auto",
) -> tuple[Target, ...]:
    """Own files or synced documents, the checkout; its repository, the codex repository, the providers.

    `own` is a reference into the current project. A version names a state of the document's own repository, so only
    that is looked in. `source` github or http leaves only such targets. Raises UsageError if none is left.
    """
    if source not in SOURCES:
        raise UsageError(f"there is no source {source!r}", hint=f"choose one of {', '.join(SOURCES)}")
    wanted = choose_version(reference, version, places.codex)
    repository = GitHubTarget(reference.org, reference.project, reference.path, wanted)
    targets: tuple[Target, ...] = (repository,)
    if not (reference.version or version):
        targets = (*_near(reference, places, own=own), repository, *_far(reference, places))
    chosen = tuple(target for target in targets if source in ("auto", _source_of(target)))
    if not chosen:
        raise UsageError(f"there is no {source} provider to ask for {reference}")
    return chosen


def _near(reference: ParsedReference, places: Places, *, own: bool) -> Iterator[Target]:
    """What is on this machine."""
    if own:
        yield LocalTarget(reference.path)
    elif places.shared:
        yield LocalTarget(f"{SHARED}{reference.org}/{reference.project}/{reference.path}")
    path = places.codex.path_of(reference) if places.codex and places.checkout else None
    if path is not None:
        yield CheckoutTarget(path)


def _far(reference: ParsedReference, places: Places) -> Iterator[Target]:
    """Where else a document may be than in its own repository."""
    codex = places.codex
    path = codex.path_of(reference) if codex and not codex.is_project_of(reference) else None
    if codex and path is not None:
        yield GitHubTarget(codex.org, codex.name, path, codex.branch)
    for provider in places.providers:
        yield ProviderTarget(provider, f"{reference.org}/{reference.project}/{reference.path}")


def _source_of(target: Target) -> str:
    if isinstance(target, ProviderTarget):
        return target.provider.kind
    return "github" if isinstance(target, GitHubTarget) else "local"
