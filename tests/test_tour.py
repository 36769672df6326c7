"""The tour of sync prints what it says it does."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

from programs import script

TOUR = (Path(__file__).parents[1] / "docs/sync.md").read_text(encoding="utf-8")
_BLOCK = re.compile(r"```(sh|text)\n(.*?)```", re.DOTALL)
_RUN = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{16}")  # when a backup was made, and by whom


def steps() -> Iterator[tuple[str, str]]:
    """What is pasted, and what it prints."""
    blocks = _BLOCK.findall(TOUR)
    for (kind, text), (after, printed) in zip(blocks, [*blocks[1:], ("sh", "")]):
        if kind == "sh":
            yield text, printed if after == "text" else ""


def test_the_tour(tmp_path: Path) -> None:
    """One shell, as a newcomer pastes into it."""
    pasted, printed = zip(*steps())
    assert len(pasted) == 9
    mark = "----- next -----\n"
    program = f"exec 2>&1\n{f'echo {mark}'.join(pasted)}"
    environ = {**os.environ, "PATH": f"{Path(script()).parent}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(
        ["bash", "-c", program], cwd=tmp_path, env=environ, capture_output=True, text=True, timeout=120, check=False
    )  # fmt: skip
    shown = [_RUN.sub("20260101T000000Z-0123456789abcdef", text) for text in done.stdout.split(mark)]
    assert shown == list(printed)
    assert done.returncode == 0
