"""The file that holds a section for each tool."""

from __future__ import annotations

import copy

import pytest

from codex_action.config.unified import check_unified, merge_configs


@pytest.mark.parametrize(
    ("base", "over", "merged"),
    [
        pytest.param({}, {}, {}, id="nothing"),
        pytest.param({"a": {"x": 1, "y": [1]}}, {"a": {"y": [2], "z": 3}, "b": 4}, {"a": {"x": 1, "y": [2], "z": 3}, "b": 4}, id="deep"),
        pytest.param({"a": {"x": 1}}, {"a": None}, {"a": None}, id="nothing-is-a-value"),
        pytest.param({"a": 1}, {"a": {"x": 1}}, {"a": {"x": 1}}, id="another-kind"),
    ],
)  # fmt: skip
def test_two_configurations_as_one(
    base: dict[str, object], over: dict[str, object], merged: dict[str, object]
) -> None:
    before = copy.deepcopy((base, over))
    assert merge_configs(base, over) == merged
    assert (base, over) == before


@pytest.mark.parametrize(
    ("config", "paths"),
    [
        pytest.param({"codex": {}, "file": 5}, [], id="fine"),
        pytest.param({}, [], id="no-section"),
        pytest.param([], [""], id="no-mapping"),
        pytest.param({"codex": None}, ["codex"], id="no-section-of-a-mapping"),
        pytest.param({"codex": {"sync": []}}, [], id="somebody-elses-problem"),
        pytest.param(
            {"codex": {"sync": {"from_codex": {"include": ["codex://o/p/**", "docs/**", 5]}}}},
            ["codex.sync.from_codex.include[1]", "codex.sync.from_codex.include[2]"],
            id="patterns",
        ),
    ],
)
def test_what_is_wrong_with_a_file(config: dict[str, object], paths: list[str]) -> None:
    assert [problem.path for problem in check_unified(config)] == paths
