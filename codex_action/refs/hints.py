"""What was perhaps meant by a text that is no reference: a mistyped scheme, the address of a page on GitHub."""

from __future__ import annotations

import re
from collections.abc import Iterator

# One's own name with a slip, or another word; what has a meaning of its own is no slip.
_SCHEME = re.compile(
    r"(?:codex(?::/*|/{2,})|(?!(?:https?|ftps?|file|git|ssh|s3|gs)\b)[a-z][a-z0-9]*:///?)(?=[^/])",
    re.IGNORECASE,
)
_PAGE = re.compile(
    r"(?:https?://)?(?:www\.)?(?:github\.com/(?P<org>[^/]+)/(?P<project>[^/]+)/(?:blob|blame|edit|raw|tree)/"
    r"|raw\.githubusercontent\.com/(?P<raw_org>[^/]+)/(?P<raw_project>[^/]+)/)"
    r"(?:refs/(?:heads|tags)/)?(?P<version>[^/]+)/(?P<path>[^?#]+)(?:\?[^#]*)?(?:\#(?P<fragment>.+))?",
    re.IGNORECASE,
)
_REPOSITORY = re.compile(r"(?:https?://)?(?:www\.)?github\.com/([^/]+/[^/]+?)(?:\.git)?/?", re.IGNORECASE)
_DEFAULT_BRANCHES = ("main", "master", "HEAD")
_LINES = re.compile(r"L\d+(?:C\d+)?(?:-L\d+(?:C\d+)?)?")


def meant_references(text: str) -> Iterator[str]:
    """What the text may stand for, each still to be parsed; a page of a usual default branch has no version."""
    scheme = _SCHEME.match(text)
    if scheme:
        yield f"codex://{text[scheme.end() :]}"
    page = _PAGE.fullmatch(text)
    if page:
        yield _of_page(page)
    repository = _REPOSITORY.fullmatch(text)
    if repository:
        yield f"codex://{repository[1]}"


def _of_page(page: re.Match[str]) -> str:
    parts = page.groupdict(default="")
    version = "" if parts["version"] in _DEFAULT_BRANCHES else f"@{parts['version']}"
    fragment = parts["fragment"]
    anchor = f"#{fragment}" if fragment and not _LINES.fullmatch(fragment) else ""
    project = f"{parts['org'] or parts['raw_org']}/{parts['project'] or parts['raw_project']}"
    return f"codex://{project}{version}/{parts['path']}{anchor}"
