"""Where configurations are. Looked for on every run, so nothing heavy is loaded here."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping

from codex_action import files

# In a folder, the first that exists is it. A unified file is ours only with a `codex` section.
PLACES = (
    ".fractary/codex/config.yaml",
    ".fractary/codex/config.yml",
    ".fractary/codex.yaml",
    ".fractary/codex.yml",
    ".fractary/config.yaml",
    ".fractary/config.yml",
    ".fractary/plugins/codex/config.json",
)
UNIFIED = (".fractary/config.yaml", ".fractary/config.yml")
GLOBAL = "/etc/fractary/codex/config.yaml"
# Compiled when it is first needed: most projects have none of these files.
_SECTION = rb"""(?m)(?:\A\xef\xbb\xbf|^)(?:"codex"|'codex'|codex)[ \t]*:|\A\s*\{(?s:.*)["']?codex["']?\s*:"""


def project_files(root: str) -> list[str]:
    """The project's configuration files from `root` up to the repository's root, the one in force first."""
    top = files.repository_of(root) or root
    found: list[str] = []
    folder = os.path.abspath(root)
    while True:
        if os.path.isdir(os.path.join(folder, ".fractary")):
            found += [
                os.path.join(folder, place)
                for place in PLACES
                if _is_ours(os.path.join(folder, place), place)
            ]
        parent = os.path.dirname(folder)
        if folder in (top, parent):
            return found
        folder = parent


def _is_ours(path: str, place: str) -> bool:
    if not os.path.lexists(path):
        return False
    if place not in UNIFIED:
        return True
    try:
        return re.search(_SECTION, files.read_bytes(path)) is not None
    except OSError:
        return True  # the reader will say what is wrong with it


def shared_files(environ: Mapping[str, str]) -> list[str]:
    """The user's and the machine's configuration, where they exist."""
    home = environ.get("XDG_CONFIG_HOME") or os.path.join(
        environ.get("HOME") or os.path.expanduser("~"), ".config"
    )
    return [
        path
        for path in (os.path.join(home, "fractary", "codex", "config.yaml"), GLOBAL)
        if os.path.isfile(path)
    ]


def shown(path: str, root: str) -> str:
    """A path as messages name it: relative to the root where it is inside, with '/'; else absolute."""
    path, root = os.path.abspath(path), os.path.abspath(root)
    return os.path.relpath(path, root).replace(os.sep, "/") if files.is_below(root, path) else path


def leaves_repository(path: str) -> bool:
    """Is a file or its folder a link out of its repository? Such a configuration is not ours to read or write."""
    top = files.repository_of(os.path.dirname(os.path.abspath(path)))
    if top is None:
        return False
    return not files.is_below(os.path.realpath(top), os.path.realpath(path))
