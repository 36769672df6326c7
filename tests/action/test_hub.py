"""The run that a job is in, and whether GitHub can be asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from codex_action.action import hub
from codex_action.action.inputs import Inputs
from codex_action.action.world import World
from codex_action.codex import Codex


def world(folder: Path, token: str = "", **environ: str) -> World:
    with Codex(str(folder), environ={}) as codex:
        return World(codex, Inputs(token=token), environ, str(folder), str(folder))


@pytest.mark.parametrize(
    ("number", "attempt", "expected"),
    [
        ("812", "2", (812, 2)),
        ("", "", (1, 1)),
        ("0", "-1", (1, 1)),
        ("x", "\u0662", (1, 1)),
    ],
)
def test_the_run(tmp_path: Path, number: str, attempt: str, expected: tuple[int, int]) -> None:
    made = world(tmp_path, GITHUB_RUN_ID=number, GITHUB_RUN_ATTEMPT=attempt, GITHUB_REPOSITORY="umbrella/web")
    found = hub.run_of(made)
    assert (found.number, found.attempt) == expected
    assert found.url == f"https://github.com/umbrella/web/actions/runs/{expected[0]}"


@pytest.mark.parametrize(
    ("token", "name", "known"),
    [
        ("t", "umbrella/web", True),
        ("", "umbrella/web", False),
        ("t", "umbrella", False),
        ("t", "", False),
        ("t", "/x", False),
    ],
)
def test_whether_it_can_be_asked(tmp_path: Path, token: str, name: str, *, known: bool) -> None:
    assert hub.is_known(world(tmp_path, token, GITHUB_REPOSITORY=name)) is known
