"""`codex-ignore` comments: what they silence, and which of them silence nothing."""

from __future__ import annotations

import pytest
from programs import RunCli
from timing import assert_grows_gently
from trees import Tree

from codex_action.checks.directives import Unseen, regions, silence
from codex_action.checks.reader import scan_text
from codex_action.checks.references import Context
from codex_action.checks.rules import active_rules
from codex_action.checks.run import check_file
from codex_action.refs import scan
from codex_action.refs.resolve import Project

CONTEXT = Context(Project("umbrella", "handbook"), "umbrella")
BAD = "codex://umbrella/handbook/../x.md"  # CODEX002
BAD_END = len(BAD)
OLD = "@codex/other/a.md"  # CODEX010, and its target is not looked up
FAR = "codex://umbrella/other/a.md"  # not looked up, no finding

# name: (lines, {(line, rule)} that is left)
ROWS: dict[str, tuple[list[str], set[tuple[int, str]]]] = {
    "none": ([BAD], {(1, "CODEX002")}),
    "same line": ([f"{BAD} # codex-ignore"], set()),
    "same line only": ([f"{BAD} # codex-ignore", BAD], {(2, "CODEX002")}),
    "same line, its rule": ([f"{BAD} # codex-ignore CODEX002"], set()),
    "same line, two rules": ([f"{BAD} {OLD} # codex-ignore CODEX002, CODEX010"], set()),
    "same line, another rule": (
        [f"{BAD} # codex-ignore CODEX010"],
        {(1, "CODEX002"), (1, "CODEX090")},
    ),
    "one of two rules": ([f"{BAD} {OLD} # codex-ignore CODEX010"], {(1, "CODEX002")}),
    "next line": (["# codex-ignore-next-line", BAD, BAD], {(3, "CODEX002")}),
    "next line, not its own": ([f"{BAD} # codex-ignore-next-line", BAD], {(1, "CODEX002")}),
    "next line at the end": ([BAD, "# codex-ignore-next-line"], {(1, "CODEX002"), (2, "CODEX090")}),
    "block": (["# codex-ignore-start", BAD, BAD, "# codex-ignore-end", BAD], {(5, "CODEX002")}),
    "block, its own lines too": ([f"{BAD} # codex-ignore-start", f"{BAD} # codex-ignore-end"], set()),
    "block with rules": (
        ["# codex-ignore-start CODEX010", BAD, OLD, "# codex-ignore-end"],
        {(2, "CODEX002")},
    ),
    "blocks in blocks": (
        [
            "# codex-ignore-start",
            "# codex-ignore-start CODEX002",
            BAD,
            "# codex-ignore-end",
            OLD,
            "# codex-ignore-end",
            BAD,
        ],
        {(7, "CODEX002")},
    ),
    "an inner block without use": (
        [
            "# codex-ignore-start",
            "# codex-ignore-start CODEX001",
            "# codex-ignore-end",
            BAD,
            "# codex-ignore-end",
        ],
        {(2, "CODEX090")},
    ),
    "never closed": ([BAD, "# codex-ignore-start", BAD, BAD], {(1, "CODEX002"), (2, "CODEX090")}),
    "never closed, no use": (["# codex-ignore-start", "x"], {(1, "CODEX090")}),
    "an end alone": (["# codex-ignore-end", BAD], {(1, "CODEX090"), (2, "CODEX002")}),
    "unused": (["# codex-ignore", "x"], {(1, "CODEX090")}),
    "two on one line, one is enough": ([f"{BAD} /* codex-ignore */ # codex-ignore"], {(1, "CODEX090")}),
    "undecided line": ([f"{FAR} # codex-ignore"], set()),
    "undecided line, a rule that needs no look-up": ([f"{FAR} # codex-ignore CODEX002"], {(1, "CODEX090")}),
    "undecided line, a rule that needs one": ([f"{FAR} # codex-ignore CODEX020"], set()),
    "undecided line in a block": (["# codex-ignore-start", FAR, "# codex-ignore-end"], set()),
    "undecided line elsewhere": (["# codex-ignore", FAR], {(1, "CODEX090")}),
    "a mistyped rule": ([f"{BAD} # codex-ignore CODEX20"], {(1, "CODEX002"), (1, "CODEX090")}),
    "a mistyped rule in brackets": (
        [f"{BAD} # codex-ignore[CODEX999]"],
        {(1, "CODEX002"), (1, "CODEX090")},
    ),
    "one of two is mistyped": (
        [f"{BAD} # codex-ignore CODEX002, CODEX02"],
        {(1, "CODEX002"), (1, "CODEX090")},
    ),
    "a mistyped block": (
        ["# codex-ignore-start CODEX20", BAD, "# codex-ignore-end"],
        {(1, "CODEX090"), (2, "CODEX002")},
    ),
    "a mistyped block in a block": (
        [
            "# codex-ignore-start",
            "# codex-ignore-start CODEX20",
            "# codex-ignore-end",
            BAD,
            "# codex-ignore-end",
            BAD,
        ],
        {(2, "CODEX090"), (6, "CODEX002")},
    ),
    "a mistyped end": (
        ["# codex-ignore-start", BAD, "# codex-ignore-end CODEX20", BAD],
        {(3, "CODEX090"), (4, "CODEX002")},
    ),
    "a mistyped end alone": (["# codex-ignore-end CODEX20", BAD], {(1, "CODEX090"), (2, "CODEX002")}),
    "a mistyped block, never closed": (
        ["# codex-ignore-start CODEX20", BAD],
        {(1, "CODEX090"), (2, "CODEX002")},
    ),
    "lower case": ([f"{BAD} # codex-ignore codex002"], set()),
    "lower case in brackets": ([f"{BAD} # codex-ignore[codex002]"], set()),
    "a line in a block": (
        ["# codex-ignore-start", f"{BAD} # codex-ignore", "# codex-ignore-end"],
        {(1, "CODEX090")},
    ),
    "a line in a block, for another rule": (
        ["# codex-ignore-start", f"{BAD} # codex-ignore CODEX001", "# codex-ignore-end"],
        {(2, "CODEX090")},
    ),
    "a next line in a block": (
        ["# codex-ignore-start", "# codex-ignore-next-line CODEX002", BAD, "# codex-ignore-end"],
        {(1, "CODEX090")},
    ),
    "a line and the line before": (["# codex-ignore-next-line", f"{BAD} # codex-ignore"], {(1, "CODEX090")}),
    "an unknown rule": ([f"{BAD} # codex-ignore CODEX999"], {(1, "CODEX002"), (1, "CODEX090")}),
    "a word like it": ([f"{BAD} # codex-ignored"], {(1, "CODEX002")}),
    "not right after the opener": ([f"{BAD} # please codex-ignore"], {(1, "CODEX002")}),
    "followed by words": ([f"{BAD} # codex-ignore because it is old"], set()),
    "a rule that is off, named": ([f"{BAD} # codex-ignore CODEX012"], {(1, "CODEX002")}),
}
STYLES = [
    "# {}",
    "// {}",
    "-- {}",
    "; {}",
    "% {}",
    "/* {} */",
    "<!-- {} -->",
    "{{/* {} */}}",
    "REM {}",
    ".. {}",
    ":: {}",
    "<!--{}-->",
    "--[[ {} ]]",
    "{{- {} -}}",
    "{{# {} #}}",
    "(* {} *)",
    "#{}",
    "//{}",
]
NO_STYLES = [
    "' {}",
    "'{}'",
    '"{}"',
    "--{}",
    "..{}",
    "::{}",
    "REM{}",
    "x# {}",
    "x// {}",
    "x-- {}",
    "http://{}/x",
]


def check(name: str, lines: list[str], active: frozenset[str] = active_rules()) -> set[tuple[int, str]]:
    found = scan_text(name, "".join(line + "\n" for line in lines).encode(), code_blocks=False)
    result = check_file(name, found, CONTEXT, active, lambda _: None)
    return {(item.line, item.code) for item in result.findings}


@pytest.mark.parametrize(("lines", "left"), ROWS.values(), ids=ROWS.keys())
def test_silence(lines: list[str], left: set[tuple[int, str]]) -> None:
    assert check("a.py", lines) == left


@pytest.mark.parametrize(("lines", "left"), ROWS.values(), ids=ROWS.keys())
def test_silence_through_the_door(
    lines: list[str], left: set[tuple[int, str]], project: Tree, run_cli: RunCli
) -> None:
    project.write({"a.py": "".join(line + "\n" for line in lines)})
    result = run_cli("validate", "refs", "a.py", "--json", cwd=project.root)
    assert {(item["line"], item["rule"]) for item in result.data["findings"]} == left
    assert result.code == bool(left)


@pytest.mark.parametrize("style", STYLES)
def test_any_comment_will_do(style: str) -> None:
    assert check("a.conf", [f"{BAD} {style.format('codex-ignore')}"]) == set()


@pytest.mark.parametrize("style", NO_STYLES)
def test_what_opens_no_comment_silences_nothing(style: str, project: Tree, run_cli: RunCli) -> None:
    text = f"{BAD} {style.format('codex-ignore')}\n{style.format('codex-ignore-start')} x\n"
    assert check("a.conf", text.splitlines()) == {(1, "CODEX002")}
    project.write({"a.conf": text})
    assert run_cli("validate", "refs", "--fix", "--json", "a.conf", cwd=project.root).rules == ["CODEX002"]
    assert project.read("a.conf").decode() == text


def test_a_style_sheet_s_name_is_no_comment(project: Tree, run_cli: RunCli) -> None:
    text = "#codex-ignore {\n  color: red;\n}\n#codex-ignore{ }\n"
    project.write({"a.css": text})
    assert run_cli("validate", "refs", "--fix", "--json", "a.css", cwd=project.root).rules == []
    assert project.read("a.css").decode() == text


@pytest.mark.parametrize("style", ["<!-- {} -->", "[//]: # ({})", "{{/* {} */}}"])
def test_markdown_has_comments_of_its_own(style: str) -> None:
    assert check("a.md", [style.format("codex-ignore-next-line"), BAD]) == set()


def test_in_markdown_a_heading_is_no_comment() -> None:
    assert check("a.md", ["# codex-ignore-next-line", "", BAD]) == {(3, "CODEX002")}


FRONT = {
    "same line": (["---", f"ref: {BAD} # codex-ignore", "---"], set()),
    "next line": (["---", "# codex-ignore-next-line CODEX002", f"ref: {BAD}", "---"], set()),
    "unused": (["---", "ref: x # codex-ignore", "---"], {(2, "CODEX090")}),
    "not below it": (["---", "ref: x", "---", f"{BAD} # codex-ignore"], {(4, "CODEX002")}),
}


@pytest.mark.parametrize(("lines", "left"), FRONT.values(), ids=FRONT.keys())
def test_front_matter_has_the_comments_of_yaml(
    lines: list[str], left: set[tuple[int, str]], project: Tree, run_cli: RunCli
) -> None:
    assert check("a.md", lines) == left
    project.write({"a.md": "\n".join(lines)})
    result = run_cli("validate", "refs", "a.md", "--json", cwd=project.root)
    assert {(item["line"], item["rule"]) for item in result.data["findings"]} == left


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("# codex-ignore CODEX20", "no rule CODEX20"),
        ("# codex-ignore[CODEX999]", "no rule CODEX999"),
        ("# codex-ignore CODEX002, codexO10", "no rule CODEXO10"),
    ],
    ids=["too short", "in brackets", "one of two"],
)
def test_a_mistyped_rule_is_named_and_stays(text: str, words: str, project: Tree, run_cli: RunCli) -> None:
    line = f"{BAD}  {text}\n"
    project.write({"a.py": line})
    result = run_cli("validate", "refs", "a.py", "--fix", "--unsafe-fixes", "--json", cwd=project.root)
    assert sorted(result.rules) == ["CODEX002", "CODEX090"]
    (message,) = (item["message"] for item in result.data["findings"] if item["rule"] == "CODEX090")
    assert words in message
    assert project.read("a.py").decode() == line


def test_the_end_of_a_mistyped_block_stays_with_it(project: Tree, run_cli: RunCli) -> None:
    text = f"# codex-ignore-start CODEX20\n{BAD}\n# codex-ignore-end\n"
    project.write({"a.py": text})
    run_cli("validate", "refs", "a.py", "--fix", cwd=project.root)
    assert project.read("a.py").decode() == text


def test_of_two_on_one_line_the_later_counts() -> None:
    found = scan_text("a.py", f"{BAD} /* codex-ignore */ # codex-ignore\n".encode(), code_blocks=False)
    (item,) = check_file("a.py", found, CONTEXT, active_rules(), lambda _: None).findings
    assert (item.code, item.column) == ("CODEX090", BAD_END + 2)


KEPT = {
    "its rule ignored": (["--ignore", "CODEX002"], f"{BAD} # codex-ignore\n"),
    "its rule ignored, named": (["--ignore", "CODEX002"], f"{BAD} # codex-ignore CODEX002\n"),
    "only unused ones": (["--select", "CODEX090"], f"{BAD} # codex-ignore\n"),
    "only unused ones, a block": (
        ["--select", "CODEX090"],
        f"# codex-ignore-start\n{OLD}\n# codex-ignore-end\n",
    ),
    "another rule": (["--select", "CODEX010,CODEX090"], f"{BAD} # codex-ignore CODEX002\n"),
    "offline": (["--resolve", "offline"], f"{FAR} # codex-ignore CODEX020\n"),
}


@pytest.mark.parametrize(("arguments", "text"), KEPT.values(), ids=KEPT.keys())
def test_what_a_full_run_needs_is_never_taken_out(
    arguments: list[str], text: str, project: Tree, run_cli: RunCli
) -> None:
    project.write({"a.py": text})
    result = run_cli("validate", "refs", "a.py", "--fix", "--json", *arguments, cwd=project.root)
    assert (result.code, result.rules) == (0, [])
    assert project.read("a.py").decode() == text


SKIPPED = {
    "a fence": f"<!-- codex-ignore-start -->\n```\n{BAD}\n```\n<!-- codex-ignore-end -->\n",
    "tildes": f"<!-- codex-ignore-start CODEX002 -->\n~~~\n{BAD}\n~~~\n<!-- codex-ignore-end -->\n",
    "indented": f"<!-- codex-ignore-start -->\n\n    {OLD}\n\n<!-- codex-ignore-end -->\n",
    "a comment": f"<!-- codex-ignore-next-line -->\n<!-- {OLD} -->\n",
}


@pytest.mark.parametrize("text", SKIPPED.values(), ids=SKIPPED.keys())
def test_a_directive_may_be_there_for_skipped_code(text: str, project: Tree, run_cli: RunCli) -> None:
    found = scan_text("a.md", text.encode(), code_blocks=False)
    assert scan.HIDDEN in [find.kind for find in found]
    project.write({"a.md": text})
    for arguments in ([], ["--code-blocks"]):
        result = run_cli("validate", "refs", "a.md", "--fix", "--json", *arguments, cwd=project.root)
        assert (result.code, result.rules) == (0, [])
    assert project.read("a.md").decode() == text


def test_a_rule_that_is_not_active_may_have_its_use_in_another_run() -> None:
    only = active_rules(("CODEX010", "CODEX090"))
    assert check("a.py", [f"{BAD} # codex-ignore CODEX002"], only) == set()
    assert check("a.py", ["# codex-ignore CODEX010"], only) == {(1, "CODEX090")}


def test_an_unused_directive_is_no_finding_where_its_rule_is_off() -> None:
    assert check("a.py", ["# codex-ignore"], active_rules(ignore=("CODEX090",))) == set()


def test_only_a_comment_of_its_own_can_be_taken_out() -> None:
    alone, shared = (
        scan_text("a.py", f"x  {text}\n".encode(), code_blocks=False)
        for text in ("# codex-ignore", "# codex-ignore: old")
    )
    edits = [silence("a.py", [], found, Unseen(), active_rules())[0].edit for found in (alone, shared)]
    assert edits[0] is not None
    assert edits[1] is None


def test_regions_and_strays() -> None:
    found = scan_text(
        "a.py",
        b"# codex-ignore-end\n# codex-ignore-start CODEX010\nx\n# codex-ignore-end\n",
        code_blocks=False,
    )
    covered, stray = regions(found)
    assert [(region.first, region.last, region.codes) for region in covered] == [(2, 4, {"CODEX010"})]
    assert [item.line for item in stray] == [1]


CROWDS: dict[str, tuple[str, str]] = {
    "silenced": (f"{BAD} # codex-ignore", ""),
    "undecided": (f"{FAR} # codex-ignore", ""),
    "idle": ("x # codex-ignore", ""),
    "never closed": ("# codex-ignore-start", f"{BAD}\n"),
    "never closed, each with a finding": (f"# codex-ignore-start\n{BAD}", ""),
    "never closed, for another rule": (f"# codex-ignore-start CODEX001\n{BAD}", ""),
    "ends alone": (f"# codex-ignore-end\n{BAD}", ""),
    "on one line": ("/* codex-ignore CODEX001 */", BAD),
}


@pytest.mark.parametrize(("text", "last"), CROWDS.values(), ids=CROWDS.keys())
def test_ten_thousand_directives_take_ten_times_as_long_as_a_thousand(text: str, last: str) -> None:
    glue = " " if text.startswith("/*") else "\n"
    assert_grows_gently(lambda size: check("a.py", [glue.join([text] * size) + glue + last]), 1_000)


def test_front_matter_is_not_read_again_for_every_directive() -> None:
    lines = ["---", *["a: b"] * 12_000]
    for comment in ("<!-- codex-ignore -->", "# codex-ignore"):
        assert_grows_gently(lambda size, comment=comment: check("a.md", [*lines, *[comment] * size]), 100)  # type: ignore[misc]
