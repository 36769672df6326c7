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


def approval_of(plans: Sequence[Plan]) -> Approval:
    """What somebody who agrees to these plans, a project each, agrees to."""
    digest = _digest(plans)
    if sum(len(plan.actions) for plan in plans) > MOST:
        return Approval(digest, None)
    return Approval(digest, tuple(sorted(set(_hashes(digest, plans)))))


def moved(approved: Sequence[Approval], fresh: Sequence[Plan]) -> tuple[str, ...]:
    """What fresh plans do that none of these approves, a sentence each; () if they may be carried out (sync.md 8).

    What was approved and is no longer to be done has been done already.
    """
    if _digest(fresh) in [one.digest for one in approved]:
        return ()
    # An operation's place in the plans, whatever its hash with the salt of each approval.
    covered: set[int] = set()
    for one in approved:
        known = frozenset(one.operations or ())
        covered.update(number for number, found in enumerate(_hashes(one.digest, fresh)) if found in known)
    beyond = tuple(
        f"{plan.project}: {action.kind} {action.path} ({action.side}) is not in the approved plan, or has changed since"
        for number, (plan, action) in enumerate(_actions(fresh))
        if number not in covered
    )
    long = [one for one in approved if one.operations is None]
    if not (beyond and long):
        return beyond
    why = f"an approved plan has more than {MOST:,} operations, and this one is not exactly the same"
    return (why,) if len(long) == len(approved) else (why, *beyond)


def _digest(plans: Iterable[Plan]) -> str:
    return _sha256(sorted([*_head(plan), plan.digest] for plan in plans))


def _actions(plans: Iterable[Plan]) -> Iterator[tuple[Plan, Action]]:
    return ((plan, action) for plan in plans for action in plan.actions)


def _hashes(salt: str, plans: Iterable[Plan]) -> Iterator[str]:
    """One of each action. The salt is of all that was approved: nobody can prepare two contents whose digits agree."""
    for plan, action in _actions(plans):
        row = [action.kind, action.side, action.path, action.mode, action.before, action.after]
        yield _sha256([salt, *_head(plan), plan.rules_digest, *row])[:_LENGTH]


def _head(plan: Plan) -> list[str]:
    return [plan.project, plan.direction, plan.environment or "", plan.branch]


def _sha256(values: object) -> str:
    return hashlib.sha256(json.dumps(values, separators=(",", ":")).encode()).hexdigest()
