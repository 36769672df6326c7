"""The legacy references of a text: find them, and write them as URIs (references.md 2)."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from codex_action.errors import ValidationError
from codex_action.refs import scan
from codex_action.refs.legacy import convert_legacy_reference
from codex_action.refs.tokens import PLAIN, escaped, unescaped

# Ends every reference, whatever it is.
_ENDS = re.compile(r"[\s\"'`<>|,]")


@dataclass(frozen=True)
class LegacyReference:
    """A legacy reference at characters `start` to `end`: the URI it becomes, or the code of why it becomes none."""

    original: str
    start: int
    end: int
    format: str
    uri: str | None = None
    reason: str | None = None


@dataclass(frozen=True)
class LegacyConversion:
    """A text, and what became of it and of its legacy references."""

    original: str
    converted: str
    references: tuple[LegacyReference, ...]

    @property
    def modified(self) -> bool:
        """Was anything converted?"""
        return any(reference.uri is not None for reference in self.references)


def has_legacy_references(text: str) -> bool:
    """Does the text hold a legacy reference?"""
    return bool(_spans(text))


def find_legacy_references(
    text: str, default_org: str | None = None, default_project: str | None = None
) -> list[LegacyReference]:
    """The legacy references of a text, in order, with what each becomes.

    A reason is the code of a ValidationError, or RUNS_INTO_TEXT: the URI would not end where the reference does.
    """
    found: list[LegacyReference] = []
    follows, stop = "", len(text)
    for format_, start, end in reversed(
        _spans(text)
    ):  # what follows is as it will be when this one is written
        follows = _ENDS.split(text[end:stop] + follows, maxsplit=1)[0]
        before = text[max(0, start - 3) : start]
        reference = _converted(
            LegacyReference(text[start:end], start, end, format_), default_org, default_project
        )
        if reference.uri is not None and not stands_alone(before, reference.original, reference.uri, follows):
            reference = replace(reference, uri=None, reason="RUNS_INTO_TEXT")
        found.append(reference)
        follows, stop = (reference.uri or reference.original) + follows, start
    return found[::-1]


def convert_legacy_references(
    text: str, default_org: str | None = None, default_project: str | None = None
) -> LegacyConversion:
    """The text with every legacy reference written as a URI; one that becomes no valid URI stays as it is."""
    references = find_legacy_references(text, default_org, default_project)
    pieces: list[str] = []
    position = 0
    for reference in references:
        pieces += (text[position : reference.start], reference.uri or reference.original)
        position = reference.end
    return LegacyConversion(text, "".join((*pieces, text[position:])), tuple(references))


def _spans(text: str) -> list[tuple[str, int, int]]:
    """Format, start and end of each legacy reference, in characters."""
    data = _bytes(text)
    spans: list[tuple[str, int, int]] = []
    at = counted = 0
    for found in scan.find_references(data):
        if found.kind in scan.LEGACY:
            start = at + _length(data[counted : found.start])
            at, counted = start + _length(data[found.start : found.end]), found.end
            spans.append((found.kind, start, at))
    return spans


def _converted(reference: LegacyReference, org: str | None, project: str | None) -> LegacyReference:
    meant = unescaped(reference.original)
    try:
        uri = convert_legacy_reference(meant, org, project)
    except ValidationError as error:
        return replace(reference, reason=error.code)
    return replace(reference, uri=uri if meant == reference.original else escaped(uri))


def stands_alone(before: str, original: str, uri: str, follows: str) -> bool:
    """Would the URI be found whole in the reference's place, and what follows as before?"""
    plain = PLAIN.match(_bytes(uri + (follows or " ")))
    if plain and plain.end() == len(_bytes(uri)):
        return True
    start, end = len(_bytes(before)), len(_bytes(before + uri))
    now = scan.find_references(_bytes(before + uri + follows))
    others = scan.find_references(_bytes(before + original + follows))[1:]
    whole = bool(now) and (now[0].kind, now[0].start, now[0].end) == (scan.URI, start, end)
    return whole and [(find.kind, find.raw) for find in now[1:]] == [(find.kind, find.raw) for find in others]


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _length(data: bytes) -> int:
    return len(data.decode("utf-8", "surrogatepass"))
