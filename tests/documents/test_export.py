"""Documents as files: which names they may have."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from codex_action.artifacts.document import Document
from codex_action.documents.export import write_document, write_documents
from codex_action.errors import RefusedError


def document(path: str, content: bytes = b"x") -> Document:
    return Document(f"codex://umbrella/handbook/{path}", content, "github")


@pytest.mark.parametrize(
    "path",
    ["a:b.md", "CON", "nul.md", "docs/Aux/a.md", "com1.tar.gz", "LPT¹", "NUL .md", "a.", "a ", "docs./a.md", "conin$"],
)  # fmt: skip
def test_what_windows_would_write_elsewhere(tmp_path: Path, path: str) -> None:
    with pytest.raises(RefusedError, match="is no file's name on Windows"):
        write_document(str(tmp_path), document(path), windows=True)
    assert list(tmp_path.iterdir()) == []
    written = write_document(str(tmp_path), document(path), windows=False)
    assert Path(written).read_bytes() == b"x"


@pytest.mark.parametrize("path", ["a.md", "console.md", "docs/.hidden", "com10", "a b.md", "nul-1.md"])
def test_what_windows_takes(tmp_path: Path, path: str) -> None:
    expected = os.path.join(tmp_path, "umbrella", "handbook", *path.split("/"))
    assert write_document(str(tmp_path), document(path), windows=True) == expected


def test_two_contents_have_no_one_place(tmp_path: Path) -> None:
    folder = str(tmp_path / "out")
    with pytest.raises(RefusedError, match="have one place in"):
        write_documents(folder, [document("a.md"), document("a.md", b"y")])
    assert not os.path.exists(folder)
    assert len([*write_documents(folder, [document("a.md"), document("a.md")])]) == 2
