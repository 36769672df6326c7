"""Which names stand for what is open already."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from codex_action.cli.streams import append, open_file


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("-", "/dev/fd/1"),
        ("/dev/stdout", "/dev/fd/1"),
        ("/dev/stderr", "/dev/fd/2"),
        ("/dev/fd/7", "/dev/fd/7"),
        ("/dev/../dev//fd/7", "/dev/fd/7"),
        ("/dev/fd/none", ""),
        ("/dev/null", ""),
        ("a.md", ""),
        ("stdout", ""),
    ],
)
def test_names(name: str, place: str) -> None:
    assert open_file(name) == place


def test_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for link, target in {"out": "/dev/stdout", "again": "out", "round": "round", "file": "a.md"}.items():
        Path(link).symlink_to(target)
    names = ("out", "again", "round", "file", "none/out")
    assert [open_file(name) for name in names] == ["/dev/fd/1", "/dev/fd/1", "", "", ""]


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="this system has no /proc")
def test_another_process_s_file_and_ours(tmp_path: Path) -> None:
    file = tmp_path / "log"
    with file.open("wb") as stream:
        stream.write(b"1")
        stream.flush()
        number = stream.fileno()
        for name in (f"/proc/self/fd/{number}", f"/proc/{os.getpid()}/fd/{number}"):
            assert open_file(name) == f"/dev/fd/{number}"
        append(f"/dev/fd/{number}", b"2")
        append(f"/proc/thread-self/fd/{number}", b"3")
        assert open_file(f"/proc/thread-self/fd/{number}").startswith("/proc/")
    assert file.read_bytes() == b"123"
