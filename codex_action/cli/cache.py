"""`codex-action cache ...`: what is kept of fetched documents."""

from __future__ import annotations

import shutil
import sys
import time

import click

from codex_action.cli import door
from codex_action.cli.options import config_option, json_option, many, option, report_format
from codex_action.cli.project import open_codex
from codex_action.errors import UsageError

_common = many(
    (
        option("--cache-dir", metavar="DIR", help="The cache's folder."),
        report_format,
        json_option,
        config_option,
    )
)


@click.group(no_args_is_help=True)
def cache() -> None:
    """Look at what is kept of fetched documents, clear it, check and repair it."""


@cache.command(name="list")
@option(
    "--project", metavar="P", envvar="CODEX_CACHE_PROJECT", help="Only a project's: ORG/PROJECT or PROJECT."
)
@option("--pattern", metavar="GLOB", help="Only what matches, as docs/** or northwind/*/docs/**.")
@option(
    "--status", type=click.Choice(["fresh", "stale", "expired", "all"]), default="all", show_default=True,
    help="Only what is so old.",
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
    """List the documents in the cache."""
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
    help="What to clear.",
)  # fmt: skip
@option("--filter", "filter_", metavar="F", help="The project or the glob, for these two scopes.")
@option("--dry-run", is_flag=True, help="Show what would be cleared; clear nothing.")
@option("--yes", is_flag=True, help="Do not ask.")
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
    """Clear documents from the cache; a later fetch gets them again. Asks before it clears what is not expired.

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
@option("--repair", is_flag=True, help="Mend what can be mended.")
@option("-v", "--verbose", is_flag=True, help="Show each issue.")
@_common
@door.command
def health(*, repair: bool, verbose: bool, cache_dir: str | None, config: str | None, format_: str) -> int:
    """Check every file of the cache: contents without entry, damaged ones, entries without content, permissions.

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
    """Show how well the cache works: sizes, hits and misses, by source and by project."""
    from codex_action.report import cache as report
    from codex_action.report import data

    with open_codex(config=config, cache_dir=cache_dir) as codex:
        measured = codex.get_cache_metrics()
    as_json = format_ == "json"
    door.emit(
        data.dumps(report.metrics_document(measured)) if as_json else report.render_metrics(measured), None
    )
    return 0
