"""Migrate configuration files: read, decide, prove, and write whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from codex_action import files
from codex_action.config import places, schema
from codex_action.config.detect import needs_migration
from codex_action.config.dialects import ambiguous_scalars
from codex_action.config.migration import Migration, migrate_config, migrate_env
from codex_action.config.plain import write_yaml
from codex_action.config.rewrite import rewrite_yaml
from codex_action.config.source import Source, read_limited, read_source
from codex_action.errors import ConfigurationError, ExitCode, Problem, StorageError, UsageError

CANONICAL = ".fractary/codex/config.yaml"


@dataclass(frozen=True)
class Upgrade:
    """What one file is, and what it becomes: `after` is the new file's bytes, None if there is nothing to do."""

    path: str
    output: str
    migration: Migration
    problems: tuple[Problem, ...]
    before: bytes
    after: bytes | None
    note: str = ""
    written: bool = False
    removed: bool = False


@dataclass(frozen=True)
class UpgradeReport:
    """What a run of `migrate config` found and did."""

    files: tuple[Upgrade, ...]
    failures: tuple[ConfigurationError, ...] = ()

    @property
    def exit_code(self) -> ExitCode:
        """3 if a file cannot be used, 1 if a file has to change or was changed, else 0."""
        if self.failures or any(
            problem.severity == "error" for item in self.files for problem in item.problems
        ):
            return ExitCode.CONFIGURATION
        return ExitCode.FINDINGS if any(item.after is not None for item in self.files) else ExitCode.OK


def upgrade_files(
    root: str,
    named: Sequence[str],
    *,
    write: bool = False,
    output: str | None = None,
    remove_source: bool = False,
) -> UpgradeReport:
    """Plan the migration of the files named, or of the project's, and carry it out if `write` says so.

    Raises UsageError for a request that makes no sense, StorageError if a file cannot be written.
    """
    paths = list(dict.fromkeys(named)) or places.project_files(root)
    if output is not None and len(paths) != 1:
        raise UsageError(f"--output takes one file, not {len(paths)}", hint="name the file to migrate")
    done: list[Upgrade] = []
    failures: list[ConfigurationError] = []
    for path in paths:
        try:
            upgrade = plan_upgrade(path, root, output)
            done.append(_carry_out(upgrade, root, remove_source=remove_source) if write else upgrade)
        except ConfigurationError as error:  # noqa: PERF203  (each may be wrong in its own way)
            failures.append(error)
    return UpgradeReport(tuple(done), tuple(failures))


def plan_upgrade(path: str, root: str, output: str | None = None) -> Upgrade:
    """What a file is and what it becomes. Raises UsageError if it is not there, ConfigurationError if it is no good."""
    shown = places.shown(path, root)
    if not os.path.lexists(path):
        raise UsageError(f"there is no file {path!r}")
    if os.path.basename(path) == ".env":
        return _env_upgrade(path, root, output or _beside(path))
    source = read_source(path, shown, any_shape=True)
    migration = migrate_config(source.document.data)
    target = output or (_beside(path) if path.endswith(".json") else path)
    _stay_inside(target, root)
    before = read_limited(path, shown)
    current = Upgrade(
        shown, places.shown(target, root), migration, _problems(source, migration, before), before, None
    )
    if not needs_migration(source.document.data):
        return current
    if path.endswith(".json") and output is None and os.path.exists(target):
        return replace(current, note=f"{current.output} is there already and in force")
    if path.endswith(".json"):
        return replace(current, after=write_yaml(migration.after, _comments(migration)))
    return replace(current, after=rewrite_yaml(before, migration.moves, section=migration.section))


def _env_upgrade(path: str, root: str, target: str) -> Upgrade:
    shown = places.shown(path, root)
    before = read_limited(path, shown)
    _stay_inside(target, root)
    migration = migrate_env(before.decode("utf-8", "replace"))
    after = (
        write_yaml(migration.after, _comments(migration))
        if migration.moves and not os.path.exists(target)
        else None
    )
    return Upgrade(
        shown,
        places.shown(target, root),
        migration,
        (),
        before,
        after,
        "the .env file itself is left as it is",
    )


def _beside(path: str) -> str:
    """Where the YAML of a JSON configuration goes: the canonical place of the same project."""
    folder, _, _ = os.path.abspath(path).replace(os.sep, "/").rpartition("/.fractary/")
    return os.path.join(folder or os.path.dirname(os.path.abspath(path)), CANONICAL)


def _stay_inside(path: str, root: str) -> None:
    if places.leaves_repository(path):
        shown = places.shown(path, root)
        raise ConfigurationError(f"{shown}: is a link out of the repository", file=shown)


def _problems(source: Source, migration: Migration, before: bytes) -> tuple[Problem, ...]:
    """What the report has to say: of a present file what is wrong with it, of an older one what needs a decision."""
    if not migration.moves and migration.detection.format == "F10":
        return tuple(schema.check(source.data, source.document.places, base=source.section))
    by_key = {schema.dotted(path): place for path, place in source.document.places.items()}
    warnings = [_placed(problem, by_key.get(problem.path, (0, 0))) for problem in migration.warnings]
    ambiguous = [] if source.file.endswith(".json") else ambiguous_scalars(before)
    return tuple(sorted([*warnings, *ambiguous], key=lambda problem: (problem.line, problem.column)))


def _placed(problem: Problem, place: tuple[int, int]) -> Problem:
    return problem._replace(line=place[0], column=place[1])


def _comments(migration: Migration) -> Mapping[Any, str]:
    """Where each top-level part of a new file came from."""
    origins: dict[tuple[str], list[str]] = {}
    for change in migration.changes:
        head = change.target.partition(".")[0]
        if change.source and change.target and head not in ("extensions", "schema_version"):
            origins.setdefault((head,), []).append(change.source)
    return {path: "from " + ", ".join(dict.fromkeys(sources)) for path, sources in origins.items()}


def _carry_out(upgrade: Upgrade, root: str, *, remove_source: bool) -> Upgrade:
    if upgrade.after is None:
        leftover = remove_source and upgrade.note and upgrade.path.endswith(".json")
        return _remove_leftover(upgrade, root) if leftover else upgrade
    target, source = os.path.join(root, upgrade.output), os.path.join(root, upgrade.path)
    in_place = os.path.realpath(target) == os.path.realpath(source)
    try:
        if os.path.exists(target):
            files.write_atomic(target, upgrade.after)
        else:
            os.makedirs(os.path.dirname(target) or ".", exist_ok=True)
            files.create(target, upgrade.after)
    except OSError as error:
        raise StorageError(
            f"cannot write {upgrade.output}: {error.strerror}", hint="nothing was changed"
        ) from error
    if remove_source and not in_place:
        _remove(source, upgrade.path)
    return replace(upgrade, written=True, removed=remove_source and not in_place)


def _remove_leftover(upgrade: Upgrade, root: str) -> Upgrade:
    """The JSON of an earlier migration, if the YAML in force says the same. Raises ConfigurationError, StorageError."""
    source, target = (os.path.join(root, name) for name in (upgrade.path, upgrade.output))
    if read_source(target, upgrade.output).document.data != upgrade.migration.after:
        return replace(upgrade, note=f"{upgrade.note} with other settings: this file is kept")
    _remove(source, upgrade.path)
    return replace(
        upgrade, removed=True, note=f"{upgrade.note} with the same settings: this file was removed"
    )


def _remove(path: str, shown: str) -> None:
    try:
        os.unlink(path)
    except OSError as error:
        message = f"cannot remove {shown}: {error.strerror}"
        raise StorageError(
            message, hint="the new configuration is written; delete the old one by hand"
        ) from error
