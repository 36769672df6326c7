"""The console scripts. Only `--version` is answered here: it need not wait for click."""

from __future__ import annotations

import sys

from codex_action.version import __version__


def run() -> None:
    """`codex-action`."""
    if sys.argv[1:] == ["--version"]:
        sys.stdout.write(f"codex-action {__version__}\n")
        return
    from codex_action.cli import door, main

    sys.exit(door.main(main.codex, sys.argv[1:], "codex-action"))


def run_fractary() -> None:
    """`fractary`, whose only tool so far is `codex`."""
    from codex_action.cli import door, main

    sys.exit(door.main(main.fractary, sys.argv[1:], "fractary"))
