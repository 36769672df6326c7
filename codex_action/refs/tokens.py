"""Where a reference ends in running text, and which texts only look like one."""

from __future__ import annotations

import re

from codex_action.refs.uri import ENDS_TEXT, PREFIX

# `\u00e9` in JSON and in strings of code: a character that may stand in a name, or `&`, which some always escape.
_ESCAPE = (
    r"\\u(?:0026|(?!00[0-9]|[Dd][89A-Fa-f])[0-9A-Fa-f]{4}"
    r"|[Dd][89ABab][0-9A-Fa-f]{2}\\u[Dd][C-Fc-f][0-9A-Fa-f]{2})"
)
_CHARACTER = re.compile(f"{_ESCAPE}|.", re.DOTALL)
# White space, quotes, '<', '>', '|' and ',' end a reference; so does a backslash that starts an escape (`\n` in JSON).
# `<name>` stays in when it can only be a template: at the start of a segment, or before the next one.
_RUN = re.compile(
    rb"(?:[^\x00-\x20\x7f\"'`<>|,\\]+"
    rb"|\\(?![nrtbfuvx0\"'`\\/])[^\x00-\x20\x7f\"'`<>|,]"
    rb"|%b"
    rb"|(?<=[/@])<[A-Za-z][\w. -]*>"
    rb"|<[A-Za-z][\w-]*>(?=[/.@]))*" % _ESCAPE.encode()
)
# A run is looked at so far: the longest path, four bytes a character, and the names before it. Without an end, text
# that is one long word would be read to its end from each mark in it.
MOST = 4400
# What nearly every reference in a text looks like, with an end that nothing has to be cut from. Speed only.
PLAIN = re.compile(
    rb"codex://(?!threads\b|settings\b|new\b)[A-Za-z0-9-]+/[A-Za-z0-9_-][A-Za-z0-9._-]*"
    rb"/(?:[A-Za-z0-9_-][A-Za-z0-9._-]*/)*[A-Za-z0-9._-]*[A-Za-z0-9]"
    rb"(?=[\s\"'`>|)]|<(?![A-Za-z][\w-]*>[/.@])|\Z)"
)
_ENTITY = re.compile(r"&(?:quot|apos|lt|gt|nbsp|#0*(?:34|39|60|62|160)|#[xX]0*(?:22|27|3[cCeE]|[aA]0));")
_TRAILING = ".,;:!?\"'([{"
_CLOSERS = {")": "(", "]": "[", "}": "{"}
_CLOSER = re.compile(r"[)\]}]")
_EMPHASIS = "*_~"
_MARKS = tuple(_EMPHASIS)
_STARS = ("*", "~")
_RUN_BEFORE = re.compile(r"(?:\*{1,3}|~~)$")
# A footnote's mark or a raised text in Markdown: `a.md[^1]`, `a.md^2^`. In a regular expression more follows.
_NOTE = re.compile(r"(?<=\w)(?:\[\^[\w-]+\]|\^[\w-]+\^)(?![\w+*?{/])")
# `**see codex://o/p/a.md**`: these close a phrase, unless they are a segment of their own: `docs/*` is a pattern.
_PHRASE_END = re.compile(r"(?P<extension>\.[A-Za-z0-9]{1,8})_$|(?P<other>[^/*_~])(?:\*{1,3}|~~|_{2,3})$")
# {x}, ${x}, $X, <x>, *, %s, a regular expression, or "..." where a segment should be
_TEMPLATE = re.compile(
    r"[{}<>*^]|\$[A-Za-z_{(]|%[sv](?![0-9A-Fa-f])|/(?:\.\.\.|\u2026)(?:/|$)|://[\[(.\u2026]"
)
_FOREIGN = re.compile(r"codex://(?:threads(?:/|$)|settings(?:[/?]|$)|new(?:\?|$))")


def run(data: bytes, start: int) -> bytes:
    """What may be a reference, from a place in a text on."""
    match = _RUN.match(data, start, start + MOST)
    return match[0] if match else b""


def read(data: bytes, start: int, before: bytes) -> tuple[str, int]:
    """The token at a place in a text, trimmed and without escapes, and where it ends there."""
    written = run(data, start).decode("utf-8", "surrogateescape")
    sign = before.decode("utf-8", "surrogateescape")
    if "\\u" not in written:
        token = trim(written, sign)
        return token, start + len(token.encode("utf-8", "surrogateescape"))
    characters = _CHARACTER.findall(written)
    token = trim("".join(map(unescaped, characters)), sign)
    return token, start + len("".join(characters[: len(token)]).encode("utf-8", "surrogateescape"))


def unescaped(text: str) -> str:
    """A text with what its escapes stand for."""
    if "\\u" not in text:
        return text
    import json  # few texts have any

    return re.sub(_ESCAPE, lambda match: str(json.loads(f'"{match[0]}"')), text)


def escaped(text: str) -> str:
    """The same text with escapes for all that is not ASCII."""
    import json

    return json.dumps(text)[1:-1]


def trim(token: str, before: str) -> str:
    """Cut what running text hangs on a reference: punctuation, closers without opener, emphasis.

    `before` are the characters in front of it: `*x*` loses its star only if one stands there too.
    """
    token = _until_note(_first_only(token), before)
    before = before[-1:]
    while True:
        shorter = _until_unopened(token)
        if not shorter.endswith("/..."):
            shorter = shorter.rstrip(_TRAILING)
        if before and before in _EMPHASIS and shorter.endswith(before):
            shorter = shorter.rstrip(before)
        if shorter.endswith(_MARKS):
            shorter = _PHRASE_END.sub(r"\g<extension>\g<other>", shorter)
        if shorter == token:
            return token
        token = shorter


def _first_only(token: str) -> str:
    """Without what follows HTML's name of a quote or the like, such a character itself, or a second reference."""
    if "&" in token:
        token = _ENTITY.split(token, maxsplit=1)[0]
    if not token.isascii() and "/\u2026/" not in f"{token}/":
        token = ENDS_TEXT.split(token, maxsplit=1)[0]
    second = token.find(PREFIX, 1)
    return token if second == -1 else token[:second]


def _until_note(token: str, before: str) -> str:
    """Up to a footnote's mark, or to where the emphasis ends that began in front: `**a.md**-like`."""
    if "^" in token:
        token = _NOTE.split(token, maxsplit=1)[0]
    run_before = _RUN_BEFORE.search(before) if before[-1:] in _STARS else None
    if run_before and run_before[0] in token:
        sign, several = re.escape(before[-1]), len(run_before[0]) > 1
        end = rf"(?<=[^/{sign}]){re.escape(run_before[0])}(?!{sign})" + ("" if several else r"(?![\w./])")
        token = re.split(end, token, maxsplit=1)[0]
    return token


def _until_unopened(token: str) -> str:
    """Up to the first closing bracket that nothing in the token opened."""
    if not _CLOSER.search(token):
        return token
    open_: list[str] = []
    for index, character in enumerate(token):
        if character in "([{":
            open_.append(character)
        elif character in _CLOSERS and (not open_ or open_.pop() != _CLOSERS[character]):
            return token[:index]
    return token


def is_template(token: str) -> bool:
    """Is it a pattern or a placeholder that stands for references, not one itself?"""
    return _TEMPLATE.search(token) is not None or token == PREFIX


def is_foreign(token: str) -> bool:
    """Is it another program's deep link (codex://threads/..., codex://settings, codex://new?...)?"""
    return _FOREIGN.match(token) is not None
