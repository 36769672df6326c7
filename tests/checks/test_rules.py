from __future__ import annotations

import pytest

from codex_action.checks.rules import LOOKUP, RULES, Severity, active_rules
from codex_action.errors import UsageError

ALL = frozenset(RULES)
DEFAULT = ALL - {"CODEX012"}
LOOKED_UP = {"CODEX020", "CODEX021", "CODEX022", "CODEX024"}

ACTIVE = {
    "the defaults": ((), (), DEFAULT),
    "one": (("CODEX010",), (), {"CODEX010"}),
    "several": (("CODEX010", "CODEX001"), (), {"CODEX010", "CODEX001"}),
    "divided by commas": (("CODEX010, CODEX001",), (), {"CODEX010", "CODEX001"}),
    "empty items": ((",", " "), (), DEFAULT),
    "any letter case": (("codex010",), (), {"CODEX010"}),
    "a prefix": (("CODEX02",), (), LOOKED_UP),
    "the whole prefix": (("CODEX",), (), ALL),
    "off by default, selected": (("CODEX012",), (), {"CODEX012"}),
    "all": (("ALL",), (), ALL),
    "ignored": ((), ("CODEX010",), DEFAULT - {"CODEX010"}),
    "a prefix ignored": (("ALL",), ("CODEX02",), ALL - LOOKED_UP),
    "ignored wins": (("CODEX010",), ("CODEX010",), set()),
    "all ignored": ((), ("all",), set()),
}
UNKNOWN = ["CODEX999", "E501", "X", "CODEX0100", "COD", "10"]


@pytest.mark.parametrize(("select", "ignore", "expected"), ACTIVE.values(), ids=ACTIVE.keys())
def test_active(select: tuple[str, ...], ignore: tuple[str, ...], expected: set[str]) -> None:
    assert active_rules(select, ignore) == expected


@pytest.mark.parametrize("item", UNKNOWN)
@pytest.mark.parametrize("option", ["select", "ignore"])
def test_an_unknown_rule_is_a_usage_error_that_names_the_rules(item: str, option: str) -> None:
    with pytest.raises(UsageError, match="there is no rule") as caught:
        active_rules(**{option: (item,)})
    assert all(code in str(caught.value.hint) for code in RULES)


def test_the_table_says_what_the_documents_say() -> None:
    severity = {code: rule.severity.value for code, rule in RULES.items()}
    assert severity == {
        "CODEX001": "error",
        "CODEX002": "error",
        "CODEX003": "error",
        "CODEX010": "warning",
        "CODEX011": "error",
        "CODEX012": "warning",
        "CODEX020": "error",
        "CODEX021": "error",
        "CODEX022": "error",
        "CODEX024": "notice",
        "CODEX030": "error",
        "CODEX090": "warning",
    }
    fixed = {code: rule.fix for code, rule in RULES.items() if rule.fix}
    safe = dict.fromkeys(("CODEX010", "CODEX012", "CODEX030", "CODEX090"), "safe")
    assert fixed == {**safe, "CODEX020": "unsafe"}


def test_names_are_short_and_unique_and_summaries_are_sentences() -> None:
    assert len({rule.name for rule in RULES.values()}) == len(RULES)
    assert all(rule.summary.endswith(".") for rule in RULES.values())
    assert LOOKUP < ALL
    assert [severity.value for severity in Severity] == ["error", "warning", "notice"]
