"""What makes an object's methods awaitable: its calls in threads of their own, at most 16 at a time.

Not in the loop's default ones: those are as many as the machine has cores, the program needs them itself, and
`asyncio.run` waits for each before it returns. So a cancelled await returns at once and holds nothing up, not even the
program's end: its thread ends by its own timeout, and what it found is dropped.
"""

from __future__ import annotations

import asyncio
import contextvars
import functools
from collections.abc import Coroutine, Iterator
from types import TracebackType
from typing import TYPE_CHECKING, Any, Callable, Generic, TypeVar, cast

from codex_action.workers import Pool

if TYPE_CHECKING:
    from typing import Concatenate, ParamSpec  # 3.10

    from typing_extensions import Self  # 3.11 has it in typing

    P = ParamSpec("P")

T = TypeVar("T")
R = TypeVar("R")
_THREADS, _NAME = 16, "codex-aio"


class Twin(Generic[T]):
    """An object whose methods wait, with its calls in threads."""

    def __init__(self, sync: T) -> None:
        self._sync = sync
        self._pool = Pool(_THREADS, _NAME)

    async def _call(self, function: Callable[[], R]) -> R:
        context = contextvars.copy_context()
        return await asyncio.wrap_future(self._pool.submit(functools.partial(context.run, function)))

    async def close(self) -> None:
        """Give back connections and files. More than once is no error."""
        # Closing does not queue behind calls that were given up but still have their threads.
        self._pool = Pool(_THREADS, _NAME)
        await self._call(getattr(self._sync, "close", lambda: None))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()


def threaded(
    method: Callable[Concatenate[T, P], R],
) -> Callable[Concatenate[Twin[T], P], Coroutine[Any, Any, R]]:
    """The method of a twin that awaits this one, in a thread; what it yields is gone through there, too."""

    @functools.wraps(method)
    async def call(twin: Twin[T], /, *args: P.args, **kwargs: P.kwargs) -> R:
        bound = getattr(twin._sync, method.__name__)  # noqa: SLF001  (a method, though it stands outside)
        return await twin._call(lambda: _whole(bound(*args, **kwargs)))  # noqa: SLF001

    return call


def _whole(result: R) -> R:
    """A generator would do its work where it is read: in the event loop."""
    return cast("R", tuple(result)) if isinstance(result, Iterator) else result


def direct(method: Callable[Concatenate[T, P], R]) -> Callable[Concatenate[Twin[T], P], R]:
    """The method of a twin that is this one: it never waits."""

    @functools.wraps(method)
    def call(twin: Twin[T], /, *args: P.args, **kwargs: P.kwargs) -> R:
        return cast("R", getattr(twin._sync, method.__name__)(*args, **kwargs))  # noqa: SLF001

    return call
