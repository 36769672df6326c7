"""Where fetched documents are kept (documents.md 3). Folders are looked at here; nothing is read or made."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING

from codex_action import files
from codex_action.errors import ConfigurationError

if TYPE_CHECKING:
    from codex_action.config.load import Config

IN_PROJECT = ".fractary/plugins/codex/cache"
_VARIABLE = "CODEX_CACHE_DIR"
# What the runner mounts at a container's HOME, below its temporary folder, which is beside its workspaces.
_RUNNER_HOME = ("_temp", "_github_home")


def cache_directory(
    root: str, environ: Mapping[str, str], config: Config | None = None, option: str | None = None
) -> str:
    """The cache's folder: option > CODEX_CACHE_DIR > configuration > on Actions the home > project > user.

    Raises ConfigurationError for a folder of the project's own, named or not, that is out of the project or that a
    link leads there: whoever made it may not be whoever runs this.
    """
    named = option or environ.get(_VARIABLE)
    if named:
        return os.path.abspath(os.path.expanduser(named))
    configured = _configured(root, config) if config else None
    if configured:
        return configured
    if environ.get("GITHUB_ACTIONS") == "true" and environ.get("HOME"):
        return os.path.join(environ["HOME"], ".cache", "codex")
    if any(os.path.exists(os.path.join(root, name)) for name in (".fractary", ".git")):
        return _need_inside(root, os.path.join(root, *IN_PROJECT.split("/")), "the cache's folder")
    return os.path.join(user_cache(environ), "codex")


def _configured(root: str, config: Config) -> str | None:
    """The folder that a configuration names, not the default."""
    origin = config.origins.get("cache.path", "default")
    if origin in ("default", _VARIABLE):
        return None
    name = str(config.get("cache", "path"))
    place = os.path.abspath(os.path.join(root, os.path.expanduser(name)))
    if config.file is None or _file_of(origin) != _file_of(config.file):
        return place
    return _need_inside(root, place, f"{origin}: cache.path", config.file)


def _file_of(origin: str) -> str:
    """An origin is a file, perhaps with a line; a file's name may have a colon too."""
    name, _, line = origin.rpartition(":")
    return name if line.isdigit() else origin


def _need_inside(root: str, place: str, subject: str, file: str = "") -> str:
    wrong = files.way_out(root, place)
    if wrong is None:
        return place
    raise ConfigurationError(
        f"{subject} {wrong}",
        file=file,
        hint=f"name such a folder in {_VARIABLE} or in your own configuration",
    )


def user_cache(environ: Mapping[str, str]) -> str:
    """The folder where programs of this user keep what they can get again."""
    home = environ.get("HOME") or os.path.expanduser("~")
    if environ.get("XDG_CACHE_HOME"):
        return environ["XDG_CACHE_HOME"]
    if sys.platform == "win32":
        return environ.get("LOCALAPPDATA") or os.path.join(home, "AppData", "Local")
    return os.path.join(home, *(("Library", "Caches") if sys.platform == "darwin" else (".cache",)))


def host_path(path: str, environ: Mapping[str, str]) -> str | None:
    """A path as the job's other steps see it; None for a folder that only this container has."""
    workspace, home = environ.get("GITHUB_WORKSPACE"), environ.get("HOME")
    if workspace and files.is_below(workspace, path):
        return os.path.relpath(path, workspace).replace(os.sep, "/")
    beside = environ.get("RUNNER_WORKSPACE")
    if home == "/github/home" and beside and files.is_below(home, path):
        return "/".join((os.path.dirname(beside.rstrip("/")), *_RUNNER_HOME, os.path.relpath(path, home)))
    return None if home == "/github/home" else path


def below_root(root: str, folder: str) -> str | None:
    """A folder's path in the project, with '/'; None if it is elsewhere."""
    if folder == root or not files.is_below(root, folder):
        return None
    return os.path.relpath(folder, root).replace(os.sep, "/")
