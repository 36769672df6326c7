"""A project, a codex repository beside it, and a server with that repository: whole syncs from the outside."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from programs import Result, RunCli
from schema import load, problems
from trees import Content, Tree, bare, repository

CONFIG = """schema_version: "3.0"
codex_repo: {organization: umbrella, repository: codex}
project: handbook
"""
SYNC = 'sync: {patterns: ["docs/**"]}\n'
PLACE = ".fractary/codex/config.yaml"
MANIFEST = ".fractary/codex/sync-manifest.json"
INSIDE = "projects/handbook/"


class Desk:
    """The project umbrella/handbook in `project`, a checkout of umbrella/codex in `codex`, its server's in `server`."""

    def __init__(self, folder: Path, run: RunCli, *, codex: Mapping[str, Content] | None = None) -> None:
        self.folder, self._run = folder, run
        self.project = repository(folder / "handbook", {PLACE: CONFIG + SYNC})
        self.server = bare(folder / "server/umbrella/codex.git", codex or {"README.md": "# Codex\n"})
        for key in ("uploadpack.allowFilter", "http.receivepack"):
            self.server.git("config", key, "true")
        self.server.git("clone", "--quiet", f"file://{self.server.root}", str(folder / "codex"))
        self.codex = Tree(folder / "codex")
        self.env: dict[str, str | None] = {"HOME": str(folder)}

    def configure(self, text: str) -> None:
        """Write the configuration anew, after what every one here begins with."""
        self.project.write({PLACE: CONFIG + text})

    def local(self, files: Mapping[str, Content | None]) -> None:
        """Write or (None) delete the project's files."""
        _write(self.project, files)

    def inside(self, files: Mapping[str, Content | None]) -> None:
        """The same with the project's files in the checkout of the codex repository."""
        _write(self.codex, {INSIDE + path: content for path, content in files.items()})

    def run(
        self, *options: str, codex: str | None = "../codex", env: Mapping[str, str | None] | None = None, **more: Any  # noqa: ANN401
    ) -> Result:  # fmt: skip
        """`sync project` in the project's folder."""
        named = ("--codex", codex) if codex else ()
        return self._run(
            "sync", "project", *named, *options, cwd=self.project.root, env={**self.env, **(env or {})}, **more
        )  # fmt: skip

    def json(self, *options: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401
        """What `sync project --json` prints, which has its published shape."""
        found = self.run(*options, "--json", **more).data
        assert list(problems(found, load("sync-project"))) == []
        return found

    def planned(self, *options: str, **more: Any) -> list[str]:  # noqa: ANN401
        """The operations of a dry run, a word each."""
        return operations(self.json("--dry-run", *options, **more))

    def here(self) -> dict[str, bytes]:
        """The project's documents."""
        return _files(self.project.root / "docs", "docs/")

    def there(self) -> dict[str, bytes]:
        """Those in the checkout."""
        return _files(self.codex.root / INSIDE, "")

    def pushed(self, branch: str = "main") -> dict[str, bytes]:
        """Those on the server."""
        names = self.server.git("ls-tree", "-r", "-z", "--name-only", branch, INSIDE).split("\0")[:-1]
        return {name[len(INSIDE) :]: self.server.git("show", f"{branch}:{name}").encode() for name in names}

    def elsewhere(self, files: Mapping[str, Content], branch: str = "main") -> str:
        """Somebody else's commit on the server."""
        work = Tree(self.server.root.with_suffix(".work"))
        work.git("fetch", "--quiet", str(self.server.root), branch)
        work.git("reset", "--quiet", "--hard", "FETCH_HEAD")
        made = work.commit(files)
        work.git("push", "--quiet", str(self.server.root), f"HEAD:refs/heads/{branch}")
        return made


def operations(document: Mapping[str, Any]) -> list[str]:
    return [f"{row['op']} {row['side']} {row['path']}" for row in document["plan"]["operations"]]


def _write(tree: Tree, files: Mapping[str, Content | None]) -> None:
    for path, content in files.items():
        if content is None:
            (tree.root / path).unlink()
    tree.write({path: content for path, content in files.items() if content is not None})


def _files(root: Path, prefix: str) -> dict[str, bytes]:
    found = {}
    for folder, _, names in os.walk(root):
        for name in names:
            path = Path(folder, name)
            found[prefix + path.relative_to(root).as_posix()] = path.read_bytes()
    return found
