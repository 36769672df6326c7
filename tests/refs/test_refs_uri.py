"""The URI table, rule by rule."""

from __future__ import annotations

import pytest
from _pytest.mark import ParameterSet

from codex_action.errors import CodexError, ExitCode, InvalidReference, UnsafePath, ValidationError
from codex_action.refs import uri
from codex_action.refs.uri import build_uri, is_valid_uri, parse_reference


def case(id_: str, *values: object) -> ParameterSet:
    return pytest.param(*values, id=id_)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        case("plain", "codex://o/p/docs/a.md", ("o", "p", "docs/a.md", None, None)),
        case(
            "dots-in-project",
            "codex://fractary/codex.fractary.com/a",
            ("fractary", "codex.fractary.com", "a", None, None),
        ),
        case("dot-project", "codex://o/.github/a", ("o", ".github", "a", None, None)),
        case("odd-project", "codex://o/-_-/a", ("o", "-_-", "a", None, None)),
        case("org-39", f"codex://{'a' * 39}/p/a", ("a" * 39, "p", "a", None, None)),
        case("org-double-hyphen", "codex://a--b/p/a", ("a--b", "p", "a", None, None)),
        case("project-100", f"codex://o/{'p' * 100}/a", ("o", "p" * 100, "a", None, None)),
        case("version", "codex://o/p@v1.2/a", ("o", "p", "a", "v1.2", None)),
        case("version-100", f"codex://o/p@{'1' * 100}/a", ("o", "p", "a", "1" * 100, None)),
        case("fragment", "codex://o/p/a.md#over-view", ("o", "p", "a.md", None, "over-view")),
        case("fragment-with-hash-and-slash", "codex://o/p/a#b#c/../d", ("o", "p", "a", None, "b#c/../d")),
        case("fragment-decoded", "codex://o/p/a#%C3%BC", ("o", "p", "a", None, "\u00fc")),
        case("decoded-once", "codex://o/p/a%2520b", ("o", "p", "a%20b", None, None)),
        case("percent-alone", "codex://o/p/100%.md", ("o", "p", "100%.md", None, None)),
        case("question-mark-encoded", "codex://o/p/a%3Fb%23c", ("o", "p", "a?b#c", None, None)),
        case("unicode", "codex://o/p/\u6587/\u00fc.md", ("o", "p", "\u6587/\u00fc.md", None, None)),
        case("space", "codex://o/p/a b.md", ("o", "p", "a b.md", None, None)),
        case("dots-in-name", "codex://o/p/v1..v2/...", ("o", "p", "v1..v2/...", None, None)),
        case("dotfile", "codex://o/p/.gitignore", ("o", "p", ".gitignore", None, None)),
        case("tilde-inside", "codex://o/p/a/~b", ("o", "p", "a/~b", None, None)),
        case("at-in-path", "codex://o/p/a@b", ("o", "p", "a@b", None, None)),
        case("path-1000", f"codex://o/p/{'a' * 1000}", ("o", "p", "a" * 1000, None, None)),
        case("lone-surrogate", "codex://o/p/\ud800%41", ("o", "p", "\ud800A", None, None)),
    ],
)
def test_a_valid_uri_is_taken_apart(text: str, parts: tuple[str | None, ...]) -> None:
    parsed = parse_reference(text)
    assert (parsed.org, parsed.project, parsed.path, parsed.version, parsed.fragment) == parts
    assert parsed.original == parsed.uri == text
    assert is_valid_uri(text)


INVALID = InvalidReference
UNSAFE = UnsafePath
REFUSED = [
    case("empty", "", INVALID, "EMPTY_URI"),
    case("no-scheme", "o/p/a", INVALID, "INVALID_URI_PREFIX"),
    case("upper-case", "CODEX://o/p/a", INVALID, "INVALID_URI_PREFIX"),
    case("blank-before", " codex://o/p/a", INVALID, "INVALID_URI_PREFIX"),
    case("bom-before", "\ufeffcodex://o/p/a", INVALID, "INVALID_URI_PREFIX"),
    case("scheme-alone", "codex://", INVALID, "MISSING_ORG"),
    case("no-org", "codex:///p/a", INVALID, "MISSING_ORG"),
    case("org-40", f"codex://{'a' * 40}/p/a", INVALID, "INVALID_ORG_NAME"),
    case("org-underscore", "codex://a_b/p/a", INVALID, "INVALID_ORG_NAME"),
    case("org-dot", "codex://a.b/p/a", INVALID, "INVALID_ORG_NAME"),
    case("org-hyphen-first", "codex://-a/p/a", INVALID, "INVALID_ORG_NAME"),
    case("org-hyphen-last", "codex://a-/p/a", INVALID, "INVALID_ORG_NAME"),
    case("org-newline", "codex://o\n/p/a", INVALID, "INVALID_ORG_NAME"),
    case("org-unicode", "codex://\u00f6/p/a", INVALID, "INVALID_ORG_NAME"),
    case("org-encoded", "codex://o%20/p/a", INVALID, "INVALID_ORG_NAME"),
    case("no-project", "codex://o", INVALID, "MISSING_PROJECT"),
    case("empty-project", "codex://o//a", INVALID, "MISSING_PROJECT"),
    case("version-alone", "codex://o/@v1/a", INVALID, "MISSING_PROJECT"),
    case("project-101", f"codex://o/{'p' * 101}/a", INVALID, "INVALID_PROJECT_NAME"),
    case("project-dot", "codex://o/./a", INVALID, "INVALID_PROJECT_NAME"),
    case("project-dots", "codex://o/../a", INVALID, "INVALID_PROJECT_NAME"),
    case("project-dots-inside", "codex://o/a..b/a", INVALID, "INVALID_PROJECT_NAME"),
    case("project-newline", "codex://o/p\n/a", INVALID, "INVALID_PROJECT_NAME"),
    case("project-encoded-dots", "codex://o/%2e%2e/a", INVALID, "INVALID_PROJECT_NAME"),
    case("project-query", "codex://o/p?x/a", INVALID, "INVALID_PROJECT_NAME"),
    case("version-empty", "codex://o/p@/a", INVALID, "INVALID_VERSION"),
    case("version-101", f"codex://o/p@{'1' * 101}/a", INVALID, "INVALID_VERSION"),
    case("version-dots", "codex://o/p@a..b/a", INVALID, "INVALID_VERSION"),
    case("version-lock", "codex://o/p@a.lock/a", INVALID, "INVALID_VERSION"),
    case("version-dot-last", "codex://o/p@v1./a", INVALID, "INVALID_VERSION"),
    case("version-hyphen-first", "codex://o/p@-v/a", INVALID, "INVALID_VERSION"),
    case("version-at", "codex://o/p@a@b/a", INVALID, "INVALID_VERSION"),
    case("no-path", "codex://o/p", INVALID, "MISSING_PATH"),
    case("empty-path", "codex://o/p/", UNSAFE, "EMPTY_PATH"),
    case("blank-path", "codex://o/p/ \u3000", UNSAFE, "EMPTY_PATH"),
    case("blank-path-encoded", "codex://o/p/%20", UNSAFE, "EMPTY_PATH"),
    case("path-1001", f"codex://o/p/{'a' * 1001}", UNSAFE, "PATH_TOO_LONG"),
    case("path-long-as-written", f"codex://o/p/{'%41' * 334}", UNSAFE, "PATH_TOO_LONG"),
    case("control", "codex://o/p/a\x01b", UNSAFE, "PATH_CONTROL_CHARACTER"),
    case("delete", "codex://o/p/a\x7f", UNSAFE, "PATH_CONTROL_CHARACTER"),
    case("newline-last", "codex://o/p/a\n", UNSAFE, "PATH_CONTROL_CHARACTER"),
    case("newline-encoded", "codex://o/p/a%0Ab", UNSAFE, "PATH_CONTROL_CHARACTER"),
    case("backslash", "codex://o/p/a\\b", UNSAFE, "PATH_BACKSLASH"),
    case("absolute", "codex://o/p//a", UNSAFE, "PATH_ABSOLUTE"),
    case("home", "codex://o/p/~/a", UNSAFE, "PATH_HOME"),
    case("home-encoded", "codex://o/p/%7Eroot", UNSAFE, "PATH_HOME"),
    case("protocol", "codex://o/p/file:a", UNSAFE, "PATH_PROTOCOL"),
    case("protocol-upper-case", "codex://o/p/JavaScript:a", UNSAFE, "PATH_PROTOCOL"),
    case("climbs", "codex://o/p/a/../b", UNSAFE, "PATH_TRAVERSAL"),
    case("climbs-last", "codex://o/p/a/..", UNSAFE, "PATH_TRAVERSAL"),
    case("climbs-encoded", "codex://o/p/%2e%2E/a", UNSAFE, "PATH_TRAVERSAL"),
    case("climbs-half-encoded", "codex://o/p/a/.%2e", UNSAFE, "PATH_TRAVERSAL"),
    case("slash-last", "codex://o/p/a/", UNSAFE, "PATH_TRAILING_SLASH"),
    case("slashes", "codex://o/p/a//b", UNSAFE, "PATH_EMPTY_SEGMENT"),
    case("dot", "codex://o/p/./a", UNSAFE, "PATH_DOT_SEGMENT"),
    case("dot-last", "codex://o/p/a/.", UNSAFE, "PATH_DOT_SEGMENT"),
    case("dot-encoded", "codex://o/p/%2e/a", UNSAFE, "PATH_DOT_SEGMENT"),
    case("encoded-slash", "codex://o/p/a%2fb", UNSAFE, "PATH_ENCODED_SEPARATOR"),
    case("encoded-backslash", "codex://o/p/a%5Cb", UNSAFE, "PATH_ENCODED_SEPARATOR"),
    case("encoded-nul", "codex://o/p/a%00b", UNSAFE, "PATH_ENCODED_SEPARATOR"),
    case("not-utf-8", "codex://o/p/a%FF", INVALID, "INVALID_ENCODING"),
    case("fragment-not-utf-8", "codex://o/p/a#%E6", INVALID, "INVALID_ENCODING"),
    case("query", "codex://o/p/a.md?x=1", INVALID, "QUERY"),
    case("query-in-fragment", "codex://o/p/a#b?c", INVALID, "QUERY"),
    case("fragment-empty", "codex://o/p/a#", INVALID, "EMPTY_FRAGMENT"),
    case("fragment-alone", "codex://o/p/#a", UNSAFE, "EMPTY_PATH"),
    case("no-text", None, INVALID, "INVALID_URI_TYPE"),
    case("bytes", b"codex://o/p/a", INVALID, "INVALID_URI_TYPE"),
]


@pytest.mark.parametrize(("text", "kind", "code"), REFUSED)
def test_a_broken_rule_has_its_own_code(text: str, kind: type[ValidationError], code: str) -> None:
    with pytest.raises(kind) as caught:
        parse_reference(text)
    assert (type(caught.value), caught.value.code) == (kind, code)
    assert isinstance(caught.value, (ValidationError, CodexError, ValueError))
    assert caught.value.exit_code == ExitCode.FINDINGS
    assert caught.value.message == str(caught.value) != ""
    assert not is_valid_uri(text)


@pytest.mark.parametrize(
    ("text", "version"),
    [
        case("project", "codex://o/p", None),
        case("version", "codex://o/p@v1", "v1"),
        case("dots", "codex://o/a.b", None),
    ],
)
def test_a_whole_project_is_a_reference_where_that_is_allowed(text: str, version: str | None) -> None:
    parsed = parse_reference(text, allow_project=True)
    assert (parsed.path, parsed.version, parsed.fragment) == ("", version, None)
    assert is_valid_uri(text, allow_project=True)
    assert not is_valid_uri(text)
    assert str(parsed) == text


@pytest.mark.parametrize(
    "text", ["codex://o/p/", "codex://o", "codex://o/", "codex://o/p@", "codex://o/p#a", "codex://o/p?a"]
)
def test_a_whole_project_has_nothing_else(text: str) -> None:
    assert not is_valid_uri(text, allow_project=True)


def test_references_are_equal_whatever_they_were_written_as() -> None:
    assert parse_reference("codex://o/p/a%20b") == parse_reference("codex://o/p/a b")
    assert parse_reference("codex://o/p/a") != parse_reference("codex://o/p@v1/a")
    assert len({parse_reference("codex://o/p/a"), parse_reference("codex://o/p/%61")}) == 1


@pytest.mark.parametrize(
    ("arguments", "options", "built"),
    [
        case("plain", ("o", "p", "docs/a.md"), {}, "codex://o/p/docs/a.md"),
        case("one-leading-slash", ("o", "p", "/a"), {}, "codex://o/p/a"),
        case("project", ("o", "p"), {}, "codex://o/p"),
        case("slash-alone", ("o", "p", "/"), {}, "codex://o/p"),
        case("project-version", ("o", "p"), {"version": "v1"}, "codex://o/p@v1"),
        case(
            "everything",
            ("o", "p", "a b"),
            {"version": "v1", "fragment": "c?d"},
            "codex://o/p@v1/a%20b#c%3Fd",
        ),
        case("percent", ("o", "p", "100%20"), {}, "codex://o/p/100%2520"),
        case("marks-inside-stay", ("o", "p", "a.b:c!d"), {}, "codex://o/p/a.b:c!d"),
        case("marks-at-the-end-go", ("o", "p", "a!"), {}, "codex://o/p/a%21"),
        case("dot-at-the-end", ("o", "p", "a."), {}, "codex://o/p/a%2E"),
        case("brackets-and-quotes", ("o", "p", "(a)'b'"), {}, "codex://o/p/%28a%29%27b%27"),
        case("template", ("o", "p", "{a}*"), {}, "codex://o/p/%7Ba%7D%2A"),
        case("unicode-stays", ("o", "p", "\u6587\u00fc"), {}, "codex://o/p/\u6587\u00fc"),
        case("unicode-that-ends-goes", ("o", "p", "a\u3002b\u00a0"), {}, "codex://o/p/a%E3%80%82b%C2%A0"),
        case("c1-control", ("o", "p", "a\x85"), {}, "codex://o/p/a%C2%85"),
        case("surrogate", ("o", "p", "a\ud800"), {}, "codex://o/p/a%ED%A0%80"),
    ],
)
def test_build(arguments: tuple[str, ...], options: dict[str, str], built: str) -> None:
    assert build_uri(*arguments, **options) == built


@pytest.mark.parametrize(
    ("arguments", "options", "code"),
    [
        case("org", ("", "p", "a"), {}, "MISSING_ORG"),
        case("org-name", ("o/x", "p", "a"), {}, "INVALID_ORG_NAME"),
        case("project", ("o", "", "a"), {}, "MISSING_PROJECT"),
        case("project-name", ("o", "p/q", "a"), {}, "INVALID_PROJECT_NAME"),
        case("version", ("o", "p", "a"), {"version": ""}, "INVALID_VERSION"),
        case("path", ("o", "p", "../a"), {}, "PATH_TRAVERSAL"),
        case("two-slashes", ("o", "p", "//a"), {}, "PATH_ABSOLUTE"),
        case("blank", ("o", "p", " "), {}, "EMPTY_PATH"),
        case("fragment-empty", ("o", "p", "a"), {"fragment": ""}, "EMPTY_FRAGMENT"),
        case("fragment-of-a-project", ("o", "p"), {"fragment": "a"}, "MISSING_PATH"),
        case("long-by-encoding", ("o", "p", "?" * 400), {}, "PATH_TOO_LONG"),
    ],
)
def test_build_refuses(arguments: tuple[str, ...], options: dict[str, str], code: str) -> None:
    with pytest.raises(ValidationError) as caught:
        build_uri(*arguments, **options)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("text", "extension", "name", "folder"),
    [
        case("plain", "codex://o/p/docs/a.MD", "md", "a.MD", "docs"),
        case("root", "codex://o/p/Makefile", "", "Makefile", ""),
        case("dotfile", "codex://o/p/.gitignore", "gitignore", ".gitignore", ""),
        case("two-dots", "codex://o/p/a.tar.gz", "gz", "a.tar.gz", ""),
        case("folder-with-dot", "codex://o/p/a.d/b", "", "b", "a.d"),
        case("version-and-fragment", "codex://o/p@v1.0/a.md#b.c", "md", "a.md", ""),
        case("query", "codex://o/p/a.md?b.c", "md", "a.md", ""),
        case("unsafe", "codex://o/p/../x/a.md", "md", "a.md", "x"),
        case("no-project", "codex://o", "", "", ""),
        case("no-path", "codex://o/p", "", "", ""),
        case("no-reference", "https://o/p/a.md", "", "", ""),
        case("bad-encoding", "codex://o/p/%FF.md", "md", "%FF.md", ""),
    ],
)
def test_what_the_document_is_called(text: str, extension: str, name: str, folder: str) -> None:
    assert (uri.get_extension(text), uri.get_filename(text), uri.get_directory(text)) == (
        extension,
        name,
        folder,
    )
