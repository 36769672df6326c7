"""The errors of the project, and the exit code each one ends a run with.

CodexError
  UsageError            2   the request cannot be carried out as it was asked
  ValidationError       1   a value breaks a rule (also a ValueError); `.code` names the rule
    InvalidReference        a codex:// reference or one of its parts
    UnsafePath              a path that could leave its root or hide a character
  ConfigurationError    3   a configuration that cannot be used; `.problems` lists all that is wrong, with places
    MigrationError          an older configuration that cannot be brought to the present form without loss
  RefusedError          4   it would overwrite or lose something; the hint names what allows it
    PermissionDenied        the project's permissions do not allow it; `.reason` says which rule
  StorageError          5   something outside failed: git, the disk, the network
    GitError                git said no; `.stderr` holds its words
    NotFound                what was asked for is surely not there
    NotModified             what was asked for is still what the caller has
    Unauthorized            a host wants a token, or a better one
    RateLimited             a host takes no more requests before `.reset_at`
    Unreachable             a host cannot be reached, or its answer cannot be used
  CacheError            5   a cache command cannot do its work (a fetch never fails for its cache)
"""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple


class ExitCode(IntEnum):
    """What a run ended with, for every door."""

    OK = 0
    FINDINGS = 1
    USAGE = 2
    CONFIGURATION = 3
    REFUSED = 4
    OUTSIDE = 5
    PARTIAL = 6
    BUG = 70
    LOCKED = 75
    INTERRUPTED = 130


class CodexError(Exception):
    """A job that cannot go on: one sentence, and a hint that helps."""

    exit_code = ExitCode.OUTSIDE

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(CodexError):
    """The request cannot be carried out as it was asked."""

    exit_code = ExitCode.USAGE


class ValidationError(CodexError, ValueError):
    """A value breaks a rule of the reference syntax; `code` names the rule."""

    exit_code = ExitCode.FINDINGS

    def __init__(self, message: str, *, code: str, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.code = code


class InvalidReference(ValidationError):
    """A codex:// reference, or one of its parts, is not well formed."""


class UnsafePath(ValidationError):
    """A path could leave its root, or hides a character."""


class Problem(NamedTuple):
    """One thing wrong with a configuration. `path` is the key's, dotted; lines and columns from 1, 0 is unknown.

    `file` is named where problems of several files stand together.
    """

    message: str
    path: str = ""
    line: int = 0
    column: int = 0
    severity: str = "error"
    file: str = ""

    @property
    def place(self) -> str:
        """As editors know it: `file:line:column`, as much of it as is known."""
        return ":".join(str(part) for part in (self.file, self.line, self.column) if part)


class ConfigurationError(CodexError):
    """A configuration that cannot be used; `problems` lists all that is wrong, `file` names it."""

    exit_code = ExitCode.CONFIGURATION

    def __init__(
        self, message: str, *, problems: tuple[Problem, ...] = (), file: str = "", hint: str | None = None
    ) -> None:
        super().__init__(message, hint=hint)
        self.problems = problems
        self.file = file


class MigrationError(ConfigurationError):
    """An older configuration that cannot be brought to the present form without loss."""


class RefusedError(CodexError):
    """It would overwrite or lose something."""

    exit_code = ExitCode.REFUSED


class PermissionDenied(RefusedError):
    """The project's permissions do not allow it; `reason` says which rule."""

    def __init__(self, message: str, *, reason: str = "", hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.reason = reason


class StorageError(CodexError):
    """Something outside failed: git, the disk, the network."""


class GitError(StorageError):
    """git said no; `stderr` holds its words."""

    def __init__(self, message: str, *, stderr: str = "", hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.stderr = stderr


class NotFound(StorageError):
    """What was asked for is surely not there (never: could not be seen)."""


class NotModified(StorageError):
    """The document is still the one whose ETag was sent."""


class Unauthorized(StorageError):
    """A host wants a token, or one that may see more."""


class RateLimited(StorageError):
    """A host takes no more requests for now; `reset_at` is the time it names, in seconds since 1970."""

    def __init__(self, message: str, *, reset_at: float, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.reset_at = reset_at


class Unreachable(StorageError):
    """A host cannot be reached in time, or its answer is cut, too large or no answer at all."""


class CacheError(CodexError):
    """A cache command cannot do its work."""
