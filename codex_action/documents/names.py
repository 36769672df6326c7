"""What a user calls a document -> its reference."""

from __future__ import annotations

import re
from typing import Callable

from codex_action.errors import InvalidReference, ValidationError
from codex_action.refs.resolve import Project
from codex_action.refs.uri import PREFIX, ParsedReference, parse_reference

_HINT = "write codex://ORG/PROJECT/PATH, or name the project with --project ORG/NAME"


def document_reference(
    text: str,
    current: Project | None = None,
    organization: str | None = None,
    *,
    is_own: Callable[[str], bool] | None = None,
) -> ParsedReference:
    """The reference of a document: a URI, an older form, ORG/PROJECT/PATH, or a path of the current project.

    What `is_own` tells to be a file of the project is one, however many segments it has (references.md 2). Raises
    ValidationError for what names no document.
    """
    if not isinstance(text, str):
        raise InvalidReference(f"a reference is text, not {type(text).__name__}", code="INVALID_URI_TYPE")
    if text.startswith(PREFIX):
        return parse_reference(text)
    _refuse_slip(text.strip(), is_own)
    from codex_action.refs.legacy import convert_legacy_reference, convert_to_uri, is_legacy_reference

    convert = convert_legacy_reference if is_legacy_reference(text) else convert_to_uri
    try:
        return parse_reference(convert(text, organization, current.name if current else None, is_own=is_own))
    except ValidationError as error:
        if error.code in ("MISSING_DEFAULT_ORG", "MISSING_DEFAULT_PROJECT"):
            raise InvalidReference(f"{text!r}: {error.message}", code=error.code, hint=_HINT) from error
        raise


def _refuse_slip(text: str, is_own: Callable[[str], bool] | None) -> None:
    """`codex//o/p/a.md` would be read as a document of an organisation `codex`; a file may be called even so."""
    try:
        parse_reference(text)
    except ValidationError as error:
        address = re.match(r"[\w+.-]+://", text) is not None
        if (error.hint or address) and not (is_own and is_own(text)):
            hint = error.hint or _HINT
            raise InvalidReference(f"{text!r} is no reference", code=error.code, hint=hint) from error
