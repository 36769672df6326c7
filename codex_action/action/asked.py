"""What the inputs ask of a sync, and what an event does not let a configuration choose."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import cast

from codex_action.action import hub, jobs
from codex_action.action.folders import inside
from codex_action.action.inputs import Inputs
from codex_action.action.world import World
from codex_action.config.load import Config
from codex_action.documents.workflow import trusts_config
from codex_action.errors import CodexError, ConfigurationError, ExitCode, NotFound, RefusedError, Unauthorized
from codex_action.remote.access import TOKENS
from codex_action.report.safe import visible
from codex_action.sync.model import Direction, Strategy
from codex_action.sync.options import SyncOptions


def is_configured(config: Config | None) -> bool:
    """Does a configuration say where the codex repository is, and that anything is synced with it?"""
    if config is None or not config.get("codex_repo", "organization"):
        return False
    return bool(config.strings("sync", "patterns") or config.strings("sync", "from_codex"))


def known_environment(inputs: Inputs, environ: Mapping[str, str], job: jobs.Job) -> Mapping[str, str]:
    """The environment of a job, with the tokens it may use.

    A pull request can name any codex repository: where the workflow names none, a plan of it has no token to send.
    """
    foreign = job is jobs.Job.PLAN and not trusts_config(environ.get("GITHUB_EVENT_NAME", ""))
    if foreign and not inputs.codex_repository:
        return {name: value for name, value in environ.items() if name not in TOKENS}
    given = {"GITHUB_TOKEN": inputs.token, "CODEX_TOKEN": inputs.codex_token}
    return {**environ, **{name: token for name, token in given.items() if token}}


def options(world: World) -> SyncOptions:
    """What a plan is made with. Raises UsageError, ConfigurationError for a codex repository that is another one."""
    inputs = world.inputs
    _need_the_same(world)
    return SyncOptions(
        direction=cast("Direction", inputs.direction) if inputs.direction else None,
        environment=inputs.environment or None,
        codex=inside(world.workspace, "codex-path", inputs.codex_path) if inputs.codex_path else None,
        conflict=cast("Strategy", inputs.conflict) if inputs.conflict else None,
        max_deletes=inputs.max_delete,
        diffs=True,
    )


def _need_the_same(world: World) -> None:
    wanted = world.inputs.codex_repository
    if not wanted:
        return
    named = _configured(world)
    if named.lower() != wanted.lower():
        raise ConfigurationError(
            f"the codex repository of the configuration is {named}, and the workflow allows {wanted} alone",
            hint="change codex-repository in the workflow, or codex_repo in the configuration",
        )


def comment_key(world: World) -> str:
    """Which comment is ours: of the input, and of one codex repository, so that a plan is approved for that alone."""
    name = codex_name(world).lower()
    return f"{world.inputs.comment_key}@{hashlib.sha256(name.encode()).hexdigest()[:12]}"


def codex_name(world: World) -> str:
    """The codex repository, ORGANIZATION/NAME: the one that the workflow allows, else the configuration's.

    Where nothing is checked out there is no configuration.
    """
    return world.inputs.codex_repository or _configured(world)


def _configured(world: World) -> str:
    config = world.codex.config or world.codex.settings()
    return "/".join(str(config.get("codex_repo", name) or "") for name in ("organization", "repository"))


def need_event(world: World) -> None:
    """Raises RefusedError for an event with the default branch's rights and somebody else's change."""
    if jobs.is_for_others(world.event_name):
        raise RefusedError(
            f"command {world.inputs.command!r} is not done for {world.event_name!r}, which has this repository's "
            "rights for somebody else's change",
            hint="plan on pull_request, apply on push; report posts what a fork's plan came to",
        )


class Explained(CodexError):
    """An error in more words, with the exit code of the first."""

    def __init__(self, message: str, code: ExitCode) -> None:
        super().__init__(message)
        self.exit_code = code


def explained(world: World, error: CodexError) -> str:
    """An error and its hint; where a token opens too little, which one would do."""
    text = visible(f"{error.message} ({error.hint})" if error.hint else error.message)
    if not isinstance(error, (Unauthorized, NotFound)) and "no access" not in error.message:
        return text
    if not (world.inputs.codex_repository or trusts_config(world.event_name)):
        return (
            f"{text}. For a pull request no token is sent to a codex repository that only its configuration "
            "names: name it in the workflow, with codex-repository"
        )
    if world.inputs.codex_token:
        return text
    mine = "/".join(hub.repository(world))
    return (
        f"{text}. The workflow's own token opens {visible(mine)} alone: give codex-token the token of an App, or of a "
        "person, that has contents: write and, for apply-via pull-request, pull-requests: write in the codex repository"
    )
