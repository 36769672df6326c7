"""Whole syncs, told by the folders of tests/scenarios (README.md there).

Each is run as it is and with its sides swapped, and killed at calls to the system. All of them, at least 20,000 kills:

    CODEX_KILLS=20000 python -m pytest tests/sync/test_sync_scenarios.py -k kill
"""

from __future__ import annotations

import os
import random
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from sync_folders import Pair
from sync_kills import Experiment
from sync_world import BOLD, RULES

from codex_action.sync.gates import Limits
from codex_action.sync.manifest import MANIFEST
from codex_action.sync.model import Plan

FOLDER = Path(__file__).parent.parent / "scenarios"
SCENARIOS = sorted(path.name for path in FOLDER.iterdir() if path.is_dir())
KILLS = int(os.environ.get("CODEX_KILLS", "300"))
SHARE = KILLS // (2 * len(SCENARIOS)) or 1
LIMITS = ("max_deletes", "max_delete_percent", "allow_protected", "forced")
RULE_NAMES = ("patterns", "exclude", "layout")
SWAPPED = {
    "local": "codex",
    "codex": "local",
    "to-codex": "from-codex",
    "from-codex": "to-codex",
    "keep-local": "keep-codex",
    "keep-codex": "keep-local",
    "deleted_locally": "deleted_remotely",
    "deleted_remotely": "deleted_locally",
    "keep_local": "keep_remote",
    "keep_remote": "keep_local",
}


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder in memory where there is one: thousands of syncs wait for the disk otherwise."""
    memory = "/dev/shm"
    with tempfile.TemporaryDirectory(dir=memory if os.access(memory, os.W_OK) else None) as name:
        yield Path(name)


class Scenario:
    """A case, its sides swapped or not."""

    def __init__(self, name: str, place: Path, *, swapped: bool = False) -> None:
        self.case = yaml.safe_load((FOLDER / name / "case.yaml").read_text(encoding="utf-8"))
        self.swapped = swapped
        if swapped and self.case.get("one_way"):
            pytest.skip("the sides are not alike in this case")
        self.pair = Pair(place / "pair", replace(RULES, **self._rules(self.case.get("rules", {}))))

    def word(self, word: str) -> str:
        """A side, direction or strategy."""
        return SWAPPED.get(word, word) if self.swapped else word

    @staticmethod
    def _rules(values: dict[str, object]) -> dict[str, object]:
        return {name: tuple(value) if isinstance(value, list) else value for name, value in values.items()}

    def steps(self) -> Iterator[dict[str, object]]:
        """Do each step's edits, and give what its sync is asked for."""
        for step in self.case["steps"]:
            for side in ("local", "codex"):
                files = {path: BIG if text == "BIG" else text for path, text in step.get(side, {}).items()}
                self.pair.write(self.word(side), files)
            sync = dict(step["sync"])
            rules = {name: sync.pop(name) for name in RULE_NAMES if name in sync}
            self.pair.rules = replace(self.pair.rules, **self._rules(rules))
            yield self._request(sync)

    def _request(self, sync: dict[str, object]) -> dict[str, object]:
        limits = {name: sync.pop(name) for name in LIMITS if name in sync}
        if "forced" in limits:
            limits["forced"] = frozenset(limits["forced"])
        elif limits:
            limits["forced"] = frozenset()
        request = {name: self.word(value) for name, value in sync.items()}  # type: ignore[arg-type]
        return {**request, "limits": Limits(**limits) if limits else BOLD}  # type: ignore[arg-type]

    def told(self, plan: Plan) -> dict[str, list[str]]:
        """A plan in words, from the side that the case is written from."""
        rows = {
            "plan": [f"{item.kind} {self.word(item.side)} {item.path}" for item in plan.actions],
            "conflicts": [
                f"{item.path}: {self.word(item.kind)}, {self.word(item.resolution)}"
                for item in plan.conflicts
            ],
            "skipped": [item.path for item in plan.skipped],
            "refused": [item.gate for item in plan.refusals],
        }
        return {name: sorted(row) for name, row in rows.items() if row}

    def found(self) -> dict[str, object]:
        """Both folders and what is remembered."""
        sides = {self.word(side): self.pair.files(side) for side in ("local", "codex")}
        texts = {
            side: {path: _text(content) for path, content in sides[side].items()}
            for side in ("local", "codex")
        }
        entries = self.pair.manifest().entries
        return {
            **texts,
            "remembered": {path: f"{entry.sha256[:12]} {entry.size}" for path, entry in entries.items()},
            "backup": [_text(content) for content in self.pair.backup()],
        }


BIG = "0123456789abcdef" * 200_000


def _text(content: bytes) -> str:
    return "BIG" if content == BIG.encode() else content.decode()


def run(scenario: Scenario) -> dict[str, object]:
    """Every sync of a scenario, and what is there at the end; a second sync of the same finds nothing to do."""
    syncs = []
    for request in scenario.steps():
        plan = scenario.pair.plan(**request)
        syncs.append(scenario.told(plan))
        if not plan.refusals:
            applied = scenario.pair.sync(**request)
            assert [outcome.error for outcome in applied.outcomes if outcome.error] == []
            again = scenario.pair.plan(**request)
            assert (again.actions, again.in_step, again.gone) == ((), (), ())
    assert scenario.pair.litter() == []
    return {"syncs": syncs, **scenario.found()}


@pytest.mark.parametrize("name", SCENARIOS)
def test_scenario(name: str, place: Path, request: pytest.FixtureRequest) -> None:
    told = run(Scenario(name, place))
    golden = FOLDER / name / "expected.yaml"
    if request.config.getoption("--update-cases"):
        golden.write_text(
            yaml.safe_dump(told, allow_unicode=True, sort_keys=False, width=110), encoding="utf-8"
        )
    assert told == yaml.safe_load(golden.read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", SCENARIOS)
def test_scenario_swapped(name: str, place: Path) -> None:
    scenario = Scenario(name, place, swapped=True)
    assert run(scenario) == yaml.safe_load((FOLDER / name / "expected.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("swapped", [False, True], ids=["as it is", "swapped"])
@pytest.mark.parametrize("name", SCENARIOS)
def test_scenario_killed(name: str, place: Path, swapped: bool) -> None:  # noqa: FBT001
    """Kill each sync at some calls (at every one, if asked for many), some of them again while it is made good."""
    chance = random.Random(f"{name} {swapped}")  # noqa: S311
    scenario = Scenario(name, place, swapped=swapped)
    for turn, request in enumerate(scenario.steps()):
        if turn == len(scenario.case["steps"]) - 1:
            experiment = Experiment(scenario.pair, place / "lab", **request)
            kill_some(experiment, chance)
        else:
            scenario.pair.sync(**request)


def kill_some(experiment: Experiment, chance: random.Random) -> None:
    if KILLS >= 20_000:
        calls = experiment.kill_everywhere()
        for _ in range(SHARE // 4):
            experiment.kill(chance.randint(1, calls), chance.randint(1, calls))
        return
    for _ in range(SHARE):
        experiment.kill(chance.randint(1, 120), chance.randint(1, 120))


def test_there_were_enough_kills() -> None:
    assert Experiment.kills >= (20_000 if KILLS >= 20_000 else 0)


def test_manifests_are_not_documents() -> None:
    assert not RULES.selects(MANIFEST)


def test_there_are_enough() -> None:
    assert len(SCENARIOS) >= 60
