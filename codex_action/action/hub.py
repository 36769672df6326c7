"""GitHub, as a job asks it with its input `token`, and the run of the workflow that asks."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from codex_action.action.world import World

if TYPE_CHECKING:
    from codex_action.remote.github import GitHub


@contextlib.contextmanager
def opened(world: World, *, max_wait: float = 120) -> Iterator[GitHub]:
    """A client of the API while the block runs; it waits no longer for a limit than so many seconds."""
    from codex_action.remote.access import environ_api
    from codex_action.remote.github import GitHub, api_reach
    from codex_action.remote.session import Session

    api = environ_api(world.environ)
    session = Session(api_reach(api), environ=world.environ, max_wait=max_wait)
    try:
        yield GitHub(session, api_url=api, token_for=lambda *_: world.inputs.token)
    finally:
        session.close()


def repository(world: World) -> tuple[str, str]:
    """Owner and name of the repository that the workflow is of; '' is not known."""
    owner, _, name = world.environ.get("GITHUB_REPOSITORY", "").partition("/")
    return owner, name


def is_known(world: World) -> bool:
    """Can GitHub be asked about it?"""
    return bool(world.inputs.token and all(repository(world)))


class Run(NamedTuple):
    """A run of a workflow: its number is new in each, and its attempt tells one that is repeated. `url` is its page."""

    number: int
    attempt: int
    url: str


def run_of(world: World) -> Run:
    """The run that we are in."""
    texts = [world.environ.get(f"GITHUB_RUN_{name}", "") for name in ("ID", "ATTEMPT")]
    number, attempt = (int(text) if text.isascii() and text.isdigit() else 1 for text in texts)
    server = world.environ.get("GITHUB_SERVER_URL", "https://github.com")
    return Run(
        max(number, 1),
        max(attempt, 1),
        f"{server}/{'/'.join(repository(world))}/actions/runs/{max(number, 1)}",
    )
