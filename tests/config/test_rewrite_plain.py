"""New files: every reader of YAML makes the same of them."""

# ruff: noqa: ANN401 - what a file holds can be anything

from __future__ import annotations

import io
import math
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from codex_action.config import yaml12
from codex_action.config.dialects import reading_1_1
from codex_action.config.outline import same
from codex_action.config.plain import key_text, scalar_text, write_yaml
from codex_action.errors import MigrationError

SCALARS = {
    "null": (None, "null"),
    "true": (True, "true"),
    "int": (12, "12"),
    "float": (1.5, "1.5"),
    "float-with-exponent": (1e20, "1.0e+20"),
    "float-small": (2.5e-7, "2.5e-07"),
    "infinity": (math.inf, ".inf"),
    "minus-infinity": (-math.inf, "-.inf"),
    "word": ("word", "word"),
    "words": ("two words", "two words"),
    "path": (".fractary/x", ".fractary/x"),
    "uri": ("codex://o/p/x", "codex://o/p/x"),
    "variable": ("${TOKEN}", "${TOKEN}"),
    "version": ("1.2.3", "1.2.3"),
    "empty": ("", '""'),
    "number-as-text": ("3.0", '"3.0"'),
    "octal": ("0755", '"0755"'),
    "sixties": ("12:30", '"12:30"'),
    "underscore": ("1_000", '"1_000"'),
    "date": ("2024-01-02", '"2024-01-02"'),
    "binary": ("0b11", '"0b11"'),
    "new-octal": ("0o17", '"0o17"'),
    "exponent": ("1e3", '"1e3"'),
    "glob": ("**/*.md", '"**/*.md"'),
    "colon": ("a: b", '"a: b"'),
    "last-colon": ("a:", '"a:"'),
    "hash": ("a #b", '"a #b"'),
    "hash-inside": ("a#b", "a#b"),
    "space-first": (" a", '" a"'),
    "space-last": ("a ", '"a "'),
    "dash": ("- a", '"- a"'),
    "quotes": ('say "x"', 'say "x"'),
    "bell": ("\x07", '"\\u0007"'),
    "bom-inside": ("a\ufeffb", '"a\\ufeffb"'),
    "marker": ("---", '"---"'),
    "dots": ("...", '"..."'),
    "unicode": ("Zoë", "Zoë"),
    "emoji": ("x \U0001f600", '"x \U0001f600"'),
    "tilde": ("~", '"~"'),
    "equals": ("=", '"="'),
    "merge": ("<<", '"<<"'),
    **{f"bool-{word}": (word, f'"{word}"') for word in ("yes", "No", "on", "OFF", "y", "N", "true", "null")},
}


@pytest.mark.parametrize(("value", "text"), [pytest.param(*row, id=name) for name, row in SCALARS.items()])
def test_scalars(value: Any, text: str) -> None:
    assert scalar_text(value) == text
    assert same(yaml12.read(f"k: {text}\n".encode()).data, {"k": value})
    assert same(yaml.safe_load(f"k: {text}\n"), {"k": value})


FILES = {
    "empty": ({}, b"{}\n"),
    "nested": ({"a": {"b": 1}, "c": [1, {"d": 2, "e": [3]}, []]}, b"a:\n  b: 1\nc:\n  - 1\n  - d: 2\n    e:\n      - 3\n  - []\n"),
    "lists-in-lists": ({"a": [[1, 2], [{}]]}, b"a:\n  - - 1\n    - 2\n  - - {}\n"),
    "lines": ({"a": "one\n\n two\n", "b": ["x\ny"]}, b"a: |\n  one\n\n   two\nb:\n  - |-\n    x\n    y\n"),
    "lines-that-a-block-cannot-hold": ({"a": " x\ny\n\n"}, b'a: " x\\ny\\n\\n"\n'),
    "long-key": ({"k" * 130: {"a": 1}}, b"? " + b"k" * 130 + b"\n:\n  a: 1\n"),
    "keys": ({"on": 1, "1": 2, "a b": 3}, b'"on": 1\n"1": 2\na b: 3\n'),
}  # fmt: skip


@pytest.mark.parametrize(("data", "text"), [pytest.param(*row, id=name) for name, row in FILES.items()])
def test_files(data: Any, text: str) -> None:
    assert write_yaml(data) == text
    assert same(yaml12.read(text).data, data)


def test_comments_stand_above_their_keys() -> None:
    data = {"a": {"b": 1}, "l": ["x", {"k": 1}]}
    comments = {
        (): "a file\nof ours",
        ("a",): "about a",
        ("a", "b"): "about b",
        ("l", 0): "first",
        ("l", 1, "k"): "in it",
    }
    assert write_yaml(data, comments).decode() == (
        "# a file\n# of ours\n\n# about a\na:\n  # about b\n  b: 1\nl:\n  # first\n  - x\n  -\n    # in it\n    k: 1\n"
    )


def test_a_comment_cannot_break_out_of_its_line() -> None:
    assert yaml12.read(write_yaml({"a": 1}, {("a",): "x\rb: 2\x85c: 3\u2028d: 4"})).data == {"a": 1}


def test_keys_keep_the_quotes_they_had() -> None:
    assert [key_text("it's", quote) for quote in ("", "'", '"')] == ["it's", "'it''s'", '"it\'s"']


def test_half_a_surrogate_pair_is_refused() -> None:
    with pytest.raises(MigrationError):
        write_yaml({"a": "\ud800"})


LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.floats()
    | st.text(st.characters(exclude_categories=["Cs"]))
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner, max_size=4)
    ),
)
WORDS = st.text(
    st.sampled_from(" -:#'\"\\\n\t[]{},&*!|>%@`~=<.?_0123456789abexonfyTFZ\u00e9\u2028\x85\ufeff\r"),
    max_size=12,
)


@given(st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), VALUES, max_size=5))
def test_what_is_written_is_read_again(data: Any) -> None:
    assert same(yaml12.read(write_yaml(data)).data, data)


@given(WORDS)
def test_text_is_text_for_every_reader(text: str) -> None:
    written = write_yaml({"k": text, "l": [text], "m": {text: text}})
    assert yaml12.read(written).data == {"k": text, "l": [text], "m": {text: text}}
    assert yaml.load(written, Loader=yaml.CSafeLoader) == {"k": text, "l": [text], "m": {text: text}}
    assert YAML(typ="safe", pure=True).load(io.BytesIO(written))["k"] == text


@given(st.text(st.sampled_from("0123456789abexo_.:+-TZ "), min_size=1, max_size=14))
def test_readings_of_1_1_are_at_least_those_of_pyyaml(text: str) -> None:
    """What PyYAML takes for something else than text is quoted by us."""
    try:
        resolved = yaml.SafeLoader("").resolve(yaml.ScalarNode, text.strip(), (True, False))
    except yaml.YAMLError:
        return
    assert resolved.endswith(":str") or reading_1_1(text.strip()) is not None
