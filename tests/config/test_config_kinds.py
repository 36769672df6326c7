"""The kinds of documents of a configuration, and the place of what is wrong with them."""

from __future__ import annotations

import pytest
from trees import Tree

from codex_action.artifacts.kinds import BUILT_IN_TYPES
from codex_action.codex import Codex
from codex_action.config.kinds import type_registry
from codex_action.config.load import Config, load_config
from codex_action.errors import ConfigurationError

CONFIG = ".fractary/codex/config.yaml"
HEAD = 'schema_version: "3.0"\n'


def load(project: Tree, text: str) -> Config:
    project.write({CONFIG: HEAD + text})
    return load_config(str(project.root), environ={})


def test_without_types(project: Tree) -> None:
    registry = type_registry(load(project, ""))
    assert registry.names() == list(BUILT_IN_TYPES)
    assert registry.ttl_for("src/x.py") == 86400


def test_types_and_the_lifetime_of_the_rest(project: Tree) -> None:
    text = (
        "cache: {ttl_seconds: 60.4}\ntypes:\n  api: {patterns: ['docs/api/**'], ttl: 5}\n  docs: {ttl: 7}\n"
    )
    registry = type_registry(load(project, text))
    assert registry.ttl_for("docs/api/x.md") == 5
    assert registry.ttl_for("docs/x.md") == 7
    assert registry.ttl_for("src/x.py") == 60


# configuration -> the error after the file's name
WRONG = {
    "no patterns": ("types:\n  a:\n    ttl: 5\n", ":4: types.a: a type needs patterns"),
    "nothing in it": ("types:\n  a: {}\n", ":3: types.a: a type needs patterns"),
    "two": (
        "types:\n  b: {ttl: 1}\n  a: {ttl: 1}\n",
        ":3: types.b: a type needs patterns (and 1 more)",
    ),
    "a name that begins as another": (
        "types:\n  ab: {patterns: [x]}\n  a: {ttl: 1}\n",
        ":4: types.a: a type needs patterns",
    ),
    "a long lifetime": (
        "types:\n  a: {patterns: [x], ttl: 9999999999999999}\n",
        ":3: types.a: a lifetime is a number of seconds, 0 or more, or a duration such as 7d",
    ),
    "too many patterns": (
        "types:\n  a: {patterns: ['{1..9}{1..9}{1..9}{1..9}']}\n",
        ":3: types.a: a pattern stands for more than 1000 others",
    ),
    "a long lifetime of the rest": (
        "cache:\n  ttl_seconds: 9999999999999999\n",
        ":3: cache.ttl_seconds: a lifetime is a number of seconds, 0 or more, or a duration such as 7d",
    ),
}


@pytest.mark.parametrize(("text", "message"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_told_with_its_place(text: str, message: str, project: Tree) -> None:
    with pytest.raises(ConfigurationError) as caught:
        type_registry(load(project, text))
    assert caught.value.message == f"{CONFIG}{message}"
    assert {problem.file for problem in caught.value.problems} == {CONFIG}
    assert caught.value.file == CONFIG


def test_a_setting_that_is_in_no_file() -> None:
    with pytest.raises(ConfigurationError, match=r"^here: types\.a: "):
        type_registry(Config({"cache": {"ttl_seconds": 1}, "types": {"a": {}}}, {"types.a": "here"}))


def test_the_facade(project: Tree) -> None:
    assert Codex(str(project.root), environ={}).types().names() == list(BUILT_IN_TYPES)
    project.write({CONFIG: f"{HEAD}types: {{api: {{patterns: [x]}}}}\n"})
    assert "api" in Codex(str(project.root), environ={}).types()
