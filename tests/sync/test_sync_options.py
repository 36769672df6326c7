"""What a sync is asked for: what makes no sense is said, and the configuration fills in the rest."""

from __future__ import annotations

import pytest

from codex_action.config.load import Config
from codex_action.config.schema import defaults
from codex_action.errors import ConfigurationError, UsageError
from codex_action.refs.places import CodexRepository
from codex_action.refs.resolve import Project
from codex_action.sync.gates import Limits
from codex_action.sync.model import Plan
from codex_action.sync.options import (
    SyncOptions,
    direction_of,
    limits_of,
    named_branch,
    need_codex,
    need_project,
    rules_of,
    strategy_of,
)

PLAN = Plan("handbook", "to-codex", None, "main", "", "")
PROJECT = Project("umbrella", "handbook")
CODEX = CodexRepository("umbrella", "codex")


def config(**sections: object) -> Config:
    data = defaults()
    for name, values in sections.items():
        data[name] = {**data.get(name, {}), **values} if isinstance(values, dict) else values
    return Config(data, {})


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (SyncOptions(direction="up"), "'up' is no direction"),  # type: ignore[arg-type]
        (SyncOptions(conflict="mine"), "'mine' is no conflict strategy"),  # type: ignore[arg-type]
        (SyncOptions(force=frozenset(("protected", "deletes"))), "'protected' is no gate that can be forced"),
        (SyncOptions(push=True, pull_request=True), "two ways to publish"),
        (SyncOptions(approved=PLAN, expect="0" * 64), "two ways to approve"),
        (SyncOptions(expect=""), "'' is no plan's digest"),
        (SyncOptions(expect="0" * 11), "is no plan's digest"),
        (SyncOptions(expect="0" * 65), "is no plan's digest"),
        (SyncOptions(expect="X" * 12), "is no plan's digest"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_makes_no_sense(options: SyncOptions, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        options.check()


@pytest.mark.parametrize(
    "options",
    [
        SyncOptions(),
        SyncOptions(direction="to-codex", conflict="keep-local", push=True, expect="0123456789ab"),
        SyncOptions(approved=PLAN, pull_request=True, force=frozenset(("deletes", "empty-side"))),
    ],
)
def test_what_makes_sense(options: SyncOptions) -> None:
    options.check()
    assert options.publishes == (options.push or options.pull_request)


def test_options_go_before_the_configuration() -> None:
    known = config(sync={"default_direction": "from-codex", "conflict": "keep-codex"})
    assert (direction_of(known, SyncOptions()), strategy_of(known, SyncOptions())) == (
        "from-codex",
        "keep-codex",
    )
    asked = SyncOptions(direction="to-codex", conflict="manual")
    assert (direction_of(known, asked), strategy_of(known, asked)) == ("to-codex", "manual")
    assert (direction_of(config(), SyncOptions()), strategy_of(config(), SyncOptions())) == (
        "bidirectional",
        "manual",
    )


def test_limits() -> None:
    assert limits_of(config(), SyncOptions()) == Limits()
    assert limits_of(config(), SyncOptions(max_deletes=0)) == Limits(max_deletes=0)
    known = config(sync={"max_deletes": 3, "max_delete_percent": 7.5, "allow_protected": True})
    forced = frozenset(("deletes",))
    assert limits_of(known, SyncOptions(force=forced)) == Limits(3, 7.5, allow_protected=True, forced=forced)


def test_rules() -> None:
    known = config(
        sync={"patterns": ["docs/**"], "exclude": ["**/x"], "from_codex": ["a/**"], "layout": "p/{project}"}
    )
    rules = rules_of(known, SyncOptions(exclude=("**/y", "**/x")), PROJECT, CODEX, None)
    assert (rules.patterns, rules.exclude, rules.from_codex) == (("docs/**",), ("**/x", "**/y"), ("a/**",))
    assert (rules.folder, rules.permissions, rules.also_ours) == ("p/handbook", "", ())
    assert rules_of(known, SyncOptions(patterns=("a", "b")), PROJECT, CODEX, None).patterns == ("a", "b")


def test_other_permissions_are_other_rules() -> None:
    digests = {
        rules_of(config(**sections), SyncOptions(), PROJECT, CODEX, None).digest
        for sections in ({}, {"permissions": {"default": "read"}}, {"permissions": {"default": "none"}})
    }
    assert len(digests) == 3


@pytest.mark.parametrize("cache", ["docs/.kept", "docs/a*b", "docs/[x]{y,z}!(q)", "docs/@(a|b)+?"])
def test_the_caches_folder_is_no_document_whatever_it_is_called(cache: str) -> None:
    rules = rules_of(config(sync={"patterns": ["docs/**"]}), SyncOptions(), PROJECT, CODEX, cache)
    assert not rules.selects(f"{cache}/objects/ab")
    assert rules.selects("docs/a.md")
    assert rules.selects("docs/axb/c.md")


def test_branches() -> None:
    known = config(environments={"dev": "develop"})
    assert named_branch(known, SyncOptions()) is None
    assert named_branch(known, SyncOptions(environment="dev")) == "develop"
    assert named_branch(known, SyncOptions(environment="dev", target_branch="x")) == "x"
    with pytest.raises(UsageError, match="no environment 'moon'"):
        named_branch(known, SyncOptions(environment="moon", target_branch="x"))


@pytest.mark.parametrize("name", [None, "handbook", "HANDBOOK", "umbrella/handbook", "Umbrella/Handbook"])
def test_the_project_by_its_name(name: str | None) -> None:
    assert need_project(PROJECT, name) is PROJECT


def test_another_project_and_none() -> None:
    with pytest.raises(UsageError, match="this folder is the project umbrella/handbook, not other/handbook"):
        need_project(PROJECT, "other/handbook")
    with pytest.raises(UsageError, match="this project is not known"):
        need_project(None, "handbook")
    with pytest.raises(ConfigurationError, match="names no codex repository"):
        need_codex(None)
    assert need_codex(CODEX) is CODEX
