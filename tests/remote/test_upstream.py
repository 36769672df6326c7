"""Which URLs and branches may be named: what git could take for an option, a program or another host is none of them."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_action.errors import GitError, NotFound, Unauthorized, Unreachable, UsageError
from codex_action.remote.clone import Clone
from codex_action.remote.upstream import Upstream, check_branch, check_url, printable

GOOD_URLS = (
    "https://github.com/umbrella/codex.git",
    "https://github.com/umbrella/codex",
    "https://ghes.example:8443/umbrella/codex.git",
    "https://10.0.0.7/umbrella/codex.git",
    "file:///srv/git/codex.git",
    "http://127.0.0.1:8080/umbrella/codex.git",
    "http://localhost/umbrella/codex.git",
    "http://[::1]:80/umbrella/codex.git",
)


@pytest.mark.parametrize("url", GOOD_URLS)
def test_url(url: str) -> None:
    assert check_url(url) == url


def hostile_urls(canary: Path) -> list[str]:
    """URLs that would run a program, read a file, ask another host or show a secret."""
    run = f"touch {canary}"
    shell = run.replace(" ", "${IFS}")
    options = (
        f"--upload-pack={run}", f"--receive-pack={run}", f"--exec={run}", f"-u{run}", f"--config=core.sshCommand={run}",
        f"-ccore.gitProxy={run}", "--template=/tmp", "--mirror", "-", "--", "--help", "--output=/tmp/x",
        f"--upload-pack={shell}", "-o", "--end-of-options", "--recurse-submodules", f"--separate-git-dir={canary}",
        "--bare", "-v", f"-oProxyCommand={run}", f"--server-option={run}", f"--bundle-uri=file://{canary}",
    )  # fmt: skip
    helpers = (
        f"ext::sh -c {run!r}", f"ext::sh -c touch%20{canary}", f"ext::{run}", f"EXT::{run}", "fd::0", "fd::17/x", "file::/etc/passwd",
        "http::https://github.com/a/b", "transport::address", f"ext::sh%20-c%20{run}", "git-remote-ext::x", "::https://github.com/a/b",
        f"testgit::{canary}", "persistent-https://github.com/a/b", "hg::https://x/y", f"ext::git %s{canary}",
    )  # fmt: skip
    shells = (
        f"ssh://-oProxyCommand={shell}/x", f"ssh://git@-oProxyCommand={shell}/x", f"ssh://x;{run}/y", f"git@-oProxyCommand={run}:a/b",
        f"-oProxyCommand={shell}:a/b", "git@github.com:umbrella/codex.git", "ssh://git@github.com/a/b.git", "git+ssh://github.com/a/b",
        f"ssh://$({shell})/x", f"`{run}`:x", "github.com:a/b", f"ssh://[-oProxyCommand={shell}]/x", f"https://-oProxyCommand={shell}/x",
        f"https://$({shell})/x", f"https://`{shell}`/x", f"https://a;{shell}/x", f"https://a|{shell}/x", "rsync://host/x", "git://host/x",
        "ftp://host/x", "ftps://host/x",
    )  # fmt: skip
    lines = (
        f"https://github.com/a/b\n{run}", "https://github.com/a\r/b", "https://github.com/a/b\0c", "https://github.com\n.evil.example/a", "\nhttps://x/y",
        "https://github.com/a/b\t", " https://github.com/a/b", "https://github.com/a b", "https://github.com/a/b\x1b[31m", "https://github.com/%0a",
        "https://github.com/%0d%0aHost:x", "https://github.com/a%00b", "https://github.com/\u2028", "https://github.com/a\x7f", "https://github.com/%7f",
        "\u200bhttps://github.com/a", "https://github.com/a/\u202eb",
    )  # fmt: skip
    hosts = (
        "https://user:secret@github.com/a/b", "https://secret@github.com/a/b", "https://github.com@evil.example/a", "https:///a/b", "https://", "https:a/b",
        "https://-host/a", "https://host-/a", "https://.host/a", "https://ho$t/a", "https://[::1/a", "https://[bad]/a", "https://host:port/a",
        "https://host:99999/a", "http://github.com/a/b", "http://169.254.169.254/latest", "http://0.0.0.0/a", "http://127.0.0.1.evil.example/a",
        "http://localhost@evil.example/a", "https://github.com\\@evil.example/a", "https://github.com/a?x=1", "https://github.com/a#x", "//github.com/a/b",
        "https://gith\u00fcb.com/a/b", "https://github.com:443@evil.example/",
    )  # fmt: skip
    files = (
        "", ".", "..", "/", "/etc/passwd", "../codex", "~/codex", "C:\\codex", "C:/codex", "file:", "file://", "file:///", "file://host/share", "file:/x",
        "file://localhost/x", "FILE:/etc/passwd", "file://../x", "\\\\host\\share", "file:///a b", "data:text/plain,x", "javascript:alert(1)",
        "file:///x?upload-pack=y",
    )  # fmt: skip
    return [*options, *helpers, *shells, *lines, *hosts, *files]


def test_a_hostile_url_is_refused_before_git_starts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    canary = tmp_path / "canary"
    urls = hostile_urls(canary)
    assert len(set(urls)) >= 100
    monkeypatch.setenv("PATH", "")  # git would not be found
    for url in urls:
        with pytest.raises(UsageError) as caught:
            Clone(Upstream(url), str(tmp_path))
        assert "secret" not in str(caught.value)
        assert str(caught.value).isprintable()
    assert not canary.exists()


@pytest.mark.parametrize(
    "base", ["ext::sh -c touch% {}", "{}/x ", "ssh://git@host/", "https://u:p@host/", "http://192.0.2.1/"]
)
def test_git_s_configuration_does_not_lead_elsewhere(
    base: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    canary = tmp_path / "canary"
    config = tmp_path / "config"
    subprocess.run(
        ["git", "config", "--file", str(config), f"url.{base.format(canary)}.insteadOf", "https://github.com/"], check=True
    )  # fmt: skip
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(config))
    with pytest.raises(UsageError, match=r"git's configuration leads .*/umbrella/codex.git elsewhere"):
        Clone(Upstream("https://github.com/umbrella/codex.git"), str(tmp_path))
    assert not canary.exists()


def test_a_configuration_that_allows_programs_does_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """protocol.ext.allow of the user's is stronger than protocol.allow of ours."""
    config = tmp_path / "config"
    config.write_text('[protocol "ext"]\n\tallow = always\n', encoding="utf-8")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(config))
    environ = Upstream("https://github.com/umbrella/codex.git").environment(str(tmp_path))
    done = subprocess.run(
        ["git", "ls-remote", f"ext::sh -c touch% {tmp_path}/canary"], env=environ, capture_output=True, check=False
    )  # fmt: skip
    assert b"transport 'ext' not allowed" in done.stderr
    assert not (tmp_path / "canary").exists()


def test_a_token_that_is_none() -> None:
    with pytest.raises(UsageError, match="characters that no token has"):
        Upstream("https://github.com/a/b", "secret\nHost: x")
    assert "tkn" not in repr(Upstream("https://github.com/a/b", "tkn", {"GITHUB_TOKEN": "tkn"}))


GOOD_BRANCHES = (
    "main",
    "codex-sync/handbook",
    "release/1.0",
    "a",
    "ü/ñ",
    "x-y_z",
    "feature/a.b",
    "a@b",
    "v1.0",
)
BAD_BRANCHES = (
    "", "-", "-x", "--upload-pack=touch x", "--force", "-oProxyCommand=x", "a..b", "a b", "a\nb", "a\0b", "a\tb", "a~1", "a^", "a:b", "a?b", "a*b", "a[b",
    "a\\b", "@", "a@{1}", "@{-1}", "a/", "/a", "a//b", ".a", "a/.b", "a.", "a./b", "a.lock", "a.lock/b", "HEAD", "refs/heads/main", "a" * 201, "a\x7f",
    "a\x1b[0m", "main:refs/heads/other", "^main", "a\u202eb", "refs/tags/v1", "a\udcffb",
)  # fmt: skip


@pytest.mark.parametrize("name", GOOD_BRANCHES)
def test_branch(name: str) -> None:
    assert check_branch(name) == name


@pytest.mark.parametrize("name", BAD_BRANCHES)
def test_no_branch(name: str) -> None:
    with pytest.raises(UsageError, match="is no name of a branch") as caught:
        check_branch(name)
    assert str(caught.value).isprintable()


@given(st.text(st.sampled_from("ab/.@{~-\\lock:? [*^\n\x7f+é"), max_size=8))
def test_no_name_that_git_would_not_take(name: str) -> None:
    try:
        check_branch(name)
    except UsageError:
        return
    command = ["git", "check-ref-format", "--branch", name]
    assert subprocess.run(command, capture_output=True, check=False, cwd="/").returncode == 0


WORDS = {
    "token": ("fatal: Authentication failed for 'https://x'", Unauthorized, "no access"),
    "no token": ("fatal: could not read Username for 'https://x'", Unauthorized, "no access"),
    "may not": (
        "fatal: unable to access 'https://x/': The requested URL returned error: 403",
        Unauthorized,
        "no access",
    ),
    "missing": ("fatal: repository 'https://x/' not found", Unauthorized, "not found, or private"),
    "name": (
        "fatal: unable to access 'https://x/': Could not resolve host: x",
        Unreachable,
        "cannot be reached",
    ),
    "port": (
        "fatal: unable to access 'https://x/': Failed to connect to x port 1",
        Unreachable,
        "cannot be reached",
    ),
    "slow": (
        "fatal: unable to access 'https://x/': Operation too slow. Less than 1000 bytes/sec",
        Unreachable,
        "in time",
    ),
    "cut": ("fatal: the remote end hung up unexpectedly", Unreachable, "cannot be reached"),
    "else": ("fatal: early EOF", GitError, "early EOF"),
}


@pytest.mark.parametrize(("words", "kind", "told"), WORDS.values(), ids=WORDS.keys())
def test_failure(words: str, kind: type[Exception], told: str) -> None:
    error = GitError(words, stderr=words)
    found = Upstream("https://github.com/a/b").failure(error)
    assert type(found) is kind
    assert str(found).startswith("https://github.com/a/b: ")
    assert told in str(found)


def test_no_folder() -> None:
    error = GitError("x", stderr="fatal: '/x' does not appear to be a git repository")
    assert isinstance(Upstream("file:///x").failure(error), NotFound)


def test_printable() -> None:
    assert printable("a\r\n\x1b[31m b\u202e" + "x" * 400) == "a ?[31m b?" + "x" * 290
    assert not re.search(r"\s\s", printable("a \n  b"))
    assert os.linesep not in printable(os.linesep)
