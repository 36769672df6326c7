"""The errors of the project, and the exit code each one ends a run with.

CodexError
  UsageError            2   the request cannot be carried out as it was asked
  ValidationError       1   a value breaks a rule (also a ValueError); `.code` names the rule
    InvalidReference        a codex:// reference or one of its parts
    UnsafePath              a path that could leave its root or hide a character
  StorageError          5   something outside failed: git, the disk, the network
    GitError                git said no; `.stderr` holds its words
    NotFound                what was asked for is surely not there
"""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """What a run ended with, for every door."""

    OK = 0
    FINDINGS = 1
    USAGE = 2
    OUTSIDE = 5
    BUG = 70
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


class StorageError(CodexError):
    """Something outside failed: git, the disk, the network."""


class GitError(StorageError):
    """git said no; `stderr` holds its words."""

    def __init__(self, message: str, *, stderr: str = "", hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.stderr = stderr


class NotFound(StorageError):
    """What was asked for is surely not there (never: could not be seen)."""
