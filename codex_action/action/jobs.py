"""What an event and the inputs ask for."""

from __future__ import annotations

from enum import Enum
from typing import Callable, NamedTuple

from codex_action.action.inputs import Inputs
from codex_action.documents.workflow import OWN


class Job(Enum):
    """The jobs the Action does."""

    VALIDATE = "validate"
    MIGRATE = "migrate"
    FETCH = "fetch"
    PLAN = "plan"
    APPLY = "apply"
    REPORT = "report"


# Events about a pull request: there, `changed-only: auto` looks at what it changes.
_OF_PULL_REQUESTS = frozenset(("pull_request", "merge_group"))
# The base of a pull request, where a merge of base and head is checked out.
FIRST_PARENT, SECOND_PARENT = "HEAD^1", "HEAD^2"


class Request(NamedTuple):
    """A job, whether only changed files are wanted, and the refs whose difference to HEAD says what changed.

    The first that git knows counts; where it knows none, every file is read.
    """

    job: Job
    changed_only: bool
    bases: tuple[str, ...]


class Event(NamedTuple):
    """What started a workflow; `is_closed`: a pull request is closed now, `on_default`: of the default branch."""

    name: str
    is_closed: bool = False
    on_default: bool = False


def jobs_of(command: str, event: Event, syncs: Callable[[], bool]) -> tuple[Job, ...]:
    """The jobs of a command. `syncs`: does the configuration sync anything?

    | event | auto, where nothing is synced | where something is |
    | --- | --- | --- |
    | pull_request, merge_group | validate | validate, plan |
    | pull_request, closed | validate | plan, which says so |
    | push to the default branch | validate | apply |
    | workflow_run | report | report |
    | any other | validate | validate |
    """
    if command != "auto":
        return (Job(command),)
    if event.name == "workflow_run":
        return (Job.REPORT,)
    if event.name in _OF_PULL_REQUESTS and syncs():
        return (Job.PLAN,) if event.is_closed else (Job.VALIDATE, Job.PLAN)
    if event.name == "push" and event.on_default and syncs():
        return (Job.APPLY,)
    return (Job.VALIDATE,)


def decide(inputs: Inputs, event_name: str, base_sha: str | None, job: Job = Job.VALIDATE) -> Request:
    """What is asked of a job.

    `base_sha` is the tip of the branch that a pull request or merge group goes into.

    What is checked out for a pull request is a merge of its base and its head, unless the workflow says otherwise.
    """
    wanted = inputs.changed_only == "true" or (
        inputs.changed_only == "auto" and event_name in _OF_PULL_REQUESTS
    )
    first_parent = (FIRST_PARENT,) if event_name == "pull_request" else ()
    return Request(job, wanted, (*first_parent, *((base_sha,) if base_sha else ())))


class Pull(NamedTuple):
    """A pull request, and the commit that is its head."""

    number: int
    head: str


def pull_of_event(event: object) -> Pull | None:
    """The pull request that an event's payload is about."""
    pull = event.get("pull_request") if isinstance(event, dict) else None
    head = pull.get("head") if isinstance(pull, dict) else None
    if not isinstance(pull, dict) or not isinstance(head, dict):
        return None
    number, commit = pull.get("number"), _commit(head.get("sha"))
    return Pull(number, commit) if isinstance(number, int) and number > 0 and commit else None


def event_of(name: str, event: object, ref: str) -> Event:
    """What a payload says of an event; `ref` is what the workflow runs on."""
    branch = default_branch(event)
    return Event(name, is_closed(event), branch is not None and ref == f"refs/heads/{branch}")


def default_branch(event: object) -> str | None:
    """The default branch of the workflow's repository, by an event's payload."""
    repository = event.get("repository") if isinstance(event, dict) else None
    branch = repository.get("default_branch") if isinstance(repository, dict) else None
    return branch if isinstance(branch, str) and branch else None


class Triggered(NamedTuple):
    """The run that a workflow_run is about: of a pull request from `owner`'s `branch`, which was at `head`."""

    number: int
    attempt: int
    head: str
    owner: str
    branch: str


def run_of_event(event: object) -> Triggered | None:
    """The run that ended, if it was one of a pull request."""
    run = event.get("workflow_run") if isinstance(event, dict) else None
    repository = run.get("head_repository") if isinstance(run, dict) else None
    owner = repository.get("owner") if isinstance(repository, dict) else None
    if not isinstance(run, dict) or not isinstance(owner, dict) or run.get("event") != "pull_request":
        return None
    number, attempt, head = run.get("id"), run.get("run_attempt"), _commit(run.get("head_sha"))
    login, branch = owner.get("login"), run.get("head_branch")
    numbers = isinstance(number, int) and isinstance(attempt, int) and min(number, attempt) > 0
    if not (numbers and head and isinstance(login, str) and isinstance(branch, str)):
        return None
    return Triggered(int(number or 0), int(attempt or 0), head, login, branch)


def is_closed(event: object) -> bool:
    """Is the event's pull request closed, merged or not? One that is can still be edited, labelled and more."""
    pull = event.get("pull_request") if isinstance(event, dict) else None
    closed = isinstance(pull, dict) and pull.get("state") == "closed"
    return closed or (isinstance(event, dict) and event.get("action") == "closed")


def is_merged(event: object) -> bool:
    """Is the event's pull request merged?"""
    pull = event.get("pull_request") if isinstance(event, dict) else None
    return isinstance(pull, dict) and pull.get("merged") is True


def _commit(value: object) -> str | None:
    """A commit's id, if it is one; zeros stand for none."""
    if isinstance(value, str) and len(value) == 40 and set(value) <= set("0123456789abcdef"):
        return value if set(value) != {"0"} else None
    return None


def base_of_event(event: object) -> str | None:
    """The commit that an event's payload names as base; a push has the commit before it."""
    if not isinstance(event, dict):
        return None
    for path in (("pull_request", "base", "sha"), ("merge_group", "base_sha"), ("before",)):
        value: object = event
        for key in path:
            value = value.get(key) if isinstance(value, dict) else None
        if _commit(value):
            return _commit(value)
    return None


def is_for_others(event_name: str) -> bool:
    """Does it run with the default branch's rights for somebody else's change (pull_request_target, workflow_run)?"""
    return event_name not in OWN and event_name not in _OF_PULL_REQUESTS


def may_save_cache(mode: str) -> bool:
    """What ACTIONS_CACHE_MODE says of this job; a word that is not known says nothing."""
    return mode.strip().lower() not in ("none", "read")
