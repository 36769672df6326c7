"""Values that YAML 1.1 and 1.2 read differently are found, with their place and both readings."""

from __future__ import annotations

import pytest

from codex_action.config.dialects import ambiguous_scalars

ROWS = {
    "on": ("k: on\n", "text", "true"),
    "off": ("k: off\n", "text", "false"),
    "yes": ("k: yes\n", "text", "true"),
    "y": ("k: y\n", "text", "true"),
    "No": ("k: No\n", "text", "false"),
    "octal": ("k: 0755\n", "the number 755", "the number 493"),
    "not-octal": ("k: 0889\n", "the number 889", "text"),
    "new-octal": ("k: 0o17\n", "the number 15", "text"),
    "sixties": ("k: 12:30\n", "text", "the number 750"),
    "underscore": ("k: 1_000\n", "text", "the number 1000"),
    "binary": ("k: 0b11\n", "text", "the number 3"),
    "hex-with-underscore": ("k: 0xF_F\n", "text", "the number 255"),
    "date": ("k: 2024-01-02\n", "text", "the date 2024-01-02"),
    "time": ("k: 2024-01-02T03:04:05Z\n", "text", "the date 2024-01-02T03:04:05Z"),
    "exponent": ("k: 1e3\n", "the number 1000.0", "text"),
    "float-with-underscore": ("k: 1_0.5\n", "text", "the number 10.5"),
    "equals": ("k: =\n", "text", "the special key ="),
}


@pytest.mark.parametrize(("text", "new", "old"), [pytest.param(*row, id=name) for name, row in ROWS.items()])
def test_found(text: str, new: str, old: str) -> None:
    (problem,) = ambiguous_scalars(text.encode())
    assert f"is {new} in YAML 1.2 and {old} in YAML 1.1" in problem.message
    assert (problem.path, problem.line, problem.column, problem.severity) == ("k", 1, 4, "warning")


@pytest.mark.parametrize(
    "text",
    ["k: 'on'", 'k: "0755"', "k: !!str on", "k: true", "k: 1", "k: 0", "k: -1.5", "k: .inf", "k: ~", "k:", "k: |\n  on", "k: word",
     "k: v1.2", "1: x", "2024-01-02: x", "k: 0x1F", "k: 00", "k: " + "9" * 5000, ""],
)  # fmt: skip
def test_not_found(text: str) -> None:
    assert ambiguous_scalars(text.encode()) == []


def test_places_and_paths() -> None:
    found = ambiguous_scalars(
        b"\xef\xbb\xbfa:\n  - x\n  - {b: 1, c: no}\n  - [off]\non: &x 12:30\nz: *x\nl: yes\n"
    )
    assert [(problem.path, problem.line, problem.column) for problem in found] == [
        ("a.1.c", 3, 15), ("a.2.0", 4, 6), ("on", 5, 1), ("on", 5, 5), ("l", 7, 4),
    ]  # fmt: skip
