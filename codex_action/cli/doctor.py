"""`codex-action doctor`: what a support question needs."""

from __future__ import annotations

import sys

import click

from codex_action.cli import door
from codex_action.cli.options import option


@click.command()
@option(
    "--format",
    "format_",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="The report's form.",
)
@click.option("--json", "format_", flag_value="json", help="The same as --format json.")
@door.command
def doctor(*, format_: str) -> int:
    """Show what codex-action knows about this place: versions, project, git, event. Secrets are never shown."""
    from codex_action.codex import Codex
    from codex_action.report import data
    from codex_action.report.safe import visible

    facts = Codex(".").diagnose()
    if format_ == "json":
        sys.stdout.write(data.dumps({"schema": "codex-action/doctor@1", **facts}))
        return 0
    width = max(map(len, facts))
    for name, value in facts.items():
        shown = "-" if value is None else "yes" if value is True else "no" if value is False else str(value)
        sys.stdout.write(f"{name.replace('_', ' '):<{width}}  {visible(shown)}\n")
    return 0
