"""Several syncs at once, syncs that die, and disks that are full.

The whole of it is `CODEX_KILLS=2000 CODEX_ROUNDS=200 CODEX_LEVELS=250 python -m pytest tests/sync/test_sync_together.py`.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sync_folders import NOW, Pair
from sync_kills import Experiment, state_of

from codex_action.errors import ExitCode, StorageError
from codex_action.sync import lock
from codex_action.sync.apply import holding
from codex_action.sync.journal import clear, temporary, write_journal
from codex_action.sync.lock import Locked, locked, taking_turns
from codex_action.sync.rules import STATE

KILLS = int(os.environ.get("CODEX_KILLS", "10"))
ROUNDS = int(os.environ.get("CODEX_ROUNDS", "3"))
LEVELS = int(os.environ.get("CODEX_LEVELS", "12"))
RUN = "0123456789abcdef"

DRIVER = """
import sys
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from codex_action.sync.lock import Locked
from sync_folders import Pair
pair = Pair(Path(sys.argv[2]))
try:
    applied = pair.sync()
except Locked as error:
    assert error.owner.get("pid") != "", error.owner
    sys.exit(int(error.exit_code))
sys.exit(0 if all(outcome.error is None for outcome in applied.outcomes) else 6)
"""


def started(pair: Pair) -> subprocess.Popen[bytes]:
    tests = str(Path(__file__).parent.parent)
    return subprocess.Popen([sys.executable, "-c", DRIVER, tests, str(pair.root)])


@pytest.fixture
def pair(tmp_path: Path) -> Pair:
    return Pair(tmp_path / "pair")


# --- one at a time ---


def test_who_comes_second_is_told_who_was_first(pair: Pair) -> None:
    with locked(str(pair.local), now=NOW):
        with pytest.raises(
            Locked, match=rf"another sync .* \(pid {os.getpid()} host .* since {NOW}\)"
        ) as caught:
            pair.sync()
        assert caught.value.owner["pid"] == str(os.getpid())
        assert caught.value.exit_code == ExitCode.LOCKED == 75
        assert json.loads((pair.local / STATE / "lock").read_text())["since"] == NOW
    assert (pair.local / STATE / "lock").read_bytes() == b""
    pair.sync()


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() != 0, reason="only root can give a file away")
def test_root_leaves_nothing_of_its_own_behind(pair: Pair) -> None:
    """In a container it writes into a folder of the runner's user, who clears it away later."""
    pair.write("codex", {"a.md": "1"})
    os.chown(pair.local, 65534, 65534)
    pair.sync()
    assert (pair.local / STATE / "lock").exists()
    assert {
        (path.name, path.stat().st_uid) for path in pair.local.rglob("*") if path.stat().st_uid != 65534
    } == set()


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b'{"pid": 1}', b'{"pid": "\\u001b[31m"}', b"[" * 4000],
    ids=["empty", "cut", "a list", "a number", "an escape", "deep"],
)
def test_an_owner_may_say_anything(pair: Pair, content: bytes) -> None:
    with locked(str(pair.local), now=NOW):
        (pair.local / STATE / "lock").write_bytes(content)
        with pytest.raises(Locked, match=r"another sync is at work in this project$") as caught:
            pair.sync()
        assert caught.value.owner == {}


def test_a_dead_owner_blocks_nobody(pair: Pair) -> None:
    process = os.fork()
    if process == 0:
        with locked(str(pair.local), now=NOW):
            os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(process, 0)
    assert (pair.local / STATE / "lock").read_bytes() != b""
    pair.sync()


def test_what_a_dead_owner_was_just_starting_holds_the_lock_a_moment_longer(pair: Pair) -> None:
    process = os.fork()
    if process == 0:
        with locked(str(pair.local), now=NOW):
            if os.fork() == 0:
                time.sleep(0.3)  # as long as it takes to become another program, which has no lock
                os._exit(0)
            os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(process, 0)
    pair.sync()


@pytest.mark.parametrize("place", ["lock", ".", ".."])
@pytest.mark.parametrize("kind", ["link", "file", "pipe"])
def test_a_lock_that_is_none(pair: Pair, place: str, kind: str) -> None:
    """What a pull request may bring in the place of our own files."""
    path = (pair.local / STATE / place) if place != ".." else pair.local / ".fractary/codex"
    path = Path(os.path.normpath(path))
    path.parent.mkdir(parents=True, exist_ok=True)
    outside = pair.root / "outside"
    outside.mkdir()
    {"link": lambda: path.symlink_to(outside), "file": path.touch, "pipe": lambda: os.mkfifo(path)}[kind]()
    if (place, kind) == ("lock", "file"):
        return
    with pytest.raises(StorageError, match="cannot be used"):
        pair.sync()
    assert list(outside.iterdir()) == []


def test_of_many_at_once_one_works(pair: Pair) -> None:
    for turn in range(ROUNDS):
        pair.write("local", {f"{turn}/{name}.md": str(turn) for name in range(10)})
        codes = [process.wait() for process in [started(pair) for _ in range(4)]]
        assert 0 in codes
        assert set(codes) <= {0, 75}
        assert pair.files("local") == pair.files("codex")
        assert pair.litter() == []


def test_kill_9_at_any_time(pair: Pair) -> None:
    chance = random.Random(9)  # noqa: S311
    took = []
    for _ in range(3):
        pair.write("local", {"first.md": "1"})
        tried = time.monotonic()
        assert started(pair).wait() == 0
        took.append(time.monotonic() - tried)
    held = {}
    for turn in range(KILLS):
        held[f"{turn % 7}/{turn}.md"] = str(turn).encode()
        pair.write("local" if turn % 2 else "codex", {f"{turn % 7}/{turn}.md": str(turn)})
        process = started(pair)
        time.sleep(chance.uniform(min(took) * 0.5, min(took) * 1.1))
        process.kill()
        process.wait()
        for side in ("local", "codex"):
            files = pair.files(side)
            assert {name: files[name] for name in files if name in held} == {
                name: held[name] for name in files if name in held
            }
    pair.sync()
    assert pair.files("local") == pair.files("codex") == {**held, "first.md": b"1"}
    assert pair.litter() == []


def test_publishers_of_a_checkout_take_turns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = str(tmp_path)
    with taking_turns(own, "../codex", now=NOW):
        monkeypatch.setattr(lock, "_TURN", 0.1)
        with (
            pytest.raises(
                Locked, match=rf"another sync is at work in \.\./codex \(pid {os.getpid()} "
            ) as caught,
            taking_turns(own, "../codex", now=NOW),
        ):
            pass
        assert caught.value.exit_code == 75
        with taking_turns(None, "a clone", now=NOW):
            pass
    monkeypatch.setattr(lock, "_TURN", 60.0)
    process = os.fork()
    if process == 0:
        with taking_turns(own, "../codex", now=NOW):
            (tmp_path / "there").touch()
            time.sleep(0.5)
        os._exit(0)
    while not (tmp_path / "there").exists():
        time.sleep(0.01)
    with taking_turns(own, "../codex", now=NOW):
        assert os.waitpid(process, 0)[1] == 0
    nowhere = taking_turns(str(tmp_path / "gone"), "../codex", now=NOW)
    with pytest.raises(StorageError, match=r"\.\./codex cannot be published from: No such file"):
        nowhere.__enter__()


# --- what a killed one leaves, and what others put there ---


def test_what_is_half_done_is_cleared_and_nothing_else(pair: Pair) -> None:
    pair.write("local", {"a.md": "1", "d/b.md": "2"})
    root = str(pair.local)
    write_journal(
        root, RUN, [("local", "a.md"), ("codex", pair.rules.codex_path("d/x.md")), ("local", "gone/x.md")]
    )
    half = [pair.local / temporary(RUN, 0), pair.inside / "d" / temporary(RUN, 1)]
    kept = [pair.local / temporary(RUN, 7), pair.local / temporary("f" * 16, 0)]
    for path in (*half, *kept):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"half")
    (pair.local / STATE / "stage/deep").mkdir(parents=True)
    (pair.local / STATE / "stage/link").symlink_to(pair.local)
    clear(pair.targets())  # type: ignore[arg-type]
    assert [path.exists() for path in (*half, *kept)] == [False, False, True, True]
    assert pair.files("local") == {"a.md": b"1", "d/b.md": b"2"}
    assert os.listdir(pair.local / STATE) == []


HOSTILE = {
    "torn": b'{"run": "01234',
    "no mapping": b"[]",
    "no run": b'{"places": [["local", "a.md"]]}',
    "a run that climbs": json.dumps({"run": "../../../../x", "places": [["local", "a.md"]]}).encode(),
    "a run of another kind": json.dumps({"run": 7, "places": [["local", "a.md"]]}).encode(),
    "no places": json.dumps({"run": RUN, "places": 7}).encode(),
    "odd places": json.dumps(
        {"run": RUN, "places": [7, [], ["local"], ["x", "a.md"], ["local", 7]]}
    ).encode(),
    "places outside": json.dumps(
        {
            "run": RUN,
            "places": [["local", "../a.md"], ["local", "/a.md"], ["codex", "a/../../b"], ["local", "l/a"]],
        }
    ).encode(),
    "deep": b"[" * 100_000,
    "not text": b"\xff\xfe\0",
}


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE)
def test_a_journal_that_is_forged_does_nothing(pair: Pair, content: bytes) -> None:
    pair.write("local", {"a.md": "1"})
    outside = pair.root / "outside"
    outside.mkdir()
    for number in range(4):
        (pair.root / temporary(RUN, number)).write_bytes(b"mine")
        (outside / temporary(RUN, number)).write_bytes(b"mine")
    (pair.local / "l").symlink_to(outside)
    (pair.local / STATE).mkdir(parents=True)
    (pair.local / STATE / "journal").write_bytes(content)
    with holding(pair.targets(), now=NOW):  # type: ignore[arg-type]
        assert pair.litter() == []
    assert pair.files("local") == {"a.md": b"1"}
    assert len(os.listdir(outside)) == 4
    assert len([path for path in pair.root.iterdir() if path.name.endswith(".tmp")]) == 4


# --- full and read-only disks ---


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    place = tmp_path / "disk"
    place.mkdir()
    with mounted(place, "size=1m"):
        yield place


@contextlib.contextmanager
def mounted(place: Path, options: str) -> Iterator[None]:
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(place)], capture_output=True, check=False
    )
    if done.returncode:
        pytest.skip("file systems cannot be mounted here")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)


def busy(pair: Pair) -> None:
    """Work of every kind, on files of some size."""
    pair.write("local", {"a.md": "a" * 9000, "b/c.md": "c" * 5000, "gone.md": "x" * 3000})
    pair.sync()
    pair.write("local", {"a.md": "A" * 20_000, "gone.md": None, "new/d.md": "d" * 30_000})
    pair.write("codex", {"a.md": "B" * 8000, "b/c.md": "C" * 12_000})


def test_a_disk_that_is_full(small_disk: Path, tmp_path: Path) -> None:
    """At every level each file is old or new, and with room again all is done."""
    pair = Pair(small_disk / "pair")
    busy(pair)
    experiment = Experiment(pair, tmp_path / "lab", conflict="keep-codex")
    free = 160 * 1024
    for level in range(LEVELS):
        shutil.rmtree(pair.root)
        shutil.copytree(experiment.start, pair.root)
        experiment.pair = pair
        filler = small_disk / "filler"
        left = level * free // LEVELS
        state = os.statvfs(small_disk)
        filler.write_bytes(b"\0" * max(0, state.f_bavail * state.f_frsize - left))
        with contextlib.suppress(StorageError):
            pair.sync(conflict="keep-codex")
        experiment.check_whole()
        filler.unlink()
        pair.sync(conflict="keep-codex")
        experiment.check_same()


def test_a_disk_without_inodes(tmp_path: Path) -> None:
    place = tmp_path / "disk"
    place.mkdir()
    with mounted(place, "size=1m,nr_inodes=40"):
        pair = Pair(place / "pair")
        busy(pair)
        experiment = Experiment(pair, tmp_path / "lab", conflict="keep-codex")
        experiment.pair = pair
        for spare in range(8):
            shutil.rmtree(pair.root)
            shutil.copytree(experiment.start, pair.root)
            fillers = [place / f"filler{number}" for number in range(os.statvfs(place).f_favail - spare)]
            for filler in fillers:
                filler.touch()
            with contextlib.suppress(StorageError):
                pair.sync(conflict="keep-codex")
            experiment.check_whole()
            for filler in fillers:
                filler.unlink()
            pair.sync(conflict="keep-codex")
            experiment.check_same()


def test_a_disk_that_is_read_only(small_disk: Path) -> None:
    pair = Pair(small_disk / "pair")
    busy(pair)
    before = state_of(pair)
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    with pytest.raises(StorageError, match="cannot be used: Read-only file system"):
        pair.sync()
    assert state_of(pair) == before


def test_a_codex_folder_that_is_read_only(small_disk: Path, tmp_path: Path) -> None:
    pair = Pair(tmp_path / "pair")
    pair.codex = small_disk / "codex"
    pair.codex.mkdir()
    pair.write("local", {"a.md": "1"})
    pair.write("codex", {"b.md": "1"})
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    with holding(pair.targets(), now=NOW):  # type: ignore[arg-type]
        applied = pair.carry_out(pair.plan())
    assert {outcome.action.path: outcome.error for outcome in applied.outcomes} == {
        "a.md": "read-only file system",
        "b.md": None,
    }


def test_folders_on_two_disks(small_disk: Path, tmp_path: Path) -> None:
    pair = Pair(tmp_path / "pair")
    pair.codex = small_disk / "codex"
    pair.codex.mkdir()
    pair.write("local", {"a.md": "1", "x.md": "1"})
    pair.write("codex", {"b.md": "1", "x.md": "2"})
    pair.sync(conflict="keep-local")
    assert pair.files("local") == pair.files("codex")
    assert pair.backup() == [b"2"]
