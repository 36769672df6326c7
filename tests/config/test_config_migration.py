"""Every format becomes version 3, and nothing is lost on the way."""

from __future__ import annotations

import copy
import json
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Union

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from codex_action.config.detect import detect_version, needs_migration
from codex_action.config.formats import ENV_KEYS, FIELDS, LISTS
from codex_action.config.migration import Migration, migrate_config, migrate_env
from codex_action.config.moves import build
from codex_action.config.schema import check
from codex_action.config.yaml12 import read
from codex_action.errors import MigrationError

CASES = Path(__file__).parents[1] / "cases" / "config"
SAMPLES = sorted((CASES / "samples").iterdir())
FORMATS = sorted(path for path in (CASES / "formats").iterdir() if ".after." not in path.name)
FILES = [pytest.param(path, id=path.stem) for path in [*SAMPLES, *FORMATS]]

Keys = tuple[Union[str, int], ...]


def migrate(path: Path) -> Migration:
    if path.suffix == ".env":
        return migrate_env(path.read_text(encoding="utf-8"))
    return migrate_config(read(path.read_bytes()).data)


def ours(migration: Migration) -> Mapping[str, Any]:
    return migration.after["codex"] if migration.section else migration.after


def leaves(value: object, path: Keys = ()) -> Iterator[tuple[Keys, object]]:
    """Every leaf, an empty mapping or list being one."""
    if isinstance(value, (dict, list)) and value:
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from leaves(item, (*path, key))
    else:
        yield path, value


def at(value: object, path: Keys) -> object:
    for part in path:
        value = value[part]
    return value


def dotted(path: Keys) -> str:
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).lstrip(".")


def lost(migration: Migration) -> list[str]:
    """The leaves of the input that went nowhere: no move has them, and the report does not say why."""
    moved = {move.source: move for move in migration.moves if move.source is not None}
    converted = {change.source for change in migration.changes if change.type == "convert" and change.note}
    dropped = {change.source for change in migration.changes if change.type == "drop" and change.note}
    before = migration.before["codex"] if migration.section else migration.before
    after = ours(migration)
    missing = []
    for path, value in leaves(before) if before else ():
        length = next((length for length in range(len(path) + 1) if path[:length] in moved), None)
        name = dotted((*migration.section, *path))
        if length is None:
            missing += [name] if name not in dropped else []
            continue
        move = moved[path[:length]]
        found = at(after, (*move.target, *path[length:])) if length < len(path) else at(after, move.target)
        same = found is value or found == value or (found != found and value != value)  # noqa: PLR0124 (not a number)
        missing += [name] if not same and name not in converted else []
    return missing


def is_sound(migration: Migration) -> None:
    """What holds for every migration."""
    assert lost(migration) == []
    assert ours(migration) == build(migration.moves)
    assert [problem for problem in check(ours(migration), {}) if problem.severity == "error"] == []
    assert next(iter(ours(migration))) == "schema_version"
    assert "extensions" not in list(ours(migration))[:-1]
    sources = [move.source for move in migration.moves if move.source is not None]
    assert len(sources) == len(set(sources)), "a source moves once"
    assert len({move.target for move in migration.moves}) == len(migration.moves), "a target is filled once"
    again = migrate_config(migration.after)
    assert not needs_migration(migration.after)
    assert again.after == migration.after
    assert again.moves == again.changes == again.warnings == ()


@pytest.mark.parametrize("path", FILES)
def test_nothing_is_lost(path: Path) -> None:
    migration = migrate(path)
    if migration.detection.format != "F10":
        assert needs_migration(migration.before)
        is_sound(migration)


@pytest.mark.parametrize("path", FILES)
def test_the_formats_are_told_apart(path: Path) -> None:
    expected = "F2" if path.stem == "F1-plugin-v2.0-project" else path.stem.split("-")[0]
    detection = migrate(path).detection
    assert detection.format == expected
    assert detection.section == (
        ("codex",) if expected in ("F11", "F12") and "section" not in path.stem else ()
    )


@pytest.mark.parametrize("path", FILES)
def test_a_migration_is_as_it_was(path: Path, pytestconfig: pytest.Config) -> None:
    migration = migrate(path)
    report = {
        "detection": " | ".join((*migration.detection[:4], ".".join(migration.section))),
        "changes": [" | ".join(change) for change in migration.changes],
        "warnings": [f"{problem.path}: {problem.message}" for problem in migration.warnings],
        "after": migration.after,
    }
    text = yaml.safe_dump(json.loads(json.dumps(report)), sort_keys=False, allow_unicode=True, width=1000)
    golden = CASES / "formats" / f"{path.stem}.after.yaml"
    if pytestconfig.getoption("--update-cases"):
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", FILES)
def test_the_input_stays_as_it_is(path: Path) -> None:
    if path.suffix != ".env":
        config = read(path.read_bytes()).data
        before = copy.deepcopy(config)
        migrate_config(config)
        assert config == before


def test_other_sections_are_left_alone() -> None:
    migration = migrate(CASES / "formats" / "F11.yaml")
    assert list(migration.after) == list(migration.before)
    assert all(migration.after[key] is migration.before[key] for key in migration.before if key != "codex")


def test_the_order_is_that_of_the_first_sources() -> None:
    config = {"environments": {"b": "x", "a": "y"}, "cacheDir": "c", "organization": "o", "zoo": 1, "mcp": {}}
    after = migrate_config(config).after
    assert list(after) == ["schema_version", "environments", "cache", "codex_repo", "extensions"]
    assert list(after["environments"]) == ["b", "a"]
    assert list(after["extensions"]) == ["zoo", "mcp"]


@pytest.mark.parametrize(
    ("config", "direction"),
    [
        pytest.param({"org": "o"}, "to-codex", id="F8"),
        pytest.param({"organization": {"name": "o"}}, "to-codex", id="F9"),
        pytest.param({"organization": {"name": "o"}, "sync": {"defaultDirection": "from-codex"}}, "from-codex", id="F9-said"),
        pytest.param({"autoSync": [{"pattern": "a", "bidirectional": True}]}, "bidirectional", id="F8-all-both-ways"),
        pytest.param({"autoSync": []}, "to-codex", id="F8-no-rule"),
        pytest.param({"codex": {"sync": {"to_codex": {"include": ["a"]}}}}, "to-codex", id="F11-to"),
        pytest.param({"codex": {"sync": {"from_codex": {"include": []}}}}, "from-codex", id="F11-from"),
        pytest.param({"codex": {"sync": {"from_codex": {"include": []}, "to_codex": {"include": []}}}}, None, id="F11-both"),
        pytest.param({"codex": {}}, None, id="F11-none"),
        pytest.param({"cacheDir": "c"}, None, id="F5"),
        pytest.param({"sync_direction": "from_codex"}, "from-codex", id="F2-underscore"),
    ],
)  # fmt: skip
def test_the_direction_is_written_where_the_default_was_another(
    config: dict[str, object], direction: str | None
) -> None:
    assert ours(migrate_config(config)).get("sync", {}).get("default_direction") == direction


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        pytest.param({"organization": "o", "codex_repo": "o/r"}, {"organization": "o", "repository": "r"}, id="text"),
        pytest.param({"codex_repo": "o/r"}, {"repository": "r", "organization": "o"}, id="text-alone"),
        pytest.param({"organization": "o", "codex_repo": "other/r"}, {"organization": "o"}, id="another-organisation"),
        pytest.param({"codexRepo": "r", "codexPath": "s"}, {"repository": "r"}, id="two"),
        pytest.param({"codexPath": "../codex"}, None, id="path"),
        pytest.param({"organization": "not a name", "cacheDir": "c"}, None, id="no-name"),
        pytest.param(
            {"sync_patterns": [], "sources": [{"type": "codex", "handler_config": {"org": "o", "repo": "r", "branch": "b"}}]},
            {"organization": "o", "repository": "r", "default_branch": "b"},
            id="source",
        ),
        pytest.param({"sync_patterns": [], "sources": [{"type": "codex", "handler_config": 5}, 7]}, None, id="source-odd"),
        pytest.param({"organization": "o", "sources": {"o": {"branch": "b"}}}, {"organization": "o", "default_branch": "b"}, id="own-source"),
        pytest.param({"organization": "o", "sources": {"o": 5}}, {"organization": "o"}, id="own-source-odd"),
        pytest.param({"project": {"repo": "o/r"}, "codex": {"role": "source"}}, {"organization": "o", "repository": "r"}, id="project"),
        pytest.param({"project": {"repo": "o/r"}, "codex": {"organization": "p"}}, {"organization": "p"}, id="project-of-another"),
        pytest.param({"project": {"repo": "o r"}, "codex": {"role": "source"}}, None, id="project-odd"),
    ],
)  # fmt: skip
def test_the_codex_repository_is_found(config: dict[str, object], expected: dict[str, str] | None) -> None:
    migration = migrate_config(config)
    is_sound(migration)
    assert ours(migration).get("codex_repo") == expected


@pytest.mark.parametrize(
    ("key", "value", "warned"),
    [
        pytest.param("token", "ghp_1", True, id="token"),
        pytest.param("token", "${TOKEN}", False, id="variable"),
        pytest.param("token", "x${TOKEN}", False, id="variable-inside"),
        pytest.param("token", "", False, id="empty"),
        pytest.param("token", 5, False, id="number"),
        pytest.param("token_env", "TOKEN", False, id="name-of-a-variable"),
        pytest.param("secretAccessKey", "abc", True, id="secretAccessKey"),
        pytest.param("accessKeyId", "abc", True, id="accessKeyId"),
        pytest.param("webhook_url", "https://x", True, id="webhook"),
        pytest.param("db-password", "abc", True, id="password"),
        pytest.param("API_KEY", "abc", True, id="api-key"),
        pytest.param("Authorization", "Bearer abc", True, id="header"),
        pytest.param("tokens", ["abc"], False, id="not-the-name"),
        pytest.param("token", ["abc"], True, id="list"),
        pytest.param("base_url", "https://user:abc@example.com/", True, id="login"),
        pytest.param("base_url", "https://user@example.com/", False, id="no-password"),
    ],
)
def test_a_secret_is_warned_about_without_its_value(key: str, value: object, *, warned: bool) -> None:
    migration = migrate_config({"organization": "o", "sources": {"s": {key: value}}})
    paths = [problem.path for problem in migration.warnings]
    assert paths == ([f"sources.s.{key}" + ("[0]" if isinstance(value, list) else "")] if warned else [])
    assert not any("abc" in problem.message or "ghp" in problem.message for problem in migration.warnings)
    assert {problem.severity for problem in migration.warnings} <= {"warning"}


@pytest.mark.parametrize(
    "config",
    [None, [], [{"org": "a"}], "x", 5, True],
    ids=["null", "list", "list-of-mappings", "text", "number", "boolean"],
)
def test_what_is_no_mapping_is_refused(config: dict[str, object]) -> None:
    with pytest.raises(MigrationError):
        migrate_config(config)


def test_a_key_that_is_not_text_is_refused() -> None:
    for config in ({"org": "a", 5: 1}, {"org": "a", "b": {5: 1}}):
        with pytest.raises(MigrationError, match="not text"):
            migrate_config(config)


@pytest.mark.parametrize(
    ("config", "messages"),
    [
        pytest.param({}, 0, id="empty"),
        pytest.param({"foo": 1}, 1, id="nothing-of-ours"),
        pytest.param({"file": {}}, 1, id="no-section"),
        pytest.param({"file": {}, "codex": []}, 1, id="no-mapping"),
        pytest.param({"schema_version": "3.0", "sync_patterns": []}, 0, id="v3"),
        pytest.param({"schema_version": 3.0}, 0, id="v3-as-number"),
        pytest.param({"codex_repo": {}}, 0, id="v3-by-shape"),
        pytest.param({"codex": {"codex_repo": {}}}, 0, id="v3-in-a-section"),
    ],
)
def test_what_needs_no_migration_stays(config: dict[str, object], messages: int) -> None:
    migration = migrate_config(config)
    assert not needs_migration(config)
    assert migration.after is config
    assert (migration.moves, migration.changes, len(migration.warnings)) == ((), (), messages)


@pytest.mark.parametrize(
    ("config", "path"),
    [
        pytest.param({"sync_patterns": "docs"}, "sync_patterns", id="text-for-list"),
        pytest.param({"sync": {"from_codex": {"exclude": ["x"], "include": []}, "to_codex": []}}, "sync.from_codex.exclude", id="excludes"),
        pytest.param({"sync_patterns": ["a", 5]}, "sync_patterns[1]", id="number-in-list"),
        pytest.param({"cacheDir": "c", "cache": {"ttl_days": "7"}}, "cache.ttl_days", id="text-for-number"),
        pytest.param({"cacheDir": "c", "cache": {"ttl_days": True}}, "cache.ttl_days", id="boolean-for-number"),
        pytest.param({"cache": {"defaultTtl": "soon"}}, "cache.defaultTtl", id="no-duration"),
        pytest.param({"cache": {"defaultTtl": 1, "maxSize": "big"}}, "cache.maxSize", id="no-size"),
        pytest.param({"cache": {"defaultTtl": float("inf")}}, "cache.defaultTtl", id="endless"),
        pytest.param({"cacheDir": ["x"]}, "cacheDir", id="list-for-text"),
        pytest.param({"cacheDir": "c", "sync": {"bidirectional": False}}, "sync.bidirectional", id="ambiguous"),
        pytest.param({"environments": {"a": 5}}, "environments.a", id="environment"),
        pytest.param({"environments": ["a"]}, "environments", id="environments"),
        pytest.param({"environments": {"a": "x"}, "sync": {"environments": {"a": "y"}}}, "sync.environments.a", id="twice"),
        pytest.param({"types": {"a": {"ttl": "never"}}}, "types.a.ttl", id="type"),
        pytest.param({"storage": [{"type": "s3"}]}, "storage[0]", id="provider"),
        pytest.param({"permissions": {"default": "all"}}, "permissions", id="permissions"),
        pytest.param({"org": "a", "defaultOrg": "b"}, "defaultOrg", id="loser"),
        pytest.param({"default_sync_patterns": ["a"], "sync_patterns": ["b"]}, "default_sync_patterns", id="overridden"),
        pytest.param({"sync": {"from_codex": ["docs/**"]}}, "sync.from_codex[0]", id="no-uri"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_kept_with_a_warning(config: dict[str, object], path: str) -> None:
    migration = migrate_config(config)
    is_sound(migration)
    assert [problem.path for problem in migration.warnings] == [path]
    assert "extensions" in migration.after


@pytest.mark.parametrize(
    "config",
    [
        pytest.param({"org": "a", "defaultOrg": "a"}, id="same-name"),
        pytest.param({"sync_patterns": ["a"], "default_sync_patterns": ["a"]}, id="same-list"),
        pytest.param({"environments": {"a": "x"}, "sync": {"environments": {"a": "x"}}}, id="same-branch"),
        pytest.param({"environments": {}, "sync": {"environments": {}}}, id="empty-twice"),
        pytest.param({"version": "1", "migrated_from": "0", "org": "a"}, id="migrated-twice"),
        pytest.param({"org": "a", "extensions": {"x": 1}}, id="extensions"),
        pytest.param({"org": None, "syncRules": None, "cache": None}, id="nothing-said"),
        pytest.param({"types": {"custom": {}, "a": {"patterns": []}}}, id="types-and-custom"),
        pytest.param({"types": {"custom": {"a": {"patterns": []}}}}, id="custom-only"),
        pytest.param({"types": {"custom": {"a": {"ttl": 1}}, "a": {"ttl": 1}}}, id="custom-twice"),
        pytest.param({"types": {"a": {"ttl": 1}}}, id="types-as-in-version-3"),
        pytest.param({"dependencies": {}, "remotes": {}, "org": "a"}, id="no-remotes"),
    ],
)
def test_what_says_the_same_twice_is_no_warning(config: dict[str, object]) -> None:
    migration = migrate_config(config)
    is_sound(migration)
    assert migration.warnings == ()


@pytest.mark.parametrize(
    "config",
    [
        pytest.param({"types": {"custom": [{"name": "a"}, {"name": 5}, "b", {"name": "c", "ttl": "x", "other": 1}]}}, id="type-list"),
        pytest.param({"types": {"a": 5, "custom": "x"}}, id="types"),
        pytest.param({"sync": {"rules": [{"pattern": "a", "direction": "to-codex"}, "b"], "patterns": []}}, id="rules"),
        pytest.param({"org": "o", "autoSync": [{"pattern": "a", "x": 1}, {"pattern": "a", "x": 2}]}, id="one-pattern-twice"),
        pytest.param({"codexRepo": "r", "SYNC_DIRECTORIES": "a b", "syncRules": {"include": ["c"]}}, id="folders-and-patterns"),
        pytest.param({"version": {"odd": [1]}, "org": "o"}, id="version"),
        pytest.param({"types": {"a": {"ttl": 1}, "custom": {"a": {"ttl": 2}}}}, id="two-meanings"),
    ],
)  # fmt: skip
def test_what_is_odd_is_kept(config: dict[str, object]) -> None:
    is_sound(migrate_config(config))


def test_a_thousand_environments_take_no_time() -> None:
    environments = {f"env-{n}": {"branch": f"b{n}", "description": "x", "odd": [n]} for n in range(1000)}
    start = time.process_time()
    migration = migrate_config({"organization": "o", "codex_repo": "r", "environments": environments})
    assert time.process_time() - start < 10
    assert len(migration.after["environments"]) == 1000


def test_a_full_file_takes_no_time() -> None:
    config = {"org": "o", "autoSync": [{"pattern": f"p{n}", "targets": [n]} for n in range(5000)]}
    config["syncRules"] = {"include": [n if n % 2 else f"p{n}" for n in range(10_000)]}
    start = time.process_time()
    migrate_config(config)
    assert time.process_time() - start < 10


# --- odd values -----------------------------------------------------------------------------------------------------

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 10**20),
    st.floats(),
    st.sampled_from(
        ["", "a", "o/r", "3.0", "2.0", "to-codex", "24h", "1GB", "codex://o/p/**", "codex", "github", "${A}"]
    ),
    st.text(max_size=3),
)
KEYS = sorted(
    {part for row in FIELDS for part in row.source}
    | {part for row in LISTS for group in (*row.groups, row.fallback) for source in group for part in source}
    | {
        "environments", "branch", "remotes", "dependencies", "types", "custom", "ttl", "pattern", "patterns", "name",
        "file", "codex", "role", "version", "schema_version", "extensions", "sources", "type", "handler_config", "repo",
        "bidirectional", "direction", "token", "cli", "migrated_from", "rules", "sync", "cache", *ENV_KEYS,
    }
)  # fmt: skip
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.one_of(st.sampled_from(KEYS), st.text(max_size=2)), inner, max_size=5),
    ),
    max_leaves=15,
)


def placed() -> st.SearchStrategy:
    """Mappings in which known paths have any value."""
    paths = sorted(
        {row.source for row in FIELDS} | {source for row in LISTS for group in row.groups for source in group}
    )

    def build_up(pairs: list[tuple[tuple[str, ...], object]]) -> dict:
        config: dict = {}
        for path, value in pairs:
            inner = config
            for key in path[:-1]:
                inner = inner.setdefault(key, {})
                if not isinstance(inner, dict):
                    break
            else:
                inner[path[-1]] = copy.deepcopy(value)
        return config

    return st.lists(st.tuples(st.sampled_from(paths), VALUES), max_size=8).map(build_up)


CONFIGS = st.one_of(
    st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=6),
    placed(),
    placed().map(lambda config: {"work": {}, "codex": config}),
)


@given(CONFIGS)
@settings(max_examples=400)
def test_odd_values_are_kept(config: dict[str, object]) -> None:
    before = copy.deepcopy(config)
    migration = migrate_config(config)
    assert repr(config) == repr(before)
    if needs_migration(config):
        is_sound(migration)
    else:
        assert migration.after is config


@given(VALUES)
def test_any_value_has_a_format(value: object) -> None:
    detection = detect_version(value)
    assert detection.reason.endswith(".")
    assert needs_migration(value) in (True, False)
