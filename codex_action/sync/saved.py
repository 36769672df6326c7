"""A plan as JSON, to be read by people and given back to `--plan`; a result as JSON, for scripts (doors.md 5)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, NoReturn, get_args

from codex_action.errors import RefusedError
from codex_action.sync.model import (
    EXECUTABLE,
    FILE,
    Action,
    Conflict,
    ConflictKind,
    Direction,
    Kind,
    Note,
    Plan,
    Refusal,
    Resolution,
    Side,
    SyncResult,
)
from codex_action.sync.names import unsafe

SCHEMA = "codex-action/sync-plan@1"
_MODES = {f"{mode:o}": mode for mode in (FILE, EXECUTABLE)}
_HASH = re.compile(r"[0-9a-f]{64}")
_TEXTS = ("project", "branch", "codex_commit", "rules_digest")
_HAS_BEFORE = {"create": False, "update": True, "delete": True}
_HAS_AFTER = {"create": True, "update": True, "delete": False}


def operations(actions: Iterable[Action]) -> list[dict[str, Any]]:
    """The actions of a plan, as every document lists them; `mode` is git's, in octal digits."""
    return [
        {
            "op": action.kind,
            "side": action.side,
            "path": action.path,
            "size": action.size,
            "mode": f"{action.mode:o}",
            "before": action.before,
            "after": action.after,
            "reason": action.reason,
        }
        for action in actions
    ]


def plan_document(plan: Plan) -> dict[str, Any]:
    """A whole plan as plain data."""
    return {
        "schema": SCHEMA,
        "project": plan.project,
        "direction": plan.direction,
        "environment": plan.environment,
        "branch": plan.branch,
        "codex_commit": plan.codex_commit,
        "rules_digest": plan.rules_digest,
        "digest": plan.digest,
        "operations": operations(plan.actions),
        "conflicts": [
            {
                "path": item.path,
                "type": item.kind,
                "base": item.base,
                "local": item.local,
                "codex": item.codex,
                "resolution": item.resolution,
            }
            for item in plan.conflicts
        ],
        "skipped": [note._asdict() for note in plan.skipped],
        "denied": [note._asdict() for note in plan.denied],
        "refusals": [{**item._asdict(), "paths": list(item.paths)} for item in plan.refusals],
    }


def result_document(result: SyncResult) -> dict[str, Any]:
    """What a sync did, as plain data: the document `sync-project@1` without its schema's name."""
    plan = plan_document(result.plan)
    rows = [{name: item[name] for name in ("path", "type", "resolution")} for item in plan["conflicts"]]
    return {
        "project": result.project,
        "direction": result.direction,
        "environment": result.plan.environment,
        "branch": result.plan.branch,
        "dry_run": result.dry_run,
        "status": result.status,
        "files_created": result.files_created,
        "files_updated": result.files_updated,
        "files_deleted": result.files_deleted,
        "conflicts": rows,
        "errors": list(result.errors),
        "notices": list(result.notices),
        "backup": result.backup,
        "commit": result.commit,
        "pull_request": result.pull_request,
        "plan": {name: plan[name] for name in ("digest", "operations", "skipped", "denied", "refusals")},
    }


def to_json(plan: Plan) -> str:
    """A plan as a file holds it: one operation a line, so that two plans can be compared by eye."""
    rows = []
    for name, value in plan_document(plan).items():
        lines = ",\n".join(f"    {json.dumps(item)}" for item in value) if isinstance(value, list) else ""
        rows.append(f"  {json.dumps(name)}: " + (f"[\n{lines}\n  ]" if lines else json.dumps(value)))
    return "{\n" + ",\n".join(rows) + "\n}\n"


def from_json(data: str | bytes) -> Plan:
    """The plan that a file holds. Raises RefusedError, which names what is wrong with it.

    A plan that was read says what was approved. It is compared with a fresh one, never carried out itself.
    """
    try:
        document = json.loads(data, object_pairs_hook=_unique)
    except (ValueError, RecursionError) as error:
        _refuse("it is no JSON", cause=error)
    if not isinstance(document, dict) or document.get("schema") != SCHEMA:
        _refuse(f"it is not of the schema {SCHEMA}")
    plan = _plan(_Row(document, ""))
    if plan.digest != document["digest"]:
        _refuse("its operations do not give its digest, so it was changed after it was written")
    return plan


def _refuse(reason: str, *, cause: Exception | None = None) -> NoReturn:
    raise RefusedError(
        f"the plan file cannot be used: {reason}", hint="make a new one with --dry-run --plan-out"
    ) from cause


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """No key may say two things."""
    row = dict(pairs)
    if len(row) != len(pairs):
        raise ValueError("a key stands twice")
    return row


class _Row:
    """A mapping of the file, whose fields are taken out with the type they must have."""

    def __init__(self, value: object, where: str) -> None:
        if not isinstance(value, dict):
            _refuse(f"{where} is no mapping")
        self._value: Mapping[str, Any] = value
        self._where = where

    def wrong(self, name: str, reason: str) -> NoReturn:
        _refuse(f"{self._where}{'.' if self._where else ''}{name} {reason}")

    def text(self, name: str, choices: Iterable[str] = ()) -> Any:  # noqa: ANN401  (one of a Literal's values)
        value = self._value.get(name)
        if not isinstance(value, str):
            self.wrong(name, "is no text")
        if choices and value not in choices:
            self.wrong(name, f"is none of {', '.join(choices)}")
        return value

    def optional(self, name: str) -> str | None:
        return None if self._value.get(name) is None else str(self.text(name))

    def hash(self, name: str, *, needed: bool | None = None) -> str | None:
        value = self.optional(name)
        if value is not None and not _HASH.fullmatch(value):
            self.wrong(name, "is no sha256")
        if needed is not None and needed != (value is not None):
            self.wrong(name, "is missing" if needed else "must be null here")
        return value

    def path(self) -> str:
        path = str(self.text("path"))
        reason = unsafe(path)
        if reason:
            self.wrong("path", reason)
        return path

    def size(self) -> int:
        size = self._value.get("size")
        if type(size) is not int or size < 0:
            self.wrong("size", "is no number of bytes")
        return size

    def items(self, name: str) -> list[Any]:
        value = self._value.get(name)
        if not isinstance(value, list):
            self.wrong(name, "is no list")
        return value

    def rows(self, name: str) -> list[_Row]:
        return [_Row(item, f"{name}[{index}]") for index, item in enumerate(self.items(name))]

    def texts(self, name: str) -> tuple[str, ...]:
        value = self.items(name)
        if not all(isinstance(item, str) for item in value):
            self.wrong(name, "is no list of texts")
        return tuple(value)


def _plan(row: _Row) -> Plan:
    texts = {name: row.text(name) for name in _TEXTS}
    row.hash("digest", needed=True)
    plan = Plan(
        **texts,
        direction=row.text("direction", get_args(Direction)),
        environment=row.optional("environment"),
        actions=tuple(map(_action, row.rows("operations"))),
        conflicts=tuple(map(_conflict, row.rows("conflicts"))),
        skipped=tuple(map(_note, row.rows("skipped"))),
        denied=tuple(map(_note, row.rows("denied"))),
        refusals=tuple(map(_refusal, row.rows("refusals"))),
    )
    if len({(action.side, action.path) for action in plan.actions}) != len(plan.actions):
        row.wrong("operations", "has two for one file")
    return plan


def _action(row: _Row) -> Action:
    kind: Kind = row.text("op", get_args(Kind))
    return Action(
        kind,
        row.text("side", get_args(Side)),
        row.path(),
        row.hash("before", needed=_HAS_BEFORE[kind]),
        row.hash("after", needed=_HAS_AFTER[kind]),
        row.size(),
        _MODES[row.text("mode", _MODES)],
        row.text("reason"),
    )


def _conflict(row: _Row) -> Conflict:
    return Conflict(
        row.path(),
        row.text("type", get_args(ConflictKind)),
        row.hash("base"),
        row.hash("local"),
        row.hash("codex"),
        row.text("resolution", get_args(Resolution)),
    )


def _note(row: _Row) -> Note:
    return Note(row.text("path"), row.text("reason"))


def _refusal(row: _Row) -> Refusal:
    return Refusal(row.text("gate"), row.text("message"), row.text("hint"), row.texts("paths"))
