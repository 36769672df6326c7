"""A plan in a file: read back as it was, or refused with what is wrong with it."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sync_world import digest, plan_of

from codex_action.errors import ExitCode, RefusedError
from codex_action.sync.model import Conflict, Note, Plan, Refusal
from codex_action.sync.saved import from_json, to_json

PLAN = replace(
    plan_of({"a": "1", "b": "2", "é\n": "1"}, {"b": "1", "d": "1", "c": "1"}, {"b": "1", "d": "1"}),
    environment="test",
    codex_commit="abc",
    conflicts=(Conflict("c", "deleted_locally", digest("0"), None, digest("1"), "keep_remote"),),
    skipped=(Note("s", "is a symbolic link"),),
    denied=(Note("n", "a rule"),),
    refusals=(Refusal("protected", "it would", "look", ("x", "y")),),
    in_step=(),
)
GOOD = replace(PLAN, actions=tuple(action for action in PLAN.actions if "\n" not in action.path))


def test_read_back() -> None:
    assert from_json(to_json(GOOD)) == GOOD
    assert from_json(to_json(GOOD).encode()) == GOOD
    idle = plan_of({}, {})
    assert from_json(to_json(idle)) == idle


def test_one_operation_a_line() -> None:
    text = to_json(GOOD)
    assert json.loads(text)["schema"] == "codex-action/sync-plan@1"
    lines = [line for line in text.split("\n") if '"op"' in line]
    assert [json.loads(line.rstrip(","))["path"] for line in lines] == ["a", "b", "c", "d"]
    assert json.loads(lines[1].rstrip(",")) == {
        "op": "update",
        "side": "codex",
        "path": "b",
        "size": 1,
        "mode": "100644",
        "before": digest("1"),
        "after": digest("2"),
        "reason": "changed here",
    }


def said(text: str | bytes) -> str:
    with pytest.raises(RefusedError) as caught:
        from_json(text)
    assert caught.value.exit_code is ExitCode.REFUSED
    assert caught.value.hint == "make a new one with --dry-run --plan-out"
    start = "the plan file cannot be used: "
    assert caught.value.message.startswith(start)
    return caught.value.message[len(start) :]


NO_PLAN: dict[str, tuple[str | bytes, str]] = {
    "empty": ("", "it is no JSON"),
    "cut off": (to_json(GOOD)[:300], "it is no JSON"),
    "not UTF-8": (b"\xff\xfe{", "it is no JSON"),
    "deep": ("[" * 100_000, "it is no JSON"),
    "a key twice": (to_json(GOOD).replace('"branch"', '"project": "x", "branch"'), "it is no JSON"),
    "a list": ("[]", "it is not of the schema codex-action/sync-plan@1"),
    "null": ("null", "it is not of the schema codex-action/sync-plan@1"),
    "another document": (
        '{"schema": "codex-action/fetch@1"}',
        "it is not of the schema codex-action/sync-plan@1",
    ),
    "a newer plan": (
        to_json(GOOD).replace("plan@1", "plan@2"),
        "it is not of the schema codex-action/sync-plan@1",
    ),
}


@pytest.mark.parametrize(("text", "reason"), NO_PLAN.values(), ids=NO_PLAN.keys())
def test_what_is_no_plan(text: str | bytes, reason: str) -> None:
    assert said(text) == reason


OTHER = digest("other")
UNSIGNED = "its operations do not give its digest, so it was changed after it was written"
# What is put where, and what is said of it.
WRONG: dict[str, tuple[tuple[str | int, ...], object, str]] = {
    "no project": (("project",), None, "project is no text"),
    "a number for a branch": (("branch",), 1, "branch is no text"),
    "an unknown direction": (
        ("direction",),
        "up",
        "direction is none of to-codex, from-codex, bidirectional",
    ),
    "a list for an environment": (("environment",), [], "environment is no text"),
    "no digest": (("digest",), None, "digest is missing"),
    "a short digest": (("digest",), "abc", "digest is no sha256"),
    "another digest": (("digest",), OTHER, UNSIGNED),
    "other rules": (("rules_digest",), OTHER, UNSIGNED),
    "no operations": (("operations",), None, "operations is no list"),
    "fewer operations": (("operations",), [], UNSIGNED),
    "an operation that is none": (("operations", 0), "x", "operations[0] is no mapping"),
    "an unknown operation": (
        ("operations", 1, "op"),
        "run",
        "operations[1].op is none of create, update, delete",
    ),
    "an unknown side": (("operations", 1, "side"), "moon", "operations[1].side is none of codex, local"),
    "a list for an operation": (("operations", 1, "op"), ["create"], "operations[1].op is no text"),
    "a path that climbs": (
        ("operations", 0, "path"),
        "../../etc/passwd",
        "operations[0].path climbs with '..'",
    ),
    "an absolute path": (("operations", 0, "path"), "/etc/passwd", "operations[0].path is absolute"),
    "a path with a line break": (
        ("operations", 0, "path"),
        "a\n::error::x",
        "operations[0].path holds a control character",
    ),
    "another path": (("operations", 0, "path"), ".github/workflows/x.yml", UNSIGNED),
    "another hash": (("operations", 0, "after"), OTHER, UNSIGNED),
    "a creation of something": (("operations", 0, "before"), OTHER, "operations[0].before must be null here"),
    "a creation of nothing": (("operations", 0, "after"), None, "operations[0].after is missing"),
    "an update of nothing": (("operations", 1, "before"), None, "operations[1].before is missing"),
    "a deletion that writes": (("operations", 3, "after"), OTHER, "operations[3].after must be null here"),
    "a hash that is none": (("operations", 1, "after"), "x", "operations[1].after is no sha256"),
    "a size that is none": (("operations", 0, "size"), True, "operations[0].size is no number of bytes"),
    "a negative size": (("operations", 0, "size"), -1, "operations[0].size is no number of bytes"),
    "a link": (("operations", 0, "mode"), "120000", "operations[0].mode is none of 100644, 100755"),
    "another mode": (("operations", 0, "mode"), "100755", UNSIGNED),
    "no reason": (("operations", 0, "reason"), None, "operations[0].reason is no text"),
    "a conflict that is none": (("conflicts", 0), [], "conflicts[0] is no mapping"),
    "an unknown conflict": (
        ("conflicts", 0, "type"),
        "x",
        "conflicts[0].type is none of content, deleted_locally, deleted_remotely",
    ),
    "an unknown resolution": (
        ("conflicts", 0, "resolution"),
        "x",
        "conflicts[0].resolution is none of manual, keep_local, keep_remote",
    ),
    "a note that is none": (("skipped", 0), 1, "skipped[0] is no mapping"),
    "no denied": (("denied",), {}, "denied is no list"),
    "a refusal without its gate": (("refusals", 0, "gate"), None, "refusals[0].gate is no text"),
    "a refusal without paths": (("refusals", 0, "paths"), None, "refusals[0].paths is no list"),
    "a refusal of no text": (("refusals", 0, "paths"), [1], "refusals[0].paths is no list of texts"),
}


@pytest.mark.parametrize(("keys", "value", "reason"), WRONG.values(), ids=WRONG.keys())
def test_what_is_wrong_is_named(keys: tuple[str | int, ...], value: object, reason: str) -> None:
    document = part = json.loads(to_json(GOOD))
    for key in keys[:-1]:
        part = part[key]
    part[keys[-1]] = value
    assert said(json.dumps(document)) == reason


def test_one_file_has_one_operation() -> None:
    document = json.loads(to_json(GOOD))
    document["operations"].append(document["operations"][0])
    assert said(json.dumps(document)) == "operations has two for one file"


def test_an_unsafe_path_is_refused_when_it_is_read() -> None:
    assert "holds a control character" in said(to_json(PLAN))


@given(st.data())
def test_no_change_of_a_byte_gives_another_plan(data: st.DataObject) -> None:
    text = to_json(GOOD)
    at = data.draw(st.integers(0, len(text) - 1))
    changed = text[:at] + data.draw(st.sampled_from('{}[]",:0ax\\\n')) + text[at + 1 :]
    try:
        plan: Plan = from_json(changed)
    except RefusedError:
        return
    assert plan.digest == GOOD.digest
