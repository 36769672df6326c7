"""Images built and containers run with a storage that is gone afterwards (needs root, buildah, podman and runc)."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
BASE = "docker.io/library/python:3.13-slim"
IMAGE = "codex-action:test"
# A tar that stands in for the base; read before a test empties the environment.
BASE_TAR = os.environ.get("CODEX_BASE_IMAGE")
# runc, whatever the kernel's cgroups are; limits that need no capability; the host's network, ready as it is.
CONTAINERS_CONF = """\
[containers]
default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
netns = "host"
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
runtime = "runc"
"""


@dataclass(frozen=True)
class Engine:
    """buildah and podman with a storage of their own."""

    environ: dict[str, str]

    def run(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            arguments,
            env=self.environ,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=300,
            check=False,
        )
        if check and done.returncode:
            pytest.fail(f"{' '.join(arguments)}\n{done.stdout[-8000:]}\n{done.stderr[-8000:]}")
        return done


@contextmanager
def own_engine() -> Iterator[Engine]:
    """An engine for as long as the block lasts."""
    # Not in pytest's own folder: what a killed run leaves mounted there would break its tidying later on.
    with tempfile.TemporaryDirectory(prefix="codex-containers-") as name:
        folder = Path(name)
        files = {
            "CONTAINERS_CONF": CONTAINERS_CONF,
            "CONTAINERS_STORAGE_CONF": (
                f'[storage]\ndriver = "overlay"\ngraphroot = "{folder}/store"\nrunroot = "{folder}/run"\n'
            ),
            "CONTAINERS_REGISTRIES_CONF": (
                'unqualified-search-registries = ["docker.io"]\nshort-name-mode = "permissive"\n'
            ),
        }
        for variable, text in files.items():
            (folder / variable).write_text(text)
        yield Engine({**os.environ, **{variable: str(folder / variable) for variable in files}})
        unmount_below(folder)


def unmount_below(folder: Path) -> None:
    """The overlay driver leaves its folders mounted; the last mounted is the first to go."""
    mounts = [line.split()[4] for line in Path("/proc/self/mountinfo").read_text().splitlines()]
    for mount in reversed(mounts):
        if Path(mount).is_relative_to(folder):
            subprocess.run(["umount", mount], check=True, capture_output=True)


def built(engine: Engine) -> str:
    """The image's name, once it is built from the Dockerfile as it stands."""
    options = ["--isolation", "chroot", "-t", IMAGE]
    if BASE_TAR:
        path = "/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin"
        engine.run("podman", "import", "-q", "--change", f"ENV PATH={path}", BASE_TAR, BASE)
        options += ["--pull-never", "--from", BASE]  # a tar has no digest: `FROM` would not find it
    engine.run("buildah", "bud", *options, str(ROOT))
    return IMAGE


def git(folder: Path, *arguments: str) -> None:
    """Run git as nobody in particular: the settings of this machine's user play no part."""
    identity = {"NAME": "Test", "EMAIL": "test@example.com"}
    environ = {
        f"GIT_{who}_{what}": text for who in ("AUTHOR", "COMMITTER") for what, text in identity.items()
    }
    environ |= {"PATH": os.environ["PATH"], "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    subprocess.run(["git", "-C", str(folder), *arguments], env=environ, check=True, capture_output=True)


def checkout(folder: Path, files: dict[str, str]) -> Path:
    """A workspace as actions/checkout leaves it, owned by the runner's user."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    git(folder, "init", "--quiet", "--initial-branch=main")
    git(folder, "remote", "add", "origin", "https://github.com/acme/handbook.git")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--allow-empty", "--message=start")
    return folder
