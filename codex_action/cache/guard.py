"""Between the index and its users: opened when it is needed, its trouble told once and never raised."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import sqlite3
import threading
from collections.abc import Iterator
from typing import Callable, NamedTuple, TypeVar

from codex_action import files
from codex_action.cache import database
from codex_action.cache.access import PRIVATE, Access, make_folder
from codex_action.cache.index import Index
from codex_action.errors import CacheError

T = TypeVar("T")
TROUBLE = (sqlite3.Error, OSError, UnicodeError, OverflowError, database.Foreign)
_INHERITED: list[Index] = []
# What is in a cache's folder; files whose writing never ended among it.
_OURS = re.compile(
    r"\.gitignore|index\.db(?:-wal|-shm|-journal|\.aside.*)?|objects(?:\.aside.*)?|\.(?:\.gitignore|index\.db).*\.tmp"
)


class Outside(NamedTuple):
    """What a cache gets from outside: the clock, who hears its warnings, whom its files belong to."""

    clock: Callable[[], float]
    warn: Callable[[str], None]
    access: Access = PRIVATE


class Guard:
    """The index of a cache folder. It is given up for good where it cannot be opened."""

    def __init__(self, folder: str, outside: Outside) -> None:
        self.folder = os.path.abspath(folder)
        self.path = os.path.join(self.folder, "index.db")
        self.access = outside.access
        self._outside = outside
        self._lock = threading.RLock()
        self._index: Index | None = None
        self._file: tuple[int, int] | None = None
        self._told: set[str] = set()
        self._ended = False
        self._hopeless = False  # opening failed, and whoever waits for it need not try again

    def open(self) -> Index:
        """The index, made if there is none. Raises what is in TROUBLE."""
        with self._lock:
            if self._index is not None and self._index.process != os.getpid():
                _INHERITED.append(self._index)  # SQLite forbids a child to use it, or even to close it
                self._index = None
            if self._index is None:
                self.check_folder()
                self._check_links()
                make_folder(self.folder, self.access)
                self._file = database.identity(self.path)
                self._index = Index(self.path, self._outside.clock, self.access)
                self._file = database.identity(self.path)
                self._hopeless = False
                self._hide()
            return self._index

    def _shared(self) -> Index | None:
        """The index; None where another thread found, perhaps this moment, that it cannot be opened."""
        if self._index is not None and self._index.process == os.getpid():
            return self._index
        with self._lock:
            if self._ended or self._hopeless:
                return None
            try:
                return self.open()
            except TROUBLE as error:
                self._hopeless = not database.is_damage(error)
                raise

    def check_folder(self) -> None:
        """Whatever else is in a folder is somebody's own: it is no place for a cache. Raises Foreign, OSError."""
        if os.path.lexists(self.folder):
            strange = sorted(name for name in os.listdir(self.folder) if not _OURS.fullmatch(name))
            if strange:
                raise database.Foreign(f"it is no cache's folder, since it holds {strange[0]!r}")

    def _check_links(self) -> None:
        """A link of ours would lead writes and deletions out of the folder. Raises NotADirectoryError."""
        objects = os.path.join(self.folder, "objects")
        paths = [objects, *(self.path + suffix for suffix in ("", *database.COMPANIONS))]
        with contextlib.suppress(OSError):  # there are none yet
            paths += [os.path.join(objects, name) for name in os.listdir(objects) if len(name) == 2]
        for path in paths:
            if os.path.islink(path):
                name = os.path.relpath(path, self.folder)
                raise NotADirectoryError(errno.ENOTDIR, f"{name} is a symbolic link", path)

    def _hide(self) -> None:
        """Keep git from listing the folder."""
        path = os.path.join(self.folder, ".gitignore")
        with contextlib.suppress(OSError):
            if not os.path.exists(path):
                files.create(path, b"*\n", mode=self.access.file, durable=False)

    def attempt(self, work: Callable[[Index], T], otherwise: T) -> T:
        """What `work` gives; `otherwise`, and one warning, where there is trouble."""
        for _ in range(2):  # the second time with a new index in a damaged one's place
            if self._ended or self._hopeless:
                break
            index = self._index
            try:
                index = self._shared()
                return otherwise if index is None else work(index)
            except TROUBLE as error:
                if index is not self._index and not self._ended:
                    continue  # another thread met the trouble first, and replaced it meanwhile
                if not self._replaced(error):
                    self._bear(error)
                    break
        return otherwise

    def look(self, work: Callable[[Index], T], otherwise: T) -> T:
        """As `attempt`, but `otherwise` where there is no cache: who only looks makes none."""
        return self.attempt(work, otherwise) if os.path.lexists(self.path) else otherwise

    def _bear(self, error: BaseException) -> None:
        """Tell, and do not wait for the same trouble again."""
        if self._ended:  # closed meanwhile: whoever is interrupted waits for no thread
            return
        if self._index is None:
            self._hopeless = True
        use = "cannot be used" if self._index is None else "is not of full use"
        self.tell("trouble", f"the cache in {self.folder!r} {use}: {reason(error)}")

    def _replaced(self, error: BaseException) -> bool:
        """Was it a damaged index, and is it out of the way?"""
        if not database.is_damage(error) or (self._index and not self._index.writable):
            return False
        self.tell("damaged", f"the index of the cache in {self.folder!r} is damaged; a new one is made")
        with self._lock, contextlib.suppress(OSError):
            self._forget()
            if database.identity(self.path) == self._file:  # else another process was first
                database.set_aside(self.path)
            return True
        return False

    def tell(self, kind: str, sentence: str) -> None:
        """Warn, once for each kind."""
        with self._lock:
            if kind in self._told:
                return
            self._told.add(kind)
        self._outside.warn(sentence)

    @contextlib.contextmanager
    def command(self, failure: str) -> Iterator[None]:
        """A block whose trouble its user wants to know. Raises CacheError."""
        try:
            yield
        except TROUBLE as error:
            raise CacheError(f"the cache in {self.folder!r} {failure}: {reason(error)}") from error

    def replace(self) -> str:
        """Set the index aside, whatever it is, and give the name it has now. Raises OSError."""
        with self._lock:
            self._forget()
            return os.path.basename(database.set_aside(self.path))

    def _forget(self) -> None:
        if self._index is not None:
            with contextlib.suppress(sqlite3.Error):
                self._index.close()
            self._index = None

    def close(self) -> None:
        """End; nothing is read or written any more."""
        with self._lock:
            self._ended = True
            self._forget()


def reason(error: BaseException) -> str:
    """Why, without our folder's name, which the sentence has."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    return str(error)
