"""What a section's text becomes when its values move: one row for each thing that must survive."""

# ruff: noqa: ANN401 - what a file holds can be anything

from __future__ import annotations

import time
from typing import Any

import pytest

from codex_action.config import yaml12
from codex_action.config.moves import Move, build
from codex_action.config.outline import lookup
from codex_action.config.proof import prove
from codex_action.config.rewrite import rewrite_yaml
from codex_action.errors import ConfigurationError, MigrationError

NEW = object()


def moves_of(text: bytes, pairs: list[Any], section: tuple[str, ...] = ()) -> list[Move]:
    """Moves from short pairs: "a.b > c.d", "a >" for the same place, or (source, target, value)."""
    data = yaml12.read(text).data
    data = lookup(data, section) or {}
    return [move_of(data, pair) for pair in pairs]


def move_of(data: Any, pair: Any) -> Move:
    if isinstance(pair, str):
        source, target = (parts(side) for side in pair.split(" > ")) if " > " in pair else (parts(pair),) * 2
        return Move(source, target, lookup(data, source))
    source, target, value = pair
    return Move(parts(source) if source else None, parts(target), value)


def parts(text: str) -> tuple[Any, ...]:
    return tuple(int(part) if part.isdigit() else part for part in text.split("."))


ROWS = {
    "rename": ("old: 1\nb: 2\n", ["old > new", "b"], "new: 1\nb: 2\n"),
    "rename-keeps-quotes-of-the-value": ("old: 'x'\n", ["old > new"], "new: 'x'\n"),
    "rename-keeps-quotes-of-the-key": ('"old": 1\n', ["old > new"], '"new": 1\n'),
    "rename-keeps-space-before-the-value": ("old:   1   # c\n", ["old > new"], "new:   1   # c\n"),
    "leading-comments-move": ("# one\n# two\na: 1\nb: 2\n", ["b", "a > x.a"], "b: 2\nx:\n  # one\n  # two\n  a: 1\n"),
    "end-of-line-comment-moves": ("a: 1  # why\n", ["a > x.a"], "x:\n  a: 1  # why\n"),
    "hash-in-a-string-is-no-comment": ("a: 'x # y'  # z\n", ["a > b"], "b: 'x # y'  # z\n"),
    "header-stays-at-the-top": ("# header\n\na: 1\nb: 2\n", ["b", "a"], "# header\n\nb: 2\na: 1\n"),
    "two-headers-stay": ("# h1\n\n# h2\n\n# of a\na: 1\nb: 2\n", ["b", "a"], "# h1\n\n# h2\n\nb: 2\n# of a\na: 1\n"),
    "comment-on-the-first-key-is-no-header": ("# of a\na: 1\nb: 2\n", ["b", "a"], "b: 2\n# of a\na: 1\n"),
    "last-comment-stays-at-the-end": ("a: 1\nb: 2\n# end\n", ["b", "a"], "b: 2\na: 1\n# end\n"),
    "comment-below-a-value-with-a-blank-line-after-is-its-own": (
        "a: 1\n# x: 2\n\nb: 2\n", ["b", "a"], "b: 2\na: 1\n# x: 2\n",
    ),
    "deeper": ("a:\n  b: 1\n\n  # c\n  c: 2\n", ["a > x.z.a"], "x:\n  z:\n    a:\n      b: 1\n\n      # c\n      c: 2\n"),
    "shallower": ("x:\n  y:\n    # c\n    a:\n      b: 1 # d\n", ["x.y.a > a"], "# c\na:\n  b: 1 # d\n"),
    "four-spaces-stay-and-are-taken-up": (
        "a:\n    b: 1\nc: 2\n", ["a > ext.a", "c > ext.c"], "ext:\n    a:\n        b: 1\n    c: 2\n",
    ),
    "lists-keep-their-dashes": ("a:\n- 1\n- 2\nb: 1\n", ["a > x.a", "b"], "x:\n  a:\n  - 1\n  - 2\nb: 1\n"),
    "new-lists-indent-as-the-file-does": ("a:\n- 1\nb: q\n", ["a", (None, "m", ["x"])], "a:\n- 1\nm:\n- x\n"),
    "items-move-with-their-comments": (
        "p:\n  - a  # one\n  # two\n  - b\n", ["p.0 > s.q.0", "p.1 > s.q.1"], "s:\n  q:\n    - a  # one\n    # two\n    - b\n",
    ),
    "comment-after-a-list-stays-with-it": ("l:\n  - a\n  # - b\nn: 1\n", ["n", "l"], "n: 1\nl:\n  - a\n  # - b\n"),
    "two-lists-are-put-together": (
        "a:\n  - 1  # x\nb:\n  # y\n  - 2\n", ["a.0 > c.0", "b.0 > c.1"], "c:\n  - 1  # x\n  # y\n  - 2\n",
    ),
    "items-that-are-mappings": (
        "l:\n  - a: 1\n    # c\n    b: 2\n", ["l.0 > x.l.0"], "x:\n  l:\n    - a: 1\n      # c\n      b: 2\n",
    ),
    "item-becomes-a-key": ("l:\n  - a: 1\n    b: 2\n", ["l.0 > first"], "first:\n  a: 1\n  b: 2\n"),
    "scalar-item-becomes-a-key": ("l:\n  - 'q' # c\n", ["l.0 > first"], "first: 'q' # c\n"),
    "key-becomes-an-item": ("a: 'q'  # c\n", ["a > l.0"], "l:\n  - 'q'  # c\n"),
    "converted-value-keeps-comments": (
        "cache:\n  # how long\n  ttl_days: 7  # a week\n", [("cache.ttl_days", "cache.ttl_seconds", 604800)],
        "cache:\n  # how long\n  ttl_seconds: 604800  # a week\n",
    ),
    "mapping-becomes-its-part": (
        "env:\n  # live\n  prod:\n    branch: main  # the one\n", ["env.prod.branch > env.prod"],
        "env:\n  # live\n  prod: main  # the one\n",
    ),
    "converted-list-keeps-what-stayed": (
        "l:\n  # a\n  - a\n  # b\n  - b\n", [("l", "l", ["a", "c"])], "l:\n  # a\n  - a\n  # b\n  - c\n",
    ),
    "converted-mapping-keeps-what-stayed": (
        "m:\n  a: 'x'  # a\n  b: 2\n", [("m", "m", {"a": "x", "c": 3})], "m:\n  a: 'x'  # a\n  c: 3\n",
    ),
    "new-values-are-written-plainly": (
        "a: 1\n", [(None, "v", "3.0"), "a", (None, "m.t", True)], 'v: "3.0"\na: 1\nm:\n  t: true\n',
    ),
    "container-that-dissolves-gives-its-comments": (
        "# of c\nc:  # behind c\n  a: 1\n  # end of c\n", ["c.a > a"], "# of c\n# behind c\na: 1\n# end of c\n",
    ),
    "what-goes-gives-its-comments-to-the-next": ("# of a\na: 1  # x\nb: 2\n", ["b"], "# of a\n# x\nb: 2\n"),
    "what-goes-last-leaves-its-comments-at-the-end": ("b: 2\n# of a\na: 1\n", ["b"], "b: 2\n# of a\n"),
    "nothing-stays": ("# of a\na: 1\n", [], "# of a\n{}\n"),
    "container-is-renamed-with-its-comments": (
        "# settings\nold:  # here\n  a: 1\n  b: 2\n", ["old.a > new.a", ("old.b", "new.c", 3)],
        "# settings\nnew:  # here\n  a: 1\n  c: 3\n",
    ),
    "blank-lines-between-keys-stay": ("a: 1\n\nb: 2\n\nc: 3\n", ["a", "b > x", "c"], "a: 1\n\nx: 2\n\nc: 3\n"),
    "crlf": ("# c\r\na: 1\r\nb:\r\n  - x\r\n", ["a > x.a", "b"], "x:\r\n  # c\r\n  a: 1\r\nb:\r\n  - x\r\n"),
    "bom": ("\ufeffa: 1\n", ["a > b"], "\ufeffb: 1\n"),
    "markers": ("---\na: 1\n...\n", ["a > b"], "---\nb: 1\n...\n"),
    "directive-and-comment-on-the-marker": ("%YAML 1.2\n---  # go\na: 1\n", ["a > b"], "%YAML 1.2\n---  # go\nb: 1\n"),
    "no-line-end-at-the-end": ("a: 1\nb: 2", ["b", "a"], "b: 2\na: 1"),
    "long-lines": (f"a: {'x ' * 200}y # c\n", ["a > b"], f"b: {'x ' * 200}y # c\n"),
    "tab-in-a-comment": ("a: 1\t# x\ty\n", ["a > b.c"], "b:\n  c: 1\t# x\ty\n"),
    "literal": ("a: |  # c\n  one\n\n   two\n", ["a > x.a"], "x:\n  a: |  # c\n    one\n\n     two\n"),
    "folded-and-stripped": ("x:\n  a: >-\n    one\n    two\n", ["x.a > a"], "a: >-\n  one\n  two\n"),
    "literal-at-an-open-end-moves-up": ("a: 1\nb: |\n  x", ["b", "a"], "b: |-\n  x\na: 1"),
    "quoted-over-lines": ('a: "one\n  two"\n', ["a > x.a"], 'x:\n  a: "one\n    two"\n'),
    "plain-over-lines": ("a: one\n  two # c\n", ["a > x.a"], "x:\n  a: one\n    two # c\n"),
    "flow-moves-whole": ("a: {b: 1,   c: [x,y]} # d\n", ["a > x.a"], "x:\n  a: {b: 1,   c: [x,y]} # d\n"),
    "flow-over-lines": ("a: [\n  1, # c\n  2\n]\n", ["a > x.a"], "x:\n  a: [\n    1, # c\n    2\n  ]\n"),
    "out-of-brackets": (
        "c: {a: 'x', # one\n    b: 2} # two\n", ["c.a > a", "c.b > d.b"], "a: 'x'  # one\nd: # two\n  b: 2\n",
    ),
    "root-in-brackets": ('{"a": 1, "b": "x"} # c\n', ["a > z.a", "b"], 'z:\n  "a": 1\n"b": "x"\n# c\n'),
    "out-of-brackets-over-lines": (
        '{\n  "a": [\n    1\n  ],\n  "b": 2\n}\n', ["a", "b > c"], '"a": [\n    1\n  ]\n"c": 2\n',
    ),
    "anchor-before-its-alias": ("a: &x {k: 1}\nb: *x\n", ["a > e.a", "b > e.b"], "e:\n  a: &x {k: 1}\n  b: *x\n"),
    "merge-key-moves-whole": (
        "a: &x\n  k: 1\nb:\n  <<: *x\n  l: 2\n", ["a", "b > e.b"], "a: &x\n  k: 1\ne:\n  b:\n    <<: *x\n    l: 2\n",
    ),
    "one-source-for-two-values": ("a: 1 # c\n", ["a", "a > b"], "a: 1 # c\nb: 1\n"),
    "something-new-in-what-stays": ("c:\n  a: 1 # x\n", ["c", (None, "c.b", 2)], "c:\n  a: 1 # x\n  b: 2\n"),
    "a-file-without-values": ("# only\n", [(None, "a", 1)], "# only\na: 1\n"),
    "null-stays-null": ("a:\nb: ~\n", ["a > x.a", "b > x.b"], "x:\n  a:\n  b: ~\n"),
    "anchor-on-a-mapping": ("a: &x\n  # c\n  k: 1\n", ["a > e.a"], "e:\n  a: &x\n    # c\n    k: 1\n"),
    "tags-and-explicit-strings": ("a: !!str 1 # c\n", ["a > b"], "b: !!str 1 # c\n"),
}  # fmt: skip


@pytest.mark.parametrize(
    ("before", "pairs", "after"), [pytest.param(*row, id=name) for name, row in ROWS.items()]
)
def test_rewrites(before: str, pairs: list[Any], after: str) -> None:
    text = before.encode()
    assert rewrite_yaml(text, moves_of(text, pairs)).decode() == after


@pytest.mark.parametrize(
    ("before", "pairs", "after"), [pytest.param(*row, id=name) for name, row in ROWS.items()]
)
def test_rewrites_a_section_and_nothing_else(before: str, pairs: list[Any], after: str) -> None:
    """The same rows below `codex:`, in a file with other sections whose form is their own."""
    if any(mark in before for mark in ("---", "\ufeff", "one\n  two")) or not before.startswith(
        ("a:", "#", "c", "l", "o")
    ):
        return
    newline = "\r\n" if "\r\n" in before else "\n"
    closed = before if before.endswith("\n") else before + newline
    nested = "".join(f"  {line}" if line.strip() else line for line in closed.splitlines(keepends=True))
    head, foot = f"odd:   [1,2]  # x{newline}codex:  # ours{newline}", f"{newline}last: {{}}   # y{newline}"
    text = (head + nested + foot).encode()
    if "codex" not in yaml12.read(text).data or yaml12.read(text).data["codex"] is None:
        return
    moves = moves_of(text, pairs, ("codex",))
    result = rewrite_yaml(text, moves, section=("codex",)).decode()
    assert result.startswith(f"odd:   [1,2]  # x{newline}codex:")
    assert result.endswith(foot)
    assert yaml12.read(result.encode()).data["codex"] == build(moves)


SECTIONS = {
    "block": ("a: 1\ncodex:\n  # c\n  x: 1\n  # end\nb: 2\n", ["x > z.x"], "a: 1\ncodex:\n  z:\n    # c\n    x: 1\n  # end\nb: 2\n"),
    "brackets": ("codex: {x: 1} # c\nb: 2\n", ["x > z.x"], "codex: # c\n  z:\n    x: 1\nb: 2\n"),
    "empty": ("codex:  # c\nb: 2\n", [(None, "x", 1)], "codex:  # c\n  x: 1\nb: 2\n"),
    "to-nothing": ("codex:  # c\n  x: 1 # d\nb: 2\n", [], "codex: {}  # c\n  # d\nb: 2\n"),
    "header": ("codex:\n  # about\n\n  x: 1\n  y: 2\n", ["y", "x"], "codex:\n  # about\n\n  y: 2\n  x: 1\n"),
}  # fmt: skip


@pytest.mark.parametrize(
    ("before", "pairs", "after"), [pytest.param(*row, id=name) for name, row in SECTIONS.items()]
)
def test_sections(before: str, pairs: list[Any], after: str) -> None:
    text = before.encode()
    assert rewrite_yaml(text, moves_of(text, pairs, ("codex",)), section=("codex",)).decode() == after


def test_an_alias_that_would_come_before_its_anchor_is_rewritten_by_the_second_way() -> None:
    text = b"a: &x {k: 1}\nb: *x\n"
    after = rewrite_yaml(text, moves_of(text, ["b > c", "a > d"]))
    assert yaml12.read(after).data == {"c": {"k": 1}, "d": {"k": 1}}


REFUSED = {
    "anchor-goes-alias-stays": ("codex:\n  a: &x 1\nb: *x\n", [], ("codex",)),
    "explicit-key-with-a-comment": ("codex:\n  ? a  # c\n  : 1\nb:   2\n", ["a > z"], ("codex",)),
}


@pytest.mark.parametrize(
    ("text", "pairs", "section"), [pytest.param(*row, id=name) for name, row in REFUSED.items()]
)
def test_refuses_with_the_difference(text: str, pairs: list[Any], section: tuple[str, ...]) -> None:
    with pytest.raises(MigrationError) as caught:
        rewrite_yaml(text.encode(), moves_of(text.encode(), pairs, section), section=section)
    assert caught.value.exit_code == 3
    assert caught.value.problems


def test_a_missing_section_is_refused() -> None:
    with pytest.raises(MigrationError):
        rewrite_yaml(b"a: 1\n", [], section=("codex",))


def test_a_list_is_no_section() -> None:
    with pytest.raises(MigrationError):
        rewrite_yaml(b"- 1\n", [])


def test_what_is_no_yaml_is_a_configuration_error() -> None:
    with pytest.raises(ConfigurationError):
        rewrite_yaml(b"a: [\n", [])


PROOFS = {
    "nothing-wrong": ("a: 1 # c\n", "b: 1 # c\n", {"b": 1}, []),
    "data": ("a: 1\n", "b: 2\n", {"b": 1}, ["its data is not what was meant"]),
    "type": ("a: 1\n", "b: 1.0\n", {"b": 1}, ["its data is not what was meant"]),
    "comment": ("a: 1 # c\n", "b: 1\n", {"b": 1}, ["the comment '# c' is lost"]),
    "comment-once-of-twice": ("a: 1 # c\nz: 1 # c\n", "b: 1 # c\n", {"b": 1}, ["the comment '# c' is lost"]),
    "comment-in-a-string": ("a: 1 # c\n", "b: '# c'\n", {"b": "# c"}, ["the comment '# c' is lost"]),
    "untouched": ("a: 'x'\n", "a: x\n", {"a": "x"}, ["a was to stay as it is"]),
    "line-ends": ("a: 1\r\n", "b: 1\n", {"b": 1}, ["the line ends are not as they were"]),
    "bom": ("\ufeffa: 1\n", "b: 1\n", {"b": 1}, ["the byte order mark is not as it was"]),
    "last-line": ("a: 1", "b: 1\n", {"b": 1}, ["the end of the last line is not as it was"]),
}  # fmt: skip


@pytest.mark.parametrize(
    ("before", "after", "data", "found"), [pytest.param(*row, id=name) for name, row in PROOFS.items()]
)
def test_proof(before: str, after: str, data: Any, found: list[str]) -> None:
    assert prove(before.encode(), after.encode(), data) == found


def test_proof_of_what_cannot_be_read() -> None:
    assert "cannot be read again" in prove(b"a: 1\n", b"a: [", {})[0]


def test_proof_sees_other_sections() -> None:
    assert prove(b"a: 'x'\nc:\n  k: 1\n", b"a: x\nc:\n  j: 1\n", {"j": 1}, ("c",)) == [
        "a was to stay as it is"
    ]


def test_a_thousand_keys_take_well_under_a_second() -> None:
    text = b"environments:\n" + b"".join(
        b"  # number %d\n  e%d:\n    branch: b%d  # c\n" % (n, n, n) for n in range(1000)
    )
    moves = moves_of(text, [f"environments.e{n}.branch > environments.e{n}" for n in range(1000)])
    start = time.process_time()
    after = rewrite_yaml(text, moves)
    assert time.process_time() - start < 10  # a slow machine; here it is a tenth
    assert after.startswith(b"environments:\n  # number 0\n  e0: b0  # c\n")


def test_a_thousand_keys_that_go() -> None:
    text = b"".join(b"# number %d\nk%d: 1  # c\n" % (n, n) for n in range(1000))
    start = time.process_time()
    after = rewrite_yaml(text, moves_of(text, ["k999"]))
    assert time.process_time() - start < 10
    assert after.count(b"#") == 2000
