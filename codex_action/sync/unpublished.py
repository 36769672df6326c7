"""What is in a checkout of the codex repository, and in no commit of it yet."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from codex_action.remote.git import Git
from codex_action.sync.model import FILE, Action, FileState, Kind, action_order
from codex_action.sync.names import within
from codex_action.sync.scratch import scratch
from codex_action.sync.view import View

_SHOWN = 20  # paths in a notice


class Unpublished(NamedTuple):
    """Besides a plan: `written` files are the same on both sides, the others are in the checkout's commit alone.

    An earlier sync has `deleted` some; who deleted those that are `gone` is not known.
    """

    written: tuple[Action, ...] = ()
    deleted: tuple[Action, ...] = ()
    gone: tuple[str, ...] = ()

    def notices(self, *, taken: bool) -> tuple[str, ...]:
        """What somebody should know of them; `taken`: what was written is committed with the plan."""
        told = []
        if self.written:
            one = len(self.written) == 1
            what = f"{_files(len(self.written))} besides the plan, which {'is' if one else 'are'} the same here and in"
            how = "committed, too" if taken else "not committed: the approved plan alone is"
            paths = _listed(tuple(action.path for action in self.written))
            told.append(f"{what} the checkout, {'is' if one else 'are'} {how}: {paths}")
        if self.deleted:
            what = f"{_files(len(self.deleted))} that an earlier sync deleted in the checkout"
            verb = "is" if len(self.deleted) == 1 else "are"
            how = (
                "deleted in the codex repository, too"
                if taken
                else "not deleted there: the approved plan alone is"
            )
            told.append(f"{what} {verb} {how}: {_listed(tuple(action.path for action in self.deleted))}")
        if self.gone:
            verb = "is" if len(self.gone) == 1 else "are"
            told.append(
                f"{_files(len(self.gone))} that {verb} gone from the checkout by no action of this plan {verb} not "
                f"deleted in the codex repository; commit that there if it is meant: {_listed(self.gone)}"
            )
        return tuple(told)


def unpublished(git: Git, tip: str | None, view: View, known: Mapping[str, str]) -> Unpublished:
    """What of the project's own files in a checkout, whose commit is `tip`, is not in it, nor in the plan.

    `known` are the sha256 of files that earlier syncs deleted in the checkout.
    What was set aside on a side, or is left from a merge, is its owner's. Raises GitError.
    """
    prefix = view.codex.prefix
    trees = (view.local.tree, view.codex.tree)
    aside = [part for tree in trees for part in (tree.passed, tree.strange) if part]
    planned = {action.path for action in view.plan.actions} | {note.path for note in view.plan.denied}
    rows = [(status, place[len(prefix) :]) for status, place in _differing(git, tip, prefix)]
    planned.update(path for status, path in rows if status == "U")
    written, gone = [], []
    for status, path in rows:
        if path in planned or any(within(path, part) is not None for part in aside):
            continue
        here, there = (tree.files.get(path) for tree in trees)
        if here and there and here.hash == there.hash:
            written.append(_action("create" if status == "A" else "update", path, here))
        elif status == "D" and not (here or there) and view.selects(path):
            gone.append(path)
    deleted = {path for path in gone if path in known and known[path] == _committed(git, tip, prefix + path)}
    actions = (
        Action("delete", "codex", path, known[path], None, 0, FILE, "deleted before") for path in deleted
    )
    left = tuple(path for path in gone if path not in deleted)
    return Unpublished(tuple(written), tuple(sorted(actions, key=action_order)), left)


def _committed(git: Git, tip: str | None, place: str) -> str:
    """The sha256 of a file in a checkout's commit."""
    return hashlib.sha256(git.run("cat-file", "blob", f"{tip}:./{place}")).hexdigest()


def _action(kind: Kind, path: str, here: FileState) -> Action:
    return Action(kind, "codex", path, None, here.hash, here.size, here.mode, "written before")


def _files(count: int) -> str:
    return f"{count} file{'' if count == 1 else 's'}"


def _listed(paths: tuple[str, ...]) -> str:
    more = f" and {len(paths) - _SHOWN} more" if len(paths) > _SHOWN else ""
    return f"{', '.join(paths[:_SHOWN])}{more}"


def _differing(git: Git, tip: str | None, prefix: str) -> Iterator[tuple[str, str]]:
    """git's letter and the place of each file that is not as it is in the checkout's commit.

    Files of which only the times are others are none: git finds that out with an index that it may write.
    """
    below = ("--", f":(literal){prefix or '.'}")
    tree = tip or git.run("hash-object", "-t", "tree", "--stdin").decode().strip()
    own = os.path.join(git.root, os.fsdecode(git.run("rev-parse", "--git-path", "index")).rstrip("\n"))
    with scratch() as folder:
        index = os.path.join(folder, "index")
        if os.path.exists(own):
            shutil.copyfile(own, index)
        told = git.with_index(index).run(
            "-c", "diff.autoRefreshIndex=true", "diff", "--no-ext-diff", "--no-textconv", "--no-renames",
            "--ignore-submodules", "--relative", "-z", "--name-status", "--end-of-options", tree, *below,
        )  # fmt: skip
    fields = os.fsdecode(told).split("\0")[:-1]
    yield from zip(fields[::2], fields[1::2])
    new = os.fsdecode(git.run("ls-files", "-o", "--exclude-standard", "-z", *below))
    yield from (("A", place) for place in new.split("\0")[:-1])
