"""Documents in a folder: what it gives, and what it never gives.

All races are `CODEX_RACES=10000 python -m pytest tests/storage/test_storage_local.py -k race`.
"""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Callable

import pytest
from contracts.storage_contract import DOCUMENTS, UNSAFE, MakeProvider, StorageContract

from codex_action.errors import NotFound, NotModified, StorageError, UnsafePath
from codex_action.files import NotRegular
from codex_action.storage.beneath import Folder, opened
from codex_action.storage.local import LocalStorage

RACES = int(os.environ.get("CODEX_RACES", "1500"))
SECRET = b"not for you"


class PathStorage(LocalStorage):
    """As on a platform whose folders have no descriptors."""

    def _opened(self, segments: Sequence[str]) -> AbstractContextManager[Folder]:
        return opened(self.root, segments, descriptors=False)


BOTH = pytest.mark.parametrize("kind", [LocalStorage, PathStorage])


def written(root: Path, documents: Mapping[str, bytes]) -> Path:
    root.mkdir(parents=True, exist_ok=True)
    for name, content in documents.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return root


class TestLocalStorage(StorageContract):
    kind = LocalStorage

    @pytest.fixture
    def make(self, tmp_path: Path) -> MakeProvider:
        def make(documents: Mapping[str, bytes]) -> LocalStorage:
            return self.kind(written(tmp_path / str(len(os.listdir(tmp_path))), documents))

        return make


class TestPathStorage(TestLocalStorage):
    kind = PathStorage


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder of documents, a secret beside it, and everything in it that is no document."""
    written(tmp_path / "outside", {"secret.md": SECRET, "docs/guide.md": SECRET})
    root = written(tmp_path / "root", {"docs/guide.md": b"guide", ".git/config": SECRET, "sub/.git": b"x"})
    (root / "link.md").symlink_to(tmp_path / "outside/secret.md")
    (root / "inner-link.md").symlink_to("docs/guide.md")
    (root / "dangling.md").symlink_to("nowhere")
    (root / "loop.md").symlink_to("loop.md")
    (root / "linked").symlink_to(tmp_path / "outside")
    (root / "inner-linked").symlink_to("docs")
    os.mkfifo(root / "pipe.md")
    return root


# --- what is no document ----------------------------------------------------------------------------------------------


@BOTH
@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("link.md", "is a symbolic link, which is not followed"),
        ("inner-link.md", "is a symbolic link, which is not followed"),
        ("dangling.md", "is a symbolic link, which is not followed"),
        ("loop.md", "is a symbolic link, which is not followed"),
        ("linked/secret.md", "is a symbolic link, which is not followed"),
        ("linked/docs/guide.md", "is a symbolic link, which is not followed"),
        ("inner-linked/guide.md", "is a symbolic link, which is not followed"),
        ("pipe.md", "is not a regular file"),
    ],
)
def test_what_is_there_but_no_document(root: Path, kind: type[LocalStorage], path: str, reason: str) -> None:
    storage = kind(root)
    with pytest.raises(StorageError, match=reason) as caught:
        storage.fetch(path)
    assert not isinstance(caught.value, NotFound)
    assert caught.value.message == f"{path!r}: {reason}"
    with pytest.raises(StorageError):
        storage.exists(path)


@BOTH
def test_a_pipe_is_no_folder(root: Path, kind: type[LocalStorage]) -> None:
    with pytest.raises(StorageError):
        kind(root).fetch("pipe.md/a.md")


@BOTH
@pytest.mark.parametrize("path", [".git/config", ".GIT/config", "git~1/config", "sub/.git", ".git"])
def test_what_git_keeps_is_no_document(root: Path, kind: type[LocalStorage], path: str) -> None:
    storage = kind(root)
    with pytest.raises(NotFound):
        storage.fetch(path)
    assert not storage.exists(path)
    assert list(storage.list(path)) == []


@BOTH
def test_only_documents_are_listed(root: Path, kind: type[LocalStorage]) -> None:
    written(root, {"b/a.md": b"", "b.md": b"", "b-/a.md": b"", ".gitignore": b""})
    assert list(kind(root).list()) == [".gitignore", "b-/a.md", "b.md", "b/a.md", "docs/guide.md"]
    with pytest.raises(StorageError, match="is a symbolic link"):
        kind(root).list("linked")


def test_a_device_is_not_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(StorageError, match="'null': is not a regular file"):
        LocalStorage("/dev").fetch("null")


@pytest.mark.parametrize("path", ["C:/x.md", "c:x.md", "Z:", *UNSAFE.values()])
def test_nothing_is_touched_for_an_unsafe_path(root: Path, path: str) -> None:
    storage = LocalStorage(root)
    for method in (storage.fetch, storage.exists, *([storage.list] if path else [])):
        with touched() as events, pytest.raises(UnsafePath):
            method(path)
        assert events == []


@contextlib.contextmanager
def touched() -> Iterator[list[object]]:
    """What is opened or listed meanwhile, as the interpreter itself tells."""
    events: list[object] = []
    watching = threading.get_ident()

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        if watching == threading.get_ident() and event in {"open", "os.listdir", "os.scandir"}:
            events.append((event, arguments))

    sys.addaudithook(hook)
    try:
        yield events
    finally:
        watching = 0  # a hook stays for ever


@pytest.mark.parametrize("name", ["x" * 300, "\ud800.md"], ids=["too-long", "no-text"])
def test_what_no_file_can_be_called_is_missing(root: Path, name: str) -> None:
    with pytest.raises(NotFound):
        LocalStorage(root).fetch(name)
    assert not LocalStorage(root).exists(f"docs/{name}")


# --- sizes and trouble ------------------------------------------------------------------------------------------------


@BOTH
@pytest.mark.parametrize("size", [0, 1, 99, 100, 101, 5000])
def test_the_limit_counts_every_byte(tmp_path: Path, kind: type[LocalStorage], size: int) -> None:
    written(tmp_path, {"a.md": b"x" * size})
    storage = kind(tmp_path, max_size=100)
    if size <= 100:
        assert storage.fetch("a.md").size == size
    else:
        with pytest.raises(StorageError, match=r"'a\.md' is larger than 100 bytes"):
            storage.fetch("a.md")
    assert storage.exists("a.md")


def test_a_file_that_says_it_is_empty_is_read_to_its_end() -> None:
    storage = LocalStorage("/proc/self")
    assert storage.fetch("status").content.startswith(b"Name:")


def test_an_endless_file_is_read_to_the_limit(tmp_path: Path) -> None:
    with (tmp_path / "big.md").open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(StorageError, match="is larger"):
        LocalStorage(tmp_path, max_size=1000).fetch("big.md")


@BOTH
def test_a_root_that_is_not_there_tells_nothing(tmp_path: Path, kind: type[LocalStorage]) -> None:
    storage = kind(tmp_path / "gone")
    for ask in (lambda: storage.fetch("a.md"), lambda: storage.exists("a.md"), storage.list):
        with pytest.raises(StorageError, match="there is no folder") as caught:
            ask()
        assert not isinstance(caught.value, NotFound)


def test_the_root_may_be_a_link_and_stays_where_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(tmp_path / "real", {"a.md": b"a"})
    (tmp_path / "root").symlink_to("real")
    monkeypatch.chdir(tmp_path)
    storage = LocalStorage("root")
    monkeypatch.chdir("/")
    assert storage.fetch("a.md").content == b"a"
    assert storage.fetch("a.md").source == "local"
    assert LocalStorage(storage.root, source="codex").fetch("a.md").source == "codex"


def test_what_may_not_be_read_is_an_error(
    open_folder: Path, as_user: Callable[[], AbstractContextManager[None]]
) -> None:
    written(open_folder, {"shut/a.md": b"a", "dark/a.md": b"a", "mine.md": b"a", "docs/a.md": b"a"})
    (open_folder / "shut").chmod(0o700)
    (open_folder / "dark").chmod(0o711)  # may be passed through, not listed
    (open_folder / "mine.md").chmod(0o600)
    storage = LocalStorage(open_folder)
    with as_user():
        for path in ("shut/a.md", "mine.md"):
            with pytest.raises(StorageError, match="permission denied") as caught:
                storage.fetch(path)
            assert not isinstance(caught.value, NotFound)
        with pytest.raises(StorageError, match="permission denied"):
            storage.exists("shut/a.md")
        assert storage.exists("mine.md")
        assert storage.fetch("dark/a.md").content == b"a"
        with pytest.raises(StorageError, match=r"'(shut|dark)': permission denied"):
            storage.list()
        with pytest.raises(StorageError, match="'shut': permission denied"):
            storage.list("shut")
        assert list(storage.list("docs")) == ["docs/a.md"]
    (open_folder / "shut").chmod(0o755)


def test_a_folder_that_goes_away_while_others_are_listed_is_gone(tmp_path: Path) -> None:
    written(tmp_path, {"a/x.md": b"", "b/x.md": b"", "c.md": b""})

    class Vanishing(LocalStorage):
        def _opened(self, segments: Sequence[str]) -> AbstractContextManager[Folder]:
            if list(segments) == ["b"]:
                (tmp_path / "b/x.md").unlink()
                (tmp_path / "b").rmdir()
            return super()._opened(segments)

    assert list(Vanishing(tmp_path).list()) == ["a/x.md", "c.md"]


def test_a_deep_tree_and_many_files(tmp_path: Path) -> None:
    names = [f"{number:03}.md" for number in range(300)] + ["/".join(["d"] * 150) + "/deep.md"]
    written(tmp_path, dict.fromkeys(names, b""))
    assert list(LocalStorage(tmp_path).list()) == sorted(names)
    assert LocalStorage(tmp_path).exists(names[-1])


def test_no_descriptor_is_left_open(root: Path) -> None:
    before = set(os.listdir("/proc/self/fd"))
    storage = LocalStorage(root)
    for path in ("docs/guide.md", "docs/none.md", "linked/secret.md", "link.md", "pipe.md", "docs"):
        with contextlib.suppress(StorageError):
            storage.fetch(path)
    storage.list()
    assert set(os.listdir("/proc/self/fd")) == before


# --- conditional requests ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "known"),
    [("{}", True), ("W/{}", True), ('"x", {}', True), ('"x"', False), ("", False)],
)
def test_if_none_match(root: Path, header: str, known: bool) -> None:  # noqa: FBT001
    storage = LocalStorage(root)
    etag = storage.fetch("docs/guide.md").etag
    headers = {"Accept": "*/*", "IF-NONE-MATCH": header.format(etag)}
    if known:
        with pytest.raises(NotModified, match=r"'docs/guide\.md' has not changed"):
            storage.fetch("docs/guide.md", headers=headers)
    else:
        assert storage.fetch("docs/guide.md", headers=headers).etag == etag


# --- races ------------------------------------------------------------------------------------------------------------


def _flip_file(root: Path, outside: Path) -> None:
    """A document becomes a link to another file, and a document again; each at one stroke."""
    (root / "new.md").symlink_to(outside / "docs/guide.md")
    os.replace(root / "new.md", root / "docs/guide.md")
    (root / "new.md").write_bytes(b"guide")
    os.replace(root / "new.md", root / "docs/guide.md")


def _flip_folder(root: Path, outside: Path) -> None:
    os.rename(root / "docs", root / "aside")
    os.symlink(outside / "docs", root / "docs")
    os.unlink(root / "docs")
    os.rename(root / "aside", root / "docs")


@contextlib.contextmanager
def flipping(flip: Callable[[], None]) -> Iterator[None]:
    done = threading.Event()

    def work() -> None:
        while not done.is_set():
            flip()

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


@pytest.mark.parametrize("flip", [_flip_file, _flip_folder])
def test_no_race_leads_out(tmp_path: Path, flip: Callable[[Path, Path], None]) -> None:
    outside = written(tmp_path / "outside", {"docs/guide.md": SECRET, "docs/secret.md": SECRET})
    root = written(tmp_path / "root", {"docs/guide.md": b"guide"})
    storage = LocalStorage(root)
    escapes, got, listed = 0, set(), set()
    with flipping(lambda: flip(root, outside)):
        for number in range(100 * RACES):  # more where the threads ran in step
            if number >= RACES and got and escapes:
                break
            with contextlib.suppress(StorageError):
                got.add(storage.fetch("docs/guide.md").content)
            with contextlib.suppress(StorageError):
                listed.update(storage.list())
            with contextlib.suppress(OSError):
                escapes += (root / "docs/guide.md").read_bytes() == SECRET
    assert got == {b"guide"}
    assert not [path for path in listed if "secret" in path]
    assert escapes  # who follows links does get out, so there was something to withstand


def test_without_descriptors_an_exchange_is_seen(tmp_path: Path) -> None:
    written(tmp_path, {"root/a.md": b"a", "other/a.md": b"b"})

    class Exchanging(Folder):
        """Whenever it is looked at, the file is another one."""

        def state(self, name: str) -> os.stat_result:
            os.replace(tmp_path / "other/a.md", tmp_path / "root/a.md")
            (tmp_path / "other/a.md").write_bytes(b"c")
            return super().state(name)

    with pytest.raises(NotRegular, match="was exchanged"):
        Exchanging(str(tmp_path / "root"), None).read("a.md", 100)


def test_everything_in_the_contract_is_a_document(tmp_path: Path) -> None:
    assert list(LocalStorage(written(tmp_path, DOCUMENTS)).list()) == sorted(DOCUMENTS)
