"""Two real folders that are synced: written, planned, carried out, and read again from outside."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from sync_world import BOLD, EMPTY, RULES

from codex_action.sync.apart import Scanned
from codex_action.sync.apply import Applied, apply, holding
from codex_action.sync.journal import Target, is_temporary
from codex_action.sync.manifest import MANIFEST, Manifest, read_manifest
from codex_action.sync.model import Plan
from codex_action.sync.plan import Request, make_plan
from codex_action.sync.rules import STATE, Rules
from codex_action.sync.scan import scan
from codex_action.sync.side import Options
from codex_action.sync.sides import codex_folder, project_folder

NOW = "2026-02-02T00:00:00Z"


class Pair:
    """A project and a checkout of the codex repository below one folder."""

    def __init__(self, root: Path, rules: Rules = RULES) -> None:
        self.root, self.rules = root, rules
        self.local, self.codex = root / "project", root / "codex"
        for folder in (self.local, self.codex):
            folder.mkdir(parents=True, exist_ok=True)

    @property
    def inside(self) -> Path:
        """The project's folder in the codex repository."""
        return self.codex / self.rules.folder

    def write(self, side: str, files: Mapping[str, str | bytes | None]) -> None:
        """Write or (None) delete files by the project's paths."""
        for name, content in files.items():
            path = (self.local if side == "local" else self.inside) / name
            if content is None:
                path.unlink()
                if path.parent != self.local:
                    with contextlib.suppress(OSError):  # as git does, which knows no empty folders
                        path.parent.rmdir()
            else:
                with contextlib.suppress(OSError):  # a sync that was killed may leave an empty folder there
                    path.rmdir()
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content.encode() if isinstance(content, str) else content)

    def manifest(self) -> Manifest:
        path = self.local / MANIFEST
        return read_manifest(path.read_bytes() if path.exists() else None, EMPTY).manifest

    def scan(self, manifest: Manifest, **options: object) -> tuple[Scanned, Scanned]:
        folders = (
            project_folder(str(self.local), self.rules),
            codex_folder(str(self.codex), self.rules),
        )
        return scan(*folders, manifest.entries, Options(**options))  # type: ignore[arg-type]

    def plan(self, way: str = "full", **request: object) -> Plan:
        request.setdefault("limits", BOLD)
        manifest = self.manifest()
        local, codex = self.scan(manifest, way=way)
        return make_plan(Request(self.rules, **request), manifest, local.tree, codex.tree)  # type: ignore[arg-type]

    def targets(self) -> dict[str, Target]:
        return {
            "local": Target(str(self.local)),
            "codex": Target(str(self.codex), self.rules.codex_path),
        }

    def sync(self, **request: object) -> Applied:
        """Lock, plan and apply, as a command does."""
        with holding(self.targets(), now=NOW):  # type: ignore[arg-type]
            return self.carry_out(self.plan(**request))  # type: ignore[arg-type]

    def carry_out(self, plan: Plan, manifest: Manifest | None = None) -> Applied:
        return apply(plan, manifest or self.manifest(), self.targets(), now=NOW)  # type: ignore[arg-type]

    def files(self, side: str) -> dict[str, bytes]:
        """The documents of a side, as anybody sees them."""
        root = self.local if side == "local" else self.inside
        return {
            name: path.read_bytes()
            for name, path in _below(root)
            if name != MANIFEST
            and not name.startswith((STATE, ".git/"))
            and not is_temporary(name.rpartition("/")[2])
        }

    def backup(self) -> list[bytes]:
        """What conflicts would have lost."""
        return sorted(path.read_bytes() for _, path in _below(self.local / STATE / "backup"))

    def litter(self) -> list[str]:
        """Files that only a sync in progress has."""
        names = [*_below(self.local), *_below(self.codex)]
        kept = ("lock", ".gitignore", "backup", "hashes-", "known-")
        state = [name[len(STATE) :] for name, _ in names if name.startswith(STATE)]
        left = [name for name in state if not name.startswith(kept)]
        return left + [name for name, _ in names if name.endswith(".tmp")]

    def clear(self) -> None:
        for folder in (self.local, self.codex):
            shutil.rmtree(folder)
            folder.mkdir()


def _below(root: Path) -> list[tuple[str, Path]]:
    found = []
    for folder, _, names in os.walk(root):
        for name in names:
            path = Path(folder, name)
            found.append((path.relative_to(root).as_posix(), path))
    return sorted(found)
