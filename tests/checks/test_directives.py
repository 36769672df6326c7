"""`codex-ignore` comments: what they silence, and which of them silence nothing."""

from __future__ import annotations

import time

import pytest
from programs import RunCli
from trees import Tree

from codex_action.checks.directives import regions, silence
from codex_action.checks.reader import scan_text
from codex_action.checks.references import Context
from codex_action.checks.rules import active_rules
from codex_action.checks.run import check_file
from codex_action.refs.resolve import Project

CONTEXT = Context(Project("umbrella", "handbook"), "umbrella")
BAD = "codex://umbrella/handbook/../x.md"  # CODEX002
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
    "never closed": ([BAD, "# codex-ignore-start", BAD, BAD], {(1, "CODEX002")}),
    "never closed, no use": (["# codex-ignore-start", "x"], {(1, "CODEX090")}),
    "an end alone": (["# codex-ignore-end", BAD], {(1, "CODEX090"), (2, "CODEX002")}),
    "unused": (["# codex-ignore", "x"], {(1, "CODEX090")}),
    "two on one line, one is enough": ([f"{BAD} /* codex-ignore */ # codex-ignore"], {(1, "CODEX090")}),
    "undecided line": ([f"{FAR} # codex-ignore"], set()),
    "undecided line, a rule that needs no look-up": ([f"{FAR} # codex-ignore CODEX002"], {(1, "CODEX090")}),
    "undecided line, a rule that needs one": ([f"{FAR} # codex-ignore CODEX020"], set()),
    "undecided line in a block": (["# codex-ignore-start", FAR, "# codex-ignore-end"], set()),
    "undecided line elsewhere": (["# codex-ignore", FAR], {(1, "CODEX090")}),
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
    "' {}",
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


@pytest.mark.parametrize("style", ["<!-- {} -->", "[//]: # ({})", "{{/* {} */}}"])
def test_markdown_has_comments_of_its_own(style: str) -> None:
    assert check("a.md", [style.format("codex-ignore-next-line"), BAD]) == set()


def test_in_markdown_a_heading_is_no_comment() -> None:
    assert check("a.md", ["# codex-ignore-next-line", "", BAD]) == {(3, "CODEX002")}


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
    edits = [silence("a.py", [], found, [], active_rules())[0].edit for found in (alone, shared)]
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


@pytest.mark.parametrize("text", [BAD, FAR, "x"], ids=["silenced", "undecided", "idle"])
def test_ten_thousand_directives_are_quick(text: str) -> None:
    start = time.perf_counter()
    left = check("a.py", [f"{text} # codex-ignore"] * 10_000)
    assert len(left) == (10_000 if text == "x" else 0)
    assert time.perf_counter() - start < 10
