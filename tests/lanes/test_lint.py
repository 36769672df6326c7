"""Linters for what is not Python: the YAML that GitHub and pre-commit read, the Dockerfile, the scripts.

Needs them on the PATH; actionlint asks shellcheck about the scripts of steps.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from codex_action.version import __version__

pytestmark = pytest.mark.lint

ROOT = Path(__file__).parents[2]
WORKFLOWS = sorted(str(path.relative_to(ROOT)) for path in ROOT.glob(".github/workflows/*.y*ml"))
EXAMPLES = sorted(str(path.relative_to(ROOT)) for path in ROOT.glob("examples/workflows/*.y*ml"))
SCRIPTS = [".ci/run", ".ci/lock", ".ci/base-image"] + [
    str(path.relative_to(ROOT)) for path in ROOT.glob(".github/scripts/*") if not path.suffix
]


def lint(*command: str) -> None:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    if done.returncode:
        pytest.fail(f"{' '.join(command)}\n{done.stdout}{done.stderr}", pytrace=False)


def test_there_are_workflows() -> None:
    assert WORKFLOWS
    assert EXAMPLES


@pytest.mark.parametrize(
    ("schema", "files"),
    [
        ("github-actions", ["action.yml"]),
        ("github-workflows", WORKFLOWS + EXAMPLES),
        ("dependabot", [".github/dependabot.yml"]),
    ],
)
def test_schema(schema: str, files: list[str]) -> None:
    lint("check-jsonschema", "--builtin-schema", f"vendor.{schema}", *files)


def test_actionlint() -> None:
    lint("actionlint", *WORKFLOWS, *EXAMPLES)


def test_zizmor() -> None:
    lint("zizmor", "--offline", "--no-progress", "action.yml", ".github", *EXAMPLES)


def test_our_own_references() -> None:
    lint(sys.executable, "-m", "codex_action", "validate", "refs")


def test_hadolint() -> None:
    lint("hadolint", "Dockerfile")


def test_shellcheck() -> None:
    lint("shellcheck", *SCRIPTS)


def test_the_distribution_of_a_release(tmp_path: Path) -> None:
    """Built and tried as the release does it; only the tag is not there yet."""
    lint("bash", ".github/scripts/distribution", f"v{__version__}", str(tmp_path / "dist"))


@pytest.mark.parametrize(
    ("kind", "name"), [("manifest", ".pre-commit-hooks.yaml"), ("config", ".pre-commit-config.yaml")]
)
def test_pre_commit_accepts(kind: str, name: str) -> None:
    lint("pre-commit", f"validate-{kind}", name)


def test_our_own_hook_installs_what_the_package_depends_on() -> None:
    tomllib = pytest.importorskip("tomllib", reason="Python 3.10 and older cannot read TOML")
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"][0]["hooks"]
    assert hooks[0]["additional_dependencies"] == wanted


def test_the_image_locks_what_the_package_depends_on() -> None:
    tomllib = pytest.importorskip("tomllib", reason="Python 3.10 and older cannot read TOML")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    rows = [
        (".ci/requirements.txt", project["project"]["dependencies"]),
        (".ci/requirements-build.txt", project["build-system"]["requires"]),
    ]
    for name, wanted in rows:
        locked = re.findall(r"(?m)^([a-z0-9-]+)==", (ROOT / name).read_text())
        names = {re.split(r"[<>=!~; ]", item)[0].lower().replace(".", "-") for item in wanted}
        assert names <= set(locked), name
