"""Make the storage providers that a configuration names."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

from codex_action.refs.places import Provider
from codex_action.remote.access import ambient_token
from codex_action.storage.base import StorageProvider
from codex_action.storage.local import LocalStorage
from codex_action.storage.manager import StorageManager
from codex_action.storage.settings import ProviderSettings, provider_settings

if TYPE_CHECKING:
    from codex_action.config.load import Config


def create_storage_manager(
    config: Config | None = None, *, root: str = ".", environ: Mapping[str, str] | None = None
) -> StorageManager:
    """A manager of the providers in a configuration's `storage` list (seed 1, storage).

    Every one has its documents below ORG/PROJECT/. Without a configuration there is one provider: the folder `root`,
    which relative paths start from too. Raises ConfigurationError with all problems of the list.
    """
    known = os.environ if environ is None else environ
    manager = StorageManager()
    if config is None:
        manager.register("local", LocalStorage(root))
        return manager
    for one in provider_settings(config.get("storage", default=()), known):
        manager.register(one.name, _provider(one, root, known), one.priority, timeout=one.timeout)
    return manager


def configured_providers(
    config: Config, *, root: str = ".", environ: Mapping[str, str] | None = None
) -> tuple[Provider, ...]:
    """The same providers as resolving needs them, in the same order; nothing is opened."""
    known = os.environ if environ is None else environ
    items = provider_settings(config.get("storage", default=()), known)
    return tuple(Provider(one.name, one.kind, _place(one, root, known)) for one in items)


def _provider(one: ProviderSettings, root: str, environ: Mapping[str, str]) -> StorageProvider:
    options, place = one.options, _place(one, root, environ)
    if one.kind == "local":
        return LocalStorage(place)
    if one.kind == "github":
        from codex_action.storage.github import GitHubStorage  # 10 ms, and so has the next one

        token = _token(one, place, environ)
        return GitHubStorage(
            default_branch=options.get("branch"),
            token_for=lambda _owner, _repo: token,
            api_url=place,
            environ=environ,
        )
    from codex_action.storage.http import HttpStorage

    hosts, headers = options.get("allowed_hosts", ()), options.get("headers")
    return HttpStorage(place, allowed_hosts=hosts, default_headers=headers)


def _token(one: ProviderSettings, api: str, environ: Mapping[str, str]) -> str | None:
    """The provider's own token; the environment's only for the server that it is for."""
    ambient = ambient_token(environ) if api == _api(environ) else None
    return one.options.get("token") or ambient


def _api(environ: Mapping[str, str]) -> str:
    return environ.get("GITHUB_API_URL") or "https://api.github.com"


def _place(one: ProviderSettings, root: str, environ: Mapping[str, str]) -> str:
    """What tells a provider from all others: its folder or its URL."""
    if one.kind == "local":
        return os.path.abspath(os.path.join(root, one.options.get("base_path", ".")))
    return str(
        one.options.get("api_base_url", _api(environ)) if one.kind == "github" else one.options["base_url"]
    )
