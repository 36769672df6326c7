"""One run of `validate refs`: select, read, then check what was found."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING

from codex_action import workers
from codex_action.checks import reader
from codex_action.checks.model import CheckReport
from codex_action.checks.options import ValidateOptions
from codex_action.checks.rules import active_rules
from codex_action.checks.selection import Selection, WorkTree, select_files

if TYPE_CHECKING:
    from codex_action.checks.known import KeptPaths, RemotePaths
    from codex_action.checks.references import Context

# From here on, starting processes pays: a fork costs 10 ms, a spawn 60.
_MANY = 20_000 if hasattr(os, "fork") else 50_000
_BATCH = 500


def validate(
    tree: WorkTree,
    context_of: Callable[[], Context],
    options: ValidateOptions,
    remote: RemotePaths,
    kept: KeptPaths | None = None,
) -> CheckReport:
    """Check the references of files, and mend what can be mended if asked to. Raises UsageError, GitError.

    `context_of` is asked only if there is something to check: finding out who we are may start git.
    """
    active = active_rules(options.select, options.ignore)
    selection = select_files(tree, options)
    batch = _scan(tree, selection, options, with_links="CODEX012" in active)
    report = _base_report(selection, batch, options)
    if not batch.finds:
        return report
    from codex_action.checks.known import nothing_kept
    from codex_action.checks.run import check_all  # most hooks meet no reference: they need not load this

    return check_all(tree, batch.finds, context_of(), options, remote, kept or nothing_kept).report(report)


def _base_report(selection: Selection, batch: reader.Batch, options: ValidateOptions) -> CheckReport:
    """What the reading alone tells."""
    return CheckReport(
        files_checked=batch.checked,
        binary=batch.binary,
        links=batch.links + selection.others,
        left_out=selection.left_out,
        notices=selection.notices,
        problems=(*selection.problems, *batch.problems),
        resolve=options.resolve,
        fail_on=options.fail_on,
        fail_unverified=options.unverified == "fail",
    )


def _scan(
    tree: WorkTree, selection: Selection, options: ValidateOptions, *, with_links: bool
) -> reader.Batch:
    settings = reader.ScanOptions(tree.root, options.code_blocks, with_links)
    total = len(selection.listed) + len(selection.named)
    jobs = options.jobs or ((os.cpu_count() or 1) if total >= _MANY else 1)
    size = _BATCH if jobs > 1 or options.progress else max(1, total)
    batches = [(settings, selection.listed[at : at + size]) for at in range(0, len(selection.listed), size)]
    whole = reader.Batch()
    for done, part in enumerate(workers.map_processes(_scan_batch, batches, jobs), 1):
        whole.add(part)
        if options.progress:
            options.progress(min(done * size, total), total)
    if selection.named:
        whole.add(reader.scan_files(settings._replace(follow=True), selection.named))
    whole.finds.sort()
    whole.problems.sort()
    return whole


def _scan_batch(batch: tuple[reader.ScanOptions, list[str]]) -> reader.Batch:
    return reader.scan_files(*batch)
