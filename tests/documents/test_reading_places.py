"""Which place gives a document, and that no other's is served for it: by servers, branches, refusals and workflows."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from documents_project import CONFIG, GUIDE, Project
from fake_github import Answer, Exchange, FakeGitHub
from fake_time import FakeTime
from timing import pause

from codex_action.cache.entry import CacheKey
from codex_action.documents import origins
from codex_action.documents.library import Library
from codex_action.documents.options import FetchOptions
from codex_action.documents.origins import Origins
from codex_action.errors import StorageError, Unauthorized, Unreachable
from codex_action.remote import session
from codex_action.remote.deadline import Deadline
from codex_action.shared import shared_property

OLD = "codex://umbrella/legacy/docs/old.md"
SECRET = "codex://umbrella/secret/plan.md"


@pytest.fixture
def hub() -> Iterator[FakeGitHub]:
    with FakeGitHub() as server:
        server.add("umbrella/handbook", {"docs/guide.md": b"# Guide\n"})
        server.add(
            "umbrella/codex",
            {"projects/legacy/docs/old.md": b"old", "projects/handbook/docs/guide.md": b"another guide"},
            others={"dev": {"projects/legacy/docs/old.md": b"of dev"}},
        )
        server.add("umbrella/secret", {"plan.md": b"the plan"}, private=True)
        server.tokens["tell"] = {"umbrella/secret"}
        yield server


@pytest.fixture
def world(tmp_path: Path, hub: FakeGitHub) -> Project:
    return Project(tmp_path / "work", hub)


# --- what is remembered is of the places that were asked --------------------------------------------------------------


def test_an_environment_s_documents_are_its_own(world: Project) -> None:
    world.write(".fractary/codex/config.yaml", f"{CONFIG}environments: {{dev: dev}}\n")
    for environment, text in ((None, "old"), ("dev", "of dev"), (None, "old")):
        with world.codex(environment=environment) as codex:
            assert codex.fetch_document(OLD).text == text


def test_another_codex_repository_has_documents_of_its_own(world: Project) -> None:
    world.hub.add("umbrella/library", {"projects/legacy/docs/old.md": b"of the library"})
    with world.codex() as codex:
        assert codex.fetch_document(OLD).text == "old"
    world.write(".fractary/codex/config.yaml", CONFIG.replace("repository: codex", "repository: library"))
    with world.codex() as codex:
        assert codex.fetch_document(OLD).text == "of the library"


@pytest.mark.parametrize("variable", ["GITHUB_API_URL", "GITHUB_SERVER_URL"])
def test_another_server_has_documents_of_its_own(world: Project, variable: str) -> None:
    with world.codex() as codex:
        codex.fetch_document(GUIDE)
    with FakeGitHub() as other:
        other.add("umbrella/handbook", {"docs/guide.md": b"of another server"})
        environ = {"GITHUB_API_URL": other.url}
        if variable == "GITHUB_SERVER_URL":
            environ = {"GITHUB_SERVER_URL": "https://git.umbrella.example", "GITHUB_API_URL": other.url}
        with world.codex(environ) as codex:
            assert codex.fetch_document(GUIDE).text == "of another server"
    with world.codex() as codex:
        assert codex.fetch_document(GUIDE).cached


def test_the_usual_servers_by_name_are_the_usual_servers(world: Project) -> None:
    named = {"GITHUB_API_URL": "https://api.github.com/", "GITHUB_SERVER_URL": "https://github.com"}
    world.write(".fractary/codex/config.yaml", 'schema_version: "3.0"\nproject: web\n')
    with world.codex({"GITHUB_API_URL": ""}) as codex:
        codex.documents.cache.set(_key(codex.documents), b"kept", 60.0, None, source="github")
    with world.codex(named) as codex:
        assert codex.fetch_document(GUIDE, FetchOptions(offline=True)).text == "kept"


def _key(library: Library) -> CacheKey:
    return CacheKey("github.com", "umbrella", "handbook", "", "docs/guide.md")


# --- what one place cannot say, no other says for it ------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["primary", "unavailable", "broken", "too-many"])
def test_where_the_first_place_does_not_answer_no_other_stands_in(world: Project, kind: str) -> None:
    with world.codex(max_wait=0.0) as codex:
        world.hub.refuse(kind, times=9)
        with pytest.raises(StorageError):
            codex.fetch_document(GUIDE)
        assert not any("codex" in path for path in world.asked())
    world.hub.refusals.clear()
    with world.codex() as codex:
        assert codex.fetch_document(GUIDE).text == "# Guide\n"


def test_a_copy_counts_while_its_place_does_not_answer(world: Project) -> None:
    with world.codex(max_wait=0.0) as codex:
        codex.fetch_document(GUIDE, FetchOptions(ttl=10))
        world.clock.now += 1000
        world.hub.refuse("primary", times=9)
        document = codex.fetch_document(GUIDE)
    assert (document.text, document.stale) == ("# Guide\n", True)


def test_what_may_not_be_seen_may_be_in_the_codex_repository(world: Project) -> None:
    world.hub.repos["umbrella/codex"].versions["main"]["projects/secret/plan.md"] = b"for all"
    with world.codex() as codex:
        assert codex.fetch_document(SECRET).text == "for all"
        del world.hub.repos["umbrella/codex"].versions["main"]["projects/secret/plan.md"]
        with pytest.raises(Unauthorized):
            codex.fetch_document(SECRET, FetchOptions(bypass_cache=True))


# --- time -------------------------------------------------------------------------------------------------------------


def test_waiting_for_a_limit_takes_no_time_from_the_places_after_it(
    world: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    time = FakeTime()
    monkeypatch.setattr(Deadline.__init__, "__defaults__", (time.now,))
    monkeypatch.setattr(session, "Clock", time.clock)
    world.hub.refuse("too-many", 60)
    with world.codex() as codex:
        assert codex.fetch_document(OLD).text == "old"
    assert time.slept == [60] > [origins._TIMEOUT]  # noqa: SLF001


@pytest.mark.parametrize("public", [False, True], ids=["what is missing", "who may see it"])
def test_what_all_ask_about_a_repository_is_waited_for_once(
    world: Project, monkeypatch: pytest.MonkeyPatch, *, public: bool
) -> None:
    """A server that says nothing of a repository: eight documents of it wait for one answer."""
    monkeypatch.setattr(origins, "_TIMEOUT", 1.0)
    over, others = threading.Event(), []
    answer = world.hub.answer

    def silent(exchange: Exchange) -> Answer:
        if "/contents/" not in exchange.path:
            others.append(exchange.path)
            over.wait(20)
        return answer(exchange)

    monkeypatch.setattr(world.hub, "answer", silent)
    asked = [f"codex://umbrella/handbook/{n}.md" for n in range(8)]
    if public:
        world.hub.add("umbrella/handbook", {f"{n}.md": b"x" for n in range(8)})
    with world.codex(in_public=public) as codex:
        found = codex.fetch_documents(asked)
    over.set()
    assert {type(one.error) for one in found} == {Unreachable}
    assert others == ["/repos/umbrella/handbook"]


# --- a workflow says by itself who reads and who wrote ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("environ", "payload", "kept"),
    [
        ({}, None, True),
        ({"GITHUB_ACTIONS": "true"}, {"repository": {"private": True}}, True),
        ({"GITHUB_ACTIONS": "true"}, {"repository": {"private": False}}, False),
        ({"GITHUB_ACTIONS": "true"}, None, False),
    ],
    ids=["elsewhere", "private repository", "public repository", "unknown"],
)
def test_private_documents_stay_in_memory_where_all_can_see_the_cache(
    world: Project, tmp_path: Path, environ: dict[str, str], payload: object, *, kept: bool
) -> None:
    (tmp_path / "event.json").write_text(json.dumps(payload), encoding="utf-8")
    environ = {**environ, "GITHUB_TOKEN": "tell", "GITHUB_EVENT_PATH": str(tmp_path / "event.json")}
    with world.codex(environ) as codex:
        assert codex.fetch_document(SECRET).text == "the plan"
        folder = Path(codex.documents.cache_directory)
    assert {path.read_bytes() for path in folder.glob("objects/*/*")} == ({b"the plan"} if kept else set())


def test_what_a_provider_gives_may_be_private(world: Project) -> None:
    world.write("shelf/umbrella/legacy/x.md", "on the shelf")
    shelf = "storage: [{type: local, name: shelf, base_path: shelf}]\n"
    world.write(".fractary/codex/config.yaml", CONFIG + shelf)
    with world.codex(in_public=True) as codex:
        assert codex.fetch_document("codex://umbrella/legacy/x.md").text == "on the shelf"
        folder = Path(codex.documents.cache_directory)
    assert list(folder.glob("objects/*/*")) == []


@pytest.mark.parametrize(
    ("environ", "trusted"),
    [
        ({}, True),
        ({"GITHUB_ACTIONS": "true", "GITHUB_EVENT_NAME": "push"}, True),
        ({"GITHUB_ACTIONS": "true", "GITHUB_EVENT_NAME": "pull_request"}, False),
        ({"GITHUB_ACTIONS": "true", "GITHUB_EVENT_NAME": "pull_request_target"}, False),
    ],
    ids=["elsewhere", "push", "pull request", "target"],
)
def test_a_pull_request_s_configuration_names_no_server_and_no_cache(
    world: Project, environ: dict[str, str], *, trusted: bool
) -> None:
    world.write("shelf/umbrella/legacy/x.md", "on the shelf")
    world.write(
        ".fractary/codex/config.yaml",
        f"{CONFIG}storage: [{{type: local, name: shelf, base_path: shelf}}]\ncache: {{path: planted}}\n",
    )
    with world.codex(environ) as codex:
        assert codex.documents.cache_directory.endswith("planted") == trusted
        if trusted:
            assert codex.fetch_document("codex://umbrella/legacy/x.md").source == "shelf"
        else:
            with pytest.raises(StorageError):
                codex.fetch_document("codex://umbrella/legacy/x.md")


@pytest.mark.parametrize(
    ("event", "used"), [("push", True), ("pull_request", False), ("pull_request_target", False)]
)
def test_a_pull_request_s_configuration_names_no_token(world: Project, event: str, *, used: bool) -> None:
    remotes = 'remotes: {umbrella/secret: {token: "${ADMIN}"}}\n'
    world.write(".fractary/codex/config.yaml", CONFIG + remotes)
    environ = {"GITHUB_ACTIONS": "true", "GITHUB_EVENT_NAME": event, "ADMIN": "tell"}
    with world.codex(environ) as codex:
        if used:
            assert codex.fetch_document(SECRET).text == "the plan"
        else:
            with pytest.raises(Unauthorized):
                codex.fetch_document(SECRET)
    assert ("tell" in {exchange.token for exchange in world.hub.log}) == used


# --- several threads --------------------------------------------------------------------------------------------------


class Slow:
    """Something whose part takes its time to be made."""

    def __init__(self) -> None:
        self.made = 0

    @shared_property
    def part(self) -> object:
        """A part."""
        self.made += 1
        pause(0.1)
        return object()


def test_a_shared_part_is_made_once() -> None:
    slow = Slow()
    parts: list[object] = []
    threads = [threading.Thread(target=lambda: parts.append(slow.part)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (slow.made, len(set(map(id, parts))), len(parts)) == (1, 1, 8)
    assert Slow.part.__doc__ == "A part."


@pytest.mark.parametrize("name", ["near", "far", "github"])
def test_what_threads_share_of_places_is_made_once(name: str) -> None:
    assert isinstance(vars(Origins)[name], shared_property)
