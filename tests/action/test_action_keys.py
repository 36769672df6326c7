"""The keys of a workflow's cache: new in each attempt, found again by what was asked for."""

from __future__ import annotations

import pytest

from codex_action.action.keys import cache_keys

REFERENCES = ("codex://umbrella/handbook/docs/guide.md",)


def test_a_key_is_its_nearest_prefix_and_the_run() -> None:
    keys = cache_keys({"project": "web"}, REFERENCES, "7000000001", "2")
    assert keys.key == f"{keys.restore[0]}7000000001-2"
    assert [keys.key.startswith(prefix) for prefix in keys.restore] == [True, True]
    assert keys.restore[1] == "codex-v1-"


@pytest.mark.parametrize(
    ("settings", "references", "same"),
    [
        pytest.param({"project": "web"}, REFERENCES, True, id="same"),
        pytest.param({"project": "app"}, REFERENCES, False, id="another configuration"),
        pytest.param({"project": "web"}, (*REFERENCES, "docs/a.md"), False, id="another reference"),
        pytest.param({"project": "web"}, (), False, id="no reference"),
    ],
)
def test_what_is_asked_for_is_in_the_nearest_prefix(
    settings: object, references: tuple[str, ...], *, same: bool
) -> None:
    first = cache_keys({"project": "web"}, REFERENCES, "1", "1")
    assert (cache_keys(settings, references, "2", "1").restore[0] == first.restore[0]) == same


@pytest.mark.parametrize("run", ["", "1,2\n::error::x", "9" * 9000], ids=["none", "hostile", "long"])
def test_a_key_is_one_that_the_service_takes(run: str) -> None:
    key = cache_keys({"a": "\ud800"}, ["," * 9000], run, run).key
    assert len(key) <= 512
    assert set(key) <= set("codexv-0123456789abcdef")
