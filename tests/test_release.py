"""The steps of a release that need no GitHub: decisions as a table, tags in real repositories, a docker that only writes."""

from __future__ import annotations

import json
import os
import runpy
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml
from trees import Tree, bare

ROOT = Path(__file__).parents[1]
SCRIPTS = ROOT / ".github/scripts"
release = SimpleNamespace(**runpy.run_path(str(SCRIPTS / "release.py")))
DIGEST = "sha256:" + "0123456789abcdef" * 4
IMAGE = f"ghcr.io/fractary/codex-action@{DIGEST}"
ACTION = (ROOT / "action.yml").read_text(encoding="utf-8")
CHANGELOG = "# Changelog\n\n## Unreleased\n\n## 1.2.3 - 2026-01-02\n\n### Added\n\n- A thing.\n\n## 1.2.2\n\n- An older one.\n"
FILES = {
    "pyproject.toml": '[project]\nname = "x"\nversion = "1.2.3"  # a literal\n',
    "codex_action/version.py": '__version__ = "1.2.3"\n',
    "CHANGELOG.md": CHANGELOG,
}


@pytest.mark.parametrize(
    ("tag", "version"),
    [("v1.2.3", (1, 2, 3, "")), ("v0.10.0", (0, 10, 0, "")), ("v2.0.0rc1", (2, 0, 0, "rc1"))],
)
def test_tags_of_releases(tag: str, version: tuple[object, ...]) -> None:
    assert release.parse(tag) == version
    assert f"v{release.parse(tag)}" == tag


@pytest.mark.parametrize("tag", ["1.2.3", "v1.2", "v1", "v01.2.3", "v1.2.3-x", "v1.2.3\n", "v1.2.3;ls", ""])
def test_what_is_no_release(tag: str) -> None:
    with pytest.raises(release.Wrong, match="is no release"):
        release.parse(tag)


def test_a_release_has_one_version_and_a_word_about_it() -> None:
    assert release.check("v1.2.3", FILES) == (1, 2, 3, "")
    assert release.notes("v1.2.3", CHANGELOG) == "### Added\n\n- A thing.\n"


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        (
            {"pyproject.toml": 'version = "1.2.4"\n'},
            "pyproject.toml has the version '1.2.4', and the tag is v1.2.3",
        ),
        ({"codex_action/version.py": ""}, "codex_action/version.py has the version None"),
        ({"CHANGELOG.md": "## Unreleased\n\n- A thing.\n"}, "CHANGELOG.md has no section '## 1.2.3'"),
        ({"CHANGELOG.md": "## 1.2.3\n\n## 1.2.2\n\n- A thing.\n"}, "CHANGELOG.md has no section '## 1.2.3'"),
        ({"CHANGELOG.md": "## 1.2.30\n\n- A thing.\n"}, "CHANGELOG.md has no section '## 1.2.3'"),
    ],
    ids=["project", "module", "no section", "an empty section", "another version"],
)
def test_a_release_that_is_not_ready(changed: dict[str, str], why: str) -> None:
    with pytest.raises(release.Wrong) as caught:
        release.check("v1.2.3", {**FILES, **changed})
    assert why in str(caught.value)


MOVING = {
    "the first": ("v1.0.0", ["v1.0.0"], ["v1", "v1.0"]),
    "the newest": ("v1.2.3", ["v1", "v1.2", "v1.2.2", "v1.2.3", "main"], ["v1", "v1.2"]),
    "of an older line": ("v1.1.9", ["v1.1.9", "v1.2.0"], ["v1.1"]),
    "older than what is there": ("v1.1.8", ["v1.1.9", "v1.1.8"], []),
    "beside another major": ("v1.9.9", ["v2.0.0", "v1.9.9"], ["v1", "v1.9"]),
    "by number, not by letter": ("v1.10.0", ["v1.9.0", "v1.10.0"], ["v1", "v1.10"]),
    "a pre-release": ("v2.0.0rc1", ["v2.0.0rc1"], []),
    "after its pre-release": ("v2.0.0", ["v2.0.0rc2", "v2.0.1rc1", "v2.0.0"], ["v2", "v2.0"]),
}


@pytest.mark.parametrize(("tag", "tags", "moved"), MOVING.values(), ids=MOVING.keys())
def test_which_tags_move(tag: str, tags: list[str], moved: list[str]) -> None:
    assert release.moving(tag, tags) == moved


def test_the_action_runs_the_published_image_and_is_the_same_beside() -> None:
    pinned = release.pin(ACTION, IMAGE)
    before, after = yaml.safe_load(ACTION), yaml.safe_load(pinned)
    assert after["runs"] == {"using": "docker", "image": f"docker://{IMAGE}"}
    assert {**after, "runs": None} == {**before, "runs": None}
    assert len(pinned.splitlines()) == len(ACTION.splitlines())


@pytest.mark.parametrize(
    "image",
    [
        "ghcr.io/fractary/codex-action:v1",
        f"docker.io/x/y@{DIGEST}",
        f"{IMAGE}\n  x: y",
        IMAGE[:-1],
        f"{IMAGE}0",
        "",
    ],
)
def test_what_is_no_published_image(image: str) -> None:
    with pytest.raises(release.Wrong, match="is no image"):
        release.pin(ACTION, image)


def test_an_action_is_pinned_once() -> None:
    with pytest.raises(release.Wrong, match="does not build its image"):
        release.pin(release.pin(ACTION, IMAGE), IMAGE)


def built(folder: Path, *names: str) -> Path:
    folder.mkdir()
    (folder / "fractary_codex-1.2.3.tar.gz").write_bytes(b"")
    with zipfile.ZipFile(folder / "fractary_codex-1.2.3-py3-none-any.whl", "w") as wheel:
        for name in names:
            wheel.writestr(name, "")
    return folder


PACKAGE = ("codex_action/py.typed", "fractary_codex-1.2.3.dist-info/METADATA")


def test_what_is_published_is_the_package_alone(tmp_path: Path) -> None:
    assert len(release.wheel("v1.2.3", built(tmp_path / "good", *PACKAGE))) == 2
    with pytest.raises(release.Wrong, match="not the package alone: tests"):
        release.wheel("v1.2.3", built(tmp_path / "more", *PACKAGE, "tests/x.py"))
    with pytest.raises(release.Wrong, match=r"no py\.typed"):
        release.wheel("v1.2.3", built(tmp_path / "less", PACKAGE[1]))
    with pytest.raises(release.Wrong, match=r"and not fractary_codex-1\.2\.4"):
        release.wheel("v1.2.4", tmp_path / "good")


def program(name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(SCRIPTS / name), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("arguments", "code"), [(["check", "v99.0.0"], 1), (["check"], 2), ([], 2), (["make", "x"], 2)]
)
def test_the_program_says_what_is_wrong(arguments: list[str], code: int) -> None:
    done = program("release.py", *arguments)
    assert (done.returncode, done.stdout) == (code, "")
    assert "Traceback" not in done.stderr
    assert done.stderr.strip()


bash = pytest.mark.skipif(sys.platform == "win32", reason="releases are made on Linux")


class TestMoveTags:
    """The commit that users get, in real repositories."""

    pytestmark = bash

    @pytest.fixture
    def origin(self, tmp_path: Path) -> Tree:
        names = [f".github/scripts/{name}" for name in ("release.py", "move-tags")]
        files = {name: (ROOT / name).read_bytes() for name in ("action.yml", *names)}
        return bare(tmp_path / "srv/action.git", files, "v1.2.2", "v1.2", "v1", "v1.2.3")

    def move(self, origin: Tree, tag: str, image: str = IMAGE) -> subprocess.CompletedProcess[str]:
        place = origin.root.parent / f"clone-{len(list(origin.root.parent.iterdir()))}"
        Tree(origin.root.parent).git("clone", "--quiet", str(origin.root), str(place))
        command = ["bash", ".github/scripts/move-tags", tag, image]
        return subprocess.run(command, cwd=place, capture_output=True, text=True, check=False)

    @staticmethod
    def at(origin: Tree, name: str) -> str:
        return origin.git("rev-parse", f"{name}^{{commit}}").strip()

    def test_the_tags_lead_to_the_commit_with_the_image(self, origin: Tree) -> None:
        before = {name: self.at(origin, name) for name in ("HEAD", "v1.2.2", "v1.2.3")}
        done = self.move(origin, "v1.2.3")
        assert done.returncode == 0, done.stderr
        made = self.at(origin, "v1.2.3")
        assert made not in before.values()
        assert self.at(origin, "v1") == self.at(origin, "v1.2") == made
        assert self.at(origin, f"{made}^") == before["v1.2.3"]
        assert origin.git("diff", "--name-only", f"{made}^", made).split() == ["action.yml"]
        assert f"image: docker://{IMAGE}" in origin.git("show", f"{made}:action.yml")
        assert (self.at(origin, "HEAD"), self.at(origin, "v1.2.2")) == (before["HEAD"], before["v1.2.2"])
        assert done.stdout == f"{made} -> v1.2.3 v1 v1.2\n"

    def test_an_annotated_tag_moves_too(self, origin: Tree) -> None:
        origin.git(
            "-c",
            "user.name=T",
            "-c",
            "user.email=t@example.com",
            "tag",
            "--annotate",
            "--message=x",
            "v1.3.0",
            "HEAD",
        )
        assert self.move(origin, "v1.3.0").returncode == 0
        assert self.at(origin, "v1.3") == self.at(origin, "v1") == self.at(origin, "v1.3.0")

    def test_an_older_line_leaves_the_newer_alone(self, origin: Tree) -> None:
        origin.git("tag", "v1.1.9", "HEAD")
        newest = self.at(origin, "v1")
        assert self.move(origin, "v1.1.9").returncode == 0
        assert self.at(origin, "v1") == newest
        assert self.at(origin, "v1.1") == self.at(origin, "v1.1.9")

    def test_a_second_time_changes_nothing(self, origin: Tree) -> None:
        assert self.move(origin, "v1.2.3").returncode == 0
        made = self.at(origin, "v1.2.3")
        done = self.move(origin, "v1.2.3")
        assert (done.returncode, done.stderr) == (1, "v1.2.3 is released already\n")
        assert self.at(origin, "v1") == made

    @pytest.mark.parametrize(("tag", "image"), [("v1.2.3", "ghcr.io/x/y:latest"), ("v9.9.9", IMAGE)])
    def test_what_is_wrong_moves_nothing(self, origin: Tree, tag: str, image: str) -> None:
        before = origin.git("show-ref")
        assert self.move(origin, tag, image).returncode != 0
        assert origin.git("show-ref") == before

    def test_all_tags_move_or_none(self, origin: Tree) -> None:
        hook = origin.root / "hooks/update"
        hook.write_text('#!/bin/sh\ntest "$1" != refs/tags/v1\n')
        hook.chmod(0o755)
        before = origin.git("show-ref")
        assert self.move(origin, "v1.2.3").returncode != 0
        assert origin.git("show-ref") == before


DOCKER = """\
#!/bin/sh
printf '%s\\n' "$@" >> "$LOG"
while [ $# -gt 0 ]; do
  case $1 in
    --metadata-file) printf '%s' "$BUILT" > "$2" ;;
    inspect) printf '%s' "$JOINED" ;;
  esac
  shift
done
"""


@bash
class TestImage:
    """What docker is asked for, and which of its answers are believed."""

    @pytest.fixture
    def log(self, tmp_path: Path) -> Path:
        folder = tmp_path / "bin"
        folder.mkdir()
        (folder / "docker").write_text(DOCKER)
        (folder / "docker").chmod(0o755)
        return tmp_path / "log"

    def ask(self, log: Path, *arguments: str, digest: str = DIGEST) -> subprocess.CompletedProcess[str]:
        environ = {
            **os.environ,
            "PATH": f"{log.parent / 'bin'}:{os.environ['PATH']}",
            "LOG": str(log),
            "BUILT": json.dumps({"containerimage.digest": digest}),
            "JOINED": json.dumps({"digest": digest}),
        }
        command = [shutil.which("bash") or "bash", str(SCRIPTS / "image"), *arguments]
        return subprocess.run(command, env=environ, capture_output=True, text=True, check=False)

    def test_each_architecture_is_pushed_by_its_digest_with_provenance(self, log: Path) -> None:
        done = self.ask(log, "build", "ghcr.io/fractary/codex-action", "linux/arm64")
        assert (done.returncode, done.stdout) == (0, f"{DIGEST}\n"), done.stderr
        asked = log.read_text().split("\n")
        for option, value in {
            "--platform": "linux/arm64",
            "--provenance": "mode=max",
            "--sbom": "true",
        }.items():
            assert asked[asked.index(option) + 1] == value
        output = asked[asked.index("--output") + 1]
        assert (
            output
            == "type=image,name=ghcr.io/fractary/codex-action,push-by-digest=true,name-canonical=true,push=true"
        )

    def test_the_architectures_become_one_image(self, log: Path) -> None:
        other = DIGEST.replace("0", "f")
        done = self.ask(log, "join", "ghcr.io/x/y", "1.2.3", DIGEST, other)
        assert (done.returncode, done.stdout.strip()) == (0, DIGEST), done.stderr
        asked = log.read_text().split("\n")
        assert asked[:7] == [
            "buildx", "imagetools", "create", "--tag", "ghcr.io/x/y:1.2.3", f"ghcr.io/x/y@{DIGEST}", f"ghcr.io/x/y@{other}"
        ]  # fmt: skip

    @pytest.mark.parametrize(
        ("arguments", "digest"),
        [
            (("build", "ghcr.io/x/y", "linux/amd64"), "sha256:12"),
            (("join", "ghcr.io/x/y", "1.2.3", "latest"), DIGEST),
            (("join", "ghcr.io/x/y", "1.2.3", DIGEST, ""), DIGEST),
            (("join", "ghcr.io/x/y", "1.2.3", DIGEST), "none"),
            (("push",), DIGEST),
        ],
        ids=["built without one", "a tag", "an architecture is missing", "joined without one", "no command"],
    )
    def test_what_is_no_digest_stops_it(self, log: Path, arguments: tuple[str, ...], digest: str) -> None:
        done = self.ask(log, *arguments, digest=digest)
        assert done.returncode != 0
        assert done.stdout == ""


def test_the_workflow_runs_the_scripts_and_asks_for_little() -> None:
    workflow = yaml.safe_load((ROOT / ".github/workflows/release.yml").read_text(encoding="utf-8"))
    assert workflow["permissions"] == {}
    jobs = workflow["jobs"]
    text = json.dumps(jobs)
    for path in SCRIPTS.iterdir():
        if path.is_file() and path.suffix != ".pyc":
            assert f".github/scripts/{path.name}" in text, path.name
    uses = [step["uses"] for job in jobs.values() for step in job.get("steps", ()) if "uses" in step]
    assert all(len(name.partition("@")[2]) == 40 for name in uses)
    rights = {
        name: {key for key, value in job["permissions"].items() if value == "write"}
        for name, job in jobs.items()
    }
    assert rights == {
        "check": set(),
        "tests": set(),
        "image": {"packages"},
        "distribution": set(),
        "publish": {"attestations", "contents", "id-token", "packages"},
        "pypi": {"id-token"},
        "announce": {"contents"},
    }
    # Nothing is published before everything is built and tested.
    assert set(jobs["publish"]["needs"]) == {"check", "image", "distribution"}
    assert jobs["image"]["needs"] == jobs["distribution"]["needs"] == "tests"
    assert jobs["pypi"]["needs"] == "publish"
