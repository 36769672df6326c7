"""Where the document of a reference may be, and in which order (documents.md 1)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_action.errors import ConfigurationError, UsageError
from codex_action.refs.paths import is_safe_path
from codex_action.refs.places import CodexRepository, Places, Provider
from codex_action.refs.resolve import (
    CheckoutTarget,
    GitHubTarget,
    LocalTarget,
    Project,
    ProviderTarget,
    Target,
    choose_version,
    resolve_reference,
    resolve_references,
)
from codex_action.refs.uri import build_uri, parse_reference

SITE = Project("acme", "site")
CODEX = CodexRepository("acme", "codex", "test")
DISK, WEB, HUB = (
    Provider("disk", "local", "/srv"),
    Provider("web", "http", "https://x"),
    Provider("hub", "github"),
)
ALL = Places(shared=True, checkout=True, codex=CODEX, providers=(DISK, WEB, HUB))


def at(provider: Provider, path: str) -> ProviderTarget:
    return ProviderTarget(provider, path)


ORDERS: list[tuple[str, str, Places, tuple[Target, ...]]] = [
    (
        "own-with-everything", "codex://acme/site/a.md", ALL,
        (
            LocalTarget("a.md"), CheckoutTarget("projects/site/a.md"), GitHubTarget("acme", "site", "a.md"),
            GitHubTarget("acme", "codex", "projects/site/a.md", "test"),
            at(DISK, "acme/site/a.md"), at(WEB, "acme/site/a.md"), at(HUB, "acme/site/a.md"),
        ),
    ),
    (
        "sibling-with-everything", "codex://acme/api/a.md", ALL,
        (
            LocalTarget(".fractary/codex/shared/acme/api/a.md"), CheckoutTarget("projects/api/a.md"),
            GitHubTarget("acme", "api", "a.md"), GitHubTarget("acme", "codex", "projects/api/a.md", "test"),
            at(DISK, "acme/api/a.md"), at(WEB, "acme/api/a.md"), at(HUB, "acme/api/a.md"),
        ),
    ),
    (
        "the-codex-repository-itself", "codex://Acme/Codex/docs/a.md", ALL,
        (
            LocalTarget(".fractary/codex/shared/Acme/Codex/docs/a.md"), CheckoutTarget("docs/a.md"),
            GitHubTarget("Acme", "Codex", "docs/a.md", "test"),
            at(DISK, "Acme/Codex/docs/a.md"), at(WEB, "Acme/Codex/docs/a.md"), at(HUB, "Acme/Codex/docs/a.md"),
        ),
    ),
    (
        "another-organisation", "codex://other/api/a.md", Places(checkout=True, codex=CODEX),
        (GitHubTarget("other", "api", "a.md"),),
    ),
    (
        "another-organisation-in-a-shared-layout", "codex://other/api/a.md",
        Places(checkout=True, codex=CodexRepository("acme", "codex", layout="/all/{org}/{project}/")),
        (
            CheckoutTarget("all/other/api/a.md"), GitHubTarget("other", "api", "a.md"),
            GitHubTarget("acme", "codex", "all/other/api/a.md"),
        ),
    ),
    (
        "a-flat-layout", "codex://acme/api/a.md", Places(codex=CodexRepository("acme", "codex", layout="")),
        (GitHubTarget("acme", "api", "a.md"), GitHubTarget("acme", "codex", "a.md")),
    ),
    (
        "a-checkout-of-nothing-known", "codex://acme/api/a.md", Places(checkout=True),
        (GitHubTarget("acme", "api", "a.md"),),
    ),
    (
        "a-version-is-of-its-own-repository", "codex://acme/site@v1/a.md", ALL,
        (GitHubTarget("acme", "site", "a.md", "v1"), at(HUB, "acme/site@v1/a.md")),
    ),
    (
        "also-in-the-codex-repository", "codex://acme/codex@v1/a.md", ALL,
        (GitHubTarget("acme", "codex", "a.md", "v1"), at(HUB, "acme/codex@v1/a.md")),
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("reference", "places", "targets"), [row[1:] for row in ORDERS], ids=[row[0] for row in ORDERS]
)
def test_the_order_to_look_in(reference: str, places: Places, targets: tuple[Target, ...]) -> None:
    assert resolve_reference(reference, SITE, places=places) == targets
    assert resolve_references([reference], SITE, places=places) == [targets]


def test_a_version_as_an_option() -> None:
    own = GitHubTarget("acme", "site", "a.md", "v2")
    assert resolve_reference("codex://acme/site/a.md", SITE, version="v2") == (own,)
    assert resolve_reference("codex://acme/site/a.md", SITE, places=ALL, version="v2") == (
        own,
        at(HUB, "acme/site@v2/a.md"),
    )


def test_a_branch_with_a_slash_has_no_place_in_a_provider_s_path() -> None:
    own = GitHubTarget("acme", "site", "a.md", "feature/x")
    assert resolve_reference("codex://acme/site/a.md", SITE, places=ALL, version="feature/x") == (own,)


@pytest.mark.parametrize(
    ("source", "targets"),
    [
        (
            "github",
            (
                GitHubTarget("acme", "site", "a.md"),
                GitHubTarget("acme", "codex", "projects/site/a.md", "test"),
                at(HUB, "acme/site/a.md"),
            ),
        ),
        ("http", (at(WEB, "acme/site/a.md"),)),
    ],
)
def test_a_source_leaves_its_own_targets(source: str, targets: tuple[Target, ...]) -> None:
    assert resolve_reference("codex://acme/site/a.md", SITE, places=ALL, source=source) == targets


def test_nowhere_left_to_look() -> None:
    with pytest.raises(UsageError, match=r"there is no http provider to ask for codex://acme/site/a\.md"):
        resolve_reference("codex://acme/site/a.md", SITE, source="http")
    with pytest.raises(UsageError, match="there is no source 'ftp'") as caught:
        resolve_reference("codex://acme/site/a.md", SITE, source="ftp")
    assert caught.value.hint == "choose one of auto, github, http"


@pytest.mark.parametrize("layout", ["../{project}", "a\\{project}", "a//b", "./{project}", "~/x"])
def test_a_layout_stays_in_its_repository(layout: str) -> None:
    places = Places(codex=CodexRepository("acme", "codex", layout=layout))
    with pytest.raises(ConfigurationError, match=r"sync\.layout"):
        resolve_reference("codex://acme/site/a.md", places=places)


@pytest.mark.parametrize(
    ("reference", "option", "codex", "version"),
    [
        pytest.param("codex://acme/codex@v1/a", "v2", CODEX, "v1", id="uri"),
        pytest.param("codex://acme/codex/a", "v2", CODEX, "v2", id="option"),
        pytest.param("codex://acme/CODEX/a", None, CODEX, "test", id="environment"),
        pytest.param("codex://acme/codex/a", "", CODEX, "test", id="empty-option"),
        pytest.param("codex://acme/codex/a", None, CodexRepository("acme", "codex"), None, id="default"),
        pytest.param("codex://acme/site/a", None, CODEX, None, id="environments-are-of-the-codex-repository"),
        pytest.param("codex://acme/site/a", None, None, None, id="nothing-known"),
    ],
)
def test_the_version_that_is_asked_for(
    reference: str, option: str | None, codex: CodexRepository | None, version: str | None
) -> None:
    assert choose_version(parse_reference(reference), option, codex) == version


# --- what else a document is called -----------------------------------------------------------------------------------

PATHS = {
    "the-usual-layout": ("projects/{project}", "projects/api/docs/a.md", "codex://acme/api/docs/a.md"),
    "slashes-around-it": ("/projects/{project}/", "projects/api/a.md", "codex://acme/api/a.md"),
    "with-organisations": ("all/{org}/{project}", "all/other/api/a.md", "codex://other/api/a.md"),
    "a-folder-after-it": ("{project}/docs", "api/docs/docs/a.md", "codex://acme/api/docs/a.md"),
    "a-name-twice": ("{project}/x-{project}", "api/x-api/a.md", "codex://acme/api/a.md"),
    "two-names": ("{project}/x-{project}", "api/x-web/a.md", None),
    "other-letter-case": ("projects/{project}", "Projects/API/a.md", "codex://acme/API/a.md"),
    "characters-of-a-pattern": ("p.*/{project}", "pxx/api/a.md", None),
    "elsewhere": ("projects/{project}", "standards/a.md", None),
    "no-document": ("projects/{project}", "projects/api", None),
    "no-name": ("projects/{project}", "projects/a b/a.md", None),
    "its-own": ("{project}", "codex/a.md", None),
    "no-telling-apart": ("", "docs/a.md", None),
    "of-organisations-alone": ("{org}", "acme/docs/a.md", None),
    "what-must-be-encoded": ("projects/{project}", "projects/api/a b#c.md", "codex://acme/api/a%20b%23c.md"),
}


@pytest.mark.parametrize(("layout", "path", "reference"), PATHS.values(), ids=PATHS)
def test_whose_document_the_codex_repository_keeps_at_a_path(
    layout: str, path: str, reference: str | None
) -> None:
    codex = CodexRepository("acme", "codex", layout=layout)
    assert codex.reference_at(path) == (parse_reference(reference) if reference else None)


NAME = st.from_regex(r"[a-z][a-z0-9]{0,8}(-[a-z0-9]{1,4})?", fullmatch=True)
PATH = st.lists(st.text("ab {}.é#%*+", min_size=1).filter(is_safe_path), min_size=1, max_size=4).map("/".join)


@given(
    layout=st.sampled_from(
        ["projects/{project}", "{project}", "{org}/{project}", "a/{project}/b", "x.{project}"]
    ),
    org=NAME,
    project=NAME,
    path=PATH.filter(is_safe_path),
)
def test_a_path_is_of_the_reference_that_it_is_the_place_of(
    layout: str, org: str, project: str, path: str
) -> None:
    codex = CodexRepository("acme", "codex", layout=layout)
    reference = parse_reference(build_uri(org, project, path))
    place = codex.path_of(reference)
    if place is not None and not codex.is_project_of(reference):
        assert codex.reference_at(place) == reference


SYNCED = ".fractary/codex/shared/"
MEANT = {
    "nothing-else": ("codex://acme/site/docs/a.md", []),
    "synced": (f"codex://acme/site/{SYNCED}other/api/a.md", ["codex://other/api/a.md"]),
    "synced-in-other-letters": (
        "codex://acme/site/.Fractary/codex/Shared/o/api/a.md",
        ["codex://o/api/a.md"],
    ),
    "synced-elsewhere-at-a-version": (f"codex://o/x@v1/{SYNCED}other/api/a.md", ["codex://other/api/a.md"]),
    "no-synced-document": (f"codex://acme/site/{SYNCED}other/a.md", []),
    "nor-here": (f"codex://acme/site/{SYNCED}_x/api/a.md", []),
    "a-layout-of-another-repository": ("codex://acme/site/projects/api/a.md", []),
    "in-the-codex-repository": ("codex://Acme/Codex@v1/projects/api/a.md", ["codex://Acme/api/a.md"]),
    "synced-from-the-codex-repository": (
        f"codex://acme/site/{SYNCED}acme/codex/projects/api/a.md",
        ["codex://acme/codex/projects/api/a.md", "codex://Acme/api/a.md"],
    ),
}


@pytest.mark.parametrize(("reference", "others"), MEANT.values(), ids=MEANT)
def test_all_that_a_document_is_called(reference: str, others: list[str]) -> None:
    names = Places(codex=CodexRepository("Acme", "codex")).names(parse_reference(reference))
    assert [str(name) for name in names] == [reference, *others]


def test_without_a_codex_repository_nothing_is_kept_there() -> None:
    reference = parse_reference("codex://acme/codex/projects/api/a.md")
    assert Places().names(reference) == (reference,)
