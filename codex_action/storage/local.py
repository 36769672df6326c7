"""Documents in a folder of this machine. Nothing outside of it is ever read, and no link is followed."""

from __future__ import annotations

import errno
import os
import re
import stat
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager

from codex_action.artifacts.document import FetchResult
from codex_action.errors import NotFound, StorageError, UnsafePath
from codex_action.files import NotRegular
from codex_action.refs.paths import validate_path
from codex_action.storage.answer import answer
from codex_action.storage.beneath import Folder, opened

MAX_SIZE = 10 * 1024 * 1024
# A drive's letter leaves every root on Windows, and so it is refused everywhere; a colon further on names a stream.
_DRIVE = re.compile(r"[A-Za-z]:")
_ABSENT = (errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.ENAMETOOLONG)
_GIT = (".git", "git~1")


class LocalStorage:
    """The regular files below a folder (seed 1, storage).

    `base_path` may be a link itself. `max_size` in bytes. `source` is what its documents say they are from.
    git's own folder is never a document's place. Raises UnsafePath for a path that could leave the folder, and
    StorageError for what is there but no document: a link, a pipe, a file that is too large or not for us to read.
    """

    def __init__(
        self, base_path: str | os.PathLike[str] = ".", *, max_size: int = MAX_SIZE, source: str = "local"
    ) -> None:
        self.root = os.path.abspath(os.fspath(base_path))
        self._max_size = max_size
        self._source = source

    def fetch(
        self,
        path: str,
        *,
        timeout: float = 30.0,  # noqa: ARG002  (a disk cannot be asked to hurry)
        headers: Mapping[str, str] | None = None,
    ) -> FetchResult:
        """The document at a path. Raises NotFound, NotModified."""
        *folders, name = _segments(path)
        with self._explained(path), self._opened(folders) as folder:
            content = folder.read(name, self._max_size)
        if len(content) > self._max_size:
            raise StorageError(f"{path!r} is larger than {self._max_size} bytes")
        return answer(path, content, headers, self._source)

    def exists(self, path: str) -> bool:
        """Is there such a document? It may still not be for us to read."""
        *folders, name = _segments(path)
        try:
            with self._explained(path), self._opened(folders) as folder:
                state = folder.state(name)
                if not stat.S_ISDIR(state.st_mode) and not stat.S_ISREG(state.st_mode):
                    raise NotRegular(errno.EINVAL, "is not a regular file")
        except NotFound:
            return False
        return stat.S_ISREG(state.st_mode)

    def list(self, prefix: str = "") -> Iterable[str]:
        """The paths of all regular files below a folder, sorted. Raises StorageError for one that cannot be listed."""
        paths: list[str] = []
        waiting = [_segments(prefix) if prefix else []]
        while waiting:
            segments = waiting.pop()
            try:
                with self._explained("/".join(segments)), self._opened(segments) as folder:
                    for name, is_folder in _entries(folder):
                        inner = [*segments, name]
                        waiting.append(inner) if is_folder else paths.append("/".join(inner))
            except NotFound:  # the folder asked for, or one that went away while others were listed
                continue
        return sorted(paths)

    def close(self) -> None:
        """There is nothing to give back."""

    def _opened(self, segments: Sequence[str]) -> AbstractContextManager[Folder]:
        return opened(self.root, segments)

    @contextmanager
    def _explained(self, path: str) -> Iterator[None]:
        """Say in our words what the system says. What git keeps for itself is not there for anybody."""
        try:
            if any(segment.lower() in _GIT for segment in path.split("/")):
                raise FileNotFoundError(errno.ENOENT, "belongs to git")
            yield
        except UnicodeEncodeError as error:  # no file can have this name
            raise NotFound(f"there is no document {path!r}") from error
        except OSError as error:
            if not os.path.isdir(self.root):
                raise StorageError(f"there is no folder {self.root!r}") from error
            if error.errno in _ABSENT:
                raise NotFound(f"there is no document {path!r}") from error
            reason = error.strerror or "cannot be read"
            raise StorageError(f"{path!r}: {reason[:1].lower()}{reason[1:]}") from error


def _segments(path: str) -> list[str]:
    """A path's parts. Raises UnsafePath."""
    if _DRIVE.match(path) or (os.name == "nt" and ":" in path):
        raise UnsafePath("the path holds a drive or a stream", code="PATH_DRIVE")
    return validate_path(path).split("/")


def _entries(folder: Folder) -> Iterator[tuple[str, bool]]:
    """The files and folders in a folder: their names, and whether they are folders. Links are neither."""
    for entry in folder.scan():
        if entry.name.lower() in _GIT:
            continue
        if entry.is_file(follow_symlinks=False):
            yield entry.name, False
        elif entry.is_dir(follow_symlinks=False):
            yield entry.name, True
