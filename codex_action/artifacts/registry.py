"""Which kind a document is of, and for how long a copy of it is fresh: the built-in kinds and a project's own."""

# ruff: noqa: ANN401 - what a configuration holds can be anything

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Callable, NamedTuple

from codex_action.artifacts.globs import compile_globs
from codex_action.artifacts.kinds import BUILT_IN_TYPES, DEFAULT, DEFAULT_TYPE, ArtifactType
from codex_action.artifacts.units import parse_ttl
from codex_action.errors import ConfigurationError, Problem, UsageError, ValidationError


class ArchiveConfig(NamedTuple):
    """When a document may leave, in days, and where it may go."""

    after_days: int
    storage: str


class TypeRegistry:
    """The kinds of documents (seed 1, types); `default_ttl` is for what is of none, in seconds.

    A path is of the first kind that has a pattern for it: by priority, then by the length of a kind's longest
    pattern, then by the order of registration. A kind named `default` is never looked for: it says what holds for
    everything else.
    """

    def __init__(
        self, types: Iterable[ArtifactType] = BUILT_IN_TYPES.values(), *, default_ttl: int = DEFAULT_TYPE.ttl
    ) -> None:
        self._types = {kind.name: kind for kind in types}
        self._default = replace(DEFAULT_TYPE, ttl=default_ttl)
        self._matchers: list[tuple[ArtifactType, Callable[[str], bool]]] | None = None

    def register(self, kind: ArtifactType) -> None:
        """Add a kind, or put it in the place of the one of its name."""
        self._types[kind.name] = kind
        self._matchers = None

    def unregister(self, name: str) -> bool:
        """Take a kind away; was it there?"""
        self._matchers = None
        return self._types.pop(name, None) is not None

    def get(self, name: str) -> ArtifactType | None:
        """A kind by its name."""
        return self._types.get(name)

    def __contains__(self, name: object) -> bool:
        return name in self._types

    def __len__(self) -> int:
        return len(self._types)

    def __iter__(self) -> Iterator[ArtifactType]:
        """The kinds in the order of registration."""
        return iter(self._types.values())

    def names(self) -> list[str]:
        """The names of the kinds, in the order of registration."""
        return list(self._types)

    def list_types(self) -> list[ArtifactType]:
        """The kinds in the order in which a path is compared with them."""
        found = (kind for kind in self._types.values() if kind.name != DEFAULT)
        return sorted(found, key=lambda kind: (-kind.priority, -max(map(len, kind.patterns), default=0)))

    @property
    def default(self) -> ArtifactType:
        """What holds for a document of no kind."""
        return self._types.get(DEFAULT, self._default)

    def match(self, path: str) -> ArtifactType | None:
        """The kind of a path (relative to its project, with '/'), or None."""
        path = path.replace("\\", "/")
        return next((kind for kind, matches in self._compiled() if matches(path)), None)

    def _compiled(self) -> list[tuple[ArtifactType, Callable[[str], bool]]]:
        if self._matchers is None:
            self._matchers = [(kind, compile_globs(kind.patterns)) for kind in self.list_types()]
        return self._matchers

    def detect_type(self, path: str) -> str:
        """The name of a path's kind, `default` where it is of none."""
        kind = self.match(path)
        return kind.name if kind else DEFAULT

    def ttl_for(self, path: str, override: int | None = None) -> int:
        """For how many seconds a copy is fresh: what was asked for > the kind's > the default."""
        return override if override is not None else (self.match(path) or self.default).ttl

    def get_archive_config(self, path: str) -> ArchiveConfig | None:
        """When and where a document may be archived, None for never."""
        kind = self.match(path) or self.default
        if kind.archive_after_days is None or kind.archive_storage is None:
            return None
        return ArchiveConfig(kind.archive_after_days, kind.archive_storage)

    def filter_by_type(self, paths: Iterable[str], name: str) -> list[str]:
        """The paths that a kind has a pattern for, be they of it or of one that comes before it."""
        found = [matches for kind, matches in self._compiled() if kind.name == name]
        return [path for path in paths if any(matches(path.replace("\\", "/")) for matches in found)]


def create_default_registry(
    types: Mapping[str, Any] | None = None, *, default_ttl: int = DEFAULT_TYPE.ttl
) -> TypeRegistry:
    """The built-in kinds, and over them those of a configuration's `types`. Raises ConfigurationError."""
    registry = TypeRegistry(default_ttl=default_ttl)
    for kind in load_custom_types(types or {}).values():
        registry.register(kind)
    return registry


def load_custom_types(types: Mapping[str, Any]) -> dict[str, ArtifactType]:
    """The kinds of a configuration's `types` by name. Raises ConfigurationError with all that is wrong."""
    found = {name: _parsed(name, settings) for name, settings in types.items()}
    problems = tuple(kind for kind in found.values() if isinstance(kind, Problem))
    if problems:
        raise ConfigurationError(f"{problems[0].path}: {problems[0].message}", problems=problems)
    return {name: kind for name, kind in found.items() if isinstance(kind, ArtifactType)}


def _parsed(name: str, settings: Any) -> ArtifactType | Problem:
    try:
        return parse_custom_type(name, settings)
    except ValidationError as error:
        return Problem(error.message, f"types.{name}")


def parse_custom_type(name: str, settings: Mapping[str, Any]) -> ArtifactType:
    """A kind of a configuration: `patterns`, `ttl`, `description`, `priority`. Raises ValidationError.

    One that is named as a built-in kind changes it: what is not said stays as it was.
    """
    known = {**BUILT_IN_TYPES, DEFAULT: DEFAULT_TYPE}.get(name)
    custom = replace(DEFAULT_TYPE, name=name, patterns=(), description=f"Custom type: {name}")
    kind = merge_type(known or custom, settings)
    if not kind.patterns:
        raise ValidationError("a type needs patterns", code="MISSING_TYPE_PATTERNS")
    return kind


def merge_type(
    base: ArtifactType, override: Mapping[str, Any], *, extend_patterns: bool = False
) -> ArtifactType:
    """A kind with some settings replaced; with `extend_patterns` its patterns stay too. Raises ValidationError."""
    if not isinstance(override, Mapping):
        raise ValidationError("a type is a mapping of settings", code="INVALID_TYPE_CONFIG")
    patterns = _patterns(override["patterns"]) if "patterns" in override else ()
    if extend_patterns or "patterns" not in override:
        patterns = (*base.patterns, *(pattern for pattern in patterns if pattern not in base.patterns))
    ttl = parse_ttl(override["ttl"]) if "ttl" in override else base.ttl
    description = override.get("description", base.description)
    priority = override.get("priority", base.priority)
    if not isinstance(description, str) or type(priority) is not int:
        raise ValidationError("a description is text, a priority a whole number", code="INVALID_TYPE_CONFIG")
    return replace(base, patterns=patterns, ttl=ttl, description=description, priority=priority)


def _patterns(value: Any) -> tuple[str, ...]:
    if not isinstance(value, (list, tuple)) or not all(isinstance(item, str) and item for item in value):
        raise ValidationError("patterns are a list of texts", code="INVALID_TYPE_PATTERNS")
    try:
        compile_globs(value)  # what is no pattern is told when it is read, not when a document is looked for
    except UsageError as error:
        raise ValidationError(error.message, code="INVALID_TYPE_PATTERNS", hint=error.hint) from error
    return tuple(value)
