"""What to say where a document of this project is not among its files, and nobody else gave it."""

from __future__ import annotations

from contextlib import suppress
from typing import Callable, TypeVar

from codex_action.documents.options import FetchOptions
from codex_action.errors import CodexError, StorageError
from codex_action.refs.resolve import Project
from codex_action.refs.uri import ParsedReference

E = TypeVar("E", bound=StorageError)


def missed_here(
    error: E, reference: ParsedReference, options: FetchOptions, current: Callable[[], Project | None]
) -> E | None:
    """The error with the news that this project has no such file; None where it was not looked for among them."""
    if reference.version or options.version or options.source != "auto" or not _is_own(reference, current):
        return None
    message = f"there is no file {reference.path!r} in this project, and elsewhere: {error.message}"
    told = error.__class__.__new__(error.__class__)  # a new one: an error that is remembered is told again
    told.__dict__.update(error.__dict__, message=message)
    told.args = (message,)
    return told


def _is_own(reference: ParsedReference, current: Callable[[], Project | None]) -> bool:
    with suppress(CodexError):  # a project whose name is wrong is another matter than what went wrong
        project = current()
        return project is not None and project.owns(reference)
    return False
