"""Files as they are found in the field, in every form that editors and systems give them."""

# ruff: noqa: ANN401 - what a file holds can be anything

from __future__ import annotations

import io
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from codex_action.config import yaml12
from codex_action.config.moves import Move
from codex_action.config.outline import same
from codex_action.config.proof import prove
from codex_action.config.rewrite import rewrite_yaml

SAMPLES = sorted(
    path
    for path in (Path(__file__).parents[1] / "cases/config/samples").iterdir()
    if path.suffix in (".yaml", ".json")
)
YAML_SAMPLES = [path for path in SAMPLES if path.suffix == ".yaml"]

Form = Callable[[bytes], bytes]


def doubled(match: re.Match[bytes]) -> bytes:
    return match[1] * 2 + (b"-   " if match[2] else b"")


FORMS = {
    "as-it-is": lambda text: text,
    "crlf": lambda text: text.replace(b"\n", b"\r\n"),
    "bom": lambda text: b"\xef\xbb\xbf" + text,
    "crlf-bom": lambda text: b"\xef\xbb\xbf" + text.replace(b"\n", b"\r\n"),
    "four-spaces": lambda text: re.sub(rb"(?m)^( *)(- +)?", doubled, text),
    "tab-in-a-comment": lambda text: re.sub(
        rb"(?m)^(version: .*|organization: .*)$", rb"\1\t# tab\there", text
    ),
    "long-line": lambda text: text + b"long_line: " + b"x" * 300 + b"  # " + b"y" * 300 + b"\n",
    "marked": lambda text: b"---\n" + text + b"...\n",
    "open-end": lambda text: text.rstrip(b"\n"),
}


def each(paths: list[Path]) -> Any:
    return pytest.mark.parametrize("path", [pytest.param(path, id=path.name) for path in paths])


@pytest.fixture(params=[pytest.param(form, id=name) for name, form in FORMS.items()])
def form(request: pytest.FixtureRequest) -> Form:
    return request.param


@each(YAML_SAMPLES)
@pytest.mark.parametrize("whole", [True, False], ids=["whole", "section"])
def test_every_key_moves_to_extensions(path: Path, form: Form, whole: bool) -> None:  # noqa: FBT001
    before = form(path.read_bytes())
    data = yaml12.read(before).data
    section = () if whole or "codex" not in data else ("codex",)
    part = data[section[0]] if section else data
    moves = [Move((key,), ("extensions", key), value) for key, value in part.items()]
    after = rewrite_yaml(before, moves, section=section)
    assert prove(before, after, {"extensions": part}, section) == []
    back = [Move(("extensions", key), (key,), value) for key, value in part.items()]
    again = yaml12.read(rewrite_yaml(after, back, section=section)).data
    assert again == data


@each([path for path in YAML_SAMPLES if b"\norganization:" in b"\n" + path.read_bytes()])
def test_a_rename_changes_only_its_lines(path: Path, form: Form) -> None:
    before = form(path.read_bytes())
    data = yaml12.read(before).data
    moves = [
        Move(
            (key,),
            ("codex_repo", "organization")
            if key == "organization"
            else (f"{key}_2" if key == "codex_repo" else key,),
            value,
        )
        for key, value in data.items()
    ]
    after = rewrite_yaml(before, moves)
    old, new = (re.findall(rb"[^\r\n]+", text) for text in (before, after))
    changed = [line for line in old if line not in new]
    assert all(b"organization" in line.lower() or line.startswith(b"codex_repo") for line in changed)


@each(YAML_SAMPLES)
def test_identity(path: Path, form: Form) -> None:
    before = form(path.read_bytes())
    data = yaml12.read(before).data
    assert rewrite_yaml(before, [Move((key,), (key,), value) for key, value in data.items()]) == before


@each(SAMPLES)
def test_ruamel_reads_the_same(path: Path) -> None:
    assert same(yaml12.read(path.read_bytes()).data, by_ruamel(path.read_text("utf-8")))


def by_ruamel(text: str) -> Any:
    return YAML(typ="safe", pure=True).load(io.StringIO(text))


TRICKY = [
    "yes", "no", "on", "off", "y", "n", "true", "True", "TRUE", "tRue", "null", "Null", "~", "nUll", "12:30", "-",
    "0o17", "0x1F", "1e3", "1.5e3", ".5", "1.", "+1", "-0", ".inf", "-.INF", "1.2.3", "v1", "a:b", "a#b", "'x'", '"\\t\\u00e9"',
    "${TOKEN}", '"**/*.md"', "'@x'", "!!str 1", "!!int 1", "[a, {b: c}]", "{}", "|\n  a\n\n  b\n", ">-\n  a\n  b\n",
]  # fmt: skip
UNLIKE = ["2001-12-14", "1_000"]  # ruamel makes dates and skips underscores, which the core schema does not


@pytest.mark.parametrize("text", TRICKY)
def test_ruamel_reads_tricky_scalars_the_same(text: str) -> None:
    if text == "-":
        text = "'-'"
    document = f"k: {text}\n"
    assert same(yaml12.read(document.encode()).data, by_ruamel(document))


@pytest.mark.parametrize("text", UNLIKE)
def test_where_ruamel_differs(text: str) -> None:
    document = f"k: {text}\n"
    assert yaml12.read(document.encode()).data["k"] == text
    assert not isinstance(by_ruamel(document)["k"], str)


def test_a_large_file_takes_less_than_two_seconds() -> None:
    block = (Path(__file__).parents[1] / "cases/config/samples/F4-v4.0-real-commented.yaml").read_bytes()
    lines = b"".join(b"  " + line for line in block.splitlines(keepends=True))
    before = b"".join(b"part_%d:\n%s" % (number, lines) for number in range(62))
    assert len(before) > 149_000
    data = yaml12.read(before).data
    moves = [
        Move((key, name), ("new", key, name), value)
        for key, part in data.items()
        for name, value in part.items()
    ]
    start = time.process_time()
    after = rewrite_yaml(before, moves)
    taken = time.process_time() - start
    assert yaml12.read(after).data == {"new": data}
    assert taken < 10
