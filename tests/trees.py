"""Real folders and repositories for tests, made and looked at from outside."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Union

Content = Union[str, bytes]
REMOTE = "git@github.com:umbrella/handbook.git"


@dataclass(frozen=True)
class Tree:
    """A folder with a git repository in it, or without one."""

    root: Path

    def write(self, files: Mapping[str, Content]) -> Tree:
        for name, content in files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        return self

    def read(self, name: str) -> bytes:
        return (self.root / name).read_bytes()

    def git(self, *arguments: str) -> str:
        done = subprocess.run(["git", "-C", str(self.root), *arguments], capture_output=True, check=False)
        assert done.returncode == 0, os.fsdecode(done.stderr)
        return os.fsdecode(done.stdout)

    def commit(self, files: Mapping[str, Content] | None = None) -> str:
        """Write files, commit all there is, and give the commit's id."""
        self.write(files or {})
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", "change")
        return self.git("rev-parse", "HEAD").strip()


def repository(root: Path, files: Mapping[str, Content], *, remote: str | None = REMOTE) -> Tree:
    """A repository with one commit of these files."""
    root.mkdir(parents=True, exist_ok=True)
    tree = Tree(root)
    tree.git("init", "--quiet")
    if remote:
        tree.git("remote", "add", "origin", remote)
    tree.commit(files)
    return tree


def bare(path: Path, files: Mapping[str, Content], *tags: str) -> Tree:
    """A bare repository, as a server has it, whose default branch holds these files; each tag has one file more."""
    tree = repository(path.with_suffix(".work"), files, remote=None)
    for tag in tags:
        tree.git("tag", tag)
    path.parent.mkdir(parents=True, exist_ok=True)
    tree.git("clone", "--quiet", "--bare", str(tree.root), str(path))
    return Tree(path)


def snapshot(root: Path) -> dict[str, tuple[int, int, int, bytes]]:
    """Inode, change time, mode and bytes of everything below a folder, git's own files included."""
    result: dict[str, tuple[int, int, int, bytes]] = {}
    for path in sorted(root.rglob("*")):
        state = path.lstat()
        content = (
            os.fsencode(os.readlink(path))
            if path.is_symlink()
            else path.read_bytes()
            if path.is_file()
            else b""
        )
        result[str(path.relative_to(root))] = (state.st_ino, state.st_mtime_ns, state.st_mode, content)
    return result
