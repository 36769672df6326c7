"""Several real processes and one cache: none fails, nothing is lost, and whoever is killed leaves nothing wrong.

CODEX_KILLS is how many are killed.
"""

from __future__ import annotations

import os
import random
import subprocess
import time
from collections.abc import Sequence

import pytest
from documents_world import World
from programs import script

from codex_action.codex import Codex

pytestmark = pytest.mark.slow

KILLS = int(os.environ.get("CODEX_KILLS", "20"))
PATHS = [f"docs/{number}.md" for number in range(20)]


def environ(world: World) -> dict[str, str]:
    return {**os.environ, **{name: value for name, value in world.env.items() if value}}


def content(path: str, turn: int) -> bytes:
    """Of several blocks, so that a half one would be seen."""
    return f"{path} of turn {turn}\n".encode() * 2000


def publish(world: World, turn: int) -> None:
    world.hub.add("northwind/library", {path: content(path, turn) for path in PATHS})


def start(world: World, paths: Sequence[str], *more: str) -> subprocess.Popen[bytes]:
    references = [f"codex://northwind/library/{path}" for path in paths]
    return subprocess.Popen(
        [script(), "fetch", *references, *more],
        cwd=world.root,
        env=environ(world),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def cached_right(world: World, turns: Sequence[int]) -> int:
    """How many documents are kept; each of them is what the hub had in one of these turns."""
    with Codex(str(world.root), environ=environ(world)) as codex:
        for kept in codex.list_cache():
            path = kept.reference.partition("/library/")[2]
            entry = codex.documents.cache.disk
            assert entry is not None
            found = next(one for one in entry.list() if one.reference == kept.reference)
            read = entry.read(found.key)
            assert read is not None, f"{path} is in the list and cannot be read"
            assert read.content in [content(path, turn) for turn in turns]
        return len(codex.list_cache())


def test_processes_share_a_cache(real_world: World) -> None:
    publish(real_world, 0)
    processes = [
        start(real_world, PATHS[number:] + PATHS[:number], "--output-dir", f"out{number}")
        for number in range(8)
    ]
    for number, process in enumerate(processes):
        out, err = process.communicate(timeout=60)
        assert (process.returncode, err) == (0, b"")
        assert out.count(b"wrote ") == 20
        for path in PATHS:
            place = real_world.root / f"out{number}/northwind/library" / path
            assert place.read_bytes() == content(path, 0)
    found = real_world.json("cache-health", "cache", "health")
    assert (found["status"], found["issues"]) == ("healthy", [])
    assert cached_right(real_world, [0]) == 20
    metrics = real_world.json("cache-metrics", "cache", "metrics")
    asked = sum(not path.startswith("/") for path in real_world.asked())  # git asked for nothing of the API
    hits = sum(entry["access_count"] for entry in real_world.json("cache-list", "cache", "list")["entries"])
    assert 20 <= asked <= 160
    assert hits == 160 - asked, "each of 160 reads was a hit or a request"
    assert metrics["hit_rate"] == round(hits / 160, 6)


def test_whoever_is_killed_leaves_nothing_wrong(real_world: World) -> None:
    chance = random.Random(4)  # noqa: S311  (a game, not a secret)
    real_world.hub.latency = 0.002
    publish(real_world, 0)
    took = []
    for _ in range(3):  # the quickest counts: a machine that stood still says nothing of the others
        began = time.monotonic()
        with start(real_world, PATHS, "--output-dir", "out", "--bypass-cache") as process:
            assert process.wait(60) == 0
        took.append(time.monotonic() - began)
    killed = 0
    for turn in range(1, KILLS + 1):
        publish(real_world, turn)
        with start(real_world, PATHS, "--output-dir", "out", "--bypass-cache") as process:
            time.sleep(chance.uniform(0.4, 1.0) * min(took))
            process.kill()
            killed += process.wait(60) == -9
    assert killed > KILLS // 4
    turns = range(KILLS + 1)
    assert cached_right(real_world, turns) == 20
    for path in PATHS:
        assert (real_world.root / "out/northwind/library" / path).read_bytes() in [
            content(path, turn) for turn in turns
        ]
    assert real_world.run("cache", "health", "--repair").code == 0
    assert real_world.run("cache", "health").out == "Cache Health: healthy\n"
    assert cached_right(real_world, turns) == 20
