"""What a configuration's permissions say of reading and syncing."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from codex_action.config.load import Config
from codex_action.errors import PermissionDenied
from codex_action.refs.uri import ParsedReference

if TYPE_CHECKING:
    from codex_action.artifacts.permissions import PermissionManager


class Permits:
    """Asked for each document. Who asks is told by CODEX_USER, on Actions by GITHUB_ACTOR."""

    def __init__(self, config: Config, environ: Mapping[str, str]) -> None:
        self._config = config
        self._environ = environ

    def require(self, *names: ParsedReference) -> None:
        """Raises PermissionDenied where a rule does not allow a document by one of its names.

        Raises ConfigurationError for rules that are none.
        """
        if self._config.get("permissions") is None:
            return
        for name in names:
            decision = self._manager.evaluate(str(name))
            if not decision.allowed:
                raise PermissionDenied(
                    f"{name} may not be read: {decision.reason}",
                    reason=decision.reason,
                    hint="permissions in the configuration say so; see: codex-action config show",
                )

    def refusal(self, org: str, project: str, path: str, action: str = "sync") -> str | None:
        """Why something may not be done with a project's file, or None. Raises ConfigurationError."""
        if self._config.get("permissions") is None:
            return None
        from codex_action.artifacts.permissions import PermissionContext, evaluate_permission

        context = PermissionContext(org, project, self._manager.context.user)
        decision = evaluate_permission(path, action, self._manager.permissions, context)
        return None if decision.allowed else decision.reason

    @cached_property
    def _manager(self) -> PermissionManager:
        from codex_action.artifacts.permissions import PermissionContext, PermissionManager
        from codex_action.config.permissions import configured_permissions

        user = self._environ.get("CODEX_USER") or self._environ.get("GITHUB_ACTOR")
        return PermissionManager(configured_permissions(self._config), PermissionContext(user=user))
