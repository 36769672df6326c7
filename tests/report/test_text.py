from __future__ import annotations

import pytest
from reports import finding

from codex_action.checks.model import CheckReport, Skipped
from codex_action.report.text import diff_line, finding_line, plural, render, verdict

PLURALS = {"one": (1, "1 file"), "none": (0, "0 files"), "many": (12_345, "12,345 files")}
FIX = finding("CODEX010", edit=True)
LIKELY = finding("CODEX020", edit=True, unsafe=True)
FIXABLE = {
    "safe": ((FIX,), "1 fixable with --fix.\n"),
    "likely": ((LIKELY,), "1 fixable with --fix --unsafe-fixes.\n"),
    "both": ((FIX, FIX, LIKELY), "2 fixable with --fix, 1 more with --fix --unsafe-fixes.\n"),
}


@pytest.mark.parametrize(("number", "shown"), PLURALS.values(), ids=PLURALS.keys())
def test_plural(number: int, shown: str) -> None:
    assert plural(number, "file") == shown


def test_an_odd_plural() -> None:
    assert plural(2, "link or folder", "links and folders") == "2 links and folders"


@pytest.mark.parametrize(("findings", "line"), FIXABLE.values(), ids=FIXABLE.keys())
def test_what_can_be_mended_is_told(findings: tuple[object, ...], line: str) -> None:
    assert line in render(CheckReport(findings))  # type: ignore[arg-type]


def test_a_finding_is_a_line_as_compilers_write_it() -> None:
    line = finding_line(finding("CODEX020", "a b.md", 3))
    assert line == "a b.md:3:5: CODEX020 it is so [codex://umbrella/other/x.md]"


PREFIXES = {
    "none": ("", "docs/a.md", "docs/a.md:"),
    "here": (".", "docs/a.md", "docs/a.md:"),
    "above": ("..", "docs/a.md", "../docs/a.md:"),
    "back": ("..", "../a.md", "../../a.md:"),
    "absolute": ("..", "/tmp/a.md", "/tmp/a.md:"),
}


@pytest.mark.parametrize(("prefix", "file", "start"), PREFIXES.values(), ids=PREFIXES.keys())
def test_a_path_is_shown_as_it_can_be_opened(prefix: str, file: str, start: str) -> None:
    assert finding_line(finding("CODEX020", file), prefix=prefix).startswith(start)


VERDICTS = {
    "nothing": ([], "No problems found"),
    "one": (["CODEX020"], "1 error found"),
    "all kinds": (
        ["CODEX020", "CODEX020", "CODEX010", "CODEX024"],
        "2 errors and 1 warning and 1 notice found",
    ),
}


@pytest.mark.parametrize(("codes", "sentence"), VERDICTS.values(), ids=VERDICTS.keys())
def test_verdict(codes: list[str], sentence: str) -> None:
    assert verdict(CheckReport(tuple(map(finding, codes)))) == sentence


def test_quiet_shows_findings_and_problems_only() -> None:
    report = CheckReport((FIX,), problems=(Skipped("b.md", "gone"),), unverified=1)
    assert render(report, quiet=True) == finding_line(FIX) + "\nb.md: gone\n"
    assert render(CheckReport(), quiet=True) == ""


DIFF = {
    "added": ("+x\r", "\x1b[32m+x\x1b[0m"),
    "taken out": ("-x", "\x1b[31m-x\x1b[0m"),
    "around": (" x", " x"),
}


@pytest.mark.parametrize(("line", "shown"), DIFF.values(), ids=DIFF.keys())
def test_diff_colors(line: str, shown: str) -> None:
    assert diff_line(line, color=True) == shown
    assert "\x1b" not in diff_line(line)


UNVERIFIED = {
    "one, local": (1, "local", "1 reference not looked up; --resolve remote asks the git servers.\n"),
    "two, offline": (2, "offline", "2 references not looked up; --resolve remote asks the git servers.\n"),
    "one, remote": (1, "remote", "1 reference could not be verified.\n"),
    "two, remote": (2, "remote", "2 references could not be verified.\n"),
}


@pytest.mark.parametrize(("number", "resolve", "line"), UNVERIFIED.values(), ids=UNVERIFIED.keys())
def test_what_was_not_looked_up_is_told(number: int, resolve: str, line: str) -> None:
    assert line in render(CheckReport(unverified=number, resolve=resolve))


FIXED = {
    "one": (CheckReport(fixed=1, changed=("a.md",)), "1 place fixed in 1 file.\n"),
    "many": (CheckReport(fixed=3, changed=("a.md", "b.md")), "3 places fixed in 2 files.\n"),
    "a diff": (
        CheckReport(fixed=3, changed=("a.md",), diff="x\n"),
        "x\n3 places would be fixed in 1 file.\n",
    ),
}


@pytest.mark.parametrize(("report", "shown"), FIXED.values(), ids=FIXED.keys())
def test_quiet_still_tells_what_was_fixed(report: CheckReport, shown: str) -> None:
    assert render(report, quiet=True) == shown


BELOW = {
    "in it": ("..", "docs", "docs/a.md", "a.md:"),
    "deeper": ("..", "docs", "docs/in/a.md", "in/a.md:"),
    "beside it": ("..", "docs", "x.md", "../x.md:"),
    "a name that starts alike": ("..", "docs", "docs2/x.md", "../docs2/x.md:"),
    "elsewhere": ("work", "../", "a.md", "work/a.md:"),
}


@pytest.mark.parametrize(("prefix", "below", "file", "start"), BELOW.values(), ids=BELOW.keys())
def test_a_path_is_shown_as_seen_from_a_subfolder(prefix: str, below: str, file: str, start: str) -> None:
    item = finding("CODEX020", file)
    assert finding_line(item, prefix=prefix, below=below).startswith(start)
    report = CheckReport((item,), problems=(Skipped(file, "gone"),))
    lines = render(report, prefix=prefix, below=below).splitlines()
    assert [line.startswith(start) for line in lines[:2]] == [True, True]
