"""The Action's inputs (action.yml), read once from the environment. Every one has a twin on the command line."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from codex_action.errors import UsageError


class Choice(NamedTuple):
    """An input that takes one of some words."""

    words: tuple[str, ...]
    default: str


_CHOICES = {
    "command": Choice(("auto", "validate", "migrate", "fetch", "plan", "apply", "report"), "auto"),
    "changed-only": Choice(("auto", "true", "false"), "auto"),
    "resolve": Choice(("offline", "local", "remote"), "local"),
    "fix": Choice(("true", "false"), "false"),
    "fail-on": Choice(("error", "warning", "never", ""), ""),
    "unverified": Choice(("warn", "fail"), "warn"),
    "cache": Choice(("true", "false"), "true"),
    "direction": Choice(("to-codex", "from-codex", "bidirectional", ""), ""),
    "conflict": Choice(("manual", "keep-local", "keep-codex", ""), ""),
    "apply-via": Choice(("pull-request", "push"), "pull-request"),
    "require-approved-plan": Choice(("true", "false"), "true"),
    "commit-manifest": Choice(("true", "false"), "false"),
    "dry-run": Choice(("true", "false"), "false"),
    "comment": Choice(("changes-only", "always", "on-failure", "never"), "changes-only"),
    "annotations": Choice(("true", "false"), "true"),
    "summary": Choice(("true", "false"), "true"),
}
_LISTS = ("paths", "exclude", "references")
_TEXTS = {
    "config": "",
    "working-directory": ".",
    "token": "",
    "codex-token": "",
    "codex-repository": "",
    "codex-path": "",
    "output-dir": "",
    "environment": "",
    "comment-key": "sync",
    "cache-dir": "",
    "plan-file": "",
    "sarif-file": "",
    "json-file": "",
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
    codex_token: str = field(default="", repr=False)
    codex_repository: str = ""
    codex_path: str = ""
    resolve: str = "local"
    fix: bool = False
    fail_on: str = ""
    unverified: str = "warn"
    references: tuple[str, ...] = ()
    output_dir: str = ""
    environment: str = ""
    cache: bool = True
    cache_dir: str = ""
    direction: str = ""
    conflict: str = ""
    max_delete: int | None = None
    apply_via: str = "pull-request"
    require_approved_plan: bool = True
    commit_manifest: bool = False
    dry_run: bool = False
    comment: str = "changes-only"
    comment_key: str = "sync"
    plan_file: str = ""
    annotations: bool = True
    summary: bool = True
    sarif_file: str = ""
    json_file: str = ""

    @property
    def fail_on_findings(self) -> str:
        """Who uploads findings wants them there, not a failed job."""
        return self.fail_on or ("never" if self.sarif_file else "error")

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Inputs:
        """Read INPUT_* variables; an empty one counts as not set. Raises UsageError that names every wrong one."""
        chosen = {name: _value(environ, name) or choice.default for name, choice in _CHOICES.items()}
        given: dict[str, Any] = {name: _value(environ, name) or default for name, default in _TEXTS.items()}
        wrong = [
            f"{name}: {chosen[name]!r} is not {_words(choice.words)}"
            for name, choice in _CHOICES.items()
            if chosen[name] not in choice.words
        ]
        lists = {name: _lines(environ, name) for name in _LISTS}
        given["max-delete"] = _value(environ, "max-delete")
        wrong += (
            _shapes(given)
            + _contradictions(chosen["command"], lists["references"])
            + _files(chosen["command"], given)
        )
        if wrong:
            raise UsageError("wrong inputs: " + "; ".join(wrong))
        given["max-delete"] = int(given["max-delete"]) if given["max-delete"] else None
        for name, choice in _CHOICES.items():
            given[name] = chosen[name] == "true" if choice.words == ("true", "false") else chosen[name]
        return cls(**{name.replace("-", "_"): value for name, value in {**given, **lists}.items()})


def _contradictions(command: str, references: tuple[str, ...]) -> list[str]:
    if command == "fetch" and not references:
        return ["references: empty, and command fetch needs at least one"]
    if references and command in _CHOICES["command"].words and command != "fetch":
        return [f"references: only command fetch reads them, and command is {command!r}"]
    return []


def _shapes(given: Mapping[str, str]) -> list[str]:
    """Values that are no words of a list, and have a form all the same."""
    rows = (
        ("max-delete", r"[0-9]{1,9}|", "a number of files"),
        ("comment-key", r"[A-Za-z0-9._-]{1,50}", "up to 50 letters, digits, '.', '_' and '-'"),
        ("codex-repository", r"[A-Za-z0-9._-]+/[A-Za-z0-9._-]+|", "ORGANIZATION/NAME"),
    )
    return [
        f"{name}: {given[name]!r} is not {form}"
        for name, shape, form in rows
        if not re.fullmatch(shape, given[name])
    ]


def _files(command: str, given: Mapping[str, str]) -> list[str]:
    wrong = []
    if command == "report" and not given["plan-file"]:
        wrong.append("plan-file: empty, and command report needs it")
    if given["plan-file"] and command in _CHOICES["command"].words and command not in ("auto", "report"):
        wrong.append(f"plan-file: only command report reads it, and command is {command!r}")
    if given["sarif-file"] and command in _CHOICES["command"].words and command not in ("auto", "validate"):
        wrong.append(f"sarif-file: only command validate writes it, and command is {command!r}")
    if given["sarif-file"] and given["sarif-file"] == given["json-file"]:
        wrong.append(f"sarif-file: {given['sarif-file']!r} is json-file already")
    return wrong


def _value(environ: Mapping[str, str], name: str) -> str:
    """An input as the runner passes it: upper case, with its hyphens."""
    return environ.get("INPUT_" + name.upper(), "").strip()


def _lines(environ: Mapping[str, str], name: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in _value(environ, name).splitlines() if line.strip())


def _words(words: tuple[str, ...]) -> str:
    named = [word for word in words if word]
    return ", ".join(named[:-1]) + " or " + named[-1]
