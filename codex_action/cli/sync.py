"""`codex-action sync ...`."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import click

from codex_action.cli import door
from codex_action.cli.options import config_option, json_option, many, option, report_format, wording
from codex_action.cli.progress import Progress, Steps
from codex_action.cli.project import open_codex
from codex_action.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from codex_action.sync.model import Plan, SyncResult
    from codex_action.sync.options import SyncOptions

_LARGEST = 64 * 1024 * 1024  # bytes of a plan's file

_which = many(
    (
        option(
            "--direction",
            type=click.Choice(["to-codex", "from-codex", "bidirectional"]),
            help="Which sides are written.  [default: sync.default_direction]",
        ),
        option(
            "--env",
            "environment",
            metavar="NAME",
            help="The environment, whose branch of the codex repository is synced.",
        ),
        option(
            "--patterns",
            multiple=True,
            metavar="P,..",
            help="Globs of the files to sync, in the place of sync.patterns.",
        ),
        option(
            "--exclude",
            multiple=True,
            metavar="P,..",
            envvar="CODEX_SYNC_EXCLUDE",
            help="Globs of files to leave out, beside sync.exclude.",
        ),
        option(
            "--codex",
            metavar="PATH|URL",
            help="The codex repository: a checkout, or a URL.  [default: the configured one, by URL]",
        ),
        option(
            "--conflict",
            type=click.Choice(["manual", "keep-local", "keep-codex"]),
            help="What to do about files that changed on both sides.  [default: sync.conflict]",
        ),
    )
)
_how = many(
    (
        option("--dry-run", is_flag=True, help="Show the plan; write nothing."),
        option(
            "--detailed-exitcode",
            is_flag=True,
            help="With --dry-run: exit code 1 if there is something to do.",
        ),
        option("--plan-out", metavar="FILE", help="With --dry-run: write the plan to FILE, for --plan."),
        option("--plan", "plan_file", metavar="FILE", help="Do nothing that is not in this plan."),
        option(
            "--expect",
            metavar="DIGEST",
            help="Do nothing unless the plan has this digest, as a dry run shows it.",
        ),
        option("--push", is_flag=True, help="Commit to the codex repository, and push."),
        option(
            "--pull-request",
            is_flag=True,
            help="Commit to the branch codex-sync/PROJECT, and open a pull request or bring it up to date.",
        ),
        option(
            "--force",
            multiple=True,
            metavar="GATE",
            envvar="CODEX_SYNC_FORCE",
            type=click.Choice(["deletes", "empty-side", "rules-changed", "collisions"]),
            help="Pass this gate once: deletes (more files than sync.max_deletes, or than sync.max_delete_percent "
            "of a side of ten files or more), empty-side, rules-changed or collisions.",
        ),
    )
)


@click.group(no_args_is_help=True)
def sync() -> None:
    """Make projects and the codex repository agree."""


@sync.command()
@click.argument("name", required=False)
@_which
@_how
@wording(more="diffs, and each file that is left alone", less="only what went wrong, and what it comes to")
@report_format
@json_option
@config_option
@door.command
def project(  # noqa: PLR0913  (click's options)
    *,
    name: str | None,
    format_: str,
    config: str | None,
    verbose: bool,
    quiet: bool,
    color: str,
    plan_out: str | None,
    plan_file: str | None,
    detailed_exitcode: bool,
    **options: Any,
) -> int:
    """Sync the project NAME, by default the current one, with its folder in the codex repository.

    A file that changed on one side is written to the other; one that changed on both is a conflict, and left alone.

    \b
      codex-action sync project --codex ../codex --dry-run
      codex-action sync project --codex ../codex
      codex-action sync project --pull-request
      codex-action sync project --dry-run --plan-out plan.json; codex-action sync project --plan plan.json --push
    """
    if not options["dry_run"] and (plan_out or detailed_exitcode):
        raise UsageError("--plan-out and --detailed-exitcode go with --dry-run")
    asked = _asked(options, plan_file, diffs=verbose and format_ == "text")
    bar = Progress("Writing", wanted=not quiet, least=100)
    with open_codex(config=config) as codex, Steps(wanted=not quiet) as tell, bar as progress:
        result = codex.sync_project(name, asked, tell=tell, progress=progress)
    if plan_out:
        _write_plan(plan_out, result.plan)
    _tell(result, quiet=quiet)
    door.emit(_shown(result, format_, verbose=verbose, quiet=quiet, color=color), None)
    pending = bool(result.plan.actions or result.plan.conflicts)
    return result.exit_code or (int(ExitCode.FINDINGS) if detailed_exitcode and pending else 0)


def _asked(options: dict[str, Any], plan_file: str | None, *, diffs: bool) -> SyncOptions:
    """What the command line asks for. Raises UsageError, RefusedError for a plan that is none."""
    from codex_action.sync.options import SyncOptions

    for key in ("patterns", "exclude"):
        options[key] = tuple(_split(options[key]))
    options["force"] = frozenset(options["force"])
    return SyncOptions(**options, approved=_read_plan(plan_file) if plan_file else None, diffs=diffs)


def _split(values: Iterable[str]) -> list[str]:
    """Globs between commas, but for those within braces."""
    found = []
    for value in values:
        depth, start = 0, 0
        for index, character in enumerate(f"{value},"):
            depth += (character == "{") - (character == "}" and depth > 0)
            if character == "," and (depth == 0 or index == len(value)):
                found.append(value[start:index].strip())
                start = index + 1
    return [glob for glob in found if glob]


def _read_plan(path: str) -> Plan:
    """The plan of a file, or of standard input ('-'). Raises UsageError, RefusedError for what is no plan."""
    from codex_action.sync.saved import from_json

    try:
        if path == "-":
            return from_json(sys.stdin.buffer.read(_LARGEST))
        with open(path, "rb") as stream:
            return from_json(stream.read(_LARGEST))
    except OSError as error:
        raise UsageError(f"cannot read {path!r}: {error.strerror}") from error


def _write_plan(path: str, plan: Plan) -> None:
    from codex_action.sync.saved import to_json

    door.write_file(path, to_json(plan).encode())


def _tell(result: SyncResult, *, quiet: bool) -> None:
    """What people should know beside the plan, on stderr."""
    from codex_action.report.safe import visible

    for notice in () if quiet else result.notices:
        sys.stderr.write(f"Note: {visible(notice)}\n")


def _shown(result: SyncResult, format_: str, *, verbose: bool, quiet: bool, color: str) -> str:
    from codex_action.report import data
    from codex_action.report import sync as report

    if format_ == "json":
        return data.dumps(report.document(result))
    colors = door.colored(color)
    return report.render(result, diffs=result.diffs, verbose=verbose, quiet=quiet, color=colors)
