"""The first line of our comment on a pull request, for programs. What it says is believed in its shape only."""

from __future__ import annotations

import json
import re
from typing import Any, Literal, NamedTuple, get_args

from codex_action.sync.approval import MOST, Approval

State = Literal[
    "planned", "none", "failed", "superseded", "applying", "applied", "partly", "refused", "closed"
]
STATES: tuple[State, ...] = get_args(State)
_VERSION = 1
_LINE = re.compile(r"<!-- codex-action (\{[^<>]*\}) -->")
_SHA = re.compile(r"(?:[0-9a-f]{40}|[0-9a-f]{64})?")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}|")
_KEY = re.compile(r"[^\x00-\x1f\x7f\ud800-\udfff]{1,100}")
_WHEN = re.compile(r"20[0-9]{2}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-5][0-9]Z")
_OPERATIONS = re.compile(r"(?:[0-9a-f]{12}(?: [0-9a-f]{12})*)?")
_SEAL = re.compile(r"(?:[0-9a-f]{12})?")
_TEXTS = {
    "key": _KEY,
    "head": _SHA,
    "base": _SHA,
    "codex": _SHA,
    "digest": _DIGEST,
    "at": _WHEN,
    "seal": _SEAL,
}
_KEYS = {"v", "run", "attempt", "state", "ops", *_TEXTS}


class Header(NamedTuple):
    """Which comment it is (`key`), of which commits, and of which run of the workflow (github-facts.md d.4).

    `head` and `base` are of the pull request, `codex` is of the codex repository; "" is not known. `at` is a time in
    UTC, as 2026-01-02T03:04:05Z. `approval` is what a merge would agree to: None where the state agrees to nothing.
    `seal` is of the plan that the comment shows: a plan that was edited by hand is not shown again.
    """

    key: str
    state: State
    head: str
    run: int
    attempt: int
    at: str
    base: str = ""
    codex: str = ""
    approval: Approval | None = None
    seal: str = ""

    @property
    def generation(self) -> tuple[int, int]:
        """Runs are numbered as they begin, and attempts of a run as well."""
        return self.run, self.attempt


def write(header: Header) -> str:
    """The line. Raises ValueError for a header that would not be read back."""
    approval = header.approval
    listed = None if approval is None or approval.operations is None else " ".join(approval.operations)
    values = {
        "v": _VERSION,
        "key": header.key,
        "head": header.head,
        "base": header.base,
        "codex": header.codex,
        "digest": f"sha256:{approval.digest}" if approval else "",
        "run": header.run,
        "attempt": header.attempt,
        "at": header.at,
        "state": header.state,
        "seal": header.seal,
        "ops": listed,
    }
    text = json.dumps(values, separators=(",", ":"))
    # What could end an HTML comment, or begin another, stands as JSON's escapes.
    for sign in ("<", ">"):
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    line = f"<!-- codex-action {text.replace('--', '-' + chr(92) + 'u002d')} -->"
    if read(line) != header:
        raise ValueError("a header holds what none may hold")
    return line


def read(body: str) -> Header | None:
    """The header of a comment; None where there is none of this version with every value in its shape."""
    match = _LINE.fullmatch(body.partition("\n")[0].rstrip("\r"))
    if not match or "--" in match[1]:
        return None
    try:
        pairs = json.loads(match[1], object_pairs_hook=tuple)
        return _header(dict(pairs)) if len(pairs) == len(_KEYS) else None
    except (ValueError, TypeError, RecursionError):
        return None


def _header(values: dict[str, Any]) -> Header | None:
    texts = [values.get(name) for name in _TEXTS]
    fine = (
        set(values) == _KEYS
        and values["v"] == _VERSION
        and all(
            isinstance(text, str) and shape.fullmatch(text) for text, shape in zip(texts, _TEXTS.values())
        )
        and all(type(values[name]) is int and 0 < values[name] < 2**53 for name in ("v", "run", "attempt"))
        and values["state"] in STATES
        and _is_list(values["ops"])
    )
    if not fine:
        return None
    approval = None
    if values["digest"]:
        listed = values["ops"]
        approval = Approval(
            values["digest"].partition(":")[2], None if listed is None else tuple(listed.split())
        )
    return Header(
        values["key"], values["state"], values["head"], values["run"], values["attempt"], values["at"], values["base"],
        values["codex"], approval, values["seal"],
    )  # fmt: skip


def _is_list(value: object) -> bool:
    if value is None:
        return True
    # The length first: what is longer than any of ours need not be looked at.
    return isinstance(value, str) and len(value) <= 13 * MOST and bool(_OPERATIONS.fullmatch(value))
