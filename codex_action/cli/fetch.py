"""`codex-action fetch`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from codex_action.cli import door
from codex_action.cli.options import config_option, json_option, library_options, option, report_format
from codex_action.cli.progress import Progress
from codex_action.cli.project import open_codex
from codex_action.errors import ExitCode, UsageError, ValidationError

if TYPE_CHECKING:
    from codex_action.artifacts.document import Document
    from codex_action.codex import Codex
    from codex_action.documents.library import Fetched
    from codex_action.documents.options import FetchOptions


@click.command()
@click.argument("references", nargs=-1, required=True, metavar="REFERENCE...")
@option(
    "--source", type=click.Choice(["auto", "http", "github"]), default="auto", show_default=True,
    help="Where to look: auto is here, then everywhere in order; github and http ask only such servers.",
)  # fmt: skip
@option(
    "--version",
    "version",
    metavar="V",
    help="A tag, branch or commit, where REFERENCE names none; files here do not count then.",
)
@option("--bypass-cache", is_flag=True, help="Fetch again what is in the cache, and keep the new copy.")
@option(
    "--offline", is_flag=True, help="Ask nobody: take it from this machine, old copies too, or not at all."
)
@option(
    "--ttl",
    type=click.IntRange(0),
    metavar="SECONDS",
    help="How long a fetched copy is fresh.  [default: the time of its type, see types list]",
)
@option(
    "--output",
    metavar="FILE",
    help="Write the one document, or with --json the report, to FILE; - is standard output.",
)
@option("--output-dir", metavar="DIR", help="Write each document to DIR/ORG/PROJECT/PATH.")
@option(
    "--project",
    metavar="ORG/NAME",
    help="The current project.  [default: what the environment, the configuration or the git remote says]",
)
@library_options
@report_format
@json_option
@config_option
@option(
    "-v",
    "--verbose",
    is_flag=True,
    help="Say on standard error where each document is from, and what is left of GitHub's quota.",
)
@option("-q", "--quiet", is_flag=True, help="Show no progress bar.")
@door.command
def fetch(
    *,
    references: tuple[str, ...],
    format_: str,
    output: str | None,
    output_dir: str | None,
    verbose: bool,
    quiet: bool,
    **options: Any,
) -> int:
    # codex-ignore-start: the forms of a reference, shown
    """Fetch documents by their references, through the cache.

    REFERENCE is codex://ORG/PROJECT[@VERSION]/PATH, ORG/PROJECT/PATH, or a path of the current project,
    which counts first where there is such a file.
    One document goes to standard output as it is, several need --output-dir or --json. Tokens for private
    repositories are read from CODEX_TOKEN, GITHUB_TOKEN or GH_TOKEN. Ends with exit code 5 where a document
    is not there or cannot be had, and with 4 where the configuration's permissions deny it.

    \b
      codex-action fetch codex://northwind/handbook/docs/style-guide.md
      codex-action fetch northwind/handbook/docs/style-guide.md --json
      codex-action fetch @codex/handbook/a.md @codex/handbook/b.md --output-dir docs/shared
    """
    # codex-ignore-end
    from codex_action.documents.options import FetchOptions

    if format_ != "json":
        _need_one_place(references, output, output_dir)
    names = ("source", "version", "bypass_cache", "offline", "ttl")
    wanted = FetchOptions(**{name: options.pop(name) for name in names})
    with open_codex(**options) as codex:
        found = _fetch(codex, references, wanted, quiet=quiet)
        for one in found:
            _tell(codex, one, verbose=verbose)
        _deliver(found, format_, output, output_dir)
        if verbose:
            _tell_quota(codex)
    return next((int(one.error.exit_code) for one in found if one.error), int(ExitCode.OK))


def _need_one_place(references: Sequence[str], output: str | None, output_dir: str | None) -> None:
    if len(references) > 1 and not output_dir:
        raise UsageError("several documents need a folder or --json", hint="give --output-dir DIR")
    if output and output_dir:
        raise UsageError("--output and --output-dir are two places for one document", hint="give one of them")


def _fetch(
    codex: Codex, references: Sequence[str], wanted: FetchOptions, *, quiet: bool
) -> tuple[Fetched, ...]:
    """All of them; where it is one alone, its error is the command's."""
    with Progress("Fetching", wanted=not quiet, least=2) as progress:  # it ends before anything is written
        found = codex.fetch_documents(references, wanted, progress)
    _mark_malformed(found)
    if len(found) == 1 and found[0].error:
        raise found[0].error
    return found


def _mark_malformed(found: Sequence[Fetched]) -> None:
    """A malformed reference is a finding in a document; a request for one makes no sense."""
    for one in found:
        if isinstance(one.error, ValidationError):
            one.error.exit_code = ExitCode.USAGE


def _tell(codex: Codex, one: Fetched, *, verbose: bool) -> None:
    """What people want to know of a document beside its content, on stderr."""
    if one.error:
        door.complain(one.error, about=one.reference)
        return
    old = bool(one.document and one.document.stale and not one.document.renewing)
    if one.document and (verbose or old):
        from codex_action.report import documents

        start = "Warning: " if old else ""
        sys.stderr.write(f"{start}{documents.line(one.document, codex.documents.now())}\n")


def _tell_quota(codex: Codex) -> None:
    quota = codex.documents.origins.quota
    if quota:
        sys.stderr.write(f"GitHub: {quota.remaining} of {quota.limit} requests left\n")


def _deliver(found: tuple[Fetched, ...], format_: str, output: str | None, folder: str | None) -> None:
    """Write the documents where they are wanted."""
    there = [one.document for one in found if one.document]
    if folder:
        _export(there, folder, quiet=format_ == "json")
    if format_ == "json":
        door.emit(_as_json(found, there), output)
    elif not folder:
        _write(there[0], output)


def _export(documents: Sequence[Document], folder: str, *, quiet: bool) -> None:
    from codex_action.documents.export import write_documents
    from codex_action.report.safe import visible

    for path in write_documents(folder, documents):
        if not quiet:
            door.emit(f"wrote {visible(path)}\n", None)


def _as_json(found: Sequence[Fetched], there: Sequence[Document]) -> str:
    from codex_action.report import data, documents

    if len(found) == 1:
        return data.dumps(documents.document(there[0]))
    failed = [(one.reference, one.error) for one in found if one.error]
    return data.dumps(documents.documents(there, failed))


def _write(document: Document, output: str | None) -> None:
    """The bytes as they are; a terminal gets no control characters."""
    if output not in (None, "-"):
        door.write_file(output, document.content)
    elif sys.stdout.isatty():
        door.emit(_for_terminal(document), None)
    else:
        door.write_bytes(document.content)


def _for_terminal(document: Document) -> str:
    from codex_action.report.safe import visible

    try:
        lines = document.text.splitlines()
    except UnicodeDecodeError as error:
        raise UsageError(f"{document.reference} is no text", hint="give --output FILE") from error
    return "".join(f"{visible(line.replace(chr(9), '    '))}\n" for line in lines)
