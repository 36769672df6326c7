"""Run git: argument lists only, no prompt, no hook, no helper that a repository could choose.

Nothing here writes to a repository: GIT_OPTIONAL_LOCKS=0 keeps even the index's statistics as they are.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from typing import BinaryIO

from codex_action.errors import GitError, UsageError
from codex_action.files import repository_of

# A repository's own configuration must not start programs or reach elsewhere (reliability.md R34).
_SETTINGS = (
    ("core.hooksPath", os.devnull),
    ("core.fsmonitor", "false"),
    ("core.pager", "cat"),
    ("core.quotePath", "false"),
    ("submodule.recurse", "false"),
    ("protocol.allow", "never"),
)
# Set by git for its hooks, about the repository the hook runs in; -C finds the right one by itself.
_FOREIGN_VARIABLES = (
    "GIT_DIR", "GIT_WORK_TREE", "GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_NAMESPACE",
    "GIT_PREFIX", "GIT_COMMON_DIR", "GIT_EXTERNAL_DIFF", "GIT_PAGER", "GIT_CONFIG_PARAMETERS",
    "GIT_LITERAL_PATHSPECS", "GIT_GLOB_PATHSPECS", "GIT_NOGLOB_PATHSPECS", "GIT_ICASE_PATHSPECS",
)  # fmt: skip
_VERSION = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_./@{}^~+-]{0,250}")
_CLOSED = re.compile(r"^warning: could not open directory '([^\0]*?)/': (.*)$", re.MULTILINE)
_TIMEOUT = 120.0


class Git:
    """git in one working tree. `trusted`: its owner may be another user, as in a container on a runner.

    `index`: of the commit that is being made, where a hook runs; for the tree alone in which it runs.
    `closed`: folders that cannot be listed, as they are named from the repository's root, and why.
    """

    def __init__(
        self,
        root: str,
        *,
        environ: Mapping[str, str] | None = None,
        trusted: bool = False,
        index: bool = False,
    ) -> None:
        self.root = os.path.abspath(root)
        self.closed: list[tuple[str, str]] = []
        safe = repository_of(self.root) if trusted else None
        self._environ = git_environment(
            os.environ if environ is None else environ,
            os.path.realpath(safe) if safe else None,
            index=index,
        )

    def run(
        self,
        *arguments: str,
        timeout: float = _TIMEOUT,
        stdin: BinaryIO | None = None,
        stdout: BinaryIO | None = None,
        apart: bool = False,
        warnings: list[str] | None = None,
    ) -> bytes:
        """Standard output of `git ARGUMENTS`, unless `stdout` is a file that takes it; `stdin` is one that it reads.

        `apart`: who stops this program and all that it started does not stop this git, which would leave its locks.
        `warnings` gets what git says although it goes on. Raises GitError with git's own words.
        """
        command = ["git", "-C", self.root, *arguments]
        try:
            done = subprocess.run(  # noqa: S603  (a list, no shell)
                command,
                env=self._environ,
                stdin=stdin or subprocess.DEVNULL,
                stdout=stdout or subprocess.PIPE,
                stderr=subprocess.PIPE,
                timeout=timeout,
                check=False,
                start_new_session=apart,
            )
        except FileNotFoundError as error:
            raise GitError("git is not installed", hint="install git and put it on the PATH") from error
        except OSError as error:
            raise GitError(f"git cannot be started: {error.strerror}") from error
        except subprocess.TimeoutExpired as error:
            raise GitError(f"git {arguments[0]} did not finish in {timeout:.0f} seconds") from error
        if done.returncode:
            raise _failure(arguments[0], done.stderr)
        if warnings is not None:
            warnings += os.fsdecode(done.stderr).splitlines()
        return done.stdout or b""

    def tracked(self) -> list[str]:
        """The paths in the index below the root, with '/'. A conflicted path comes once."""
        return self._listed("--cached")

    def untracked(self) -> list[str]:
        """The paths that git neither tracks nor ignores; `closed` then has the folders it could not look into."""
        said: list[str] = []
        found = _paths(self.run("ls-files", "-z", "--others", "--exclude-standard", warnings=said))
        self.closed = _CLOSED.findall("\n".join(said))
        return found

    def remote_url(self) -> str | None:
        """The URL of `origin`, or None. It may hold a password: never print it. Raises GitError."""
        url = self.run("config", "--default", "", "--get", "remote.origin.url")
        if not url.strip():  # of a folder that git does not trust, `config` says nothing, and gives no error
            self.run("rev-parse", "--git-dir")
        return url.decode("utf-8", "replace").strip() or None

    def changed_since(self, ref: str) -> tuple[list[str], list[str]]:
        """(paths that differ from where HEAD left `ref` and still exist, paths deleted since), plus what is untracked.

        Raises UsageError for an unknown ref, GitError where the history is cut too short to tell.
        """
        base = self._merge_base(self._commit(ref), ref)
        letters = self.differing(base)
        changed = [path for path, letter in letters.items() if letter != "D"]
        deleted = [path for path, letter in letters.items() if letter == "D"]
        return list(dict.fromkeys([*changed, *self.untracked()])), deleted

    def differing(self, tree: str, *below: str) -> dict[str, str]:
        """git's letter (A, M, T, D or U) for each tracked file below the root that is not as in `tree`.

        One that was staged, and then put back as it is in `tree`, is M, too. Raises GitError. Not by `git diff`, which
        writes the index where a file's time has changed.
        """
        told = self.run(
            "diff-index", "--cached", "--name-status", "--no-renames", "--ignore-submodules", "--relative", "-z",
            "--end-of-options", tree, *(("--", *below) if below else ()),
        )  # fmt: skip
        fields = _paths(told)
        found = dict(zip(fields[1::2], fields[::2]))
        modified, gone = (self._listed(which, "--", *below) for which in ("-m", "-d"))
        folders = [path for path in modified if _is_folder(os.path.join(self.root, path))]
        found = {**dict.fromkeys(modified, "M"), **found}
        lost = (*gone, *folders)
        submodules = self._submodules(*below) if lost else frozenset()
        for path in lost:
            if found.get(path) == "A" or path in submodules:  # A: neither here nor there
                found.pop(path, None)
            else:
                found[path] = "D"
        return found

    def _submodules(self, *below: str) -> frozenset[str]:
        rows = (row.partition("\t") for row in self._listed("-s", "--", *below))
        return frozenset(path for mode, _, path in rows if mode.startswith("160000 "))

    def _listed(self, *options: str) -> list[str]:
        return list(dict.fromkeys(_paths(self.run("ls-files", "-z", *options))))

    def knows(self, ref: str) -> bool:
        """Is it a commit of this repository?"""
        try:
            return bool(self._commit(ref))
        except UsageError:
            return False

    def _commit(self, ref: str) -> str:
        hint = "check the spelling; a remote branch is fetched with: git fetch origin; in a workflow use fetch-depth: 0"
        unknown = UsageError(f"git does not know {ref!r} here", hint=hint)
        if not re.fullmatch(r"[^-^\0\n][^\0\n]*", ref):
            raise unknown
        commit = ref if ref.startswith(":/") else f"{ref}^{{commit}}"  # a message's text goes on to the end
        try:
            found = self.run("rev-parse", "--verify", "--quiet", "--end-of-options", commit)
        except GitError as error:
            if (
                error.__cause__ or "dubious ownership" in error.stderr
            ):  # git was not started, or would not look
                raise
            raise unknown from error
        return found.decode().strip()

    def _merge_base(self, commit: str, ref: str) -> str:
        try:
            return self.run("merge-base", "--end-of-options", commit, "HEAD").decode().strip()
        except GitError as error:
            if error.stderr:
                raise
            shallow = self.run("rev-parse", "--is-shallow-repository").strip() == b"true"
            reason = "this clone is shallow" if shallow else "they share no history"
            hint = "git fetch --unshallow, or check out with fetch-depth: 0" if shallow else None
            raise GitError(f"no common commit of {ref!r} and HEAD: {reason}", hint=hint) from error

    def tree(self, version: str) -> frozenset[str] | None:
        """The paths of a tag, branch or commit that this repository has, or None if it has no such version."""
        if not _VERSION.fullmatch(version):
            return None
        try:
            return frozenset(_paths(self.run("ls-tree", "-r", "-z", "--name-only", f"{version}^{{tree}}")))
        except GitError:
            return None


def git_environment(
    environ: Mapping[str, str],
    safe: str | None,
    extra: Iterable[tuple[str, str]] = (),
    *,
    index: bool = False,
) -> dict[str, str]:
    """The environment git runs in; settings travel in it, where `ps` does not show them."""
    result = {name: value for name, value in environ.items() if name not in _FOREIGN_VARIABLES}
    if not (index and os.path.isabs(result.get("GIT_INDEX_FILE", ""))):
        result.pop("GIT_INDEX_FILE", None)
    settings: Sequence[tuple[str, str]] = (*_SETTINGS, *((("safe.directory", safe),) if safe else ()), *extra)
    count = result.get("GIT_CONFIG_COUNT", "")
    start = int(count) if re.fullmatch("[0-9]{1,4}", count) else 0
    for number, (key, value) in enumerate(settings, start):
        result[f"GIT_CONFIG_KEY_{number}"], result[f"GIT_CONFIG_VALUE_{number}"] = key, value
    result.update(
        GIT_CONFIG_COUNT=str(start + len(settings)),
        GIT_TERMINAL_PROMPT="0",
        GIT_OPTIONAL_LOCKS="0",
        GIT_LFS_SKIP_SMUDGE="1",
        GIT_ASKPASS="",
        SSH_ASKPASS="",
        LC_ALL="C",
    )
    return result


def _is_folder(path: str) -> bool:
    return os.path.isdir(path) and not os.path.islink(path)


def _paths(output: bytes) -> list[str]:
    return os.fsdecode(output).split("\0")[:-1]


def _failure(command: str, stderr: bytes) -> GitError:
    words = stderr.decode("utf-8", "replace").strip()
    if "dubious ownership" in words:
        return GitError(
            "git does not trust this folder: another user owns it",
            stderr=words,
            hint="git config --global --add safe.directory FOLDER",
        )
    first = next(
        (line for line in words.splitlines() if line.startswith(("fatal:", "error:"))), words.split("\n")[0]
    )
    return GitError(
        f"git {command} failed: {redact(first)}" if first else f"git {command} failed", stderr=words
    )


def redact(text: str) -> str:
    """Without the user and password of any URL in it."""
    return re.sub(r"(://)[^/\s]+@", r"\1***@", text)
