"""The project that a facade works for: its folder, settings, name, types, tokens, and the library of its documents."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from codex_action import files
from codex_action.config import places
from codex_action.errors import ConfigurationError, UsageError, ValidationError
from codex_action.shared import shared_property

if TYPE_CHECKING:
    from typing_extensions import Self

    from codex_action.artifacts.registry import TypeRegistry
    from codex_action.checks.selection import WorkTree
    from codex_action.config.load import Config
    from codex_action.documents.library import Library, LibrarySettings
    from codex_action.refs.resolve import Project


class ProjectFolder:
    """What is known of one project, found out when it is first asked.

    `directory`: any folder of the project. `project`: ORG/PROJECT, where the environment and git tell it wrong.
    `config`: one file that is read instead of the project's configuration.
    `trusted`: the folder may belong to another user, as a workspace does in a container.
    `library`: how documents are read and kept. `close`, or a `with` block, ends what reading began.
    """

    def __init__(
        self,
        directory: str = ".",
        *,
        project: str | None = None,
        config: str | None = None,
        environ: Mapping[str, str] | None = None,
        trusted: bool = False,
        library: LibrarySettings | None = None,
    ) -> None:
        if not os.path.isdir(directory):
            raise UsageError(f"there is no folder {directory!r}")
        self.root = files.find_root(directory)
        self.environ: Mapping[str, str] = os.environ if environ is None else environ
        self._project_option = project
        self._config_option = config
        self._trusted = trusted
        self._library = library

    @cached_property
    def config(self) -> Config | None:
        """The settings in force, or None where there is no configuration. Raises ConfigurationError."""
        if not (self._config_option or places.project_files(self.root) or places.shared_files(self.environ)):
            return None
        return self.settings()  # 20 ms with its parser

    def settings(self) -> Config:
        """The settings in force, the defaults where there is no configuration. Raises ConfigurationError."""
        from codex_action.config.load import load_config

        return load_config(self.root, option=self._config_option, environ=self.environ)

    def types(self) -> TypeRegistry:
        """The kinds of documents: the built-in ones and the configuration's. Raises ConfigurationError."""
        from codex_action.config.kinds import type_registry

        return type_registry(self.config or self.settings())

    @property
    def _configured_org(self) -> str | None:
        return self.config.get("codex_repo", "organization") if self.config else None

    @cached_property
    def project(self) -> Project | None:
        """The current project, or None where nothing tells. Raises UsageError for a name that cannot be one."""
        from codex_action.config.project import detect_current_project

        try:
            return detect_current_project(
                self.root,
                option=self._project_option,
                configured=self._configured_project(),
                environ=self.environ,
                trusted=self._trusted,
            )
        except ValidationError as error:
            raise UsageError(error.message, hint=error.hint) from error

    def _configured_project(self) -> str | None:
        name = self.config.get("project") if self.config else None
        return f"{self._configured_org}/{name}" if name and self._configured_org else None

    @cached_property
    def tree(self) -> WorkTree:
        """The project's folder and git's view of it."""
        from codex_action.checks.selection import WorkTree

        return WorkTree(self.root, environ=self.environ, trusted=self._trusted)

    @property
    def organization(self) -> str | None:
        """The organisation of references that name none."""
        from codex_action.config.project import detect_organization

        return detect_organization(self.project, self.environ, self._configured_org)

    def _configured_token(self, org: str, project: str) -> str | None:
        """What `remotes` says, but not where a pull request may have written it."""
        if self.config is None or not self._is_config_own:
            return None
        from codex_action.config.load import env_file

        return self.config.token(org, project, {**env_file(self.root), **self.environ})

    @property
    def _is_config_own(self) -> bool:
        from codex_action.documents.workflow import is_config_own

        told = self._library.trusts_config if self._library else None
        return is_config_own(self.environ) if told is None else told

    def _cache_directory(self, config: Config | None) -> str:
        """The folder that fetched documents are kept in. Raises ConfigurationError."""
        from codex_action.documents.places import cache_directory

        option = self._library.cache_dir if self._library else None
        return cache_directory(self.root, self.environ, config, option)

    @cached_property
    def _cache_folder(self) -> str:
        return self._cache_directory(self.config if self._is_config_own else None)

    def _kept_paths(self, org: str, project: str, version: str | None) -> Iterable[str]:
        """The paths of a project's documents of which copies are here. The cache needs no library, which takes 8 ms."""
        from codex_action.documents.copies import in_cache

        with contextlib.suppress(ConfigurationError):  # it cannot be looked into; whoever fetches hears why
            yield from in_cache(self._cache_folder, org, project, version)
            if self._library and self._library.checkout and version is None:
                yield from self.documents.in_checkout(org, project)

    @shared_property
    def documents(self) -> Library:
        """The project's documents, and what is kept of them. Raises ConfigurationError."""
        from codex_action.documents.library import Library, LibrarySettings
        from codex_action.documents.tokens import Tokens

        return Library(
            self.root,
            self.environ,
            config=self.config or self.settings(),
            current=lambda: self.project,
            organization=lambda: self.organization,
            tokens=Tokens(self.environ, self._configured_token),
            types=self.types,
            settings=self._library or LibrarySettings(),
        )

    def close(self) -> None:
        """Let what reading began come to its end. More than once is no error."""
        documents = self.__dict__.pop("documents", None)
        if documents is not None:
            documents.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
