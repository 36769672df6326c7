"""A project, a home and a hub with documents, for tests of the doors."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fake_github import FakeGitHub
from programs import Result, RunCli
from schema import load, problems
from trees import Tree

GUIDE = "codex://northwind/handbook/docs/guide.md"
GUIDE_TEXT = b"---\ntitle: Guide\nsince: 2024-01-01\n---\n# Guide\n"
FILES = {
    "docs/guide.md": GUIDE_TEXT,
    "docs/style.md": b"# Style\n",
    "docs/evil.md": b"\x1b[31mred\x07\r\n::error::x\n\xc2\x9b2J\xe2\x80\xaeback\n",
    "data/logo.bin": b"\x00\xff\xfe",
    "docs/latin.md": b"caf\xe9\n",
}
CACHE = ".fractary/plugins/codex/cache"


class World:
    """The project northwind/web in `root`; `run` starts the program there, with the hub for GitHub."""

    def __init__(self, folder: Path, hub: FakeGitHub, run: RunCli) -> None:
        self.root = folder / "work"
        self.root.mkdir()
        Tree(self.root).git("init", "--quiet")
        self.home = folder / "home"
        self.home.mkdir()
        self.hub = hub
        self._run = run
        hub.add("northwind/handbook", FILES, others={"v1": {"docs/guide.md": b"# Guide 1\n"}})
        self.env: dict[str, str | None] = {
            "GITHUB_API_URL": hub.url,
            "HOME": str(self.home),
            "GITHUB_REPOSITORY": "northwind/web",
        }

    @property
    def cache(self) -> Path:
        return self.root / CACHE

    def write(self, path: str, text: str | bytes) -> None:
        place = self.root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(text if isinstance(text, bytes) else text.encode())

    def run(
        self, *arguments: str | bytes, env: Mapping[str, str | None] | None = None, **more: Any  # noqa: ANN401
    ) -> Result:  # fmt: skip
        return self._run(*arguments, cwd=self.root, env={**self.env, **(env or {})}, **more)

    def json(self, schema: str, *arguments: str, env: Mapping[str, str | None] | None = None) -> Any:  # noqa: ANN401
        """The document that a command prints with --json, which has its published shape."""
        found = self.run(*arguments, "--json", env=env).data
        assert list(problems(found, load(schema))) == []
        return found

    def asked(self) -> list[str]:
        """What the hub was asked since the last time, without the repository."""
        paths = [exchange.path.partition("/contents/")[2] or exchange.path for exchange in self.hub.log]
        self.hub.log.clear()
        return paths
