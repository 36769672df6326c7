"""Random edits, syncs and kills on real folders, held against the model in memory (sync_world.World).

A hundred thousand steps: `CODEX_STEPS=100000 python -m pytest tests/sync/test_sync_stateful.py`.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from sync_folders import Pair
from sync_kills import killed_sync, state_of
from sync_world import World

STEPS = int(os.environ.get("CODEX_STEPS", "300"))
DEPTH = 40  # steps of one story
MEMORY = "/dev/shm"

SIDES = st.sampled_from(("local", "codex"))
PATHS = st.sampled_from(("a", "b", "d/a", "d/e/b", "f", "f/g"))
CONTENTS = st.integers(0, 5).map(str)
REQUESTS = st.fixed_dictionaries(
    {
        "direction": st.sampled_from(("bidirectional", "bidirectional", "to-codex", "from-codex")),
        "conflict": st.sampled_from(("manual", "keep-local", "keep-codex")),
    }
)


class Story(RuleBasedStateMachine):
    """What happens to two folders and to the model."""

    def __init__(self) -> None:
        super().__init__()
        where = MEMORY if os.access(MEMORY, os.W_OK) else None
        self.place = Path(tempfile.mkdtemp(dir=where))
        self.pair, self.world = Pair(self.place / "pair"), World()

    def teardown(self) -> None:
        shutil.rmtree(self.place)

    def model(self, side: str) -> dict[str, str]:
        return self.world.local if side == "local" else self.world.codex

    @rule(side=SIDES, path=PATHS, content=CONTENTS)
    def write(self, side: str, path: str, content: str) -> None:
        files = self.model(side)
        if any(name.startswith(f"{path}/") or path.startswith(f"{name}/") for name in files):
            return  # a file and a folder of one name
        files[path] = content
        self.pair.write(side, {path: content})

    @rule(side=SIDES, path=PATHS)
    def delete(self, side: str, path: str) -> None:
        if self.model(side).pop(path, None) is not None:
            self.pair.write(side, {path: None})

    @rule(request=REQUESTS)
    def sync(self, request: dict[str, str]) -> None:
        plan = self.world.plan(**request)
        real = self.pair.plan(**request)
        assert real == plan
        if not plan.refusals:
            assert all(outcome.error is None for outcome in self.pair.sync(**request).outcomes)
            self.world.carry_out(plan)
            self.check_settled(request)

    @rule(request=REQUESTS, calls=st.lists(st.integers(1, 150), min_size=1, max_size=2))
    @precondition(lambda self: self.world.local != self.world.codex)
    def killed(self, request: dict[str, str], calls: list[int]) -> None:
        """Killed, perhaps again, and then done: as if nothing had happened."""
        plan = self.world.plan(**request)
        if plan.refusals:
            return
        before = state_of(self.pair)
        self.world.carry_out(plan)
        for call in calls:
            killed_sync(self.pair, call, **request)
            now = state_of(self.pair)
            kept = before.contents & {text.encode() for text in self.everything()}
            assert kept <= now.contents
            for side in ("local", "codex"):
                wanted = {path: text.encode() for path, text in self.model(side).items()}
                for path, content in getattr(now, side).items():
                    assert content in (getattr(before, side).get(path), wanted.get(path))
        self.pair.sync(**request)
        self.check_settled(request)

    def everything(self) -> list[str]:
        return [*self.world.local.values(), *self.world.codex.values(), *self.world.backup]

    def check_settled(self, request: dict[str, str]) -> None:
        again = self.pair.plan(**request)
        assert (again.actions, again.in_step, again.gone) == ((), (), ())
        assert {path: entry.sha256 for path, entry in self.pair.manifest().entries.items()} == {
            path: entry.sha256 for path, entry in self.world.manifest.entries.items()
        }
        assert set(self.pair.backup()) >= {text.encode() for text in self.world.backup}
        assert self.pair.litter() == []

    @invariant()
    def both_are_as_the_model_says(self) -> None:
        for side in ("local", "codex"):
            assert self.pair.files(side) == {path: text.encode() for path, text in self.model(side).items()}


TestStory = Story.TestCase
TestStory.settings = settings(max_examples=max(1, STEPS // DEPTH), stateful_step_count=DEPTH, deadline=None)
