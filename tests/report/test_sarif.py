"""SARIF, as the schema of the format and GitHub's limits want it; the same findings as in every other report."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft4Validator
from reports import CLEAN, FULL, NEW, OLD, REPORTS, finding

from codex_action.checks.model import CheckReport, Edit, Skipped
from codex_action.checks.rules import RULES
from codex_action.checks.sources import Source
from codex_action.report import annotations, data, sarif

# The schema of SARIF 2.1.0, as the npm package @microsoft/jest-sarif has it.
SCHEMA = Path(__file__).parents[1] / "cases/sarif/sarif-2.1.0.json"


@lru_cache(maxsize=1)
def judge() -> Draft4Validator:
    return Draft4Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))


def log(report: CheckReport, sources: dict[str, Source] | None = None, prefix: str = "") -> dict[str, Any]:
    """The only run of a log that keeps to the schema."""
    text = sarif.render(report, sources or {}, prefix=prefix)
    document = json.loads(text)
    assert [error.message for error in judge().iter_errors(document)] == []
    assert text.isascii()
    (run,) = document["runs"]
    return dict(run)


def results(
    report: CheckReport, sources: dict[str, Source] | None = None, prefix: str = ""
) -> list[dict[str, Any]]:
    return list(log(report, sources, prefix)["results"])


def marks(report: CheckReport, sources: dict[str, Source]) -> list[str]:
    return [
        item["partialFingerprints"]["primaryLocationLineHash"] for item in results(report, sources=sources)
    ]


def test_the_judge_sees_what_is_wrong() -> None:
    document = json.loads(sarif.render(FULL, {}))
    document["runs"][0]["results"][0]["level"] = "fatal"
    del document["runs"][0]["tool"]["driver"]["name"]
    assert len(list(judge().iter_errors(document))) == 2


@pytest.mark.parametrize("name", REPORTS)
def test_every_finding_is_the_one_of_the_other_reports(name: str) -> None:
    report = REPORTS[name]
    shown = results(report)
    told = data.validate_refs(report)["findings"]
    keys = ("startLine", "startColumn", "endLine", "endColumn")
    assert sorted(
        (item["ruleId"], item["message"]["text"], *(_region(item)[key] for key in keys)) for item in shown
    ) == sorted(
        (one["rule"], f"{one['message']} [{one['reference']}]", one["line"], one["column"], one["end_line"], one["end_column"])
        for one in told
    )  # fmt: skip
    notes = annotations.render(report)
    assert all(f"title={item['ruleId']} " in notes for item in shown)


def _region(item: dict[str, Any]) -> dict[str, int]:
    return dict(item["locations"][0]["physicalLocation"]["region"])


def test_every_rule_has_the_texts_that_github_requires() -> None:
    run = log(FULL)
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == list(RULES)
    for rule in rules:
        assert rule["shortDescription"]["text"] == RULES[rule["id"]].summary
        assert rule["fullDescription"]["text"].startswith(RULES[rule["id"]].summary)
        assert rule["helpUri"] == f"https://github.com/fractary/codex-action#{rule['id'].lower()}"
        assert rule["helpUri"] in rule["help"]["text"]
        assert rule["helpUri"] in rule["help"]["markdown"]
        assert rule["properties"]["problem.severity"] in {"error", "warning", "recommendation"}
        assert rule["properties"]["precision"] in {"very-high", "high"}
    assert all(rules[item["ruleIndex"]]["id"] == item["ruleId"] for item in run["results"])


def test_levels_and_order_are_those_of_severity() -> None:
    assert [item["level"] for item in results(FULL)] == ["error", "warning", "warning", "warning", "note"]


PLACES = {
    "plain": ("docs/a.md", "", "docs/a.md"),
    "a part of the repository": ("docs/a.md", "site", "site/docs/a.md"),
    "the repository": ("a.md", ".", "a.md"),
    "beside the project": ("../a.md", "site", "a.md"),
    "signs": ("my notes/50% #1?.md", "", "my%20notes/50%25%20%231%3F.md"),
    "a colon": ("a:b.md", "", "a%3Ab.md"),
    "letters": ("ünï.md", "", "%C3%BCn%C3%AF.md"),
    "no UTF-8": ("a\udcff.md", "", "a%FF.md"),
    "no text": ("a\ud800.md", "", "a%ED%A0%80.md"),
}


@pytest.mark.parametrize(("file", "prefix", "uri"), PLACES.values(), ids=PLACES.keys())
def test_a_place_is_named_from_the_repository_s_root(file: str, prefix: str, uri: str) -> None:
    run = log(CheckReport((finding("CODEX020", file),)), prefix=prefix)
    place = run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]
    assert place == {"uri": uri, "uriBaseId": "%SRCROOT%"}
    assert "uri" not in run["originalUriBaseIds"]["%SRCROOT%"]  # no folder of the machine that made it


@pytest.mark.parametrize(
    ("file", "uri"),
    [("/tmp/a b.md", "file:///tmp/a%20b.md"), ("C:/a.md", "file:///C%3A/a.md")],
    ids=["POSIX", "Windows"],
)
def test_what_lies_elsewhere_is_named_in_full(file: str, uri: str) -> None:
    (item,) = results(CheckReport((finding("CODEX020", file),)), prefix="site")
    assert item["locations"][0]["physicalLocation"]["artifactLocation"] == {"uri": uri}


def test_a_link_s_file_is_named_itself() -> None:
    report = CheckReport((finding("CODEX020", "link.md"),))
    (item,) = results(report, sources={"link.md": Source("docs/real.md", {})})
    assert item["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "docs/real.md"


def test_each_project_of_a_repository_has_a_category_of_its_own() -> None:
    ids = [log(CLEAN, prefix=prefix)["automationDetails"]["id"] for prefix in ("", ".", "site", "a b/c")]
    assert ids == [
        "codex-action/validate-refs/",
        "codex-action/validate-refs/",
        "codex-action/validate-refs/site/",
        "codex-action/validate-refs/a%20b/c/",
    ]


def test_a_finding_is_known_by_its_line_wherever_that_moves() -> None:
    line = "See codex://umbrella/other/x.md for more."
    here, there = (CheckReport((finding("CODEX020", line=number),)) for number in (1, 40))
    first = marks(here, {"docs/guide.md": Source("docs/guide.md", {1: line})})
    moved = marks(there, {"docs/guide.md": Source("docs/guide.md", {40: f"\t{line.replace(' ', '  ')}\r"})})
    other = marks(here, {"docs/guide.md": Source("docs/guide.md", {1: line + " And more."})})
    assert first == moved != other
    assert first[0].endswith(":1")


def test_the_same_line_twice_is_two_findings() -> None:
    found = (
        finding("CODEX020", line=1),
        finding("CODEX020", line=2),
        finding("CODEX010", line=2),
        finding("CODEX020", "b.md"),
    )
    lines = {1: "same", 2: "same"}
    known = marks(CheckReport(found), {name: Source(name, lines) for name in ("docs/guide.md", "b.md")})
    by_place = [mark.partition(":") for mark in known]
    assert [number for _, _, number in by_place] == ["1", "2", "1", "1"]
    assert len({digest for digest, _, _ in by_place}) == 2


def test_a_file_that_went_away_still_has_marks() -> None:
    report = CheckReport((finding("CODEX020"), finding("CODEX020", line=2, reference="codex://a/b/c.md")))
    assert len(set(marks(report, {"docs/guide.md": Source("docs/guide.md", {})}))) == 2


def test_a_fix_is_what_fix_writes() -> None:
    fixes = {item["ruleId"]: item.get("fixes") for item in results(FULL)}
    change = fixes["CODEX010"][0]["artifactChanges"][0]
    assert change["artifactLocation"]["uri"] == "docs/guide.md"
    (replacement,) = change["replacements"]
    assert replacement["insertedContent"] == {"text": NEW}
    region = replacement["deletedRegion"]
    assert region["endColumn"] - region["startColumn"] == len(OLD)
    assert "--unsafe-fixes" in fixes["CODEX020"][0]["description"]["text"]
    assert fixes["CODEX024"] is None


@pytest.mark.parametrize(
    "edit", [Edit(0, 9, "x"), Edit(4, 31, "a\udcffb")], ids=["of other characters", "no text"]
)
def test_what_a_region_cannot_say_is_no_fix(edit: Edit) -> None:
    (item,) = results(CheckReport((replace(finding("CODEX010"), edit=edit),)))
    assert "fixes" not in item


def test_the_worst_five_thousand_are_kept_and_it_is_said() -> None:
    found = [finding("CODEX024", line=number + 1) for number in range(sarif.MOST)]
    report = CheckReport((*found, finding("CODEX020", "z.md"), finding("CODEX010", "z.md")))
    run = log(report)
    assert len(run["results"]) == sarif.MOST
    assert [item["level"] for item in run["results"][:3]] == ["error", "warning", "note"]
    (notification,) = run["invocations"][0]["toolExecutionNotifications"]
    assert notification["message"]["text"] == sarif.left_out(report)
    assert str(sarif.left_out(report)).endswith("2 findings left out.")
    assert sarif.left_out(CheckReport(tuple(found))) is None


def test_what_could_not_be_read_is_told() -> None:
    invocation = log(FULL)["invocations"][0]
    assert invocation["executionSuccessful"] is False
    (told,) = invocation["toolExecutionNotifications"]
    assert (told["level"], told["message"]["text"]) == ("error", "Permission denied")
    assert log(CLEAN)["invocations"] == [{"executionSuccessful": True, "toolExecutionNotifications": []}]


@pytest.mark.parametrize(
    "text", ["[x](http://evil.example)", "##[error]x", "\x1b[31m", "\udcff", "\u202e", "a\nb"]
)
def test_foreign_text_makes_no_link_and_no_command(text: str) -> None:
    report = CheckReport(
        (finding("CODEX020", reference=text, message=text),), problems=(Skipped(text, text),)
    )
    shown = sarif.render(report, {})
    assert "[x](" not in shown
    assert "##[" not in shown
    assert not any(ord(character) < 32 and character != "\n" for character in shown)
    log(report)


@given(
    st.lists(
        st.builds(
            finding,
            st.sampled_from(list(RULES)),
            st.text(st.characters(blacklist_characters="\0"), min_size=1).filter(
                lambda name: name.strip("./")
            ),
            st.integers(1, 9),
            reference=st.text(min_size=1),
            message=st.text(),
            suggestion=st.text(),
            edit=st.booleans(),
        ),
        max_size=5,
    )
)
def test_whatever_is_found_keeps_to_the_schema(found: list[Any]) -> None:
    run = log(CheckReport(tuple(found)))
    assert len(run["results"]) == len(found)
    for item in run["results"]:
        uri = item["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        assert uri.isascii()
        assert unquote(uri)
