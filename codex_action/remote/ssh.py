"""A checkout whose origin is reached by ssh: which addresses these are, and which command may be run for them.

The checkout's owner has chosen it, with keys of their own; no token of ours goes there.
"""

from __future__ import annotations

import os
import re

from codex_action.errors import GitError
from codex_action.remote.git import Git

_NAME = r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,251}"
_PATH = r"(?!-)(?:[A-Za-z0-9._~-]+/)*[A-Za-z0-9._~-]+"
# `git@github.com:org/repo.git`; one letter before the colon is a drive.
_SHORT = re.compile(rf"(?:{_NAME}@)?(?P<host>(?!.:){_NAME}):/?{_PATH}/?")
_LONG = re.compile(rf"ssh://(?:{_NAME}@)?(?P<host>{_NAME})(?::[0-9]{{1,5}})?/{_PATH}/?")
_OWNERS = ("system", "global", "command")  # a repository's own configuration may have come with it
_COMMAND = "ssh -o BatchMode=yes"  # asking for a passphrase would wait for ever


def ssh_host(url: str) -> str | None:
    """The host of an address that git reaches by ssh, None for any other."""
    found = _LONG.fullmatch(url) or _SHORT.fullmatch(url)
    return found["host"] if found else None


def ssh_command(git: Git) -> str:
    """What git starts: as its user, and not the repository, has configured it."""
    try:
        told = os.fsdecode(git.run("config", "--show-scope", "-z", "--get-all", "core.sshCommand"))
    except GitError as error:
        if error.stderr:
            raise
        return _COMMAND
    fields = told.split("\0")[:-1]
    named = [value for scope, value in zip(fields[::2], fields[1::2]) if scope in _OWNERS]
    return named[-1] if named else _COMMAND
