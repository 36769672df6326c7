"""The project that a command works for, opened with what its options say."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from codex_action.codex import Codex

if TYPE_CHECKING:
    from codex_action.config.load import Config


def open_codex(
    *,
    config: str | None = None,
    project: str | None = None,
    checkout: str | None = None,
    environment: str | None = None,
    cache_dir: str | None = None,
    max_wait: float = 120.0,
) -> Codex:
    """The current folder's project; what is doubtful here, and what a fetch survives, is told on stderr."""
    from codex_action.documents.library import LibrarySettings

    settings = LibrarySettings(
        cache_dir=cache_dir, checkout=checkout, environment=environment, max_wait=max_wait, warn=_warn
    )
    codex = Codex(".", project=project, config=config, library=settings)
    if codex.config:
        _tell(codex.config)
    return codex


def _tell(config: Config) -> None:
    for notice in config.notices:
        _say("Note", notice)
    for warning in config.warnings:
        _warn(warning)


def _warn(message: str) -> None:
    _say("Warning", message)


def _say(kind: str, message: str) -> None:
    from codex_action.report.safe import visible

    sys.stderr.write(f"{kind}: {visible(message)}\n")
