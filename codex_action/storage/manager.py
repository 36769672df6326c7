"""Several providers under their names, asked one after the other."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, NamedTuple

from codex_action.artifacts.document import FetchResult
from codex_action.errors import Unreachable, UsageError
from codex_action.storage.base import StorageProvider
from codex_action.storage.order import any_has, first_answer

if TYPE_CHECKING:
    from typing_extensions import Self

# What one provider may know of us, another must not.
_CREDENTIALS = frozenset(("authorization", "cookie", "proxy-authorization", "x-api-key"))


class _Entry(NamedTuple):
    priority: int
    name: str
    provider: StorageProvider


class StorageManager:
    """Storage providers in order of their priority, the smallest first (seed 1, storage).

    Any thread may use it. Raises UsageError for a name that is not registered, or already is.
    """

    def __init__(self) -> None:
        self._entries: tuple[_Entry, ...] = ()
        self._lock = threading.Lock()

    def register(self, name: str, provider: StorageProvider, priority: int = 100) -> None:
        """Add a provider; of equal priorities the earlier one comes first."""
        with self._lock:
            if any(entry.name == name for entry in self._entries):
                raise UsageError(f"there is a storage provider {name!r} already")
            entries = (*self._entries, _Entry(priority, name, provider))
            self._entries = tuple(sorted(entries, key=lambda entry: entry.priority))

    def unregister(self, name: str) -> StorageProvider:
        """Take a provider out. It is given back as it is, not closed."""
        with self._lock:
            gone = self._entry(name)
            self._entries = tuple(entry for entry in self._entries if entry is not gone)
        return gone.provider

    def get_provider(self, name: str) -> StorageProvider:
        """The provider of a name."""
        return self._entry(name).provider

    def list_providers(self) -> list[str]:
        """The names, in the order in which they are asked."""
        return [entry.name for entry in self._entries]

    def fetch(
        self,
        path: str,
        *,
        provider: str | None = None,
        timeout: float = 30.0,
        headers: Mapping[str, str] | None = None,
    ) -> FetchResult:
        """The document from the first provider that has it, or from the named one; `timeout` in seconds is for all.

        The result's `source` is the provider's name. Raises NotFound if surely nobody has it, else the first
        StorageError; NotModified; UsageError for credentials in the headers of a request to whomever it may concern.
        """
        if provider is None and _CREDENTIALS.intersection(name.lower() for name in headers or {}):
            raise UsageError("headers with credentials go to one provider", hint="name it: provider=NAME")
        end = time.monotonic() + timeout
        asks = (partial(_fetch, entry, path, end, headers) for entry in self._asked(provider))
        return first_answer(asks)

    def exists(self, path: str, *, provider: str | None = None) -> bool:
        """Does any provider, or the named one, have the document?

        False only if all say so; raises the first StorageError if nobody has it and somebody could not tell.
        """
        return any_has(partial(entry.provider.exists, path) for entry in self._asked(provider))

    def close(self) -> None:
        """Close every provider, whatever another one says. More than once is no error."""
        with ExitStack() as stack:
            for entry in self._entries:
                stack.callback(entry.provider.close)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _entry(self, name: str) -> _Entry:
        for entry in self._entries:
            if entry.name == name:
                return entry
        known = ", ".join(self.list_providers())
        raise UsageError(
            f"there is no storage provider {name!r}", hint=f"there is {known}" if known else None
        )

    def _asked(self, name: str | None) -> Iterator[_Entry]:
        if name is not None:
            yield self._entry(name)
        elif self._entries:
            yield from self._entries
        else:
            raise UsageError("there is no storage provider to ask", hint="register one")


def _fetch(entry: _Entry, path: str, end: float, headers: Mapping[str, str] | None) -> FetchResult:
    left = end - time.monotonic()
    if left <= 0:
        raise Unreachable(f"{path!r}: the time was over before {entry.name!r} could be asked")
    result = entry.provider.fetch(path, timeout=left, headers=headers)
    return replace(result, source=entry.name)
