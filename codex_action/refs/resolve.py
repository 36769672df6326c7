"""Whose reference is it, and where would its document be?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple, Union

from codex_action.errors import InvalidReference, UsageError, ValidationError
from codex_action.refs.paths import SHARED
from codex_action.refs.uri import ParsedReference, build_uri, parse_reference

if TYPE_CHECKING:
    from codex_action.refs.places import CodexRepository, Places, Provider


class Project(NamedTuple):
    """An organisation's project, and how it became known."""

    org: str
    name: str
    source: str = "option"

    def __str__(self) -> str:
        return f"{self.org}/{self.name}"

    def owns(self, reference: ParsedReference) -> bool:
        """Is it a reference into this project? Letter case does not count, as on GitHub."""
        return (self.org.lower(), self.name.lower()) == (reference.org.lower(), reference.project.lower())


class LocalTarget(NamedTuple):
    """A document of the current project, or one that was synced into it: `path` below its root."""

    path: str


class CheckoutTarget(NamedTuple):
    """A document in a checkout of the codex repository: `path` below its root."""

    path: str


class GitHubTarget(NamedTuple):
    """A document in a repository; `ref` None is its default branch."""

    owner: str
    repo: str
    path: str
    ref: str | None = None


class ProviderTarget(NamedTuple):
    """A document at a configured storage provider, which has every project below ORG/PROJECT[@VERSION]/."""

    provider: Provider
    path: str


Target = Union[LocalTarget, CheckoutTarget, GitHubTarget, ProviderTarget]
SOURCES = ("auto", "github", "http")


def choose_version(
    reference: ParsedReference, option: str | None = None, codex: CodexRepository | None = None
) -> str | None:
    """The version that is asked for; None is the default branch (documents.md 1).

    @V of the URI > option > the environment's branch, which is one of the codex repository.
    """
    branch = codex.branch if codex and codex.is_project_of(reference) else None
    return reference.version or option or branch


def resolve_reference(
    reference: str | ParsedReference,
    current: Project | None = None,
    *,
    version: str | None = None,
    places: Places | None = None,
    source: str = "auto",
) -> tuple[Target, ...]:
    """Where the document of a reference may be, in the order to look (documents.md 1; seed 1, references).

    Own files or synced documents, the checkout; its repository, the codex repository, the providers. A version, from
    the URI or as an option, names a state of the document's own repository, so only that is looked in, on every server.
    `source` github or http leaves only such targets. Raises ValidationError for a bad URI, UsageError where nothing is
    left.
    """
    if source not in SOURCES:
        raise UsageError(f"there is no source {source!r}", hint=f"choose one of {', '.join(SOURCES)}")
    parsed = parse_reference(reference) if isinstance(reference, str) else reference
    wanted = choose_version(parsed, version, places.codex if places else None)
    repository = GitHubTarget(parsed.org, parsed.project, parsed.path, wanted)
    targets: tuple[Target, ...]
    if parsed.version or version:
        targets = (repository, *_other_servers(parsed, wanted, places))
    else:
        targets = (*_near(parsed, current, places), repository, *_far(parsed, places))
    chosen = tuple(target for target in targets if source in ("auto", _source_of(target)))
    if not chosen:
        raise UsageError(f"there is no {source} provider to ask for {parsed}")
    return chosen


def _near(reference: ParsedReference, current: Project | None, places: Places | None) -> Iterator[Target]:
    """What is on this machine."""
    if current is not None and current.owns(reference):
        yield LocalTarget(reference.path)
    elif places and places.shared:
        yield LocalTarget(f"{SHARED}{reference.org}/{reference.project}/{reference.path}")
    path = places.codex.path_of(reference) if places and places.codex and places.checkout else None
    if path is not None:
        yield CheckoutTarget(path)


def _far(reference: ParsedReference, places: Places | None) -> Iterator[Target]:
    """Where else a document may be than in its own repository."""
    codex = places.codex if places else None
    path = codex.path_of(reference) if codex and not codex.is_project_of(reference) else None
    if codex and path is not None:
        yield GitHubTarget(codex.org, codex.name, path, codex.branch)
    for provider in places.providers if places else ():
        yield ProviderTarget(provider, f"{reference.org}/{reference.project}/{reference.path}")


def _other_servers(
    reference: ParsedReference, version: str | None, places: Places | None
) -> Iterator[Target]:
    """The same repository at the configured GitHub servers, at a version: not at one whose '/' no path can hold."""
    for provider in places.providers if places and "/" not in (version or "") else ():
        if provider.kind == "github":
            path = f"{reference.org}/{reference.project}@{version}/{reference.path}"
            yield ProviderTarget(provider, path)


def _source_of(target: Target) -> str:
    if isinstance(target, ProviderTarget):
        return target.provider.kind
    return "github" if isinstance(target, GitHubTarget) else "local"


def resolve_references(
    references: Iterable[str | ParsedReference],
    current: Project | None = None,
    *,
    version: str | None = None,
    places: Places | None = None,
    source: str = "auto",
) -> list[tuple[Target, ...]]:
    """`resolve_reference` for each, in order. Raises ValidationError for the first bad URI."""
    return [
        resolve_reference(reference, current, version=version, places=places, source=source)
        for reference in references
    ]


def project_from_name(text: str, source: str = "option") -> Project:
    """A project from `ORG/PROJECT`. Raises InvalidReference."""
    org, _, name = text.partition("/")
    try:
        build_uri(org, name)
    except ValidationError as error:
        raise InvalidReference(
            f"{text!r} is no project: {error.message}", code=error.code, hint="write it as ORG/PROJECT"
        ) from error
    return Project(org, name, source)


def project_from_remote(url: str | None) -> Project | None:
    """The project a git remote points at, or None where that is not sure (references.md 1)."""
    if not url:
        return None
    from codex_action.refs.remotes import (
        parse_remote_url,  # its patterns cost 1 ms: only where nothing else tells
    )

    names = parse_remote_url(url)
    try:
        return project_from_name("/".join(names), "git remote") if names else None
    except InvalidReference:
        return None


def choose_project(
    option: str | None, environ: Mapping[str, str], remote_url: str | None, configured: str | None = None
) -> Project | None:
    """The current project: option > CODEX_CURRENT_ORG/PROJECT > configuration > GITHUB_REPOSITORY > git remote.

    A half-set pair of variables counts as not set. Raises InvalidReference for a bad option or variable.
    """
    if option:
        return project_from_name(option)
    org, name = environ.get("CODEX_CURRENT_ORG"), environ.get("CODEX_CURRENT_PROJECT")
    if org and name:
        return project_from_name(f"{org}/{name}", "CODEX_CURRENT_ORG and CODEX_CURRENT_PROJECT")
    if configured:
        return project_from_name(configured, "configuration")
    if environ.get("GITHUB_REPOSITORY"):
        return project_from_name(environ["GITHUB_REPOSITORY"], "GITHUB_REPOSITORY")
    return project_from_remote(remote_url)
