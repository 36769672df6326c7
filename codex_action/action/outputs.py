"""The runner's files: outputs with a random delimiter, and the step summary."""

from __future__ import annotations

import os
import uuid
from collections.abc import Mapping

from codex_action import files
from codex_action.errors import UsageError

# The runner drops a whole summary over 1 MiB.
SUMMARY_LIMIT = 1024 * 1024


def append_outputs(path: str, values: Mapping[str, str]) -> None:
    """Add outputs to the file that GITHUB_OUTPUT names. Raises OSError."""
    with open(path, "a", encoding="utf-8", newline="\n") as stream:
        stream.write("".join(output_block(name, value) for name, value in values.items()))


def output_block(name: str, value: str) -> str:
    """One output: no value, whatever is in it, can end the block or start another."""
    delimiter = f"codex_{uuid.uuid4().hex}"
    while delimiter in value:
        delimiter = f"codex_{uuid.uuid4().hex}"
    return f"{name}<<{delimiter}\n{value}\n{delimiter}\n"


def append_summary(path: str, text: str) -> bool:
    """Add to the step summary, unless the runner would drop the whole of it for its size. Raises OSError."""
    data = text.encode("utf-8", "backslashreplace")
    size = os.path.getsize(path) if os.path.exists(path) else 0
    if size + len(data) > SUMMARY_LIMIT:
        return False
    with open(path, "ab") as stream:
        stream.write(data)
    return True


def write_report(path: str, text: str, workspace: str, *, name: str = "json-file") -> None:
    """Write a file that the workflow asked for by the input `name`, as a new one: a link in its place is not followed.

    It belongs to whom its folder belongs to, so that later steps can read and clear it away. Raises UsageError if a
    link leads its folder out of the workspace, OSError if it cannot be written.
    """
    folder, last = os.path.split(os.path.abspath(path))
    real = os.path.realpath(folder)
    if files.is_below(workspace, folder) and not files.is_below(os.path.realpath(workspace), real):
        raise UsageError(f"{name}: a link leads {path!r} out of the workspace")
    files.create(os.path.join(real, last), text.encode("utf-8", "backslashreplace"))
