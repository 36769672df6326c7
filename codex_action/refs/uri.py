"""codex://ORG/PROJECT[@VERSION]/PATH[#FRAGMENT]: parse it, build it, say what is wrong with it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from codex_action.errors import InvalidReference, UnsafePath, ValidationError
from codex_action.refs import paths

PREFIX = "codex://"

_ORG = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,37}[A-Za-z0-9])?")
_PROJECT = re.compile(r"(?!\.$)(?!.*\.\.)[A-Za-z0-9._-]{1,100}")
# These two are compiled when a reference needs them: few do.
_VERSION = r"(?!.*\.\.)(?!.*\.lock$)(?!.*\.$)[A-Za-z0-9][A-Za-z0-9._-]{0,99}"
_ENCODED_SEPARATOR = "(?i)%(?:2f|5c|00)"
# What nearly every reference looks like; whoever matches breaks no rule but perhaps the length. Speed only.
_PLAIN = re.compile(
    r"codex://([A-Za-z0-9](?:[A-Za-z0-9-]{0,37}[A-Za-z0-9])?)/([A-Za-z0-9_-](?:\.?[A-Za-z0-9_-]){0,49})"
    r"/((?:[A-Za-z0-9_-][A-Za-z0-9._-]*/)*[A-Za-z0-9_-][A-Za-z0-9._-]*)"
)
# Kept as they are by build_uri: nothing here ends a reference in running text or is read as a template.
_PLAIN_CHARACTERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/:@!&+=")
# Beyond ASCII everything stays readable, but for what looks like a space or closes a sentence.
ENDS_TEXT = re.compile(
    "[\\s\u200b\ufeff\u3000\u3001\u3002\uff0c\uff1a\uff1b\uff01\uff1f\uff09\u3009\u300b\u300d\u300f\u3011\u2018\u2019\u201c\u201d\u00ab\u00bb\u2014\u2026]"
)


@dataclass(frozen=True)
class ParsedReference:
    """The parts of a codex:// reference; `path` is decoded, '' for a whole project (references.md 1)."""

    org: str
    project: str
    path: str
    original: str = field(compare=False)
    version: str | None = None
    fragment: str | None = None

    @property
    def uri(self) -> str:
        """The text it was parsed from (the JavaScript SDK's name for `original`)."""
        return self.original

    def __str__(self) -> str:
        return build_uri(self.org, self.project, self.path, version=self.version, fragment=self.fragment)


def parse_reference(text: str, *, allow_project: bool = False) -> ParsedReference:
    """Parse a codex:// reference (references.md 1; seed 1, references).

    `allow_project` also takes `codex://ORG/PROJECT[@VERSION]`, whose path is ''.
    Raises InvalidReference or UnsafePath; their `.code` names the rule.
    """
    if not isinstance(text, str):
        raise InvalidReference("a reference is text", code="INVALID_URI_TYPE")
    plain = _PLAIN.fullmatch(text)
    if plain and len(plain[3]) <= paths.MAX_PATH:
        return ParsedReference(plain[1], plain[2], plain[3], text)
    return _parse_carefully(text, allow_project=allow_project)


def _parse_carefully(text: str, *, allow_project: bool) -> ParsedReference:
    if not text.startswith(PREFIX):
        code = "INVALID_URI_PREFIX" if text else "EMPTY_URI"
        raise InvalidReference(
            f"a reference starts with {PREFIX!r}, in lower case", code=code, hint=_instead(text)
        )
    org, _, rest = text[len(PREFIX) :].partition("/")
    project, slash, tail = rest.partition("/")
    project, at, version = project.partition("@")
    _check_names(org, project, version if at else None)
    if not slash:
        if not allow_project:
            raise InvalidReference("the path is missing: codex://ORG/PROJECT/PATH", code="MISSING_PATH")
        return ParsedReference(org, project, "", text, version if at else None)
    raw_path, hash_, fragment = tail.partition("#")
    if "?" in tail:
        raise InvalidReference(
            "'?' has no meaning in a reference; write %3F for it in a file name", code="QUERY"
        )
    if hash_ and not fragment:
        raise InvalidReference("the fragment after '#' is empty", code="EMPTY_FRAGMENT")
    return ParsedReference(
        org,
        project,
        _decode_path(raw_path),
        text,
        version if at else None,
        _decode(fragment) if hash_ else None,
    )


def _instead(text: str) -> str | None:
    """What to write instead of a text that was perhaps meant as a reference."""
    from codex_action.refs.hints import meant_references  # its patterns: few texts need them

    for meant in meant_references(text.strip()):
        if is_valid_uri(meant, allow_project=True):
            return f"write {meant}" if is_valid_uri(meant) else f"write {meant}/PATH"
    return None


def _check_names(org: str, project: str, version: str | None) -> None:
    if not org:
        raise InvalidReference("the organisation is missing: codex://ORG/PROJECT/PATH", code="MISSING_ORG")
    if not _ORG.fullmatch(org):
        raise InvalidReference(
            f"{org!r} is not an organisation's name: 1 to 39 letters, digits and '-', first and last no '-'",
            code="INVALID_ORG_NAME",
        )
    if not project:
        raise InvalidReference("the project is missing: codex://ORG/PROJECT/PATH", code="MISSING_PROJECT")
    if not _PROJECT.fullmatch(project):
        raise InvalidReference(
            f"{project!r} is not a project's name: 1 to 100 letters, digits, '.', '_' and '-', without '..'",
            code="INVALID_PROJECT_NAME",
        )
    if version is not None and not re.fullmatch(_VERSION, version):
        raise InvalidReference(
            f"{version!r} is not a version: a tag, branch or commit of 1 to 100 letters, digits, '.', '_' and '-'",
            code="INVALID_VERSION",
        )


def _decode_path(raw: str) -> str:
    if re.search(_ENCODED_SEPARATOR, raw):
        raise UnsafePath(
            "the path holds an encoded separator (%2F, %5C or %00)", code="PATH_ENCODED_SEPARATOR"
        )
    if len(raw) > paths.MAX_PATH:
        paths.validate_path(raw)  # too long as written is too long, whatever it decodes to
    return paths.validate_path(_decode(raw))


def _decode(raw: str) -> str:
    """Undo one percent-encoding; a '%' that starts none is a '%'."""
    if "%" not in raw:
        return raw
    from urllib.parse import unquote_to_bytes  # 1.3 ms: few references need it

    try:
        return unquote_to_bytes(raw.encode("utf-8", "surrogatepass")).decode("utf-8", "surrogatepass")
    except UnicodeDecodeError as error:
        raise InvalidReference("the percent-encoding is not UTF-8", code="INVALID_ENCODING") from error


def build_uri(
    org: str, project: str, path: str = "", *, version: str | None = None, fragment: str | None = None
) -> str:
    """Build a reference from its parts; one leading '/' of `path` is dropped (references.md 1; seed 1, references).

    What may not stand in a URI, or would end it in running text, is percent-encoded, so that
    parse_reference gives the same parts back. Raises InvalidReference or UnsafePath.
    """
    _check_names(org, project, version)
    path = path.removeprefix("/")
    head = f"{PREFIX}{org}/{project}" + (f"@{version}" if version is not None else "")
    if not path:
        if fragment is not None:
            raise InvalidReference("a whole project has no fragment", code="MISSING_PATH")
        return head
    if fragment == "":
        raise InvalidReference("the fragment is empty", code="EMPTY_FRAGMENT")
    uri = f"{head}/{_encode(paths.validate_path(path))}" + (f"#{_encode(fragment)}" if fragment else "")
    parse_reference(uri)  # a path that only its encoding makes too long
    return uri


def _encode(text: str) -> str:
    last = len(text) - 1
    return "".join(
        character
        if (character in _PLAIN_CHARACTERS and not (index == last and character in ".:!_~"))
        or (character > "\x9f" and not ENDS_TEXT.match(character) and not "\ud800" <= character <= "\udfff")
        else _percent(character)
        for index, character in enumerate(text)
    )


def _percent(character: str) -> str:
    return "".join(f"%{byte:02X}" for byte in character.encode("utf-8", "surrogatepass"))


def is_valid_uri(text: str, *, allow_project: bool = False) -> bool:
    """Would `parse_reference` accept it?"""
    try:
        parse_reference(text, allow_project=allow_project)
    except ValidationError:
        return False
    return True


def get_extension(uri: str) -> str:
    """The extension of the document a reference names, in lower case without its dot, or ''."""
    return paths.get_extension(_lenient_path(uri))


def get_filename(uri: str) -> str:
    """The file name of the document a reference names, or ''."""
    return paths.get_filename(_lenient_path(uri))


def get_directory(uri: str) -> str:
    """The folder of the document a reference names, '' at the project's root."""
    return paths.get_directory(_lenient_path(uri))


def _lenient_path(uri: str) -> str:
    """The path of a reference that may be bad elsewhere, made safe; '' if there is none."""
    if not uri.startswith(PREFIX):
        return ""
    org, _, rest = uri[len(PREFIX) :].partition("/")
    project, _, tail = rest.partition("/")
    if not org or not project:
        return ""
    raw = re.split("[?#]", tail, maxsplit=1)[0]
    try:
        return _decode_path(raw)
    except ValidationError:
        return paths.sanitize_path(raw)
