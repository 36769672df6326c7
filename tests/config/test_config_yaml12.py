"""YAML 1.2 as it is read: the core schema, limits before the parser, and the place of every key."""

# ruff: noqa: ANN401 - what a file holds can be anything

from __future__ import annotations

import io
import math
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from codex_action.artifacts.yaml12 import MAX_ALIASES, MAX_DEPTH, MAX_VALUES, scalar
from codex_action.config import yaml12
from codex_action.config.outline import same
from codex_action.config.plain import write_yaml
from codex_action.config.yaml12 import MAX_BYTES, read
from codex_action.errors import ConfigurationError

SAMPLES = sorted((Path(__file__).parents[1] / "cases/config").rglob("*.*"))

CORE: dict[str, Any] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None, "nULL": "nULL", "none": "none",
    "true": True, "True": True, "TRUE": True, "tRUE": "tRUE", "false": False, "False": False, "FALSE": False,
    "yes": "yes", "Yes": "Yes", "no": "no", "on": "on", "On": "On", "off": "off", "y": "y", "n": "n",
    "0": 0, "1": 1, "-1": -1, "+1": 1, "-0": 0, "007": 7, "0755": 755, "0o17": 15, "0o18": "0o18", "0x1F": 31, "0xG": "0xG",
    "+0x1": "+0x1", "-0o7": "-0o7", "0b11": "0b11", "1_000": "1_000", "12:30": "12:30", "1:30:00": "1:30:00", "1,000": "1,000",
    "1.0": 1.0, ".5": 0.5, "1.": 1.0, "-1.5": -1.5, "1e3": 1000.0, "1E-2": 0.01, "1.5e+3": 1500.0, "1e": "1e", ".": ".", "-": "-",
    ".inf": math.inf, "-.INF": -math.inf, "+.Inf": math.inf, "inf": "inf", ".nan": math.nan, ".NaN": math.nan, "nan": "nan",
    "-.nan": "-.nan", "2001-12-14": "2001-12-14", "2001-12-14T21:59:43Z": "2001-12-14T21:59:43Z", "3.0": 3.0, "1.2.3": "1.2.3",
    "<<": "<<", "=": "=", "é": "é", "١": "١", "٣.٥": "٣.٥", "1 ": "1 ", "1\n": "1\n",
}  # fmt: skip


@pytest.mark.parametrize(("text", "value"), CORE.items(), ids=map(repr, CORE))
def test_scalars(text: str, value: Any) -> None:
    found = scalar(text)
    assert type(found) is type(value)
    assert found == value or (found != found and value != value)  # noqa: PLR0124 - not a number


def fails(data: bytes | str) -> ConfigurationError:
    """The error, which is one sentence, names the file and does not take long."""
    start = time.process_time()
    with pytest.raises(ConfigurationError) as caught:
        read(data.encode() if isinstance(data, str) else data, "c.yaml")
    assert time.process_time() - start < 10
    error = caught.value
    assert error.message.startswith("c.yaml:")
    assert "\n" not in error.message
    assert len(error.message) < 300
    assert error.file == "c.yaml"
    return error


# bytes -> the error after the file's name
REFUSED: dict[str, tuple[bytes | str, str]] = {
    "a key twice": ("a: 1\nb: 2\na: 3\n", ":3:1: the key 'a' stands here a second time"),
    "a key twice, in quotes": ("x:\n  a: 1\n  'a': 2\n", ":3:3: the key 'a' stands here a second time"),
    "a key twice, in braces": ("x: {a: 1, a: 2}\n", ":1:11: the key 'a' stands here a second time"),
    "<< twice": ("x: &x {}\ny:\n  <<: *x\n  <<: *x\n", ":4:3: the key '<<' stands here a second time"),
    "a tab": ("a:\n\tb: 1\n", ":2:1: found character that cannot start any token"),
    "a second document": ("a: 1\n---\nb: 2\n", ":2:1: a second document starts here"),
    "an unknown tag": ("a: !mine 1\n", ":1:4: the tag '!mine' has no meaning here"),
    "an unknown tag before a list": ("a: !mine [1]\n", ":1:4: the tag '!mine' has no meaning here"),
    "an unknown tag before a mapping": ("a: !mine\n  b: 1\n", ":1:4: the tag '!mine' has no meaning here"),
    "a tag of Python": ("a: !!python/object/apply:os.system [id]\n", ":1:4: the tag 'tag:yaml.org,2002:python/"),
    "a set": ("a: !!set {b}\n", ":1:4: the tag 'tag:yaml.org,2002:set' has no meaning here"),
    "binary data": ("a: !!binary aGk=\n", ":1:4: the tag 'tag:yaml.org,2002:binary' has no meaning here"),
    "no int": ("a: !!int abc\n", ":1:4: the tag !!int stands before something else"),
    "true is no int": ("a: !!int true\n", ":1:4: the tag !!int stands before something else"),
    "yes is no bool": ("a: !!bool yes\n", ":1:4: the tag !!bool stands before something else"),
    "an alias of nothing": ("a: *b\n", ":1:4: the alias *b names nothing that is complete here"),
    "an alias of itself": ("a: &a [*a]\n", ":1:8: the alias *a names nothing that is complete here"),
    "an alias before its anchor": ("a: *b\nb: &b 1\n", ":1:4: the alias *b names nothing"),
    "a list as key": ("? [a]\n: 1\n", ":1:3: a key must be a plain name"),
    "an alias as key": ("a: &a x\n*a : 1\n", ":2:1: a key must be a plain name"),
    "<< of a number": ("a:\n  <<: 1\n", ":2:3: '<<' merges mappings only"),
    "<< of numbers": ("<<: [{}, 1]\n", ":1:1: '<<' merges mappings only"),
    "a long number": (b"a: " + b"9" * 5000, ":1:4: a number of more than 1000 digits"),
    "a long hexadecimal": (b"a: 0x" + b"f" * 5000, ":1:4: a number of more than 1000 digits"),
    "a long number with its tag": (b"a: !!int " + b"9" * 5000, ":1:4: a number of more than 1000 digits"),
    "UTF-16": ("a: 1\n".encode("utf-16"), ": the file is UTF-16: save it as UTF-8"),
    "UTF-16, big end first": (b"\xfe\xff" + "a: 1\n".encode("utf-16-be"), ": the file is UTF-16: save it as UTF-8"),
    "UTF-16 without a mark": ("a: 1\n".encode("utf-16-le"), ":1:0: a character that may not stand in YAML (#x0000)"),
    "Latin-1": ("a: 1\nb: é\n".encode("latin-1"), ":2:0: the file is not UTF-8"),
    "any bytes": (bytes(range(256)), ":2:0: the file is not UTF-8"),
    "half of a pair": (b"a: \xed\xa0\x80\n", ":1:0: the file is not UTF-8"),
    "an escaped half": (b'a: "\\ud800"\n', ":1:7: found invalid Unicode character escape code"),
    "a zero": (b"a: 1\nb: \0\n", ":2:0: a character that may not stand in YAML (#x0000)"),
    "an escape character": (b"a: \x1b[31m\n", ":1:0: a character that may not stand in YAML (#x001b)"),
    "YAML 3": ("%YAML 3.0\n---\na: 1\n", ":1:1: found incompatible YAML document"),
    "an open bracket": ("a: [1, 2\nb: 3\n", ":2:2: did not find expected ',' or ']'"),
    "an open quote": ('a: "x\n', ":2:1: found unexpected end of stream"),
    "an odd indent": ("a:\n    b: 1\n  c: 2\n", ":3:3: did not find expected key"),
    "more than a MiB": (b"a: " + b"x" * MAX_BYTES, ": the file is larger than 1024 KiB"),
    "10 MB": (b"# line\n" * 1_500_000, ": the file is larger than 1024 KiB"),
    "65 brackets": ("[" * 65 + "]" * 65, ":1:65: nested deeper than 64 levels"),
    "40,000 brackets": ("[" * 40_000, ":1:65: nested deeper than 64 levels"),
    "40,000 braces": ("{a: " * 40_000, ":1:257: nested deeper than 64 levels"),
    "40,000 dashes": ("- " * 40_000, ":1:129: nested deeper than 64 levels"),
    "deep blocks": ("".join(f"{' ' * n}k:\n" for n in range(1000)), ":65:65: nested deeper than 64 levels"),
    "101 aliases": (f"a: &x 1\nb: [{','.join(['*x'] * 101)}]\n", ":2:305: more than 100 aliases"),
    "too many values": ("[" + "1," * MAX_VALUES + "]", ":1:200000: more than 100000 values"),
}  # fmt: skip


@pytest.mark.parametrize(("data", "message"), REFUSED.values(), ids=REFUSED)
def test_refused(data: bytes | str, message: str) -> None:
    error = fails(data)
    assert error.message.startswith(f"c.yaml{message}")
    line, _, column = error.message.removeprefix("c.yaml:").partition(": ")[0].partition(":")
    assert [(problem.line, problem.column) for problem in error.problems] == [
        (int(line or 0) if line.isdigit() else 0, int(column or 0))
    ]


def nine(letter: str, inside: str) -> str:
    return "".join(
        f"{chr(98 + n)}: &{chr(98 + n)} {inside % ','.join(['*' + chr(97 + n)] * 9)}\n" for n in range(9)
    ).join([f"a: &a {letter}\n", ""])


@pytest.mark.parametrize(
    "text",
    [
        nine("[x, x, x, x, x, x, x, x, x]", "[%s]"),
        nine("{k: 1}", "{<<: [%s]}"),
        nine("{k: 1}", "{k: [%s]}"),
        "a: &a [" + "1," * 5000 + "]\nb: [*a, *a, *a]\n",
    ],
    ids=["lists", "merges", "mappings", "one large"],
)
def test_a_bomb(text: str) -> None:
    assert "the aliases stand for more than 10000 values" in fails(text).message


TOKENS = [
    "[", "]", "{", "}", ",", ": ", "- ", "? ", "&a ", "*a ", "! ", "|", ">", "'", '"', "%", "@", "`", "#", "\t", " ", "\n", "\r",
    "a\n", "a:\n", "---\n", "...\n", "1,", "[1],", "{a: 1},", "<<: ", "!!int ", "\\", "é", "\U0001f600", "\u2028", "\ufeff", "0", "\0",
    "a: b: ", '"\\u', "- - ", "- ? ", "&a [", "[{", "{[", "[? ", "a: |\n  ", "- |\n", "#\n", "? |\n",
]  # fmt: skip


@pytest.mark.parametrize("start", ["", "a: ", "[", "{a: ", "- "], ids=repr)
def test_a_mebibyte_of_each_token_takes_no_time(start: str) -> None:
    for token in TOKENS:
        data = (start + token * (MAX_BYTES // len(token.encode())))[:MAX_BYTES].encode()[:MAX_BYTES]
        begin = time.process_time()
        try:
            read(data, "c.yaml")
        except ConfigurationError as error:
            assert "\n" not in error.message  # noqa: PT017 - most of them are errors, not all
        assert time.process_time() - begin < 10, token


@pytest.mark.parametrize(
    ("text", "data"),
    [
        ("", None),
        ("# nothing\n", None),
        ("---\n", None),
        ("\ufeffa: 1\n", {"a": 1}),
        ("a: 1\r\nb: 2\r\n", {"a": 1, "b": 2}),
        ("%YAML 1.1\n---\na: yes\n", {"a": "yes"}),
        ("1: a\n01: b\n~: c\ntrue: d\n", {"1": "a", "01": "b", "~": "c", "true": "d"}),
        ('"<<": {a: 1}\n', {"<<": {"a": 1}}),
        ("x: &x {a: 1, b: 1}\ny:\n  b: 2\n  <<: *x\n", {"x": {"a": 1, "b": 1}, "y": {"a": 1, "b": 2}}),
        ("p: &p {a: 1}\nq: &q {a: 2, b: 2}\ny: {<<: [*p, *q]}\n", {"p": {"a": 1}, "q": {"a": 2, "b": 2}, "y": {"a": 1, "b": 2}}),
        ("a: &a x\nb: &a y\nc: *a\n", {"a": "x", "b": "y", "c": "y"}),
        ("a: !!str 1\nb: !!int '2'\nc: !!float 3\nd: !!null ''\ne: ! 5\nf: !!bool true\n", {"a": "1", "b": 2, "c": 3.0, "d": None, "e": "5", "f": True}),
        ("a: !!map {b: !!seq [1]}\n", {"a": {"b": [1]}}),
        ("a: [\n\t1]\n", {"a": [1]}),
        ("a: 1 # tab\there\n", {"a": 1}),
        ("a: 'yes'\nb: \"1\"\nc: '~'\n", {"a": "yes", "b": "1", "c": "~"}),
        ("a: \U0001f600\n", {"a": "\U0001f600"}),
        (f"a: {'x' * (MAX_BYTES - 3)}", {"a": "x" * (MAX_BYTES - 3)}),
    ],
)  # fmt: skip
def test_read(text: str, data: Any) -> None:
    found = read(text.encode()).data
    assert same(found, data)


def test_the_limits_themselves_are_fine() -> None:
    deep = read(("[" * MAX_DEPTH + "]" * MAX_DEPTH).encode()).data
    for _ in range(MAX_DEPTH - 1):
        (deep,) = deep
    assert deep == []
    assert len(read(f"a: &x 1\nb: [{','.join(['*x'] * MAX_ALIASES)}]\n".encode()).data["b"]) == MAX_ALIASES
    assert len(read(("[" + "1," * (MAX_VALUES - 1) + "]").encode()).data) == MAX_VALUES - 1


def test_text_that_only_looks_like_a_number_that_is_too_long() -> None:
    for text in ("9" * 5000, "0x" + "f" * 5000, "1." + "0" * 5000):
        written = write_yaml({"a": text})
        assert written.startswith(b'a: "')
        assert read(written).data == {"a": text}


def test_places() -> None:
    document = read(b"a: 1\nb:\n  - x\n  - {c: 2, d: [3]}\n'e f':\n    g:\n        h\nem\xc3\xa9: {x: 1}\n")
    assert document.places == {
        (): (1, 1),
        ("a",): (1, 1),
        ("b",): (2, 1),
        ("b", 0): (3, 5),
        ("b", 1): (4, 5),
        ("b", 1, "c"): (4, 6),
        ("b", 1, "d"): (4, 12),
        ("b", 1, "d", 0): (4, 16),
        ("e f",): (5, 1),
        ("e f", "g"): (6, 5),
        ("emé",): (8, 1),
        ("emé", "x"): (8, 7),
    }


def test_places_after_a_byte_order_mark_and_carriage_returns() -> None:
    assert read(b"\xef\xbb\xbfa: 1\r\nb:\r\n  c: 2\r\n").places == {
        (): (1, 1),
        ("a",): (1, 1),
        ("b",): (2, 1),
        ("b", "c"): (3, 3),
    }


def by_ruamel(text: str) -> Any:
    """Keys as text, as ours are."""
    return _keys(YAML(typ="safe", pure=True).load(io.StringIO(text)))


def _keys(value: Any) -> Any:
    if isinstance(value, dict):
        return {key if isinstance(key, str) else str(key): _keys(item) for key, item in value.items()}
    return [_keys(item) for item in value] if isinstance(value, list) else value


@pytest.mark.parametrize(
    "path", [pytest.param(path, id=path.name) for path in SAMPLES if path.suffix in (".yaml", ".json")]
)
def test_ruamel_reads_the_samples_the_same(path: Path) -> None:
    assert same(yaml12.read(path.read_bytes()).data, by_ruamel(path.read_text("utf-8")))


DOCUMENTS = [
    "a: |\n  x\n   y\n\n  z\nb: >\n  x\n  y\n\n  z\n", "a: |-\n  x\n\n\nb: |+\n  x\n\n\nc: 1\n", "a: >2\n    x\n   y\n", "a: 'it''s'\nb: \"\\x41\\u00e9\\n\\\n  next\"\n",
    "a: one\n  two\n\n  three\nb: 'one\n  two'\n", "- 1\n- - 2\n  - 3\n-\n  - 4\n", "a:\n- 1\n- 2\nb:\n  - 3\n", "{a: 1, b: [2, 3], 'c': {d: }}\n",
    "[a, b, [c], {d: e}, f: g]\n", "a: x # c\nb: x#c\nc: '#c'\nd: http://x/#y\n", "? a\n: 1\n? b\n", "a: &x [1, 2]\nb: *x\nc: &y {d: 1}\ne: {<<: *y, f: 2}\n",
    "---\na: 1\n...\n", "%YAML 1.2\n---\na: 0o7\n", "a: -\n".replace("-", "'-'"), "a: - b\n".replace("- b", "-b"), "a: '@x'\nb: \"%y\"\nc: '`'\n", "a : 1\nb  :  2\n",
    '{"a":1,"b":"c\\/d","e":[true,null]}\n', "a: x:y\nb: a::b\nc: :x\n", "a: \"\"\nb: ''\nc:\nd: ~\n", "a: [a,b , c ]\nb: [1,2,]\n", "a:\n  # c\n  b: 1\n# d\n  c: 2\n",
    "é: ü\nk: \u00a0x\n", "a: {x: y, z}\n", "a: [x: 1]\n", "a: +12\nb: -.5\nc: 1e5\nd: 1E5\ne: 0.\n", "a: null\nb: Null\nc: nuLL\n", "a: !!str yes\nb: !!str\n", 'a: "\\t\\"\\\\\\/"\n',
    "a: >-\n\n  x\n\n   y\n  z\n", "a: |1\n x\n", "a: 'x\n\n  y'\n", "'a': 1\n\"b\": 2\n", "a: - \n".replace("- ", "[]"), "--- {a: 1}\n", "--- |\n x\n", "a: {b: 'c', \"d\":1}\n",
]  # fmt: skip


@pytest.mark.parametrize("text", DOCUMENTS, ids=range(len(DOCUMENTS)))
def test_ruamel_reads_tricky_documents_the_same(text: str) -> None:
    assert same(_keys(read(text.encode()).data), by_ruamel(text))


def test_no_recursion_of_the_interpreter_s_own(monkeypatch: pytest.MonkeyPatch) -> None:
    limit = sys.getrecursionlimit()
    for text in ("[" * 64 + "]" * 64, "- " * 63 + "x", "{a: " * 64 + "1" + "}" * 64):
        assert read(text.encode()).data
    assert sys.getrecursionlimit() == limit
