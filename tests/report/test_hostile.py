"""Foreign text in every place of a report: no command of a runner, no markup of GitHub, no trick on a terminal."""

from __future__ import annotations

import re
from typing import Callable

import pytest
from hostile_texts import COMMANDS
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from programs import RunCli
from reports import finding
from runner_commands import parse_log
from trees import Tree

from codex_action.checks.model import CheckReport, Skipped
from codex_action.report import annotations, data, markdown, text
from codex_action.report.safe import code, log_lines, visible
from codex_action.report.safe import markdown as in_markdown

HOSTILE = [
    *COMMANDS,
    "\x1b[31mred\x1b[0m",
    "\x1b]8;;http://x\x07link",
    "\x9b31m",
    "\u202egnp.exe",
    "\u2066\u200f",
    "\udcff",
    "@team",
    "@org/team hello@example.com",
    "#12 umbrella/x#12",
    "</details>",
    "<script>alert(1)</script>",
    "<img src=http://x>",
    "<!-- x",
    "![](http://x)",
    "[x](http://x)",
    "[x]: http://x",
    "http://example.com www.example.com",
    "a | b | c",
    "`code` ```",
    "``",
    "\\`x\\`",
    "**bold** _x_ ~~x~~",
    "# heading",
    "- list\n\n    code",
    "&lt;b&gt; &amp; &#64;team",
    "${{ secrets.X }} $(id) `id`",
    "|---|---|",
    ":tada: $x^2$",
    "</code></td></table>",
    '" onclick="x',
    "javascript:alert(1)",
]
PLACES: dict[str, Callable[[str], CheckReport]] = {
    "file": lambda evil: CheckReport((finding("CODEX020", evil),)),
    "reference": lambda evil: CheckReport((finding("CODEX020", reference=evil),)),
    "message": lambda evil: CheckReport((finding("CODEX020", message=evil),)),
    "suggestion": lambda evil: CheckReport((finding("CODEX020", suggestion=evil),)),
    "problem": lambda evil: CheckReport(problems=(Skipped(evil, evil),)),
    "other places": lambda evil: CheckReport((finding("CODEX020", "a"), finding("CODEX020", evil))),
    "diff": lambda evil: CheckReport(diff=f"--- a/{evil}\n+++ b/{evil}\n@@ @@\n {evil}\n-{evil}\n+{evil}\n"),
}
OURS = {"error", "warning", "notice", "group", "endgroup"}
TRICKS = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u200e\u200f\u2028\u2029\ud800-\udfff]"
)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("evil", HOSTILE, ids=repr)
def test_no_command_but_ours(evil: str, place: str) -> None:
    report = PLACES[place](evil)
    shown = (text.render(report), text.render(report, color=True), data.dumps(data.validate_refs(report)))
    for output in shown:
        assert parse_log(output) == []
    commands = parse_log(annotations.render(report, prefix="work"))
    assert [item.name for item in commands] == (
        ["error", "group", "endgroup"] if report.findings or report.problems else []
    )
    assert not TRICKS.search(shown[0])
    # The runner finds a file by its true name and does not show it; everything else is for people to read.
    assert not any(TRICKS.search(item.data) for item in commands)
    assert not any(TRICKS.search(line) for line in annotations.render(report).split("\n") if line[:2] != "::")


def live(source: str) -> set[str]:
    """What a text becomes on GitHub besides text: links, images, HTML, emphasis."""
    parser = MarkdownIt("commonmark", {"html": True}).enable("table").enable("strikethrough")
    inner = {"link_open", "image", "em_open", "strong_open", "s_open", "code_inline", "html_inline"}
    found = set()
    for token in parser.parse(source):
        found |= (
            {token.type} if token.type in ("html_block", "fence", "code_block", "blockquote_open") else set()
        )
        found |= {child.type for child in token.children or [] if child.type in inner}
        html = [child.content for child in token.children or [] if child.type == "html_inline"]
        assert set(html) <= {"<code>", "</code>", "<br>"}
    return found


def cells(source: str) -> list[int]:
    """How many cells each row of the table has."""
    tokens = MarkdownIt("commonmark").enable("table").parse(source)
    rows: list[int] = []
    for token in tokens:
        if token.type == "tr_open":
            rows.append(0)
        elif token.type in ("td_open", "th_open"):
            rows[-1] += 1
    return rows


@pytest.mark.parametrize("place", [place for place in PLACES if place != "diff"])
@pytest.mark.parametrize("evil", HOSTILE, ids=repr)
def test_markdown_stays_text(evil: str, place: str) -> None:
    report = PLACES[place](evil)
    shown = markdown.render(report)
    assert live(shown) <= {"html_inline", "strong_open"}
    assert cells(shown) == [4] * (1 + len(report.findings) + len(report.problems))
    assert parse_log(shown) == []
    rendered = MarkdownIt("commonmark").enable("table").render(shown)
    outside_code = re.sub(r"<code>.*?</code>", "", rendered, flags=re.DOTALL)
    assert not re.search(r"(?<!\w)[@#]\w", outside_code)
    assert "http://" not in re.sub(r"&\w+;", "", outside_code) or "link_open" not in live(shown)


@pytest.mark.parametrize("evil", HOSTILE, ids=repr)
def test_a_link_leads_where_we_say(evil: str) -> None:
    shown = markdown.render(
        CheckReport((finding("CODEX020", evil, 3),)), link="https://github.com/o/r/blob/abc/"
    )
    hrefs = re.findall(r'href="([^"]*)"', shown)
    assert len(hrefs) == 1
    assert re.fullmatch(r"https://github\.com/o/r/blob/abc/[A-Za-z0-9%/._~-]*#L3", hrefs[0])


@given(st.text())
def test_any_text_is_one_harmless_line(evil: str) -> None:
    assert len(visible(evil).splitlines()) <= 1
    assert parse_log(log_lines(visible(evil))) == []
    assert live(f"| a | {in_markdown(evil)} {code(evil)} |") <= {"html_inline"}


VISIBLE = {
    "plain": ("docs/ünï 😀.md", "docs/ünï 😀.md"),
    "control": ("a\x1b\x00b\n", "a\\x1b\\x00b\\x0a"),
    "bytes": ("a\udcff", "a\\xff"),
    "a lone surrogate": ("\ud83d", "\\ud83d"),
    "direction": ("a\u202eb", "a\\u202eb"),
}


@pytest.mark.parametrize(("evil", "shown"), VISIBLE.values(), ids=VISIBLE.keys())
def test_visible(evil: str, shown: str) -> None:
    assert visible(evil) == shown


def test_the_budget_is_kept() -> None:
    report = CheckReport(tuple(finding("CODEX020", f"é{number}.md", number + 1) for number in range(2_000)))
    for budget in (3_000, 50_000, markdown.BUDGET):
        shown = markdown.render(report, budget=budget)
        assert len(shown.encode()) <= budget
        rows = shown.count("CODEX020 target")
        if budget < markdown.BUDGET:
            assert f"… and {2_000 - rows:,} more rows: the log has them all." in shown
        else:
            assert rows == 2_000


NAMES = ["::error::x.md", "##[error]x.md", "a\n::error::y.md", "@team.md", "a|b.md", "\u202ex.md"]


@pytest.mark.parametrize("format_", ["text", "json", "github", "markdown"])
def test_through_the_door(format_: str, project: Tree, run_cli: RunCli) -> None:
    evil = "codex://umbrella/handbook/##[error]x codex://umbrella/handbook/::error::x/../y @codex/x/::warning::y/../z"
    project.write(dict.fromkeys(NAMES, f"::error::x ##[error]y {evil}\n@codex/x/a.md\n"))
    for arguments in ([], ["--diff"], ["--debug", "-v"], ["--color", "always"]):
        result = run_cli("validate", "refs", "--format", format_, *arguments, cwd=project.root)
        assert result.code == 1
        commands = {item.name for item in parse_log(result.out) + parse_log(result.err)}
        assert commands <= (OURS if format_ == "github" else set())


EVIL_ARGUMENTS = {
    "a rule": ["--select", "x\n::error::y"],
    "a file": ["no\n::error::y"],
    "a folder": ["--path", "no\n::error::y"],
    "a ref": ["--changed-since", "no\n::error::y"],
    "a project": ["--project", "no\n::error::y"],
    "an output": ["--output", "no/no\n::error::y"],
    "a place": ["-C", "no\n::error::y"],
    "a choice": ["--resolve", "no\n::error::y"],
    "a number": ["--jobs", "no\n::error::y"],
    "an option": ["--no\n::error::y"],
    "an old command": ["--fail-on", "##[error]y"],
}


@pytest.mark.parametrize("arguments", EVIL_ARGUMENTS.values(), ids=EVIL_ARGUMENTS.keys())
def test_errors_are_no_commands(arguments: list[str], project: Tree, run_cli: RunCli) -> None:
    for more in ([], ["--json"]):
        result = run_cli("validate", "refs", *arguments, *more, cwd=project.root)
        assert result.code == 2
        assert parse_log(result.out) + parse_log(result.err) == []
