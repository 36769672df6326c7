"""The facade: wires the rooms together, holds no logic."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from codex_action import files
from codex_action.checks.selection import WorkTree
from codex_action.errors import CodexError, UsageError, ValidationError

if TYPE_CHECKING:
    from codex_action.checks.model import CheckReport
    from codex_action.checks.options import ValidateOptions
    from codex_action.checks.references import Context
    from codex_action.checks.setup import Fact
    from codex_action.refs.resolve import Project


class Codex:
    """What can be done for one project (SPEC-00020 2.2).

    `directory`: any folder of the project. `project`: ORG/PROJECT, where the environment and git tell it wrong.
    `trusted`: the folder may belong to another user, as a workspace does in a container.
    """

    def __init__(
        self,
        directory: str = ".",
        *,
        project: str | None = None,
        environ: Mapping[str, str] | None = None,
        trusted: bool = False,
    ) -> None:
        self.root = files.find_root(directory)
        self.environ: Mapping[str, str] = os.environ if environ is None else environ
        self._project_option = project
        self._trusted = trusted

    @cached_property
    def project(self) -> Project | None:
        """The current project, or None where nothing tells. Raises UsageError for a name that cannot be one."""
        from codex_action.config.project import detect_current_project

        try:
            return detect_current_project(
                self.root, option=self._project_option, environ=self.environ, trusted=self._trusted
            )
        except ValidationError as error:
            raise UsageError(error.message, hint=error.hint) from error

    @cached_property
    def tree(self) -> WorkTree:
        """The project's folder and git's view of it."""
        return WorkTree(self.root, environ=self.environ, trusted=self._trusted)

    @property
    def organization(self) -> str | None:
        """The organisation of references that name none."""
        from codex_action.config.project import detect_organization

        return detect_organization(self.project, self.environ)

    def validate_references(self, options: ValidateOptions | None = None) -> CheckReport:
        """Check the references in files, and mend them if asked to (SPEC-00020 3.4.1).

        Raises UsageError for a request that makes no sense, GitError where git fails.
        """
        from codex_action.checks.files import validate
        from codex_action.checks.options import ValidateOptions

        if self._project_option:
            _ = self.project  # a wrong option is told even where nothing needs it
        return validate(self.tree, self._context, options or ValidateOptions(), self._remote_paths)

    def _remote_paths(self, org: str, project: str, version: str | None) -> frozenset[str]:
        from codex_action.checks.known import remote_lookup

        return remote_lookup(self.environ)(org, project, version)

    def _context(self) -> Context:
        from codex_action.checks.references import Context

        return Context(self.project, self.organization)

    def diagnose(self) -> dict[str, Fact]:
        """The facts that a support question needs; no secret is among them."""
        from codex_action.checks.setup import diagnose
        from codex_action.version import __version__

        try:
            project: Project | CodexError | None = self.project
        except CodexError as error:
            project = error
        return diagnose(self.tree, project, self.environ, __version__)
