"""Variables in a configuration: `${VAR}` and `${VAR:-default}`, replaced where a value is used, and .env files."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}")
_LINE = r"(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_]*)[ \t]*=[ \t]*(.*)"  # compiled when there is a file of them


def expand_env(value: Any, environ: Mapping[str, str]) -> Any:
    """The value with its variables replaced, deep; one that is not set and has no default stays as it is written."""
    if isinstance(value, str):
        return _VARIABLE.sub(lambda found: _value(found, environ), value)
    if isinstance(value, Mapping):
        return {key: expand_env(item, environ) for key, item in value.items()}
    if isinstance(value, list):
        return [expand_env(item, environ) for item in value]
    return value


def _value(found: re.Match[str], environ: Mapping[str, str]) -> str:
    """What a variable stands for: an empty one is a value, but gives way to a default, as in a shell."""
    name, default = found.groups()
    known = environ.get(name)
    if default is not None:
        return known or default
    return found[0] if known is None else known


def env_names(value: Any) -> tuple[str, ...]:
    """The names of the variables in a value, deep, each once, in the order they come."""
    return tuple(dict.fromkeys(_names(value)))


def _names(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield from (found[1] for found in _VARIABLE.finditer(value))
    elif isinstance(value, (Mapping, list)):
        for item in value.values() if isinstance(value, Mapping) else value:
            yield from _names(item)


def parse_env_file(text: str) -> dict[str, str]:
    """The variables of a .env file: KEY=VALUE lines, `#` comments, one pair of quotes taken off; never run by a shell.

    A line that is none of these is passed over. The last of two with the same name counts.
    """
    lines = (re.fullmatch(_LINE, line.strip()) for line in text.lstrip("\ufeff").splitlines())
    return {found[1]: _unquoted(found[2]) for found in lines if found}


def _unquoted(text: str) -> str:
    """A value without its quotes; without quotes, without a comment at its end."""
    quoted = re.match(r"""(["'])(.*?)\1(?:\s+#.*)?$""", text)
    return quoted[2] if quoted else re.split(r"(?:^|\s+)#", text, maxsplit=1)[0]
