"""The kinds of documents as they are shown."""

from __future__ import annotations

from codex_action.artifacts.kinds import BUILT_IN_TYPES, ArtifactType
from codex_action.artifacts.registry import TypeRegistry
from codex_action.report import kinds

API = ArtifactType("api", ("api/**", "**/*.api.md"), 5400, "What others call", 3)


def test_all_in_a_table() -> None:
    registry = TypeRegistry([BUILT_IN_TYPES["docs"], API], default_ttl=60)
    assert kinds.render_list(registry).splitlines() == [
        "TYPE  TTL  PATTERNS",
        "api   90m  api/**, **/*.api.md",
        "docs  7d   docs/**, README.md, CLAUDE.md, *.md",
        "-     1m   what no pattern matches",
    ]
    assert max(map(len, kinds.render_list(registry, width=30).splitlines())) <= 30


def test_one_in_full() -> None:
    assert kinds.render_type(API).splitlines() == [
        "type         api",
        "description  What others call",
        "ttl          90m (5400 seconds)",
        "priority     3",
        "origin       configuration",
        "patterns",
        "  api/**",
        "  **/*.api.md",
    ]
    assert "origin       built in\n" in kinds.render_type(BUILT_IN_TYPES["docs"])


def test_a_name_that_speaks_to_a_terminal_or_a_runner() -> None:
    foreign = ArtifactType("\x1b[31m\n::error::x", ("##[error]\x1b", "::error::x"), 1, "::stop-commands::x")
    for text in (kinds.render_list(TypeRegistry([foreign])), kinds.render_type(foreign)):
        assert "\x1b" not in text
        assert "##[" not in text
        assert not any(line.strip().startswith("::") for line in text.splitlines())


def test_documents() -> None:
    assert kinds.list_document(TypeRegistry([API], default_ttl=9)) == {
        "schema": "codex-action/types-list@1",
        "types": [kinds.show_document(API)["type"]],
        "default_ttl": 9,
    }
    assert kinds.show_document(API) == {
        "schema": "codex-action/types-show@1",
        "type": {
            "name": "api",
            "description": "What others call",
            "patterns": ["api/**", "**/*.api.md"],
            "ttl": 5400,
            "priority": 3,
            "built_in": False,
        },
    }
