"""Syncs that are killed at a chosen call to the system, and what must be true of the folders afterwards."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from crash_lab import Lab, died
from sync_folders import NOW, Pair
from sync_world import digest

from codex_action.sync.apply import holding
from codex_action.sync.model import Plan


class SyncLab(Lab):
    """Counts the calls of a sync, without those that only look."""

    def __init__(self, last: int) -> None:
        super().__init__(last)
        self._paused = False

    def tick(self) -> None:
        if not self._paused:
            super().tick()

    @contextmanager
    def pause(self) -> Iterator[None]:
        self._paused = True
        yield
        self._paused = False


class State(NamedTuple):
    """What both folders hold."""

    local: dict[str, bytes]
    codex: dict[str, bytes]
    entries: dict[str, str]
    backup: list[bytes]

    @property
    def contents(self) -> set[bytes]:
        return {*self.local.values(), *self.codex.values(), *self.backup}

    def settled(self) -> tuple[object, ...]:
        """What must be the same whatever happened on the way; a run that is repeated may save a loser twice."""
        return self.local, self.codex, self.entries, set(self.backup)


def state_of(pair: Pair) -> State:
    entries = {path: entry.sha256 for path, entry in pair.manifest().entries.items()}
    return State(pair.files("local"), pair.files("codex"), entries, pair.backup())


def killed_sync(pair: Pair, number: int, **request: object) -> bool:
    """A sync in a process of its own that dies at its n-th call; did it come so far?"""
    lab = SyncLab(number)

    def job() -> None:
        with holding(pair.targets(), now=NOW):  # type: ignore[arg-type]
            with lab.pause():
                plan = pair.plan(**request)  # type: ignore[arg-type]
            if not plan.refusals:
                pair.carry_out(plan)

    return died(job, lab)


class Experiment:
    """A pair of folders before a sync and after one that was not disturbed, to be killed in many ways."""

    kills = 0  # of all experiments

    def __init__(self, pair: Pair, place: Path, **request: object) -> None:
        self.request = request
        self.start = place / "start"
        shutil.copytree(pair.root, self.start, symlinks=True)
        self.pair = Pair(place / "killed", pair.rules)
        self.before = state_of(pair)
        self.plan: Plan = pair.plan(**request)  # type: ignore[arg-type]
        if not self.plan.refusals:
            pair.sync(**request)
        self.after = state_of(pair)

    def prepare(self) -> None:
        shutil.rmtree(self.pair.root)
        shutil.copytree(self.start, self.pair.root, symlinks=True)

    def kill(self, *numbers: int) -> bool:
        """Kill a sync, and then (with more numbers) those that come after it; check all; was the first one killed?"""
        self.prepare()
        killed = False
        for turn, number in enumerate(numbers):
            died_here = killed_sync(self.pair, number, **self.request)
            Experiment.kills += died_here
            killed = died_here or (killed and turn > 0)
            self.check_whole()
        if not self.plan.refusals:
            self.pair.sync(**self.request)
        self.check_same()
        return killed

    def check_whole(self) -> None:
        """Every file is old or new, nothing is lost that need not be, and the manifest tells what is true."""
        now = state_of(self.pair)
        for side in ("local", "codex"):
            old, new, held = (getattr(state, side) for state in (self.before, self.after, now))
            for path in {*old, *new, *held}:
                content = held.get(path)
                assert content in (old.get(path), new.get(path)), f"{side} {path} is torn: {content!r}"
        lost = (self.before.contents & self.after.contents) - now.contents
        assert not lost, f"lost: {lost}"
        for path, value in now.entries.items():
            held = (now.local.get(path), now.codex.get(path))
            true = all(content is not None and digest(content.decode()) == value for content in held)
            assert true or self.before.entries.get(path) == value, f"the manifest invents {path}"

    def check_same(self) -> None:
        for now, wanted in zip(state_of(self.pair).settled(), self.after.settled()):
            assert now == wanted
        assert self.pair.litter() == []

    def kill_everywhere(self) -> int:
        """Kill at every call; gives their number."""
        number = 1
        while self.kill(number):
            number += 1
        return number - 1
