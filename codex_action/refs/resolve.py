"""Whose reference is it, and where would its document be?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from codex_action.errors import InvalidReference, ValidationError
from codex_action.refs.uri import ParsedReference, build_uri, parse_reference

if TYPE_CHECKING:
    from codex_action.refs.targets import Places, Target


@dataclass(frozen=True)
class Project:
    """An organisation's project, and how it became known."""

    org: str
    name: str
    source: str = "option"

    def __str__(self) -> str:
        return f"{self.org}/{self.name}"

    def owns(self, reference: ParsedReference) -> bool:
        """Is it a reference into this project? Letter case does not count, as on GitHub."""
        return (self.org.lower(), self.name.lower()) == (reference.org.lower(), reference.project.lower())


def resolve_reference(
    reference: str | ParsedReference,
    current: Project | None = None,
    *,
    version: str | None = None,
    places: Places | None = None,
    source: str = "auto",
) -> tuple[Target, ...]:
    """Where the document of a reference may be, in the order to look (documents.md 1; seed 1, references).

    `version` is for a URI that has none itself; `places` is where else documents may be than in their own repository
    and the current project; `source` auto, github or http. Raises ValidationError for a bad URI, UsageError where
    nothing is left to look in.
    """
    from codex_action.refs.targets import Places, targets_of  # 3 ms: who only checks references needs none

    parsed = parse_reference(reference) if isinstance(reference, str) else reference
    own = current is not None and current.owns(parsed)
    return targets_of(parsed, places or Places(), own=own, version=version, source=source)


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
    from codex_action.refs.remotes import (
        parse_remote_url,  # its patterns cost 1 ms: only where nothing else tells
    )

    names = parse_remote_url(url) if url else None
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
