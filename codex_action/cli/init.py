"""`codex-action init`."""

from __future__ import annotations

import dataclasses
import sys

import click

from codex_action.cli import door
from codex_action.cli.options import json_option, option, report_format
from codex_action.errors import UsageError


@click.command()
@option("--org", metavar="ORG", help="The organisation.  [default: CODEX_ORG, then the git remote's]")
@option(
    "--codex",
    "repository",
    metavar="REPO",
    envvar="CODEX_REPOSITORY",
    help="The codex repository.  [default: codex]",
)
@option("--project", metavar="NAME", help="This project, NAME or ORG/NAME.  [default: the git remote's]")
@option(
    "--preset",
    type=click.Choice(["standard", "minimal"]),
    default="standard",
    show_default=True,
    help="How much to write.",
)
@option("--force", is_flag=True, help="Write it even if there is a configuration already.")
@report_format
@json_option
@door.command
def init(
    *, org: str | None, repository: str | None, project: str | None, preset: str, force: bool, format_: str
) -> int:
    """Write this project's first configuration, .fractary/codex/config.yaml.

    An existing one is never overwritten without --force.

    \b
      codex-action init
      codex-action init --org northwind --codex knowledge --project handbook --preset minimal
    """
    from codex_action.codex import Codex
    from codex_action.report import data
    from codex_action.report.safe import visible

    if project and "/" not in project:
        project = f"{org or _known_organization()}/{project}"
    started = Codex(".", project=project).start(
        organization=org, repository=repository, preset=preset, force=force
    )
    if format_ == "json":
        sys.stdout.write(data.dumps({"schema": "codex-action/init@1", **dataclasses.asdict(started)}))
        return 0
    for name in started.files:
        sys.stdout.write(f"wrote {visible(name)}\n")
    sys.stdout.write("Next: codex-action validate setup, then codex-action validate refs\n")
    return 0


def _known_organization() -> str:
    from codex_action.codex import Codex

    known = Codex(".").organization
    if known is None:
        raise UsageError("the organisation is not known", hint="give --org ORG")
    return known
