"""`codex-action config ...`."""

from __future__ import annotations

import sys

import click

from codex_action.cli import door
from codex_action.cli.options import config_option, json_option, option, report_format


@click.group(no_args_is_help=True)
def config() -> None:
    """Look at the configuration."""


@config.command()
@option("--origins", is_flag=True, help="Show where each value came from.")
@report_format
@json_option
@config_option
@door.command
def show(*, origins: bool, format_: str, config: str | None) -> int:
    """Show the settings in force: option > environment > project > user > global > default.

    The project's file is the first of .fractary/codex/config.yaml, .fractary/codex.yaml, .fractary/config.yaml (its
    section `codex`) and .fractary/plugins/codex/config.json, here or in a folder above, up to the repository's root.
    """
    from codex_action.codex import Codex
    from codex_action.report import data, settings

    known = Codex(".", config=config).settings()
    text = (
        data.dumps(settings.document(known)) if format_ == "json" else settings.render(known, origins=origins)
    )
    sys.stdout.write(text)
    return 0
