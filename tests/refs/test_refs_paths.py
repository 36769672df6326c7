"""Safe paths, and the nearest safe path."""

from __future__ import annotations

import pytest
from _pytest.mark import ParameterSet

from codex_action.errors import UnsafePath
from codex_action.refs import paths


def case(id_: str, *values: object) -> ParameterSet:
    return pytest.param(*values, id=id_)


@pytest.mark.parametrize(
    "path",
    [
        "a",
        "docs/a.md",
        "a b",
        "%2e%2e/a",
        "..a",
        "a..",
        "...",
        "a~",
        "a/~",
        "mailto:a",
        "C:/a",
        "con",
        "\u6587",
        "a" * 1000,
        "a?b#c",
    ],
)
def test_a_safe_path_is_given_back(path: str) -> None:
    assert paths.validate_path(path) == path
    assert paths.is_safe_path(path)


@pytest.mark.parametrize(
    ("path", "code"),
    [
        case("empty", "", "EMPTY_PATH"),
        case("blank", " \t\u00a0\ufeff", "EMPTY_PATH"),
        case("long", "a" * 1001, "PATH_TOO_LONG"),
        case("nul", "a\0", "PATH_CONTROL_CHARACTER"),
        case("tab", "a\tb", "PATH_CONTROL_CHARACTER"),
        case("backslash", "..\\a", "PATH_BACKSLASH"),
        case("absolute", "/etc/passwd", "PATH_ABSOLUTE"),
        case("home", "~root/a", "PATH_HOME"),
        case("file", "file:///a", "PATH_PROTOCOL"),
        case("https", "HTTPS:a", "PATH_PROTOCOL"),
        case("ftp", "ftp:a", "PATH_PROTOCOL"),
        case("data", "data:a", "PATH_PROTOCOL"),
        case("javascript", "javascript:a", "PATH_PROTOCOL"),
        case("climbs", "../a", "PATH_TRAVERSAL"),
        case("climbs-and-slash-last", "a/../", "PATH_TRAVERSAL"),
        case("folder", "a/", "PATH_TRAILING_SLASH"),
        case("empty-segment", "a//b", "PATH_EMPTY_SEGMENT"),
        case("dot", "./a", "PATH_DOT_SEGMENT"),
    ],
)
def test_an_unsafe_path_is_refused_with_its_code(path: str, code: str) -> None:
    with pytest.raises(UnsafePath) as caught:
        paths.validate_path(path)
    assert caught.value.code == code
    assert not paths.is_safe_path(path)


@pytest.mark.parametrize(
    ("path", "clean"),
    [
        case("safe", "docs/a.md", "docs/a.md"),
        case("empty", "", ""),
        case("dots-and-slashes", "/./a//b/./c/", "a/b/c"),
        case("climbs-inside", "a/b/../c", "a/c"),
        case("climbs-out", "../../etc/passwd", "etc/passwd"),
        case("nothing-left", "a/..", ""),
        case("backslashes", "..\\..\\a\\b", "a/b"),
        case("nul-between-dots", ".\0./a", "a"),
        case("scheme", "file:///etc/a", "etc/a"),
        case("schemes", "http:file:https:a", "a"),
        case("scheme-under-home", "~/file:a", "a"),
        case("homes", "~~/~a", "a"),
        case("blanks", " \u3000a b\ufeff", "a b"),
        case("dots-in-name", "a..b/...", "a..b/..."),
        case("long", "a/" * 600, "/".join("a" * 500)),
        case("cut-before-a-slash", "a" * 999 + "/b", "a" * 999),
        case("cut-before-dots", "a" * 998 + "/..b", "a" * 998),
    ],
)
def test_sanitize(path: str, clean: str) -> None:
    assert paths.sanitize_path(path) == clean


@pytest.mark.parametrize(
    ("path", "name", "folder", "extension"),
    [
        ("a/b/c.TXT", "c.TXT", "a/b", "txt"),
        ("c", "c", "", ""),
        ("a.d/c", "c", "a.d", ""),
        (".env", ".env", "", "env"),
        ("a.", "a.", "", ""),
    ],
)
def test_parts_of_a_path(path: str, name: str, folder: str, extension: str) -> None:
    assert (paths.get_filename(path), paths.get_directory(path), paths.get_extension(path)) == (
        name,
        folder,
        extension,
    )
