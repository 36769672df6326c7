"""The older ways to write a reference, and what each one becomes (references.md 2).

format     text                                        meaning
path       @codex/PROJECT/PATH                         a document of another project of the organisation
ref        $ref:PATH  $ref:PROJECT/PATH  $ref:ORG/PROJECT/PATH
tag        @codex:REF                                  REF: up to two segments = a path of this project,
bracket    [codex:REF]                                 more = ORG/PROJECT/PATH
mustache   {{codex:REF}}
"""

from __future__ import annotations

import re
from typing import Callable, NamedTuple

from codex_action.errors import InvalidReference
from codex_action.refs.uri import PREFIX, parse_reference

PATH, REF, TAG, BRACKET, MUSTACHE = "path", "ref", "tag", "bracket", "mustache"
FORMATS = (PATH, REF, TAG, BRACKET, MUSTACHE)
_FORMS = (
    (PATH, re.compile(r"@codex/(.+)", re.DOTALL)),
    (REF, re.compile(r"\$ref:(.*)", re.DOTALL)),
    (TAG, re.compile(r"@codex:\s*(.*)", re.DOTALL)),
    (BRACKET, re.compile(r"\[codex:(.*)\]", re.DOTALL)),
    (MUSTACHE, re.compile(r"\{\{codex:(.*)\}\}", re.DOTALL)),
)
_PREFIXES = ("@codex/", "$ref:", "@codex:", "[codex:", "{{codex:")


class Legacy(NamedTuple):
    """A legacy reference taken apart: how it is written, and the REF inside."""

    format: str
    ref: str


def is_legacy_reference(text: str) -> bool:
    """Does the text start as one of the legacy forms does?"""
    return text.startswith(_PREFIXES)


def parse_legacy(text: str) -> Legacy:
    """Take a legacy reference apart. Raises InvalidReference (NOT_LEGACY, EMPTY_LEGACY)."""
    for format_, pattern in _FORMS:
        match = pattern.fullmatch(text)
        if match:
            ref = match[1].strip()
            if not ref:
                raise InvalidReference("the legacy reference names nothing", code="EMPTY_LEGACY")
            return Legacy(format_, ref)
    raise InvalidReference("not a legacy reference", code="NOT_LEGACY")


def convert_legacy_reference(
    text: str,
    default_org: str | None = None,
    default_project: str | None = None,
    *,
    is_own: Callable[[str], bool] | None = None,
) -> str:
    """The codex:// URI of one legacy reference (references.md 2).

    `is_own` tells whether a path is a document of the default project: a REF that is one is taken as
    its path, however many segments it has. Raises ValidationError if no valid URI can be made;
    `.code` MISSING_DEFAULT_ORG or MISSING_DEFAULT_PROJECT says what would help.
    """
    format_, ref = parse_legacy(text)
    if format_ == PATH:
        project, slash, path = ref.partition("/")
        return _checked(_org(default_org), project, path if path or not slash else "")
    if ref.startswith(PREFIX):
        parse_reference(ref, allow_project=True)
        return ref
    return _from_ref(ref, default_org, default_project, is_own, project_first=format_ == REF)


def convert_to_uri(
    ref: str,
    default_org: str | None = None,
    default_project: str | None = None,
    *,
    is_own: Callable[[str], bool] | None = None,
) -> str:
    """The URI of a REF: a URI stays, ORG/PROJECT/PATH is taken apart, a shorter one is a path of this project.

    So is one that `is_own` tells to be. Raises ValidationError if that is no valid reference.
    """
    ref = ref.strip()
    if ref.startswith(PREFIX):
        parse_reference(ref, allow_project=True)
        return ref
    return _from_ref(ref, default_org, default_project, is_own, project_first=False)


def _from_ref(
    ref: str,
    org: str | None,
    project: str | None,
    is_own: Callable[[str], bool] | None,
    *,
    project_first: bool,
) -> str:
    """`project_first`: two segments are PROJECT/PATH (`$ref:`), not a path of two segments."""
    inside = ref.startswith(("./", "../", "/"))  # of this project, however many segments follow
    path = (ref.removeprefix("./")).lstrip("/")
    parts = path.split("/", 2)
    if inside or (is_own is not None and is_own(path.partition("#")[0])) or len(parts) == 1:
        return _checked(_org(org), _project(project), path)
    if len(parts) == 3 and is_own is not None and _names_project(parts[0], org, project):
        rest = path.partition("/")[2]
        if is_own(rest.partition("#")[0]):  # PROJECT/PATH of ourselves, not an organisation called like us
            return _checked(_org(org), parts[0], rest)
    if len(parts) == 3:
        return _checked(parts[0], parts[1] or _project(project), parts[2])
    if project_first:
        return _checked(_org(org), parts[0], parts[1])
    return _checked(_org(org), _project(project), path)


def _names_project(name: str, org: str | None, project: str | None) -> bool:
    return (
        project is not None
        and name.lower() == project.lower()
        and (org is None or name.lower() != org.lower())
    )


def _org(default: str | None) -> str:
    if not default:
        raise InvalidReference("the organisation is not known", code="MISSING_DEFAULT_ORG")
    return default


def _project(default: str | None) -> str:
    if not default:
        raise InvalidReference("the current project is not known", code="MISSING_DEFAULT_PROJECT")
    return default


def _checked(org: str, project: str, path: str) -> str:
    uri = f"{PREFIX}{org}/{project}" + (f"/{path}" if path else "")
    parse_reference(uri, allow_project=True)
    return uri
