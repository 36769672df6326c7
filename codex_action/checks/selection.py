"""Which files a run reads."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Iterable, Mapping, Sequence

from codex_action import files
from codex_action.artifacts.ignore import FILE_NAME, ignore_matcher
from codex_action.checks.model import Skipped
from codex_action.errors import UsageError

if TYPE_CHECKING:
    from codex_action.remote.git import Git


class WorkTree:
    """A project's folder, and git's view of it where it has one. Lists are made once, when first asked for."""

    def __init__(self, root: str, *, environ: Mapping[str, str], trusted: bool = False) -> None:
        self.root = root
        self._environ = environ
        self._trusted = trusted

    @cached_property
    def git(self) -> Git | None:
        """git in this folder, or None outside every repository."""
        folder = self.root
        while not os.path.exists(os.path.join(folder, ".git")):
            folder, child = os.path.dirname(folder), folder
            if folder == child:
                return None
        from codex_action.remote.git import Git  # subprocess costs 5 ms: not for a hook that meets no reference

        return Git(self.root, environ=self._environ, trusted=self._trusted)

    @cached_property
    def tracked(self) -> list[str]:
        """git's index, or what a walk finds. Raises GitError."""
        return self.git.tracked() if self.git else [path for path, error in self.walked if error is None]

    @cached_property
    def untracked(self) -> list[str]:
        """What git neither tracks nor ignores. Raises GitError."""
        return self.git.untracked() if self.git else []

    @cached_property
    def walked(self) -> list[tuple[str, OSError | None]]:
        """Every file below the root, with the errors of folders that cannot be listed."""
        return list(files.walk(self.root))


@dataclass
class Selection:
    """Paths relative to the root, with '/'; a path outside the root is absolute. `named` were given one by one."""

    listed: list[str] = field(default_factory=list)
    named: list[str] = field(default_factory=list)
    problems: list[Skipped] = field(default_factory=list)


def select_files(
    tree: WorkTree, *, named: Sequence[str], below: str | None, changed_since: str | None, exclude: Iterable[str]
) -> Selection:
    """The files named, or those changed, or all below a folder: git's list first, a walk otherwise.

    `.codexignore` and `exclude` hold for files that are named too. Raises UsageError, GitError.
    """
    selection = Selection()
    if changed_since is not None:
        _add_changed(selection, tree, below, changed_since)
    elif not named:
        _add_folder(selection, tree, below or ".")
    for path in named:
        if os.path.isdir(path):
            _add_folder(selection, tree, path)
        elif os.path.lexists(path):
            selection.named.append(relative(tree.root, path))
        else:
            raise UsageError(f"there is no file {path!r}", hint="paths are relative to the current folder, or to -C")
    ignored = ignore_matcher([*_ignore_lines(tree.root), *exclude])
    selection.listed = _unique(path for path in selection.listed if not ignored(path))
    seen = set(selection.listed)
    selection.named = _unique(path for path in selection.named if path not in seen and not ignored(path))
    return selection


def _unique(paths: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(paths))


def relative(root: str, path: str) -> str:
    """A path as reports name it: relative to the root, with '/'; absolute if it is outside."""
    try:
        inside = os.path.relpath(os.path.abspath(path), root)
    except ValueError:  # another drive
        inside = os.pardir
    if inside == os.pardir or inside.startswith(os.pardir + os.sep):
        inside = os.path.abspath(path)
    return inside.replace(os.sep, "/")


def _add_folder(selection: Selection, tree: WorkTree, folder: str) -> None:
    if not os.path.isdir(folder):
        kind = "is no folder" if os.path.exists(folder) else "does not exist"
        raise UsageError(f"{folder!r} {kind}", hint="--path takes a folder; files are given as arguments")
    below = relative(tree.root, folder)
    if os.path.isabs(below):
        found = [(f"{below}/{path}", error) for path, error in files.walk(folder)]
    elif tree.git:
        found = [(path, None) for path in _below([*tree.tracked, *tree.untracked], below)]
    else:
        found = tree.walked if below == "." else list(files.walk(tree.root, below))
    for path, error in found:
        if error is None:
            selection.listed.append(path)
        else:
            selection.problems.append(Skipped(path or ".", error.strerror or "cannot be listed"))


def _below(paths: list[str], folder: str) -> list[str]:
    return paths if folder == "." else [path for path in paths if path.startswith(folder + "/")]


def _add_changed(selection: Selection, tree: WorkTree, below: str | None, ref: str) -> None:
    if tree.git is None:
        raise UsageError("--changed-since needs a git repository", hint="leave it out to check every file")
    changed, _ = tree.git.changed_since(ref)
    selection.listed += _below(changed, relative(tree.root, below or "."))


def _ignore_lines(root: str) -> list[str]:
    try:
        return files.read_bytes(os.path.join(root, FILE_NAME)).decode("utf-8", "surrogateescape").splitlines()
    except FileNotFoundError:
        return []
    except OSError as error:
        raise UsageError(f"{FILE_NAME} cannot be read: {error.strerror}") from error
