"""`codex-action`, and `fractary codex`, which is the same."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import click

from codex_action.cli import door
from codex_action.version import __version__

_HELP = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


class LazyGroup(click.Group):
    """A group whose commands are imported when they are asked for."""

    def __init__(self, *arguments: Any, lazy: dict[str, str], **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self._lazy = lazy

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands, in the order of the table."""
        return list(self._lazy)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command's module and take the command from it."""
        if cmd_name not in self._lazy:
            return None
        module, _, name = self._lazy[cmd_name].partition(":")
        command: click.Command = getattr(import_module(module), name)
        return command


@click.group(
    cls=LazyGroup,
    context_settings=_HELP,
    lazy={
        "validate": "codex_action.cli.validate:validate",
        "migrate": "codex_action.cli.migrate:migrate",
        "init": "codex_action.cli.init:init",
        "config": "codex_action.cli.config:config",
        "fetch": "codex_action.cli.fetch:fetch",
        "cache": "codex_action.cli.cache:cache",
        "sync": "codex_action.cli.sync:sync",
        "types": "codex_action.cli.types:types",
        "doctor": "codex_action.cli.doctor:doctor",
    },
    no_args_is_help=True,
    epilog="Exit codes: 0 fine, 1 findings or changed files, 2 usage, 3 configuration, 4 refused, 5 git, the network or"
    " the disk failed, 6 partly done or conflicts left, 70 a bug of ours, 75 another run is at work, 130 interrupted.",
)
@click.version_option(__version__, prog_name="codex-action", message="%(prog)s %(version)s")
@click.option("-C", "directory", metavar="DIR", help="Run as if started in DIR.")
def codex(directory: str | None) -> None:
    """Check and mend codex:// references between repositories and their shared knowledge base.

    \b
    First steps:
      codex-action validate refs            check every file of this repository
      codex-action validate refs --fix      rewrite references in older forms
      codex-action doctor                   show what codex-action knows about this place
    """
    if directory:
        door.enter(directory)


@click.group(context_settings=_HELP, no_args_is_help=True)
@click.version_option(__version__, prog_name="fractary", message="%(prog)s %(version)s")
def fractary() -> None:
    """Fractary's tools."""


fractary.add_command(codex, "codex")
