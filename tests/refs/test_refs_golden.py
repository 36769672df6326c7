"""Every answer is the upstream SDKs' answer, or a deviation with a name and a reason."""

from __future__ import annotations

import re
from typing import Any, Callable

import pytest
from helpers_golden import Deviation, Row, Table, every_deviation, every_row

from codex_action.errors import ValidationError
from codex_action.refs import convert, legacy, paths, resolve, uri

# --- URIs -----------------------------------------------------------------------------------------------------------


def tail(row: Row) -> str:
    """The path of a URI as upstream takes it: whatever follows the project."""
    return "/".join(row.args[0][len("codex://") :].split("/")[2:])


def parsed(text: str) -> tuple[str, str, str] | None:
    try:
        reference = uri.parse_reference(text, allow_project=True)
    except ValidationError:
        return None
    return reference.org, reference.project, reference.path


def upstream_parsed(row: Row) -> object:
    return row.result and (row.result["org"], row.result["project"], row.result["path"])


def stricter(name: str, why: str, path: Callable[[Row], str], test: Callable[[str], object]) -> Deviation:
    """Upstream accepts it, we do not."""
    return Deviation(name, why, lambda row: bool(row.result) and bool(test(path(row))))


def path_rules(path: Callable[[Row], str]) -> dict[str, Deviation]:
    """What makes a path unsafe or ambiguous here, and is let through upstream."""
    return {
        rule.name: rule
        for rule in (
            stricter(
                "empty-segment", "'//' would give one document two references", path, lambda p: "//" in p
            ),
            stricter(
                "dot-segment",
                "'.' would give one document two references",
                path,
                lambda p: "." in p.rstrip("/").split("/"),
            ),
            stricter(
                "trailing-slash",
                "a reference names a document, not a folder",
                path,
                lambda p: p.endswith("/"),
            ),
            stricter(
                "backslash",
                "segments are divided by '/'; Windows would take it for one",
                path,
                lambda p: "\\" in p,
            ),
            stricter(
                "control-character",
                "a control character hides what is read",
                path,
                lambda p: re.search(r"[\x01-\x1f\x7f]", p),
            ),
            stricter("too-long", "a path has at most 1000 characters", path, lambda p: len(p) > 1000),
        )
    }


def dots_in_a_name(path: Callable[[Row], str], unless: str = "(?!)") -> Deviation:
    """Upstream forbids the text '..' anywhere. `unless`: what else is wrong."""
    wrong_otherwise = re.compile(
        rf"[/~]|.*(?://|[?\0\\]|{unless})|javascript:|.*(?:^|/)\.\.?(?:/|$)", re.DOTALL
    )
    return Deviation(
        "dots-in-a-name",
        "'..' climbs only where it is a whole segment: 'v1..v2.md' is a file name",
        lambda row: (
            not row.result
            and ".." in path(row).partition("#")[0]
            and not wrong_otherwise.match(path(row).partition("#")[0])
        ),
    )


URI_RULES = path_rules(tail)
QUERY = stricter(
    "query", "'?' is reserved: no file system and no server is asked with it", tail, lambda p: "?" in p
)
ENCODED = stricter(
    "encoded-climbing",
    "one percent-encoding is undone before the path is checked: '%2e%2e' would climb into other repositories",
    tail,
    lambda p: re.search(r"%(?:2e|2f|5c|00)", p, re.IGNORECASE),
)
PROJECT_DOT = Deviation(
    "project-dot", "'.' is no repository's name", lambda row: row.args[0].startswith("codex://org/./")
)
VERSION = Deviation(
    "version",
    "'@' after the project names a tag, branch or commit",
    lambda row: re.match(r"codex://org/[^/@]+@[^/]+/", row.args[0]) is not None,
)

PARSE = Table(
    "js.parseReference",
    parsed,
    (
        *(rule for name, rule in URI_RULES.items() if name != "empty-segment"),
        QUERY,
        ENCODED,
        PROJECT_DOT,
        VERSION,
        dots_in_a_name(tail, "%2f"),
        Deviation("fragment", "'#' starts a heading's anchor", lambda row: "#" in tail(row)),
        Deviation("decoded", "a path is given as the file is named", lambda row: "%20" in tail(row)),
    ),
    upstream_parsed,
)

VALIDATE_URI = Table(
    "js.validateUri",
    lambda text: uri.is_valid_uri(text, allow_project=True),
    (
        *(
            URI_RULES[name]
            for name in ("empty-segment", "dot-segment", "trailing-slash", "backslash", "too-long")
        ),
        QUERY,
        dots_in_a_name(tail, "%2f"),
        stricter(
            "empty-fragment", "'#' starts an anchor, and there is none", tail, lambda p: p.endswith("#")
        ),
        Deviation(
            "dots-in-fragment",
            "an anchor is no path",
            lambda row: not row.result and ".." in tail(row).partition("#")[2],
        ),
    ),
)

# --- paths ----------------------------------------------------------------------------------------------------------


def first(row: Row) -> str:
    return row.args[0]


PATH_RULES = path_rules(first)
VALIDATE_PATH = Table(
    "js.validatePath",
    paths.is_safe_path,
    (
        *(
            PATH_RULES[name]
            for name in ("empty-segment", "dot-segment", "trailing-slash", "backslash", "too-long")
        ),
        dots_in_a_name(first),
    ),
)

SANITIZE = Table(
    "js.sanitizePath",
    paths.sanitize_path,
    (
        Deviation(
            "nothing-left", "'.' is no document: what leaves nothing gives ''", lambda row: row.result == "."
        ),
        Deviation(
            "blanks",
            "blanks at either end are taken off",
            lambda row: first(row) != first(row).strip(" \t\xa0\ufeff"),
        ),
        Deviation(
            "home", "a leading '~' goes whatever follows it", lambda row: re.match(r"~(?!/)", first(row))
        ),
        Deviation("backslash", "a backslash divides segments", lambda row: "\\" in first(row)),
        Deviation(
            "control-character",
            "every control character goes, not NUL alone",
            lambda row: re.search(r"[\x01-\x1f\x7f]", first(row)),
        ),
        Deviation(
            "control-first",
            "NUL goes first, so that nothing grows together after the check",
            lambda row: "\0:" in first(row),
        ),
        Deviation(
            "dots-in-a-name",
            "'..' goes only where it is a whole segment",
            lambda row: re.search(r"[^/\\\0:\s]\.\.|\.\.[^/\\\0]", first(row)) is not None,
        ),
        Deviation(
            "schemes-again",
            "schemes go in any order and number: the result passes the check",
            lambda row: re.match("(?:file|https?):", str(row.result)) is not None,
        ),
        Deviation(
            "trailing-slash", "a document's path ends in no '/'", lambda row: str(row.result).endswith("/")
        ),
    ),
)

# --- what a reference names -----------------------------------------------------------------------------------------

CLIMBING = "'..' goes only where it is a whole segment"
NOT_THE_PATH = "neither '#' nor '?' belongs to a file's name"
FOLDER = Deviation(
    "trailing-slash",
    "a trailing '/' says nothing about the name",
    lambda row: re.search("[^/.]/$", tail(row)) is not None,
)

GET_EXTENSION = Table(
    "js.getExtension",
    uri.get_extension,
    (
        FOLDER,
        Deviation(
            "dots-in-a-name", CLIMBING, lambda row: re.search(r"\.\.[^./\\#]+$", tail(row)) is not None
        ),
        Deviation("fragment-and-query", NOT_THE_PATH, lambda row: re.search("[?#]", row.result) is not None),
        Deviation(
            "of-the-name",
            "only a file's name has an extension, not a folder's",
            lambda row: "/" in row.result,
        ),
        Deviation(
            "control-character", "control characters go", lambda row: row.result != row.result.strip("\n")
        ),
    ),
)
GET_FILENAME = Table(
    "js.getFilename",
    uri.get_filename,
    (
        FOLDER,
        Deviation("nothing-left", "'.' is no document", lambda row: row.result == "."),
        Deviation(
            "dots-in-a-name",
            CLIMBING,
            lambda row: re.search(r"[^/\\]\.\.|\.\.[^/\\]", tail(row).partition("?")[0]) is not None,
        ),
        Deviation("fragment", NOT_THE_PATH, lambda row: "#" in row.result),
        Deviation("backslash", "a backslash divides segments", lambda row: "\\" in row.result),
        Deviation("decoded", "a name is given as the file is named", lambda row: "%20" in row.result),
        Deviation("too-long", "a path has at most 1000 characters", lambda row: len(row.result) > 1000),
        Deviation(
            "control-character",
            "control characters go, and so does what is blank altogether",
            lambda row: re.search(r"[\x00-\x1f\x7f]|^\s+$", row.result) is not None,
        ),
    ),
)
GET_DIRECTORY = Table(
    "js.getDirectory",
    uri.get_directory,
    (
        FOLDER,
        Deviation(
            "dot-segment",
            "'.' is no folder of its own",
            lambda row: re.search(r"(?:^|/)\.$", row.result) is not None,
        ),
        Deviation("home", "a leading '~' goes whatever follows it", lambda row: row.result.startswith("~")),
        Deviation(
            "backslash",
            "a backslash divides segments",
            lambda row: re.match(r"[^./\\]+\\(?!\.)", tail(row)) is not None,
        ),
    ),
)

# --- whose project --------------------------------------------------------------------------------------------------


def detected(url: str | None) -> list[str] | None:
    project = resolve.project_from_remote(url)
    return [project.org, project.name] if project else None


NAMES_CHECKED = Deviation(
    "names-checked",
    "what no organisation or project can be named is none",
    lambda row: re.search(r"[:/]-|%20|/\.git$", str(row.args[0])) is not None,
)
REMOTE_JS = Table(
    "js.detectCurrentProject",
    detected,
    (
        NAMES_CHECKED,
        Deviation(
            "any-host",
            "an enterprise server or another host has organisations too",
            lambda row: (
                re.match(
                    r"https://(?!(?:[^@/]*@)?(?:www\.)?(?:github\.com|gitlab\.com|bitbucket\.org)/)[^/]+/\w+/\w",
                    str(row.args[0]),
                )
                is not None
            ),
        ),
        Deviation(
            "doubled-slash",
            "hosts take '//' for '/'",
            lambda row: re.search(r"\w//|:/\w", str(row.args[0])) is not None,
        ),
    ),
    lambda row: [row.result["org"], row.result["project"]] if row.result["org"] else None,
)
REMOTE_PY = Table(
    "py.parse_remote_url",
    detected,
    (
        NAMES_CHECKED,
        Deviation(
            "subgroup",
            "which part of three is the organisation is a guess",
            lambda row: "group/sub/" in row.args[0],
        ),
        Deviation(
            "azure",
            "'_git' is no organisation: it stands before the repository",
            lambda row: "/_git/" in row.args[0],
        ),
        Deviation(
            "query-and-fragment",
            "neither belongs to a name",
            lambda row: re.search("[?#]", row.args[0]) is not None,
        ),
        Deviation(
            "scp-user",
            "the user before '@' is no organisation",
            lambda row: row.args[0].startswith("org-123@"),
        ),
        Deviation(
            "blanks", "blanks around the URL mean nothing", lambda row: row.args[0] != row.args[0].strip()
        ),
        Deviation(
            "no-remote",
            "a path, or a host alone, names no organisation",
            lambda row: re.match(r"/|file:|[A-Z]:|\w+/\w+$|https://[^/]+/$", row.args[0]) is not None,
        ),
    ),
)

# --- legacy references ----------------------------------------------------------------------------------------------


def or_none(function: Callable[..., Any]) -> Callable[..., Any]:
    def answer(*args: object) -> object:
        try:
            return function(*args)
        except ValidationError:
            return None

    return answer


def with_options(function: Callable[..., Any]) -> Callable[..., Any]:
    def answer(text: str, options: dict[str, str] | None = None) -> object:
        known = options or {}
        return function(text, known.get("defaultOrg"), known.get("defaultProject"))

    return answer


def missing(row: Row) -> bool:
    """Was the organisation or the project not given?"""
    options = (row.args[1:2] or (None,))[0] or {}
    return not options.get("defaultOrg") or not options.get("defaultProject")


MORE_FORMS = Deviation(
    "more-forms",
    "one function knows the forms of all SDKs",
    lambda row: (
        not row.result and re.match(r"@codex[:/]\w|[$]ref:\w|\[codex:|\{\{codex:", row.args[0]) is not None
    ),
)
VALIDATED = Deviation(
    "validated",
    "what is written is a valid URI",
    lambda row: row.result is not None and not uri.is_valid_uri(row.result, allow_project=True),
)

IS_LEGACY = Table("js.isLegacyReference", legacy.is_legacy_reference, (MORE_FORMS,))
CONVERT_JS = Table(
    "js.convertLegacyReference",
    or_none(legacy.convert_legacy_reference),
    (VALIDATED, Deviation("more-forms", MORE_FORMS.why, lambda row: row.args[0] == "$ref:p/a")),
)
CONVERT_PY = Table(
    "py.convert_legacy_reference",
    or_none(legacy.convert_legacy_reference),
    (
        MORE_FORMS,
        VALIDATED,
        Deviation(
            "no-guess",
            "an organisation is no project",
            lambda row: len(row.args) == 2 and row.result is not None,
        ),
        Deviation(
            "names-first",
            "two segments are PROJECT/PATH, more are ORG/PROJECT/PATH, as documents write them",
            lambda row: re.match(r"[$]ref: ?\w+/\w", row.args[0]) is not None,
        ),
    ),
)
TO_URI = Table(
    "js.convertToUri",
    or_none(with_options(legacy.convert_to_uri)),
    (
        VALIDATED,
        Deviation(
            "no-guess",
            "'_' is no organisation and no project: one that is not known is asked for",
            lambda row: re.match(r"codex://(?:_/|[^/]*/_/)", row.result) is not None,
        ),
        Deviation(
            "own-root",
            "a leading '/' is the project's root, however many segments follow",
            lambda row: re.match(r"/\w+/\w", row.args[0]) is not None,
        ),
    ),
)

# --- legacy references in a text ------------------------------------------------------------------------------------


def found_in(text: str) -> list[tuple[str, str, int]]:
    return [(found.format, found.original, found.start) for found in convert.find_legacy_references(text)]


def upstream_found(row: Row) -> list[tuple[str, str, int]]:
    """Positions in characters, formats by our names."""
    units = row.args[0].encode("utf-16-le", "surrogatepass")
    return [
        (
            item["format"].replace("codex-", ""),
            item["original"],
            len(units[: 2 * item["position"]].decode("utf-16-le", "surrogatepass")),
        )
        for item in row.result
    ]


SIMPLE_PATH = Deviation(
    "simple-path",
    "'codex/a/b' is a path like any other: it stands in URLs, folders and URIs",
    lambda row: re.search(r"codex/[\w-]+/[\w.-]|codex/a//b", row.args[0], re.ASCII) is not None,
)
PATH_FORM = Deviation(
    "path-form", "'@codex/PROJECT/PATH' is what documents write", lambda row: "@codex/" in row.args[0]
)
REF_FORM = Deviation("ref-form", "'$ref:' is the form of another SDK", lambda row: "$ref:o" in row.args[0])
PUNCTUATION = Deviation(
    "punctuation",
    "what closes a sentence or a bracket is no part of a reference",
    lambda row: re.search(r"@codex:[^ ]+[),]", row.args[0]) is not None,
)
URI_INSIDE = Deviation(
    "uri-inside", "a URI is found by itself and stays as it is", lambda row: "codex:codex://" in row.args[0]
)
BOUNDARY = Deviation("left-boundary", "'x@codex:a' is an address", lambda row: "x@codex" in row.args[0])
BLANKS = Deviation(
    "blanks-inside",
    "a reference has no blanks inside and does not run over lines",
    lambda row: re.search(r"\[codex:(?:\n|a b| \])|@codex:\n ", row.args[0]) is not None,
)
LINK = Deviation(
    "link",
    "'[codex:a](url)' and '[codex:a][b]' are links with a text",
    lambda row: re.search(r"\[codex:a\][\[(]", row.args[0]) is not None,
)
CONTROL = Deviation(
    "control-character", "a control character ends a reference", lambda row: "\0" in row.args[0]
)
LABELS = re.compile(r"@codex:\s*[^\s/.,)\]]+|\[codex:[^\s/.\]]+\]")


def is_label(item: dict[str, Any]) -> bool:
    """Is it a tag or a bracket with a word that names no file and no folder?"""
    word = item["original"].partition("codex:")[2].strip("] \t\n")
    return item["format"] in ("codex-tag", "codex-bracket") and not re.search(
        r"\w/\w|\w\.[A-Za-z0-9]{1,8}$", word
    )


LABEL_REASON = "'[codex:wip]' and '@codex:review' are talk: a file's name has a folder or an extension"
LABEL = Deviation("label", LABEL_REASON, lambda row: any(is_label(item) for item in row.result))

FIND = Table(
    "js.findLegacyReferences",
    found_in,
    (SIMPLE_PATH, PATH_FORM, REF_FORM, PUNCTUATION, URI_INSIDE, BOUNDARY, BLANKS, LINK, CONTROL, LABEL),
    upstream_found,
)


def only(deviation: Deviation) -> Deviation:
    """The deviation, where no form stands beside it that both know."""
    known = re.compile(r"@codex:\w|@codex/|\[codex:\w+[].]|\{\{codex:")
    return Deviation(
        deviation.name, deviation.why, lambda row: deviation.claims(row) and not known.search(row.args[0])
    )


HAS = Table(
    "js.hasLegacyReferences",
    convert.has_legacy_references,
    (
        only(SIMPLE_PATH),
        REF_FORM,
        URI_INSIDE,
        BOUNDARY,
        BLANKS,
        Deviation("link", LINK.why, lambda row: "](" in row.args[0] and "[codex:" in row.args[0]),
        Deviation(
            "label",
            LABEL_REASON,
            lambda row: (
                row.result
                and LABELS.search(row.args[0]) is not None
                and not re.search(r"codex:\s*[^\s\]]*(?:\w/\w|\w\.\w)|\{\{codex:", row.args[0])
            ),
        ),
    ),
)


def converted(text: str, org: str | None, project: str | None) -> object:
    result = convert.convert_legacy_references(text, org, project)
    again = convert.convert_legacy_references(result.converted, org, project)
    return result.converted if again.converted == result.converted else ("not idempotent", again.converted)


CONVERT_TEXT = Table(
    "js.convertLegacyReferences",
    with_options(converted),
    (
        Deviation(
            "no-guess",
            "'_' is no organisation and no project: what needs one stays as it is",
            lambda row: "_/" in row.result["converted"].replace("p_q/", ""),
        ),
        SIMPLE_PATH,
        REF_FORM,
        URI_INSIDE,
        BLANKS,
        LINK,
        Deviation(
            "own-root",
            "a leading '/' is the project's root",
            lambda row: "codex:/" in row.args[0] and "codex://" not in row.args[0],
        ),
        Deviation("validated", "what becomes no valid URI stays as it is", lambda row: "../" in row.args[0]),
        Deviation(
            "current-folder",
            "'./' goes: it would make the URI invalid",
            lambda row: "codex:./" in row.args[0],
        ),
        Deviation("too-long", "a path has at most 1000 characters", lambda row: len(row.args[0]) > 3000),
        Deviation(
            "stands-alone",
            "a URI that would end at '|' or '`' is not written",
            lambda row: re.search(r"\{\{codex:.*[|`]", row.args[0]) is not None and not missing(row),
        ),
        Deviation(
            "label", LABEL_REASON, lambda row: any(is_label(item) for item in row.result["references"])
        ),
    ),
    lambda row: row.result["converted"],
)

TABLES = (
    PARSE, VALIDATE_URI, VALIDATE_PATH, SANITIZE, GET_EXTENSION, GET_FILENAME, GET_DIRECTORY, REMOTE_JS, REMOTE_PY,
    IS_LEGACY, CONVERT_JS, CONVERT_PY, TO_URI, FIND, HAS, CONVERT_TEXT,
)  # fmt: skip


@pytest.mark.parametrize(("table", "row"), every_row(TABLES))
def test_we_answer_as_upstream_or_deviate_by_name(table: Table, row: Row) -> None:
    assert table.judge(row) is None


@pytest.mark.parametrize(("table", "deviation"), every_deviation(TABLES))
def test_a_deviation_is_seen_in_a_row(table: Table, deviation: Deviation) -> None:
    assert any(deviation.claims(row) for row in table.rows())
    assert deviation.why
