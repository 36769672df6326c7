from __future__ import annotations

import pytest
from runner_commands import Command, parse_line, parse_log

LINES = {
    "plain": ("all is well", None),
    "new": (
        "::error file=a.md,line=3::it broke",
        Command("error", "it broke", {"file": "a.md", "line": "3"}),
    ),
    "no properties": ("::group::files", Command("group", "files")),
    "after blanks": (" \t::debug::x", Command("debug", "x")),
    "not after words": ("see ::debug::x", None),
    "never closed": ("::debug", None),
    "empty data": ("::endgroup::", Command("endgroup", "")),
    "data unescaped": ("::error::50%25%0D%0Aof %3A", Command("error", "50%\r\nof %3A")),
    "per cent last": ("::error::%250A", Command("error", "%0A")),
    "property unescaped": ("::error file=a%3Ab%2Cc%25.md::x", Command("error", "x", {"file": "a:b,c%.md"})),
    "unknown name counts": ("::x y::z", Command("x", "z")),
    "old": ("##[add-mask]secret", Command("add-mask", "secret")),
    "old anywhere": ("see a##[error file=a;line=3]b", Command("error", "b", {"file": "a", "line": "3"})),
    "old never closed": ("##[error", None),
    "old broken up": ("#\u200b#[error]x", None),
    "new before old": ("::debug::##[error]x", Command("debug", "##[error]x")),
}


@pytest.mark.parametrize(("line", "expected"), LINES.values(), ids=LINES.keys())
def test_line(line: str, expected: Command | None) -> None:
    assert parse_line(line) == expected


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_every_newline_starts_a_line(newline: str) -> None:
    assert [command.data for command in parse_log(f"a{newline}::debug::b{newline}::debug::c")] == ["b", "c"]


def test_nothing_is_heard_between_stop_commands_and_its_token() -> None:
    log = "::debug::before\n::stop-commands::T\n::error::inside\n##[error]inside\n::T::\n::debug::after"
    assert [command.data for command in parse_log(log)] == ["before", "T", "after"]
