"""`codex-action cache ...`: what is kept of fetched documents."""

from __future__ import annotations

import shutil
import sys
import time

import click

from codex_action.cli import door
from codex_action.cli.options import cache_option, config_option, json_option, many, option, report_format
from codex_action.cli.project import open_codex
from codex_action.errors import UsageError

_common = many(
    (
        cache_option,
        report_format,
        json_option,
        config_option,
    )
)


@click.group(no_args_is_help=True)
def cache() -> None:
    """Look at what is kept of fetched documents, clear it, check and repair it.

    Where the configuration says cache.enabled: false, these commands touch nothing and end with exit code 5.
    """


@cache.command(name="list")
@option(
    "--project",
    metavar="P",
    envvar="CODEX_CACHE_PROJECT",
    help="Only this project's: ORG/PROJECT or PROJECT.",
)
@option(
    "--pattern",
    metavar="GLOB",
    help="Only what matches PATH, ORG/PROJECT/PATH or codex://ORG/PROJECT/PATH, as docs/**.",
)
@option(
    "--status", type=click.Choice(["fresh", "stale", "expired", "all"]), default="all", show_default=True,
    help="Only fresh copies, stale ones (served while renewed) or expired ones (asked for again).",
)  # fmt: skip
@_common
@door.command
def list_(
    *,
    project: str | None,
    pattern: str | None,
    status: str,
    cache_dir: str | None,
    config: str | None,
    format_: str,
) -> int:
    """List the documents in the cache, with size, source, age and status.

    \b
      codex-action cache list --project northwind/handbook
      codex-action cache list --status expired --json
    """
    from codex_action.report import cache as report
    from codex_action.report import data

    with open_codex(config=config, cache_dir=cache_dir) as codex:
        entries = codex.list_cache(project=project, pattern=pattern, status=status)
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    as_json = format_ == "json"
    text = (
        data.dumps(report.list_document(entries))
        if as_json
        else report.render_list(entries, time.time(), width)
    )
    door.emit(text, None)
    return 0


@cache.command()
@option(
    "--scope", type=click.Choice(["all", "expired", "project", "pattern"]), default="expired", show_default=True,
    help="What to clear; project and pattern need --filter.",
)  # fmt: skip
@option(
    "--filter",
    "filter_",
    metavar="F",
    help="The project (ORG/PROJECT or PROJECT) or the glob (as in cache list).",
)
@option("--dry-run", is_flag=True, help="Show what would be cleared; clear nothing.")
@option("--yes", is_flag=True, help="Do not ask, whatever the scope.")
@_common
@door.command
def clear(  # noqa: PLR0913  (click's options)
    *,
    scope: str,
    filter_: str | None,
    dry_run: bool,
    yes: bool,
    cache_dir: str | None,
    config: str | None,
    format_: str,
) -> int:
    """Clear documents from the cache; a later fetch gets them again.

    Clears only what is expired; for every other --scope it asks first.

    \b
      codex-action cache clear
      codex-action cache clear --scope project --filter northwind/handbook --dry-run
      codex-action cache clear --scope all --yes
    """
    from codex_action.report import cache as report
    from codex_action.report import data

    with open_codex(config=config, cache_dir=cache_dir) as codex:
        if not (dry_run or yes or scope == "expired"):
            count = codex.clear_cache(scope, filter_, dry_run=True).deleted_count
            _confirm(count, codex.documents.cache_directory)
        result = codex.clear_cache(scope, filter_, dry_run=dry_run)
    as_json = format_ == "json"
    door.emit(data.dumps(report.clear_document(result)) if as_json else report.render_clear(result), None)
    return 0


def _confirm(count: int, folder: str) -> None:
    if not sys.stdin.isatty():
        raise UsageError("nobody is here to be asked", hint="give --yes, or see first with --dry-run")
    documents = "1 document" if count == 1 else f"{count} documents"
    click.confirm(f"Clear {documents} from {folder}?", abort=True, err=True)


@cache.command()
@option("--repair", is_flag=True, help="Mend what can be mended; a document lost by it is fetched again.")
@option("-v", "--verbose", is_flag=True, help="Show each issue, not only how many there are of each kind.")
@_common
@door.command
def health(*, repair: bool, verbose: bool, cache_dir: str | None, config: str | None, format_: str) -> int:
    """Check every file of the cache, and mend it with --repair.

    Finds contents without entry, damaged ones, entries without content, and wrong permissions.

    Ends with exit code 1 if something is wrong and was not mended.
    """
    from codex_action.report import cache as report
    from codex_action.report import data

    with open_codex(config=config, cache_dir=cache_dir) as codex:
        found = codex.check_cache_health(repair=repair)
    as_json = format_ == "json"
    text = (
        data.dumps(report.health_document(found)) if as_json else report.render_health(found, verbose=verbose)
    )
    door.emit(text, None)
    return int(found.status_after != "healthy")


@cache.command()
@_common
@door.command
def metrics(*, cache_dir: str | None, config: str | None, format_: str) -> int:
    """Show how well the cache works: sizes, hits, misses.

    Also the time of a fetch, the oldest and newest copy, and what is from which source and project.
    """
    from codex_action.report import cache as report
    from codex_action.report import data

    with open_codex(config=config, cache_dir=cache_dir) as codex:
        measured = codex.get_cache_metrics()
    as_json = format_ == "json"
    door.emit(
        data.dumps(report.metrics_document(measured)) if as_json else report.render_metrics(measured), None
    )
    return 0
