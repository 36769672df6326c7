"""Where else documents may be than in their own repository."""

from __future__ import annotations

import re
from typing import NamedTuple

from codex_action.errors import ConfigurationError, UnsafePath, ValidationError
from codex_action.refs.paths import SHARED, validate_path
from codex_action.refs.uri import ParsedReference, build_uri, parse_reference

_NAMES = ("org", "project")


class Provider(NamedTuple):
    """A configured storage provider: `kind` is local, github or http; `place` tells it from its namesakes (a URL).

    `access` stands for what it is asked with, '' for nothing: what one token opened is not another's.
    """

    name: str
    kind: str
    place: str = ""
    access: str = ""


class CodexRepository(NamedTuple):
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

    def reference_at(self, path: str) -> ParsedReference | None:
        """Whose document it keeps at a path, the other way round than `path_of`.

        None for its own documents, and where the layout does not tell projects apart.
        """
        if "{project}" not in self.layout:
            return None
        found = re.fullmatch(_pattern(self.layout.strip("/")), path, re.DOTALL | re.IGNORECASE)
        names = found.groupdict() if found else {}
        reference = _reference(names.get("org", self.org), names.get("project", ""), names.get("path", ""))
        kept = self.path_of(reference) if reference else None
        return reference if kept and kept.lower() == path.lower() else None


class Places(NamedTuple):
    """Where else documents may be than in their own repository.

    `shared`: other projects' documents are synced into the current one. `checkout`: there is one of the codex
    repository. `providers` are in order.
    """

    shared: bool = False
    checkout: bool = False
    codex: CodexRepository | None = None
    providers: tuple[Provider, ...] = ()

    def names(self, reference: ParsedReference) -> tuple[ParsedReference, ...]:
        """The references of one document: the given one, and what the place that it names stands for."""
        meant = self._meant(reference)  # a shorter path, so that it ends
        return (reference, *self.names(meant)) if meant else (reference,)

    def _meant(self, reference: ParsedReference) -> ParsedReference | None:
        head, path = reference.path[: len(SHARED)], reference.path[len(SHARED) :]
        if head.lower() == SHARED:
            org, project, inner = (*path.split("/", 2), "", "")[:3]
            return _reference(org, project, inner)
        if self.codex and self.codex.is_project_of(reference):
            return self.codex.reference_at(reference.path)
        return None


def _pattern(layout: str) -> str:
    """What matches the paths below a layout; a name that stands in it twice is the same twice."""
    text = re.escape(layout)
    for name in _NAMES:
        there = re.escape(f"{{{name}}}")
        text = text.replace(there, f"(?P<{name}>[^/]+)", 1).replace(there, f"(?P={name})")
    return f"{text}/(?P<path>.+)"


def _reference(org: str, project: str, path: str) -> ParsedReference | None:
    """The reference of these parts, or None where they make none."""
    try:
        return parse_reference(build_uri(org, project, path))
    except ValidationError:
        return None
