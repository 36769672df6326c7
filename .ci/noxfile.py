"""The fast tests on every supported Python, against the package as a user installs it.

nox -f .ci/noxfile.py
"""

from __future__ import annotations

import os
from pathlib import Path

import nox

ROOT = Path(__file__).parents[1]
# The Python that the suite has run on already, where somebody says so.
TESTED = os.environ.get("CODEX_TESTED")
PYTHONS = [name for name in ("3.9", "3.10", "3.11", "3.12", "3.13") if name != TESTED]

# Two for each core: a good part of the tests waits, for a server, a lock or the disk.
PROCESSES = str((os.cpu_count() or 1) * 2)

nox.options.default_venv_backend = "uv|virtualenv"
nox.options.envdir = str(ROOT / ".nox")
# A Python that is not here is reported as skipped, on a CI server too; `enough` looks that not all are.
nox.options.error_on_missing_interpreters = False
nox.options.download_python = "never"

_present: list[str] = []


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """Run the fast tests; nox skips the session where this Python is not installed."""
    _present.append(str(session.python))
    session.chdir(ROOT)
    session.install(".[dev]")
    session.run("pytest", "-q", "-n", PROCESSES, "--ignore=tests/lanes", "-m", "not slow", *session.posargs)


@nox.session(python=False)
def enough(session: nox.Session) -> None:
    """Fail if fewer than two Pythons were there: one alone shows nothing about the others."""
    present = [*_present, *([TESTED] if TESTED else [])]
    if len(present) < 2:
        session.error(f"only {present or 'none'} of {PYTHONS} is installed")
