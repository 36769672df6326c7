"""Find references in the bytes of a file: one literal is searched for, its neighbours decide.

A file without `codex` costs one memory search and is never decoded; the obvious regular expression
over everything is thirty times slower.
"""

from __future__ import annotations

import re
from typing import Iterator, NamedTuple

from codex_action.refs import tokens

# Kinds of finds. Legacy forms have the names of legacy.FORMATS.
URI, PATH, REF, TAG, BRACKET, MUSTACHE = "uri", "path", "ref", "tag", "bracket", "mustache"
LEGACY = frozenset((PATH, REF, TAG, BRACKET, MUSTACHE))
PLACEHOLDER, FOREIGN = "placeholder", "foreign"
# A comment that silences findings: FIXED_DIRECTIVE stands among other text and cannot be taken out.
DIRECTIVE, FIXED_DIRECTIVE = "directive", "fixed-directive"
LINK = "link"

BOM = b"\xef\xbb\xbf"
_NO_BOUNDARY = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-")
_NO_LEGACY_BOUNDARY = _NO_BOUNDARY | frozenset(b"._/@%&\\#")
_NPM_IMPORT = re.compile(rb"(?:\b(?:from|import|require|url|module|resolve)\b\s*\(?\s*|\b(?:npm|jsr|workspace|link):)['\"`]?$")
_WORD_ENDS = re.compile(rb"[\s\"'`<>()\[\]{}|,]")
_BRACKETED = re.compile(rb"\[codex:[ \t]*([^\s\]\[]+)[ \t]*\](?![(:\[])")
_MUSTACHE = re.compile(rb"\{\{codex:[ \t]*([^\s}]+)[ \t]*\}\}")
_TAG = re.compile(rb"@codex:([ \t]*)")
_FILE_LIKE = re.compile(r"[^/]/[^/]|[^/.]\.[A-Za-z0-9]{1,8}$")
_REF_START = re.compile(rb"[A-Za-z0-9._/{$<]")
_DIRECTIVE = re.compile(
    rb"codex-ignore(?:-next-line|-start|-end)?(?![\w-])(?:[ \t]*[: \t][ \t]*CODEX\d{3}(?:[ \t]*[, \t][ \t]*CODEX\d{3})*(?!\w))?"
)
_OPENER = re.compile(rb"(?:(?P<html><!--)|(?P<braces>\{/\*)|(?P<block>/\*+)|(?P<link>\[//\]: # [(\"'])|(?P<line>#+|//+|--|;+|%+|\{#|\(\*|\bREM|'))[ \t]*$")
_STAR = re.compile(rb"^[ \t]*\*[ \t]+$")
_CLOSERS = {"html": b"-->", "braces": b"*/}", "block": b"*/", "link": b""}
_MARKDOWN_OPENERS = frozenset(("html", "braces", "link"))
_LINKS = re.compile(rb"\]\([ \t]*<?(?P<inline>\.\.?/[^)\s>\"']*)|^[ \t]{0,3}\[[^\]\n]+\]:[ \t]*<?(?P<definition>\.\.?/[^\s>]*)", re.MULTILINE)


class Found(NamedTuple):
    """A find: its kind, byte span, place (from 1, columns in characters) and text."""

    kind: str
    start: int
    end: int
    line: int
    column: int
    end_column: int
    raw: str


class Hit(NamedTuple):
    """A find that has no line and column yet."""

    kind: str
    start: int
    end: int
    raw: str


def find_references(
    data: bytes, *, ref_prefix: bool = True, npm: bool = False, markdown: bool = False, links: bool = False
) -> list[Found]:
    """All finds in UTF-8-like bytes, in order.

    `ref_prefix`: `$ref:` counts (text, YAML, Markdown). `npm`: the file names npm packages, so `@codex/x/y`
    is one. `markdown`: only HTML comments and the like can silence. `links`: also relative links.
    """
    hits = list(_literal_hits(data, npm=npm, markdown=markdown))
    if ref_prefix and b"$ref:" in data:
        hits += _ref_hits(data)
    if links:
        hits += [Hit(LINK, *match.span(match.lastgroup), _text(match[match.lastgroup])) for match in _LINKS.finditer(data) if match.lastgroup]
    return place(data, _without_overlaps(hits))


def _literal_hits(data: bytes, *, npm: bool, markdown: bool) -> Iterator[Hit]:
    position = data.find(b"codex")
    while position != -1:
        after = data[position + 5 : position + 8]
        hit: Hit | None = None
        if after == b"://":
            hit = _uri_hit(data, position)
        elif after[:1] == b"/" and not npm:
            hit = _path_hit(data, position - 1)
        elif after[:1] == b":":
            hit = _wrapped_hit(data, position)
        elif after[:1] == b"-":
            hit = _directive_hit(data, position, markdown=markdown)
        if hit:
            yield hit
        position = data.find(b"codex", max(hit.end, position + 5) if hit else position + 5)


def _uri_hit(data: bytes, start: int) -> Hit | None:
    if start and data[start - 1] in _NO_BOUNDARY:
        return None
    return _token_hit(data, start, URI)


def _token_hit(data: bytes, start: int, kind: str) -> Hit:
    match = tokens.RUN.match(data, start)
    token = tokens.trim(_text(match[0] if match else b""), _text(data[max(0, start - 1) : start]))
    if kind == URI and tokens.is_foreign(token):
        kind = FOREIGN
    elif tokens.is_template(token):
        kind = PLACEHOLDER
    return Hit(kind, start, start + len(_bytes(token)), token)


def _path_hit(data: bytes, start: int) -> Hit | None:
    """`@codex/PROJECT/PATH`, but no e-mail address, URL, file path or npm package."""
    if start < 0 or data[start] != 0x40 or not _legacy_boundary(data, start):
        return None
    if _NPM_IMPORT.search(data, max(0, start - 40), start):
        return None
    hit = _token_hit(data, start, PATH)
    _, _, rest = hit.raw.partition("/")
    project, _, path = rest.partition("/")
    return hit if project and path else None


def _legacy_boundary(data: bytes, start: int) -> bool:
    """May a legacy reference start here: not inside a word, a path or a URL?"""
    if not start:
        return True
    if data[start - 1] in _NO_LEGACY_BOUNDARY:
        return False
    window = data[max(0, start - 2048) : start]
    return b"://" not in window or b"://" not in _WORD_ENDS.split(window)[-1]


def _wrapped_hit(data: bytes, position: int) -> Hit | None:
    """`@codex:REF`, `[codex:REF]` or `{{codex:REF}}`; a URI inside is found by itself."""
    if data[position - 2 : position] == b"{{":
        return _enclosed_hit(_MUSTACHE.match(data, position - 2), MUSTACHE)
    if data[position - 1 : position] == b"[":
        return _enclosed_hit(_BRACKETED.match(data, position - 1), BRACKET)
    tag = _TAG.match(data, position - 1) if position else None
    if not tag or not _legacy_boundary(data, position - 1):
        return None
    run = tokens.RUN.match(data, tag.end())
    token = tokens.trim(_text(run[0] if run else b""), "")
    if not token or token.startswith("codex://") or (tag[1] and not _FILE_LIKE.search(token)):
        return None  # "@codex: please look" is talk
    end = tag.end() + len(_bytes(token))
    kind = PLACEHOLDER if tokens.is_template(token) else TAG
    return Hit(kind, position - 1, end, _text(data[position - 1 : end]))


def _enclosed_hit(match: re.Match[bytes] | None, kind: str) -> Hit | None:
    if not match or match[1].startswith(b"codex://"):
        return None
    kind = PLACEHOLDER if tokens.is_template(_text(match[1])) else kind
    return Hit(kind, *match.span(), _text(match[0]))


def _ref_hits(data: bytes) -> Iterator[Hit]:
    """`$ref:REF` with nothing between: `$ref: x` is YAML's own."""
    position = data.find(b"$ref:")
    while position != -1:
        follows = _REF_START.match(data, position + 5)
        if follows and not data.startswith(b"codex://", position + 5) and _legacy_boundary(data, position):
            match = tokens.RUN.match(data, position + 5)
            token = tokens.trim(_text(match[0] if match else b""), "")
            end = position + 5 + len(_bytes(token))
            if token:
                yield Hit(PLACEHOLDER if tokens.is_template(token) else REF, position, end, _text(data[position:end]))
        position = data.find(b"$ref:", position + 5)


def _directive_hit(data: bytes, position: int, *, markdown: bool) -> Hit | None:
    """`codex-ignore...` right after a comment's opening; the span is the whole comment if nothing else is in it."""
    match = _DIRECTIVE.match(data, position)
    if not match:
        return None
    window = max(0, position - 64)  # an opener stands close by; a line may be very long
    line_start = data.rfind(b"\n", window, position) + 1 or window
    opener = _OPENER.search(data, line_start, position)
    if opener is None:
        starred = not markdown and _STAR.match(data[line_start:position])
        return Hit(FIXED_DIRECTIVE, match.start(), match.end(), _text(match[0])) if starred else None
    style = opener.lastgroup or "line"
    if markdown and (style not in _MARKDOWN_OPENERS or data[opener.start() - 1 : opener.start()] == b"`"):
        return None
    end = _comment_end(data, match.end(), style)
    if end is None:
        return Hit(FIXED_DIRECTIVE, match.start(), match.end(), _text(match[0]))
    return Hit(DIRECTIVE, opener.start(), end, _text(match[0]))


def _comment_end(data: bytes, position: int, style: str) -> int | None:
    """Where the comment ends, if only white space stands between the directive and there."""
    line_end = data.find(b"\n", position)
    rest = data[position : line_end if line_end != -1 else len(data)]
    stripped = rest.lstrip(b" \t")
    at = position + len(rest) - len(stripped)
    if style == "line":
        return position if not stripped.strip() else None
    if style == "link":
        return at + 1 if stripped[:1] in (b")", b'"', b"'") else None
    closer = _CLOSERS[style]
    return at + len(closer) if stripped.startswith(closer) else None


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
    line, line_start, counted = 1, len(BOM) if data.startswith(BOM) else 0, 0
    at, column = line_start, 1
    for hit in hits:
        newlines = data.count(b"\n", counted, hit.start)
        if newlines:
            line += newlines
            line_start = data.rfind(b"\n", counted, hit.start) + 1
            at, column = line_start, 1
        counted = hit.start
        column += len(_text(data[at : hit.start]))
        at = hit.start
        found.append(Found(hit.kind, hit.start, hit.end, line, column, column + len(_text(data[hit.start : hit.end])), hit.raw))
    return found


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
