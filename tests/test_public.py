"""What others rely on by name."""

from __future__ import annotations

import ast
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


def test_type_checkers_see_the_same_names() -> None:
    """What `if TYPE_CHECKING` imports is the list too, and the list is in order."""
    homes = codex_action._HOMES  # noqa: SLF001
    tree = ast.parse(Path(str(codex_action.__file__)).read_text(encoding="utf-8"))
    seen = {
        alias.name: node.module
        for block in tree.body
        if isinstance(block, ast.If)
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert seen == {name: f"codex_action.{home}" for name, home in homes.items()}
    assert list(homes) == sorted(homes)
    assert codex_action.__all__ == ["__version__", *homes]


def test_no_other_name_is() -> None:
    with pytest.raises(AttributeError, match="nonsense"):
        _ = codex_action.nonsense
