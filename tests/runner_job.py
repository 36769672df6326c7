"""A job on a runner, as far as the Action sees it: its workspace, and the files that the runner gives it."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from pathlib import Path

from runner_files import parse_outputs
from trees import Tree

from codex_action.action import main as action


@dataclass
class Runner:
    """A job on a runner: its workspace and the files the runner gives it."""

    workspace: Tree
    folder: Path
    environ: dict[str, str] = field(default_factory=dict)

    def event(self, name: str, payload: object) -> None:
        path = self.folder / "event.json"
        path.write_text(payload if isinstance(payload, str) else json.dumps(payload), encoding="utf-8")
        self.environ.update(GITHUB_EVENT_NAME=name, GITHUB_EVENT_PATH=str(path))

    def run(self, **inputs: str) -> int:
        given = {f"INPUT_{name.upper().replace('_', '-')}": value for name, value in inputs.items()}
        return action.main({**os.environ, **self.environ, **given})

    @property
    def outputs(self) -> dict[str, str]:
        return parse_outputs((self.folder / "output").read_text(encoding="utf-8"))

    @property
    def summary(self) -> str:
        return (self.folder / "summary").read_text(encoding="utf-8")
