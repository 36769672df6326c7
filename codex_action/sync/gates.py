"""What keeps a plan from being carried out: each reason is told with what allows it (sync.md 3)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import NamedTuple

from codex_action.sync.known import beside
from codex_action.sync.manifest import Manifest
from codex_action.sync.model import EXECUTABLE, Action, Refusal, Side, Tree
from codex_action.sync.names import Twins, near, spellings, twins, unsafe, within
from codex_action.sync.protected import is_git, protected
from codex_action.sync.rules import SHARED, Rules

# Gates that `--force` opens; what leads out of the tree or runs code is never forced.
FORCEABLE = frozenset(("collisions", "deletes", "empty-side", "rules-changed"))
_PERCENT_FROM = 10  # files, as the schema and the help say: below that, one deletion would be too many
_SHOWN = 3
_EXCLUDE = "leave them out with sync.exclude or --exclude"
_PROTECTED = "look at each of them; sync.allow_protected: true allows all"


@dataclass(frozen=True)
class Limits:
    """What a plan may do without asking (config.md 1). `forced` names gates of FORCEABLE that are passed this once."""

    max_deletes: int = 50
    max_delete_percent: float = 20
    allow_protected: bool = False
    forced: frozenset[str] = frozenset()


class Case(NamedTuple):
    """A plan that is about to be made, and all that a gate looks at."""

    limits: Limits
    rules: Rules
    manifest: Manifest
    local: Tree
    codex: Tree
    actions: tuple[Action, ...]
    selects: Callable[[str], bool]

    def of(self, side: Side, *kinds: str) -> list[Action]:
        """The actions of some kinds on a side."""
        return [action for action in self.actions if action.side == side and action.kind in kinds]

    def tree(self, side: Side) -> Tree:
        """A side as it is."""
        return self.local if side == "local" else self.codex


_SIDES: tuple[Side, ...] = ("local", "codex")
NAMES: Mapping[Side, str] = {"local": "the project", "codex": "the codex repository"}


def refusals(case: Case) -> tuple[Refusal, ...]:
    """Every reason not to carry a plan out, without those that are forced."""
    found = chain.from_iterable(gate(case) for gate in _GATES)
    forced = case.limits.forced & FORCEABLE
    return tuple(refusal for refusal in found if refusal.gate not in forced)


def _deletes(case: Case) -> Iterable[Refusal]:
    """reliability.md R10: at most so many files in a run, and so large a part of a side."""
    deleted = sum(action.kind == "delete" for action in case.actions)
    if deleted > case.limits.max_deletes:
        message = f"it deletes {deleted} files, and sync.max_deletes is {case.limits.max_deletes}"
        yield Refusal("deletes", message, _forceable("deletes", "raise sync.max_deletes"))
    for side in _SIDES:
        number, total = len(case.of(side, "delete")), len(case.tree(side).files)
        if total >= _PERCENT_FROM and number * 100 > case.limits.max_delete_percent * total:
            limit = f"sync.max_delete_percent is {case.limits.max_delete_percent:g}"
            message = f"it deletes {number} of {total} files in {NAMES[side]}, and {limit}"
            yield Refusal("deletes", message, _forceable("deletes", "raise sync.max_delete_percent"))


def too_many_with(earlier: int, actions: Iterable[Action], limits: Limits) -> tuple[Refusal, ...]:
    """The same for a push that also publishes what `earlier` syncs deleted: limits that are kept one by one add up."""
    deleted = sum(action.kind == "delete" for action in actions)
    if not earlier or "deletes" in limits.forced or not deleted <= limits.max_deletes < deleted + earlier:
        return ()
    message = (
        f"it deletes {deleted + earlier} files, {earlier} of them in earlier syncs, and sync.max_deletes is"
    )
    hint = _forceable("deletes", "raise sync.max_deletes")
    return (Refusal("deletes", f"{message} {limits.max_deletes}", hint),)


def _empty_side(case: Case) -> Iterable[Refusal]:
    """A side that lists empty is more often a wrong folder or branch than a wish."""
    empty = [side for side in _SIDES if not any(map(_own, case.tree(side).files))]
    left = filter(case.selects, filter(_own, case.manifest.entries))
    if len(empty) == 1 and any(within(path, case.tree(empty[0]).passed) is None for path in left):
        message = f"{NAMES[empty[0]]} has no file that matches, and the last sync left some there"
        hint = _forceable("empty-side", "look whether it is the right folder and branch")
        yield Refusal("empty-side", message, hint)


def _own(path: str) -> bool:
    return not path.startswith(SHARED)


def _rules_changed(case: Case) -> Iterable[Refusal]:
    """Another layout or other patterns make files look deleted that are only elsewhere."""
    before = case.manifest.rules_digest
    paths = [action.path for action in case.actions if action.kind == "delete"]
    if before and before != case.rules.digest and paths:
        message = f"the rules are not those of the last sync, and it would delete {_listed(paths)}"
        hint = _forceable("rules-changed", "look at these files")
        yield Refusal("rules-changed", message, hint, tuple(paths))


def _strange(case: Case) -> Iterable[Refusal]:
    """Devices, submodules and links that lead out of the tree."""
    for side in _SIDES:
        for path, reason in sorted(case.tree(side).strange.items()):
            yield Refusal("strange", f"{path} in {NAMES[side]} {reason}", _EXCLUDE, (path,))


def _unsafe_names(case: Case) -> Iterable[Refusal]:
    """reliability.md R12, and git's own folder, which nothing allows."""
    for path in sorted({action.path for action in case.actions}):
        reason = unsafe(path) or ("leads into git's own folder" if is_git(path) else None)
        if reason:
            yield Refusal("names", f"the path {path!r} {reason}", _EXCLUDE, (path,))


def _collisions(case: Case) -> Iterable[Refusal]:
    """reliability.md R14: on a side as it is, for what is replaced there; as it would be, for what is new."""
    for side in _SIDES:
        created = [action.path for action in case.of(side, "create")]
        replaced = [action.path for action in case.of(side, "update", "delete")]
        deleted = {action.path for action in case.of(side, "delete")}
        tree = case.tree(side)
        wanted = spellings((*created, *replaced))
        around = beside(tree.files, chain.from_iterable(wanted.values()))
        files = tuple(near(wanted, chain(around, tree.passed)))
        found = twins(replaced, files) + twins(created, (path for path in files if path not in deleted))
        yield from (collision(side, pair) for pair in sorted(set(found)))


def collision(side: Side, pair: Twins) -> Refusal:
    """What two names mean that are not to be on a side together."""
    hint = "rename one of them"
    if pair.one.rstrip("/") == pair.other.rstrip("/"):
        message = f"{pair.one} is a file and a folder in {NAMES[side]}"
        return Refusal("file-and-folder", message, hint, tuple(pair))
    message = f"{pair.one} and {pair.other} in {NAMES[side]} are one name on some file systems"
    return Refusal("collisions", message, _forceable("collisions", hint), tuple(pair))


def _protected_names(case: Case) -> Iterable[Refusal]:
    """reliability.md R13: what runs code is not written because the codex repository holds it."""
    if case.limits.allow_protected:
        return
    for action in case.actions:
        name = protected(action.path) if action.side == "local" or not case.rules.folder else None
        if name:
            where = f"{action.path} in {NAMES[action.side]}"
            message = f"it would {action.kind} {where}, which is protected ({name})"
            yield Refusal("protected", message, _PROTECTED, (action.path,))


def _exec_bits(case: Case) -> Iterable[Refusal]:
    """A file that the codex repository holds does not become a program here."""
    paths = [action.path for action in case.of("local", "create") if action.mode == EXECUTABLE]
    if paths and not case.limits.allow_protected:
        message = f"it would create files here that can be executed: {_listed(paths)}"
        yield Refusal("exec-bits", message, _PROTECTED, tuple(paths))


_GATES: tuple[Callable[[Case], Iterable[Refusal]], ...] = (
    _empty_side,
    _deletes,
    _rules_changed,
    _strange,
    _unsafe_names,
    _collisions,
    _protected_names,
    _exec_bits,
)


def _forceable(gate: str, otherwise: str) -> str:
    return f"{otherwise}; --force {gate} allows it this once"


def _listed(paths: list[str]) -> str:
    more = f" and {len(paths) - _SHOWN} more" if len(paths) > _SHOWN else ""
    return ", ".join(paths[:_SHOWN]) + more
