"""Make the storage providers that a configuration names."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from codex_action import files
from codex_action.config.load import placed, sentence
from codex_action.errors import ConfigurationError, Problem
from codex_action.refs.places import Provider
from codex_action.remote.access import ambient_token, environ_api, token_owner
from codex_action.storage.base import StorageProvider
from codex_action.storage.local import LocalStorage
from codex_action.storage.manager import StorageManager
from codex_action.storage.settings import ProviderSettings, provider_settings
from codex_action.storage.trust import HINT, reach_of

if TYPE_CHECKING:
    from codex_action.config.load import Config
    from codex_action.remote.session import Session
    from codex_action.remote.turns import Turns


def create_storage_manager(
    config: Config | None = None,
    *,
    root: str = ".",
    environ: Mapping[str, str] | None = None,
    max_wait: float = 120.0,
    turns: Turns | None = None,
) -> StorageManager:
    """A manager of the providers in a configuration's `storage` list (seed 1, storage).

    Every one has its documents below ORG/PROJECT/. Without a configuration there is one provider: the folder `root`,
    which relative paths start from too. All wait together, and with whoever else has these `turns`, for a host that
    takes no requests: `max_wait` seconds at most. Raises ConfigurationError with all problems of the list.
    """
    known = os.environ if environ is None else environ
    manager = StorageManager()
    if config is None:
        manager.register("local", LocalStorage(root))
        return manager
    for one, place in _placed_settings(config, root, known):
        provider: StorageProvider
        if one.kind == "local":
            provider = LocalStorage(place)
        else:
            from codex_action.remote.session import Session  # 10 ms, with the providers that need one

            hosts = one.options.get("allowed_hosts", ())
            reach = reach_of(place, known, hosts, of_project=config.of_project("storage"))
            session = Session(reach, environ=known, max_wait=max_wait, turns=turns)
            turns = session.turns
            provider = _provider(one, place, session, known)
        manager.register(one.name, provider, one.priority, timeout=one.timeout)
    return manager


def configured_providers(
    config: Config, *, root: str = ".", environ: Mapping[str, str] | None = None
) -> tuple[Provider, ...]:
    """The same providers as resolving needs them, in the same order; nothing is opened."""
    known = os.environ if environ is None else environ
    items = _placed_settings(config, root, known)
    return tuple(Provider(one.name, one.kind, place, _access(one, place, known)) for one, place in items)


def _placed_settings(
    config: Config, root: str, environ: Mapping[str, str]
) -> list[tuple[ProviderSettings, str]]:
    """Each provider's settings, and its place."""
    items, of_project = config.get("storage", default=()), config.of_project("storage")
    try:
        known = provider_settings(items, environ, of_project=of_project)
        found = [(one, _place(one, root, environ)) for one in known]
        if of_project:
            _need_inside(os.path.abspath(root), found)
    except ConfigurationError as error:
        raise placed(config, error) from error
    return found


def _need_inside(root: str, found: Iterable[tuple[ProviderSettings, str]]) -> None:
    """Raises ConfigurationError for folders of a project's own list that are not in the project."""
    ways = ((one, files.way_out(root, place)) for one, place in found if one.kind == "local")
    problems = tuple(Problem(f"base_path of {one.name!r} {way}", "storage") for one, way in ways if way)
    if problems:
        raise ConfigurationError(sentence(problems), problems=problems, hint=HINT)


def _provider(
    one: ProviderSettings, place: str, session: Session, environ: Mapping[str, str]
) -> StorageProvider:
    if one.kind == "http":
        from codex_action.storage.http import HttpStorage

        return HttpStorage(
            place,
            default_headers=one.options.get("headers"),
            timeout=one.timeout or 30.0,
            session=session,
        )
    from codex_action.storage.github import GitHubStorage

    token = _token(one, place, environ)
    return GitHubStorage(
        default_branch=one.options.get("branch"),
        token_for=lambda _owner, _repo: token,
        api_url=place,
        session=session,
        environ=environ,
        with_git=bool(session.reach.inside),
    )


def _token(one: ProviderSettings, api: str, environ: Mapping[str, str]) -> str | None:
    """The provider's own token; the environment's only for the server that it is for."""
    return one.options.get("token") or (ambient_token(environ) if api == environ_api(environ) else None)


def _access(one: ProviderSettings, place: str, environ: Mapping[str, str]) -> str:
    """Stands for the token or the headers that a provider is asked with; nothing can be found from it."""
    token = _token(one, place, environ) if one.kind == "github" else None
    headers = sorted(one.options.get("headers", {}).items())
    if not token and not headers:
        return ""
    from hashlib import sha256

    return sha256(repr((token and token_owner(token, environ), headers)).encode()).hexdigest()


def _place(one: ProviderSettings, root: str, environ: Mapping[str, str]) -> str:
    """What tells a provider from all others: its folder or its URL."""
    if one.kind == "local":
        return os.path.abspath(os.path.join(root, one.options.get("base_path", ".")))
    if one.kind == "github":
        return str(one.options.get("api_base_url") or environ_api(environ))
    return str(one.options["base_url"])
