"""A project that reads documents through the library, with its clock, its cache and a hub for GitHub."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fake_github import FakeGitHub

from codex_action.codex import Codex
from codex_action.documents.library import LibrarySettings

CONFIG = """\
schema_version: "3.0"
project: web
codex_repo: {organization: umbrella, repository: codex}
"""
GUIDE = "codex://umbrella/handbook/docs/guide.md"


class Clock:
    def __init__(self) -> None:
        self.now = 1_700_000_000.0

    def __call__(self) -> float:
        return self.now


class Project:
    """A project, its clock, its cache and what it was warned of."""

    def __init__(self, root: Path, hub: FakeGitHub) -> None:
        self.root, self.hub, self.clock, self.warnings = root, hub, Clock(), []  # type: ignore[var-annotated]
        self.environ = {
            "GITHUB_API_URL": hub.url,
            "HOME": str(root.parent / "home"),
            "PATH": os.environ["PATH"],
        }
        (root / ".git").mkdir(parents=True)
        self.write(".fractary/codex/config.yaml", CONFIG)

    def write(self, path: str, text: str) -> None:
        place = self.root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")

    def codex(self, environ: Mapping[str, str] | None = None, **settings: Any) -> Codex:  # noqa: ANN401
        library = LibrarySettings(warn=self.warnings.append, now=self.clock, **settings)
        return Codex(str(self.root), environ={**self.environ, **(environ or {})}, library=library)

    def asked(self) -> list[str]:
        """What the hub was asked since the last time."""
        paths = [exchange.path for exchange in self.hub.log]
        self.hub.log.clear()
        return paths
