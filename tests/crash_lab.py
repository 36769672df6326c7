"""A process that dies at a chosen call to the system: every moment of a job is one of them."""

# ruff: noqa: ANN401 - calls of any kind are passed on

from __future__ import annotations

import os
import signal
import warnings
from collections.abc import Iterator
from typing import Any, Callable

CALLS = (
    "open",
    "write",
    "close",
    "fsync",
    "replace",
    "rename",
    "unlink",
    "mkdir",
    "rmdir",
    "chmod",
    "chown",
    "link",
    "ftruncate",
)


class Lab:
    """Counts calls to the system, and kills the process at the n-th; a write counts twice, with half of it done."""

    def __init__(self, last: int) -> None:
        self._left = last

    def tick(self) -> None:
        self._left -= 1
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def install(self) -> None:
        """Only in a process that ends afterwards."""
        for name in CALLS:
            setattr(os, name, self._write(os.write) if name == "write" else self._counted(getattr(os, name)))

    def _counted(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*arguments: Any, **named: Any) -> Any:
            self.tick()
            return call(*arguments, **named)

        return counted

    def _write(self, write: Callable[[int, Any], int]) -> Callable[[int, Any], int]:
        def counted(descriptor: int, data: Any) -> int:
            self.tick()
            half = write(descriptor, data[: (len(data) + 1) // 2])
            self.tick()
            return half

        return counted


def died(job: Callable[[], object], lab: Lab | None = None) -> bool:
    """Run a job in a forked process; was it killed? An exception there is one here."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of threads: the child uses none
        process = os.fork()
    if process == 0:
        status = 1
        try:
            if lab:
                lab.install()
            job()
            status = 0
        finally:
            os._exit(status)
    _, status = os.waitpid(process, 0)
    assert not os.WIFEXITED(status) or os.WEXITSTATUS(status) == 0, "the job failed"
    return os.WIFSIGNALED(status)


def every_call(job: Callable[[], object], prepare: Callable[[], object]) -> Iterator[int]:
    """Prepare and run a job again and again, killed at its first call, its second and so on; the last run ends well."""
    number = 1
    while True:
        prepare()
        killed = died(job, Lab(number))
        yield number
        if not killed:
            return
        number += 1
