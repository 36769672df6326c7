"""Finds and what is known of their targets -> findings. Decides; looks nothing up."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Callable, NamedTuple, Union

from codex_action.checks.listing import Listing
from codex_action.checks.model import Edit, Finding
from codex_action.checks.options import EXAMPLE_ORGS
from codex_action.errors import InvalidReference, ValidationError
from codex_action.refs import legacy, scan
from codex_action.refs.convert import stands_alone
from codex_action.refs.resolve import Project
from codex_action.refs.tokens import escaped
from codex_action.refs.uri import ParsedReference, build_uri, parse_reference

_UNSAFE = frozenset(
    (
        "PATH_TRAVERSAL", "PATH_CONTROL_CHARACTER", "PATH_ENCODED_SEPARATOR", "PATH_BACKSLASH", "PATH_ABSOLUTE",
        "PATH_HOME", "PATH_PROTOCOL", "INVALID_ENCODING",
    )
)  # fmt: skip
_NAMES = frozenset(("INVALID_ORG_NAME", "INVALID_PROJECT_NAME", "INVALID_VERSION"))
_MISSING_HINTS = {
    "MISSING_DEFAULT_ORG": "set CODEX_ORG, or give --project ORG/PROJECT",
    "RUNS_INTO_TEXT": "put a space between them",
    "MISSING_DEFAULT_PROJECT": "give --project ORG/PROJECT",
}
# What is in few names, and what text may run on with.
_SIGN = re.compile(r"[^\w\s./~-]")
_ESCAPES = ("\\\\", "\\u", "\\x")


class Missing(NamedTuple):
    """A project or a version that surely does not exist; `code` is the rule that says so."""

    code: str
    reason: str


class Unknown(NamedTuple):
    """Nobody could say: no network, no quota, no access."""

    reason: str


Knowledge = Union[Listing, Missing, Unknown]


class Key(NamedTuple):
    """One listing answers for all documents of a project at a version; names in lower case."""

    org: str
    project: str
    version: str | None


@dataclass(frozen=True)
class Context:
    """What findings depend on besides the text: who we are, and what is known of which project.

    A key that `known` does not hold was not looked up.
    """

    project: Project | None = None
    org: str | None = None
    known: Mapping[Key, Knowledge] = field(default_factory=dict)
    example_orgs: frozenset[str] = EXAMPLE_ORGS

    def is_example(self, org: str) -> bool:
        """Is it an organisation that documents make up? Ours never is."""
        return org.lower() in self.example_orgs and (
            self.project is None or org.lower() != self.project.org.lower()
        )


class Verdict(NamedTuple):
    """What one find comes to: its findings, and whether its target was looked up (None: there is nothing to)."""

    findings: tuple[Finding, ...]
    verified: bool | None = None


def key_of(reference: ParsedReference) -> Key:
    """The listing that knows about a reference's target."""
    return Key(reference.org.lower(), reference.project.lower(), reference.version)


def target_of(found: scan.Found, context: Context) -> ParsedReference | None:
    """The reference that a find stands for, or None if it is none or no valid one."""
    try:
        if found.kind == scan.URI:
            return parse_reference(found.raw, allow_project=True)
        if found.kind in scan.LEGACY:
            return _converted(found, context).target
    except ValidationError:
        return None
    return None


class _Converted(NamedTuple):
    """What a legacy reference becomes, and what that names."""

    uri: str
    target: ParsedReference


def _converted(found: scan.Found, context: Context) -> _Converted:
    project = context.project
    own = context.known.get(Key(project.org.lower(), project.name.lower(), None)) if project else None
    if isinstance(own, Listing):
        return _convert(found.raw, context.org, project and project.name, own.holds)
    return _convert_blindly(found.raw, context.org, project and project.name)


def _convert(
    raw: str, org: str | None, project: str | None, is_own: Callable[[str], bool] | None = None
) -> _Converted:
    uri = legacy.convert_legacy_reference(raw, org, project, is_own=is_own)
    return _Converted(uri, parse_reference(uri, allow_project=True))


# Each is asked for twice: to know what to look up, then to check it.
_convert_blindly = lru_cache(maxsize=8192)(_convert)


def check(file: str, found: scan.Found, context: Context) -> Verdict:
    """The findings of one find."""
    try:
        if found.kind == scan.URI:
            return _check_target(file, found, parse_reference(found.raw, allow_project=True), context, [])
        converted, target = _converted(found, context)
        if not stands_alone(found.around[0], found.raw, converted, found.around[1]):
            raise InvalidReference("the text after it would become part of the URI", code="RUNS_INTO_TEXT")
    except ValidationError as error:
        return Verdict((_syntax_finding(file, found, error),))
    outdated = finding(
        "CODEX010", file, found, f"legacy reference, now {converted}", _rewrite(found, converted)
    )
    return _check_target(file, found, target, context, [outdated])


class Remedy(NamedTuple):
    """What would mend a finding: the text to write, and the edit that writes it; `unsafe` if it is only likely."""

    suggestion: str | None = None
    edit: Edit | None = None
    unsafe: bool = False


def finding(code: str, file: str, found: scan.Found, message: str, remedy: Remedy | None = None) -> Finding:
    """A finding at the place of a find."""
    return Finding(
        code, file, found.line, found.column, found.line, found.end_column, found.start, found.end,
        found.raw, message, *(remedy or Remedy()),
    )  # fmt: skip


def _rewrite(found: scan.Found, text: str) -> Remedy:
    plain = found.end - found.start == len(found.raw.encode("utf-8", "surrogateescape"))
    return Remedy(text, Edit(found.start, found.end, text if plain else escaped(text)))


def _syntax_finding(file: str, found: scan.Found, error: ValidationError) -> Finding:
    if found.kind in scan.LEGACY:
        hint = _MISSING_HINTS.get(error.code)
        message = f"legacy reference that cannot be converted: {error.message}" + (
            f"; {hint}" if hint else ""
        )
        return finding("CODEX011", file, found, message)
    code = "CODEX002" if error.code in _UNSAFE else "CODEX003" if error.code in _NAMES else "CODEX001"
    return finding(code, file, found, error.message)


def _check_target(
    file: str, found: scan.Found, target: ParsedReference, context: Context, before: list[Finding]
) -> Verdict:
    if context.is_example(target.org):
        return Verdict(tuple(before))
    known = context.known.get(key_of(target))
    if known is None:
        return Verdict(tuple(before), verified=not target.path and _is_own(target, context))
    if isinstance(known, Unknown):
        return Verdict(
            (*before, finding("CODEX024", file, found, f"not verified: {known.reason}")), verified=False
        )
    if isinstance(known, Missing):
        return Verdict((*before, finding(known.code, file, found, known.reason)), verified=True)
    if not known.complete and not known.has(target.path) and not known.other_case(target.path):
        return Verdict(tuple(before), verified=False)
    return Verdict((*before, *_check_path(file, found, target, known)), verified=True)


def _is_own(target: ParsedReference, context: Context) -> bool:
    return context.project is not None and context.project.owns(target) and target.version is None


def _check_path(file: str, found: scan.Found, target: ParsedReference, listing: Listing) -> Iterator[Finding]:
    path = target.path
    if not path or listing.has(path):
        return
    other = listing.other_case(path)
    if other:
        message = f"the document is {other!r}: letter case differs"
        yield finding("CODEX030", file, found, message, _mended(found, target, other))
    elif path in listing.untracked:
        yield finding("CODEX020", file, found, f"{path!r} is here, but not in git; run: git add {path}")
    else:
        yield _missing(file, found, target, listing)


def _missing(file: str, found: scan.Found, target: ParsedReference, listing: Listing) -> Finding:
    message = f"{target.org}/{target.project} has no {target.path!r}"
    nearest = listing.nearest(target.path)
    if nearest is None:
        return finding("CODEX020", file, found, message)
    remedy = _mended(found, target, nearest.path)._replace(unsafe=True)
    message += f"; did you mean {nearest.path!r}?"
    clear = nearest.clear and not _more_than_a_name(target.path, nearest.path, found.around[1])
    return finding("CODEX020", file, found, message, remedy if clear else remedy._replace(edit=None))


def _mended(found: scan.Found, target: ParsedReference, path: str) -> Remedy:
    """The reference with another path, as an edit if it would stand alone; none can name `back\\slash.md`."""
    _, mark, fragment = target.original.partition("#")  # as it is: it may be text that runs on, `#a;b`
    try:
        text = build_uri(target.org, target.project, path, version=target.version) + mark + fragment
    except ValidationError:
        return Remedy()
    remedy = _rewrite(found, text)
    before, follows = found.around
    return remedy if stands_alone(before, found.raw, text, follows) else remedy._replace(edit=None)


def _more_than_a_name(wanted: str, path: str, follows: str) -> bool:
    """Is it no mistyped name, but text that runs on (`a.md;next`, `a.md-like`), or one that an escape cut short?"""
    end = posixpath.splitext(path)[1] or path
    rest = wanted.lower().partition(end.lower())[2]
    runs_on = bool(rest) and not rest[0].isalnum()
    return runs_on or not set(_SIGN.findall(wanted)) <= set(path) or follows[:2] in _ESCAPES


def needed_keys(found: Iterable[scan.Found], context: Context) -> Iterator[Key]:
    """The listings that would tell about these finds, each once."""
    seen: set[tuple[str, ...]] = set()
    for find in found:
        if find.kind == scan.URI:
            head = tuple(
                find.raw.split("/", 4)[2:4]
            )  # all references into a project share their first two parts
            if head in seen:
                continue
        target = target_of(find, context)
        if target is None:
            continue
        if find.kind == scan.URI:
            seen.add(head)
        if not context.is_example(target.org):
            yield key_of(target)
