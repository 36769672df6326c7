"""The kinds of documents that a configuration names, and the lifetime of everything else."""

from __future__ import annotations

from codex_action.artifacts.registry import TypeRegistry, create_default_registry
from codex_action.artifacts.units import parse_ttl
from codex_action.config.load import Config, placed
from codex_action.errors import ConfigurationError, Problem, ValidationError


def type_registry(config: Config) -> TypeRegistry:
    """The built-in kinds and those of `types`, with `cache.ttl_seconds` for the rest. Raises ConfigurationError."""
    try:
        default_ttl = parse_ttl(config.get("cache", "ttl_seconds"))
    except ValidationError as error:
        wrong = ConfigurationError(error.message, problems=(Problem(error.message, "cache.ttl_seconds"),))
        raise placed(config, wrong) from error
    try:
        return create_default_registry(config.get("types", default={}), default_ttl=default_ttl)
    except ConfigurationError as error:
        raise placed(config, error) from error
