"""`codex-action types ...`."""

from __future__ import annotations

import shutil
import sys

import click

from codex_action.artifacts.registry import TypeRegistry
from codex_action.cli import door
from codex_action.cli.options import config_option, json_option, report_format
from codex_action.cli.project import open_codex
from codex_action.errors import UsageError


@click.group(no_args_is_help=True)
def types() -> None:
    """Look at the types of documents, and for how long a copy of each is fresh."""


@types.command(name="list")
@report_format
@json_option
@config_option
@door.command
def list_(*, format_: str, config: str | None) -> int:
    """List the types of documents.

    A path is compared with them from the top, and is of the first one that matches. TTL is for how long a copy is
    fresh.
    """
    from codex_action.report import data, kinds

    registry = _registry(config)
    if format_ == "json":
        text = data.dumps(kinds.list_document(registry))
    else:
        text = kinds.render_list(registry, width=_width())
    door.emit(text, None)
    return 0


@types.command()
@click.argument("name")
@report_format
@json_option
@config_option
@door.command
def show(*, name: str, format_: str, config: str | None) -> int:
    """Show one type in full.

    NAME is one that `types list` shows: a built-in type, or one of the configuration's `types`.

    \b
      codex-action types show docs
    """
    from codex_action.report import data, kinds

    registry = _registry(config)
    kind = registry.get(name)
    if kind is None:
        raise UsageError(f"there is no type {name!r}", hint=_near(name, registry.names()))
    text = data.dumps(kinds.show_document(kind)) if format_ == "json" else kinds.render_type(kind)
    door.emit(text, None)
    return 0


def _registry(option: str | None) -> TypeRegistry:
    return open_codex(config=option).types()


def _width() -> int | None:
    """Columns of the terminal; a file or a pipe takes lines of any length."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def _near(name: str, names: list[str]) -> str:
    from difflib import get_close_matches

    near = get_close_matches(name, names, 1)
    return f"did you mean {near[0]!r}?" if near else f"the types are {', '.join(names)}"
