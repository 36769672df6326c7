"""One legacy reference, and the legacy references of a text."""

from __future__ import annotations

import pytest
from _pytest.mark import ParameterSet

from codex_action.errors import InvalidReference, ValidationError
from codex_action.refs import convert, legacy, scan
from codex_action.refs.convert import LegacyConversion, LegacyReference


def case(id_: str, *values: object) -> ParameterSet:
    return pytest.param(*values, id=id_)


@pytest.mark.parametrize(
    ("text", "taken_apart"),
    [
        ("@codex/p/a.md", ("path", "p/a.md")),
        ("$ref:p/a.md", ("ref", "p/a.md")),
        ("@codex: p/a.md ", ("tag", "p/a.md")),
        ("[codex: p/a.md ]", ("bracket", "p/a.md")),
        ("{{codex:p/a.md}}", ("mustache", "p/a.md")),
    ],
)
def test_a_form_is_recognised(text: str, taken_apart: tuple[str, str]) -> None:
    assert legacy.parse_legacy(text) == taken_apart
    assert legacy.is_legacy_reference(text)
    assert taken_apart[0] in legacy.FORMATS


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "NOT_LEGACY"), ("a.md", "NOT_LEGACY"), ("codex://o/p/a", "NOT_LEGACY"),
        ("@codex/", "NOT_LEGACY"), ("[codex:a", "NOT_LEGACY"),
        ("@Codex:a", "NOT_LEGACY"), (" @codex:a", "NOT_LEGACY"), ("@codex: ", "EMPTY_LEGACY"),
        ("$ref:", "EMPTY_LEGACY"), ("[codex: ]", "EMPTY_LEGACY"),
        ("{{codex:}}", "EMPTY_LEGACY"),
    ],
)  # fmt: skip
def test_what_is_no_form_is_refused(text: str, code: str) -> None:
    with pytest.raises(InvalidReference) as caught:
        legacy.parse_legacy(text)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("text", "uri"),
    [
        case("path", "@codex/p/docs/a.md", "codex://acme/p/docs/a.md"),
        case("path-of-three", "@codex/o/p/a.md", "codex://acme/o/p/a.md"),
        case("path-project", "@codex/p", "codex://acme/p"),
        case("path-project-slash", "@codex/p/", "codex://acme/p"),
        case("path-fragment", "@codex/p/a.md#b", "codex://acme/p/a.md#b"),
        case("ref-one", "$ref:a.md", "codex://acme/site/a.md"),
        case("ref-two", "$ref:p/a.md", "codex://acme/p/a.md"),
        case("ref-three", "$ref:o/p/a.md", "codex://o/p/a.md"),
        case("ref-root", "$ref:/a/b/c.md", "codex://acme/site/a/b/c.md"),
        case("ref-version", "$ref:o/p@v1/a.md", "codex://o/p@v1/a.md"),
        case("tag-one", "@codex:a.md", "codex://acme/site/a.md"),
        case("tag-two", "@codex:docs/a.md", "codex://acme/site/docs/a.md"),
        case("tag-three", "@codex:o/p/docs/a.md", "codex://o/p/docs/a.md"),
        case("tag-here", "@codex:./docs/guides/a.md", "codex://acme/site/docs/guides/a.md"),
        case("tag-root", "@codex:/docs/guides/a.md", "codex://acme/site/docs/guides/a.md"),
        case("tag-no-project", "@codex:o//a.md", "codex://o/site/a.md"),
        case("bracket", "[codex: docs/a.md ]", "codex://acme/site/docs/a.md"),
        case("mustache", "{{codex:o/p/a.md}}", "codex://o/p/a.md"),
        case("uri-inside", "[codex:codex://o/p/a.md]", "codex://o/p/a.md"),
        case("project-inside", "@codex:codex://o/p", "codex://o/p"),
    ],
)
def test_what_it_becomes(text: str, uri: str) -> None:
    assert legacy.convert_legacy_reference(text, "acme", "site") == uri


@pytest.mark.parametrize(
    ("text", "org", "project", "code"),
    [
        case("path-no-org", "@codex/p/a", None, "site", "MISSING_DEFAULT_ORG"),
        case("tag-no-org", "@codex:a", "", "site", "MISSING_DEFAULT_ORG"),
        case("tag-no-project", "@codex:a", "acme", None, "MISSING_DEFAULT_PROJECT"),
        case("ref-one-no-project", "$ref:a", "acme", "", "MISSING_DEFAULT_PROJECT"),
        case("middle-no-project", "@codex:o//a", "acme", None, "MISSING_DEFAULT_PROJECT"),
        case("org-name", "@codex:a_b/p/x", "acme", "site", "INVALID_ORG_NAME"),
        case("default-org-name", "@codex/p/a", "a b", None, "INVALID_ORG_NAME"),
        case("project-name", "@codex/../a", "acme", None, "INVALID_PROJECT_NAME"),
        case("climbs", "@codex:../a", "acme", "site", "PATH_TRAVERSAL"),
        case("climbs-far", "$ref:o/p/../../a", "acme", "site", "PATH_TRAVERSAL"),
        case("folder", "@codex:docs/", "acme", "site", "PATH_TRAILING_SLASH"),
        case("doubled", "@codex/p//a", "acme", "site", "PATH_ABSOLUTE"),
        case("query", "@codex:o/p/a?b", "acme", "site", "QUERY"),
        case("bad-uri-inside", "@codex:codex://o", "acme", "site", "MISSING_PROJECT"),
        case("no-form", "codex/p/a", "acme", "site", "NOT_LEGACY"),
    ],
)
def test_what_becomes_no_valid_uri_is_refused(
    text: str, org: str | None, project: str | None, code: str
) -> None:
    with pytest.raises(ValidationError) as caught:
        legacy.convert_legacy_reference(text, org, project)
    assert caught.value.code == code


def test_needed_names_are_asked_for_only_where_they_are_missing() -> None:
    assert legacy.convert_legacy_reference("@codex/p/a", "acme") == "codex://acme/p/a"
    assert legacy.convert_legacy_reference("$ref:p/a", "acme") == "codex://acme/p/a"
    assert legacy.convert_legacy_reference("@codex:o/p/a") == "codex://o/p/a"


@pytest.mark.parametrize(
    ("text", "uri"),
    [
        case("tag", "@codex:docs/guides/a.md", "codex://acme/site/docs/guides/a.md"),
        case("ref", "$ref:docs/a.md", "codex://acme/site/docs/a.md"),
        case("fragment", "@codex:docs/guides/a.md#b", "codex://acme/site/docs/guides/a.md#b"),
        case("another", "@codex:o/p/a.md", "codex://o/p/a.md"),
        case("path-form-names-a-project", "@codex/docs/a.md", "codex://acme/docs/a.md"),
    ],
)
def test_a_document_of_this_project_is_taken_as_its_path(text: str, uri: str) -> None:
    own = {"docs/guides/a.md", "docs/a.md"}
    assert legacy.convert_legacy_reference(text, "acme", "site", is_own=own.__contains__) == uri


@pytest.mark.parametrize(
    ("ref", "uri"),
    [
        ("codex://o/p/a.md", "codex://o/p/a.md"), (" codex://o/p ", "codex://o/p"),
        ("a.md", "codex://acme/site/a.md"), ("docs/a.md", "codex://acme/site/docs/a.md"),
        ("o/p/a.md", "codex://o/p/a.md"), ("./a/b/c", "codex://acme/site/a/b/c"),
    ],
)  # fmt: skip
def test_convert_to_uri(ref: str, uri: str) -> None:
    assert legacy.convert_to_uri(ref, "acme", "site") == uri


@pytest.mark.parametrize(
    ("ref", "uri"),
    [
        ("docs/guides/a.md", "codex://acme/site/docs/guides/a.md"),
        ("docs/guides/a.md#b", "codex://acme/site/docs/guides/a.md#b"),
        ("docs/guides/b.md", "codex://docs/guides/b.md"),
        ("site/docs/guides/a.md", "codex://acme/site/docs/guides/a.md"),
        ("codex://docs/guides/a.md", "codex://docs/guides/a.md"),
    ],
)
def test_convert_to_uri_knows_the_documents_of_this_project(ref: str, uri: str) -> None:
    assert legacy.convert_to_uri(ref, "acme", "site", is_own={"docs/guides/a.md"}.__contains__) == uri


def test_convert_to_uri_refuses_a_bad_uri() -> None:
    with pytest.raises(InvalidReference):
        legacy.convert_to_uri("codex://o p/a")


# --- in a text ------------------------------------------------------------------------------------------------------


def test_the_result_tells_what_became_of_each() -> None:
    text = "\u6587 @codex:a.md, [codex:../b]\r\nand {{codex:o/p/c}}\n"
    result = convert.convert_legacy_references(text, "acme", "site")
    assert result == LegacyConversion(
        text,
        "\u6587 codex://acme/site/a.md, [codex:../b]\r\nand codex://o/p/c\n",
        (
            LegacyReference("@codex:a.md", 2, 13, "tag", "codex://acme/site/a.md"),
            LegacyReference("[codex:../b]", 15, 27, "bracket", reason="PATH_TRAVERSAL"),
            LegacyReference("{{codex:o/p/c}}", 33, 48, "mustache", "codex://o/p/c"),
        ),
    )
    assert result.modified
    assert result.references == tuple(convert.find_legacy_references(text, "acme", "site"))
    assert convert.has_legacy_references(text)


def test_a_text_without_one_stays_as_it_is() -> None:
    result = convert.convert_legacy_references("See codex://o/p/a.md and codex/p/a.md.")
    assert (result.converted, result.references, result.modified) == (result.original, (), False)
    assert not convert.has_legacy_references(result.original)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        case("sentence", "See @codex:docs/a.md.", "See codex://acme/site/docs/a.md."),
        case("link", "[A](@codex/shared/a.md)", "[A](codex://acme/shared/a.md)"),
        case("image", "![codex:a.png]", "!codex://acme/site/a.png"),
        case("bold", "**@codex:docs/a.md**", "**codex://acme/site/docs/a.md**"),
        case("bold-word", "**@codex:docs/a.md**-based", "**codex://acme/site/docs/a.md**-based"),
        case("footnote", "@codex:docs/a.md[^1]", "codex://acme/site/docs/a.md[^1]"),
        case("quotes", '"$ref:docs/a.md"', '"codex://acme/docs/a.md"'),
        case(
            "two-in-a-line",
            "@codex:a.md and @codex:b.md",
            "codex://acme/site/a.md and codex://acme/site/b.md",
        ),
        case(
            "cjk",
            "\u89c1@codex/p/a.md\u3002@codex:b.md\u3001",
            "\u89c1codex://acme/p/a.md\u3002codex://acme/site/b.md\u3001",
        ),
        case("bom", "\ufeff@codex:a.md", "\ufeffcodex://acme/site/a.md"),
        case("escapes", r'"@codex/p/\u6587.md"', r'"codex://acme/p/\u6587.md"'),
        case("lone-surrogate", "\ud800 @codex:\udfff.md", "\ud800 codex://acme/site/\udfff.md"),
    ],
)
def test_conversion(before: str, after: str) -> None:
    assert convert.convert_legacy_references(before, "acme", "site").converted == after


@pytest.mark.parametrize(
    "text",
    [
        case("word-after", "[codex:docs/a.md]b"), case("path-after", "{{codex:a}}/b"),
        case("extension-after", "{{codex:a}}.md"), case("ends-inside", "{{codex:a|b}}"),
        case("fragment-after", "[codex:a.md]#b"), case("marks-then-word", "[codex:a.md].b"),
        case("extension-after-path", "{{codex:docs/a}}.md"),
    ],
)  # fmt: skip
def test_a_uri_that_would_run_into_the_text_is_not_written(text: str) -> None:
    result = convert.convert_legacy_references(text, "acme", "site")
    assert result.converted == text
    assert [reference.reason for reference in result.references] == ["RUNS_INTO_TEXT"]


def test_two_that_touch_are_not_made_into_one() -> None:
    result = convert.convert_legacy_references("{{codex:a/b.md}}{{codex:a/c.md}}", "acme", "site")
    assert result.converted == "{{codex:a/b.md}}codex://acme/site/a/c.md"
    assert [reference.reason for reference in result.references] == ["RUNS_INTO_TEXT", None]


@pytest.mark.parametrize(
    ("text", "raw"),
    [
        pytest.param("**see codex://o/p/a.md**", "codex://o/p/a.md", id="strong-phrase"),
        pytest.param("*see codex://o/p/a.md*.", "codex://o/p/a.md", id="emphasised-phrase"),
        pytest.param("_see codex://o/p/a.md_", "codex://o/p/a.md", id="underscores"),
        pytest.param("~~see codex://o/p/a.md~~", "codex://o/p/a.md", id="struck"),
        pytest.param("__See codex://o/p/a.md__", "codex://o/p/a.md", id="strong-underscores"),
        pytest.param("***see codex://o/p/a.md***", "codex://o/p/a.md", id="strong-and-emphasised"),
        pytest.param("*See codex://o/p/../x*", "codex://o/p/../x", id="bad-path"),
        pytest.param("**see codex://o/p/my_file**", "codex://o/p/my_file", id="underscore-inside"),
        pytest.param("see codex://o/p/a_", "codex://o/p/a_", id="underscore-of-the-name"),
        pytest.param("**see codex://o/p/a.md**, then", "codex://o/p/a.md", id="comma"),
        pytest.param("(*see codex://o/p/a.md*)", "codex://o/p/a.md", id="in-brackets"),
    ],
)
def test_a_phrase_that_ends_in_a_reference(text: str, raw: str) -> None:
    (found,) = scan.find_references(text.encode())
    assert (found.kind, found.raw) == (scan.URI, raw)


@pytest.mark.parametrize("text", ["**Read @codex/p/old.md**", "_see @codex/p/old.md_", "~~@codex/p/old.md~~"])
def test_a_phrase_that_ends_in_a_legacy_reference(text: str) -> None:
    (found,) = scan.find_references(text.encode())
    assert (found.kind, found.raw) == (scan.PATH, "@codex/p/old.md")


@pytest.mark.parametrize(
    "text",
    [
        "codex://o/p/docs/*", "codex://o/p/docs/**", "codex://o/p/*.md", "@codex/p/docs/*", "@codex/p/docs/**",
        "@codex/p/*.md", "codex://o/p/**/a.md", "*codex://o/p/a-*.md*", "**codex://o/p/a-*.md**",
        "**codex://o/p/**/a.md**",
    ],
)  # fmt: skip
def test_a_pattern_stays_one(text: str) -> None:
    (found,) = scan.find_references(text.encode())
    assert found.kind == scan.PLACEHOLDER
