"""The program on a terminal of a chosen width: what is shown there, and what is typed."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import struct
import subprocess
import termios
from collections.abc import Mapping, Sequence
from pathlib import Path

from programs import Result


def on_terminal(
    command: Sequence[str], cwd: Path, environ: Mapping[str, str], *, width: int = 80, typed: str = ""
) -> Result:
    """What a command shows on a terminal, standard output and error in one stream; lines end with a newline alone."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, width, 0, 0))
    with subprocess.Popen(
        command, cwd=cwd, env={**environ, "TERM": "xterm"}, stdin=theirs, stdout=theirs, stderr=theirs
    ) as process:
        os.close(theirs)
        if typed:
            os.write(ours, typed.encode())
        shown = b"".join(_until_closed(ours))
        os.close(ours)
    return Result(process.returncode, shown.replace(b"\r\n", b"\n"), b"")


def _until_closed(descriptor: int) -> Sequence[bytes]:
    parts = []
    with contextlib.suppress(OSError):  # how a terminal says that nobody is there any more
        while part := os.read(descriptor, 65536):
            parts.append(part)
    return parts
