"""Headers that nobody meant: mutations of real ones, and 64 KiB of everything that YAML knows.

The whole fuzz is `CODEX_FUZZ=20000 python -m pytest tests/artifacts/test_frontmatter_hostile.py -k mutations`.
"""

from __future__ import annotations

import json
import os
import random
import time

import pytest
import yaml
from helpers_golden import GOLDEN

from codex_action.artifacts.frontmatter import MAX_BYTES
from codex_action.artifacts.metadata import ParsedMetadata, parse_metadata, validate_metadata

COUNT = int(os.environ.get("CODEX_FUZZ", "2000"))
LONGEST = 2  # seconds of a slow machine's processor; a header that goes wrong would take minutes
HEADERS = [
    json.loads(line)["args"][0]
    for line in (GOLDEN / "js.parseMetadata.raw.jsonl").read_text(encoding="utf-8").splitlines()
]
PARTS = [
    "[", "]", "{", "}", ",", ": ", "- ", "? ", "&a ", "*a ", "*", " *", "[*]", "[*,", "- *x\n", "! ", "|", ">", "'", '"', "''", "%", "@", "`", "#", "\t",
    " ", "\n", "\r", "\r\n", "a\n", "a:\n", "a: *\n", "a: [\n", "a: %\n", '"a":\n', "---x\n", "--- ", "...\n", "1,", "[1],", "{a: 1},", "<<: ", "!!int ",
    "\\", "é", "\u2028", "\ufeff", "\0", "\ud800", '"\\u', "a: |\n  ", "? |\n", ", '", ', "\\', "&a [", "[{", "{[", "title: ", "tags: ", "codex_sync_include: ",
]  # fmt: skip


@pytest.fixture(params=["libyaml", "Python"])
def loader(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """The parser that was compiled with PyYAML, and its own where none was."""
    if request.param == "Python":
        monkeypatch.delattr(yaml, "CSafeLoader", raising=False)
    elif not yaml.__with_libyaml__:
        pytest.skip("PyYAML was built without it")
    return str(request.param)


def parse(text: str) -> ParsedMetadata:
    """A document's metadata; whatever the header, some things hold."""
    start = time.process_time()
    found = parse_metadata(text)
    assert time.process_time() - start < LONGEST
    assert text.endswith(found.content)
    assert found.raw is not None or (found.content, found.metadata, found.problems) == (text, {}, ())
    assert validate_metadata(found.metadata) == []
    for problem in found.problems:
        assert problem.message
        assert "\n" not in problem.message
        assert 0 <= problem.line <= len(text[: len(text) - len(found.content)].splitlines()) + 1
    return found


@pytest.mark.parametrize("start", ["", "a: ", "x: %\na: [*, ", "&x a: '"], ids=repr)
def test_64_kib_of_each_part(start: str, loader: str) -> None:
    parts = PARTS if loader == "libyaml" else PARTS[::6]  # 20 times slower
    for part in parts:
        size = len(part.encode("utf-8", "surrogatepass"))
        raw = start + part * ((MAX_BYTES - len(start)) // size)
        assert parse(f"---\n{raw}\n---\nbody").has_frontmatter or "---" in part


@pytest.mark.parametrize("key", ["k{}: 1\n", "-k{}: 1\n", "? k{}\n", "'k{}': 1\n"], ids=repr)
@pytest.mark.parametrize("wrong", ["", "x: %\n"], ids=["right", "wrong"])
def test_many_keys(key: str, wrong: str, loader: str) -> None:
    raw = "".join(key.format(number) for number in range(MAX_BYTES // (len(key) + 4)))
    found = parse(f"---\n{wrong}{raw}---\n")
    assert len(found.metadata) in (0, raw.count("\n"))
    assert found.valid == (not wrong), loader


def test_long_documents() -> None:
    for text in (
        "a: b\n" * 1_000_000,
        "---x\n" * 1_000_000,
        " " * 5_000_000,
        "a\n---" + " " * 5_000_000 + "x",
    ):
        assert not parse(f"---\n{text}").has_frontmatter
        assert not parse(f"---{text}").has_frontmatter


def mutate(text: str, chance: random.Random) -> str:
    """One to four small changes."""
    for _ in range(chance.choice((1, 1, 1, 2, 4))):
        at, length = chance.randrange(len(text) + 1), chance.choice((1, 1, 2, 5, 20))
        kind = chance.randrange(4)
        if kind == 0:
            text = text[:at] + text[at + length :]
        elif kind == 1:
            text = text[:at] + text[at : at + length] * 2 + text[at + length :]
        elif kind == 2:
            text = text[:at] + chance.choice(PARTS) + text[at:]
        else:
            lines = text.split("\n")
            lines.insert(chance.randrange(len(lines)), chance.choice(lines))
            text = "\n".join(lines)
    return text


def test_mutations(loader: str) -> None:
    chance = random.Random(5)  # noqa: S311 - the same mutations every time
    read = broken = 0
    for number in range(COUNT):
        text = mutate(HEADERS[number % len(HEADERS)], chance)
        try:
            found = parse(text)
        except Exception as error:
            raise AssertionError(f"mutation {number} with {loader}: {text!r}") from error
        read += bool(found.metadata)
        broken += not found.valid
    assert read > COUNT / 10
    assert broken > COUNT / 10
