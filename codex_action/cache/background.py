"""A few threads for what nobody waits for."""

from __future__ import annotations

import threading
import time
from collections import deque
from typing import Callable

_THREADS = 4


class Background:
    """Jobs that run meanwhile, a few at a time. They end with the process; `wait` gives them time before."""

    def __init__(self) -> None:
        self._jobs: deque[Callable[[], None]] = deque()
        self._threads: set[threading.Thread] = set()
        self._changed = threading.Condition()

    def start(self, job: Callable[[], None]) -> None:
        """Run a job when its turn comes."""
        with self._changed:
            self._jobs.append(job)
            if len(self._threads) < _THREADS:
                thread = threading.Thread(target=self._work, name="codex-cache", daemon=True)
                self._threads.add(thread)
                thread.start()

    def _work(self) -> None:
        try:
            while True:
                with self._changed:
                    if not self._jobs:
                        return
                    job = self._jobs.popleft()
                job()
        finally:
            with self._changed:
                self._threads.discard(threading.current_thread())
                self._changed.notify_all()

    def wait(self, seconds: float) -> bool:
        """Wait until all is done, or for so long; then what has not begun never will. Was all done?"""
        end = time.monotonic() + seconds
        with self._changed:
            while self._threads:
                left = end - time.monotonic()
                if left <= 0:
                    self._jobs.clear()
                    return False
                self._changed.wait(left)
        return True
