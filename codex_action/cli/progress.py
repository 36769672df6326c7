"""A progress bar on a terminal's stderr, for what takes a while."""

from __future__ import annotations

import os
import sys
from contextlib import ExitStack
from typing import Any, Callable

import click


class Progress(ExitStack):
    """`with Progress(...) as show` gives a function of (done, of how many), or None where nobody would see it.

    Of fewer than `least` there is no bar.
    """

    def __init__(self, label: str, *, wanted: bool, least: int) -> None:
        super().__init__()
        self._label = label
        self._least = least
        self._wanted = wanted and sys.stderr.isatty() and "CI" not in os.environ
        self._bar: Any = None

    def __enter__(self) -> Callable[[int, int], None] | None:  # type: ignore[override]
        return self._show if self._wanted else None

    def _show(self, done: int, total: int) -> None:
        if total < self._least:
            return
        if self._bar is None:
            self._bar = self.enter_context(
                click.progressbar(length=total, label=self._label, file=sys.stderr)
            )
        self._bar.update(done - self._bar.pos)


class Steps(ExitStack):
    """`with Steps(...) as tell` gives a function of what is done next, shown on one line of a terminal's stderr."""

    def __init__(self, *, wanted: bool) -> None:
        super().__init__()
        self._wanted = wanted and sys.stderr.isatty() and "CI" not in os.environ

    def __enter__(self) -> Callable[[str], None]:  # type: ignore[override]
        self.callback(self._show, "")
        return self._show

    def _show(self, text: str) -> None:
        if self._wanted:
            sys.stderr.write(f"\r\033[K{text}{' ...' if text else ''}")
            sys.stderr.flush()
