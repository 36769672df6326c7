"""Configurations that nobody meant: mutations of real ones, and a kill at every moment of the write.

The whole fuzz is `CODEX_FUZZ=20000 python -m pytest tests/config/test_config_hostile.py -k mutations`.
"""

# ruff: noqa: ANN401 - calls of any kind are passed on

from __future__ import annotations

import os
import random
import signal
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from trees import Tree, snapshot

from codex_action.config import schema
from codex_action.config.migration import migrate_config
from codex_action.config.plain import write_yaml
from codex_action.config.rewrite import rewrite_yaml
from codex_action.config.source import read_source
from codex_action.config.upgrade import CANONICAL, plan_upgrade, upgrade_files
from codex_action.errors import ConfigurationError

CASES = Path(__file__).parents[1] / "cases/config"
SAMPLES = [
    path
    for path in sorted((CASES / "samples").iterdir()) + sorted((CASES / "formats").iterdir())
    if path.suffix in (".yaml", ".json") and ".after." not in path.name
]
COUNT = int(os.environ.get("CODEX_FUZZ", "600"))
TOKENS = [
    b"[", b"]", b"{", b"}", b":", b": ", b"- ", b"? ", b"&a ", b"*a ", b"!x ", b"!!str ", b"|\n", b">\n", b"'", b'"', b"#", b" # c\n", b"\t", b"\n",
    b"\r\n", b"---\n", b"...\n", b"<<: ", b"%", b"@", b"\\", b"\0", b"\xff", b"\xef\xbb\xbf", b"  ", b"codex:\n", b"codex_repo: ", b"schema_version: '3.0'\n",
    b"organization: ", b"cache:\n", b"sync:\n", b"environments:\n", b"null", b"~", b"1e999", b".nan", b"9" * 50, b"${X}", b"[[[[[[[[", b"\xe2\x80\xa8", b",",
]  # fmt: skip


def mutate(data: bytes, chance: random.Random) -> bytes:
    """One to four small changes."""
    for _ in range(chance.choice((1, 1, 1, 2, 4))):
        at = chance.randrange(len(data) + 1)
        length = chance.choice((1, 1, 2, 5, 20, 80))
        kind = chance.randrange(6)
        if kind == 0 and at < len(data):
            data = data[:at] + bytes((data[at] ^ (1 << chance.randrange(8)),)) + data[at + 1 :]
        elif kind == 1:
            data = data[:at] + data[at + length :]
        elif kind == 2:
            data = data[:at] + data[at : at + length] * 2 + data[at + length :]
        elif kind == 3:
            data = data[:at] + chance.choice(TOKENS) + data[at:]
        else:
            lines = data.split(b"\n")
            one, other = chance.randrange(len(lines)), chance.randrange(len(lines))
            if kind == 4:
                lines[one], lines[other] = lines[other], lines[one]
            else:
                lines.insert(one, chance.choice((b"", b" ", b"    ")) + lines[other])
            data = b"\n".join(lines)
    return data


def migrate(path: str, shown: str, data: bytes) -> str:
    """The whole way of a file; what came of it."""
    try:
        source = read_source(path, shown, any_shape=True)
        schema.check(source.data, source.document.places, base=source.section)
        migration = migrate_config(source.document.data)
        if not migration.moves:
            return "nothing to do"
        if path.endswith(".json"):
            write_yaml(migration.after)
        else:
            rewrite_yaml(data, migration.moves, section=migration.section)
    except ConfigurationError as error:
        assert "\n" not in error.message  # noqa: PT017 - either way is right
        return type(error).__name__
    return "migrated"


def test_mutations(tmp_path: Path) -> None:
    """No exception but ours, and none takes a second."""
    chance = random.Random(3)  # noqa: S311 - the same mutations every time
    originals = [(path.name, path.read_bytes()) for path in SAMPLES]
    outcomes: dict[str, int] = {}
    for number in range(COUNT):
        name, original = originals[number % len(originals)]
        data = mutate(original, chance)
        place = tmp_path / (".fractary/config.yaml" if name.startswith(("F11-u", "F12")) else name)
        place.parent.mkdir(exist_ok=True)
        place.write_bytes(data)
        start = time.process_time()
        try:
            outcome = migrate(str(place), str(place.relative_to(tmp_path)), data)
        except Exception as error:
            raise AssertionError(f"mutation {number} of {name}: {data!r}") from error
        assert time.process_time() - start < 10, (number, name, data)
        outcomes[outcome] = outcomes.get(outcome, 0) + 1
    print(outcomes)  # noqa: T201 - shown with -s
    assert outcomes["migrated"] > COUNT / 10
    assert outcomes["ConfigurationError"] > COUNT / 10


CALLS = (
    "open",
    "write",
    "fsync",
    "close",
    "replace",
    "rename",
    "unlink",
    "mkdir",
    "chmod",
    "fchown",
    "ftruncate",
    "link",
)


def kill_at(number: int, job: Callable[[], Any]) -> bool:
    """Run a job in a child that is killed before its n-th file-system call, a write half done; whether it was."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of threads: the child uses none
        child = os.fork()
    if child == 0:
        try:
            _fail_at(number)
            job()
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


def _fail_at(number: int) -> None:
    left = [number]

    def wrapped(name: str, real: Any) -> Any:
        def call(*arguments: Any, **options: Any) -> Any:
            left[0] -= 1
            if left[0] == 0:
                if name == "write":
                    real(arguments[0], bytes(arguments[1])[: len(arguments[1]) // 2])
                os.kill(os.getpid(), signal.SIGKILL)
            return real(*arguments, **options)

        return call

    for name in CALLS:
        if hasattr(os, name):
            setattr(os, name, wrapped(name, getattr(os, name)))


PLUGIN = ".fractary/plugins/codex/config.json"
JOBS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "in place": ("samples/F4-v4.0-real-commented.yaml", CANONICAL, {}),
    "a section": ("samples/F11-unified-real-1.yaml", ".fractary/config.yaml", {}),
    "JSON": ("samples/F1-plugin-v2.0-project.json", PLUGIN, {}),
    "JSON, removed": ("samples/F1-plugin-v2.0-project.json", PLUGIN, {"remove_source": True}),
    "elsewhere": ("samples/F4-v4.0.yaml", CANONICAL, {"output": "new.yaml"}),
}


@pytest.mark.parametrize(("sample", "place", "options"), JOBS.values(), ids=JOBS)
def test_a_kill_at_every_call_leaves_the_old_or_the_new_file(
    sample: str, place: str, options: dict[str, Any], tmp_path: Path
) -> None:
    old = (CASES / sample).read_bytes()
    tree = Tree(tmp_path)
    source = tmp_path / place
    target = tmp_path / options.get("output", CANONICAL if place == PLUGIN else place)
    options = {**options, **({"output": str(target)} if "output" in options else {})}
    tree.write({place: old, ".git/HEAD": "ref: x\n"})
    new = plan_upgrade(str(source), str(tmp_path), options.get("output")).after

    def job() -> Any:
        return upgrade_files(str(tmp_path), [str(source)], write=True, **options)

    points = 0
    while True:
        tree.write({place: old})
        if target != source:
            target.unlink(missing_ok=True)
        killed = kill_at(points + 1, job)
        held = target.read_bytes() if target.exists() else None
        assert held in ((old, new) if target == source else (None, new)), points
        if target != source:
            assert (
                source.read_bytes() == old
                if source.exists()
                else (held == new and options.get("remove_source"))
            )
        if not killed:
            break
        points += 1
        if source.exists():
            job()  # once more, and all is well
        assert target.read_bytes() == new
        left = [name for name in snapshot(tmp_path) if name.endswith(".tmp")]
        assert len(left) <= 1  # of the kill, not of the run after it
        for name in left:
            (tmp_path / name).unlink()
    assert points >= 6
    print(f"{points} points")  # noqa: T201 - shown with -s
    assert held == new
    assert not [name for name in snapshot(tmp_path) if name.endswith(".tmp")]


def test_what_a_kill_leaves_behind_is_no_configuration(tmp_path: Path) -> None:
    """A file that was never finished is not looked at."""
    tree = Tree(tmp_path)
    tree.write({f".fractary/codex/.config.yaml.{'x' * 8}.tmp": "organization: [", ".git/HEAD": "x"})
    assert upgrade_files(str(tmp_path), []).files == ()
