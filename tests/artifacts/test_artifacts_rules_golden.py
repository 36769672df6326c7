"""Globs, selections, routing and permissions: every answer is the upstream SDK's, or a deviation with a name and a reason."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Callable

import pytest
from helpers_golden import Deviation, Row, Table, every_deviation, every_row

from codex_action.artifacts import patterns, routing
from codex_action.artifacts.permissions import (
    Level,
    PermissionContext,
    PermissionManager,
    PermissionRule,
    Permissions,
    evaluate_permission,
)
from codex_action.errors import CodexError


def or_none(function: Callable[..., Any]) -> Callable[..., Any]:
    """A refusal is None, as in the rows."""

    def call(*args: Any) -> Any:  # noqa: ANN401
        try:
            return function(*args)
        except CodexError:
            return None

    return call


# --- globs and selections -------------------------------------------------------------------------------------------

EMPTY_PATTERN = Deviation(
    "empty-pattern",
    "an empty pattern is a mistake wherever it stands; upstream takes it for the text ''",
    lambda row: "" in (row.args[0], *row.args[0]) and row.args[1] == "",
)
GLOBS = (
    Deviation(
        "exclusion-of-a-name",
        "!(docs) is all that is not 'docs', as in minimatch and shells; upstream also passes over what starts with it",
        lambda row: row.args == ("!(docs)/**", "docs\\a.md"),
    ),
    Deviation(
        "dot-segment",
        "paths are in their normal form; upstream lets no star match the name '.'",
        lambda row: row.args == (".*/**", "./docs/a.md"),
    ),
    Deviation(
        "empty-name",
        "a star of its own is at least one character; upstream matches the nothing before a leading slash",
        lambda row: row.args == ("*/**/*", "/docs/a.md"),
    ),
)
CODE_UNITS = Deviation(
    "code-units",
    "? is one character; upstream counts UTF-16 code units, so that one sign outside the first plane is two",
    lambda row: row.args[0] == {"value": "🚀", "include": ["?"]},
)

# --- routing --------------------------------------------------------------------------------------------------------


def rules(given: Mapping[str, Any]) -> routing.RoutingRules:
    autos = [
        routing.AutoSyncPattern(
            auto["pattern"], tuple(auto.get("include", ())), tuple(auto.get("exclude", ()))
        )
        for auto in given.get("autoSyncPatterns", ())
    ]
    return routing.RoutingRules(
        auto_sync_patterns=tuple(autos),
        prevent_self_sync=given.get("preventSelfSync", True),
        prevent_codex_sync=given.get("preventCodexSync", True),
        allow_project_overrides=given.get("allowProjectOverrides", True),
    )


def should_sync(given: Mapping[str, Any]) -> bool:
    return routing.should_sync_to_repo(
        given["filePath"],
        given["fileMetadata"],
        target_repo=given["targetRepo"],
        source_repo=given["sourceRepo"],
        rules=rules(given.get("rules", {})),
    )


def targets(given: Mapping[str, Any]) -> list[str]:
    return routing.get_target_repos(
        given["filePath"],
        given["fileMetadata"],
        source_repo=given["sourceRepo"],
        all_repos=given["allRepos"],
        rules=rules(given.get("rules", {})),
    )


# --- permissions ----------------------------------------------------------------------------------------------------


def permissions(given: Mapping[str, Any]) -> Permissions:
    return Permissions(
        rules=tuple(
            PermissionRule(
                rule["pattern"],
                Level.parse(rule["level"]),
                **{key: value for key, value in rule.items() if key not in ("pattern", "level", "actions")},
                actions=tuple(rule["actions"]),
            )
            for rule in given.get("rules", ())
        ),
        default_level=Level.parse(given.get("defaultLevel", "read")),
        default_allow=given.get("defaultAllow", True),
        enforced=given["enforced"],
    )


def context(given: Mapping[str, str]) -> PermissionContext:
    return PermissionContext(given.get("org"), given.get("project"))


def decided(path: str, action: str, who: Mapping[str, str], given: Mapping[str, Any]) -> object:
    decision = evaluate_permission(path, action, permissions(given), context(who))
    return decision.allowed, str(decision.level), decision.rule and decision.rule.pattern


def managed(options: Mapping[str, Any], path: str, action: str, _: None) -> object:
    manager = PermissionManager(permissions(options["config"]), context(options.get("defaultContext", {})))
    decision = manager.evaluate(path, action)
    assert manager.is_allowed(path, action) is decision.allowed
    return decision.allowed, str(decision.level), decision.rule and decision.rule.pattern


def may_write(path: str, action: str, who: Mapping[str, str], given: Mapping[str, Any]) -> bool:
    return PermissionManager(permissions(given), context(who)).has_permission(path, action, Level.WRITE)


def upstream_decision(row: Row) -> object:
    if row.result is None:
        return None
    return row.result["allowed"], row.result["level"], row.result.get("matchedRule", {}).get("pattern")


def first_rule(row: Row) -> Mapping[str, Any]:
    return (row.args[3]["rules"] or [{}])[0]


UNKNOWN_LEVEL = Deviation(
    "unknown-level",
    "an unknown level is an error; upstream allows it",
    lambda row: first_rule(row).get("level") == "bogus",
)
UNKNOWN_SCOPE = Deviation(
    "unknown-scope", "an unknown scope is an error", lambda row: first_rule(row).get("scope") == "bogus"
)
UNKNOWN_ACTION = Deviation(
    "unknown-action", "an unknown action is an error", lambda row: row.args[1] == "bogus"
)
DECISIONS = (
    UNKNOWN_LEVEL,
    UNKNOWN_SCOPE,
    Deviation(
        "level-too-low",
        "to manage asks for admin; upstream allows any action at any level",
        lambda row: row.args[1] == "manage" and first_rule(row).get("level") == "read",
    ),
    Deviation(
        "dotfiles",
        "a rule covers names that start with a dot; upstream's ** does not deny .env",
        lambda row: row.args[0] in (".env", "internal/.x"),
    ),
    Deviation(
        "normal-form",
        "another way to write a path does not lead around a rule",
        lambda row: row.args[0] == "./internal/a",
    ),
    Deviation(
        "no-path", "nothing is no document, so that nothing is allowed with it", lambda row: row.args[0] == ""
    ),
    Deviation(
        "reference",
        "a reference is looked up by its path; upstream takes all of it for one",
        lambda row: row.args[0].startswith("codex://"),
    ),
)
DENIED = Deviation(
    "denied-by-default",
    "who is denied has no level; upstream looks at the level alone",
    lambda row: bool(row.result) and not row.args[3]["defaultAllow"],
)
BOGUS = Deviation(
    "unknown-level",
    "an unknown level is an error; upstream ranks it below all",
    lambda row: "bogus" in row.args,
)

TABLES = (
    Table("js.matchPattern", or_none(lambda pattern, path: patterns.match_pattern(path, pattern)), GLOBS),
    Table(
        "js.matchAnyPattern",
        or_none(lambda globs, value: patterns.match_any_pattern(value, globs)),
        (EMPTY_PATTERN,),
    ),
    Table("js.evaluatePatterns", lambda given: patterns.evaluate_patterns(**given), (CODE_UNITS,)),
    Table("js.filterByPatterns", lambda globs, paths: patterns.filter_by_patterns(paths, globs)),
    Table("js.shouldSyncToRepo", or_none(should_sync)),
    Table("js.getTargetRepos", targets),
    Table("js.evaluatePermission", or_none(decided), DECISIONS, upstream_decision),
    Table("js.PermissionManager.evaluate", managed, (), upstream_decision),
    Table("js.hasPermissionLevel", or_none(may_write), (UNKNOWN_LEVEL, UNKNOWN_ACTION, DENIED)),
    Table("js.levelGrants", or_none(lambda has, wanted: Level.parse(has) >= Level.parse(wanted)), (BOGUS,)),
    Table(
        "js.maxLevel", or_none(lambda one, other: str(max(Level.parse(one), Level.parse(other)))), (BOGUS,)
    ),
)


@pytest.mark.parametrize(("table", "row"), every_row(TABLES))
def test_we_answer_as_upstream_or_deviate_by_name(table: Table, row: Row) -> None:
    assert table.judge(row) is None


@pytest.mark.parametrize(("table", "deviation"), every_deviation(TABLES))
def test_a_deviation_is_seen_in_a_row(table: Table, deviation: Deviation) -> None:
    assert any(deviation.claims(row) for row in table.rows())
    assert deviation.why
