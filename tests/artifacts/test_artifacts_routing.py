"""Where a document goes, beyond what the golden rows ask."""

from __future__ import annotations

import pytest

from codex_action.artifacts.routing import (
    AutoSyncPattern,
    RoutingRules,
    get_target_repos,
    should_sync_to_repo,
)
from codex_action.errors import ValidationError

EVERYWHERE = {"codex_sync_include": ["*"]}


def test_a_system_is_a_folder_of_that_name() -> None:
    assert not should_sync_to_repo("a/systems/site/x.md", EVERYWHERE, target_repo="site", source_repo="codex")
    assert should_sync_to_repo("ecosystems/site/x.md", EVERYWHERE, target_repo="site", source_repo="codex")


def test_the_first_automatic_pattern_decides() -> None:
    rules = RoutingRules((AutoSyncPattern("docs/**", exclude=("b",)), AutoSyncPattern("**", include=("b",))))
    repos = ["a", "b", "codex.acme.com"]
    assert get_target_repos("docs/x.md", {}, source_repo="s", all_repos=repos, rules=rules) == [
        "a",
        "codex.acme.com",
    ]
    assert get_target_repos("x.md", {}, source_repo="s", all_repos=repos, rules=rules) == ["b"]


def test_headers_may_be_ignored() -> None:
    rules = RoutingRules(allow_project_overrides=False)
    assert get_target_repos("x.md", EVERYWHERE, source_repo="s", all_repos=["a"], rules=rules) == []


@pytest.mark.parametrize("value", ["site", [1], {"site": True}, 7])
@pytest.mark.parametrize("key", ["codex_sync_include", "codex_sync_exclude"])
def test_a_header_without_a_list_is_refused(key: str, value: object) -> None:
    with pytest.raises(ValidationError, match=key) as caught:
        should_sync_to_repo("x.md", {**EVERYWHERE, key: value}, target_repo="site", source_repo="s")
    assert caught.value.code == "INVALID_SYNC_PATTERNS"


def test_an_absent_exclude_excludes_nothing() -> None:
    metadata = {**EVERYWHERE, "codex_sync_exclude": None}
    assert should_sync_to_repo("x.md", metadata, target_repo="site", source_repo="s")
