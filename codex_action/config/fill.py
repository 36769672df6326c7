"""What a configuration says of version 3's fields in other places than its own fields: copies, and old defaults."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from codex_action.config.draft import ABSENT, KEPT, Draft, fits
from codex_action.config.formats import OLD_DIRECTIONS, ORGANIZATION, PATTERNS, REPOSITORY, path
from codex_action.config.moves import Path

BRANCH = path("codex_repo.default_branch")
DIRECTION = path("sync.default_direction")
_COPY = "a copy: where it stood is kept as it is"


def fill_repository(draft: Draft, file: Mapping[str, Any]) -> None:
    """The codex repository as one of the sources, or as that of the file's own project."""
    _copy_project_repository(draft, file)
    for target, source, value in _from_sources(draft):
        _copy(draft, target, value, source)


def split_repository(draft: Draft) -> None:
    """A codex repository that is written as `org/repo`."""
    source: Path = ("codex_repo",)
    value = draft.find(source)
    organization, _, repository = value.partition("/") if isinstance(value, str) else ("", "", "")
    if not _are_names(organization, repository):
        return
    known = draft.filled(ORGANIZATION)
    if known is not ABSENT and known.lower() != organization.lower():
        draft.warn(source, f"names another organisation than the file does: {KEPT}")
        return
    draft.move(source, REPOSITORY, repository, note=f"{value!r} is {repository!r} of {organization!r}")
    _copy(draft, ORGANIZATION, organization, source)


def _are_names(organization: Any, repository: Any) -> bool:
    return fits(ORGANIZATION, organization) and fits(REPOSITORY, repository)


def _copy(draft: Draft, target: Path, value: Any, source: Path | None) -> None:
    """Fill what nothing has filled."""
    if draft.filled(target) is ABSENT and fits(target, value):
        draft.add(target, value, _COPY, source)


def _copy_project_repository(draft: Draft, file: Mapping[str, Any]) -> None:
    """On the codex repository's side the file's `project` says which repository it is."""
    project = file.get("project") if draft.base else None
    text = project.get("repo") if isinstance(project, Mapping) else None
    organization, _, repository = text.partition("/") if isinstance(text, str) else ("", "", "")
    if (
        _are_names(organization, repository)
        and draft.filled(ORGANIZATION) is draft.filled(REPOSITORY) is ABSENT
    ):
        draft.add(ORGANIZATION, organization, "from project.repo, which stays as it is")
        draft.add(REPOSITORY, repository, "from project.repo, which stays as it is")


def _from_sources(draft: Draft) -> Iterator[tuple[Path, Path, Any]]:
    """What the first codex source says of the repository, and the branch of the own organisation's source."""
    sources, storage = draft.find(("sources",)), draft.find(("storage",))
    if isinstance(sources, Mapping):
        name = draft.filled(ORGANIZATION)
        own = sources.get(name) if isinstance(name, str) else None
        if isinstance(own, Mapping):
            yield BRANCH, ("sources", str(name), "branch"), own.get("branch")
    for number, item in _of_type(sources, "codex"):
        handler = item.get("handler_config")
        for key, target in (("org", ORGANIZATION), ("repo", REPOSITORY), ("branch", BRANCH)):
            yield target, ("sources", number, "handler_config", key), _get(handler, key)
    for number, item in _of_type(storage, "github"):
        yield BRANCH, ("storage", number, "branch"), item.get("branch")


def _of_type(items: Any, name: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """The first item of a list that has a type."""
    for number, item in enumerate(items if isinstance(items, list) else ()):
        if isinstance(item, Mapping) and item.get("type") == name:
            yield number, item
            return


def _get(value: Any, key: str) -> Any:
    return value.get(key) if isinstance(value, Mapping) else None


def decide_direction(draft: Draft, format_name: str) -> None:
    """Say the direction where it was a default that version 3 does not share, or followed from the lists."""
    if draft.filled(DIRECTION) is not ABSENT:
        return
    ways = {name for name in ("to-codex", "from-codex") if _has_list(draft, name.replace("-", "_"))}
    rules = draft.find(("autoSync",))
    if isinstance(rules, list) and rules and all(_get(rule, "bidirectional") is True for rule in rules):
        draft.add(DIRECTION, "bidirectional", "every rule of autoSync is bidirectional")
    elif format_name in OLD_DIRECTIONS:
        draft.add(DIRECTION, OLD_DIRECTIONS[format_name], "what the older format did where nothing was said")
    elif len(ways) == 1:
        draft.add(DIRECTION, ways.pop(), "the file has patterns for this direction only")


def _has_list(draft: Draft, name: str) -> bool:
    places = (("sync", name), ("sync", name, "include"), ("sync", f"default_{name}"))
    return any(isinstance(draft.find(place), list) for place in places)


def fill_lists(draft: Draft) -> None:
    """The folders that the first version synced, as patterns."""
    source: Path = ("SYNC_DIRECTORIES",)
    folders = draft.find(source)
    if isinstance(folders, str) and not any(move.target[:2] == PATTERNS for move in draft.moves):
        for number, folder in enumerate(folders.split()):
            draft.add((*PATTERNS, number), f"{folder.rstrip('/')}/**", _COPY, source)
