"""Patterns of permissions: paths of every project, and codex:// documents of some."""

from __future__ import annotations

import pytest

from codex_action.artifacts.permissions import (
    Level,
    PermissionContext,
    PermissionRule,
    Permissions,
    evaluate_permission,
)
from codex_action.artifacts.permitted import check_pattern, is_named
from codex_action.errors import CodexError, InvalidReference, UsageError

PLAN = "codex://northwind/web/internal/plan.md"


def denies(pattern: str, reference: str) -> bool:
    permissions = Permissions((PermissionRule(pattern, Level.NONE),))
    return not evaluate_permission(reference, "fetch", permissions).allowed


@pytest.mark.parametrize(
    "pattern",
    [
        "internal/**", "**/plan.md", PLAN, "codex://northwind/web/internal/**", "codex://northwind/web/internal/", "codex://northwind/web/**",
        "codex://northwind/web", "codex://northwind/web/", "codex://northwind", "codex://northwind/", "codex://northwind/**", "codex://**",
        "codex://*/*/internal/*", "codex://*/web/internal/plan.md", "codex://northwind/*/**/plan.md", "codex://northwind/**/internal/**",
        "codex://**/internal/**", "codex://NorthWind/WEB/internal/**", "codex://{acme,northwind}/{web,api}/internal/*",
        "codex://{acme/api,Northwind/Web}/internal/*", "codex://northwind/@(web|api)/internal/*", "codex://northwind/w?b/internal/plan.md",
        "codex://northwind/web/internal/plan%2Emd", "!codex://northwind/web/public/**", "!codex://acme", "!!codex://northwind/web",
    ],
)  # fmt: skip
@pytest.mark.parametrize(
    "reference", [PLAN, "codex://NORTHWIND/Web@v1/internal/plan.md#top", "codex://northwind/web/%69nternal/plan.md"]
)  # fmt: skip
def test_a_document_is_named(pattern: str, reference: str) -> None:
    assert denies(pattern, reference)


@pytest.mark.parametrize(
    "pattern",
    [
        "web/internal/**", "northwind/**", "codex://northwind/api/**", "codex://acme/web/**", "codex://acme", "codex://northwind/we",
        "codex://north", "codex://northwind/web/Internal/**", "codex://northwind/web/plan.md", "codex://northwind/web/internal",
        "codex://northwind/*/plan.md", "codex://*/internal/**", "!codex://northwind/web", "!codex://**", "codex://northwind/web/internal/%2A",
    ],
)  # fmt: skip
def test_another_document_is_not(pattern: str) -> None:
    assert not denies(pattern, PLAN)


@pytest.mark.parametrize(
    "name", ["a b.md", "\u00fc.md", "a[1].md", "a{b,c}.md", "!a.md", "a*b.md", "@(a).md", "100%.md"]
)
def test_a_reference_as_it_is_printed_names_its_document(name: str) -> None:
    from codex_action.refs.uri import build_uri

    reference = build_uri("northwind", "web", f"docs/{name}")
    assert denies(reference.replace("!", "%21").replace("@(", "%40%28"), reference)


def test_names_that_start_with_a_dot_are_covered() -> None:
    assert denies("codex://northwind/*/**", "codex://northwind/.github/.env")


def test_what_is_no_utf_8_stays() -> None:
    assert is_named("codex://o/p/a%FF", "a%FF", "o", "p")


@pytest.mark.parametrize("pattern", ["codex://northwind/web/**", "codex://**", "!codex://acme/**"])
@pytest.mark.parametrize(
    "context", [PermissionContext(), PermissionContext(org="northwind"), PermissionContext(project="web")]
)
def test_the_documents_of_a_project_that_is_not_known_are_in_no_pattern(
    pattern: str, context: PermissionContext
) -> None:
    permissions = Permissions((PermissionRule(pattern, Level.NONE),))
    assert evaluate_permission("internal/plan.md", "fetch", permissions, context).allowed
    known = PermissionContext("northwind", "web")
    assert not evaluate_permission("internal/plan.md", "fetch", permissions, known).allowed


@pytest.mark.parametrize(
    ("pattern", "kind", "hint"),
    [
        ("codex://", UsageError, "write codex://ORG/PROJECT/PATH"),
        ("codex:///web/**", UsageError, "write codex://ORG/PROJECT/PATH"),
        ("codex:/northwind/web/**", UsageError, "write codex://ORG/PROJECT/PATH"),
        ("Codex://northwind/web/**", UsageError, "write codex://ORG/PROJECT/PATH"),
        ("codex://northwind/web@v1/**", InvalidReference, "leave @VERSION out"),
        ("codex://northwind/[z-a]/**", UsageError, None),
    ],
)
def test_a_pattern_that_would_never_match_is_an_error(
    pattern: str, kind: type[CodexError], hint: str | None
) -> None:
    for one in (pattern, f"!{pattern}"):
        with pytest.raises(kind) as caught:
            check_pattern(one)
        if hint:
            assert (caught.value.hint or "").startswith(hint)
