"""What a user calls a document -> its reference."""

from __future__ import annotations

from codex_action.errors import InvalidReference, ValidationError
from codex_action.refs.resolve import Project
from codex_action.refs.uri import PREFIX, ParsedReference, parse_reference

_HINT = "write codex://ORG/PROJECT/PATH, or name the project with --project ORG/NAME"


def document_reference(
    text: str, current: Project | None = None, organization: str | None = None
) -> ParsedReference:
    """The reference of a document: a URI, an older form, ORG/PROJECT/PATH, or a path of the current project.

    Raises ValidationError for what names no document.
    """
    if text.startswith(PREFIX):
        return parse_reference(text)
    from codex_action.refs.legacy import convert_legacy_reference, convert_to_uri, is_legacy_reference

    convert = convert_legacy_reference if is_legacy_reference(text) else convert_to_uri
    try:
        return parse_reference(convert(text, organization, current.name if current else None))
    except ValidationError as error:
        if error.code in ("MISSING_DEFAULT_ORG", "MISSING_DEFAULT_PROJECT"):
            raise InvalidReference(f"{text!r}: {error.message}", code=error.code, hint=_HINT) from error
        raise
