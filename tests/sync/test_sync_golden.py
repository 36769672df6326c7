"""Every answer is the upstream SDK's answer, or a deviation with a name and a reason."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

import pytest
from helpers_golden import Deviation, Row, Table, every_deviation, every_row
from sync_world import BOLD, EMPTY, RULES

from codex_action.artifacts.globs import compile_globs
from codex_action.errors import UsageError
from codex_action.report.sizes import format_bytes
from codex_action.sync.manifest import Entry, Manifest
from codex_action.sync.model import Action, Conflict, Direction, FileState, Note, Plan, Tree
from codex_action.sync.plan import Request, make_plan
from codex_action.sync.routed import FromCodex
from codex_action.sync.rules import (
    Rule,
    Rules,
    create_rules_from_patterns,
    evaluate_path,
    expand_placeholders,
    selector,
)


def given(value: Any) -> Any:  # noqa: ANN401
    """An argument as it was given: `undefined` and numbers that JSON does not have."""
    if isinstance(value, dict) and value.get("$undefined"):
        return None
    return float(value["$number"]) if isinstance(value, dict) and "$number" in value else value


def has_hidden(path: str) -> bool:
    return any(part.startswith(".") and part != "." for part in path.split("/"))


# --- rules ---


def rule(value: Mapping[str, Any]) -> Rule:
    priority = float(given(value.get("priority", 0)))
    return Rule(value["pattern"], value["include"], priority, value.get("direction"))


def evaluated(path: str, rules: list[dict[str, Any]], direction: Direction, excludes: Any = ()) -> object:  # noqa: ANN401
    try:
        found = evaluate_path(path, map(rule, rules), direction, given(excludes) or ())
    except UsageError:
        return None
    return found.should_sync, found.matched_rule and found.matched_rule.pattern


def hidden(row: Row) -> bool:
    """Is it a hidden path that upstream's stars passed over?"""
    return (
        row.result is not None
        and has_hidden(row.args[0])
        and "matchedRule" not in row.result
        and row.args[0] != ".env/x"
        and row.result["shouldSync"]
    )


EVALUATE = Table(
    "js.evaluatePath",
    evaluated,
    (
        Deviation(
            "include-restricts",
            "a list that includes something leaves out what it does not name: upstream ships files that nobody asked for",
            lambda row: (
                row.result is not None
                and any(item["include"] for item in row.args[1])
                and "matchedRule" not in row.result
                and not hidden(row)
            ),
        ),
        Deviation(
            "hidden",
            "stars pass over dots in names here: an exclude that misses .secrets/ is none",
            hidden,
        ),
    ),
    lambda row: (
        row.result and (row.result["shouldSync"], (row.result.get("matchedRule") or {}).get("pattern"))
    ),
)


def created(include: Any = None, exclude: Any = None) -> object:  # noqa: ANN401
    rules = create_rules_from_patterns(given(include) or (), given(exclude) or ())
    return [{"pattern": item.pattern, "include": item.include, "priority": item.priority} for item in rules]


def expanded(patterns: Any, project: str, options: Mapping[str, str] = {}) -> object:  # noqa: ANN401
    if given(patterns) is None:
        return patterns
    return [
        *expand_placeholders(patterns, project, org=options.get("org"), codex_repo=options.get("codexRepo"))
    ]


EXPAND = Table(
    "js.expandPlaceholders",
    expanded,
    (
        Deviation("dollar", "a name is text, also with a '$' in it", lambda row: "$" in row.args[1]),
        Deviation("once", "what a name holds is not replaced again", lambda row: row.args[1] == "{org}"),
    ),
)


# --- documents of other projects ---


def matches(path: str, patterns: list[str] | None, project: str, options: Mapping[str, str] = {}) -> object:
    rules = Rules(
        options.get("org", ""), project, options.get("codexRepo", ""), from_codex=tuple(patterns or ())
    )
    try:
        return FromCodex(rules).takes(path)
    except UsageError:
        return None


LAYOUT = re.compile("projects/[^/]+/.")


def bare(row: Row) -> list[str]:
    return [pattern for pattern in row.args[1] or () if not pattern.startswith("codex://")]


def own(row: Row) -> bool:
    """Is it a file of the codex repository itself, and would a pattern for all its repositories match it?"""
    patterns = [text.replace("{codex_repo}", "codex.acme.com") for text in row.args[1] or ()]
    parts = [text.split("/", 4) for text in patterns if text.startswith("codex://")]
    globs = [(part[4:] or ["**"])[0] for part in parts if part[3:4] in (["codex.acme.com"], ["*"], ["**"])]
    return not LAYOUT.match(row.args[0]) and compile_globs(globs, dot=True)(row.args[0])


def foreign(row: Row) -> bool:
    organisation = (row.args[3] if len(row.args) > 3 else {}).get("org", "")
    return any(
        text.startswith("codex://") and text.split("/")[2] not in (organisation, "{org}")
        for text in row.args[1]
    )


FROM_CODEX = Table(
    "js.matchFromCodexPattern",
    matches,
    (
        Deviation(
            "bare",
            "what is no codex:// pattern is a glob over the codex repository: no layout has the folder upstream looks in",
            lambda row: (
                row.args[1] != [""]
                and bare(row) == row.args[1]
                and compile_globs(bare(row), dot=True)(row.args[0]) != row.result
            ),
        ),
        Deviation("empty", "an empty pattern is refused, not passed over", lambda row: row.args[1] == [""]),
        Deviation(
            "organisation",
            "another organisation's documents are not in this codex repository",
            lambda row: row.result and foreign(row),
        ),
        Deviation(
            "folder",
            "a document is a file in its project's folder, not the folder",
            lambda row: (
                row.result
                and row.args[0] == "projects/site"
                and row.args[1][0].startswith("codex://acme/site")
            ),
        ),
        Deviation(
            "hidden",
            "stars pass over dots in names here, for a whole project as well",
            lambda row: (
                LAYOUT.match(row.args[0]) is not None
                and has_hidden(row.args[0])
                and row.args[1][0] in ("codex://acme/site", "codex://acme/site/**")
            ),
        ),
        Deviation(
            "own",
            "what the codex repository holds outside of its projects' folders is its own",
            lambda row: not row.result and own(row),
        ),
    ),
)


# --- plans ---


def manifest_of(entries: Mapping[str, str]) -> Manifest:
    rows = {path: Entry(hashed, 0, "", "local") for path, hashed in entries.items()}
    return Manifest(EMPTY.org, EMPTY.project, EMPTY.repository, EMPTY.branch, entries=rows)


def planned(
    source: list[dict[str, Any]],
    target: list[dict[str, Any]],
    options: dict[str, Any],
    config: dict[str, Any],
) -> object:
    """Upstream compares two sides: it is our plan if the last sync left both with what the target has.

    What only the target has was there then only if orphans are to be deleted.
    """
    direction = options.get("direction") or config["defaultDirection"]
    rules = [rule(item) for item in config["rules"]]
    rules += [
        Rule(pattern, include, 200)
        for include, key in ((True, "include"), (False, "exclude"))
        for pattern in options.get(key) or ()
    ]
    selects = selector(rules, direction, config["defaultExcludes"])
    both = {item["path"]: [item] for item in source}
    for item in target:
        both.setdefault(item["path"], []).append(item)
    by_size = {path for path, items in both.items() if not all(item.get("hash") for item in items)}
    trees = []
    for files in (source, target):
        states = [
            FileState(
                item["path"],
                f"{item.get('size')}" if item["path"] in by_size else item["hash"],
                item.get("size") or 0,
            )
            for item in files
            if selects(item["path"])
        ]
        trees.append({state.path: state for state in states})
    known = {
        path: state.hash for path, state in trees[1].items() if path in trees[0] or options.get("delete")
    }
    sides = map(Tree, trees if direction != "from-codex" else trees[::-1])
    plan = make_plan(Request(RULES, direction=direction, limits=BOLD), manifest_of(known), *sides)
    return sorted((action.path, action.kind) for action in plan.actions), plan.stats.total_bytes


PLAN = Table(
    "js.createSyncPlan",
    planned,
    (
        Deviation(
            "one-path-one-file",
            "a path that is listed twice is one file",
            lambda row: len({item["path"] for item in row.args[0]}) < len(row.args[0]),
        ),
        Deviation(
            "hidden", "stars pass over dots in names here", lambda row: row.args[2].get("exclude") == ["**"]
        ),
    ),
    lambda row: (
        sorted((item["path"], item["operation"]) for item in row.result["files"]),
        row.result["totalBytes"],
    ),
)


def stats(plan: dict[str, Any]) -> object:
    actions = tuple(
        Action(item["operation"], "codex", item["path"], None, None, item.get("size") or 0, 0, "")
        for item in plan["files"]
    )
    made = Plan(
        "p",
        plan["direction"],
        None,
        "main",
        "",
        "",
        actions,
        tuple(Conflict(item["path"], "content", None, None, None) for item in plan["conflicts"]),
        tuple(Note(item["path"], "") for item in plan["skipped"]),
    )
    return made.stats._asdict()


STATS = Table(
    "js.getPlanStats",
    stats,
    (),
    lambda row: {
        **{key: row.result[key] for key in ("creates", "updates", "deletes", "skips", "conflicts")},
        "total_bytes": row.result["totalBytes"],
    },
)

SIZES = Table(
    "js.formatBytes",
    lambda size: format_bytes(math.floor(size)),
    (Deviation("whole", "a file has whole bytes", lambda row: row.args[0] in (0.5, 1023.9)),),
)

TABLES = (EVALUATE, Table("js.createRulesFromPatterns", created), EXPAND, FROM_CODEX, PLAN, STATS, SIZES)


@pytest.mark.parametrize(("table", "row"), every_row(TABLES))
def test_our_answer_is_theirs_or_a_named_deviation(table: Table, row: Row) -> None:
    assert table.judge(row) is None


@pytest.mark.parametrize(("table", "deviation"), every_deviation(TABLES))
def test_every_deviation_shows_somewhere(table: Table, deviation: Deviation) -> None:
    assert any(deviation.claims(row) for row in table.rows())
