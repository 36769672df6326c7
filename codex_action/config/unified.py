"""The unified file `.fractary/config.yaml`: one mapping with a section for each tool, ours is `codex`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from codex_action.errors import Problem

SECTION = "codex"


def merge_configs(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Two configurations as one: mappings merge key by key, any other value of `over` replaces that of `base`."""
    merged = dict(base)
    for key, value in over.items():
        old = merged.get(key)
        both = isinstance(old, Mapping) and isinstance(value, Mapping)
        merged[key] = merge_configs(old, value) if both else value  # type: ignore[arg-type]
    return merged


def check_unified(config: object) -> list[Problem]:
    """What keeps a unified file of the second version from being read; other tools judge their own sections."""
    return list(_check(config))


def _check(config: object) -> Iterator[Problem]:
    if not isinstance(config, Mapping):
        yield Problem("the configuration must be a mapping")
        return
    section = config.get(SECTION, {})
    if not isinstance(section, Mapping):
        yield Problem("must be a mapping", SECTION)
        return
    for index, pattern in enumerate(_from_codex(section)):
        if not isinstance(pattern, str) or not pattern.startswith("codex://"):
            yield Problem("must be a codex:// pattern", f"{SECTION}.sync.from_codex.include[{index}]")


def _from_codex(section: Mapping[str, Any]) -> list[Any]:
    value: Any = section
    for key in ("sync", "from_codex", "include"):
        value = value.get(key) if isinstance(value, Mapping) else None
    return value if isinstance(value, list) else []
