"""What an earlier sync wrote into a checkout of the codex repository, and nobody has committed yet."""

from __future__ import annotations

import os
from collections.abc import Iterator

from codex_action.remote.checkout import Checkout
from codex_action.sync.model import FILE, Action, FileState, Kind
from codex_action.sync.view import View

_KINDS: dict[str, Kind] = {"A": "create", "D": "delete"}


def unpublished(checkout: Checkout, view: View) -> tuple[Action, ...]:
    """Files that are the same on both sides and not in the checkout's commit: to be committed with the others.

    Only those that the plan does not touch, and that are the project's own. Raises GitError.
    """
    prefix = view.codex.prefix
    planned = {action.path for action in view.plan.actions} | {note.path for note in view.plan.denied}
    found = []
    for status, place in _differing(checkout, prefix):
        path = place[len(prefix) :]
        here, there = view.local.tree.files.get(path), view.codex.tree.files.get(path)
        if path not in planned and _agree(here, there) and (here or view.selects(path)):
            found.append(_action(_KINDS.get(status, "update") if here else "delete", path, here))
    return tuple(found)


def _agree(here: FileState | None, there: FileState | None) -> bool:
    return (here and here.hash) == (there and there.hash)


def _action(kind: Kind, path: str, here: FileState | None) -> Action:
    size, mode = (here.size, here.mode) if here else (0, FILE)
    return Action(kind, "codex", path, None, here and here.hash, size, mode, "written by an earlier sync")


def _differing(checkout: Checkout, prefix: str) -> Iterator[tuple[str, str]]:
    """git's letter and the place of each file that is not as it is in the checkout's commit."""
    git = checkout.git
    below = ("--", f":(literal){prefix or '.'}")
    tree = checkout.tip or git.run("hash-object", "-t", "tree", "--stdin").decode().strip()
    told = git.run(
        "diff", "--no-ext-diff", "--no-textconv", "--no-renames", "--ignore-submodules", "--relative", "-z",
        "--name-status", "--end-of-options", tree, *below,
    )  # fmt: skip
    fields = os.fsdecode(told).split("\0")[:-1]
    yield from zip(fields[::2], fields[1::2])
    new = os.fsdecode(git.run("ls-files", "-o", "--exclude-standard", "-z", *below))
    yield from (("A", place) for place in new.split("\0")[:-1])
