"""Variables in values, and the file that sets them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_action.config.expand import env_names, expand_env, parse_env_file

ENVIRON = {"A": "1", "EMPTY": "", "_b2": "two", "NESTED": "${A}"}


@pytest.mark.parametrize(
    ("value", "expanded"),
    [
        pytest.param("${A}", "1", id="whole"),
        pytest.param("x${A}y${_b2}z", "x1ytwoz", id="inside"),
        pytest.param("${MISSING}", "${MISSING}", id="missing"),
        pytest.param("${MISSING:-plan b}", "plan b", id="default"),
        pytest.param("${MISSING:-}", "", id="empty-default"),
        pytest.param("${A:-no}", "1", id="default-not-needed"),
        pytest.param("${EMPTY}", "", id="empty-is-a-value"),
        pytest.param("${EMPTY:-no}", "no", id="empty-gives-way-to-a-default"),
        pytest.param("${NESTED}", "${A}", id="once"),
        pytest.param("${MISSING:-${A}}", "${A}", id="default-is-text"),
        pytest.param("$A %A% ${} ${ A} ${A } ${A ${1A} ${A-b} ${A:=b}", "$A %A% ${} ${ A} ${A } ${A ${1A} ${A-b} ${A:=b}", id="other"),
        pytest.param("${constructor}", "${constructor}", id="no-object"),
        pytest.param("${Ä}", "${Ä}", id="ascii-only"),
        pytest.param("${A\n}", "${A\n}", id="newline"),
        pytest.param({"${A}": ["${A}", {"b": "${A}"}]}, {"${A}": ["1", {"b": "1"}]}, id="deep-but-no-keys"),
        pytest.param([5, None, True, 1.5], [5, None, True, 1.5], id="no-text"),
    ],
)  # fmt: skip
def test_a_value_with_its_variables(value: object, expanded: object) -> None:
    assert expand_env(value, ENVIRON) == expanded


def test_the_names_in_a_value() -> None:
    value = {"a": ["${B} ${A:-x}", 5], "${KEY}": {"c": "${B} ${ no } ${A-b}"}}
    assert env_names(value) == ("B", "A")


@given(st.text(alphabet="${}:-AB_1 \n", max_size=30))
def test_what_names_no_variable_stays(text: str) -> None:
    if not env_names(text):
        assert expand_env(text, {"A": "1", "B": "2"}) == text
    assert expand_env(text, {}) == text or ":-" in text


@pytest.mark.parametrize(
    ("text", "variables"),
    [
        pytest.param("A=1\nB=2", {"A": "1", "B": "2"}, id="pairs"),
        pytest.param("\ufeffA=1\r\nB=2\r\n", {"A": "1", "B": "2"}, id="windows"),
        pytest.param("# A=1\n\n  # x\nB=2", {"B": "2"}, id="comments"),
        pytest.param("A=1 # one\nB=1#2\nC=#x\nD= # y", {"A": "1", "B": "1#2", "C": "", "D": ""}, id="comment-after"),
        pytest.param("A=\"1 # 2\" # x\nB='a\"b'\nC=\"x", {"A": "1 # 2", "B": 'a"b', "C": '"x'}, id="quotes"),
        pytest.param("A=\"\"\nB=''\nC=", {"A": "", "B": "", "C": ""}, id="empty"),
        pytest.param("A=''x''", {"A": "'x'"}, id="one-pair"),
        pytest.param("export A=1\n B = 2 ", {"A": "1", "B": "2"}, id="export-and-blanks"),
        pytest.param("A=b=c", {"A": "b=c"}, id="equals"),
        pytest.param("A=$(rm -rf /)\nB=`id`\nC=${A}\nD=$A", {"A": "$(rm -rf /)", "B": "`id`", "C": "${A}", "D": "$A"}, id="never-run"),
        pytest.param("A=1\nA=2", {"A": "2"}, id="last"),
        pytest.param("1A=x\nA-B=x\nno line\n=x\nrm -rf /", {}, id="no-pairs"),
        pytest.param("", {}, id="nothing"),
    ],
)  # fmt: skip
def test_a_file_of_variables(text: str, variables: dict[str, str]) -> None:
    assert parse_env_file(text) == variables


@given(st.text(max_size=60))
def test_any_text_is_a_file_of_variables(text: str) -> None:
    assert all(name.replace("_", "a").isalnum() for name in parse_env_file(text))
