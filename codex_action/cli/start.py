"""The console scripts. Only `--version` is answered here: it need not wait for click."""

from __future__ import annotations

import os
import sys

from codex_action.version import __version__


def run() -> None:
    """`codex-action`."""
    if sys.argv[1:] == ["--version"] and sys.stdout is not None:
        try:
            sys.stdout.write(f"codex-action {__version__}\n")
            sys.stdout.flush()
        except OSError as error:
            os.dup2(
                os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno()
            )  # at the end it would be tried again
            sys.stderr.write(f"Error: cannot write to standard output: {error.strerror}\n")
            sys.exit(5)
        return
    _start("codex", "codex-action")


def run_fractary() -> None:
    """`fractary`, whose only tool so far is `codex`."""
    _start("fractary", "fractary")


def _start(program: str, name: str) -> None:
    try:
        from codex_action.cli import door, main
    except KeyboardInterrupt:
        sys.exit(130)
    sys.exit(door.main(getattr(main, program), sys.argv[1:], name))
