"""Is there such a document? Where nobody may be asked, what is on this machine tells, or it cannot be told."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from documents_world import GUIDE, World

from codex_action.codex import Codex
from codex_action.documents.library import LibrarySettings
from codex_action.documents.options import FetchOptions
from codex_action.errors import NotFound, Unreachable

OFFLINE = FetchOptions(offline=True)
GONE = "codex://northwind/handbook/docs/gone.md"


class Clock:
    now = 1_700_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def codex(world: World, clock: Clock) -> Iterator[Codex]:
    environ = {name: text for name, text in world.env.items() if text}
    with Codex(str(world.root), environ=environ, library=LibrarySettings(now=clock)) as codex:
        yield codex


def test_what_is_not_known_cannot_be_told_offline(codex: Codex, world: World) -> None:
    for options in (OFFLINE, FetchOptions(offline=True, bypass_cache=True)):
        with pytest.raises(Unreachable, match="offline"):
            codex.document_exists(GUIDE, options)
    assert world.asked() == []


def test_own_and_synced_files_are_there_offline(codex: Codex, world: World) -> None:
    world.write("docs/own.md", "mine")
    assert codex.document_exists("docs/own.md", OFFLINE)
    world.write(".fractary/codex/shared/northwind/handbook/docs/guide.md", "synced")
    with Codex(str(world.root), environ={name: text for name, text in world.env.items() if text}) as other:
        assert other.document_exists(GUIDE, OFFLINE)
    assert world.asked() == []


@pytest.mark.parametrize("later", [0, 10_000_000], ids=["fresh", "old"])
def test_a_copy_tells_offline_however_old(later: float, codex: Codex, world: World, clock: Clock) -> None:
    codex.fetch_document(GUIDE)
    world.asked()
    clock.now += later
    assert codex.document_exists(GUIDE, OFFLINE)
    with pytest.raises(Unreachable, match="offline"):
        codex.document_exists(GUIDE, FetchOptions(offline=True, bypass_cache=True))
    assert world.asked() == []


def test_an_absence_tells_offline_for_its_minute(codex: Codex, world: World, clock: Clock) -> None:
    with pytest.raises(NotFound):
        codex.fetch_document(GONE)
    world.asked()
    assert not codex.document_exists(GONE, OFFLINE)
    clock.now += 61
    with pytest.raises(Unreachable, match="offline"):
        codex.document_exists(GONE, OFFLINE)
    assert world.asked() == []
    assert not codex.document_exists(GONE)
