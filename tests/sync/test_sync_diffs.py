"""What a plan changes in texts: what can be shown is, and no more than somebody reads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest
from sync_world import plan_of

from codex_action.sync.diffs import differences
from codex_action.sync.stage import Reader


def reader(local: Mapping[str, bytes], codex: Mapping[str, bytes]) -> Reader:
    def read(side: str, path: str) -> Iterator[bytes]:
        files = local if side == "local" else codex
        if path not in files:
            raise FileNotFoundError(path)
        yield from (files[path][:3], files[path][3:])

    return read


def shown(
    local: Mapping[str, bytes], codex: Mapping[str, bytes], base: Mapping[str, bytes] = {}
) -> dict[str, str]:
    texts = [{path: data.decode("latin-1") for path, data in side.items()} for side in (local, codex, base)]
    plan = plan_of(*texts)
    assert plan.actions
    return {f"{side} {path}": text for (side, path), text in differences(plan, reader(local, codex)).items()}


CASES = {
    "create": ({"a": b"x\ny\n"}, {}, {}, {"codex a": "@@ -0,0 +1,2 @@\n+x\n+y"}),
    "delete": ({}, {"a": b"x\n"}, {"a": b"x\n"}, {"codex a": "@@ -1 +0,0 @@\n-x"}),
    "update here": ({"a": b"1\n2\n3\n"}, {"a": b"1\n2\n4\n"}, {"a": b"1\n2\n3\n"}, {"local a": "@@ -1,3 +1,3 @@\n 1\n 2\n-3\n+4"}),
    "empty": ({"a": b""}, {}, {}, {"codex a": ""}),
    "no text": ({"a": b"x\0y"}, {}, {}, {}),
    "not utf-8": ({"a": b"caf\xe9"}, {}, {}, {}),
    "large": ({"a": b"x\n" * 200_000}, {}, {}, {}),
    "was large": ({"a": b"x\n"}, {"a": b"y\n" * 200_000}, {"a": b"y\n" * 200_000}, {}),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_differences(case: str) -> None:
    local, codex, base, expected = CASES[case]
    assert shown(local, codex, base) == expected


def test_no_endless_text() -> None:
    text = shown({"a": b"x\n" * 1000}, {})["codex a"].splitlines()
    assert (len(text), text[-1]) == (201, "... 801 more lines")
    many = shown({f"{number:04}": b"x\n" for number in range(300)}, {})
    assert len(many) == 200
    long = shown({f"{number:04}": b"x" * 250_000 for number in range(40)}, {})
    assert len(long) == 17


def test_what_is_gone_meanwhile_has_none() -> None:
    assert differences(plan_of({"a": "x"}, {}), reader({}, {})) == {}
