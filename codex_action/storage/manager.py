"""Several providers under their names, asked one after the other."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from contextlib import ExitStack
from types import TracebackType
from typing import TYPE_CHECKING, NamedTuple

from codex_action.artifacts.document import FetchResult
from codex_action.errors import UsageError
from codex_action.storage.base import StorageProvider
from codex_action.storage.order import Place, any_has, fetch_first

if TYPE_CHECKING:
    from typing_extensions import Self

# What one provider may know of us, another must not.
_CREDENTIALS = frozenset(("authorization", "cookie", "proxy-authorization", "x-api-key"))


class _Entry(NamedTuple):
    priority: int
    name: str
    provider: StorageProvider
    timeout: float | None

    def place(self, path: str) -> Place:
        return Place(self.provider, path, self.name, self.timeout)


class StorageManager:
    """Storage providers in order of their priority, the smallest first (seed 1, storage).

    Any thread may use it. Raises UsageError for a name that is not registered, or already is.
    """

    def __init__(self) -> None:
        self._entries: tuple[_Entry, ...] = ()
        self._lock = threading.Lock()

    def register(
        self, name: str, provider: StorageProvider, priority: int = 100, *, timeout: float | None = None
    ) -> None:
        """Add a provider; of equal priorities the earlier one comes first.

        `timeout` in seconds is the longest that it is waited for, however much time a fetch has.
        """
        with self._lock:
            if any(entry.name == name for entry in self._entries):
                raise UsageError(f"there is a storage provider {name!r} already")
            entries = (*self._entries, _Entry(priority, name, provider, timeout))
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
        return fetch_first(self._places(path, provider), timeout=timeout, headers=headers)

    def exists(self, path: str, *, provider: str | None = None) -> bool:
        """Does any provider, or the named one, have the document?

        False only if all say so; raises the first StorageError if nobody has it and somebody could not tell.
        """
        return any_has(self._places(path, provider))

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

    def place(self, name: str, path: str) -> Place:
        """A document at the provider of a name: for whoever asks other places too."""
        return self._entry(name).place(path)

    def _places(self, path: str, name: str | None) -> list[Place]:
        entries = self._entries if name is None else (self._entry(name),)
        if not entries:
            raise UsageError("there is no storage provider to ask", hint="register one")
        return [entry.place(path) for entry in entries]
