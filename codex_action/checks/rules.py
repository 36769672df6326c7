"""The rules: stable ids, names, severities, and whether --fix handles them (references.md 4)."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from typing import NamedTuple

from codex_action.errors import UsageError


class Severity(str, Enum):
    """How bad a finding is."""

    ERROR = "error"
    WARNING = "warning"
    NOTICE = "notice"


class Rule(NamedTuple):
    """One rule. `fix` is 'safe', 'unsafe' or ''; `default` False: only when selected."""

    code: str
    name: str
    severity: Severity
    summary: str
    fix: str = ""
    default: bool = True


RULES = {
    rule.code: rule
    for rule in (
        Rule("CODEX001", "invalid-uri", Severity.ERROR, "The text after `codex://` is no reference."),
        Rule(
            "CODEX002",
            "unsafe-path",
            Severity.ERROR,
            "The path climbs, or hides a separator or a control character.",
        ),
        Rule(
            "CODEX003", "invalid-name", Severity.ERROR, "The organisation or project cannot have this name."
        ),
        Rule("CODEX010", "legacy-reference", Severity.WARNING, "A reference in an older form.", "safe"),
        Rule(
            "CODEX011",
            "unconvertible-legacy-reference",
            Severity.ERROR,
            "A reference in an older form that cannot become a URI; the message says what is missing.",
        ),
        Rule(
            "CODEX012",
            "relative-link",
            Severity.WARNING,
            "A relative link that leaves the project or a synced tree.",
            "safe",
            default=False,
        ),
        Rule("CODEX020", "target-not-found", Severity.ERROR, "The document does not exist.", "unsafe"),
        Rule("CODEX021", "project-not-found", Severity.ERROR, "The project does not exist."),
        Rule(
            "CODEX022", "version-not-found", Severity.ERROR, "The project has no such tag, branch or commit."
        ),
        Rule("CODEX024", "unverified", Severity.NOTICE, "Whether the target exists could not be found out."),
        Rule(
            "CODEX030", "case-mismatch", Severity.ERROR, "The document exists with other letter case.", "safe"
        ),
        Rule(
            "CODEX090",
            "unused-ignore",
            Severity.WARNING,
            "A `codex-ignore` comment that silences nothing.",
            "safe",
        ),
    )
}
# Rules whose answer depends on looking a target up: silent where that was not done.
LOOKUP = frozenset(("CODEX020", "CODEX021", "CODEX022", "CODEX024", "CODEX030"))


def active_rules(select: Iterable[str] = (), ignore: Iterable[str] = ()) -> frozenset[str]:
    """The codes in force: those of `select`, or the defaults if it is empty, without those of `ignore`.

    An item is an id, a prefix such as CODEX02, or ALL; commas divide. Raises UsageError for an unknown id.
    """
    chosen = [_expand(item) for item in _items(select)]
    dropped = frozenset().union(*(_expand(item) for item in _items(ignore)))
    named = frozenset().union(*chosen)
    defaults = frozenset(code for code, rule in RULES.items() if rule.default)
    return (named or defaults) - dropped


def _items(values: Iterable[str]) -> list[str]:
    return [item.strip().upper() for value in values for item in value.split(",") if item.strip()]


def _expand(item: str) -> frozenset[str]:
    if item == "ALL":
        return frozenset(RULES)
    codes = frozenset(code for code in RULES if code.startswith(item) and item.startswith("CODEX"))
    if not codes:
        raise UsageError(f"there is no rule {item!r}", hint="the rules are " + ", ".join(RULES))
    return codes
