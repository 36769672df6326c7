"""Every answer about headers is the upstream SDK's, or a deviation with a name and a reason."""

# ruff: noqa: ANN401 - what a header holds can be anything

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any

import pytest
from helpers_golden import Deviation, Row, Table, every_deviation, every_row

from codex_action.artifacts.frontmatter import extract_raw_frontmatter, has_frontmatter, split_frontmatter
from codex_action.artifacts.metadata import parse_custom_destination, parse_metadata, validate_metadata
from codex_action.errors import ValidationError


def plain(value: Any) -> Any:
    """Numbers that JSON does not have, as the golden rows write them."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, float) and not math.isfinite(value):
        return {"$number": "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"}
    return [plain(item) for item in value] if isinstance(value, list) else value


def parsed(text: str, _options: object = None) -> Any:
    found = parse_metadata(text)
    return {"metadata": plain(found.metadata), "content": found.content, "raw": found.raw or ""}


def strict(text: str) -> Any:
    return parsed(text) if parse_metadata(text).valid else None


def destination(text: object) -> Any:
    try:
        return parse_custom_destination(text)._asdict() if isinstance(text, str) else None
    except ValidationError:
        return None


def content(row: Row) -> str:
    block = split_frontmatter(row.args[0])
    return block.content if block else ""


def has(pattern: str) -> Callable[[Row], bool]:
    return lambda row: re.search(pattern, row.args[0], re.MULTILINE) is not None


MEANT = {
    item.name: item
    for item in (
        Deviation("empty-block", "a block with nothing in it is a header", has(r"\A---\n---")),
        Deviation("no-text", "the text of a block with nothing in it is empty", has(r"\A---\n\n?---")),
        Deviation("nothing-in-it", "a blank block is no error", has(r"\A---\n \n---")),
        Deviation("byte-order-mark", "editors write it, nobody sees it", has(r"\A\ufeff---")),
        Deviation("blanks", "blanks after the --- are not seen either", has(r"^---[ \t]+$")),
        Deviation("end-of-file", "the last line closes a header without a line end too", has(r"[^-]\n---\Z")),
        Deviation("carriage-returns", "a line ends with them too", has(r"\A---.*\n.*\r\n---\r\n")),
        Deviation("line-ends", "the content stays as it is", lambda row: "\r\n" in content(row)),
        Deviation("dates-are-text", "fields that hold a date want text", has(r": \d{4}-\d\d-\d\d")),
        Deviation("patterns", "what guides told people to write is taken as meant", has(r"\[\*\]|- \*-")),
        Deviation("no-index-keys", "a list or a text is no metadata", has(r"\A---\n(just text|- a)")),
        Deviation("no-bytes", "a header holds text", has("!!binary")),
        Deviation("every-key-stays", "a key that JavaScript cannot hold is a key", has("__proto__")),
        Deviation("codex-is-text", "an unknown shape of a known key is kept as well", has("^codex: str")),
        Deviation(
            "the-rest-stays",
            "one bad field does not take the others with it",
            lambda row: bool(parse_metadata(row.args[0]).metadata) and not parse_metadata(row.args[0]).valid,
        ),
    )
}


def meant(names: str) -> tuple[Deviation, ...]:
    return tuple(MEANT[name] for name in names.split())


TABLES = (
    Table(
        "js.parseMetadata",
        strict,
        meant(
            "empty-block nothing-in-it blanks line-ends dates-are-text patterns no-index-keys no-bytes every-key-stays"
        ),
    ),
    Table(
        "js.parseMetadata.lax",
        parsed,
        meant(
            "empty-block byte-order-mark line-ends dates-are-text patterns no-index-keys no-bytes every-key-stays"
            " codex-is-text the-rest-stays"
        ),
    ),
    Table(
        "js.parseMetadata.raw",
        parsed,
        meant(
            "empty-block byte-order-mark blanks carriage-returns dates-are-text patterns no-index-keys every-key-stays"
            " the-rest-stays"
        ),
    ),
    Table("js.extractRawFrontmatter", extract_raw_frontmatter, meant("no-text byte-order-mark blanks")),
    Table("js.hasFrontmatter", has_frontmatter, meant("empty-block byte-order-mark end-of-file")),
    Table(
        "js.validateMetadata",
        lambda data: not validate_metadata(data),
        (
            Deviation(
                "destinations",
                "a destination that cannot be used is told where it is written",
                lambda row: row.args[0] == {"codex_sync_custom": ["a"]},
            ),
        ),
        lambda row: row.result["valid"],
    ),
    Table(
        "js.parseCustomDestination",
        destination,
        (
            Deviation(
                "inside",
                "a destination stays inside its repository",
                lambda row: row.result is not None and row.result["path"].startswith(("../", "/")),
            ),
        ),
    ),
)


@pytest.mark.parametrize(("table", "row"), every_row(TABLES))
def test_every_row(table: Table, row: Row) -> None:
    assert table.judge(row) is None


@pytest.mark.parametrize(("table", "deviation"), every_deviation(TABLES))
def test_a_deviation_is_seen_in_a_row(table: Table, deviation: Deviation) -> None:
    assert any(deviation.claims(row) for row in table.rows())
    assert deviation.why
