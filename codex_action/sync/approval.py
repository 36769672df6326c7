"""What of a plan has to be kept to know later whether another one does nothing else: a digest, a hash an operation."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from codex_action.errors import RefusedError
from codex_action.sync.model import Action, Plan

# Operations that are listed one by one: 13 KB of a comment that holds 60.
MOST = 1000
_LENGTH = 12


class Approval(NamedTuple):
    """What was approved (github-facts.md d.4): `digest`, 64 hexadecimal digits, is of whole plans.

    `operations` has 12 digits for each operation, sorted. None: too many to be listed, so that only the very same
    plans are covered.
    """

    digest: str
    operations: tuple[str, ...] | None


class NotApproved(RefusedError):
    """A plan that does what was not approved; `moved` says what, a sentence each."""

    def __init__(self, plan: Plan, moved: tuple[str, ...]) -> None:
        super().__init__("the plan is not the one that was approved", hint="have a new one approved")
        self.plan, self.moved = plan, moved


NOTHING = Approval("", ())  # what nobody has approved


def approval_of(plans: Sequence[Plan]) -> Approval:
    """What somebody who agrees to these plans, a project each, agrees to."""
    digest = _digest(plans)
    if sum(len(plan.actions) for plan in plans) > MOST:
        return Approval(digest, None)
    return Approval(digest, tuple(sorted({found for found, _, _ in _hashes(digest, plans)})))


def moved(approved: Approval, fresh: Sequence[Plan]) -> tuple[str, ...]:
    """What fresh plans do that was not approved, a sentence each; () if they may be carried out (sync.md 8).

    What was approved and is no longer to be done has been done already.
    """
    if approved.digest == _digest(fresh):
        return ()
    if approved.operations is None:
        return (f"the approved plan has more than {MOST:,} operations, and this one is not exactly the same",)
    known = frozenset(approved.operations)
    return tuple(
        f"{plan.project}: {action.kind} {action.path} ({action.side}) is not in the approved plan, or has changed since"
        for found, plan, action in _hashes(approved.digest, fresh)
        if found not in known
    )


def _digest(plans: Iterable[Plan]) -> str:
    return _sha256(sorted([*_head(plan), plan.digest] for plan in plans))


def _hashes(salt: str, plans: Iterable[Plan]) -> Iterator[tuple[str, Plan, Action]]:
    """The salt is of all that was approved: nobody can prepare two contents whose few digits are the same."""
    for plan in plans:
        head = [salt, *_head(plan), plan.rules_digest]
        for action in plan.actions:
            row = [action.kind, action.side, action.path, action.mode, action.before, action.after]
            yield _sha256([*head, *row])[:_LENGTH], plan, action


def _head(plan: Plan) -> list[str]:
    return [plan.project, plan.direction, plan.environment or "", plan.branch]


def _sha256(values: object) -> str:
    return hashlib.sha256(json.dumps(values, separators=(",", ":")).encode()).hexdigest()
