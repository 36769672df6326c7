"""`codex-action doctor`: what a support question needs."""

from __future__ import annotations

import click

from codex_action.cli import door
from codex_action.cli.options import json_option, report_format


@click.command()
@report_format
@json_option
@door.command
def doctor(*, format_: str) -> int:
    """Show what codex-action knows about this place: versions, project, git, event. Secrets are never shown."""
    from codex_action.codex import Codex
    from codex_action.report import data
    from codex_action.report.safe import visible

    facts = Codex(".").diagnose()
    if format_ == "json":
        door.emit(data.dumps({"schema": "codex-action/doctor@1", **facts}), None)
        return 0
    width = max(map(len, facts))
    lines = []
    for name, value in facts.items():
        shown = "-" if value is None else "yes" if value is True else "no" if value is False else str(value)
        lines.append(f"{name.replace('_', ' '):<{width}}  {visible(shown)}\n")
    door.emit("".join(lines), None)
    return 0
