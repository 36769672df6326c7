"""Options that many commands share, and how each one is read from the environment."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Callable, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])


class ListOption(click.Option):
    """A repeatable option; in the environment one item a line (click would split at every space)."""

    def value_from_envvar(self, ctx: click.Context) -> Any:
        """The lines of the variable, without empty ones."""
        value = self.resolve_envvar_value(ctx)
        return None if value is None else [line.strip() for line in value.splitlines() if line.strip()]


def option(*names: str, **settings: Any) -> Callable[[F], F]:
    """A click option with its twin in the environment: `--fail-on` is CODEX_FAIL_ON."""
    long = next(name for name in names if name.startswith("--"))
    variable = "CODEX_" + re.sub(r"\W", "_", long.split("/")[0][2:]).upper()
    settings.setdefault("envvar", variable)
    if settings.get("multiple"):
        settings.setdefault("cls", ListOption)
    return click.option(*names, **settings)


def many(decorators: Sequence[Callable[[F], F]]) -> Callable[[F], F]:
    """Several decorators as one, the first on top."""

    def apply(function: F) -> F:
        for decorator in reversed(decorators):
            function = decorator(function)
        return function

    return apply


report_format = option(
    "--format",
    "format_",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="What to print: text, or one JSON document.",
)
# A name of its own: with click 8.1 two options cannot share one.
json_option = click.option("--json", "as_json", is_flag=True, help="The same as --format json.")

common = many(
    (
        click.option("-C", "directory", metavar="DIR", help="Run as if started in DIR."),
        option("--debug", is_flag=True, help="Show a traceback with an error."),
    )
)
config_option = option("--config", metavar="FILE", help="Read this configuration instead of the project's.")


def wording(*, more: str, less: str) -> Callable[[F], F]:
    """For commands whose text can be long: what it has with -v, and what with -q."""
    return many(
        (
            option("-v", "--verbose", is_flag=True, help=f"Say more: {more}."),
            option("-q", "--quiet", is_flag=True, help=f"Say less: {less}."),
            option(
                "--color",
                type=click.Choice(["auto", "always", "never"]),
                default="auto",
                show_default=True,
                help="Colors in text.",
            ),
        )
    )


cache_option = option(
    "--cache-dir",
    metavar="DIR",
    help="The cache's folder.  [default: the configuration's, or one in the project or of the user]",
)

# How documents are read and kept.
library_options = many(
    (
        option(
            "--codex",
            "checkout",
            metavar="PATH",
            help="A checkout of the codex repository to look in.",
        ),
        option(
            "--env",
            "environment",
            metavar="NAME",
            help="Read the codex repository at the branch that the configuration has for this environment.",
        ),
        cache_option,
        option(
            "--max-wait",
            type=click.IntRange(0),
            default=120,
            show_default=True,
            metavar="SECONDS",
            help="The longest wait for a host that takes no requests for now.",
        ),
    )
)
