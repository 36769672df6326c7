"""What a document's header means: its known fields, each checked by itself; every other key is kept as it is."""

# ruff: noqa: ANN401 - what a header holds can be anything

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from codex_action.artifacts.frontmatter import read_header, split_frontmatter
from codex_action.errors import Problem, ValidationError

if TYPE_CHECKING:
    from codex_action.artifacts.yaml12 import Path

TEXTS = ("org", "system", "title", "description", "created", "updated")
LISTS = ("codex_sync_include", "codex_sync_exclude", "codex_sync_custom", "audience", "tags")
VISIBILITIES = ("public", "internal", "private")
# The names of today, and the older ones, the first that is there counts.
_OLDER: Mapping[str, tuple[Path, ...]] = {
    "codex_sync_include": (("codex", "includes"), ("codex_sync_includes",)),
    "codex_sync_exclude": (("codex", "excludes"), ("codex_sync_excludes",)),
}
_KINDS = {dict: "a mapping", list: "a list", str: "text", bool: "true or false", type(None): "nothing"}


@dataclass(frozen=True)
class ParsedMetadata:
    """A document's metadata and its content (seed 1, core). `raw` is the header's text, None where there is none.

    A field that cannot be used is not in `metadata` but in `problems`, with its line in the document.
    """

    metadata: Mapping[str, Any]
    content: str
    raw: str | None = None
    problems: tuple[Problem, ...] = ()

    @property
    def has_frontmatter(self) -> bool:
        """Does the document start with a header?"""
        return self.raw is not None

    @property
    def valid(self) -> bool:
        """Can every field be used? What was read in another way than it is written is a warning."""
        return not any(problem.severity == "error" for problem in self.problems)


class CustomDestination(NamedTuple):
    """Where a document shall go: a repository, and a path in it."""

    repo: str
    path: str


def parse_metadata(text: str) -> ParsedMetadata:
    """A document's metadata and content. It never fails: what cannot be used is told in `problems` (seed 1, core)."""
    block = split_frontmatter(text)
    if block is None:
        return ParsedMetadata({}, text)
    data, places, problems = read_header(block.raw)
    data, places = _with_names_of_today(data, places)
    wrong = list(_check(data))
    unusable = {path[0] for path, _ in wrong}
    metadata = {key: value for key, value in data.items() if key not in unusable}
    told = (*problems, *(_problem(path, message, places) for path, message in wrong))
    return ParsedMetadata(
        metadata, block.content, block.raw, tuple(sorted(told, key=lambda problem: problem.line))
    )


def validate_metadata(data: object, places: Mapping[Path, tuple[int, int]] | None = None) -> list[Problem]:
    """What is wrong with metadata, one problem for each field; `places` are those of its keys (seed 1, FR-6.2)."""
    if not isinstance(data, Mapping):
        return [Problem(f"must be a mapping of keys to values, not {_kind(data)}")]
    return [_problem(path, message, places or {}) for path, message in _check(data)]


def parse_custom_destination(text: str) -> CustomDestination:
    """The parts of `repository:path`. Raises ValidationError, UnsafePath."""
    from codex_action.refs.paths import validate_path

    repo, _, path = (part.strip() for part in text.partition(":"))
    if not repo or not path:
        raise ValidationError("a destination is written repository:path", code="INVALID_DESTINATION")
    return CustomDestination(repo, validate_path(path))


def _with_names_of_today(
    data: Mapping[str, Any], places: Mapping[Path, tuple[int, int]]
) -> tuple[Mapping[str, Any], Mapping[Path, tuple[int, int]]]:
    """The values of older keys under today's; the older keys stay."""
    result, where = dict(data), dict(places)
    for name, older in _OLDER.items():
        for path in older:
            value = _value(data, path)
            if result.get(name) is None and value is not None:
                result[name] = value
                where[name,] = places.get(path, (0, 0))
    return result, where


def _value(data: Any, path: Path) -> Any:
    for part in path:
        data = data.get(part) if isinstance(data, Mapping) else None
    return data


def _check(data: Mapping[str, Any]) -> Iterator[tuple[Path, str]]:
    """The path and the sentence of the first thing wrong with each known field."""
    for key in TEXTS:
        if key in data and not isinstance(data[key], str):
            yield (key,), f"must be text, not {_kind(data[key])}"
    for key in LISTS:
        if key in data:
            yield from _check_list(key, data[key])
    if "visibility" in data and data["visibility"] not in VISIBILITIES:
        yield ("visibility",), f"must be one of {', '.join(VISIBILITIES)}, in small letters"


def _check_list(key: str, value: Any) -> Iterator[tuple[Path, str]]:
    if not isinstance(value, list):
        yield (key,), f"must be a list, not {_kind(value)}"
        return
    for index, item in enumerate(value):
        message = _item_problem(key, item)
        if message:
            yield (key, index), message
            return


def _item_problem(key: str, item: Any) -> str | None:
    if not isinstance(item, str):
        return f"must be text, not {_kind(item)}"
    if key == "codex_sync_custom":
        try:
            parse_custom_destination(item)
        except ValidationError as error:
            return error.message
    return None


def _kind(value: object) -> str:
    return _KINDS.get(type(value), "a number" if isinstance(value, (int, float)) else "this")


def _problem(path: Path, message: str, places: Mapping[Path, tuple[int, int]]) -> Problem:
    shown = f"{path[0]}[{path[1]}]" if len(path) > 1 else str(path[0])
    return Problem(message, shown, *places.get(path, places.get(path[:1], (0, 0))))
