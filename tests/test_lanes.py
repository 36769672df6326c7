"""`.ci/run`: a lane that cannot be run fails; only where there is no apt-get the container lane is skipped."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
RUN = ROOT / ".ci/run"
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="containers run on Linux")


def run(folder: Path, lane: str, apt: str | None) -> subprocess.CompletedProcess[str]:
    """A lane on a machine with nothing but what the script itself needs, and perhaps an apt-get."""
    programs = folder / "bin"
    programs.mkdir()
    for name in ("bash", "dirname", "mktemp", "mkdir", "tail", "grep", "cut"):
        (programs / name).symlink_to(str(shutil.which(name)))
    if apt is not None:
        (programs / "apt-get").write_text(f"#!{shutil.which('bash')}\n{apt}\n")
        (programs / "apt-get").chmod(0o755)
    environ = {
        "PATH": str(programs),
        "TMPDIR": str(folder),
        "XDG_CACHE_HOME": str(folder),
        "HOME": str(folder),
    }
    bash = str(programs / "bash")
    return subprocess.run(
        [bash, str(RUN), lane], env=environ, capture_output=True, text=True, timeout=60, check=False
    )


def test_without_apt_get_the_container_lane_says_that_it_is_skipped(tmp_path: Path) -> None:
    done = run(tmp_path, "container", None)
    assert done.returncode == 0
    assert re.search(r"container +skipped: no apt-get here", done.stdout)


def test_with_apt_get_it_cannot_be_skipped(tmp_path: Path) -> None:
    done = run(tmp_path, "container", "exit 100")
    assert done.returncode == 1
    assert "skipped" not in done.stdout
    assert "failed: container" in done.stdout


def test_a_lane_that_is_not_there(tmp_path: Path) -> None:
    assert run(tmp_path, "containers", None).returncode == 2


def test_ours_runs_every_lane() -> None:
    """Those of `.ci/run` but for the Pythons, which a matrix is for."""
    workflow = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text())
    steps = [step.get("run", "") for job in workflow["jobs"].values() for step in job["steps"]]
    named = {lane for step in steps for _, _, lanes in [step.partition(".ci/run ")] for lane in lanes.split()}
    assert named == {*re.findall(r"(?m)^lane_(\w+)\(\)", RUN.read_text())} - {"tests", "nox"}
