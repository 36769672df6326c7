"""A repository that is cloned and pushed to: which URLs and branches may be named, and git with its token at hand."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from codex_action.errors import GitError, NotFound, StorageError, Unauthorized, Unreachable, UsageError
from codex_action.remote.access import LOOPBACK, PASSWORD, git_access, reason
from codex_action.remote.addresses import shown
from codex_action.remote.git import Git, git_environment
from codex_action.remote.ssh import ssh_host

# What a user's or a repository's configuration could still start or change while objects travel. A signature would
# ask for a passphrase: commits of ours have none, and pushes neither.
_SETTINGS = (
    ("safe.bareRepository", "all"),
    ("clone.defaultRemoteName", "origin"),
    ("clone.rejectShallow", "false"),
    ("gc.auto", "0"),
    ("maintenance.auto", "false"),
    ("push.gpgSign", "false"),
    ("push.negotiate", "false"),
    ("push.pushOption", ""),
    ("fetch.writeCommitGraph", "false"),
    ("http.lowSpeedLimit", "1000"),  # bytes a second, for as many seconds as the next one says
    ("http.lowSpeedTime", "60"),
)
_HOST = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,251}[A-Za-z0-9_])?")
_AWAY = re.compile(
    r"failed to connect|couldn't connect|operation too slow|timed out|connection (?:was )?(?:reset|refused)|"
    r"empty reply|hung up unexpectedly",
    re.IGNORECASE,
)
_NO_KEY = re.compile(
    r"permission denied|host key verification failed|access denied|repository not found", re.IGNORECASE
)
_NOT_IN_BRANCH = re.compile(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//|/\.|\.lock(?:/|$)|\.(?:/|$)")


@dataclass(frozen=True)
class Upstream:
    """A repository's URL, the token for its host, and the environment that git runs in. Raises UsageError.

    The token travels through the environment, and to the host of this URL alone, also where git's configuration leads
    the URL elsewhere (`url.<base>.insteadOf`). `ssh` is the command that an address of ssh's is reached by; without
    one there is no such address.
    """

    url: str
    token: str | None = field(default=None, repr=False)
    environ: Mapping[str, str] = field(default_factory=lambda: dict(os.environ), repr=False)
    ssh: str = ""

    def __post_init__(self) -> None:
        self._check(self.url)
        if self.token and not (self.token.isascii() and self.token.isprintable()):
            raise UsageError(f"the token for {shown(self.url)} holds characters that no token has")

    def environment(self, folder: str, *, trusted: bool = False) -> dict[str, str]:
        """What git needs in a folder to reach this repository, by no other scheme than the one it is led to."""
        plain = Git(folder, environ=self._environment(self.url), trusted=trusted)
        place = os.fsdecode(plain.run("ls-remote", "--get-url", "--end-of-options", self.url)).rstrip("\n")
        try:
            return self._environment(self._check(place))
        except UsageError as error:
            hint = "look for url.<base>.insteadOf: git config --get-regexp '^url[.]'"
            raise UsageError(f"git's configuration leads {shown(self.url)} elsewhere", hint=hint) from error

    def _check(self, url: str) -> str:
        return url if self.ssh and ssh_host(url) else check_url(url)

    def _environment(self, place: str) -> dict[str, str]:
        """`place` is where git's configuration leads the URL."""
        scheme = "ssh" if ssh_host(place) else urlsplit(place).scheme
        known = {**self.environ, PASSWORD: self.token or "", "GIT_ALLOW_PROTOCOL": scheme}
        settings = [*_SETTINGS, *([] if ssh_host(self.url) else git_access(self.url, self.token))]
        if scheme == "ssh":
            settings += [("protocol.ssh.allow", "always"), ("core.sshCommand", self.ssh)]
        return git_environment(known, None, settings)

    def failure(self, error: GitError) -> StorageError:
        """What git's words about this repository mean, without anything secret in them."""
        where, words = shown(self.url), reason(error)
        if "does not appear to be a git repository" in error.stderr and self.url.startswith("file:"):
            return NotFound(f"{where}: there is no such repository")
        if ssh_host(self.url) and _NO_KEY.search(error.stderr):
            return Unauthorized(
                f"{where}: ssh does not let this user in: {printable(words)}",
                hint=f"try it with: ssh -T {where.partition(':')[0] if '://' not in where else ssh_host(where)}",
            )
        if words.startswith(("no access", "not found")):
            return Unauthorized(
                f"{where}: {words}", hint="a token that may read and write there: CODEX_TOKEN"
            )
        if words.startswith("the host") or _AWAY.search(error.stderr):
            return Unreachable(f"{where}: the host cannot be reached, or did not answer in time")
        return GitError(f"{where}: {printable(words)}", stderr=error.stderr)


def check_url(url: str) -> str:
    """Give the URL back if git may be sent there: https, a file:// URL, or http on this machine. Raises UsageError.

    What git would take for an option, a helper's name or a shell's command is none of these; nor is a URL with a
    password, which every list of processes would show.
    """
    wrong = UsageError(
        f"{shown(url)!r} is no URL of a repository that is synced with",
        hint="https://HOST/OWNER/REPOSITORY.git, or the path of a checkout; a token goes into CODEX_TOKEN",
    )
    if not url.isprintable() or " " in url or "\\" in url or re.search("%(?:0|1|7f)", url, re.IGNORECASE):
        raise wrong
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError as error:
        raise wrong from error
    if parts.scheme == "file":
        fine = url.startswith("file:///") and len(parts.path) > 1
    else:
        named = host == "::1" if "[" in parts.netloc else bool(_HOST.fullmatch(host))
        fine = named and (parts.scheme == "https" or (parts.scheme == "http" and host in LOOPBACK))
    if not fine or "@" in parts.netloc or "?" in url or "#" in url:
        raise wrong
    return url


def check_branch(name: str) -> str:
    """Give a branch's name back if git takes it for one and for nothing else. Raises UsageError.

    The rules of git check-ref-format --branch, without what begins with '-', 'refs/' or is 'HEAD'.
    """
    broken = (
        not name or len(name.encode("utf-8", "replace")) > 200 or not name.isprintable() or name[0] in "-/."
        or name[-1] == "/" or name in ("@", "HEAD") or name.startswith("refs/") or _NOT_IN_BRANCH.search(name)
    )  # fmt: skip
    if broken:
        raise UsageError(f"{name[:100]!r} is no name of a branch")
    return name


def printable(words: str, limit: int = 300) -> str:
    """A server's words on one line, not endless, and without what a terminal would obey."""
    text = " ".join(words.split())[:limit]
    return "".join(character if character.isprintable() else "?" for character in text)
