"""What one find comes to: the rule, the sentence, the suggestion, and whether its target was looked up."""

from __future__ import annotations

from typing import Callable

import pytest
from programs import RunCli
from trees import Tree

from codex_action.checks.listing import Listing
from codex_action.checks.model import Edit
from codex_action.checks.references import (
    Context,
    Key,
    Knowledge,
    Missing,
    Unknown,
    Verdict,
    check,
    key_of,
    needed_keys,
    target_of,
)
from codex_action.refs import scan
from codex_action.refs.resolve import Project
from codex_action.refs.uri import parse_reference

OWN = Project("umbrella", "handbook")
TRACKED = ["README.md", "docs/guide.md", "docs/api/index.md", "docs/API-Rules.md", "a/b/c.md"]
KNOWN: dict[Key, Knowledge] = {
    Key("umbrella", "handbook", None): Listing(TRACKED, ["docs/draft.md"]),
    Key("umbrella", "handbook", "v1"): Listing(["OLD.md"]),
    Key("umbrella", "gone", None): Missing("CODEX021", "there is no project umbrella/gone"),
    Key("umbrella", "handbook", "v9"): Missing(
        "CODEX022", "umbrella/handbook has no tag, branch or commit 'v9'"
    ),
    Key("umbrella", "far", None): Unknown("umbrella/far: the host cannot be reached"),
    Key("umbrella", "partly", None): Listing(["here.md"], complete=False),
}
CONTEXT = Context(OWN, "umbrella", KNOWN)
O = "codex://umbrella"  # noqa: E741

# text: (rules, suggestion of the last finding, looked up)
ROWS: dict[str, tuple[str, list[str], str | None, bool | None]] = {
    "exists": (f"{O}/handbook/docs/guide.md", [], None, True),
    "a folder": (f"{O}/handbook/docs/api", [], None, True),
    "names in other letter case": ("codex://Umbrella/HandBook/docs/guide.md", [], None, True),
    "with a fragment": (f"{O}/handbook/docs/guide.md#start", [], None, True),
    "at a version": (f"{O}/handbook@v1/OLD.md", [], None, True),
    "the project itself": (f"{O}/handbook", [], None, True),
    "001 a query": (f"{O}/handbook/a.md?x=1", ["CODEX001"], None, None),
    "001 an empty segment": (f"{O}/handbook/a//b.md", ["CODEX001"], None, None),
    "001 a slash at the end": (f"{O}/handbook/docs/", ["CODEX001"], None, None),
    "001 a dot segment": (f"{O}/handbook/./a.md", ["CODEX001"], None, None),
    "001 no project": (O, ["CODEX001"], None, None),
    "001 an empty fragment": (f"{O}/handbook/a.md#", ["CODEX001"], None, None),
    "001 too long": (f"{O}/handbook/{'a' * 1001}", ["CODEX001"], None, None),
    "002 it climbs": (f"{O}/handbook/../x.md", ["CODEX002"], None, None),
    "002 it climbs encoded": (f"{O}/handbook/%2e%2e/x.md", ["CODEX002"], None, None),
    "002 an encoded separator": (f"{O}/handbook/a%2Fb.md", ["CODEX002"], None, None),
    "002 an encoded NUL": (f"{O}/handbook/a%00.md", ["CODEX002"], None, None),
    "002 a control character": (f"{O}/handbook/a%0A.md", ["CODEX002"], None, None),
    "002 home": (f"{O}/handbook/~root/x", ["CODEX002"], None, None),
    "002 no UTF-8": (f"{O}/handbook/%ff.md", ["CODEX002"], None, None),
    "002 a scheme": (f"{O}/handbook/file:x.md", ["CODEX002"], None, None),
    "003 an organisation": ("codex://-umbrella/handbook/a.md", ["CODEX003"], None, None),
    "003 a project": (f"{O}/hand..book/a.md", ["CODEX003"], None, None),
    "003 a version": (f"{O}/handbook@-v1/a.md", ["CODEX003"], None, None),
    "010 another project": ("@codex/other/a.md", ["CODEX010"], f"{O}/other/a.md", False),
    "010 a tag": ("@codex:docs/guide.md", ["CODEX010"], f"{O}/handbook/docs/guide.md", True),
    "010 a bracket of our own": ("[codex:a/b/c.md]", ["CODEX010"], f"{O}/handbook/a/b/c.md", True),
    "010 mustache": ("{{codex:umbrella/other/a.md}}", ["CODEX010"], f"{O}/other/a.md", False),
    "010 and the target is missing": (
        "@codex:docs/giude.md",
        ["CODEX010", "CODEX020"],
        f"{O}/handbook/docs/guide.md",
        True,
    ),
    "011 an unsafe path": ("@codex/other/../x.md", ["CODEX011"], None, None),
    "020 nothing near": (f"{O}/handbook/zzzzzz/unheard-of.xyz", ["CODEX020"], None, True),
    "020 something near": (f"{O}/handbook/docs/giude.md", ["CODEX020"], f"{O}/handbook/docs/guide.md", True),
    "020 keeps version and fragment": (
        f"{O}/handbook@v1/x/OLD.md#top",
        ["CODEX020"],
        f"{O}/handbook@v1/OLD.md#top",
        True,
    ),
    "020 not in git yet": (f"{O}/handbook/docs/draft.md", ["CODEX020"], None, True),
    "021": (f"{O}/gone/a.md", ["CODEX021"], None, True),
    "021 the project itself": (f"{O}/gone", ["CODEX021"], None, True),
    "022": (f"{O}/handbook@v9/a.md", ["CODEX022"], None, True),
    "024": (f"{O}/far/a.md", ["CODEX024"], None, False),
    "030": (f"{O}/handbook/docs/api-rules.md", ["CODEX030"], f"{O}/handbook/docs/API-Rules.md", True),
    "030 keeps the fragment": (f"{O}/handbook/readme.md#x", ["CODEX030"], f"{O}/handbook/README.md#x", True),
    "partly known: there": (f"{O}/partly/here.md", [], None, True),
    "partly known: letter case": (f"{O}/partly/HERE.md", ["CODEX030"], f"{O}/partly/here.md", True),
    "partly known: not there": (f"{O}/partly/there.md", [], None, False),
    "not looked up": (f"{O}/unknown/a.md", [], None, False),
    "another version, not looked up": (f"{O}/handbook@v2/a.md", [], None, False),
    "an example": ("codex://acme/anything/a.md", [], None, None),
    "an example with bad syntax": ("codex://acme/anything/../a.md", ["CODEX002"], None, None),
}


def find(text: str) -> scan.Found:
    """The one find in a line of text."""
    found = scan.find_references(f"See {text} here".encode())
    assert [item.raw for item in found] == [text]
    return found[0]


@pytest.mark.parametrize(("text", "rules", "suggestion", "verified"), ROWS.values(), ids=ROWS.keys())
def test_verdict(text: str, rules: list[str], suggestion: str | None, verified: bool | None) -> None:  # noqa: FBT001
    found = find(text)
    verdict = check("a.md", found, CONTEXT)
    assert [item.code for item in verdict.findings] == rules
    assert verdict.verified is verified
    for item in verdict.findings:
        assert (item.line, item.column, item.end_column) == (1, 5, 5 + len(text))
        assert (item.offset, item.end_offset, item.reference) == (4, 4 + len(text), text)
        assert item.message
    assert (verdict.findings[-1].suggestion if verdict.findings else None) == suggestion


UNNAMEABLE = {
    "a backslash": ("docs/back\\slash.md", "docs/backslash.md"),
    "a newline": ("docs/new\nline.md", "docs/newline.md"),
    "too long once encoded": ("docs/" + " " * 400 + "a.md", "docs/" + "%20" * 300 + "a.md"),
}


@pytest.mark.parametrize(("name", "wanted"), UNNAMEABLE.values(), ids=UNNAMEABLE.keys())
def test_a_document_that_no_reference_can_name_is_no_suggestion(name: str, wanted: str) -> None:
    here = Context(OWN, "umbrella", {Key("umbrella", "handbook", None): Listing([name])})
    (item,) = check("a.md", find(f"{O}/handbook/{wanted}"), here).findings
    assert (item.code, item.suggestion, item.edit) == ("CODEX020", None, None)
    assert "did you mean" in item.message


DOOR = {
    name: row
    for name, row in ROWS.items()
    if not name.startswith(("021", "022", "024", "partly", "at a version"))
}


@pytest.mark.parametrize(("text", "rules", "suggestion", "verified"), DOOR.values(), ids=DOOR.keys())
def test_verdict_through_the_door(
    text: str,
    rules: list[str],
    suggestion: str | None,
    verified: bool | None,  # noqa: FBT001
    make_project: Callable[..., Tree],
    run_cli: RunCli,
) -> None:
    tree = make_project(dict.fromkeys(TRACKED, "x\n"))
    tree.commit({"OLD.md": "x\n"})
    tree.git("tag", "v1")
    tree.git("rm", "--quiet", "OLD.md")
    tree.commit({"page.md": f"See {text} here\n"})
    tree.write({"docs/draft.md": "x\n"})
    result = run_cli("validate", "refs", "--json", cwd=tree.root)
    assert result.rules == rules
    assert [item["reference"] for item in result.data["findings"]] == [text] * len(rules)
    assert (result.data["findings"][-1]["suggestion"] if rules else None) == suggestion
    assert result.data["unverified"] == (verified is False)
    assert result.data["refs_checked"] == 1
    assert result.code == bool(rules)


MESSAGES = {
    "002": (f"{O}/handbook/../x.md", "climbs"),
    "003": ("codex://-umbrella/handbook/a.md", "organisation's name"),
    "010": ("@codex/other/a.md", f"now {O}/other/a.md"),
    "020": (
        f"{O}/handbook/docs/giude.md",
        "umbrella/handbook has no 'docs/giude.md'; did you mean 'docs/guide.md'?",
    ),
    "020 untracked": (f"{O}/handbook/docs/draft.md", "git add docs/draft.md"),
    "021": (f"{O}/gone/a.md", "there is no project umbrella/gone"),
    "024": (f"{O}/far/a.md", "not verified: umbrella/far: the host cannot be reached"),
    "030": (f"{O}/handbook/readme.md", "'README.md'"),
}


@pytest.mark.parametrize(("text", "words"), MESSAGES.values(), ids=MESSAGES.keys())
def test_the_message_says_what_is_wrong(text: str, words: str) -> None:
    assert words in check("a.md", find(text), CONTEXT).findings[-1].message


@pytest.mark.parametrize(
    ("text", "context", "hint"),
    [
        ("@codex/other/a.md", Context(), "CODEX_ORG"),
        ("@codex:a.md", Context(None, "umbrella"), "--project"),
    ],
    ids=["organisation", "project"],
)
def test_an_unconvertible_reference_says_what_is_missing(text: str, context: Context, hint: str) -> None:
    (item,) = check("a.md", find(text), context).findings
    assert item.code == "CODEX011"
    assert hint in item.message
    assert item.edit is None


def test_edits_replace_the_reference_and_nothing_else() -> None:
    legacy = check("a.md", find("@codex/other/a.md"), CONTEXT).findings[0]
    case = check("a.md", find(f"{O}/handbook/readme.md"), CONTEXT).findings[0]
    near = check("a.md", find(f"{O}/handbook/docs/giude.md"), CONTEXT).findings[0]
    assert (legacy.edit, legacy.fixable) == (Edit(4, 21, f"{O}/other/a.md"), True)
    assert (case.edit, case.fixable) == (Edit(4, case.end_offset, f"{O}/handbook/README.md"), True)
    assert near.edit is not None
    assert (near.edit.text, near.unsafe, near.fixable) == (f"{O}/handbook/docs/guide.md", True, False)


def test_a_suggestion_that_is_not_clear_is_no_edit() -> None:
    twins = Context(
        OWN, "umbrella", {Key("umbrella", "handbook", None): Listing(["a/index.md", "b/index.md"])}
    )
    (item,) = check("a.md", find(f"{O}/handbook/c/index.md"), twins).findings
    assert item.suggestion in (f"{O}/handbook/a/index.md", f"{O}/handbook/b/index.md")
    assert item.edit is None


def test_examples_are_never_looked_up_but_our_own_organisation_is() -> None:
    found = [find("codex://Acme/handbook/a.md"), find("codex://example/x/a.md"), find(f"{O}/x/a.md")]
    assert list(needed_keys(found, CONTEXT)) == [Key("umbrella", "x", None)]
    ours = Context(Project("acme", "handbook"), "acme", {Key("acme", "handbook", None): Listing(["b.md"])})
    assert [item.code for item in check("a.md", found[0], ours).findings] == ["CODEX020"]
    assert list(needed_keys(found, ours)) == [Key("acme", "handbook", None), Key("umbrella", "x", None)]


def test_example_organisations_can_be_chosen() -> None:
    chosen = Context(OWN, "umbrella", KNOWN, example_orgs=frozenset(("sample",)))
    assert chosen.is_example("Sample")
    assert not chosen.is_example("acme")


def test_a_project_whose_listing_nobody_made_is_ours_all_the_same() -> None:
    here = Context(OWN, "umbrella", {})
    assert check("a.md", find(f"{O}/handbook"), here) == Verdict((), verified=True)
    assert check("a.md", find(f"{O}/handbook@v1"), here) == Verdict((), verified=False)
    assert check("a.md", find(f"{O}/handbook"), Context()) == Verdict((), verified=False)


TARGETS = {
    "a URI": (f"{O}/handbook/a.md", f"{O}/handbook/a.md"),
    "a legacy form": ("@codex/other/a.md", f"{O}/other/a.md"),
    "an invalid URI": (f"{O}/handbook/../a.md", None),
    "a placeholder": (f"{O}/handbook/{{name}}.md", None),
}


@pytest.mark.parametrize(("text", "uri"), TARGETS.values(), ids=TARGETS.keys())
def test_target(text: str, uri: str | None) -> None:
    target = target_of(find(text), CONTEXT)
    assert (str(target) if target else None) == uri


def test_keys_ignore_the_case_of_names_and_keep_that_of_versions() -> None:
    assert key_of(parse_reference("codex://Umbrella/HandBook@V1/a.md")) == Key("umbrella", "handbook", "V1")


RUNNING = {
    "a letter behind it": "[codex:docs/guide.md]more",
    "an extension behind it": "{{codex:docs/guide}}.md",
}


@pytest.mark.parametrize("text", RUNNING.values(), ids=RUNNING.keys())
def test_a_uri_that_would_run_into_the_text_is_not_written(text: str, project: Tree, run_cli: RunCli) -> None:
    project.write({"a.md": text})
    result = run_cli("validate", "refs", "--fix", "a.md", "--json", cwd=project.root)
    assert result.rules == ["CODEX011"]
    assert "put a space between them" in result.data["findings"][0]["message"]
    assert project.read("a.md").decode() == text


def test_of_two_that_touch_the_second_is_written_and_then_the_first_is_still_left(
    project: Tree, run_cli: RunCli
) -> None:
    project.write({"a.md": "{{codex:a/b.md}}{{codex:docs/guide.md}}"})
    result = run_cli("validate", "refs", "--fix", "a.md", "--json", cwd=project.root)
    assert result.rules == ["CODEX011"]
    assert project.read("a.md").decode() == f"{{{{codex:a/b.md}}}}{O}/handbook/docs/guide.md"


@pytest.mark.parametrize(
    "text",
    ["{{codex:docs/a}}.md", "[codex:docs/a.md]b", "{{codex:a/b.md}}{{codex:a/c.md}}", "{{codex:a|b}}"],
    ids=["extension", "word", "another", "pipe"],
)
def test_what_would_run_into_the_text_is_not_converted(text: str, run_cli: RunCli, project: Tree) -> None:
    project.commit({"x.md": text + "\n"})
    result = run_cli("validate", "refs", "x.md", "--json", "--ignore", "CODEX010,CODEX020", cwd=project.root)
    assert result.rules == ["CODEX011"]
    assert "put a space between them" in result.data["findings"][0]["message"]
