"""A token is seen by the host it is for, and nowhere else (reliability.md R25)."""

from __future__ import annotations

import base64
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from urllib.parse import quote

import pytest
from documents_world import World
from fault_server import MODES, FaultServer
from git_server import served
from programs import Result, script
from trees import bare

from codex_action.codex import Codex

CANARY = "canary-7f3a9c"
NAMES = ("GITHUB_TOKEN", "CODEX_TOKEN", "GH_TOKEN", "SHELF_TOKEN")
TOKENS = {name: f"{CANARY}-{name}" for name in NAMES}
PLAN = "codex://northwind/secret/docs/plan.md"
SHELF = "codex://northwind/shelf/docs/a.md"
NONE = "codex://northwind/secret/docs/none.md"
CONFIG = """\
schema_version: "3.0"
remotes:
  northwind/shelf: {token: "${SHELF_TOKEN}"}
"""
# The forms it has on the wire: as it is, and as git sends it.
FORMS = (CANARY.encode(), *(base64.b64encode(b"x" * pad + CANARY.encode())[4:12] for pad in range(3)))


@pytest.fixture
def secret(world: World) -> World:
    """A hub with private documents that the tokens open."""
    world.hub.add("northwind/secret", {"docs/plan.md": b"the plan"}, private=True)
    world.hub.add("northwind/shelf", {"docs/a.md": b"on the shelf"}, private=True)
    for name in NAMES:
        world.hub.tokens[TOKENS[name]] = {"northwind/secret", "northwind/shelf"}
    world.env.update(TOKENS)
    world.write(".fractary/codex/config.yaml", CONFIG)
    return world


def seen_in(data: bytes) -> bool:
    return any(form in data for form in FORMS)


def nothing_leaked(world: World, *results: Result) -> None:
    """Neither in what was printed, nor in any file, nor in a request but for its Authorization."""
    for result in results:
        assert not seen_in(result.stdout + result.stderr)
    files = [path for folder in (world.root, world.home) for path in folder.rglob("*") if path.is_file()]
    assert [path for path in files if seen_in(path.read_bytes()) or seen_in(os.fsencode(path))] == []
    for exchange in world.hub.log:
        headers = {name: text for name, text in exchange.headers.items() if name != "authorization"}
        assert not seen_in(repr((exchange.path, exchange.query, headers, exchange.body)).encode())


def shown_to(world: World) -> set[str | None]:
    return {exchange.token for exchange in world.hub.log}


class Watch(threading.Thread):
    """Looks at every process's command line, a thousand times a second."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.seen: set[bytes] = set()
        self.over = threading.Event()

    def run(self) -> None:
        while not self.over.wait(0.001):
            for process in os.listdir("/proc"):
                if process.isdigit():
                    try:
                        self.seen.add(Path("/proc", process, "cmdline").read_bytes())
                    except OSError:
                        continue


@pytest.fixture
def watch() -> Iterator[Watch]:
    if not os.path.isdir("/proc/self"):
        pytest.skip("this system does not show its processes")
    watching = Watch()
    watching.start()
    yield watching
    watching.over.set()
    watching.join()


# --- where all goes well ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["CODEX_TOKEN", "GITHUB_TOKEN", "GH_TOKEN"])
def test_documents_are_fetched_with_it(name: str, secret: World) -> None:
    secret.env.update({other: None for other in NAMES if other not in (name, "SHELF_TOKEN")})
    results = [
        secret.run("fetch", PLAN, "-v"),
        secret.run("fetch", PLAN, "--json", "--bypass-cache"),
        secret.run("fetch", SHELF, NONE, "--output-dir", "out", "-v"),
        secret.run("cache", "list", "--json"),
        secret.run("cache", "health", "--verbose"),
        secret.run("cache", "metrics", "--json"),
        secret.run("config", "show", "--json"),
        secret.run("doctor"),
        secret.run("cache", "clear", "--scope", "all", "--dry-run"),
    ]
    assert [result.code for result in results] == [0, 0, 5, 0, 0, 0, 0, 0, 0]
    assert results[0].out == "the plan"
    assert shown_to(secret) == {TOKENS[name], TOKENS["SHELF_TOKEN"]}
    assert {exchange.token for exchange in secret.hub.log if "shelf" in exchange.path} == {
        TOKENS["SHELF_TOKEN"]
    }
    nothing_leaked(secret, *results)


def test_existence_is_asked_with_it(secret: World) -> None:
    environ = {**os.environ, **{key: value for key, value in secret.env.items() if value}}
    with Codex(str(secret.root), environ=environ) as codex:
        assert codex.document_exists(PLAN)
        assert not codex.document_exists(NONE)
        assert CANARY not in repr((codex, codex.documents, vars(codex.documents.origins).keys()))
    assert shown_to(secret) == {TOKENS["CODEX_TOKEN"]}
    nothing_leaked(secret)


def test_references_are_looked_up_with_it(
    secret: World, watch: Watch, run_script: Callable[..., Result], tmp_path: Path
) -> None:
    bare(tmp_path / "served/northwind/secret.git", {"docs/plan.md": "x"})
    secret.write("docs/a.md", f"{PLAN}\n{NONE}\n")
    with served(tmp_path / "served", token=TOKENS["CODEX_TOKEN"]) as server:
        env = {**secret.env, "GITHUB_SERVER_URL": server.url}
        results = [
            run_script("validate", "refs", "--resolve", "remote", *more, cwd=secret.root, env=env)
            for more in ((), ("--json", "--output", "report.json"), ("-v", "--format", "markdown"))
        ]
    assert [result.code for result in results] == [1, 1, 1]
    assert b"docs/none.md" in results[0].stdout
    assert any(authorization for _, authorization in server.seen)
    assert any(b"git" in line for line in watch.seen)
    assert not any(map(seen_in, watch.seen))
    nothing_leaked(secret, *results)


def test_processes_do_not_show_it(secret: World, watch: Watch, run_script: Callable[..., Result]) -> None:
    results = [
        run_script("fetch", *arguments, cwd=secret.root, env=secret.env)
        for arguments in ((PLAN, "-v"), (NONE, "--debug"), (PLAN, SHELF, "--json", "--bypass-cache"))
    ]
    assert [result.code for result in results] == [0, 5, 0]
    assert b"Traceback" in results[1].stderr
    assert any(PLAN.encode() in line for line in watch.seen)
    assert not any(map(seen_in, watch.seen))
    nothing_leaked(secret, *results)


# --- where it does not ------------------------------------------------------------------------------------------------

REFUSALS = [
    "primary", "secondary", "abuse", "too-many", "forbidden", "single sign-on", "unavailable", "broken",
]  # fmt: skip


@pytest.mark.parametrize("kind", REFUSALS)
def test_a_hub_that_refuses(kind: str, secret: World) -> None:
    secret.hub.refuse(kind, times=9)
    result = secret.run("fetch", PLAN, "-v", "--json", "--max-wait", "0")
    assert (result.code, result.data["error"]["exit_code"]) == (5, 5)
    assert shown_to(secret) == {TOKENS["CODEX_TOKEN"]}
    nothing_leaked(secret, result)


def test_a_token_that_the_hub_does_not_know(secret: World) -> None:
    secret.hub.tokens.clear()
    results = [secret.run("fetch", PLAN, "-v"), secret.run("fetch", PLAN, "--json")]
    assert [result.code for result in results] == [5, 5]
    nothing_leaked(secret, *results)


def test_a_token_that_is_none(secret: World) -> None:
    result = secret.run("fetch", PLAN, "-v", env={"CODEX_TOKEN": f"{CANARY}\r\nX-Other: 1"})
    assert result.code == 5
    assert secret.hub.log == []
    nothing_leaked(secret, result)


SLOW = ("hang", "drip", "drip-headers", "drip-lines", "drip-chunks")


@pytest.fixture
def faulty() -> Iterator[FaultServer]:
    with FaultServer() as server:
        yield server


def told(server: FaultServer) -> set[str]:
    """What a server was told of tokens; it is nowhere but in Authorization."""
    for request in server.log:
        headers = {name: text for name, text in request.headers.items() if name != "authorization"}
        assert not seen_in(repr((request.path, headers)).encode())
    return {request.headers.get("authorization", "") for request in server.log}


@pytest.mark.parametrize("mode", [mode for mode in MODES if mode not in SLOW])
def test_a_hub_that_does_it_wrong(mode: str, secret: World, faulty: FaultServer) -> None:
    env = {"GITHUB_API_URL": f"{faulty.url}/{mode}"}
    result = secret.run("fetch", PLAN, "-v", "--max-wait", "0", env=env)
    assert result.code in (0, 5)
    assert told(faulty) == {f"Bearer {TOKENS['CODEX_TOKEN']}"}
    nothing_leaked(secret, result)


@pytest.mark.parametrize("mode", SLOW)
def test_a_hub_that_takes_its_time(mode: str, secret: World, faulty: FaultServer) -> None:
    env = {**os.environ, **{name: value for name, value in secret.env.items() if value}}
    with subprocess.Popen(
        [script(), "fetch", PLAN, "-v", "--debug"],
        cwd=secret.root,
        env={**env, "GITHUB_API_URL": f"{faulty.url}/{mode}"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        deadline = time.monotonic() + 20
        while not faulty.log and time.monotonic() < deadline:
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
    assert process.returncode == 130
    assert told(faulty) == {f"Bearer {TOKENS['CODEX_TOKEN']}"}
    nothing_leaked(secret, Result(130, out, err))


def test_a_hub_that_leads_elsewhere(secret: World, faulty: FaultServer) -> None:
    with FaultServer() as elsewhere:
        env = {"GITHUB_API_URL": f"{faulty.url}/redirect/{quote(elsewhere.url, safe='')}%2Fok%2Fx"}
        result = secret.run("fetch", PLAN, "-v", env=env)
        assert elsewhere.log == []
    assert result.code == 5
    nothing_leaked(secret, result)


@pytest.mark.parametrize("place", ["url", "path", "query"])
def test_it_is_not_shown_where_somebody_put_it_into_a_url(place: str, secret: World) -> None:
    urls: Mapping[str, str] = {
        "url": f"http://me:{CANARY}@127.0.0.1:1",
        "path": f"http://127.0.0.1:1/?token={CANARY}",
        "query": f"https://{CANARY}@localhost:1/x#{CANARY}",
    }
    result = secret.run("fetch", PLAN, "-v", "--json", env={"GITHUB_API_URL": urls[place]})
    assert result.code == 5
    nothing_leaked(secret, result)


def test_another_host_of_the_configuration_gets_another_token(secret: World, faulty: FaultServer) -> None:
    """A provider at another server gets its own token or none: the environment's is GitHub's."""
    storage = f"storage: [{{type: github, name: other, api_base_url: '{faulty.url}/ok'}}]\n"
    place = secret.home / ".config/fractary/codex/config.yaml"
    place.parent.mkdir(parents=True)
    place.write_text(f'schema_version: "3.0"\n{storage}', encoding="utf-8")
    results = [secret.run("fetch", NONE, "-v"), secret.run("fetch", NONE, "--source", "github", "-v")]
    assert told(faulty) == {""}
    nothing_leaked(secret, *results)


@pytest.mark.parametrize("name", NAMES)
def test_a_server_that_the_project_names_gets_no_token(name: str, secret: World, faulty: FaultServer) -> None:
    storage = (
        f"storage: [{{type: github, name: other, api_base_url: '{faulty.url}/ok', token: '${{{name}}}'}}]\n"
    )
    secret.write(".fractary/codex/config.yaml", CONFIG + storage)
    result = secret.run("fetch", NONE, "-v")
    assert result.code == 3
    assert faulty.log == []
    nothing_leaked(secret, result)


def test_the_canary_is_found_where_it_is(secret: World) -> None:
    """The search finds what it looks for, in both forms."""
    secret.write("left.txt", base64.b64encode(f"x-access-token:{CANARY}".encode()))
    with pytest.raises(AssertionError):
        nothing_leaked(secret)
    assert seen_in(f"a {CANARY} b".encode())
