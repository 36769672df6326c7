"""What every storage provider must do. A provider's test class inherits it and says how to make one.

class TestMine(StorageContract):
    @pytest.fixture
    def make(self) -> MakeProvider:
        return lambda documents: MyStorage(...)  # a provider that has these documents: path -> bytes
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Callable

import pytest

from codex_action.artifacts.document import FetchResult
from codex_action.errors import NotFound, NotModified, StorageError, UnsafePath
from codex_action.storage.base import StorageProvider

MakeProvider = Callable[[Mapping[str, bytes]], StorageProvider]

DOCUMENTS = {
    "README.md": b"# Read me\n",
    "docs/guide.md": b"\xef\xbb\xbfa\r\nb\r\n",
    "docs/api/index.md": b"# API\n",
    "docs-old/guide.md": b"old\n",
    "docs/empty.md": b"",
    "docs/logo.png": bytes(range(256)) * 300,
    "docs/gr\u00fc\u00df \u6587\u66f8.md": "gr\u00fc\u00df \u6587\u66f8\n".encode(),
    "docs/a b%20c#d&e+f.md": b"what must be encoded in a URL\n",
    ".fractary/config.json": b"{}\n",
}
UNSAFE = {
    "empty": "",
    "traversal": "../README.md",
    "inner-traversal": "docs/../../README.md",
    "inner-traversal-that-stays": "docs/../README.md",
    "absolute": "/etc/passwd",
    "home": "~/x",
    "drive": "C:\\x.md",
    "share": "\\\\server\\x.md",
    "backslash": "docs\\guide.md",
    "nul": "docs/guide.md\0.png",
    "newline": "docs/guide.md\n",
    "dot": "./README.md",
    "double": "docs//guide.md",
    "slash": "docs/",
    "url": "https://example.com/x",
    "file-url": "file:///etc/passwd",
}
MISSING = {
    "name": "docs/nothing.md",
    "folder": "nowhere/guide.md",
    "below-a-file": "README.md/x.md",
    "a-folder-is-no-document": "docs",
    "beginning-of-a-name": "docs/guide",
    "other-case": "docs/GUIDE.md",
    "percent-signs-are-no-encoding": "docs/%67uide.md",
    "nor-a-way-out": "docs/%2e%2e/README.md",
}


class StorageContract:
    """What holds for every provider."""

    # Can it say what there is? One that cannot raises a StorageError from `list`.
    lists = True

    @pytest.fixture
    def make(self) -> MakeProvider:
        raise NotImplementedError("a provider's test class says how to make one")

    @pytest.fixture
    def provider(self, make: MakeProvider) -> Iterator[StorageProvider]:
        made = make(DOCUMENTS)
        yield made
        made.close()

    def test_it_is_a_provider(self, provider: StorageProvider) -> None:
        assert isinstance(provider, StorageProvider)

    @pytest.mark.parametrize("path", DOCUMENTS)
    def test_fetch_gives_every_byte(self, provider: StorageProvider, path: str) -> None:
        result = provider.fetch(path)
        assert result.content == DOCUMENTS[path]
        assert result.size == len(DOCUMENTS[path])
        assert result.source
        assert provider.exists(path)

    def test_fetch_tells_the_kind_of_content(self, provider: StorageProvider) -> None:
        kinds = {path: provider.fetch(path).content_type for path in ("README.md", "docs/logo.png")}
        assert kinds == {"README.md": "text/markdown", "docs/logo.png": "image/png"}

    def test_a_known_document_is_not_sent_again(self, provider: StorageProvider) -> None:
        etag = provider.fetch("docs/guide.md").etag
        assert etag is not None
        for name in ("If-None-Match", "if-none-match"):
            with pytest.raises(NotModified):
                provider.fetch("docs/guide.md", headers={name: etag})
        other = provider.fetch("README.md", headers={"If-None-Match": etag})
        assert other.content == DOCUMENTS["README.md"]
        assert other.etag != etag

    def test_a_changed_document_is_sent_again(self, make: MakeProvider) -> None:
        old, new = make({"a.md": b"old"}), make({"a.md": b"new"})
        etag = old.fetch("a.md").etag
        assert etag is not None
        result = new.fetch("a.md", headers={"If-None-Match": etag})
        assert (result.content, result.etag == etag) == (b"new", False)
        old.close()
        new.close()

    @pytest.mark.parametrize("path", MISSING.values(), ids=MISSING)
    def test_what_is_surely_missing(self, provider: StorageProvider, path: str) -> None:
        with pytest.raises(NotFound):
            provider.fetch(path)
        assert provider.exists(path) is False

    @pytest.mark.parametrize("path", UNSAFE.values(), ids=UNSAFE)
    def test_an_unsafe_path_is_refused(self, provider: StorageProvider, path: str) -> None:
        with pytest.raises(UnsafePath):
            provider.fetch(path)
        with pytest.raises(UnsafePath):
            provider.exists(path)
        if self.lists and path:
            with pytest.raises(UnsafePath):
                provider.list(path)

    def test_list_is_everything_in_order(self, provider: StorageProvider) -> None:
        if self.lists:
            assert list(provider.list()) == sorted(DOCUMENTS)

    @pytest.mark.parametrize(
        ("prefix", "paths"),
        [
            pytest.param(
                "docs", [path for path in sorted(DOCUMENTS) if path.startswith("docs/")], id="folder"
            ),
            pytest.param("docs/api", ["docs/api/index.md"], id="inner-folder"),
            pytest.param("doc", [], id="beginning-of-a-name"),
            pytest.param("README.md", [], id="document"),
            pytest.param("nowhere", [], id="missing"),
        ],
    )
    def test_list_of_a_folder(self, provider: StorageProvider, prefix: str, paths: list[str]) -> None:
        if self.lists:
            assert list(provider.list(prefix)) == paths

    def test_a_place_without_documents(self, make: MakeProvider) -> None:
        provider = make({})
        assert not provider.exists("README.md")
        if self.lists:
            assert list(provider.list()) == []
        provider.close()

    def test_it_is_closed_more_than_once(self, provider: StorageProvider) -> None:
        """Who asks later is served, or hears that it is closed; never that there is no such document."""
        provider.fetch("README.md")
        provider.close()
        provider.close()
        try:
            later: object = provider.fetch("README.md").content
        except StorageError as error:
            later = type(error)
        assert later in (DOCUMENTS["README.md"], StorageError)

    def test_it_serves_eight_threads(self, provider: StorageProvider) -> None:
        def read(path: str) -> tuple[FetchResult, bool]:
            return provider.fetch(path), provider.exists("docs/nothing.md")

        paths = [*DOCUMENTS] * 8
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(read, paths))
        assert [result.content for result, _ in answers] == [DOCUMENTS[path] for path in paths]
        assert not any(exists for _, exists in answers)
