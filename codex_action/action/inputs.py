"""The Action's inputs (action.yml), read once from the environment. Every one has a twin on the command line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from codex_action.errors import UsageError


class Choice(NamedTuple):
    """An input that takes one of some words."""

    words: tuple[str, ...]
    default: str


_CHOICES = {
    "command": Choice(("auto", "validate", "migrate"), "auto"),
    "changed-only": Choice(("auto", "true", "false"), "auto"),
    "resolve": Choice(("offline", "local", "remote"), "local"),
    "fix": Choice(("true", "false"), "false"),
    "fail-on": Choice(("error", "warning", "never"), "error"),
    "unverified": Choice(("warn", "fail"), "warn"),
    "annotations": Choice(("true", "false"), "true"),
    "summary": Choice(("true", "false"), "true"),
}


@dataclass(frozen=True)
class Inputs:
    """One field for each input of action.yml; the names differ in '-' and '_' only."""

    command: str = "auto"
    config: str = ""
    working_directory: str = "."
    paths: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    changed_only: str = "auto"
    token: str = field(default="", repr=False)
    resolve: str = "local"
    fix: bool = False
    fail_on: str = "error"
    unverified: str = "warn"
    annotations: bool = True
    summary: bool = True
    json_file: str = ""

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Inputs:
        """Read INPUT_* variables; an empty one counts as not set. Raises UsageError that names every wrong one."""
        chosen = {name: _value(environ, name) or choice.default for name, choice in _CHOICES.items()}
        wrong = [
            f"{name}: {chosen[name]!r} is not {_words(choice.words)}"
            for name, choice in _CHOICES.items()
            if chosen[name] not in choice.words
        ]
        if wrong:
            raise UsageError("wrong inputs: " + "; ".join(wrong))
        return cls(
            command=chosen["command"],
            config=_value(environ, "config"),
            working_directory=_value(environ, "working-directory") or ".",
            paths=_lines(environ, "paths"),
            exclude=_lines(environ, "exclude"),
            changed_only=chosen["changed-only"],
            token=_value(environ, "token"),
            resolve=chosen["resolve"],
            fix=chosen["fix"] == "true",
            fail_on=chosen["fail-on"],
            unverified=chosen["unverified"],
            annotations=chosen["annotations"] == "true",
            summary=chosen["summary"] == "true",
            json_file=_value(environ, "json-file"),
        )


def _value(environ: Mapping[str, str], name: str) -> str:
    """An input as the runner passes it: upper case, with its hyphens."""
    return environ.get("INPUT_" + name.upper(), "").strip()


def _lines(environ: Mapping[str, str], name: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in _value(environ, name).splitlines() if line.strip())


def _words(words: tuple[str, ...]) -> str:
    return ", ".join(words[:-1]) + " or " + words[-1]
