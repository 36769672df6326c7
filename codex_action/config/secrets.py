"""Secrets that stand in a configuration in clear text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from codex_action.config.moves import Path

_NAMES = re.compile(
    r"(?:token|secret|passw(?:or)?d|passphrase|apikey|accesskey|accesskeyid|secretaccesskey|privatekey|webhookurl|"
    r"authorization|credentials?)$"
)
_SHORTEST = 4
_LOGIN = re.compile(r"[a-z][a-z0-9+.-]*://[^/@\s]*:[^/@\s]+@", re.IGNORECASE)


def find_secrets(value: Any, path: Path = ()) -> Iterator[tuple[Path, str]]:
    """The places of what looks like a secret and is no `${VARIABLE}`, and what to say; never the value."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from find_secrets(item, (*path, key))
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from find_secrets(item, (*path, number))
    elif isinstance(value, str) and "${" not in value and _is_secret(path, value):
        yield path, "looks like a secret in clear text: write it as ${VARIABLE}, and renew it"


def without_secrets(text: str, data: Any) -> str:
    """A file's text for a screen: the secrets that its data has in clear text are stars."""
    for value in sorted({_at(data, path) for path, _ in find_secrets(data)}, key=len, reverse=True):
        if len(value) >= _SHORTEST:  # less is a placeholder, and would be found everywhere
            text = text.replace(value, "***")
    return text


def _at(data: Any, path: Path) -> str:
    for part in path:
        data = data[part]
    return str(data)


def _is_secret(path: Path, value: str) -> bool:
    name = next((part for part in reversed(path) if isinstance(part, str)), "")
    named = _NAMES.search(re.sub(r"[^a-z]", "", name.lower())) is not None
    return value != "" and (named or _LOGIN.match(value) is not None)
