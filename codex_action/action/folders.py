"""Files and folders that inputs name, and the workspace they have to be in."""

from __future__ import annotations

import os
from collections.abc import Iterator

from codex_action import files
from codex_action.action.inputs import Inputs
from codex_action.errors import UsageError


def inside(workspace: str, name: str, path: str, base: str = ".") -> str:
    """Where a path really leads. Raises UsageError, which names the input, if that is out of the workspace."""
    real, root = os.path.realpath(os.path.join(base, path)), os.path.realpath(workspace)
    if not files.is_below(root, real):
        raise UsageError(f"{name}: {path!r} leads out of the workspace")
    return real


def need_places(inputs: Inputs, workspace: str) -> None:
    """Look at every place that the inputs name before any work is done. Raises UsageError that names all wrong ones."""
    wrong = list(_wrong(inputs, workspace))
    if wrong:
        raise UsageError(("wrong inputs: " if len(wrong) > 1 else "") + "; ".join(wrong))


def _wrong(inputs: Inputs, workspace: str) -> Iterator[str]:
    named = inputs.paths if inputs.command != "fetch" else ()
    yield from (f"paths: there is no file {path!r}" for path in named if not os.path.lexists(path))
    for name, path in (
        *(("paths", path) for path in named),
        ("codex-path", inputs.codex_path),
        ("plan-file", inputs.plan_file),
        ("output-dir", inputs.output_dir),
    ):
        if path:
            try:
                inside(workspace, name, path)
            except UsageError as error:
                yield error.message
    for name, path in (("sarif-file", inputs.sarif_file), ("json-file", inputs.json_file)):
        folder = os.path.dirname(os.path.abspath(path))
        if path and not os.path.isdir(folder):
            yield f"{name}: there is no folder for {path!r}"
