"""From a reference to its document: own files, what is synced, the cache, GitHub, the codex repository, providers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from documents_project import CONFIG, GUIDE, Project
from fake_github import FakeGitHub

from codex_action.checks.options import ValidateOptions
from codex_action.codex import Codex
from codex_action.documents.options import FetchOptions
from codex_action.errors import (
    CacheError,
    ConfigurationError,
    InvalidReference,
    NotFound,
    PermissionDenied,
    StorageError,
    Unauthorized,
    Unreachable,
    UsageError,
)


@pytest.fixture
def hub() -> Iterator[FakeGitHub]:
    with FakeGitHub() as server:
        server.add("umbrella/handbook", {"docs/guide.md": b"# Guide\n", "data/a.bin": b"\x00\xff"})
        server.add("umbrella/codex", {"projects/legacy/docs/old.md": b"old", "standards/style.md": b"style"})
        yield server


@pytest.fixture
def world(tmp_path: Path, hub: FakeGitHub) -> Project:
    return Project(tmp_path / "work", hub)


# --- where it is ------------------------------------------------------------------------------------------------------


def test_own_files_come_first_and_are_never_remembered(world: Project) -> None:
    world.write("docs/a.md", "mine")
    with world.codex() as codex:
        document = codex.fetch_document("codex://umbrella/web/docs/a.md")
        assert (document.text, document.source, document.cached) == ("mine", "local", False)
        world.write("docs/a.md", "changed")
        assert codex.fetch_document("docs/a.md").text == "changed"
        assert codex.list_cache() == ()
    assert world.asked() == []


def test_synced_documents_spare_the_network(world: Project) -> None:
    world.write(".fractary/codex/shared/umbrella/handbook/docs/guide.md", "synced")
    with world.codex() as codex:
        assert codex.fetch_document(GUIDE).text == "synced"
        assert codex.document_exists(GUIDE)
    assert world.asked() == []


def test_a_checkout_of_the_codex_repository_comes_next(world: Project, tmp_path: Path) -> None:
    for path in ("codex/projects/handbook/docs/guide.md", "codex/standards/style.md"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(path, encoding="utf-8")
    with world.codex(checkout=str(tmp_path / "codex")) as codex:
        document = codex.fetch_document(GUIDE)
        assert (document.text, document.source) == ("codex/projects/handbook/docs/guide.md", "codex")
        assert (
            codex.fetch_document("codex://umbrella/codex/standards/style.md").text
            == "codex/standards/style.md"
        )
    assert world.asked() == []


def test_github_is_asked_once_for_a_while(world: Project) -> None:
    with world.codex() as codex:
        first = codex.fetch_document(GUIDE)
        again = codex.fetch_document(GUIDE)
    assert (first.text, first.source, first.cached) == ("# Guide\n", "github", False)
    assert (again.text, again.source, again.cached) == ("# Guide\n", "github", True)
    with world.codex() as codex:
        assert codex.fetch_document(GUIDE).cached
    assert world.asked() == ["/repos/umbrella/handbook/contents/docs/guide.md"]


def test_the_codex_repository_has_what_the_project_s_own_has_not(world: Project) -> None:
    with world.codex() as codex:
        document = codex.fetch_document("codex://umbrella/legacy/docs/old.md")
    assert (document.text, document.source) == ("old", "github")


def test_configured_providers_come_last(world: Project) -> None:
    world.write("shelf/umbrella/nowhere/x.md", "on the shelf")
    world.write(
        ".fractary/codex/config.yaml",
        f"{CONFIG}storage: [{{type: local, name: shelf, base_path: shelf}}]\n",
    )
    with world.codex() as codex:
        document = codex.fetch_document("codex://umbrella/nowhere/x.md")
    assert (document.text, document.source) == ("on the shelf", "shelf")
    with world.codex(trusts_config=False) as codex, pytest.raises(StorageError):
        codex.fetch_document("codex://umbrella/nowhere/x.md", FetchOptions(bypass_cache=True))


def test_a_picked_source_is_the_only_one(world: Project) -> None:
    world.write(".fractary/codex/shared/umbrella/handbook/docs/guide.md", "synced")
    with world.codex() as codex:
        assert codex.fetch_document(GUIDE, FetchOptions(source="github")).text == "# Guide\n"
        with pytest.raises(UsageError, match="no http provider"):
            codex.fetch_document(GUIDE, FetchOptions(source="http"))
        with pytest.raises(UsageError, match="no source 'ftp'"):
            codex.fetch_document(GUIDE, FetchOptions(source="ftp"))


# --- versions ---------------------------------------------------------------------------------------------------------


def test_each_version_is_remembered_by_itself(world: Project) -> None:
    world.hub.repos["umbrella/handbook"].versions["v1"] = {"docs/guide.md": b"one"}
    with world.codex() as codex:
        assert codex.fetch_document(GUIDE).text == "# Guide\n"
        assert codex.fetch_document("codex://umbrella/handbook@v1/docs/guide.md").text == "one"
        assert codex.fetch_document(GUIDE, FetchOptions(version="v1")).text == "one"
        assert [entry.version for entry in codex.list_cache()] == [None, "v1"]


def test_an_environment_has_a_branch_of_the_codex_repository(world: Project) -> None:
    world.write(".fractary/codex/config.yaml", f"{CONFIG}environments: {{dev: team/develop}}\n")
    world.hub.repos["umbrella/codex"].versions["team/develop"] = {"standards/style.md": b"new style"}
    style = "codex://umbrella/codex/standards/style.md"
    with world.codex(environment="dev") as codex:
        assert codex.fetch_document(style).text == "new style"
        assert [(entry.reference, entry.version) for entry in codex.list_cache()] == [(style, "team/develop")]
    with world.codex() as codex:
        assert codex.fetch_document(style).text == "style"
    with world.codex(environment="moon") as codex, pytest.raises(UsageError, match="no environment 'moon'"):
        codex.fetch_document(style)


# --- time -------------------------------------------------------------------------------------------------------------


def test_a_type_says_for_how_long_and_an_option_overrules_it(world: Project) -> None:
    world.write(
        ".fractary/codex/config.yaml", f'{CONFIG}types: {{data: {{patterns: ["data/**"], ttl: 60}}}}\n'
    )
    with world.codex() as codex:
        codex.fetch_document(GUIDE)
        codex.fetch_document("codex://umbrella/handbook/data/a.bin")
        codex.fetch_document("codex://umbrella/codex/standards/style.md", FetchOptions(ttl=5))
        times = {
            entry.reference.rpartition("/")[2]: entry.expires_at - entry.cached_at
            for entry in codex.list_cache()
        }
    assert times == {"guide.md": 604_800, "a.bin": 60, "style.md": 5}


@pytest.mark.parametrize("ttl", [-1, -0.5, float("nan"), float("inf")])
def test_a_time_that_is_none_is_refused_before_anybody_is_asked(world: Project, ttl: float) -> None:
    options = FetchOptions(ttl=ttl)
    with world.codex() as codex:
        for work in (
            lambda: codex.fetch_document(GUIDE, options),
            lambda: codex.fetch_documents([GUIDE], options),
            lambda: codex.document_exists(GUIDE, options),
        ):
            with pytest.raises(UsageError, match="cannot be remembered for"):
                work()
    assert world.asked() == []


def test_how_late_a_copy_is_served_is_configured(world: Project) -> None:
    world.write(".fractary/codex/config.yaml", f"{CONFIG}cache: {{stale_seconds: 0}}\n")
    with world.codex() as codex:
        codex.fetch_document(GUIDE, FetchOptions(ttl=10))
        world.clock.now += 11
        [entry] = codex.list_cache()
        document = codex.fetch_document(GUIDE)
    assert (entry.status, document.stale, document.renewing) == ("expired", False, False)
    assert len(world.asked()) == 2


def test_what_has_not_changed_is_only_asked_about(world: Project) -> None:
    with world.codex() as codex:
        codex.fetch_document(GUIDE, FetchOptions(ttl=10))
        world.clock.now += 1000
        document = codex.fetch_document(GUIDE)
        assert (document.cached, document.stale, document.fetched_at) == (True, False, world.clock.now)
    assert [exchange.status for exchange in world.hub.log] == [200, 304]


def test_a_change_is_fetched(world: Project) -> None:
    with world.codex() as codex:
        codex.fetch_document(GUIDE, FetchOptions(ttl=10))
        world.hub.repos["umbrella/handbook"].versions["main"]["docs/guide.md"] = b"new"
        assert codex.fetch_document(GUIDE, FetchOptions(ttl=10)).text == "# Guide\n"
        assert codex.fetch_document(GUIDE, FetchOptions(bypass_cache=True)).text == "new"
        assert codex.fetch_document(GUIDE).text == "new"


def test_what_cannot_be_renewed_is_served_with_a_mark(world: Project) -> None:
    with world.codex() as codex:
        codex.fetch_document(GUIDE, FetchOptions(ttl=10))
    world.clock.now += 1000
    world.hub.shutdown()
    world.hub.server_close()
    with world.codex({"GITHUB_API_URL": world.hub.url}) as codex:
        document = codex.fetch_document(GUIDE)
        assert (document.text, document.cached, document.stale) == ("# Guide\n", True, True)
        assert not document.renewing
        with pytest.raises(Unreachable):
            codex.fetch_document("codex://umbrella/handbook/other.md")


def test_a_little_late_is_served_at_once_and_renewed_meanwhile(world: Project) -> None:
    with world.codex() as codex:
        codex.fetch_document(GUIDE, FetchOptions(ttl=10))
        world.hub.repos["umbrella/handbook"].versions["main"]["docs/guide.md"] = b"new"
        world.clock.now += 11
        document = codex.fetch_document(GUIDE)
        assert (document.text, document.stale, document.renewing) == ("# Guide\n", True, True)
    with world.codex() as codex:
        assert codex.fetch_document(GUIDE).text == "new"


def test_no_copy_is_served_that_is_older_than_is_wanted(world: Project) -> None:
    with world.codex() as codex:
        codex.fetch_document(GUIDE)
        world.hub.repos["umbrella/handbook"].versions["main"]["docs/guide.md"] = b"new"
        world.clock.now += 30
        assert codex.fetch_document(GUIDE, FetchOptions(ttl=60)).text == "# Guide\n"
        assert codex.fetch_document(GUIDE, FetchOptions(ttl=20)).text == "new"


def test_whether_it_is_there_is_asked_of_nobody_offline(world: Project) -> None:
    gone = "codex://umbrella/handbook/gone.md"
    with world.codex() as codex:
        codex.fetch_document(GUIDE, FetchOptions(ttl=10))
        with pytest.raises(NotFound):
            codex.fetch_document(gone)
        world.asked()
        world.clock.now += 30
        assert codex.document_exists(GUIDE, FetchOptions(offline=True))
        assert not codex.document_exists(gone, FetchOptions(offline=True))
        world.clock.now += 1000
        assert codex.document_exists(GUIDE, FetchOptions(offline=True))
        with pytest.raises(Unreachable, match="offline"):
            codex.document_exists(gone, FetchOptions(offline=True))
    assert world.asked() == []


def test_whether_it_is_there_is_asked_where_a_copy_is_too_old(world: Project) -> None:
    with world.codex() as codex:
        codex.fetch_document(GUIDE)
        del world.hub.repos["umbrella/handbook"].versions["main"]["docs/guide.md"]
        world.clock.now += 30
        assert codex.document_exists(GUIDE)
        assert codex.document_exists(GUIDE, FetchOptions(ttl=60))
        assert not codex.document_exists(GUIDE, FetchOptions(ttl=20))


@pytest.mark.parametrize("way", ["fetch_document", "document_exists"])
def test_without_cache_and_network_there_are_own_files(world: Project, way: str) -> None:
    world.write("docs/own.md", "own")
    wanted = FetchOptions(bypass_cache=True, offline=True)
    with world.codex() as codex:
        codex.fetch_document(GUIDE)
        assert getattr(codex, way)("docs/own.md", wanted)
        with pytest.raises(Unreachable, match="the cache does not count"):
            getattr(codex, way)(GUIDE, wanted)


def test_offline_asks_nobody(world: Project) -> None:
    with world.codex() as codex:
        codex.fetch_document(GUIDE, FetchOptions(ttl=10))
        world.asked()
        world.clock.now += 1000
        assert codex.fetch_document(GUIDE, FetchOptions(offline=True)).stale
        with pytest.raises(Unreachable, match="offline"):
            codex.fetch_document("codex://umbrella/handbook/other.md", FetchOptions(offline=True))
    assert world.asked() == []


# --- what is not there, and what may not be seen ----------------------------------------------------------------------


def test_a_missing_document_is_missing_for_a_minute(world: Project) -> None:
    world.hub.add("umbrella/solo", {"a.md": b"a"})
    world.write(
        ".fractary/codex/config.yaml",
        'schema_version: "3.0"\nproject: web\ncodex_repo: {organization: umbrella}\n',
    )
    gone = "codex://umbrella/solo/gone.md"
    with world.codex() as codex:
        for _ in range(2):
            with pytest.raises(NotFound):
                codex.fetch_document(gone)
        assert not codex.document_exists(gone)
        asked = world.asked()
        world.clock.now += 61
        world.hub.repos["umbrella/solo"].versions["main"]["gone.md"] = b"here"
        assert codex.fetch_document(gone).text == "here"
    assert asked.count("/repos/umbrella/solo/contents/gone.md") == 1


def test_a_private_document_is_its_token_s_alone(world: Project) -> None:
    world.hub.add("umbrella/secret", {"plan.md": b"plan"}, private=True)
    world.hub.tokens.update({"tell": {"umbrella/secret"}, "other": set()})
    plan = "codex://umbrella/secret/plan.md"
    with world.codex({"GITHUB_TOKEN": "tell"}) as codex:
        assert codex.fetch_document(plan).text == "plan"
    for environ in ({}, {"GITHUB_TOKEN": "other"}):
        with world.codex(environ) as codex, pytest.raises(Unauthorized):
            codex.fetch_document(plan)
    with world.codex({"CODEX_TOKEN": "tell"}) as codex:
        assert codex.fetch_document(plan).cached


@pytest.fixture
def shelf() -> Iterator[FakeGitHub]:
    """Another server, with a document that two tokens open and nobody else sees."""
    with FakeGitHub() as server:
        server.add("umbrella/handbook", {"docs/hidden.md": b"hidden"}, private=True)
        server.tokens.update({token: {"umbrella/handbook"} for token in ("a", "b")})
        yield server


HIDDEN = "codex://umbrella/handbook/docs/hidden.md"


def test_what_a_provider_s_token_opened_is_that_token_s_alone(world: Project, shelf: FakeGitHub) -> None:
    place = Path(world.environ["HOME"], ".config/fractary/codex/config.yaml")
    place.parent.mkdir(parents=True)
    provider = f"{{type: github, name: shelf, api_base_url: '{shelf.url}', token: '${{SHELF_TOKEN}}'}}"
    place.write_text(f'schema_version: "3.0"\nstorage: [{provider}]\n', encoding="utf-8")
    for environ, cached in (
        ({"SHELF_TOKEN": "a"}, False),
        ({"SHELF_TOKEN": "a"}, True),
        ({"SHELF_TOKEN": "b"}, False),
    ):
        with world.codex(environ) as codex:
            document = codex.fetch_document(HIDDEN)
            assert (document.text, document.source, document.cached) == ("hidden", "shelf", cached)
    with world.codex() as codex, pytest.raises(StorageError):
        codex.fetch_document(HIDDEN)


def test_a_workflow_s_token_changes_and_its_cache_stays(world: Project) -> None:
    world.hub.tokens.update({"monday": set(), "tuesday": set()})
    actions = {"GITHUB_ACTIONS": "true", "GITHUB_REPOSITORY": "umbrella/web"}
    with world.codex({**actions, "GITHUB_TOKEN": "monday"}) as codex:
        codex.fetch_document(GUIDE)
    with world.codex({**actions, "GITHUB_TOKEN": "tuesday"}) as codex:
        assert codex.fetch_document(GUIDE).cached
    with world.codex({**actions, "GITHUB_TOKEN": "tuesday", "GITHUB_REPOSITORY": "umbrella/other"}) as codex:
        assert not codex.fetch_document(GUIDE).cached


def test_what_an_app_s_token_opened_is_not_for_the_job_s_own(world: Project) -> None:
    """They look the same, and are in the same variable."""
    world.hub.add("umbrella/vault", {"plan.md": b"the plan"}, private=True)
    world.hub.tokens.update({"ghs_app": {"umbrella/vault"}, "ghs_job": set()})
    plan = "codex://umbrella/vault/plan.md"
    actions = {"GITHUB_ACTIONS": "true", "GITHUB_REPOSITORY": "umbrella/web"}
    for app in ({"GITHUB_TOKEN": "ghs_app"}, {"GITHUB_TOKEN": "ghs_job", "CODEX_TOKEN": "ghs_app"}):
        with world.codex({**actions, **app}, in_public=False) as codex:
            assert codex.fetch_document(plan).text == "the plan"
            assert codex.fetch_document(plan).cached
            codex.fetch_document(GUIDE)
        with world.codex({**actions, "GITHUB_TOKEN": "ghs_job"}, in_public=False) as codex:
            assert codex.fetch_document(GUIDE).text == "# Guide\n"
            with pytest.raises(Unauthorized):
                codex.fetch_document(plan)


def test_what_is_private_never_reaches_a_public_place(world: Project) -> None:
    world.hub.add("umbrella/secret", {"plan.md": b"the plan"}, private=True)
    world.hub.tokens["tell"] = {"umbrella/secret"}
    plan = "codex://umbrella/secret/plan.md"
    with world.codex({"GITHUB_TOKEN": "tell"}, in_public=True) as codex:
        assert codex.fetch_document(plan, FetchOptions(ttl=10)).text == "the plan"
        assert codex.fetch_document(plan).cached
        world.clock.now += 1000
        assert codex.fetch_document(plan).text == "the plan"
        codex.fetch_document(GUIDE)
        folder = Path(codex.documents.cache_directory)
    kept = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    assert b"# Guide" in kept
    assert b"the plan" not in kept
    assert b"secret" not in kept


@pytest.mark.parametrize(
    "name",
    [
        "codex://umbrella/handbook/internal/s.md",
        ".fractary/codex/shared/umbrella/handbook/internal/s.md",
        "codex://umbrella/web/.fractary/codex/shared/umbrella/handbook/internal/s.md",
        "codex://umbrella/codex/projects/handbook/internal/s.md",
        ".fractary/codex/shared/umbrella/codex/projects/handbook/internal/s.md",
    ],
)
def test_a_permission_is_for_the_document_by_whatever_name(world: Project, name: str) -> None:
    world.write(
        ".fractary/codex/config.yaml",
        CONFIG
        + "permissions: {rules: [{pattern: 'codex://umbrella/handbook/internal/**', permission: none}]}\n",
    )
    shared = ".fractary/codex/shared/umbrella/"
    world.write(f"{shared}handbook/internal/s.md", "secret")
    world.write(f"{shared}codex/projects/handbook/internal/s.md", "secret")
    kept = world.hub.repos["umbrella/codex"].versions["main"]
    kept["projects/handbook/internal/s.md"] = b"secret"
    kept["projects/handbook/docs/open.md"] = b"open"
    with world.codex() as codex:
        with pytest.raises(PermissionDenied, match=r"codex://umbrella/handbook/internal/s\.md may not"):
            codex.fetch_document(name)
        with pytest.raises(PermissionDenied):
            codex.document_exists(name)
        assert codex.fetch_document("codex://umbrella/codex/projects/handbook/docs/open.md").text == "open"


def test_permissions_are_asked_first(world: Project) -> None:
    world.write(
        ".fractary/codex/config.yaml",
        CONFIG + "permissions: {default: read, rules: [{pattern: 'docs/**', permission: none}]}\n",
    )
    with world.codex() as codex:
        with pytest.raises(PermissionDenied, match="may not be read") as caught:
            codex.fetch_document(GUIDE)
        assert caught.value.exit_code == 4
        with pytest.raises(PermissionDenied):
            codex.document_exists("docs/own.md")
        assert codex.fetch_document("codex://umbrella/codex/standards/style.md").text == "style"
    assert not any("guide" in path for path in world.asked())


def test_rules_that_are_none_are_the_configuration_s_fault(world: Project) -> None:
    world.write(
        ".fractary/codex/config.yaml",
        CONFIG + "permissions: {rules: [{pattern: '" + "{a,b}" * 20 + "', permission: none}]}\n",
    )
    with world.codex() as codex, pytest.raises(ConfigurationError, match="permissions"):
        codex.fetch_document(GUIDE)


# --- several, and names -----------------------------------------------------------------------------------------------


def test_several_are_told_one_by_one(world: Project) -> None:
    heard: list[tuple[int, int]] = []
    names = [GUIDE, "codex://umbrella/handbook/gone.md", "nonsense/../x", GUIDE]
    with world.codex() as codex:
        found = codex.fetch_documents(names, progress=lambda *counts: heard.append(counts))
    assert [one.reference for one in found] == names
    assert [one.document is not None for one in found] == [True, False, False, True]
    assert [type(one.error).__name__ for one in found[1:3]] == ["NotFound", "InvalidReference"]
    assert heard == [(1, 4), (2, 4), (3, 4), (4, 4)]


@pytest.mark.parametrize(
    "name",
    [
        GUIDE,
        "umbrella/handbook/docs/guide.md",
        "@codex/handbook/docs/guide.md",
        "$ref:umbrella/handbook/docs/guide.md",
        f"{GUIDE}#top",
    ],
)
def test_every_way_to_write_a_reference(world: Project, name: str) -> None:
    with world.codex() as codex:
        assert codex.fetch_document(name).text == "# Guide\n"


def test_a_path_needs_a_project(tmp_path: Path, hub: FakeGitHub) -> None:
    (tmp_path / "bare").mkdir()
    environ = {"GITHUB_API_URL": hub.url, "HOME": str(tmp_path)}
    with Codex(str(tmp_path / "bare"), environ=environ) as codex, pytest.raises(InvalidReference) as caught:
        codex.fetch_document("docs/a.md")
    assert "--project" in str(caught.value.hint)


# --- what is kept -----------------------------------------------------------------------------------------------------


def test_what_is_kept_can_be_listed_cleared_checked_and_measured(world: Project) -> None:
    with world.codex() as codex:
        codex.fetch_document(GUIDE)
        codex.fetch_document(GUIDE)
        [entry] = codex.list_cache(project="handbook")
        assert (entry.reference, entry.source, entry.size, entry.status) == (GUIDE, "github", 8, "fresh")
        assert codex.list_cache(status="expired") == codex.list_cache(pattern="*.txt") == ()
        with pytest.raises(UsageError, match="no status 'old'"):
            codex.list_cache(status="old")
        assert codex.check_cache_health().status == "healthy"
        metrics = codex.get_cache_metrics()
        assert (metrics.total_entries, metrics.hit_rate, list(metrics.by_project)) == (1, 0.5, ["handbook"])
        assert codex.clear_cache("project", "handbook", dry_run=True).affected_entries == (GUIDE,)
        assert codex.clear_cache("all").deleted_count == 1
        assert codex.list_cache() == ()


def test_a_cache_that_is_turned_off_leaves_nothing(world: Project) -> None:
    world.write(".fractary/codex/config.yaml", f"{CONFIG}cache: {{enabled: false}}\n")
    with world.codex() as codex:
        codex.fetch_document(GUIDE)
        assert codex.fetch_document(GUIDE).cached
        for look in (codex.check_cache_health, codex.list_cache, codex.clear_cache, codex.get_cache_metrics):
            with pytest.raises(CacheError, match="turned off"):
                look()
    assert sorted(path.name for path in world.root.iterdir()) == [".fractary", ".git"]


def test_repositories_of_an_organisation(world: Project) -> None:
    with world.codex() as codex:
        assert [repo.name for repo in codex.discover_repos("umbrella")] == ["codex", "handbook"]


# --- what validation may know of it -----------------------------------------------------------------------------------


def unverified(codex: Codex, world: Project, *references: str) -> int:
    """How many of them nothing here tells about; none is said to be wrong."""
    world.write("docs/refs.md", "\n".join(references))
    report = codex.validate_references(ValidateOptions(files=(str(world.root / "docs/refs.md"),)))
    assert (report.findings, report.refs_checked) == ((), len(references))
    return report.unverified


def test_copies_tell_that_a_document_exists(world: Project, tmp_path: Path) -> None:
    (tmp_path / "codex" / "projects" / "tools").mkdir(parents=True)
    (tmp_path / "codex" / "projects" / "tools" / "a.md").write_text("a", encoding="utf-8")
    tools, codex_s = "codex://umbrella/tools/a.md", "codex://umbrella/codex/projects/tools/a.md"
    with world.codex() as codex:
        codex.fetch_document(GUIDE)
    with world.codex() as codex:
        assert unverified(codex, world, GUIDE, GUIDE.replace("umbrella", "Umbrella")) == 0
        assert unverified(codex, world, GUIDE.replace("handbook", "handbook@v1"), GUIDE + "x", tools) == 3
    world.write("docs/refs.md", "")
    before = {path: path.stat().st_mtime_ns for path in world.root.rglob("*") if path.name != "refs.md"}
    with world.codex(checkout=str(tmp_path / "codex")) as codex:
        assert unverified(codex, world, GUIDE, tools, codex_s) == 0
        others = ("northwind/tools/a.md", "umbrella/tools@v1/a.md", "umbrella/handbook/other.md")
        assert unverified(codex, world, *(f"codex://{other}" for other in others)) == 3
    after = {path: path.stat().st_mtime_ns for path in world.root.rglob("*") if path.name != "refs.md"}
    assert before == after


def test_a_cache_that_cannot_be_looked_into_has_no_copies(world: Project, tmp_path: Path) -> None:
    folder = tmp_path / "cache"
    folder.mkdir()
    (folder / "index.db").write_bytes(b"no database" * 100)
    world.write(".fractary/codex/config.yaml", CONFIG + "cache: {path: ../beside}\n")
    with world.codex() as codex:
        assert unverified(codex, world, GUIDE) == 1
    with world.codex(cache_dir=str(folder)) as codex:
        assert unverified(codex, world, GUIDE) == 1
    assert world.warnings == []
