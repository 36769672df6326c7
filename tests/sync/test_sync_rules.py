"""Which files are synced, where they live, and which documents of others come along."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sync_world import RULES

from codex_action.errors import ConfigurationError, UsageError
from codex_action.sync.routed import Document, FromCodex
from codex_action.sync.rules import Rule, Rules, create_rules_from_patterns, evaluate_path, selector

# Patterns, excludes, and the paths that are selected.
PATHS = (
    "README.md",
    "docs/a.md",
    "docs/.hidden/b.md",
    ".github/x.md",
    "docs/private/c.md",
    "src/a.py",
    "docs/a.json",
)
SELECTED: dict[str, tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]] = {
    "nothing is asked for": ((), (), ()),
    "everything": (("**",), (), PATHS),
    "hidden folders too": (("**/*.md",), (), (*PATHS[:5],)),
    "an exclude wins": (
        ("docs/**",),
        ("docs/private/**",),
        ("docs/a.md", "docs/.hidden/b.md", "docs/a.json"),
    ),
    "an exclude that is as long": (("docs/a.md",), ("docs/a.md",), ()),
    "an exclude covers hidden folders": (("**",), ("**",), ()),
    "braces": (("docs/*.{md,json}",), (), ("docs/a.md", "docs/a.json")),
    "only the root": (("*.md",), (), ("README.md",)),
}


@pytest.mark.parametrize(("patterns", "exclude", "expected"), SELECTED.values(), ids=SELECTED.keys())
def test_selected(patterns: tuple[str, ...], exclude: tuple[str, ...], expected: tuple[str, ...]) -> None:
    rules = replace(RULES, patterns=patterns, exclude=exclude)
    assert tuple(filter(rules.selects, PATHS)) == expected


@pytest.mark.parametrize(
    "path",
    [
        ".git/config",
        "sub/.git",
        "sub/.git/hooks/x",
        ".fractary/codex/sync-manifest.json",
        ".fractary/codex/shared/umbrella/other/a.md",
        ".fractary/codex/sync/journal.json",
        ".fractary/plugins/codex/cache/index.db",
        "my/cache/x",
    ],
)
def test_what_is_ours_or_gits_is_nobodys_document(path: str) -> None:
    rules = replace(RULES, patterns=("**", ".fractary/**"), also_ours=("my/cache/**",))
    assert not rules.selects(path)
    assert rules.selects(".fractary/codex/config.yaml")


def test_a_broken_pattern_is_told() -> None:
    with pytest.raises(UsageError):
        replace(RULES, patterns=("",)).selects("a")


RULE = st.builds(
    Rule,
    st.sampled_from(["**", "*.md", "docs/**", "docs/a.md", "!docs/**", ".x/**"]),
    st.booleans(),
    st.sampled_from([0, 1, 2]),
    st.sampled_from([None, "to-codex", "from-codex"]),
)


@given(
    st.lists(RULE, max_size=5),
    st.sampled_from(["a.md", "docs/a.md", "docs/b", ".x/a", "b"]),
    st.sampled_from(["to-codex", "bidirectional"]),
)
def test_the_quick_way_says_what_the_slow_one_says(rules: list[Rule], path: str, direction: str) -> None:
    slow = evaluate_path(path, rules, direction, ("b",))  # type: ignore[arg-type]
    assert selector(rules, direction, ("b",))(path) == slow.should_sync  # type: ignore[arg-type]


def test_reasons() -> None:
    rules = create_rules_from_patterns(["docs/**"], ["docs/x/**"])
    said = {
        path: evaluate_path(path, rules, "to-codex", ["*.log"]).reason
        for path in ("a.log", "docs/x/a", "docs/a", "src/a")
    }
    assert said == {
        "a.log": "excluded by default pattern: *.log",
        "docs/x/a": "excluded by rule: docs/x/**",
        "docs/a": "included by rule: docs/**",
        "src/a": "no rule includes it",
    }
    assert evaluate_path("a", (), "to-codex").reason == "no matching rule, included by default"


LAYOUTS = {
    "projects/{project}": "projects/handbook/docs/a.md",
    "{org}/{project}/": "umbrella/handbook/docs/a.md",
    "": "docs/a.md",
    "/": "docs/a.md",
    "all": "all/docs/a.md",
    "{unknown}": "{unknown}/docs/a.md",
}


@pytest.mark.parametrize(("layout", "expected"), LAYOUTS.items())
def test_layout(layout: str, expected: str) -> None:
    assert replace(RULES, layout=layout).codex_path("docs/a.md") == expected


@pytest.mark.parametrize("layout", ["../{project}", "a//b", "{project}/..", "C:/x", "a\\b", "con/{project}"])
def test_a_layout_that_leads_out_is_refused(layout: str) -> None:
    with pytest.raises(ConfigurationError, match=r"sync\.layout"):
        replace(RULES, layout=layout).codex_path("docs/a.md")


def test_the_digest_changes_with_what_selects_and_with_nothing_else() -> None:
    others = [
        replace(RULES, patterns=("x",)),
        replace(RULES, exclude=("x",)),
        replace(RULES, layout="x"),
        replace(RULES, from_codex=("x",)),
        replace(RULES, permissions="x"),
    ]
    assert len({rules.digest for rules in (RULES, *others)}) == 6
    assert replace(RULES, patterns=("b", "a")).digest == replace(RULES, patterns=("a", "b")).digest
    assert replace(RULES, also_ours=("x",)).digest == RULES.digest


# --- documents of other projects ---

SOURCES = (
    "docs/standard.md",
    "projects/codex/docs/copy.md",
    "projects/handbook/docs/own.md",
    "projects/Site/docs/a.md",
    "projects/Site/.hidden/b.md",
    "projects/site.io/specs/c.md",
    "README.md",
)
SHARED = ".fractary/codex/shared/umbrella"
# What `from_codex` takes, and where it goes.
ROUTED: dict[str, tuple[tuple[str, ...], dict[str, str]]] = {
    "nothing": ((), {}),
    "the codex repository's own": (
        ("codex://{org}/{codex_repo}/docs/**",),
        {
            f"{SHARED}/codex/docs/standard.md": "docs/standard.md",
            f"{SHARED}/codex/docs/copy.md": "projects/codex/docs/copy.md",
        },
    ),
    "a project, in any case": (
        ("codex://UMBRELLA/site/docs/*",),
        {f"{SHARED}/Site/docs/a.md": "projects/Site/docs/a.md"},
    ),
    "a whole project, hidden folders too": (
        ("codex://umbrella/site",),
        {
            f"{SHARED}/Site/docs/a.md": "projects/Site/docs/a.md",
            f"{SHARED}/Site/.hidden/b.md": "projects/Site/.hidden/b.md",
        },
    ),
    "any project of any organisation": (
        ("codex://*/*/specs/**",),
        {f"{SHARED}/site.io/specs/c.md": "projects/site.io/specs/c.md"},
    ),
    "another organisation's": (
        ("codex://other/site/**", "codex:///site/**", "codex://umbrella", "codex://"),
        {},
    ),
    "its own project's are here already": (("codex://umbrella/{project}/**", "projects/handbook/**"), {}),
    "a glob over the codex repository": (
        ("projects/*/specs/**", "README.md"),
        {
            f"{SHARED}/site.io/specs/c.md": "projects/site.io/specs/c.md",
            f"{SHARED}/codex/README.md": "README.md",
        },
    ),
}


def routing(*patterns: str, layout: str = "projects/{project}") -> FromCodex:
    return FromCodex(Rules("umbrella", "handbook", "codex", layout=layout, from_codex=patterns))


@pytest.mark.parametrize(("patterns", "expected"), ROUTED.values(), ids=ROUTED.keys())
def test_routed(patterns: tuple[str, ...], expected: dict[str, str]) -> None:
    assert routing(*patterns).places(SOURCES) == expected


@pytest.mark.parametrize(("patterns", "expected"), ROUTED.values(), ids=ROUTED.keys())
def test_what_was_routed_is_kept_as_long_as_it_matches(
    patterns: tuple[str, ...], expected: dict[str, str]
) -> None:
    everything = routing("**").places(SOURCES)
    assert {path for path in everything if routing(*patterns).keeps(path)} == set(expected)


def test_excludes_hold_for_documents_of_others_too() -> None:
    open_rules = Rules("umbrella", "handbook", "codex", from_codex=("codex://*/**",))
    rules = replace(open_rules, exclude=("docs/**",))
    placed = FromCodex(open_rules).places(SOURCES)
    assert {path for path in placed if not FromCodex(rules).keeps(path)} == {
        path for path in placed if "/docs/" in path
    }
    assert set(FromCodex(rules).places(SOURCES)) == {path for path in placed if "/docs/" not in path}


@pytest.mark.parametrize(
    "path", ["docs/a.md", f"{SHARED}/x", ".fractary/codex/shared/other/site/docs/a.md", f"{SHARED}/site/"]
)
def test_what_is_no_shared_document_is_not_kept(path: str) -> None:
    assert not routing("**", "codex://*/*/**").keeps(path)


@pytest.mark.parametrize("sources", [SOURCES, SOURCES[::-1]], ids=["first", "last"])
def test_a_repositorys_own_document_comes_before_a_copy(sources: tuple[str, ...]) -> None:
    two = ("docs/x.md", "projects/codex/docs/x.md")
    placed = routing("**").places((*two[:1], *sources, *two[1:]))
    assert placed == routing("**").places((*two[1:], *sources, *two[:1]))
    assert placed[f"{SHARED}/codex/docs/x.md"] == "docs/x.md"


def test_something_else_may_say_what_is_wanted() -> None:
    placed = routing("docs/**").places(SOURCES, lambda source: source.endswith("c.md"))
    assert list(placed.values()) == ["projects/site.io/specs/c.md"]


# A layout, a path in the codex repository, and whose document it is.
DOCUMENTS = [
    ("projects/{project}", "projects/site/docs/a.md", Document("site", "docs/a.md")),
    ("projects/{project}", "projects/site", Document("codex", "projects/site")),
    ("projects/{project}", "Projects/site/a", Document("codex", "Projects/site/a")),
    ("{project}", "site/docs/a.md", Document("site", "docs/a.md")),
    ("{project}", "README.md", Document("codex", "README.md")),
    ("o/{project}/docs", "o/site/docs/a.md", Document("site", "a.md")),
    ("o/{project}/docs", "o/site/src/a.md", Document("codex", "o/site/src/a.md")),
    ("{project}/x/{project}", "site/x/site/a.md", Document("site", "a.md")),
    ("{project}/x/{project}", "site/x/other/a.md", Document("codex", "site/x/other/a.md")),
    ("all", "all/a.md", Document("codex", "all/a.md")),
    ("", "a/b.md", Document("codex", "a/b.md")),
    ("p.x/{project}", "pax/site/a.md", Document("codex", "pax/site/a.md")),
]


@pytest.mark.parametrize(("layout", "source", "expected"), DOCUMENTS)
def test_whose_document(layout: str, source: str, expected: Document) -> None:
    assert routing(layout=layout).document(source) == expected
    path = f"{SHARED}/{expected.project}/{expected.path}"
    assert routing("**", layout=layout).keeps(path)
