"""Make foreign text harmless where it is shown: terminals, logs that a runner reads, Markdown."""

from __future__ import annotations

import re

# Control characters, lone surrogates (bytes that are no UTF-8), the marks that turn the reading direction, and what has
# no width: two names could look the same.
_UNSEEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff\U000e0000-\U000e0fff]"
)
_MARKUP = re.compile(r"[&<>\"'\\`*_{}\[\]()#+!|~@:.$]")
_LINKED = re.compile(r"&#(?:64|35);|GH-(?=[0-9])|[0-9a-f]{6}(?=[0-9a-f])", re.IGNORECASE)
_COMMAND = re.compile(r"^(\s*)::", re.MULTILINE)


def visible(text: str) -> str:
    r"""Foreign text for one line: what cannot be seen is shown as \x1b or \u202e, a byte that is no UTF-8 as \xff."""
    return _UNSEEN.sub(_escape, text).replace("##[", "##\\x5b")


def _escape(match: re.Match[str]) -> str:
    number = ord(match[0])
    if 0xDC80 <= number <= 0xDCFF:
        return f"\\x{number - 0xDC00:02x}"
    return f"\\x{number:02x}" if number < 0x100 else f"\\u{number:04x}"


def log_lines(text: str) -> str:
    """Text of our own lines with nothing that a runner would take for a command, wherever foreign text stood in it."""
    return _COMMAND.sub(r"\1\\x3a:", text.replace("##[", "##\\x5b"))


def markdown(text: str) -> str:
    """Foreign text inside Markdown: no mention, link, image, HTML, table cell or emphasis can come of it."""
    # A space of no width parts what GitHub would link after it has read the entities: @team, #12, GH-12, a commit.
    return _LINKED.sub(r"\g<0>&#8203;", _entities(text))


def code(text: str) -> str:
    """Foreign text as inline code in Markdown or HTML."""
    return f"<code>{_entities(text)}</code>"


def _entities(text: str) -> str:
    return _MARKUP.sub(lambda match: f"&#{ord(match[0])};", visible(text))
