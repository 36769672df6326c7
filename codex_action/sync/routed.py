"""Documents of other projects that come here from the codex repository (sync.md 7, prior-art.md 3.5)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cached_property
from typing import Callable, NamedTuple

from codex_action.artifacts.globs import compile_globs
from codex_action.sync.rules import SHARED, Rules, expand_placeholders

_SCHEME = "codex://"
_SHARED = re.compile(re.escape(SHARED) + r"([^/]+)/([^/]+)/(.+)", re.DOTALL)


class Document(NamedTuple):
    """A document of the codex repository: whose it is, and its path there."""

    project: str
    path: str


class FromCodex:
    """The patterns `sync.from_codex`: `codex://org/project/glob`, or a glob over the codex repository's own paths.

    What `sync.exclude` names, by a document's path in its project, stays out of these, too.
    """

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        names = {"org": rules.org, "codex_repo": rules.codex_repo}
        patterns = expand_placeholders(rules.from_codex, rules.project, **names)
        references = [text for text in patterns if text.startswith(_SCHEME)]
        globs = filter(None, (self._glob(text[len(_SCHEME) :]) for text in references))
        self._by_reference = compile_globs(globs, dot=True)
        self._excluded = compile_globs(rules.exclude, dot=True)
        self._by_path = compile_globs((text for text in patterns if not text.startswith(_SCHEME)), dot=True)

    def _glob(self, reference: str) -> str | None:
        """`project/glob` of a pattern of this organisation: others' documents are in their own codex repository."""
        org, _, rest = reference.partition("/")
        project, _, glob = rest.partition("/")
        if not project or org.lower() not in ("*", self._rules.org.lower()):
            return None
        return f"{project.lower()}/{glob or '**'}"

    @cached_property
    def _layout(self) -> Callable[[str], re.Match[str] | None]:
        """What finds a document's project and path in its path in the codex repository."""
        mark = "{project}"
        folder, *more = map(re.escape, self._rules.folder_of(mark).split(mark))
        if not more:  # all projects share a folder: whose a document is cannot be told
            return re.compile("(?!)").fullmatch
        pattern = f"{folder}(?P<project>[^/]+){'(?P=project)'.join(more)}/(?P<path>.+)"
        return re.compile(pattern, re.DOTALL).fullmatch

    def document(self, source: str) -> Document:
        """Whose document a path in the codex repository is: a project's, if it is in its folder, else its own."""
        found = self._layout(source)
        return (
            Document(found["project"], found["path"]) if found else Document(self._rules.codex_repo, source)
        )

    def takes(self, source: str) -> bool:
        """Does a path in the codex repository match?"""
        return self._matches(self.document(source), (source,))

    def _matches(self, document: Document, sources: Iterable[str]) -> bool:
        reference = f"{document.project.lower()}/{document.path}"
        return self._by_reference(reference) or any(map(self._by_path, sources))

    def keeps(self, path: str) -> bool:
        """Does a document that lies in the shared folder here still match?"""
        found = self._shared(path)
        return (
            found is not None and self._matches(found, self.sources(path)) and not self._excluded(found.path)
        )

    def _shared(self, path: str) -> Document | None:
        """The document that a path of the shared folder here is a copy of, if it is of this organisation."""
        found = _SHARED.fullmatch(path)
        return Document(found[2], found[3]) if found and found[1].lower() == self._rules.org.lower() else None

    def sources(self, path: str) -> tuple[str, ...]:
        """Where in the codex repository the document may be that a path of the shared folder here is a copy of."""
        document = self._shared(path)
        if document is None:
            return ()
        folder = self._rules.folder_of(document.project)
        source = f"{folder}/{document.path}" if folder else document.path
        own = document.project.lower() == self._rules.codex_repo.lower()
        return (source, document.path) if own else (source,)

    def places(self, sources: Iterable[str], wanted: Callable[[str], bool] | None = None) -> dict[str, str]:
        """Where documents are written here, and their paths in the codex repository, of those that are `wanted`.

        Wanted are those that match, if nothing else is said. The project's own are here already.
        """
        placed: dict[str, str] = {}
        for source in filter(wanted or self.takes, sources):
            document = self.document(source)
            if document.project.lower() == self._rules.project.lower() or self._excluded(document.path):
                continue
            path = f"{SHARED}{self._rules.org}/{document.project}/{document.path}"
            if path not in placed or not self._layout(source):  # a repository's own before a copy of it
                placed[path] = source
        return placed
