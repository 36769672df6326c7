"""Documents in memory."""

from __future__ import annotations

import pytest
from contracts.storage_contract import MakeProvider, StorageContract

from codex_action.errors import NotFound, UnsafePath
from codex_action.storage.memory import MemoryStorage


class TestMemoryStorage(StorageContract):
    @pytest.fixture
    def make(self) -> MakeProvider:
        return MemoryStorage


def test_documents_come_and_go() -> None:
    storage = MemoryStorage()
    storage.put("a.md", b"1")
    first = storage.fetch("a.md")
    storage.put("a.md", b"2")
    assert first.etag is not None
    assert storage.fetch("a.md", headers={"If-None-Match": first.etag}).content == b"2"
    storage.remove("a.md")
    storage.remove("a.md")
    with pytest.raises(NotFound, match=r"there is no document 'a\.md'"):
        storage.fetch("a.md")


def test_what_is_given_later_changed_is_not_ours() -> None:
    content, documents = bytearray(b"1"), {"a.md": b"0"}
    storage = MemoryStorage(documents)
    storage.put("b.md", content)  # type: ignore[arg-type]
    documents["a.md"], content[0] = b"9", 57
    assert [storage.fetch(path).content for path in storage.list()] == [b"0", b"1"]


def test_no_document_has_an_unsafe_path() -> None:
    with pytest.raises(UnsafePath):
        MemoryStorage({"../a.md": b""})
    with pytest.raises(UnsafePath):
        MemoryStorage().put("/a.md", b"")


def test_its_documents_say_where_they_are_from() -> None:
    assert MemoryStorage({"a.md": b""}).fetch("a.md").source == "memory"
    assert MemoryStorage({"a.md": b""}, source="made").fetch("a.md").source == "made"
