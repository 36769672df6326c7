"""`codex-action migrate ...`."""

from __future__ import annotations

from typing import Any

import click

from codex_action.cli import door
from codex_action.cli.options import json_option, option


@click.group(no_args_is_help=True)
def migrate() -> None:
    """Bring older files to the present form."""


@migrate.command("config")
@click.argument("files", nargs=-1, metavar="[FILES]...")
@option("--write", is_flag=True, help="Write the migrated files; without it nothing is written.")
@option("--diff", is_flag=True, help="Show the change as a diff, also with --write.")
# No twin: CODEX_OUTPUT is where reports go.
@click.option("--output", metavar="FILE", help="Write the migrated configuration to FILE.")
@option("--remove-source", is_flag=True, help="With --write, delete a JSON file once its YAML is written.")
@option(
    "--format",
    "format_",
    type=click.Choice(["text", "json", "github"]),
    default="text",
    show_default=True,
    help="The report's form.",
)
@json_option
@option(
    "--color",
    type=click.Choice(["auto", "always", "never"]),
    default="auto",
    show_default=True,
    help="Colors in text.",
)
@door.command
def migrate_config(*, files: tuple[str, ...], diff: bool, format_: str, color: str, **options: Any) -> int:
    """Migrate configurations of every older format to version 3; no key and no comment is lost.

    Looks at FILES, or at the configuration of the project you are in. Shows the change and writes nothing,
    unless --write is given. YAML is migrated in place; JSON becomes .fractary/codex/config.yaml. Fields that have
    no place in version 3 go to `extensions`. Ends with 1 if a file has to change or was changed.

    \b
      codex-action migrate config
      codex-action migrate config --write
      codex-action migrate config .fractary/plugins/codex/config.json --write --remove-source
    """
    from codex_action.codex import Codex
    from codex_action.report import data, upgrade

    write = options["write"] or options["output"] is not None
    report = Codex(".").migrate_config(files, **{**options, "write": write})
    if format_ == "json":
        door.emit(data.dumps(upgrade.document(report)), None)
    elif format_ == "github":
        door.emit(upgrade.workflow(report), None)
    else:
        door.emit(upgrade.render(report, diff=diff or not write, color=door.colored(color)), None)
    return report.exit_code
