"""The permissions that a configuration names."""

from __future__ import annotations

from codex_action.artifacts.permissions import Permissions
from codex_action.config.load import Config, placed
from codex_action.errors import ConfigurationError, Problem, UsageError, ValidationError


def configured_permissions(config: Config) -> Permissions:
    """What `permissions` says; without it everything is allowed. Raises ConfigurationError for rules that are none."""
    try:
        return Permissions.from_config(config.get("permissions"))
    except (UsageError, ValidationError) as error:
        problem = Problem(error.message, "permissions")
        wrong = ConfigurationError(error.message, problems=(problem,), hint=error.hint)
        raise placed(config, wrong) from error
