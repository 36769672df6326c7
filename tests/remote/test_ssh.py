"""Addresses of ssh's: what is one, and by which command it is reached."""

from __future__ import annotations

from pathlib import Path

import pytest
from trees import Tree

from codex_action.errors import GitError, Unauthorized, UsageError
from codex_action.remote.git import Git
from codex_action.remote.ssh import ssh_command, ssh_host
from codex_action.remote.upstream import Upstream

HOSTS = {
    "git@github.com:umbrella/codex.git": "github.com",
    "github.com:umbrella/codex": "github.com",
    "work-alias:umbrella/codex.git": "work-alias",
    "git@host:/srv/git/codex.git": "host",
    "ssh://git@github.com/umbrella/codex.git": "github.com",
    "ssh://git@host:2222/umbrella/codex.git": "host",
    "ssh://host/~me/codex": "host",
}
NONE = [
    "https://github.com/umbrella/codex.git", "file:///srv/codex.git", "../codex", "C:/codex", "C:codex", "", "git@:x", "git@host:", "ssh://host",
    "-oProxyCommand=x:y", "ssh://-oProxyCommand=x/y", "git@-oProxyCommand=x:y", "-x@host:y", "git@host:-x", "ssh://git:pw@host/x", "ext::sh -c x",
    "git@host:a b", "git@host:a\nb", "git@host:$(x)", "git@host:'x'", "ssh://host/a?b", "ssh://host:x/a", "git@host:a//b", "host::x", "git@ho st:x",
]  # fmt: skip


@pytest.mark.parametrize(("url", "host"), HOSTS.items())
def test_addresses(url: str, host: str) -> None:
    assert ssh_host(url) == host
    assert Upstream(url, None, {}, "ssh").url == url
    with pytest.raises(UsageError, match="is no URL of a repository"):
        Upstream(url, None, {})


@pytest.mark.parametrize("url", NONE)
def test_what_is_none(url: str) -> None:
    assert ssh_host(url) is None


def test_whose_command_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The user's own, never the repository's."""
    work = Tree(tmp_path / "work")
    work.root.mkdir()
    work.git("init", "--quiet")
    assert ssh_command(Git(str(work.root))) == "ssh -o BatchMode=yes"
    work.git("config", "core.sshCommand", "touch canary")
    assert ssh_command(Git(str(work.root))) == "ssh -o BatchMode=yes"
    (tmp_path / "global").write_text("[core]\nsshCommand = ssh -i key\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "global"))
    assert ssh_command(Git(str(work.root))) == "ssh -i key"
    (tmp_path / "global").write_text("[core\n")
    with pytest.raises(GitError):
        ssh_command(Git(str(work.root)))


@pytest.mark.parametrize("url", ["git@host:umbrella/codex.git", "ssh://git@host/umbrella/codex.git"])
def test_who_is_not_let_in(url: str) -> None:
    words = "git@host: Permission denied (publickey).\nfatal: Could not read from remote repository."
    failure = Upstream(url, None, {}, "ssh").failure(GitError("git push failed", stderr=words))
    assert isinstance(failure, Unauthorized)
    assert "ssh does not let this user in" in failure.message
    assert failure.hint in ("try it with: ssh -T git@host", "try it with: ssh -T host")
