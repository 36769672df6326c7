"""Folders of clones: each goes with its run, and with the next one if its run was killed."""

from __future__ import annotations

import errno
import os
import signal
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from codex_action.sync import lock
from codex_action.sync import scratch as module
from codex_action.sync.scratch import scratch


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def left(place: Path) -> list[str]:
    return sorted(path.name for path in place.iterdir())


def killed() -> None:
    """A run that dies with its folder."""
    process = os.fork()
    if process == 0:
        with scratch() as folder:
            Path(folder, "tree").mkdir()
            Path(folder, "tree/a.md").write_text("x")
            os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(process, 0)


def test_it_goes_with_its_run(place: Path) -> None:
    with scratch() as folder:
        Path(folder, "objects").mkdir()
        Path(folder, "objects/x").write_text("x")
        Path(folder, "objects/x").chmod(0o400)
        assert Path(folder).parent == place
    assert left(place) == []


def test_what_a_killed_run_left_goes_and_a_living_one_s_stays(place: Path) -> None:
    with scratch() as living:
        killed()
        assert len(left(place)) == 2
        with scratch() as mine:
            assert {str(path) for path in place.iterdir()} == {living, mine}
        assert os.listdir(living) == [".codex-sync-alive"]


def test_what_is_not_ours_stays(place: Path) -> None:
    """Other names, links, files, folders of others, and young ones that may be about to be signed."""
    for name in ("other", "codex-sync-young", "codex-sync-old"):
        (place / name).mkdir()
    (place / "other/.codex-sync-alive").touch()
    (place / "codex-sync-file").touch()
    (place / "codex-sync-link").symlink_to(place / "other")
    (place / "codex-sync-odd/.codex-sync-alive").mkdir(parents=True)
    os.utime(place / "codex-sync-old", (1, 1))
    kept = ["codex-sync-file", "codex-sync-link", "codex-sync-odd", "codex-sync-young", "other"]
    if os.geteuid() == 0:
        (place / "codex-sync-theirs").mkdir()
        os.utime(place / "codex-sync-theirs", (1, 1))
        os.chown(place / "codex-sync-theirs", 12345, 12345)
        kept.insert(3, "codex-sync-theirs")
    with scratch():
        pass
    assert left(place) == kept
    assert (place / "other/.codex-sync-alive").exists()


def test_a_folder_of_somebody_s_with_such_a_name_stays(place: Path) -> None:
    """However old it is, and whatever is in it."""
    for name in ("notes.md", "alive"):
        mine = place / f"codex-sync-{name}"
        mine.mkdir()
        (mine / name).write_text("nowhere else")
        os.utime(mine, (1, 1))
    with scratch():
        pass
    assert sorted(path.name for path in place.glob("*/*")) == ["alive", "notes.md"]


def test_a_folder_that_was_swept_too_early(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between being made and being signed: then there is another one."""
    whole, swept = module._signed, []  # noqa: SLF001

    def late(folder: str) -> int | None:
        if len(swept) < 2:
            swept.append(folder)
            os.rmdir(folder)
        return whole(folder)

    monkeypatch.setattr(module, "_signed", late)
    with scratch() as folder:
        assert folder not in swept
        assert [str(path) for path in place.iterdir()] == [folder]
    assert left(place) == []


def test_where_nothing_can_be_locked(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Folders are used all the same, and nothing is taken for dead."""

    def refused(_descriptor: int) -> None:
        raise OSError(errno.ENOLCK, "no locks")

    killed()
    monkeypatch.setattr(lock, "_lock", refused)
    with scratch() as folder:
        assert os.path.isdir(folder)
    assert len(left(place)) == 1


def test_many_at_once(place: Path) -> None:
    """Nobody loses a folder that is used."""
    barrier = threading.Barrier(4)

    def run(number: int) -> bool:
        barrier.wait()
        for turn in range(25):
            with scratch() as folder:
                mark = Path(folder, f"{number}-{turn}")
                mark.touch()
                if turn % 5 == 0 and number == 0:
                    killed()
                if not mark.exists():
                    return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(run, range(4)))
    with scratch():
        pass
    assert left(place) == []
