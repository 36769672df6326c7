"""Find references in the bytes of a file: one literal is searched for, its neighbours decide.

A file without one costs one memory search and is never decoded; the obvious regular expression
over everything is thirty times slower.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from codex_action.refs import literal, tokens
from codex_action.refs.uri import ENDS_TEXT

# Kinds of finds. Legacy forms have the names of legacy.FORMATS.
URI, PATH, REF, TAG, BRACKET, MUSTACHE = "uri", "path", "ref", "tag", "bracket", "mustache"
LEGACY = frozenset((PATH, REF, TAG, BRACKET, MUSTACHE))
PLACEHOLDER, FOREIGN = "placeholder", "foreign"
# A comment that silences findings: FIXED_DIRECTIVE stands among other text and cannot be taken out.
DIRECTIVE, FIXED_DIRECTIVE = "directive", "fixed-directive"
LINK = "link"
# A reference in skipped code; told only to files with directives, which may be there for it.
HIDDEN = "hidden"

BOM = b"\xef\xbb\xbf"
_NO_BOUNDARY = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-")
_NO_LEGACY_BOUNDARY = _NO_BOUNDARY | frozenset(b"._/@%&\\#")
_BEFORE_NPM = frozenset(b"'\"`:(")
_NPM_IMPORT = re.compile(
    rb"(?:\b(?:from|import|require|resolve)\b\s*\(?\s*['\"`]|\burl\(\s*['\"]?|\b(?:npm|jsr|workspace|link):['\"]?)$"
)
_WORD_END = re.compile(rb"[\s\"'`<>()\[\]{}|,]")
# What is inside is taken as a whole, `(?=(...))\1`: no part of it could end earlier.
_ENDS_PLAINLY = b" \t\r\n\v\f\"'`<>|,)"
_BRACKETED = re.compile(rb"\[codex:[ \t]*(?=([^\s\]\[]{1,%d}))\1[ \t]*\](?![(:\[])" % tokens.MOST)
_MUSTACHE = re.compile(rb"\{\{codex:[ \t]*(?=([^\s}]{1,%d}))\1[ \t]*\}\}" % tokens.MOST)
_TAG = re.compile(rb"@codex:([ \t]*)")
_RUNS_ON = re.compile(rb"[^\s\"'`<>|,]{1,400}")
_REGISTRY = re.compile(r"[\w-]+=https?:")
_FILE_LIKE = re.compile(r"[^/]/[^/]|[^/.]\.[A-Za-z0-9]{1,8}$")
_REF_START = re.compile(rb"[A-Za-z0-9._/{$<]")


class Found(NamedTuple):
    """A find: its kind, byte span, place (from 1, columns in characters) and text.

    `around` are three bytes before it, and what runs on after it up to a space or quote; empty for a URI alone.
    """

    kind: str
    start: int
    end: int
    line: int
    column: int
    end_column: int
    raw: str
    around: tuple[str, str] = ("", "")


class Hit(NamedTuple):
    """A find that has no line and column yet. `runs_on`: something follows that may be text, or part of it."""

    kind: str
    start: int
    end: int
    raw: str
    runs_on: bool = False


def find_references(
    data: bytes,
    *,
    ref_prefix: bool = True,
    npm: bool = False,
    scripts: bool = False,
    markdown: bool = False,
    links: bool = False,
) -> list[Found]:
    """All finds in UTF-8-like bytes, in order.

    `ref_prefix`: `$ref:` counts (text, YAML, Markdown). `npm`: the file names npm packages, so `@codex/x/y`
    is one; `scripts`: so is one that opens a string. `markdown`: only HTML comments and the like can silence.
    `links`: also relative links.
    """
    hits = list(_literal_hits(data, npm=npm, scripts=scripts, markdown=markdown))
    if ref_prefix and b"$" in data and b"$ref:" in data:  # one character is found ten times as fast as five
        hits += _ref_hits(data)
    if links:
        from codex_action.refs.links import relative_links

        hits += [Hit(LINK, *span, _text(data[slice(*span)])) for span in relative_links(data)]
    return place(data, _without_overlaps(hits))


def _literal_hits(data: bytes, *, npm: bool, scripts: bool, markdown: bool) -> Iterator[Hit]:
    mark = literal.MARK.search(data)
    body = -1
    while mark:
        position = mark.start() - 4
        after = data[position + 5 : position + 8]
        hit: Hit | None = None
        if after == b"://":
            hit = _uri_hit(data, position)
        elif after[:1] == b"/":
            hit = None if npm else _path_hit(data, position - 1, scripts=scripts)
        elif after[:1] == b":":
            hit = _wrapped_hit(data, position)
        else:
            body = _body(data, markdown=markdown) if body == -1 else body
            hit = _directive_hit(data, position, body)
        if hit:
            yield hit
        mark = literal.MARK.search(data, max(hit.end + 4, mark.end()) if hit else mark.end())


def _uri_hit(data: bytes, start: int) -> Hit | None:
    if start and data[start - 1] in _NO_BOUNDARY:
        return None
    plain = tokens.PLAIN.match(data, start)
    if plain:
        return Hit(URI, start, plain.end(), plain[0].decode("ascii"))
    return _token_hit(data, start, URI)


def _token_hit(data: bytes, start: int, kind: str) -> Hit:
    token, end = tokens.read(data, start, data[max(0, start - 3) : start])
    if kind == URI and tokens.is_foreign(token):
        kind = FOREIGN
    elif tokens.is_template(token):
        kind = PLACEHOLDER
    return Hit(kind, start, end, token, data[end : end + 1] not in _ENDS_PLAINLY)


def _path_hit(data: bytes, start: int, *, scripts: bool) -> Hit | None:
    """`@codex/PROJECT/PATH`, but no e-mail address, URL, file path or npm package."""
    if start < 0 or data[start] != 0x40 or not _legacy_boundary(data, start):
        return None
    if scripts and _opens_package(data, start):
        return None
    if start and data[start - 1] in _BEFORE_NPM and _NPM_IMPORT.search(data, max(0, start - 40), start):
        return None
    hit = _token_hit(data, start, PATH)
    _, _, rest = hit.raw.partition("/")
    project, _, path = rest.partition("/")
    return hit if project and path else None


def _opens_package(data: bytes, start: int) -> bool:
    """In a script, is it a string of code: a package's name? What a comment quotes is a reference."""
    if data[start - 1 : start] not in (b"'", b'"') and data[start - 2 : start] != b"(`":
        return False
    window = max(0, start - 400)
    line = data[data.rfind(b"\n", window, start) + 1 or window : start].lstrip()
    return line.startswith(b"///") or not line.startswith((b"//", b"/*", b"*", b"<!--"))


def _legacy_boundary(data: bytes, start: int) -> bool:
    """May a legacy reference start here: not inside a word, a path or a URL?"""
    if not start:
        return True
    if data[start - 1] in _NO_LEGACY_BOUNDARY:
        return False
    scheme = data.rfind(b"://", max(0, start - 2048), start)
    if scheme == -1 or _WORD_END.search(data, scheme, start):
        return True
    return ENDS_TEXT.search(_text(data[scheme:start])) is not None


def _wrapped_hit(data: bytes, position: int) -> Hit | None:
    """`@codex:REF`, `[codex:REF]` or `{{codex:REF}}`; a URI inside is found by itself."""
    if data[position - 2 : position] == b"{{":
        return _enclosed_hit(data, position - 2, _MUSTACHE, MUSTACHE)
    if data[position - 1 : position] == b"[":
        return _enclosed_hit(data, position - 1, _BRACKETED, BRACKET)
    tag = _TAG.match(data, position - 1) if position else None
    if not tag or not _legacy_boundary(data, position - 1):
        return None
    token, end = tokens.read(data, tag.end(), data[max(0, position - 4) : max(0, position - 1)])
    if token.startswith("codex://") or not (_FILE_LIKE.search(token) or tokens.is_template(token)):
        return None  # "@codex: please look" is talk
    if _REGISTRY.match(token):
        return None  # "@codex:registry=https://npm.pkg.github.com" is npm's
    kind = PLACEHOLDER if tokens.is_template(token) else TAG
    return Hit(kind, position - 1, end, _text(tag[0]) + token)


def _enclosed_hit(data: bytes, start: int, pattern: re.Pattern[bytes], kind: str) -> Hit | None:
    match = pattern.match(data, start)
    if not match or match[1].startswith(b"codex://") or not _legacy_boundary(data, start):
        return None
    if kind == BRACKET and not (_FILE_LIKE.search(_text(match[1])) or tokens.is_template(_text(match[1]))):
        return None  # "[codex:wip]" is a label
    kind = PLACEHOLDER if tokens.is_template(_text(match[1])) else kind
    return Hit(kind, *match.span(), tokens.unescaped(_text(match[0])))


def _ref_hits(data: bytes) -> Iterator[Hit]:
    """`$ref:REF` with nothing between: `$ref: x` is YAML's own."""
    position = data.find(b"$ref:")
    while position != -1:
        follows = _REF_START.match(data, position + 5)
        if follows and not data.startswith(b"codex://", position + 5) and _legacy_boundary(data, position):
            token, end = tokens.read(data, position + 5, data[max(0, position - 3) : position])
            if token:
                yield Hit(PLACEHOLDER if tokens.is_template(token) else REF, position, end, f"$ref:{token}")
        position = data.find(b"$ref:", position + 5)


def _body(data: bytes, *, markdown: bool) -> int:
    """Where Markdown begins, past the front matter; behind the end if there is none."""
    from codex_action.refs.comments import body_start

    return body_start(data) if markdown else len(data) + 1


def _directive_hit(data: bytes, position: int, body: int) -> Hit | None:
    from codex_action.refs.comments import find_directive  # few files have one

    directive = find_directive(data, position, body=body)
    if directive is None:
        return None
    return Hit(DIRECTIVE if directive.removable else FIXED_DIRECTIVE, *directive.span, directive.text)


def _without_overlaps(hits: list[Hit]) -> list[Hit]:
    """In order; what starts inside an earlier find is part of it."""
    kept: list[Hit] = []
    for hit in sorted(hits, key=lambda hit: (hit.start, -hit.end)):
        if not kept or hit.start >= kept[-1].end:
            kept.append(hit)
    return kept


def place(data: bytes, hits: list[Hit]) -> list[Found]:
    """Give each find its line and column, in one pass over the bytes between them."""
    found: list[Found] = []
    line, column = 1, 1
    at, counted = len(BOM) if data.startswith(BOM) else 0, 0
    plain = data.isascii()
    for kind, start, end, raw, runs_on in hits:
        newlines = data.count(b"\n", counted, start)
        if newlines:
            line += newlines
            at, column = data.rfind(b"\n", counted, start) + 1, 1
        column += start - at if plain else len(_text(data[at:start]))
        at = counted = start
        end_column = column + (end - start if plain else len(_text(data[start:end])))
        around = _around(data, start, end) if runs_on or kind in LEGACY else ("", "")
        found.append(Found(kind, start, end, line, column, end_column, raw, around))
    return found


def _around(data: bytes, start: int, end: int) -> tuple[str, str]:
    follows = _RUNS_ON.match(data, end)
    return _text(data[max(0, start - 3) : start]), _text(follows[0]) if follows else ""


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")
