"""Many documents of one repository come with git, in the place of a request for each."""

from __future__ import annotations

import contextlib
import os
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from fake_github import FakeGitHub
from trees import Tree, repository

from codex_action.codex import Codex
from codex_action.documents.library import LibrarySettings
from codex_action.documents.options import FetchOptions
from codex_action.storage import bulk

PATHS = [f"docs/{number}.md" for number in range(30)]
REFERENCES = [f"codex://umbrella/handbook/{path}" for path in PATHS]


@pytest.fixture
def hub() -> Iterator[FakeGitHub]:
    with FakeGitHub() as server:
        server.add("umbrella/handbook", dict.fromkeys(PATHS[:5], b"of the API"))
        yield server


@pytest.fixture
def environ(tmp_path: Path, hub: FakeGitHub) -> dict[str, str]:
    """A git server beside the API, which has more than the API has."""
    tree = repository(
        tmp_path / "served" / "umbrella" / "handbook", {path: path for path in PATHS}, remote=None
    )
    os.symlink("0.md", tree.root / "docs/link.md")
    tree.git("add", "-A")
    tree.git("commit", "-qm", "a link")
    (tmp_path / "served/umbrella/handbook").rename(tmp_path / "served/umbrella/handbook.git")
    count = int(os.environ["GIT_CONFIG_COUNT"])
    return {
        **os.environ,
        "GITHUB_API_URL": hub.url,
        "GITHUB_SERVER_URL": "https://git.example",
        "GIT_CONFIG_COUNT": str(count + 1),
        f"GIT_CONFIG_KEY_{count}": f"url.file://{tmp_path}/served/.insteadOf",
        f"GIT_CONFIG_VALUE_{count}": "https://git.example/",
    }


def codex(tmp_path: Path, environ: dict[str, str]) -> Codex:
    (tmp_path / "work/.git").mkdir(parents=True, exist_ok=True)
    settings = LibrarySettings(cache_dir=str(tmp_path / "cache"))
    return Codex(str(tmp_path / "work"), environ=environ, project="umbrella/web", library=settings)


def test_many_come_with_git_and_are_remembered(
    tmp_path: Path, hub: FakeGitHub, environ: dict[str, str]
) -> None:
    with codex(tmp_path, environ) as project:
        found = project.fetch_documents(REFERENCES)
        assert [one.document.text for one in found if one.document] == PATHS
        assert {one.document.source for one in found if one.document} == {"github"}
        assert hub.log == []
        assert all(one.document and one.document.cached for one in project.fetch_documents(REFERENCES))
        again = project.fetch_documents(REFERENCES, FetchOptions(bypass_cache=True))
        assert not any(one.document and one.document.cached for one in again)
    assert hub.log == []


def test_few_are_asked_for_one_by_one(tmp_path: Path, hub: FakeGitHub, environ: dict[str, str]) -> None:
    with codex(tmp_path, environ) as project:
        found = project.fetch_documents(
            [*REFERENCES[:5], *(f"codex://umbrella/r{n}/a.md" for n in range(20))]
        )
    assert [one.document.text for one in found[:5] if one.document] == ["of the API"] * 5
    assert len(hub.log) >= 5


def test_what_git_does_not_bring_is_asked_for_alone(
    tmp_path: Path, hub: FakeGitHub, environ: dict[str, str]
) -> None:
    names = [
        *REFERENCES,
        "codex://umbrella/handbook/docs/link.md",
        "codex://umbrella/handbook/gone.md",
        "no/../thing",
    ]
    with codex(tmp_path, environ) as project:
        found = project.fetch_documents(names)
    assert [type(one.error).__name__ for one in found[30:]] == ["NotFound", "NotFound", "InvalidReference"]
    asked = [exchange.path for exchange in hub.log if "/contents/" in exchange.path]
    assert sorted(path.rpartition("/")[2] for path in asked) == ["gone.md", "link.md"]


def test_without_git_the_api_is_asked(tmp_path: Path, hub: FakeGitHub, environ: dict[str, str]) -> None:
    known = {**environ, "GITHUB_SERVER_URL": "https://git.example/none"}
    with codex(tmp_path, known) as project:
        found = project.fetch_documents(REFERENCES)
    assert sum(one.document is not None for one in found) == 5
    with codex(tmp_path, known) as project:
        assert not any(
            one.document for one in project.fetch_documents(REFERENCES[10:], FetchOptions(offline=True))
        )


def test_too_large_a_document_is_left_out(tmp_path: Path, environ: dict[str, str]) -> None:
    place = tmp_path / "large.git"
    tree = repository(place, {"a.md": "a", "big.bin": b"\0" * (11 * 1024 * 1024)}, remote=None)
    assert tree.root == place
    count = int(environ["GIT_CONFIG_COUNT"])
    known = {
        **environ,
        "GIT_CONFIG_COUNT": str(count + 1),
        f"GIT_CONFIG_KEY_{count}": f"url.file://{tmp_path}/.insteadOf",
        f"GIT_CONFIG_VALUE_{count}": "https://git.example/umbrella/",
    }
    found = bulk.fetch_many(
        "https://git.example",
        ("umbrella", "large", None),
        ["a.md", "big.bin", "none"],
        environ=known,
        token=None,
    )
    assert {path: result.content for path, result in found.items()} == {"a.md": b"a"}


def test_a_name_that_no_file_may_have_is_its_own_trouble_alone(
    tmp_path: Path, environ: dict[str, str]
) -> None:
    repo = Tree(tmp_path / "served/umbrella/handbook.git")
    repo.write({"git~1/x.md": "x"})
    for command in (("add", "-A"), ("commit", "-qm", "a name that Windows takes for .git")):
        repo.git("-c", "core.protectNTFS=false", *command)
    with codex(tmp_path, environ) as project:
        found = project.fetch_documents([*REFERENCES, "codex://umbrella/handbook/git~1/x.md"])
    assert [one.document is not None for one in found[:5]] == [True] * 5
    assert len(found) == 31


def test_without_a_folder_for_it_each_is_asked_for_alone(
    tmp_path: Path, hub: FakeGitHub, environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.add("umbrella/handbook", dict.fromkeys(PATHS, b"of the API"))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
    with codex(tmp_path, environ) as project:
        found = project.fetch_documents(REFERENCES)
    assert {one.document.text for one in found if one.document} == {"of the API"}
    assert len([one for one in found if one.document]) == 30


def test_what_was_brought_for_many_is_for_them_alone(
    tmp_path: Path, hub: FakeGitHub, environ: dict[str, str]
) -> None:
    def stop(_done: int, _of: int) -> None:
        raise KeyboardInterrupt

    with codex(tmp_path, environ) as project:
        with pytest.raises(KeyboardInterrupt):
            project.fetch_documents(REFERENCES, progress=stop)
        hub.add("umbrella/handbook", dict.fromkeys(PATHS, b"new"))
        document = project.fetch_document(REFERENCES[-1], FetchOptions(bypass_cache=True))
    assert (document.text, document.cached) == ("new", False)


def test_a_git_server_that_does_not_answer_is_not_waited_for_again(
    tmp_path: Path, hub: FakeGitHub, environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "_TIMEOUT", 0.5)
    names = ("umbrella/handbook", "umbrella/library")
    for name in names:
        hub.add(name, dict.fromkeys(PATHS, b"of the API"))
    references = [f"codex://{name}/{path}" for name in names for path in PATHS]
    with socket.create_server(("127.0.0.1", 0)) as silent:
        environ["GITHUB_SERVER_URL"] = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with codex(tmp_path, environ) as project:
            found = project.fetch_documents(references)
        silent.settimeout(0)
        connections = 0
        with contextlib.suppress(BlockingIOError):
            while True:
                silent.accept()[0].close()
                connections += 1
    assert {one.document.text for one in found if one.document} == {"of the API"}
    assert (len(found), connections) == (60, 1)
