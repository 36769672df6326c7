"""Which files an event asks for."""

from __future__ import annotations

import pytest

from codex_action.action.inputs import Inputs
from codex_action.action.jobs import (
    Event,
    Job,
    Triggered,
    base_of_event,
    decide,
    event_of,
    is_for_others,
    is_merged,
    jobs_of,
    run_of_event,
)
from codex_action.documents.workflow import trusts_config

SHA = "0123456789abcdef0123456789abcdef01234567"


@pytest.mark.parametrize(
    ("event", "changed_only", "base", "expected"),
    [
        pytest.param("pull_request", "auto", SHA, (True, ("HEAD^1", SHA)), id="pull-request"),
        pytest.param("pull_request", "auto", None, (True, ("HEAD^1",)), id="pull-request-without-payload"),
        pytest.param("pull_request", "false", SHA, (False, ("HEAD^1", SHA)), id="pull-request-all-files"),
        pytest.param("merge_group", "auto", SHA, (True, (SHA,)), id="merge-group"),
        pytest.param("push", "auto", SHA, (False, (SHA,)), id="push"),
        pytest.param("push", "true", SHA, (True, (SHA,)), id="push-changed-only"),
        pytest.param("pull_request_target", "auto", SHA, (False, (SHA,)), id="target-is-checked-out-itself"),
        pytest.param("workflow_dispatch", "true", None, (True, ()), id="nothing-to-compare-with"),
    ],
)
def test_bases(
    event: str, changed_only: str, base: str | None, expected: tuple[bool, tuple[str, ...]]
) -> None:
    request = decide(Inputs(changed_only=changed_only), event, base)
    assert request == (Job.VALIDATE, *expected)


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        pytest.param({"pull_request": {"base": {"sha": SHA}}}, SHA, id="pull-request"),
        pytest.param({"merge_group": {"base_sha": SHA}}, SHA, id="merge-group"),
        pytest.param({"before": SHA}, SHA, id="push"),
        pytest.param({"before": "0" * 40}, None, id="first-push"),
        pytest.param({"pull_request": {"base": {"sha": "--upload-pack=x"}}}, None, id="hostile"),
        pytest.param({"pull_request": {"base": {"sha": SHA.upper()}}}, None, id="upper-case"),
        pytest.param({"pull_request": "x"}, None, id="odd-shape"),
        pytest.param([], None, id="list"),
        pytest.param(None, None, id="nothing"),
    ],
)
def test_base_of_event(event: object, expected: str | None) -> None:
    assert base_of_event(event) == expected


@pytest.mark.parametrize(
    ("event", "trusted", "for_others"),
    [
        ("push", True, False),
        ("schedule", True, False),
        ("workflow_dispatch", True, False),
        ("repository_dispatch", True, False),
        ("release", True, False),
        ("pull_request", False, False),  # its workflow is of the same change
        ("merge_group", False, False),
        ("pull_request_target", False, True),
        ("workflow_run", False, True),
        ("issue_comment", False, True),
        ("", False, True),
        ("an event of next year", False, True),
    ],
)
def test_whose_change_an_event_is_of(event: str, *, trusted: bool, for_others: bool) -> None:
    assert (trusts_config(event), is_for_others(event)) == (trusted, for_others)


@pytest.mark.parametrize("command", ["validate", "migrate", "fetch", "plan", "apply", "report"])
def test_a_command_is_its_job(command: str) -> None:
    assert jobs_of(command, Event("push"), _not_asked) == (Job(command),)


def _not_asked() -> bool:
    raise AssertionError("the configuration does not matter here")


VALIDATE, PLAN, APPLY, REPORT = Job.VALIDATE, Job.PLAN, Job.APPLY, Job.REPORT


@pytest.mark.parametrize(
    ("event", "without", "with_sync"),
    [
        pytest.param(Event("pull_request"), (VALIDATE,), (VALIDATE, PLAN), id="pull-request"),
        pytest.param(Event("pull_request", is_closed=True), (VALIDATE,), (PLAN,), id="pull-request-closed"),
        pytest.param(Event("merge_group"), (VALIDATE,), (VALIDATE, PLAN), id="merge-group"),
        pytest.param(Event("push"), (VALIDATE,), (VALIDATE,), id="push"),
        pytest.param(Event("push", on_default=True), (VALIDATE,), (APPLY,), id="push-to-the-default-branch"),
        pytest.param(Event("schedule", on_default=True), (VALIDATE,), (VALIDATE,), id="schedule"),
        pytest.param(Event("workflow_dispatch"), (VALIDATE,), (VALIDATE,), id="by-hand"),
        pytest.param(Event("pull_request_target"), (VALIDATE,), (VALIDATE,), id="target"),
        pytest.param(Event("workflow_run", on_default=True), (REPORT,), (REPORT,), id="workflow-run"),
        pytest.param(Event(""), (VALIDATE,), (VALIDATE,), id="nothing-known"),
    ],
)
def test_what_auto_does(event: Event, without: tuple[Job, ...], with_sync: tuple[Job, ...]) -> None:
    assert jobs_of("auto", event, lambda: False) == without
    assert jobs_of("auto", event, lambda: True) == with_sync


RUN = {
    "id": 812,
    "run_attempt": 2,
    "event": "pull_request",
    "head_sha": SHA,
    "head_branch": "topic",
    "head_repository": {"owner": {"login": "mallory"}},
}


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        pytest.param({}, Triggered(812, 2, SHA, "mallory", "topic"), id="of-a-pull-request"),
        pytest.param({"event": "push"}, None, id="of-a-push"),
        pytest.param({"id": "812"}, None, id="text-for-a-number"),
        pytest.param({"id": 0}, None, id="no-number"),
        pytest.param({"run_attempt": None}, None, id="no-attempt"),
        pytest.param({"head_sha": "main"}, None, id="no-commit"),
        pytest.param({"head_branch": None}, None, id="no-branch"),
        pytest.param({"head_repository": None}, None, id="a-fork-that-is-gone"),
        pytest.param({"head_repository": {"owner": {}}}, None, id="no-owner"),
    ],
)
def test_the_run_that_ended(changed: dict[str, object], expected: Triggered | None) -> None:
    assert run_of_event({"workflow_run": {**RUN, **changed}}) == expected
    assert run_of_event([]) is None


@pytest.mark.parametrize(
    ("payload", "ref", "expected"),
    [
        pytest.param({"repository": {"default_branch": "main"}}, "refs/heads/main", True, id="default"),
        pytest.param(
            {"repository": {"default_branch": "main"}}, "refs/heads/topic", False, id="other-branch"
        ),
        pytest.param({"repository": {"default_branch": "main"}}, "refs/tags/main", False, id="tag"),
        pytest.param({"repository": {"default_branch": ""}}, "refs/heads/", False, id="no-name"),
        pytest.param({"repository": "x"}, "refs/heads/main", False, id="odd-shape"),
        pytest.param(None, "refs/heads/main", False, id="no-payload"),
    ],
)
def test_the_default_branch(payload: object, ref: str, *, expected: bool) -> None:
    assert event_of("push", payload, ref) == Event("push", on_default=expected)


def test_what_a_pull_request_s_event_says() -> None:
    labeled = {"action": "labeled", "pull_request": {"state": "closed"}}
    assert event_of("pull_request", labeled, "").is_closed
    assert not event_of(
        "pull_request", {"action": "labeled", "pull_request": {"state": "open"}}, ""
    ).is_closed
    closed = {"action": "closed", "pull_request": {"merged": True}}
    assert event_of("pull_request", closed, "") == Event("pull_request", is_closed=True)
    assert (is_merged(closed), is_merged({"pull_request": {"merged": "yes"}}), is_merged(None)) == (
        True,
        False,
        False,
    )
