"""Which folder the cache is in."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from codex_action.config.load import load_config
from codex_action.documents import places
from codex_action.errors import ConfigurationError

CONFIG = 'schema_version: "3.0"\ncache: {path: %s}\n'


def configure(root: Path, path: str, place: str = ".fractary/codex/config.yaml") -> None:
    file = root / place
    file.parent.mkdir(parents=True)
    file.write_text(CONFIG % path, encoding="utf-8")


@pytest.fixture
def home(tmp_path: Path) -> dict[str, str]:
    (tmp_path / "home").mkdir()
    return {"HOME": str(tmp_path / "home")}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "work"
    (folder / ".git").mkdir(parents=True)
    return folder


def place(root: Path, environ: dict[str, str], option: str | None = None) -> str:
    return places.cache_directory(str(root), environ, load_config(str(root), environ=environ), option)


def test_each_source_gives_way_to_the_one_before(root: Path, home: dict[str, str], tmp_path: Path) -> None:
    assert place(root, home) == f"{root}/.fractary/plugins/codex/cache"
    on_actions = {**home, "GITHUB_ACTIONS": "true"}
    assert place(root, on_actions) == f"{home['HOME']}/.cache/codex"
    configure(root, "kept/here")
    assert place(root, on_actions) == f"{root}/kept/here"
    named = {**on_actions, "CODEX_CACHE_DIR": str(tmp_path / "named")}
    assert place(root, named) == str(tmp_path / "named")
    assert place(root, named, str(tmp_path / "option")) == str(tmp_path / "option")


def test_outside_a_project_it_is_the_user_s(tmp_path: Path, home: dict[str, str]) -> None:
    bare = tmp_path / "bare"
    bare.mkdir()
    assert places.cache_directory(str(bare), home) == f"{home['HOME']}/.cache/codex"
    assert places.cache_directory(str(bare), {**home, "XDG_CACHE_HOME": "/x"}) == os.path.join("/x", "codex")


@pytest.mark.parametrize(
    ("platform", "expected"),
    [
        ("darwin", "/h/Library/Caches"),
        ("linux", "/h/.cache"),
        ("win32", os.path.join("/h", "AppData", "Local")),
    ],
)
def test_the_user_s_cache_on_each_system(
    monkeypatch: pytest.MonkeyPatch, platform: str, expected: str
) -> None:
    monkeypatch.setattr("sys.platform", platform)
    assert places.user_cache({"HOME": "/h"}) == expected
    if platform == "win32":
        assert places.user_cache({"HOME": "/h", "LOCALAPPDATA": "/l"}) == "/l"


@pytest.mark.parametrize("path", ["/tmp/elsewhere", "../beside", "~/mine"])
def test_a_project_s_setting_cannot_lead_out_of_it(root: Path, home: dict[str, str], path: str) -> None:
    configure(root, path)
    with pytest.raises(
        ConfigurationError, match=r"config\.yaml:2: cache\.path leads out of the project"
    ) as caught:
        place(root, home)
    assert "CODEX_CACHE_DIR" in str(caught.value.hint)


@pytest.mark.parametrize("configured", [True, False], ids=["configured", "default"])
@pytest.mark.parametrize("link", [".fractary/plugins", ".fractary/plugins/codex/cache"])
def test_a_link_cannot_lead_it_out_of_the_project(
    root: Path, home: dict[str, str], tmp_path: Path, link: str, *, configured: bool
) -> None:
    (tmp_path / "beside").mkdir()
    if configured:
        configure(root, f"./{places.IN_PROJECT}/x")
    (root / link).parent.mkdir(parents=True, exist_ok=True)
    (root / link).symlink_to(tmp_path / "beside")
    with pytest.raises(ConfigurationError, match="leads out of the project by way of a link") as caught:
        place(root, home)
    assert "CODEX_CACHE_DIR" in str(caught.value.hint)
    named = {**home, "CODEX_CACHE_DIR": str(root / link)}
    assert place(root, named) == str(root / link), "whoever names it means it"


def test_a_link_within_the_project_is_none_of_it(root: Path, home: dict[str, str], tmp_path: Path) -> None:
    (root / "kept").mkdir()
    (root / ".fractary").mkdir()
    (root / ".fractary/plugins").symlink_to(root / "kept")
    (tmp_path / "link").symlink_to(root)
    assert place(tmp_path / "link", home) == f"{tmp_path}/link/.fractary/plugins/codex/cache"


@pytest.mark.parametrize(
    ("origin", "file"),
    [
        ("a/config.yaml:2", "a/config.yaml"),
        ("a/config.yaml", "a/config.yaml"),
        ("C:\\me\\config.yaml:2", "C:\\me\\config.yaml"),
        ("C:\\me\\config.yaml", "C:\\me\\config.yaml"),
    ],
)
def test_whose_setting_it_is(origin: str, file: str) -> None:
    assert places._file_of(origin) == file  # noqa: SLF001  (no configuration on this system has such a name)


def test_the_user_s_own_setting_can(root: Path, home: dict[str, str], tmp_path: Path) -> None:
    configure(Path(home["HOME"]), str(tmp_path / "mine"), ".config/fractary/codex/config.yaml")
    assert place(root, home) == str(tmp_path / "mine")


CONTAINER = {
    "GITHUB_WORKSPACE": "/github/workspace",
    "HOME": "/github/home",
    "RUNNER_WORKSPACE": "/home/runner/work/web",
}


@pytest.mark.parametrize(
    ("path", "environ", "expected"),
    [
        ("/github/home/.cache/codex", CONTAINER, "/home/runner/work/_temp/_github_home/.cache/codex"),
        ("/github/workspace/.cache", CONTAINER, ".cache"),
        ("/opt/cache", CONTAINER, None),
        ("/github/home/.cache/codex", {**CONTAINER, "RUNNER_WORKSPACE": ""}, None),
        ("/home/me/.cache/codex", {"HOME": "/home/me"}, "/home/me/.cache/codex"),
    ],
    ids=["home", "workspace", "image", "an old runner", "no container"],
)
def test_a_later_step_sees_another_path(path: str, environ: dict[str, str], expected: str | None) -> None:
    assert places.host_path(path, environ) == expected
