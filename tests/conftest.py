"""What every test stands on: an environment with nothing in it, real repositories, and the program's doors."""

from __future__ import annotations

import contextlib
import gc
import io
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Callable

import click
import pytest
from documents_world import World
from fake_github import FakeGitHub
from hypothesis import HealthCheck, settings
from programs import Result, RunCli, script
from trees import REMOTE, Tree, repository

from codex_action.cli import door
from codex_action.cli.main import codex

settings.register_profile(
    "quiet", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
settings.load_profile("quiet")

FOREIGN = ("CODEX_", "GITHUB_", "GIT_", "RUNNER_", "INPUT_", "ACTIONS_", "XDG_", "SSH_", "LC_")
FOREIGN_NAMES = (
    "CI",
    "NO_COLOR",
    "FORCE_COLOR",
    "GH_TOKEN",
    "COLUMNS",
    "LANGUAGE",
    "PYTHONPATH",
    "PYTHONUTF8",
)
GIT = {
    "user.name": "Tester",
    "user.email": "tester@example.com",
    "init.defaultBranch": "main",
    "commit.gpgSign": "false",
    "gc.auto": "0",
    "core.autocrlf": "false",
    "advice.detachedHead": "false",
}
NOBODY = 65534


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-cases", action="store_true", help="Write golden files as the program makes them now."
    )


def pytest_configure() -> None:
    """Hear Ctrl-C: a shell that starts a program behind `&` has it, and all that it starts, do without."""
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_finish() -> None:
    """Tests by the ten thousand live to the end: no collection need look at them."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def _garbage_stays(request: pytest.FixtureRequest) -> Iterator[None]:
    """Where something is nested too deep, what other tests left could not be closed: it would be this one's failure."""
    deep = "deep" in request.node.name
    if deep:
        gc.disable()
    yield
    if deep:
        gc.enable()


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """No variable of ours, of git's or of a workflow; a home with nothing in it; an identity for commits."""
    for name in list(os.environ):
        if name.startswith(FOREIGN) or name in FOREIGN_NAMES:
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path_factory.getbasetemp() / "home"))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_COUNT", str(len(GIT)))
    for number, (key, value) in enumerate(GIT.items()):
        monkeypatch.setenv(f"GIT_CONFIG_KEY_{number}", key)
        monkeypatch.setenv(f"GIT_CONFIG_VALUE_{number}", value)


@pytest.fixture
def run_cli(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> RunCli:
    """The program in this process: `run_cli("validate", "refs", cwd=..., env={...})`; None unsets a variable."""

    def run(
        *arguments: str,
        cwd: Path | str | None = None,
        env: Mapping[str, str | None] | None = None,
        program: click.Command = codex,
        name: str = "codex-action",
        stream_type: type[io.TextIOWrapper] = io.TextIOWrapper,
    ) -> Result:
        out, err = io.BytesIO(), io.BytesIO()
        streams = [
            stream_type(stream, encoding="utf-8", newline="", write_through=True) for stream in (out, err)
        ]
        with monkeypatch.context() as patch:
            patch.chdir(cwd or tmp_path)
            for key, value in (env or {}).items():
                patch.delenv(key, raising=False) if value is None else patch.setenv(key, value)
            patch.setattr(sys, "stdout", streams[0])
            patch.setattr(sys, "stderr", streams[1])
            try:
                code = door.main(program, list(arguments), name)
            finally:
                gc.enable()  # a short run goes without
        return Result(int(code), out.getvalue(), err.getvalue())

    return run


@pytest.fixture
def run_script(tmp_path: Path) -> RunCli:
    """The installed program as a process of its own."""

    def run(
        *arguments: str | bytes,
        cwd: Path | str | None = None,
        env: Mapping[str, str | None] | None = None,
        command: tuple[str, ...] | None = None,
    ) -> Result:
        environ = {key: value for key, value in {**os.environ, **(env or {})}.items() if value is not None}
        done = subprocess.run(
            [*(command or (script(),)), *arguments],
            cwd=cwd or tmp_path,
            env=environ,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=120,
            check=False,
        )
        return Result(done.returncode, done.stdout, done.stderr)

    return run


@pytest.fixture
def make_project(tmp_path: Path) -> Callable[..., Tree]:
    """Repositories below the test's folder: `make_project({"a.md": "..."}, name="work")`."""

    def make(files: Mapping[str, str | bytes], *, name: str = "work", remote: str | None = REMOTE) -> Tree:
        return repository(tmp_path / name, files, remote=remote)

    return make


@pytest.fixture
def project(make_project: Callable[..., Tree]) -> Tree:
    """The project umbrella/handbook: a repository with a few documents, and no reference in them."""
    return make_project(
        {
            "README.md": "# Handbook\n",
            "docs/guide.md": "# Guide\n",
            "docs/api/index.md": "# API\n",
            "docs/API-Rules.md": "# Rules\n",
        }
    )


@pytest.fixture
def hub() -> Iterator[FakeGitHub]:
    """GitHub on this machine, with nothing in it."""
    with FakeGitHub() as server:
        yield server


@pytest.fixture
def world(tmp_path: Path, hub: FakeGitHub, run_cli: RunCli) -> World:
    """A project and a hub with documents; the program runs in this process."""
    return World(tmp_path, hub, run_cli)


@pytest.fixture
def real_world(tmp_path: Path, hub: FakeGitHub, run_script: RunCli) -> World:
    """The same, but the program runs in a process of its own."""
    return World(tmp_path, hub, run_script)


@pytest.fixture
def as_user() -> Callable[[], contextlib.AbstractContextManager[None]]:
    """A block in which file modes count: root gives its powers away for as long."""

    @contextlib.contextmanager
    def block() -> Iterator[None]:
        if os.geteuid() != 0:
            yield
            return
        os.setresuid(NOBODY, NOBODY, 0)
        try:
            yield
        finally:
            os.setresuid(0, 0, 0)

    return block


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that any user may enter and that belongs to the one `as_user` runs as."""
    folder = Path(tempfile.mkdtemp(prefix="codex-open-")).resolve()
    if os.geteuid() == 0:
        os.chown(folder, NOBODY, NOBODY)
    folder.chmod(0o755)
    yield folder
    for path, inner, _ in os.walk(folder):
        for name in inner:  # before the walk goes there
            Path(path, name).chmod(0o755)
    shutil.rmtree(folder)
