"""What another repository holds, asked over file:// and http://, and a token that nobody but its host sees."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from git_server import GitServer, served
from programs import RunCli
from trees import Tree, bare

from codex_action.errors import GitError
from codex_action.remote.access import reason
from codex_action.remote.listing import (
    ProjectNotFound,
    VersionNotFound,
    remote_paths,
    repository_url,
)

CANARY = "tkn_canary_7f3a9c"


@pytest.fixture
def repositories(tmp_path: Path) -> Path:
    made = bare(tmp_path / "server/umbrella/other.git", {"docs/a.md": "x\n", "new\nline.md": "x\n"}, "v1")
    made.git("config", "uploadpack.allowFilter", "true")
    return tmp_path / "server"


@pytest.fixture
def guarded(repositories: Path) -> Iterator[GitServer]:
    with served(repositories, token=CANARY) as server:
        yield server


URLS = {
    "plain": ("https://github.com", "https://github.com/umbrella/other.git"),
    "a slash at the end": ("https://ghes.example/", "https://ghes.example/umbrella/other.git"),
    "a path": ("https://host/git", "https://host/git/umbrella/other.git"),
}


@pytest.mark.parametrize(("server", "url"), URLS.values(), ids=URLS.keys())
def test_url(server: str, url: str) -> None:
    assert repository_url(server, "umbrella", "other") == url


def test_over_file(repositories: Path) -> None:
    url = f"file://{repositories}/umbrella/other.git"
    assert remote_paths(url, None, environ=os.environ) == {"docs/a.md", "new\nline.md"}
    assert remote_paths(url, "v1", environ=os.environ) == {"docs/a.md", "new\nline.md"}
    with pytest.raises(VersionNotFound):
        remote_paths(url, "v2", environ=os.environ)
    with pytest.raises(ProjectNotFound):
        remote_paths(f"file://{repositories}/umbrella/none.git", None, environ=os.environ)


def test_nothing_is_left_behind(repositories: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    remote_paths(f"file://{repositories}/umbrella/other.git", None, environ=os.environ)
    with pytest.raises(ProjectNotFound):
        remote_paths(f"file://{repositories}/umbrella/none.git", None, environ=os.environ)
    assert os.listdir(tmp_path / "temporary") == []


def test_over_http_without_a_door(repositories: Path) -> None:
    with served(repositories) as server:
        url = repository_url(server.url, "umbrella", "other")
        assert "docs/a.md" in remote_paths(url, None, environ=os.environ)
        assert "docs/a.md" in remote_paths(url, "v1", environ=os.environ)
        with pytest.raises(VersionNotFound):
            remote_paths(url, "v2", environ=os.environ)
        with pytest.raises(GitError, match="not found, or private"):
            remote_paths(repository_url(server.url, "umbrella", "none"), None, environ=os.environ)


REASONS = {
    "a port that reads like a status": (
        "fatal: repository 'http://127.0.0.1:40321/umbrella/none.git/' not found",
        "not found, or private",
    ),
    "a status": (
        "fatal: unable to access 'http://h/o/p.git/': The requested URL returned error: 403",
        "no access",
    ),
    "a name that is not known": (
        "fatal: unable to access 'https://h/o/p403.git/': Could not resolve host: h",
        "the host cannot be reached",
    ),
}


@pytest.mark.parametrize(("stderr", "said"), REASONS.values(), ids=REASONS.keys())
def test_why_a_host_did_not_answer(stderr: str, said: str) -> None:
    assert said in reason(GitError("git failed", stderr=stderr))


def test_the_right_token_opens(guarded: GitServer) -> None:
    url = repository_url(guarded.url, "umbrella", "other")
    assert "docs/a.md" in remote_paths(url, "v1", environ=os.environ, token=CANARY)


@pytest.mark.parametrize("token", [None, "wrong"])
@pytest.mark.parametrize("status", [401, 403])
def test_without_it_nobody_can_tell(token: str | None, status: int, guarded: GitServer) -> None:
    guarded.status = status
    url = repository_url(guarded.url, "umbrella", "other")
    with pytest.raises(GitError, match="no access") as caught:
        remote_paths(url, None, environ=os.environ, token=token)
    assert type(caught.value) is GitError
    assert "wrong" not in str(caught.value) + caught.value.stderr


TOKENS = ["CODEX_TOKEN", "GITHUB_TOKEN", "GH_TOKEN"]


@pytest.mark.parametrize("name", TOKENS)
@pytest.mark.parametrize("format_", ["text", "json", "github", "markdown"])
def test_through_the_door(
    name: str, format_: str, guarded: GitServer, project: Tree, run_cli: RunCli
) -> None:
    project.write({"a.md": "codex://umbrella/other/docs/b.md and codex://umbrella/none/x.md\n"})
    env = {name: CANARY, "GITHUB_SERVER_URL": guarded.url}
    result = run_cli(
        "validate", "refs", "--resolve", "remote", "--format", format_, cwd=project.root, env=env
    )
    assert result.code == 1
    assert "CODEX020" in result.out
    assert "CODEX024" in result.out
    assert CANARY not in result.out + result.err
    assert {path.split("/")[2] for path, authorization in guarded.seen if authorization} == {
        "other.git",
        "none.git",
    }


def test_a_refused_token_is_unknown_and_exit_0(guarded: GitServer, project: Tree, run_cli: RunCli) -> None:
    project.write({"a.md": "codex://umbrella/other/docs/b.md\n"})
    env = {"CODEX_TOKEN": "x" + CANARY, "GITHUB_TOKEN": "never-used", "GITHUB_SERVER_URL": guarded.url}
    result = run_cli("validate", "refs", "--resolve", "remote", "--json", cwd=project.root, env=env)
    assert (result.code, result.rules) == (0, ["CODEX024"])
    assert CANARY not in result.out + result.err


def test_the_token_is_in_no_argument_and_no_file(
    guarded: GitServer, project: Tree, run_cli: RunCli, tmp_path: Path
) -> None:
    """A git of our own, first on the PATH, writes down what it is called with, and the files it leaves."""
    tools, log = tmp_path / "tools", tmp_path / "log"
    tools.mkdir()
    real = shutil.which("git")
    (tools / "git").write_text(
        "#!/bin/sh\n"
        f'printf "%s\\n" "$*" >>"{log}"\n'
        f'"{real}" "$@"; code=$?\n'
        f'[ -f "$2/config" ] && cat "$2/config" "$2/FETCH_HEAD" >>"{log}" 2>/dev/null\n'
        f'env >>"{tmp_path}/environment"\n'
        "exit $code\n"
    )
    (tools / "git").chmod(0o755)
    project.write({"a.md": "codex://umbrella/other/docs/a.md\n"})
    env = {"CODEX_TOKEN": CANARY, "GITHUB_SERVER_URL": guarded.url, "PATH": f"{tools}:{os.environ['PATH']}"}
    result = run_cli("validate", "refs", "--resolve", "remote", cwd=project.root, env=env)
    assert result.code == 0
    calls = log.read_text()
    assert "fetch" in calls
    assert "[core]" in calls
    assert CANARY not in calls
    assert CANARY in (tmp_path / "environment").read_text()


def test_the_token_goes_to_its_host_alone(repositories: Path) -> None:
    """A server that leads elsewhere: the other one is never told."""
    with served(repositories, token=CANARY) as other, served(repositories, redirect=other.url) as first:
        url = repository_url(first.url, "umbrella", "other")
        with pytest.raises(GitError):
            remote_paths(url, None, environ=os.environ, token=CANARY)
        assert [authorization for _, authorization in other.seen if authorization] == []


def test_the_token_is_not_told_to_an_open_server_either(repositories: Path) -> None:
    with served(repositories) as other, served(repositories, redirect=other.url) as first:
        url = repository_url(first.url, "umbrella", "other")
        with contextlib.suppress(GitError):
            remote_paths(url, None, environ=os.environ, token=CANARY)
        assert [authorization for _, authorization in other.seen if authorization] == []


def test_a_repository_that_moved_is_found(repositories: Path) -> None:
    with served(repositories, token=CANARY) as server:
        server.moved["/umbrella/old.git"] = "/umbrella/other.git"
        url = repository_url(server.url, "umbrella", "old")
        assert "docs/a.md" in remote_paths(url, None, environ=os.environ, token=CANARY)


def test_a_public_repository_is_read_without_the_token(repositories: Path) -> None:
    with served(repositories) as server:
        url = repository_url(server.url, "umbrella", "other")
        assert "docs/a.md" in remote_paths(url, None, environ=os.environ, token=CANARY)
        assert {authorization for _, authorization in server.seen} == {None}


def test_no_token_goes_into_a_file_url(repositories: Path) -> None:
    assert remote_paths(f"file://{repositories}/umbrella/other.git", None, environ=os.environ, token=CANARY)


UNREACHABLE = {
    "nobody listens": ("http://127.0.0.1:1/a/b.git", "failed|reached"),
    "no such host": ("http://nowhere.invalid/a/b.git", "the host cannot be reached"),
    "another scheme": ("ext::sh -c touch% canary", "fail"),
    "a scheme that was not asked for": ("ssh://127.0.0.1:1/a/b.git", "fail"),
    "an option": ("--upload-pack=touch canary", "fail"),
}


@pytest.mark.parametrize(("url", "words"), UNREACHABLE.values(), ids=UNREACHABLE.keys())
def test_unreachable(url: str, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(GitError, match=words) as caught:
        remote_paths(url, None, environ=os.environ)
    assert type(caught.value) is GitError
    assert not (tmp_path / "canary").exists()


@pytest.mark.parametrize("version", ["--upload-pack=touch canary", "-x"])
def test_a_version_is_no_option(
    version: str, repositories: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises((GitError, VersionNotFound)):
        remote_paths(f"file://{repositories}/umbrella/other.git", version, environ=os.environ)
    assert not list(tmp_path.rglob("canary"))
