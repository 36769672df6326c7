"""`codex-action validate ...`."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import click

from codex_action.cli import door
from codex_action.cli.options import config_option, json_option, option, report_format, wording
from codex_action.cli.progress import Progress
from codex_action.errors import UsageError

if TYPE_CHECKING:
    from codex_action.checks.model import CheckReport
    from codex_action.documents.library import LibrarySettings

_MANY_FILES = 5000
FORMATS = ("text", "json", "github", "sarif", "markdown")


@click.group(no_args_is_help=True)
def validate() -> None:
    """Check what is written."""


class FilesCommand(click.Command):
    """A command whose arguments are files: one named like an option is still a file, wherever a hook puts it."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Whoever can name a file in a commit must not be able to pass an option."""
        return super().parse_args(
            ctx, [f"./{item}" if item[:1] == "-" and os.path.lexists(item) else item for item in args]
        )


@validate.command(cls=FilesCommand)
@click.argument("files", nargs=-1, metavar="[FILES]...")
@option("--path", metavar="DIR", help="The folder to check.  [default: the current one]")
@option(
    "--fix",
    is_flag=True,
    help="Rewrite what can be mended: older forms, letter case, idle codex-ignore comments.",
)
@option(
    "--unsafe-fixes",
    is_flag=True,
    help="With --fix or --diff, also point missing targets at the one likely document.",
)
@option("--diff", is_flag=True, help="Show what --fix would change; write nothing.")
@option(
    "--resolve", type=click.Choice(["offline", "local", "remote"]), default="local", show_default=True,
    help="Where targets are looked up: this project's files; also its versions and synced documents; also servers.",
)  # fmt: skip
@option(
    "--changed-since", metavar="REF", help="Check only files changed since HEAD left REF, and untracked ones."
)
@option(
    "--select",
    multiple=True,
    metavar="IDS",
    help="Check only these rules (CODEX020, a prefix such as CODEX02, or ALL).",
)
@option("--ignore", multiple=True, metavar="IDS", help="Leave these rules out.")
@option(
    "--exclude",
    multiple=True,
    metavar="PATTERN",
    help="Leave these files out, in .gitignore's syntax; named ones too.",
)
@option("--code-blocks", is_flag=True, help="Check code blocks and HTML comments in Markdown too.")
@option(
    "--fail-on", type=click.Choice(["error", "warning", "never"]), default="warning", show_default=True,
    help="The least severity of findings that ends with exit code 1; with --format sarif never, unless given.",
)  # fmt: skip
@option(
    "--unverified", type=click.Choice(["warn", "fail"]), default="warn", show_default=True,
    help="Whether targets that could not be looked up end with exit code 1; only with --resolve remote.",
)  # fmt: skip
@option(
    "--codex", "checkout", metavar="PATH",
    help="A checkout of the codex repository; what is in it exists.",
)  # fmt: skip
@option(
    "--project",
    metavar="ORG/NAME",
    help="The current project.  [default: what the environment, the configuration or the git remote says]",
)
@option(
    "-j",
    "--jobs",
    type=click.IntRange(0),
    default=0,
    metavar="N",
    help="Processes to read with; 0 decides by the number of files.",
)
@option(
    "--format",
    "format_",
    type=click.Choice(FORMATS),
    default="text",
    show_default=True,
    help="The report's form.",
)
@json_option
@option("--output", metavar="FILE", help="Write the report to FILE.")
@config_option
@wording(more="what was passed over", less="findings only")
@door.command
def refs(*, format_: str, output: str | None, **options: Any) -> int:
    """Check codex:// references: their syntax, and that what they point at exists.

    Checks FILES, or every file below --path that git tracks or would track. `.codexignore` and
    --exclude leave files out. Silence a line with a comment `codex-ignore`, or `codex-ignore CODEX020`.

    \b
      codex-action validate refs
      codex-action validate refs docs/guide.md --fix
      codex-action validate refs --changed-since origin/main --format github
    """
    from codex_action.checks.options import ValidateOptions
    from codex_action.codex import Codex

    if format_ == "sarif" and not door.is_given("fail_on"):
        options["fail_on"] = "never"  # who uploads findings wants them there, not a failed job
    if options["unsafe_fixes"] and not (options["fix"] or options["diff"]):
        raise UsageError("--unsafe-fixes does nothing without --fix or --diff")
    options["path"] = options["path"] or (None if options["files"] else ".")
    verbose, quiet, color = (options.pop(name) for name in ("verbose", "quiet", "color"))
    start = options["path"] if os.path.isdir(options["path"] or "") else "."
    names = ("project", "config", "library")
    options["library"] = _library(options.pop("checkout"))
    codex = Codex(start, **{name: options.pop(name) for name in names})
    leave_out = (output,) if output else ()
    with Progress("Reading", wanted=not quiet, least=_MANY_FILES) as progress:
        report = codex.validate_references(ValidateOptions(progress=progress, leave_out=leave_out, **options))
    if format_ == "text":
        from codex_action.report import text

        place = {"prefix": os.path.relpath(codex.root), "below": os.path.relpath(".", codex.root)}
        place = {name: path.replace(os.sep, "/") for name, path in place.items()}
        colors = output is None and door.colored(color)
        shown = text.render(report, color=colors, quiet=quiet, verbose=verbose, **place)
    else:
        shown = render(report, format_, codex.root)
    door.emit(shown, output)
    return report.exit_code


def _library(checkout: str | None) -> LibrarySettings | None:
    if checkout is None:
        return None
    from codex_action.documents.library import LibrarySettings  # 5 ms that most runs do not need

    return LibrarySettings(checkout=checkout)


def render(report: CheckReport, format_: str, root: str) -> str:
    """The report in one of the formats for machines and pages."""
    if format_ == "json":
        from codex_action.report import data

        return data.dumps(data.validate_refs(report))
    if format_ == "github":
        from codex_action.report import annotations

        return annotations.render(report, prefix=workspace_prefix(root))
    if format_ == "sarif":
        return _sarif(report, root)
    from codex_action.report import markdown

    return markdown.render(report)


def _sarif(report: CheckReport, root: str) -> str:
    from codex_action.checks.sources import repository_prefix, sources_of
    from codex_action.report import sarif

    lost = sarif.left_out(report)
    if lost:
        click.echo(f"Warning: {lost}", err=True)
    return sarif.render(report, sources_of(root, report.findings), prefix=repository_prefix(root))


def workspace_prefix(root: str) -> str:
    """Where the project lies in the workflow's workspace, or in the current folder outside of one."""
    workspace = os.environ.get("GITHUB_WORKSPACE") or "."
    return os.path.relpath(root, workspace).replace(os.sep, "/")


@validate.command()
@option("-v", "--verbose", is_flag=True, help="Also show what is fine.")
@report_format
@json_option
@config_option
@door.command
def setup(*, verbose: bool, format_: str, config: str | None) -> int:
    """Check that the configuration, the cache folder and the codex repository can be used.

    Every issue ends with the command that mends it. Asks the git server once.
    """
    from codex_action.codex import Codex
    from codex_action.report import setup as report

    result = Codex(".", config=config).validate_setup()
    door.emit(report.as_json(result) if format_ == "json" else report.render(result, verbose=verbose), None)
    return result.exit_code
