"""Relative links that leave what they stand in: the project, or a synced tree (CODEX012). Paths are text here."""

from __future__ import annotations

import posixpath
import re
from typing import Callable

from codex_action.checks.model import Edit, Finding
from codex_action.checks.references import Remedy, finding
from codex_action.errors import ValidationError
from codex_action.refs.paths import SHARED
from codex_action.refs.scan import Found
from codex_action.refs.uri import build_uri, parse_reference

_SHARED_TREE = re.compile(re.escape(SHARED) + r"([^/]+)/([^/]+)/")


def escapes_to(file: str, link: str) -> str | None:
    """Where a link leads, relative to the project's root, if that is outside the tree its file stands in."""
    target = re.split("[?#]", link, maxsplit=1)[0]
    if "%" in target:
        from urllib.parse import unquote  # 2 ms: few links need it

        target = unquote(target)
    path = posixpath.normpath(posixpath.join(posixpath.dirname(file), target))
    tree = _SHARED_TREE.match(file)
    inside = path.startswith(tree[0]) if tree else path != ".." and not path.startswith("../")
    return None if inside else path


def shared_document(path: str) -> tuple[str, str, str] | None:
    """(org, project, path) of a path below the folder of synced documents."""
    tree = _SHARED_TREE.match(path)
    return (tree[1], tree[2], path[tree.end() :]) if tree and path[tree.end() :] else None


def check_link(file: str, found: Found, uri_of: Callable[[str], str | None]) -> Finding | None:
    """The finding for a link that leaves; `uri_of` gives the reference for a path outside, where it is known."""
    path = escapes_to(file, found.raw)
    if path is None:
        return None
    uri = uri_of(path)
    tree = "the synced tree" if _SHARED_TREE.match(file) else "the project"
    if uri is None:
        return finding(
            "CODEX012", file, found, f"the link leaves {tree} for {path!r}; a codex:// reference would last"
        )
    text = _at_anchor(uri, found.raw)
    remedy = Remedy(text, Edit(found.start, found.end, text))
    return finding("CODEX012", file, found, f"the link leaves {tree}; write {text}", remedy)


def _at_anchor(uri: str, link: str) -> str:
    """The reference with the anchor of a link, written as a reference needs it: `#a?b` is `#a%3Fb` there."""
    anchor = link.partition("#")[2]
    if not anchor:
        return uri
    try:
        return str(parse_reference(f"{uri}#{anchor}"))
    except ValidationError:
        target = parse_reference(uri)
    return build_uri(target.org, target.project, target.path, version=target.version, fragment=anchor)
