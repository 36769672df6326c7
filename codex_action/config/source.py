"""Read one configuration file, YAML or JSON."""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from typing import Any

from codex_action import files
from codex_action.artifacts.yaml12 import YamlData
from codex_action.config import places
from codex_action.config.moves import Path
from codex_action.config.yaml12 import MAX_BYTES, read
from codex_action.errors import ConfigurationError, Problem

_PAIR = re.compile(r"\\u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})|\\.")


@dataclass(frozen=True)
class Source:
    """A configuration file that was read: `section` is where our part of it is."""

    file: str
    document: YamlData
    section: Path = ()

    @property
    def data(self) -> Any:
        """Our part of the file."""
        value = self.document.data
        for part in self.section:
            value = value[part]
        return value


def read_source(path: str, shown: str, *, any_shape: bool = False) -> Source:
    """Read a configuration file, YAML or JSON. Raises ConfigurationError.

    `any_shape` takes a unified file whose section `codex` is missing or no mapping.
    """
    data = read_limited(path, shown)
    document = _json(data, shown) if path.endswith(".json") else read(data, shown)
    if document.data is None:
        document = YamlData({}, {})
    if not isinstance(document.data, dict):
        raise ConfigurationError(f"{shown}: a configuration is a mapping of keys to values", file=shown)
    section: Path = ("codex",) if shown.replace(os.sep, "/").endswith(places.UNIFIED) else ()
    if section and not isinstance(document.data.get("codex"), dict):
        if any_shape:
            return Source(shown, document)
        raise ConfigurationError(f"{shown}: its section 'codex' is no mapping", file=shown)
    return Source(shown, document, section)


def read_limited(path: str, shown: str) -> bytes:
    """A file's bytes, if they are ours to read and not too many. Raises ConfigurationError."""
    try:
        if places.leaves_repository(path):
            raise ConfigurationError(f"{shown}: is a link out of the repository", file=shown)
        if os.path.getsize(path) > MAX_BYTES:
            raise ConfigurationError(f"{shown}: the file is larger than {MAX_BYTES // 1024} KiB", file=shown)
        return files.read_bytes(path)
    except OSError as error:
        raise ConfigurationError(f"{shown}: {error.strerror or 'cannot be read'}", file=shown) from error


def _json(data: bytes, shown: str) -> YamlData:
    try:
        text = data.decode("utf-8-sig")
        json.loads(text)
    except json.JSONDecodeError as error:
        message = f"{shown}:{error.lineno}:{error.colno}: not JSON: {error.msg[:1].lower()}{error.msg[1:]}"
        place = Problem(error.msg, "", error.lineno, error.colno)
        raise ConfigurationError(message, problems=(place,), file=shown) from error
    except (ValueError, RecursionError) as error:
        reason = "the file is not UTF-8" if isinstance(error, UnicodeDecodeError) else "a number is too long"
        reason = "the file is nested too deep" if isinstance(error, RecursionError) else reason
        raise ConfigurationError(f"{shown}: {reason}", file=shown) from error
    # All JSON is YAML, but for tabs between values and for pairs of surrogates.
    return read(_PAIR.sub(_character, text.replace("\t", " ")).encode(), shown)


def _character(found: re.Match[str]) -> str:
    if not found[1]:
        return found[0]
    code = 0x10000 + (int(found[1], 16) - 0xD800) * 0x400 + int(found[2], 16) - 0xDC00
    return f"\\U{code:08x}"
