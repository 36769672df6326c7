"""Where else documents may be than in their own repository."""

from __future__ import annotations

from typing import NamedTuple

from codex_action.errors import ConfigurationError, UnsafePath
from codex_action.refs.paths import validate_path
from codex_action.refs.uri import ParsedReference


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


class Places(NamedTuple):
    """Where else documents may be than in their own repository.

    `shared`: other projects' documents are synced into the current one. `checkout`: there is one of the codex
    repository. `providers` are in order.
    """

    shared: bool = False
    checkout: bool = False
    codex: CodexRepository | None = None
    providers: tuple[Provider, ...] = ()
