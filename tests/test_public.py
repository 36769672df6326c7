"""What others rely on by name."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path

import pytest

import codex_action

ROOT = Path(__file__).parents[1]


def test_the_version_is_the_same_everywhere() -> None:
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    match = re.search(r'^version = "([^"]+)"', project, re.MULTILINE)
    assert match is not None
    assert codex_action.__version__ == match[1]


def test_every_public_name_is_there() -> None:
    assert len(codex_action.__all__) == len({*codex_action.__all__})
    for name in codex_action.__all__:
        assert getattr(codex_action, name) is not None
    assert {*codex_action.__all__} <= {*dir(codex_action)}


def test_the_names_and_their_homes_are_one_list() -> None:
    homes = codex_action._HOMES  # noqa: SLF001
    assert {*codex_action.__all__} == {*homes, "__version__"}
    for name, home in homes.items():
        assert getattr(import_module(f"codex_action.{home}"), name) is getattr(codex_action, name)


def test_no_other_name_is() -> None:
    with pytest.raises(AttributeError, match="nonsense"):
        _ = codex_action.nonsense
