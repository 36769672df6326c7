"""Contents in files."""

from __future__ import annotations

from pathlib import Path

import pytest

from codex_action.artifacts.document import content_hash
from codex_action.cache.blobs import Altered, Blobs, is_name

NAME = content_hash(b"one")


@pytest.fixture
def blobs(tmp_path: Path) -> Blobs:
    return Blobs(str(tmp_path / "objects"))


@pytest.mark.parametrize(
    "text", ["", "a" * 63, "../" + "a" * 61, "/" * 64, "a" * 63 + "\n", "é" * 64, "a" * 32 + "\0" + "a" * 31]
)
def test_what_is_no_name(blobs: Blobs, text: str) -> None:
    assert not is_name(text)
    with pytest.raises(ValueError, match="no sha256"):
        blobs.path(text)


def test_write_read_remove(blobs: Blobs) -> None:
    blobs.write(NAME, b"one")
    assert blobs.read(NAME) == b"one"
    assert list(blobs.paths()) == [f"{NAME[:2]}/{NAME}"]
    blobs.remove(NAME)
    blobs.remove(NAME)
    with pytest.raises(FileNotFoundError):
        blobs.read(NAME)


@pytest.mark.parametrize("size", [0, 1, 65_535, 65_536, 65_537, 1_000_000])
def test_every_size(blobs: Blobs, size: int) -> None:
    content = bytes(size)
    blobs.write(content_hash(content), content)
    assert blobs.read(content_hash(content)) == content


def test_what_is_there_is_not_written_again(blobs: Blobs) -> None:
    blobs.write(NAME, b"one")
    before = Path(blobs.path(NAME)).stat()
    blobs.write(NAME, b"one")
    assert Path(blobs.path(NAME)).stat() == before


def test_what_was_altered_is_not_read_and_what_was_cut_is_written_again(blobs: Blobs) -> None:
    blobs.write(NAME, b"one")
    Path(blobs.path(NAME)).write_bytes(b"two")
    with pytest.raises(Altered):
        blobs.read(NAME)
    Path(blobs.path(NAME)).write_bytes(b"on")
    blobs.write(NAME, b"one")
    assert blobs.read(NAME) == b"one"


def test_a_failed_write_leaves_nothing(blobs: Blobs, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError(5, "no")

    monkeypatch.setattr("os.replace", fail)
    with pytest.raises(OSError, match="no"):
        blobs.write(NAME, b"one")
    assert list(blobs.paths()) == []
