"""Carry a plan out on folders: a kill at any moment leaves every file whole, and the next run goes on (sync.md 4).

lock -> clear what was left half done -> (the caller plans) -> stage all bytes, checked -> journal
     -> each file: is it still what the plan saw? then replace it at once -> manifest -> the journal goes
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Callable, NamedTuple

from codex_action.errors import RefusedError, StorageError
from codex_action.sync import swap
from codex_action.sync.journal import Targets, clear, new_run, state_folder, temporary, write_journal
from codex_action.sync.lock import locked
from codex_action.sync.manifest import MANIFEST, Manifest, advanced, write_manifest
from codex_action.sync.model import Action, Outcome, Plan
from codex_action.sync.plan import in_order
from codex_action.sync.stage import Reader, Stage, reader_of


class Applied(NamedTuple):
    """What came of a plan. `backup` is a folder, by its path in the project; `failures` concern no single file."""

    outcomes: tuple[Outcome, ...]
    manifest: Manifest
    backup: str | None = None
    failures: tuple[str, ...] = ()


class Pushed(NamedTuple):
    """What was carried out on a side that is no folder, as by a push, and the commit that holds it."""

    actions: tuple[Action, ...] = ()
    commit: str | None = None


@contextlib.contextmanager
def holding(targets: Targets, *, now: str) -> Iterator[None]:
    """Hold the project's lock, with what an earlier sync left half done cleared away; plan and apply inside.

    `now` is an ISO 8601 time in UTC. Raises Locked, StorageError.
    """
    with locked(targets["local"].root, now=now):
        clear(targets)
        yield


def apply(  # noqa: PLR0913  (options, read by name)
    plan: Plan,
    manifest: Manifest,
    targets: Targets,
    *,
    now: str,
    read: Reader | None = None,
    published: Pushed | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Applied:
    """Carry out the actions of a plan whose side is one of the `targets`, and remember them. Call it while `holding`.

    `read` gives the bytes of a side that is no folder; what was `published` to it is remembered, too. `progress` hears
    (done, of how many). A file that cannot be written is an outcome with an error, and stops no other. Raises
    RefusedError for a plan with refusals, StorageError if nothing could be begun.
    """
    if plan.refusals:
        raise RefusedError(plan.refusals[0].message, hint=plan.refusals[0].hint)
    work = _Work(plan, targets, read or reader_of(targets), now, progress)
    try:
        outcomes = work.carry_out()
        done = (outcome.action for outcome in outcomes if outcome.error is None)
        published = published or Pushed()
        after = advanced(manifest, plan, (*published.actions, *done), now=now, commit=published.commit)
        failures = work.remember(after) if after is not manifest else ()
        return Applied(outcomes, manifest if failures else after, work.backup, failures)
    finally:
        with contextlib.suppress(StorageError):  # the next sync clears it
            clear(targets)


@dataclass
class _Work:
    """One run over a plan."""

    plan: Plan
    targets: Targets
    read: Reader
    now: str
    progress: Callable[[int, int], None] | None = None
    backup: str | None = None
    run: str = field(default_factory=new_run)

    def __post_init__(self) -> None:
        self.root = self.targets["local"].root
        self.actions = [action for action in in_order(self.plan.actions) if action.side in self.targets]
        self.stage = Stage(self.root)

    def carry_out(self) -> tuple[Outcome, ...]:
        """Stage everything, then do one action after the other."""
        staged = [Outcome(action, _attempt(self.stage.take, action, self.read)) for action in self.actions]
        places = [(action.side, self._place(action)) for action in self.actions]
        try:
            write_journal(self.root, self.run, [*places, ("local", MANIFEST)])
        except OSError as error:
            raise StorageError(f"nothing was done: {_said(error)}") from error
        return tuple(self._finish(outcome, number) for number, outcome in enumerate(staged))

    def _finish(self, staged: Outcome, number: int) -> Outcome:
        if self.progress:
            self.progress(number, len(self.actions))
        if staged.error:
            return staged
        return Outcome(staged.action, _attempt(self._do, staged.action, number))

    def _place(self, action: Action) -> str:
        return self.targets[action.side].locate(action.path)

    def _do(self, action: Action, number: int) -> None:
        root, place = self.targets[action.side].root, self._place(action)
        if action.path in self.plan.resolved and action.before is not None:
            self._save(action, root, place)
        if action.after is None:
            swap.delete(root, place, action)
        else:
            content = self.stage.chunks(action.after)
            swap.write(root, place, action, content, temporary(self.run, number))

    def _save(self, action: Action, root: str, place: str) -> None:
        """Keep what a conflict's loser held: nobody else has it (reliability.md R9)."""
        stamp = "".join(filter(str.isalnum, self.now))
        folder = [*state_folder(), "backup", f"{stamp}-{self.run}"]
        swap.save(root, place, action, self.root, [*folder, action.side])
        self.backup = "/".join(folder)

    def remember(self, manifest: Manifest) -> tuple[str, ...]:
        """Write the manifest; why it could not be written, if so. Then the next run finds the files in step."""
        try:
            name = temporary(self.run, len(self.actions))
            swap.replace(self.root, MANIFEST, write_manifest(manifest), name)
        except OSError as error:
            return (f"{MANIFEST}: {_said(error)}",)
        return ()


def _attempt(function: Callable[..., None], *arguments: object) -> str | None:
    """Why something could not be done, or None."""
    try:
        function(*arguments)
    except OSError as error:
        return _said(error)
    return None


def _said(error: OSError) -> str:
    reason = error.strerror or str(error) or "cannot be written"
    return f"{reason[:1].lower()}{reason[1:]}"
