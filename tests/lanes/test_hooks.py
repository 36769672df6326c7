"""The hooks as users get them: installed by pre-commit and by prek from a repository, and met in a commit.

Needs both programs and uv on the PATH, and a package index to install from.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

pytestmark = pytest.mark.hooks

ROOT = Path(__file__).parents[2]
RUNNERS = ["pre-commit", "prek"]
PYTHONS = ["3.9", "3.10", "3.11", "3.12", "3.13"]
BROKEN = "See codex://-bad/name/x.md for more.\n"
GOOD = "See codex://acme/handbook/docs/a.md for more.\n"
LEGACY = "See @codex/handbook/docs/a.md for more.\n"
MANY = 5000


@dataclass(frozen=True)
class Shell:
    """Runs programs with one environment; what they say comes back as one text."""

    environ: dict[str, str]

    def run(self, folder: Path, *arguments: str) -> tuple[int, str]:
        done = subprocess.run(
            arguments,
            cwd=folder,
            env=self.environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=300,
            check=False,
        )
        return done.returncode, done.stdout

    def must(self, folder: Path, *arguments: str) -> str:
        code, text = self.run(folder, *arguments)
        assert code == 0, f"{' '.join(arguments)}\n{text}"
        return text


@pytest.fixture(scope="session")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Shell:
    home = tmp_path_factory.mktemp("home")
    names = {"NAME": "Test", "EMAIL": "test@example.com"}
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "CODEX_"))}
    environ |= {f"GIT_{who}_{what}": text for who in ("AUTHOR", "COMMITTER") for what, text in names.items()}
    environ |= {
        "GIT_CONFIG_GLOBAL": os.devnull,
        "PRE_COMMIT_HOME": str(home / "pre-commit"),
        "PREK_HOME": str(home / "prek"),
        "CODEX_ORG": "acme",
    }
    return Shell(environ)


@pytest.fixture(scope="session")
def hooks(shell: Shell, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository whose one commit is this tree as it stands, tagged as a release is."""
    folder = tmp_path_factory.mktemp("hooks")
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():  # a file that was deleted is listed until the deletion is committed
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    commit_all(shell, folder)
    shell.must(folder, "git", "tag", "v0")
    return folder


def commit_all(shell: Shell, folder: Path) -> None:
    if not (folder / ".git").is_dir():
        shell.must(folder, "git", "init", "--quiet", "--initial-branch=main")
    shell.must(folder, "git", "add", "--all")
    shell.must(folder, "git", "commit", "--quiet", "--no-verify", "--message=start")


def project(shell: Shell, folder: Path, hooks: Path, *ids: str, version: str = "") -> Path:
    """A user's repository that asks for these hooks."""
    lines = ["repos:", f"  - repo: {hooks}", "    rev: v0", "    hooks:"]
    for hook in ids:
        lines.append(f"      - id: {hook}")
        if version:
            lines.append(f"        language_version: {version}")
    (folder / ".pre-commit-config.yaml").write_text("\n".join(lines) + "\n")
    commit_all(shell, folder)
    return folder


def commit(shell: Shell, folder: Path) -> tuple[int, str]:
    shell.must(folder, "git", "add", "--all")
    return shell.run(folder, "git", "commit", "--message=change")


def interpreter(version: str) -> str:
    """The Python of that version itself, not what starts it."""
    if sys.version_info[:2] == tuple(int(part) for part in version.split(".")):
        return getattr(sys, "_base_executable", sys.executable)
    found = shutil.which(f"python{version}")
    if found is None:
        pytest.skip(f"no Python {version} here")
    asked = subprocess.run(
        [found, "-c", "import sys; print(sys.executable)"], capture_output=True, text=True, check=False
    )
    if asked.returncode:
        pytest.skip(f"Python {version} does not start here: {asked.stderr.strip()}")
    return asked.stdout.strip()


def test_try_repo(shell: Shell, hooks: Path, tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text(BROKEN)
    commit_all(shell, tmp_path)
    code, text = shell.run(
        tmp_path, "pre-commit", "try-repo", str(hooks), "codex-validate-refs", "--all-files", "--color=never"
    )
    assert code == 1, text
    assert "a.md:1:5: CODEX003" in text


@pytest.mark.parametrize("runner", RUNNERS)
def test_commit_fails_until_the_reference_is_right(
    shell: Shell, hooks: Path, tmp_path: Path, runner: str
) -> None:
    folder = project(shell, tmp_path, hooks, "codex-validate-refs")
    shell.must(folder, runner, "install", "--install-hooks")
    (folder / "a.md").write_text(BROKEN)
    code, text = commit(shell, folder)
    assert code == 1, text
    assert "a.md:1:5: CODEX003" in text
    (folder / "a.md").write_text(GOOD)
    code, text = commit(shell, folder)
    assert code == 0, text


@pytest.mark.parametrize("runner", RUNNERS)
def test_fix_hook_changes_the_file_fails_and_then_passes(
    shell: Shell, hooks: Path, tmp_path: Path, runner: str
) -> None:
    folder = project(shell, tmp_path, hooks, "codex-validate-refs-fix")
    shell.must(folder, runner, "install", "--install-hooks")
    (folder / "a.md").write_text(LEGACY)
    code, text = commit(shell, folder)
    assert code == 1, text
    assert (folder / "a.md").read_text() == GOOD
    code, text = commit(shell, folder)
    assert code == 0, text


@pytest.mark.parametrize("version", PYTHONS)
def test_hook_runs_on(shell: Shell, hooks: Path, tmp_path: Path, version: str) -> None:
    folder = project(shell, tmp_path, hooks, "codex-validate-refs", version=interpreter(version))
    (folder / "a.md").write_text(BROKEN)
    shell.must(folder, "git", "add", "--all")
    code, text = shell.run(folder, "pre-commit", "run", "--all-files", "--color=never")
    assert code == 1, text
    assert "a.md:1:5: CODEX003" in text


@pytest.mark.parametrize("runner", RUNNERS)
def test_many_files(shell: Shell, hooks: Path, tmp_path: Path, runner: str) -> None:
    """More names than one command line holds: the hook starts more than once, a finding is shown once."""
    (tmp_path / "docs").mkdir()
    for number in range(MANY):
        (tmp_path / "docs" / f"a-document-with-a-rather-long-name-{number:04}.md").write_text(GOOD)
    folder = project(shell, tmp_path, hooks, "codex-validate-refs")
    shell.must(folder, runner, "run", "--all-files")
    broken = "docs/a-document-with-a-rather-long-name-4321.md"
    (folder / broken).write_text(BROKEN)
    code, text = shell.run(folder, runner, "run", "--all-files", "--color=never")
    assert code == 1, text
    assert text.count(f"{broken}:1:5: CODEX003") == 1


OLD = """\
# Who we are, and where our documents go.
version: "4.0"
organization: acme  # the one and only

# Files to sync
sync_patterns:
  - "docs/**"  # everything written
codex_repo: codex.acme.com
"""


@pytest.mark.parametrize("runner", RUNNERS)
def test_an_older_configuration_is_migrated_once(
    shell: Shell, hooks: Path, tmp_path: Path, runner: str
) -> None:
    project(shell, tmp_path, hooks, "codex-migrate-config", "codex-check-config")
    shell.must(tmp_path, runner, "install")
    config = tmp_path / ".fractary/codex.yaml"
    config.parent.mkdir()
    config.write_text(OLD)
    code, text = commit(shell, tmp_path)
    assert code == 1, text
    after = config.read_text()
    assert 'schema_version: "3.0"' in after
    for comment in ("# Who we are", "# the one and only", "# Files to sync", "# everything written"):
        assert comment in after
    code, text = commit(shell, tmp_path)
    assert code == 0, text
    assert config.read_text() == after


def test_a_broken_configuration_stops_a_commit(shell: Shell, hooks: Path, tmp_path: Path) -> None:
    project(shell, tmp_path, hooks, "codex-check-config")
    shell.must(tmp_path, "pre-commit", "install")
    config = tmp_path / ".fractary/codex/config.yaml"
    config.parent.mkdir(parents=True)
    config.write_text('schema_version: "3.0"\nsync: {conflict: keep}\n')
    code, text = commit(shell, tmp_path)
    assert code == 1, text
    assert ":2:" in text
    assert "must be one of manual, keep-local, keep-codex" in text
