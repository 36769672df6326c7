from __future__ import annotations

import pytest
from reports import finding
from runner_commands import parse_log

from codex_action.checks.model import CheckReport, Skipped
from codex_action.report.annotations import command, escape_data, escape_property, render

HOSTILE = "50%25 of: a,b; c\r\nd %0A ::x"


def annotations(report: CheckReport) -> list[tuple[str, str]]:
    return [
        (item.name, item.data) for item in parse_log(render(report)) if item.name not in ("group", "endgroup")
    ]


def test_what_is_escaped_comes_back() -> None:
    (found,) = parse_log(command("error", HOSTILE, file=HOSTILE, line=3, title=None))
    assert (found.data, found.properties) == (HOSTILE, {"file": HOSTILE, "line": "3"})
    assert escape_data("%:,") == "%25:,"
    assert escape_property("%:,") == "%25%3A%2C"
    assert command("endgroup", "") == "::endgroup::\n"


COUNTS = {
    "none": (0, 0, None),
    "nine": (9, 9, None),
    "ten": (10, 10, None),
    "eleven": (11, 10, "2 more errors"),
    "many": (1_500, 10, "1,491 more errors"),
}


@pytest.mark.parametrize(("number", "shown", "last"), COUNTS.values(), ids=COUNTS.keys())
def test_ten_of_a_kind_at_most(number: int, shown: int, last: str | None) -> None:
    report = CheckReport(tuple(finding("CODEX020", message=f"missing {index}") for index in range(number)))
    found = annotations(report)
    assert len(found) == shown
    if last:
        assert found[-1][1].startswith(last)
    lines = render(report).splitlines()
    assert sum("CODEX020 missing" in line for line in lines if not line.startswith("::")) == number


def test_each_kind_has_its_own_ten() -> None:
    codes = ["CODEX020"] * 12 + ["CODEX010"] * 12 + ["CODEX024"] * 12
    report = CheckReport(tuple(finding(code, message=str(index)) for index, code in enumerate(codes)))
    names = [name for name, _ in annotations(report)]
    assert names == ["error"] * 10 + ["warning"] * 10 + ["notice"] * 10


def test_the_same_at_many_places_is_one() -> None:
    report = CheckReport(tuple(finding("CODEX020", f"{index}.md", index + 1) for index in range(9)))
    ((name, message),) = annotations(report)
    assert name == "error"
    assert message.endswith("; also at 1.md:2, 2.md:3, 3.md:4, 4.md:5, 5.md:6 and 3 more places")
    two = CheckReport(report.findings[:2])
    assert annotations(two)[0][1].endswith("; also at 1.md:2")
    seven = CheckReport(report.findings[:7])
    assert annotations(seven)[0][1].endswith("6.md:7 and 1 more place") or annotations(seven)[0][1].endswith(
        "and 1 more place"
    )


PREFIXES = {
    "none": ("", "a/b.md", "a/b.md"),
    "the workspace itself": (".", "a/b.md", "a/b.md"),
    "a folder": ("part", "a/b.md", "part/a/b.md"),
    "back": ("part", "../b.md", "b.md"),
    "absolute": ("part", "/tmp/b.md", "/tmp/b.md"),
    "no UTF-8": ("", "a\udcff.md", "a\\xff.md"),
    "a newline": ("", "a\nb.md", "a\nb.md"),
}


@pytest.mark.parametrize(("prefix", "file", "shown"), PREFIXES.values(), ids=PREFIXES.keys())
def test_the_file_is_named_as_the_runner_finds_it(prefix: str, file: str, shown: str) -> None:
    first = parse_log(render(CheckReport((finding("CODEX020", file),)), prefix=prefix))[0]
    assert first.properties["file"] == shown


def test_places_and_title() -> None:
    first = parse_log(render(CheckReport((finding("CODEX020", line=7),))))[0]
    assert first.properties == {
        "file": "docs/guide.md",
        "line": "7",
        "endLine": "7",
        "col": "5",
        "endColumn": "32",
        "title": "CODEX020 target-not-found",
    }


def test_a_message_is_not_endless() -> None:
    report = CheckReport((finding("CODEX020", reference="x" * 100_000, message="m"),))
    assert len(annotations(report)[0][1]) == 4_000


def test_nothing_found_is_nothing_said() -> None:
    assert render(CheckReport(files_checked=3)) == ""


def test_what_could_not_be_read_is_an_error_and_in_the_group() -> None:
    report = CheckReport(
        problems=(Skipped("a,b.md", "Permission denied"), Skipped("c.md", "not fixed: no space"))
    )
    shown = render(report, prefix="work")
    first, second, group, _ = parse_log(shown)
    assert (first.name, first.data) == ("error", "not checked: Permission denied")
    assert first.properties == {"file": "work/a,b.md", "title": "codex-action"}
    assert (second.data, second.properties["file"]) == ("not fixed: no space", "work/c.md")
    assert group.data == "codex references: 2"
    assert "\nwork/a,b.md: Permission denied\nwork/c.md: not fixed: no space\n::endgroup::" in shown


BOTH = {
    "ten": (6, 4, 10, None),
    "eleven": (6, 5, 10, "2 more errors"),
    "only problems": (0, 30, 10, "21 more errors"),
    "problems last": (30, 1, 10, "22 more errors"),
}


@pytest.mark.parametrize(("findings", "problems", "shown", "last"), BOTH.values(), ids=BOTH.keys())
def test_findings_and_problems_share_the_ten(
    findings: int, problems: int, shown: int, last: str | None
) -> None:
    report = CheckReport(
        tuple(finding("CODEX020", message=f"missing {index}") for index in range(findings)),
        problems=tuple(Skipped(f"{index}.md", "Permission denied") for index in range(problems)),
    )
    found = annotations(report)
    assert [name for name, _ in found] == ["error"] * shown
    assert last is None or found[-1][1].startswith(last)
    in_log = [line for line in render(report).splitlines() if not line.startswith("::")]
    assert len(in_log) == findings + problems
