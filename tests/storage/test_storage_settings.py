"""What a configuration's `storage` list says, and the providers that are made of it."""

from __future__ import annotations

import dataclasses
import socket
import time
from pathlib import Path
from typing import Any

import pytest
from fake_github import FakeGitHub

from codex_action.config.load import Config, load_config
from codex_action.errors import ConfigurationError, NotFound, RateLimited, Unreachable
from codex_action.refs.places import Provider
from codex_action.remote.access import TOKENS
from codex_action.remote.addresses import Forbidden
from codex_action.remote.github import GitHub
from codex_action.remote.protocol import Tree
from codex_action.remote.turns import Turns
from codex_action.storage.create import configured_providers, create_storage_manager
from codex_action.storage.github import GitHubStorage
from codex_action.storage.http import HttpStorage
from codex_action.storage.local import LocalStorage
from codex_action.storage.settings import ProviderSettings, provider_settings

FILE = ".fractary/codex/config.yaml"
HEAD = 'schema_version: "3.0"\n'
API = "https://api.github.com"
# As the command line's own format wrote them, and as migration leaves them.
OLDER: list[dict[str, Any]] = [
    {"type": "http", "baseUrl": "https://codex.example.com", "timeout": 30000, "priority": 100},
    {
        "type": "github",
        "token": "${PARTNER}",
        "apiBaseUrl": "https://api.github.com",
        "branch": "main",
        "priority": 50,
    },
    {"type": "local", "basePath": "./knowledge", "followSymlinks": False, "priority": 10},
]


def config(*items: dict[str, Any]) -> Config:
    return Config({"storage": list(items)}, {})


def written(root: Path, text: str) -> Config:
    """As a project's own."""
    path = root / FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(HEAD + text, encoding="utf-8")
    return load_config(str(root), environ={"HOME": str(root / "nobody")})


def of_user(folder: Path, text: str) -> Config:
    """As the user's own, beside a project's that names no providers."""
    path = folder / "home/.config/fractary/codex/config.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(HEAD + text, encoding="utf-8")
    written(folder / "work", "project: site\n")
    return load_config(str(folder / "work"), environ={"HOME": str(folder / "home")})


def test_settings_of_an_older_format_are_read() -> None:
    local, github, http = provider_settings(OLDER, {"PARTNER": "canary"})
    assert local == ProviderSettings(
        "local", "local", 10, {"base_path": "./knowledge", "follow_symlinks": False}
    )
    assert github.options == {
        "token": "canary",
        "api_base_url": "https://api.github.com",
        "branch": "main",
    }
    assert "canary" not in repr(github)
    assert (http.name, http.timeout) == ("http", 30.0)


@pytest.mark.parametrize(
    ("option", "seconds"),
    [({}, None), ({"timeout": 500}, 0.5), ({"timeout_seconds": 2}, 2.0), ({"timeoutSeconds": 2, "timeout": 1}, 2.0)],
)  # fmt: skip
def test_units_of_time(option: dict[str, Any], seconds: float | None) -> None:
    (one,) = provider_settings([{"type": "http", "base_url": "https://x", **option}], {})
    assert one.timeout == seconds


def test_names() -> None:
    items = [
        {"type": "local"},
        {"type": "local"},
        {"type": "local", "name": "docs"},
        {"type": "github"},
        {"type": "local", "priority": 1},
    ]
    names = [one.name for one in provider_settings(items, {})]
    assert names == ["local-4", "local", "local-2", "docs", "github"]


@pytest.mark.parametrize(
    ("item", "problem"),
    [
        ({"type": "local", "basPath": "x"}, "storage[0].bas_path: there is no such option for the type local; it has base_path, follow_symlinks, name, priority, type"),
        ({"type": "github", "rawBaseUrl": "x"}, "storage[0].raw_base_url: there is no such option for the type github; it has api_base_url, branch, name, priority, token, type"),
        ({"type": "local", "followSymlinks": True}, "storage[0].follow_symlinks: links are never followed"),
        ({"type": "http"}, "storage[0].base_url: the type http needs a URL"),
        ({"type": "http", "baseUrl": ""}, "storage[0].base_url: the type http needs a URL"),
        ({"type": "local", "base_path": 1}, "storage[0].base_path: cannot be a number"),
        ({"type": "local", "base_path": None}, "storage[0].base_path: cannot be nothing"),
        ({"type": "local", "priority": True}, "storage[0].priority: cannot be true or false"),
        ({"type": "github", "token": ["canary"]}, "storage[0].token: cannot be a list"),
        ({"type": "github", "branch": "${NOT_SET}"}, "storage[0].branch: the variable NOT_SET is not set"),
        ({"type": "http", "base_url": "https://x", "headers": {"A": "${NOT_SET}"}}, "storage[0].headers: the variable NOT_SET is not set"),
        ({"type": "http", "base_url": "https://x", "headers": {"A": 1}}, "storage[0].headers: holds something that is no text"),
        ({"type": "http", "base_url": "https://x", "allowed_hosts": [1]}, "storage[0].allowed_hosts: holds something that is no text"),
        ({"type": "http", "base_url": "https://x", "timeout": 0}, "storage[0].timeout: must be more than 0"),
    ],
)  # fmt: skip
def test_problems(item: dict[str, Any], problem: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        provider_settings([item], {})
    assert caught.value.message == problem
    assert "canary" not in str(caught.value.problems)


def test_all_problems_at_once() -> None:
    items = [{"type": "http"}, {"type": "local", "x": 1, "y": 2}]
    with pytest.raises(ConfigurationError, match=r"\(and 2 more\)$") as caught:
        provider_settings(items, {})
    assert [problem.path for problem in caught.value.problems] == [
        "storage[0].base_url",
        "storage[1].x",
        "storage[1].y",
    ]
    with pytest.raises(ConfigurationError, match=r"storage\[1\]\.name: there is a provider 'github' already"):
        provider_settings([{"type": "github"}, {"type": "local", "name": "github"}], {})


def test_a_token_whose_variable_is_not_set_is_none() -> None:
    (one,) = provider_settings([{"type": "github", "token": "${NOT_SET}"}], {})
    assert one.options == {}


WRONG_URLS = {
    "http": ("http://docs.example.com", "only https is asked"),
    "no scheme": ("docs.example.com", "no URL that can be asked"),
    "no host": ("https://", "no URL that can be asked"),
    "no port": ("https://docs.example.com:x", "no URL that can be asked"),
    "no brackets": ("https://[", "no URL that can be asked"),
    "a password": ("https://me:canary@docs.example.com", "no URL that can be asked"),
}


@pytest.mark.parametrize(("kind", "key"), [("http", "base_url"), ("github", "api_base_url")])
@pytest.mark.parametrize(("url", "why"), WRONG_URLS.values(), ids=WRONG_URLS)
def test_a_url_that_cannot_be_asked(kind: str, key: str, url: str, why: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        configured_providers(config({"type": kind, key: url}))
    assert caught.value.message == f"storage[0].{key}: {why}"


def test_problems_have_their_file_and_line(tmp_path: Path) -> None:
    known = written(tmp_path, "project: site\nstorage:\n  - {type: http}\n  - {type: local, x: 1}\n")
    for read in (create_storage_manager, configured_providers):
        with pytest.raises(ConfigurationError) as caught:
            read(known, environ={})
        assert caught.value.message == (
            f"{FILE}:3: storage[0].base_url: the type http needs a URL (and 1 more)"
        )
        assert [(problem.file, problem.line) for problem in caught.value.problems] == [(FILE, 3)] * 2
        assert caught.value.file == FILE


# --- a project's own configuration ------------------------------------------------------------------------------------


AWAY = "api_base_url: 'https://x.example'"
VARIABLES = {
    "another's": ("token: '${AWS_SECRET_ACCESS_KEY}'", "AWS_SECRET_ACCESS_KEY"),
    "GitHub's": (f"token: '${{GITHUB_TOKEN:-x}}', {AWAY}", "GITHUB_TOKEN"),
    "ours": (f"token: '${{CODEX_TOKEN}}', {AWAY}", "CODEX_TOKEN"),
    "ours, as Windows would take it": (f"token: '${{CODEX_Token}}', {AWAY}", "CODEX_Token"),
    "for git": ("token: '${CODEX_GIT_PASSWORD}'", "CODEX_GIT_PASSWORD"),
    "GitHub's, as a branch": ("branch: '${GITHUB_TOKEN}'", "GITHUB_TOKEN"),
    "in a URL": ("api_base_url: 'https://x.example/${HOME}'", "HOME"),
}


@pytest.mark.parametrize(("option", "name"), VARIABLES.values(), ids=VARIABLES)
def test_a_project_reads_no_variable_of_others(option: str, name: str, tmp_path: Path) -> None:
    text = f"storage:\n  - {{type: github, {option}}}\n"
    environ = {name: "canary", "HOME": "/canary"}
    with pytest.raises(ConfigurationError) as caught:
        create_storage_manager(written(tmp_path, text), environ=environ)
    key = option.partition(":")[0]
    assert caught.value.message == (
        f"{FILE}:2: storage[0].{key}: the variable {name} is not for a project's own configuration: "
        "it could be sent to any server"
    )
    assert "your own configuration" in str(caught.value.hint)
    create_storage_manager(of_user(tmp_path, text), environ=environ).close()


@pytest.mark.parametrize("name", TOKENS)
@pytest.mark.parametrize("more", ["", f", apiBaseUrl: '{API}'"], ids=["", "named"])
def test_github_s_own_server_is_asked_with_its_token(name: str, more: str, tmp_path: Path) -> None:
    """Older formats wrote it so, and the environment's token goes there in any case."""
    known = written(tmp_path, f"storage: [{{type: github, token: '${{{name}}}'{more}}}]\n")
    with create_storage_manager(known, environ={name: "a"}) as manager:
        provider: Any = manager.get_provider("github")
        assert provider._token_for("acme", "site") == "a"  # noqa: SLF001
    if more:
        with pytest.raises(ConfigurationError, match=f"the variable {name} is not for"):
            configured_providers(
                known, environ={name: "a", "GITHUB_API_URL": "https://ghe.example.com/api/v3"}
            )


def test_a_header_of_a_project_reads_ours_alone(tmp_path: Path) -> None:
    text = "storage:\n  - {type: http, base_url: 'https://x.example', headers: {X-Key: '${%s}'}}\n"
    assert configured_providers(written(tmp_path, text % "CODEX_SHELF_KEY"), environ={"CODEX_SHELF_KEY": "a"})
    with pytest.raises(ConfigurationError, match=r"storage\[0\]\.headers: the variable SHELF_KEY is not for"):
        configured_providers(written(tmp_path, text % "SHELF_KEY"), environ={"SHELF_KEY": "a"})


INSIDE = [
    "https://10.0.0.1", "https://127.0.0.1:9", "http://127.0.0.1:9", "http://localhost:9", "https://169.254.169.254/x",
    "https://[::1]", "https://[fe80::1]", "https://[::ffff:10.0.0.1]",
]  # fmt: skip


@pytest.mark.parametrize(("kind", "key"), [("http", "base_url"), ("github", "api_base_url")])
@pytest.mark.parametrize("url", INSIDE)
def test_a_project_names_public_servers_alone(kind: str, key: str, url: str, tmp_path: Path) -> None:
    text = f"storage:\n  - {{type: {kind}, {key}: '{url}'}}\n"
    with pytest.raises(ConfigurationError, match="can name only public servers"):
        configured_providers(written(tmp_path, text), environ={})
    for known, environ in ((of_user(tmp_path, text), {}), (written(tmp_path, text), {"GITHUB_API_URL": url})):
        with create_storage_manager(known, environ=environ) as manager:
            provider: Any = manager.get_provider(kind)
            assert provider._session.reach.inside == provider._session.reach.hosts  # noqa: SLF001


@pytest.mark.parametrize(("kind", "key"), [("http", "base_url"), ("github", "api_base_url")])
def test_a_name_that_leads_inside_is_found_out_when_it_is_asked(kind: str, key: str, tmp_path: Path) -> None:
    text = f"storage:\n  - {{type: {kind}, {key}: 'https://localhost:9'}}\n"
    with (
        create_storage_manager(written(tmp_path, text), environ={}) as manager,
        pytest.raises(Forbidden, match="not a public address"),
    ):
        manager.fetch("acme/site/a.md")


def test_git_is_not_sent_to_a_project_s_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "storage:\n  - {type: github, api_base_url: 'https://api.x.example'}\n"
    monkeypatch.setattr(GitHub, "tree", lambda *_, **__: Tree({}, truncated=True))
    with (
        create_storage_manager(written(tmp_path, text), environ={}) as manager,
        pytest.raises(Unreachable, match="does not list all"),
    ):
        manager.exists("acme/site/a.md")


@pytest.mark.parametrize(
    ("path", "way"),
    [
        ("/", "leads out of the project"),
        ("../beside", "leads out of the project"),
        ("link", "leads out of the project by way of a link"),
        ("link/deeper", "leads out of the project by way of a link"),
        ("docs", None),
        (".", None),
        ("docs/../back", None),
    ],
)
def test_a_project_names_folders_of_its_own_alone(path: str, way: str | None, tmp_path: Path) -> None:
    root = tmp_path / "work"
    for folder in (root / "docs", tmp_path / "beside/deeper"):
        folder.mkdir(parents=True)
    (root / "link").symlink_to(tmp_path / "beside")
    (root / "back").symlink_to(root / "docs")
    text = f"storage:\n  - {{type: local, name: shelf, base_path: '{path}'}}\n"
    for make in (configured_providers, create_storage_manager):
        if way is None:
            assert make(written(root, text), root=str(root), environ={})
            continue
        with pytest.raises(ConfigurationError) as caught:
            make(written(root, text), root=str(root), environ={})
        assert caught.value.message.startswith(f"{FILE}:2: storage: base_path of 'shelf' ")
        assert caught.value.message.endswith(way)
        assert "your own configuration" in str(caught.value.hint)
        assert make(of_user(tmp_path, text), root=str(root), environ={})


# --- one host, one queue ----------------------------------------------------------------------------------------------


def test_a_host_that_takes_no_requests_is_asked_by_no_other_provider(tmp_path: Path) -> None:
    with FakeGitHub() as hub:
        hub.add("acme/site", {"a.md": b"a"})
        hub.refuse("too-many")
        one = f"{{type: github, api_base_url: '{hub.url}'"
        known = of_user(tmp_path, f"storage: [{one}, name: a}}, {one}, name: b}}]\n")
        with create_storage_manager(known, environ={}, max_wait=0) as manager, pytest.raises(RateLimited):
            manager.fetch("acme/site/a.md")
        assert len(hub.log) == 1
        turns = Turns(connections=1, max_wait=0, now=time.time, sleep=time.sleep)
        turns.refused(hub.url.partition("//")[2], time.time() + 60)
        with create_storage_manager(known, environ={}, turns=turns) as manager, pytest.raises(RateLimited):
            manager.fetch("acme/site/a.md")
        assert len(hub.log) == 1


# --- providers --------------------------------------------------------------------------------------------------------


def test_the_providers_of_a_configuration(tmp_path: Path) -> None:
    (tmp_path / "knowledge/acme/site").mkdir(parents=True)
    (tmp_path / "knowledge/acme/site/a.md").write_bytes(b"a")
    with create_storage_manager(config(*OLDER), root=str(tmp_path), environ={}) as manager:
        assert manager.list_providers() == ["local", "github", "http"]
        kinds = [type(manager.get_provider(name)) for name in manager.list_providers()]
        assert kinds == [LocalStorage, GitHubStorage, HttpStorage]
        assert manager.fetch("acme/site/a.md").source == "local"
        assert manager.place("http", "a.md").timeout == 30.0


def test_a_limit_holds_for_whether_it_is_there_too() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:  # takes connections, and never answers
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        slow = {"type": "http", "base_url": url, "timeout_seconds": 0.2}
        with create_storage_manager(config(slow), environ={}) as manager:
            for ask in (manager.fetch, manager.exists):
                with pytest.raises(Unreachable, match=r"in time|within 0\.2"):
                    ask("acme/site/a.md")


def test_as_resolving_needs_them(tmp_path: Path) -> None:
    again = {"type": "http", "name": "docs", "baseUrl": "https://docs.example.com/x"}
    providers = configured_providers(config(*OLDER, again), root=str(tmp_path), environ={})
    assert providers == (
        Provider("local", "local", str(tmp_path / "knowledge")),
        Provider("github", "github", API),
        Provider("http", "http", "https://codex.example.com"),
        Provider("docs", "http", "https://docs.example.com/x"),
    )


def test_from_a_file(tmp_path: Path) -> None:
    (tmp_path / ".fractary/codex").mkdir(parents=True)
    path = tmp_path / ".fractary/codex/config.yaml"
    path.write_text('schema_version: "3.0"\nstorage:\n  - {type: local, base_path: docs}\n', encoding="utf-8")
    manager = create_storage_manager(load_config(str(tmp_path), environ={}), root=str(tmp_path), environ={})
    provider = manager.get_provider("local")
    assert isinstance(provider, LocalStorage)
    assert provider.root == str(tmp_path / "docs")


def test_without_a_list_there_is_nobody_and_without_a_configuration_the_folder(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_bytes(b"a")
    assert create_storage_manager(Config({}, {})).list_providers() == []
    assert configured_providers(Config({}, {})) == ()
    manager = create_storage_manager(root=str(tmp_path))
    assert manager.fetch("a.md").content == b"a"
    with pytest.raises(NotFound):
        manager.fetch("b.md")


def test_settings_stay_as_they_are() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        ProviderSettings("a", "local").name = "b"  # type: ignore[misc]


# --- what it is asked with --------------------------------------------------------------------------------------------


def access(item: dict[str, Any], environ: dict[str, str]) -> str:
    (provider,) = configured_providers(config(item), environ=environ)
    return provider.access


@pytest.mark.parametrize(
    "item",
    [
        {"type": "github", "token": "${KEY:-}", "api_base_url": "https://ghe.example.com/api/v3"},
        {"type": "http", "base_url": "https://x", "headers": {"X-Key": "${KEY:-}"}},
    ],
    ids=["token", "header"],
)
def test_access_is_another_for_each_key(item: dict[str, Any]) -> None:
    found = [
        access(item, environ) for environ in ({}, {"KEY": "canary"}, {"KEY": "other"}, {"KEY": "canary"})
    ]
    assert found[1] == found[3]
    assert len(set(found)) == 3
    assert "canary" not in found[1]


@pytest.mark.parametrize(
    "item", [{"type": "local"}, {"type": "http", "base_url": "https://x"}, {"type": "github"}]
)
def test_access_of_anybody(item: dict[str, Any]) -> None:
    assert access(item, {}) == ""


TUESDAY = {
    "the same workflow": ({"GITHUB_TOKEN": "tuesday"}, True),
    "another's": ({"GITHUB_TOKEN": "tuesday", "GITHUB_REPOSITORY": "umbrella/other"}, False),
    "a person's": ({"GITHUB_TOKEN": "ghp_tuesday"}, False),
    "none": ({}, False),
}


@pytest.mark.parametrize(("environ", "same"), TUESDAY.values(), ids=TUESDAY)
def test_access_of_a_workflow_stays(environ: dict[str, str], same: bool) -> None:  # noqa: FBT001
    actions = {"GITHUB_ACTIONS": "true", "GITHUB_REPOSITORY": "umbrella/web"}
    monday = access({"type": "github"}, {**actions, "GITHUB_TOKEN": "monday"})
    assert (access({"type": "github"}, {**actions, **environ}) == monday) is same


def test_access_with_a_workflow_s_token_beside_another_is_that_token_s() -> None:
    """What is kept beside a person's token may be private, and an app's token looks like a workflow's own."""
    actions = {"GITHUB_ACTIONS": "true", "GITHUB_REPOSITORY": "umbrella/web", "CODEX_TOKEN": "ghp_mine"}
    item = {"type": "github", "token": "${GITHUB_TOKEN}"}
    monday, tuesday = (access(item, {**actions, "GITHUB_TOKEN": day}) for day in ("monday", "tuesday"))
    assert monday != tuesday


# --- tokens -----------------------------------------------------------------------------------------------------------

AMBIENT = {"GITHUB_TOKEN": "ambient-canary"}
OTHER_API = "https://ghe.example.com/api/v3"


@pytest.mark.parametrize(
    ("item", "environ", "place", "sent"),
    [
        pytest.param({}, AMBIENT, API, "ambient-canary", id="ambient"),
        pytest.param({}, {"GH_TOKEN": "gh-canary"}, API, "gh-canary", id="other-name"),
        pytest.param({"token": "${MINE}"}, {**AMBIENT, "MINE": "own-canary"}, API, "own-canary", id="own"),
        pytest.param({"token": "${MINE}"}, AMBIENT, API, "ambient-canary", id="own-not-set"),
        pytest.param({"apiBaseUrl": OTHER_API}, AMBIENT, OTHER_API, None, id="another-server"),
        pytest.param({"apiBaseUrl": OTHER_API, "token": "x"}, AMBIENT, OTHER_API, "x", id="its-own"),
        pytest.param({}, {**AMBIENT, "GITHUB_API_URL": OTHER_API}, OTHER_API, "ambient-canary", id="enterprise"),
        pytest.param({"apiBaseUrl": API}, {**AMBIENT, "GITHUB_API_URL": OTHER_API}, API, None, id="and-away-from-it"),
    ],
)  # fmt: skip
def test_a_token_goes_to_the_server_that_it_is_for(
    item: dict[str, Any], environ: dict[str, str], place: str, sent: str | None
) -> None:
    provider = create_storage_manager(config({"type": "github", **item}), environ=environ).get_provider(
        "github"
    )
    assert isinstance(provider, GitHubStorage)
    (known,) = configured_providers(config({"type": "github", **item}), environ=environ)
    assert known.place == place
    assert provider._token_for("acme", "site") == sent  # noqa: SLF001
