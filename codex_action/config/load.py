"""Find the configuration, put its layers together, and remember where each value came from (config.md 2)."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from codex_action.config import places, schema
from codex_action.config.expand import env_names, expand_env, parse_env_file
from codex_action.config.moves import Path
from codex_action.errors import ConfigurationError, Problem, UsageError

if TYPE_CHECKING:
    from codex_action.config.source import Source

# Variables that stand for a setting.
VARIABLES: Mapping[str, Path] = {"CODEX_CACHE_DIR": ("cache", "path"), "CODEX_CURRENT_PROJECT": ("project",)}


@dataclass(frozen=True)
class Config:
    """The settings in force, as plain data; `origins` says for each dotted key where its value came from."""

    data: Mapping[str, Any]
    origins: Mapping[str, str]
    file: str | None = None
    problems: tuple[Problem, ...] = ()
    notices: tuple[str, ...] = field(default=())

    def get(self, *path: str, default: Any = None) -> Any:
        """A setting by its path."""
        value: Any = self.data
        for part in path:
            if not isinstance(value, Mapping) or part not in value:
                return default
            value = value[part]
        return value

    def strings(self, *path: str) -> tuple[str, ...]:
        """A setting that is a list of texts."""
        value = self.get(*path, default=())
        return (
            tuple(item for item in value if isinstance(item, str)) if isinstance(value, (list, tuple)) else ()
        )

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is doubtful in the files, each with its place; what is wrong is a ConfigurationError."""
        return tuple(sentence((problem,)) for problem in self.problems)

    def branch(self, environment: str | None = None) -> str:
        """The codex repository's branch for an environment; without one its default branch. Raises UsageError."""
        if environment is None:
            return str(self.get("codex_repo", "default_branch"))
        known = self.get("environments", default={})
        if environment in known:
            return str(known[environment])
        hint = (
            f"the configuration has {', '.join(known)}" if known else "the configuration has no environments"
        )
        raise UsageError(f"there is no environment {environment!r}", hint=hint)

    def of_project(self, key: str) -> bool:
        """Does the project's own configuration say this? Whoever wrote it may not be whoever runs this."""
        origin = self.origins.get(key, "default")
        return self.file is not None and origin.partition(":")[0] == self.file.partition(":")[0]

    def token(self, org: str, project: str, environ: Mapping[str, str]) -> str | None:
        """The token that `remotes` has for a repository, its ${VARIABLE} expanded now; None if it has none."""
        remotes = self.get("remotes", default={})
        wanted = f"{org}/{project}".lower()
        value = next((item.get("token") for name, item in remotes.items() if name.lower() == wanted), None)
        expanded = expand_env(value, environ) if value else None
        return None if not expanded or env_names(expanded) else str(expanded)


def load_config(
    root: str = ".", *, option: str | None = None, environ: Mapping[str, str] | None = None
) -> Config:
    """The settings in force: option > environment > project > user > global > default (config.md 2; seed 1, core).

    `option` names one file instead of the project's. A configuration of an older format is not read but named in a
    notice. Raises ConfigurationError if a file cannot be used.
    """
    known: Mapping[str, str] = os.environ if environ is None else environ
    named = [option] if option else places.project_files(root)
    notices = [
        f"{places.shown(named[0], root)} is in force; {places.shown(other, root)} is not read"
        for other in named[1:]
    ]
    layers: list[tuple[str, Source]] = []
    for path in [*named[:1], *places.shared_files(known)]:
        from codex_action.config.source import read_source  # with its parser: many projects have none

        if option is None or path != option or os.path.lexists(path):
            layers.append((path, read_source(path, places.shown(path, root))))
        else:
            raise ConfigurationError(f"there is no configuration {path!r}", file=path)
    return _merge(layers, known, places.shown(named[0], root) if named else None, notices)


def _merge(
    layers: list[tuple[str, Source]], environ: Mapping[str, str], file: str | None, notices: list[str]
) -> Config:
    data: dict[str, Any] = {}
    origins: dict[str, str] = {}
    problems: list[Problem] = []
    _overlay(data, origins, schema.defaults(), lambda _: "default", ())
    for _, source in reversed(layers):
        if _is_older(source):
            notices.append(
                f"{source.file} is of an older format and not read; run: codex-action migrate config"
            )
            continue
        found = schema.check(source.data, source.document.places, base=source.section)
        problems += [problem._replace(file=source.file) for problem in found]
        _overlay(data, origins, source.data, _namer(source), ())
    for variable, path in VARIABLES.items():
        if environ.get(variable):
            _overlay(data, origins, _nested(path, environ[variable]), partial(_named, variable), ())
    errors = [problem for problem in problems if problem.severity == "error"]
    if errors:
        raise ConfigurationError(
            sentence(errors), problems=tuple(problems), file=errors[0].file, hint=_hint(errors)
        )
    return Config(data, origins, file, tuple(problems), tuple(notices))


def _is_older(source: Source) -> bool:
    """Only what can be migrated is passed over: any other file may hold rules that somebody relies on."""
    if source.data.get("schema_version") == schema.VERSION:
        return False
    from codex_action.config.detect import needs_migration

    return needs_migration(dict.fromkeys(source.section, source.data) or source.data)


def _hint(errors: Sequence[Problem]) -> str | None:
    about_version = any("schema_version" in problem.path + problem.message for problem in errors)
    return f'set schema_version to "{schema.VERSION}", in quotes' if about_version else None


def _named(name: str, _: Path) -> str:
    return name


def _namer(source: Source) -> Callable[[Path], str]:
    def name(path: Path) -> str:
        line, _ = source.document.places.get((*source.section, *path), (0, 0))
        return f"{source.file}:{line}" if line else source.file

    return name


def _nested(path: Path, value: Any) -> dict[str, Any]:
    result: Any = value
    for part in reversed(path):
        result = {part: result}
    return dict(result)


def _overlay(
    data: dict[str, Any],
    origins: dict[str, str],
    layer: Mapping[str, Any],
    name: Callable[[Path], str],
    path: Path,
) -> None:
    """Put a layer over what is there: mappings key by key, everything else whole."""
    for key, value in layer.items():
        place = (*path, key)
        dotted = schema.dotted(place)
        if isinstance(value, dict):
            old = data.get(key)
            data[key] = dict(old) if isinstance(old, dict) else {}
            origins.pop(dotted, None)
            _overlay(data[key], origins, value, name, place)
            if not data[key]:
                origins[dotted] = name(place)
        else:
            data[key] = value
            for stale in [known for known in origins if known.startswith(f"{dotted}.")]:
                del origins[stale]
            origins[dotted] = name(place)


def placed(config: Config, error: ConfigurationError) -> ConfigurationError:
    """The error with the file and line of each problem: of its setting, or of the nearest around it."""
    found = tuple(_placed(config, problem) for problem in error.problems)
    return ConfigurationError(sentence(found), problems=found, file=found[0].file, hint=error.hint)


def _placed(config: Config, problem: Problem) -> Problem:
    """Origins are `file:line`, a file, or a variable's name."""
    inside = f"{problem.path}."
    near = (
        name
        for key, name in config.origins.items()
        if f"{key}.".startswith(inside) or problem.path.startswith((f"{key}.", f"{key}["))
    )
    origin = next(near, "")
    file, _, line = origin.rpartition(":")
    if line.isdigit() and file:
        return problem._replace(file=file, line=int(line))
    return problem._replace(file=origin)


def sentence(errors: Sequence[Problem]) -> str:
    """The first of some problems with its place, and how many more there are."""
    first = errors[0]
    text = ": ".join(filter(None, (first.place, first.path, first.message)))
    return text + (f" (and {len(errors) - 1} more)" if len(errors) > 1 else "")


def env_file(root: str) -> dict[str, str]:
    """The variables of `.fractary/env/.env`: KEY=VALUE lines, read and never run. Raises ConfigurationError."""
    path = os.path.join(root, ".fractary", "env", ".env")
    if not os.path.lexists(path):
        return {}
    from codex_action.config.source import read_limited

    return parse_env_file(read_limited(path, places.shown(path, root)).decode("utf-8", "replace"))
