"""The settings in force, and where each one came from. Secrets are never shown, variables stay unexpanded."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

from codex_action.config.load import Config
from codex_action.errors import Problem
from codex_action.report.safe import log_lines, visible

CONFIG_SHOW = "codex-action/config-show@1"
_SECRET = re.compile(r"token|secret|password|key$|webhook", re.IGNORECASE)
_VARIABLE = re.compile(r"\$\{\w+\}")
_LOGIN = re.compile(r"(?<=://)[^/@\s:]*:[^/@\s]+(?=@)")


def document(config: Config) -> dict[str, Any]:
    """The document of `config show --json`."""
    return {
        "schema": CONFIG_SHOW,
        "file": config.file,
        "config": _hidden(config.data),
        "origins": dict(config.origins),
        "problems": [problem._asdict() for problem in config.problems],
        "notices": list(config.notices),
    }


def render(config: Config, *, origins: bool = False) -> str:
    """One setting a line: its key, its value, and its origin if asked for."""
    rows = [(key, _shown(key, value), config.origins.get(key, "")) for key, value in _leaves(config.data, ())]
    wide = max((len(key) for key, _, _ in rows), default=0)
    longest = max((len(value) for _, value, _ in rows if len(value) <= 40), default=0)
    lines = [
        f"{key:<{wide}}  {value:<{longest}}  {origin}" if origins else f"{key:<{wide}}  {value}"
        for key, value, origin in rows
    ]
    lines += [problem_line(problem) for problem in config.problems]
    return log_lines("".join(visible(line.rstrip()) + "\n" for line in [*lines, *config.notices]))


def problem_line(problem: Problem) -> str:
    """A problem with its place, as editors know it."""
    return f"{problem.place}: {problem.severity}: {problem.path}: {problem.message}"


def _leaves(value: Mapping[str, Any], path: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    for key, item in value.items():
        if isinstance(item, dict) and item:
            yield from _leaves(item, (*path, str(key)))
        else:
            yield ".".join((*path, str(key))), item


def _shown(key: str, value: Any) -> str:
    if isinstance(value, str):
        return _masked(key, value)
    return json.dumps(_hidden(value, key), ensure_ascii=False)


def _hidden(value: Any, key: str = "") -> Any:
    if isinstance(value, dict):
        return {name: _hidden(item, str(name)) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_hidden(item, key) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)  # JSON has no such number
    return _masked(key, value) if isinstance(value, str) else value


def _masked(key: str, value: str) -> str:
    """A secret in clear text is not for a screen; a variable's name is."""
    secret = _SECRET.search(key.rpartition(".")[2]) and value and not _VARIABLE.fullmatch(value)
    return "***" if secret else _LOGIN.sub(_stars, value)


def _stars(login: re.Match[str]) -> str:
    """The login of an address, with no more of it than a variable's name."""
    password = login[0].partition(":")[2]
    return login[0] if _VARIABLE.fullmatch(password) else "***"
