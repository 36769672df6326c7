"""Which files a run reads."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from codex_action import files
from codex_action.artifacts.ignore import FILE_NAME, ignore_matcher
from codex_action.checks.model import Skipped
from codex_action.checks.options import ValidateOptions
from codex_action.errors import UsageError

if TYPE_CHECKING:
    from codex_action.remote.git import Git


# Nothing to normalise: no empty, '.' or '..' segment, no drive, no backslash.
_PLAIN_PATH = re.compile(r"(?:\.?[^/\\.:][^/\\:]*)(?:/\.?[^/\\.:][^/\\:]*)*")


class WorkTree:
    """A project's folder, and git's view of it where it has one. Lists are made once, when first asked for."""

    def __init__(self, root: str, *, environ: Mapping[str, str], trusted: bool = False) -> None:
        self.root = root
        self.environ = environ
        self._trusted = trusted

    @cached_property
    def git(self) -> Git | None:
        """git in this folder, or None outside every repository."""
        repository = files.repository_of(self.root)
        if repository is None:
            return None
        from codex_action.remote.git import Git  # 5 ms: a hook that meets no reference goes without

        index = _may_be_of(repository, self.environ.get("GIT_INDEX_FILE", ""))
        return Git(self.root, environ=self.environ, trusted=self._trusted, index=index)

    @cached_property
    def tracked(self) -> list[str]:
        """git's index, or what a walk finds. Raises GitError."""
        return self.git.tracked() if self.git else self.walked.paths

    @cached_property
    def untracked(self) -> list[str]:
        """What git neither tracks nor ignores. Raises GitError."""
        return self.git.untracked() if self.git else []

    @property
    def closed(self) -> list[Skipped]:
        """The folders that `untracked` could not look into."""
        top = files.repository_of(self.root) or self.root
        told = self.git.closed if self.git else []
        return [Skipped(relative(self.root, os.path.join(top, name)), reason) for name, reason in told]

    @cached_property
    def walked(self) -> files.Walked:
        """What a walk of the root meets."""
        return files.walk(self.root)


def _may_be_of(repository: str, index: str) -> bool:
    """May that be its index? A hook of the repository around a submodule has one beside its own .git."""
    around, name = os.path.split(os.path.dirname(index))
    return name != ".git" or os.path.realpath(around) == os.path.realpath(repository)


@dataclass
class Selection:
    """Paths relative to the root, with '/'; a path outside the root is absolute. `named` were given one by one.

    `others` counts pipes, sockets and devices, which are never read.
    """

    listed: list[str] = field(default_factory=list)
    named: list[str] = field(default_factory=list)
    problems: list[Skipped] = field(default_factory=list)
    others: int = 0
    left_out: int = 0
    notices: tuple[str, ...] = ()


def select_files(tree: WorkTree, options: ValidateOptions) -> Selection:
    """The files named, or those changed, or all below a folder: git's list first, a walk otherwise.

    `.codexignore` and `exclude` hold for files that are named too. Nothing is read that is not below `path`: a file
    elsewhere, as hooks name them, is told of in a notice. Raises UsageError, GitError.
    """
    _need(options)
    selection = Selection()
    scopes, elsewhere = _scopes(tree.root, options)
    if elsewhere:
        more = f" (and {len(elsewhere) - 1:,} more)" if len(elsewhere) > 1 else ""
        selection.notices = (f"{elsewhere[0]!r}{more} is not below --path {options.path!r}: left out.",)
    if options.changed_files is not None:
        _add_scoped(selection, tree, scopes, options.changed_files)
    elif options.changed_since is not None:
        _add_changed(selection, tree, scopes, options.changed_since)
    else:
        _add_named(selection, tree, scopes)
    # One list of ours names each path once, and may be long.
    if len(scopes) > 1 or options.changed_files is not None:
        selection.listed, selection.named = _unique(selection.listed), _unique(selection.named)
    ignored = ignore_matcher([*_ignore_lines(tree.root), *options.exclude])
    before = len(selection.listed) + len(selection.named)
    selection.listed = _kept(selection.listed, ignored)
    ours = {relative(tree.root, path) for path in options.leave_out}
    if ours:
        selection.listed = [path for path in selection.listed if path not in ours]
    if selection.named:
        seen = set(selection.listed)
        selection.named = [path for path in _kept(selection.named, ignored) if path not in seen]
    if ignored:
        selection.left_out = before - len(selection.listed) - len(selection.named)
        selection.problems = [item for item in selection.problems if not ignored(f"{item.file}/")]
    return selection


def _need(options: ValidateOptions) -> None:
    """What is named must be there."""
    if options.path is not None:
        _need_folder(options.path)
    for path in options.files:
        if not os.path.lexists(path):
            raise UsageError(
                f"there is no file {path!r}", hint="paths are relative to the current folder, or to -C"
            )


def _scopes(root: str, options: ValidateOptions) -> tuple[tuple[str, ...], list[str]]:
    """What is named, and the files of it that are not below `path`; of a folder around that, `path` alone.

    Raises UsageError for a folder elsewhere.
    """
    if not options.files or options.path is None:
        return options.files or (options.path or ".",), []
    below = os.path.join(root, relative(root, options.path))
    scopes, elsewhere = [], []
    for path in options.files:
        place = os.path.join(root, relative(root, path))
        if files.is_below(below, place):
            scopes.append(path)
        elif files.is_below(place, below):
            scopes.append(options.path)
        elif os.path.isdir(path):
            hint = "leave one of them out; in the Action --path is working-directory"
            raise UsageError(f"{path!r} is not below --path {options.path!r}", hint=hint)
        else:
            elsewhere.append(path)
    return tuple(scopes), elsewhere


def _add_named(selection: Selection, tree: WorkTree, named: Sequence[str]) -> None:
    for path in named:
        if os.path.isdir(path):
            _add_folder(selection, tree, path)
        else:
            selection.named.append(relative(tree.root, path))


def _unique(paths: list[str]) -> list[str]:
    """In order, each path once."""
    return list(dict.fromkeys(paths))


def _kept(paths: list[str], ignored: Callable[[str], bool] | None) -> list[str]:
    """Without those left out."""
    return [path for path in paths if not ignored(path)] if ignored else paths


def relative(root: str, path: str) -> str:
    """A path as reports name it: relative to the root, with '/'; absolute if it is outside."""
    if root == os.getcwd() and _PLAIN_PATH.fullmatch(path):
        return path  # what a hook gets, by the thousand
    place = os.path.abspath(path)
    return (_inside(root, place) or _inside_by_links(root, place) or place).replace(os.sep, "/")


def _inside_by_links(root: str, place: str) -> str | None:
    """The way to what is named through a link to the root; a link that is a file keeps its own name."""
    folder, name = os.path.split(place)
    real = os.path.realpath(place) if os.path.isdir(place) else os.path.join(os.path.realpath(folder), name)
    return _inside(os.path.realpath(root), real)


def _inside(root: str, place: str) -> str | None:
    try:
        way = os.path.relpath(place, root)
    except ValueError:  # another drive
        return None
    return None if way == os.pardir or way.startswith(os.pardir + os.sep) else way


def _need_folder(path: str) -> None:
    if not os.path.isdir(path):
        kind = "is no folder" if os.path.exists(path) else "does not exist"
        raise UsageError(f"{path!r} {kind}", hint="--path takes a folder; files are given as arguments")


def _add_folder(selection: Selection, tree: WorkTree, folder: str) -> None:
    below = relative(tree.root, folder)
    if ".git" in below.lower().split("/"):
        raise UsageError(f"{folder!r} is git's own: no folder in it is checked", hint="name another folder")
    listed = _below([*tree.tracked, *tree.untracked], below) if tree.git and not os.path.isabs(below) else []
    if listed and listed != [f"{below}/"]:  # all that git tells of a repository in this one
        selection.listed += listed
        selection.problems += [item for item in tree.closed if _below([item.file], below)]
        return
    # No git, or a folder that git ignores or leaves to another repository: whoever names it wants it read.
    outside = os.path.isabs(below)
    if below == "." and not tree.git:
        walked = tree.walked
    else:
        walked = files.walk(folder) if outside else files.walk(tree.root, "" if below == "." else below)
    selection.listed += [f"{below}/{path}" for path in walked.paths] if outside else walked.paths
    selection.others += walked.others
    selection.problems += [
        Skipped(error.filename or ".", error.strerror or "cannot be listed") for error in walked.errors
    ]


def _below(paths: list[str], folder: str) -> list[str]:
    return paths if folder == "." else [path for path in paths if path.startswith(folder + "/")]


def _add_changed(selection: Selection, tree: WorkTree, scopes: Sequence[str], ref: str) -> None:
    """The changed files that are, or are below, one of the scopes."""
    if tree.git is None:
        raise UsageError("--changed-since needs a git repository", hint="leave it out to check every file")
    changed, deleted = tree.git.changed_since(ref)
    if deleted:
        gone = "1 file was" if len(deleted) == 1 else f"{len(deleted):,} files were"
        selection.notices += (
            f"{gone} removed since {ref}; others may point there: check them without --changed-since.",
        )
    _add_scoped(selection, tree, scopes, changed)


def _add_scoped(selection: Selection, tree: WorkTree, scopes: Sequence[str], changed: Sequence[str]) -> None:
    for scope in scopes:
        below = relative(tree.root, scope)
        selection.listed += [path for path in changed if path == below] + _below(list(changed), below)


def _ignore_lines(root: str) -> list[str]:
    try:
        return (
            files.read_bytes(os.path.join(root, FILE_NAME))
            .decode("utf-8-sig", "surrogateescape")
            .splitlines()
        )
    except FileNotFoundError:
        return []
    except OSError as error:
        raise UsageError(f"{FILE_NAME} cannot be read: {error.strerror}") from error
