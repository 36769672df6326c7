"""What a workflow's event says: who may have written what is checked out, and who can see what comes of it."""

from __future__ import annotations

import os
from collections.abc import Mapping

from codex_action.errors import UsageError

# Events of what the repository's own people did: what is checked out is theirs.
OWN = frozenset(("push", "schedule", "workflow_dispatch", "repository_dispatch", "release"))
_MOST_EVENT_BYTES = 25 * 1024 * 1024


def trusts_config(event_name: str) -> bool:
    """May the configuration choose servers and what they are sent? Not where a pull request may have written it."""
    return event_name in OWN


def is_private(event: object) -> bool:
    """Is the workflow's repository, by its event's payload, one that only those it is shared with can see?"""
    repository = event.get("repository") if isinstance(event, dict) else None
    if not isinstance(repository, dict) or repository.get("private") is not True:
        return False
    return bool(repository.get("visibility", "private") == "private")


def read_event(environ: Mapping[str, str]) -> object:
    """The event's payload, or None where there is none. Raises UsageError for a file that cannot be read."""
    path = environ.get("GITHUB_EVENT_PATH")
    if not path or not os.path.isfile(path) or os.path.getsize(path) > _MOST_EVENT_BYTES:
        return None
    import json  # 2 ms that only a workflow needs

    try:
        with open(path, encoding="utf-8") as stream:
            return json.load(stream)
    except (OSError, ValueError, RecursionError) as error:
        raise UsageError(f"the event file cannot be read: {type(error).__name__}") from error


def is_seen_by_all(environ: Mapping[str, str]) -> bool:
    """Can all see what is kept here, as the cache of a public repository's workflow?"""
    return environ.get("GITHUB_ACTIONS") == "true" and not is_private(read_event(environ))


def is_config_own(environ: Mapping[str, str]) -> bool:
    """Is the configuration of those who run this? In a workflow its event tells."""
    return environ.get("GITHUB_ACTIONS") != "true" or trusts_config(environ.get("GITHUB_EVENT_NAME", ""))
