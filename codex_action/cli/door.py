"""The one door between commands and the world: what is printed, and what a run ends with."""

from __future__ import annotations

import functools
import gc
import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, Callable

import click

from codex_action.cli.options import common
from codex_action.cli.streams import STDOUT, append, open_file
from codex_action.errors import CodexError, ConfigurationError, ExitCode, StorageError, UsageError

ISSUES = "https://github.com/fractary/codex-action/issues"


def command(function: Callable[..., int]) -> Callable[..., None]:
    """A command's function: gets its own options, gives the exit code; errors end here."""

    @functools.wraps(function)
    def run(*, directory: str | None, debug: bool, as_json: bool, **options: Any) -> None:
        if as_json:
            options["format_"] = "json"
        try:
            if directory:
                enter(directory)
            code = function(**options)
        except CodexError as error:
            if debug:
                _trace()
            code = fail(error, as_json=options["format_"] == "json")
        sys.stdout.flush()
        raise click.exceptions.Exit(code)

    return common(run)


def is_given(name: str) -> bool:
    """Has somebody chosen this parameter's value, on the command line or in the environment?"""
    source = click.get_current_context().get_parameter_source(name)
    return source is not click.core.ParameterSource.DEFAULT


def colored(color: str) -> bool:
    """Shall text on stdout have colors: `always`, `never`, or on a terminal that takes them?"""
    if color == "auto":
        return sys.stdout.isatty() and "NO_COLOR" not in os.environ
    return color == "always"


def enter(directory: str) -> None:
    """Make a folder the current one. Raises UsageError."""
    try:
        os.chdir(directory)
    except OSError as error:
        raise UsageError(f"cannot enter {directory!r}: {error.strerror}") from error


def fail(error: CodexError, *, as_json: bool) -> int:
    """Print an error: a sentence and its hint on stderr, with --json its document on stdout."""
    from codex_action.report import data

    if as_json:
        with suppress(StorageError):  # the sentence that follows says it too
            _print(data.dumps(data.error(error)))
    complain(error)
    return int(error.exit_code)


def complain(error: CodexError, about: str = "") -> None:
    """Print an error's sentence and hint on stderr; `about` is what of several things it is about, if it names none."""
    from codex_action.report.safe import visible

    subject = f"{visible(about)}: " if about and about not in error.message else ""
    sys.stderr.write(f"Error: {subject}{visible(error.message)}\n")
    if isinstance(error, ConfigurationError) and len(error.problems) > 1:
        _list_problems(error)
    if error.hint:
        sys.stderr.write(f"Hint: {visible(error.hint)}\n")


def _list_problems(error: ConfigurationError) -> None:
    """Print each thing that is wrong with a configuration, by its place."""
    from codex_action.report.safe import visible

    for problem in error.problems:
        place = visible(problem._replace(file=problem.file or error.file).place)
        said = visible(": ".join(filter(None, (problem.path, problem.message))))
        sys.stderr.write(f"  {place}: {problem.severity}: {said}\n")


def emit(text: str, output: str | None) -> None:
    """Write a report to stdout, or to a file ('-' is stdout). Raises UsageError, StorageError if it cannot be."""
    if output is None or output == "-":
        _print(text)
        return
    if open_file(output):
        write_file(output, text.encode("utf-8"))
        return
    try:
        with open(output, "w", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
    except OSError as error:
        raise UsageError(f"cannot write {output!r}: {error.strerror}") from error


def write_file(path: str, data: bytes) -> None:
    """Write a file whole; a pipe, a device, stdout ('-') or what else is open gets the bytes.

    Raises UsageError if it cannot be written, StorageError for stdout.
    """
    from codex_action import files

    place = open_file(path)
    if place == STDOUT:
        write_bytes(data)
        return
    try:
        if place:
            append(place, data)
        elif os.path.isfile(path):
            files.write_atomic(path, data)
        elif os.path.lexists(path):
            with open(path, "wb") as stream:
                stream.write(data)
        else:
            files.create(os.path.abspath(path), data)
    except OSError as error:
        raise UsageError(f"cannot write {path!r}: {error.strerror}") from error


def write_bytes(data: bytes) -> None:
    """Write bytes to stdout as they are. Raises StorageError."""
    sys.stdout.flush()
    with _stdout():
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()


def _print(text: str) -> None:
    with _stdout():
        sys.stdout.write(text)
        sys.stdout.flush()


@contextmanager
def _stdout() -> Iterator[None]:
    """A block that writes to stdout. Raises StorageError if that takes no more."""
    try:
        yield
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what is left would be tried again
        if not isinstance(error, BrokenPipeError):  # a reader that went away, as `head` does, has seen enough
            raise StorageError(f"cannot write the report: {error.strerror}") from error


def main(program: click.Command, arguments: list[str], name: str) -> int:
    """Run a click program and give the exit code; nothing escapes."""
    # A run is short and makes no cycles worth collecting; looking for them would be a third of a large one.
    gc.disable()
    _prepare_streams()
    debug = "--debug" in arguments or os.environ.get("CODEX_DEBUG", "0").lower() in ("1", "true", "yes", "on")
    try:
        result = program.main(arguments, prog_name=name, standalone_mode=False)
        sys.stdout.flush()
        return int(result or 0)
    except click.ClickException as error:
        _show(error, as_json=_wants_json(arguments))
        return error.exit_code
    except CodexError as error:
        if debug:
            _trace()
        return fail(error, as_json=_wants_json(arguments))
    except (click.Abort, KeyboardInterrupt):
        sys.stderr.write("Interrupted: nothing is half written.\n")
        return ExitCode.INTERRUPTED
    except Exception as error:  # noqa: BLE001  (the last resort: a bug gets one sentence and an address)
        return (
            _unwritable(error)
            if isinstance(error, OSError) and error.filename is None
            else _bug(error, debug=debug)
        )


def _prepare_streams() -> None:
    """Nothing printed may fail for its characters, nor for a stream that was closed before we started."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115  (as long as the process)
        elif hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def _wants_json(arguments: list[str]) -> bool:
    chosen = [after for before, after in zip(arguments, arguments[1:]) if before == "--format"]
    return "--json" in arguments or "--format=json" in arguments or "json" in chosen


def _unwritable(error: OSError) -> int:
    """Standard output that takes no more: a full disk."""
    sys.stderr.write(f"Error: cannot write to standard output: {error.strerror}\n")
    sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115  (what is left in it cannot be written either)
    return ExitCode.OUTSIDE


def _show(error: click.ClickException, *, as_json: bool) -> None:
    """What click says of a wrong command line; it quotes arguments as they are."""
    from codex_action.report import data
    from codex_action.report.safe import log_lines

    if as_json:
        with suppress(StorageError):
            _print(data.dumps(data.error(UsageError(error.format_message()))))
    shown = io.StringIO()
    error.show(shown)
    sys.stderr.write(log_lines(shown.getvalue()))


def _trace() -> None:
    """Print where the error at hand came from; what is said of it otherwise follows."""
    import traceback

    from codex_action.report.safe import log_lines

    sys.stderr.write(log_lines(traceback.format_exc()))


def _bug(error: Exception, *, debug: bool) -> int:
    from codex_action.report.safe import visible
    from codex_action.version import __version__

    if debug:
        _trace()
    python = ".".join(map(str, sys.version_info[:3]))
    sys.stderr.write(
        f"Error: this is a bug in codex-action {__version__}: {type(error).__name__}: {visible(str(error))}\n"
        f"Hint: {'' if debug else 'run again with --debug and '}report what it prints"
        f" (Python {python}, {sys.platform}): {ISSUES}\n"
    )
    return ExitCode.BUG
