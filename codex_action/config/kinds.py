"""The kinds of documents that a configuration names, and the lifetime of everything else."""

from __future__ import annotations

from codex_action.artifacts.registry import TypeRegistry, create_default_registry
from codex_action.artifacts.units import parse_ttl
from codex_action.config.load import Config, sentence
from codex_action.errors import ConfigurationError, Problem, ValidationError


def type_registry(config: Config) -> TypeRegistry:
    """The built-in kinds and those of `types`, with `cache.ttl_seconds` for the rest. Raises ConfigurationError."""
    try:
        default_ttl = parse_ttl(config.get("cache", "ttl_seconds"))
    except ValidationError as error:
        raise _placed(config, (Problem(error.message, "cache.ttl_seconds"),)) from error
    try:
        return create_default_registry(config.get("types", default={}), default_ttl=default_ttl)
    except ConfigurationError as error:
        raise _placed(config, error.problems) from error


def _placed(config: Config, problems: tuple[Problem, ...]) -> ConfigurationError:
    """An error that names the file and line of each problem."""
    found = tuple(_place(config, problem) for problem in problems)
    return ConfigurationError(sentence(found), problems=found, file=found[0].file)


def _place(config: Config, problem: Problem) -> Problem:
    """Where the first setting of a section stands: origins are `file:line`, a file, or a variable's name."""
    inside = f"{problem.path}."
    origin = next((name for key, name in config.origins.items() if f"{key}.".startswith(inside)), "")
    file, _, line = origin.rpartition(":")
    return (
        problem._replace(file=file, line=int(line))
        if line.isdigit() and file
        else problem._replace(file=origin)
    )
