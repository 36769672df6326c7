"""Files are read whole, written whole or not at all, and found by walking."""

from __future__ import annotations

import errno
import ntpath
import os
import posixpath
import stat
import threading
from pathlib import Path
from types import ModuleType
from typing import Any, Callable

import pytest

from codex_action import files

# --- reading -------------------------------------------------------------------------------------------------------

SIZES = [0, 1, 65_535, 65_536, 65_537, 3_000_000]


@pytest.mark.parametrize("size", SIZES)
def test_all_bytes_are_read(size: int, tmp_path: Path) -> None:
    data = os.urandom(size)
    (tmp_path / "a").write_bytes(data)
    assert files.read_bytes(str(tmp_path / "a")) == data


def test_a_file_that_says_it_is_empty_may_not_be() -> None:
    if not os.path.exists("/proc/self/status"):
        pytest.skip("this system has no /proc")
    assert files.read_bytes("/proc/self/status").startswith(b"Name:")


def test_a_file_that_grows_or_shrinks_while_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"x" * 100_000)
    real = os.fstat

    def after(change: Callable[[], object]) -> Callable[[int], os.stat_result]:
        def fstat(descriptor: int) -> os.stat_result:
            state = real(descriptor)
            change()
            return state

        return fstat

    with monkeypatch.context() as patch:
        patch.setattr(os, "fstat", after(lambda: path.write_bytes(b"y" * 300_000)))
        assert files.read_bytes(str(path)) == b"y" * 300_000
    with monkeypatch.context() as patch:
        patch.setattr(os, "fstat", after(lambda: os.truncate(path, 70_000)))
        assert files.read_bytes(str(path)) == b"y" * 70_000


def test_a_read_may_give_less_than_was_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = os.urandom(200_000)
    (tmp_path / "a").write_bytes(data)
    real = os.read
    monkeypatch.setattr(os, "read", lambda descriptor, size: real(descriptor, min(size, 65_536)))
    assert files.read_bytes(str(tmp_path / "a")) == data


def test_links_are_followed_unless_refused(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("x")
    (tmp_path / "link").symlink_to("a")
    assert files.read_bytes(str(tmp_path / "link")) == b"x"
    with pytest.raises(files.NotRegular, match="symbolic link"):
        files.read_bytes(str(tmp_path / "link"), follow=False)
    assert files.read_bytes(str(tmp_path / "a"), follow=False) == b"x"


def test_what_is_no_regular_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "pipe", Path("/dev/null")):
        with pytest.raises(files.NotRegular):
            files.read_bytes(str(path))
    for name in ("gone", "a\udcff"):
        with pytest.raises(FileNotFoundError):
            files.read_bytes(str(tmp_path / name))


def test_a_folder_on_a_system_that_opens_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: str, *_: object) -> int:
        raise PermissionError(errno.EACCES, "denied", path)

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(files.NotRegular, match="folder"):
        files.read_bytes(str(tmp_path))
    with pytest.raises(PermissionError):
        files.read_bytes(__file__)


def test_a_pipe_with_a_writer_does_not_block(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    writer = os.open(tmp_path / "pipe", os.O_RDWR)
    try:
        with pytest.raises(files.NotRegular):
            files.read_bytes(str(tmp_path / "pipe"))
    finally:
        os.close(writer)


# --- writing -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", [0o644, 0o755, 0o600, 0o666])
def test_mode_and_owner_stay(mode: int, tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_text("old")
    path.chmod(mode)
    if os.geteuid() == 0:
        os.chown(path, 12345, 54321)
    before = path.stat()
    files.write_atomic(str(path), b"new")
    after = path.stat()
    assert path.read_bytes() == b"new"
    assert (stat.S_IMODE(after.st_mode), after.st_uid, after.st_gid) == (mode, before.st_uid, before.st_gid)
    assert os.listdir(tmp_path) == ["a"]


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder/a").write_text("old")
    (tmp_path / "link").symlink_to("folder/a")
    files.write_atomic(str(tmp_path / "link"), b"new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "folder/a").read_bytes() == b"new"
    assert os.listdir(tmp_path / "folder") == ["a"]


def test_long_and_odd_names(tmp_path: Path) -> None:
    for name in (
        "x" * 255,
        "é" * 127,
        "文" * 85,
        "🙂" * 63,
        "a\nb",
        os.fsdecode(b"\xff"),
        os.fsdecode(b"\xff") * 255,
    ):
        (tmp_path / name).write_text("old")
        files.write_atomic(str(tmp_path / name), b"new")
        assert (tmp_path / name).read_bytes() == b"new"


def test_a_relative_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a").write_text("old")
    files.write_atomic("a", b"new")
    assert Path("a").read_bytes() == b"new"


def test_only_what_is_there_is_replaced(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        files.write_atomic(str(tmp_path / "none"), b"new")
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("call", ["write", "fsync", "replace", "chmod", "fchown"])
def test_whatever_fails_the_old_bytes_stay(
    call: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a"
    path.write_text("old")
    if call == "fchown":
        if os.geteuid() != 0:
            pytest.skip("a file of somebody else needs root")
        os.chown(path, 12345, 12345)

    def fail(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, call, fail)
    with pytest.raises(OSError, match="No space left"):
        files.write_atomic(str(path), b"new")
    monkeypatch.undo()
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["a"]


def test_short_writes_are_continued(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a").write_text("old")
    real = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, data: real(descriptor, data[:3]))
    files.write_atomic(str(tmp_path / "a"), b"abcdefgh")
    assert (tmp_path / "a").read_bytes() == b"abcdefgh"


@pytest.mark.parametrize(("durable", "waits"), [(True, 2), (False, 0)])
def test_a_new_file_has_its_mode_and_waits_for_the_disk_if_it_should(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, waits: int, *, durable: bool
) -> None:
    waited: list[int] = []
    monkeypatch.setattr(os, "fsync", waited.append)
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    files.create(str(tmp_path / "link"), b"new", mode=0o600, durable=durable)
    assert (tmp_path / "link").lstat().st_mode == 0o100600
    assert (tmp_path / "link").read_bytes() == b"new"
    assert not (tmp_path / "elsewhere").exists()
    assert len(waited) == waits


def test_readers_see_the_old_or_the_new(tmp_path: Path) -> None:
    path, texts = str(tmp_path / "a"), {b"a" * 100_000, b"b" * 200_000}
    (tmp_path / "a").write_bytes(b"a" * 100_000)
    seen: set[bytes] = set()
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            seen.add(files.read_bytes(path))

    reader = threading.Thread(target=read)
    reader.start()
    for _ in range(20):
        for text in texts:
            files.write_atomic(path, text)
    done.set()
    reader.join()
    assert seen <= texts


def test_a_file_that_may_not_be_written(open_folder: Path, as_user: Callable[..., object]) -> None:
    (open_folder / "a").write_text("old")
    (open_folder / "a").chmod(0o444)
    with as_user(), pytest.raises(PermissionError):  # type: ignore[attr-defined]
        files.write_atomic(str(open_folder / "a"), b"new")
    assert (open_folder / "a").read_bytes() == b"old"


# --- walking -------------------------------------------------------------------------------------------------------


def test_walk(tmp_path: Path) -> None:
    for name in (
        "b.md",
        "a/x.md",
        "a/.git/config",
        ".git/config",
        ".hidden/y",
        "a/deep/z",
        os.fsdecode(b"\xff"),
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    (tmp_path / "up").symlink_to("..")
    (tmp_path / "c").mkdir()
    (tmp_path / "c/.git").write_text("gitdir: elsewhere")
    paths, errors, others = files.walk(str(tmp_path))
    assert sorted(paths) == sorted(
        [
            ".hidden/y",
            "a/deep/z",
            "a/x.md",
            "b.md",
            "up",
            os.fsdecode(b"\xff"),
            *(p for p in paths if p == "c/.git"),
        ]
    )
    assert (errors, others) == ([], 0)
    assert sorted(files.walk(str(tmp_path), "a").paths) == ["a/deep/z", "a/x.md"]


def test_pipes_are_counted_and_their_data_is_left_alone(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    reader = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    writer = os.open(tmp_path / "pipe", os.O_WRONLY)
    try:
        os.write(writer, b"codex://a/b/../c")
        assert files.walk(str(tmp_path)) == ([], [], 1)
        with pytest.raises(files.NotRegular):
            files.read_bytes(str(tmp_path / "pipe"))
        assert os.read(reader, 100) == b"codex://a/b/../c"
    finally:
        os.close(reader)
        os.close(writer)


def test_what_cannot_be_listed_is_told(tmp_path: Path) -> None:
    paths, errors, _ = files.walk(str(tmp_path), "gone")
    assert (paths, [(error.errno, error.filename) for error in errors]) == ([], [(errno.ENOENT, "gone")])


ROOTS = {
    "a repository": (".git/", "", "."),
    "a working tree beside its repository": (".git", "docs", "."),
    "a project's folder": (".fractary/", "docs/deep", "."),
    "neither": (None, "docs", "docs"),
    "a file of that name": (".fractary", "docs", "docs"),
}


@pytest.mark.parametrize(("mark", "start", "root"), ROOTS.values(), ids=ROOTS.keys())
def test_root(mark: str | None, start: str, root: str, tmp_path: Path) -> None:
    (tmp_path / "docs/deep").mkdir(parents=True)
    if mark:
        (tmp_path / mark).mkdir() if mark.endswith("/") else (tmp_path / mark).write_text("")
    assert files.find_root(str(tmp_path / start)) == os.path.normpath(tmp_path / root)


def test_the_nearest_root_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "part/.fractary").mkdir(parents=True)
    (tmp_path / "part/docs").mkdir()
    assert files.find_root(str(tmp_path / "part/docs")) == str(tmp_path / "part")
    monkeypatch.chdir(tmp_path)
    assert files.find_root(".") == str(tmp_path)
    assert files.repository_of(str(tmp_path / "part/docs")) == str(tmp_path)


# --- names -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("system", "folder", "path", "expected"),
    [
        pytest.param(posixpath, "/a", "/a", True, id="itself"),
        pytest.param(posixpath, "/a", "/a/b", True, id="below"),
        pytest.param(posixpath, "/a/", "/a/b", True, id="a slash at its end"),
        pytest.param(posixpath, "/", "/a", True, id="the root"),
        pytest.param(posixpath, "/a", "/ab", False, id="beside"),
        pytest.param(posixpath, "/a/b", "/a", False, id="above"),
        pytest.param(posixpath, "/a", "a/b", False, id="a relative path"),
        pytest.param(ntpath, r"C:\a", r"C:\a\b", True, id="Windows"),
        pytest.param(ntpath, r"C:\a", r"D:\a\b", False, id="another drive"),
        pytest.param(ntpath, r"C:\a", r"\\host\share\a", False, id="a share"),
    ],
)
def test_is_below(
    monkeypatch: pytest.MonkeyPatch, system: ModuleType, folder: str, path: str, *, expected: bool
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(os, "path", system)
        result = files.is_below(folder, path)
    assert result is expected


def test_interrupted_just_as_the_copy_is_made_leaves_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A signal is seen when a call comes back: by then the file is there."""
    (tmp_path / "a.md").write_bytes(b"old")
    real = os.open

    def interrupted(*arguments: Any) -> int:  # noqa: ANN401
        os.close(real(*arguments))
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "open", interrupted)
    with pytest.raises(KeyboardInterrupt):
        files.write_atomic(str(tmp_path / "a.md"), b"new")
    monkeypatch.undo()
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("a.md", b"old")]
