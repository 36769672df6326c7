"""What a configuration's `storage` list says: data in, settings or problems out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from codex_action.config.expand import env_names, expand_env
from codex_action.config.load import sentence
from codex_action.errors import ConfigurationError, Problem
from codex_action.storage.trust import HINT, URLS, problem_of, untrusted

_UPPER = re.compile(r"(?<=[a-z])(?=[A-Z])")
_COMMON: Mapping[str, type | tuple[type, ...]] = {"type": str, "name": str, "priority": int}
# The names of older formats, whose basePath is the same as base_path. `timeout` is in milliseconds, as it was there.
OPTIONS: Mapping[str, Mapping[str, type | tuple[type, ...]]] = {
    "local": {"base_path": str, "follow_symlinks": bool},
    "github": {"token": str, "api_base_url": str, "branch": str},
    "http": {
        "base_url": str,
        "headers": dict,
        "allowed_hosts": list,
        "timeout": (int, float),
        "timeout_seconds": (int, float),
    },
}


@dataclass(frozen=True)
class ProviderSettings:
    """A provider to be made: its options in snake case, their variables replaced."""

    name: str
    kind: str
    priority: int = 100
    options: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def timeout(self) -> float | None:
        """The longest that it is waited for, in seconds."""
        milliseconds = self.options.get("timeout")
        known = self.options.get("timeout_seconds", None if milliseconds is None else milliseconds / 1000)
        return None if known is None else float(known)


def provider_settings(
    items: Sequence[Mapping[str, Any]], environ: Mapping[str, str], *, of_project: bool = False
) -> tuple[ProviderSettings, ...]:
    """The settings of all providers in the order in which they are asked.

    A token whose variable is not set is none. `of_project`: the list is of the project's own configuration, which may
    not name everything. Raises ConfigurationError with all problems.
    """
    plain = [{_UPPER.sub("_", str(key)).lower(): value for key, value in item.items()} for item in items]
    if of_project:
        _refuse(_placed(untrusted(item, environ) for item in plain), HINT)
    expanded = [expand_env(item, environ) for item in plain]
    problems = _placed(_problems(item, environ) for item in expanded)
    made = [_settings(item, number, expanded) for number, item in enumerate(expanded)] if not problems else []
    names = [one.name for one in made]
    problems += [
        Problem(f"there is a provider {name!r} already", f"storage[{number}].name")
        for number, name in enumerate(names)
        if name in names[:number]
    ]
    _refuse(problems)
    return tuple(sorted(made, key=lambda one: one.priority))


def _placed(found: Iterable[Iterable[tuple[str, str]]]) -> list[Problem]:
    """Each provider's problems with the provider's number."""
    return [
        Problem(message, f"storage[{number}].{key}")
        for number, problems in enumerate(found)
        for key, message in problems
    ]


def _refuse(problems: Sequence[Problem], hint: str | None = None) -> None:
    if problems:
        raise ConfigurationError(sentence(problems), problems=tuple(problems), hint=hint)


def _problems(item: Mapping[str, Any], environ: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    known = {**_COMMON, **OPTIONS[item["type"]]}
    for key, value in item.items():
        if key not in known:
            yield (
                key,
                f"there is no such option for the type {item['type']}; it has {', '.join(sorted(known))}",
            )
        elif not isinstance(value, known[key]) or (isinstance(value, bool) and known[key] is not bool):
            yield key, f"cannot be {_shown(value)}"
        elif isinstance(value, (dict, list)) and not all(isinstance(text, str) for text in _inner(value)):
            yield key, "holds something that is no text"
        elif key != "token" and env_names(value):
            yield key, f"the variable {env_names(value)[0]} is not set"
        elif isinstance(value, (int, float)) and key.startswith("timeout") and value <= 0:
            yield key, "must be more than 0"
    if item.get("follow_symlinks"):
        yield "follow_symlinks", "links are never followed"
    if item["type"] == "http" and not item.get("base_url"):
        yield "base_url", "the type http needs a URL"
    yield from _wrong_urls(item, environ)


def _wrong_urls(item: Mapping[str, Any], environ: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for key in URLS:
        value = item.get(key)
        wrong = problem_of(value, environ) if value and isinstance(value, str) else None
        if wrong and not env_names(value):
            yield key, wrong


def _inner(value: dict[str, Any] | list[Any]) -> Iterable[Any]:
    return value.values() if isinstance(value, dict) else value


def _settings(item: Mapping[str, Any], number: int, items: Sequence[Mapping[str, Any]]) -> ProviderSettings:
    kind = item["type"]
    same = sum(other["type"] == kind for other in items[:number])
    options = {key: value for key, value in item.items() if key in OPTIONS[kind]}
    if env_names(options.get("token", "")):
        del options["token"]
    name = item.get("name") or (f"{kind}-{same + 1}" if same else kind)
    return ProviderSettings(name, kind, item.get("priority", 100), options)


def _shown(value: Any) -> str:  # noqa: ANN401
    """What a value is, never the value: it may be a secret."""
    return {dict: "a mapping", list: "a list", str: "text", bool: "true or false", type(None): "nothing"}.get(
        type(value), "a number"
    )
