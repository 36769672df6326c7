"""One run of `validate refs`: select, read, look up, check, mend, report."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from typing import Callable, Iterable, NamedTuple

from codex_action import files, workers
from codex_action.checks import directives, fixes, links, reader
from codex_action.checks.known import LOCAL, RemotePaths, gather
from codex_action.checks.model import CheckReport, Finding, Skipped
from codex_action.checks.references import EXAMPLE_ORGS, Context, check
from codex_action.checks.rules import active_rules
from codex_action.checks.selection import Selection, WorkTree, select_files
from codex_action.refs import scan

# From here on, starting processes pays: a fork costs 10 ms, a spawn 60.
_MANY = 20_000 if hasattr(os, "fork") else 50_000
_BATCH = 500
_MOST_ROUNDS = 10


@dataclass(frozen=True)
class ValidateOptions:
    """What `validate refs` was asked to do; the fields are its options (doors.md 1)."""

    files: tuple[str, ...] = ()
    path: str | None = None
    fix: bool = False
    unsafe_fixes: bool = False
    diff: bool = False
    resolve: str = LOCAL
    changed_since: str | None = None
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    code_blocks: bool = False
    fail_on: str = "warning"
    unverified: str = "warn"
    jobs: int = 0
    example_orgs: frozenset[str] = EXAMPLE_ORGS
    progress: Callable[[int, int], None] | None = field(default=None, compare=False)


class FileResult(NamedTuple):
    """What one file came to: its findings, how many references, and how many of them were not looked up."""

    findings: list[Finding]
    references: int
    unverified: int


def validate(
    tree: WorkTree, context_of: Callable[[], Context], options: ValidateOptions, remote: RemotePaths
) -> CheckReport:
    """Check the references of files, and mend what can be mended if asked to. Raises UsageError, GitError.

    `context_of` is asked only if there is something to check: finding out who we are may start git.
    """
    active = active_rules(options.select, options.ignore)
    selection = select_files(
        tree, named=options.files, below=options.path, changed_since=options.changed_since, exclude=options.exclude
    )
    batch = _scan(tree, selection, options, with_links="CODEX012" in active)
    finds = batch.finds
    context = replace(context_of(), example_orgs=options.example_orgs) if finds else Context()
    known = gather((find for file in finds for find in file.found), context, tree, resolve=options.resolve, remote=remote)
    context = replace(context, known=known)
    run = _Run(tree, context, options, active)
    for file in finds:
        run.file(file)
    return run.report(selection, batch)


def _scan(tree: WorkTree, selection: Selection, options: ValidateOptions, *, with_links: bool) -> reader.Batch:
    settings = reader.ScanOptions(tree.root, options.code_blocks, with_links)
    total = len(selection.listed) + len(selection.named)
    jobs = options.jobs or ((os.cpu_count() or 1) if total >= _MANY else 1)
    size = _BATCH if jobs > 1 or options.progress else max(1, total)
    listed = [(settings, selection.listed[at : at + size]) for at in range(0, len(selection.listed), size)]
    parts: list[reader.Batch] = []
    done = 0
    for (_, paths), part in zip(listed, workers.map_processes(_scan_batch, listed, jobs)):
        parts.append(part)
        done += len(paths)
        if options.progress:
            options.progress(done, total)
    if selection.named:
        parts.append(reader.scan_files(settings._replace(follow=True), selection.named))
    return reader.merge(parts)


def _scan_batch(batch: tuple[reader.ScanOptions, list[str]]) -> reader.Batch:
    return reader.scan_files(*batch)


class _Run:
    """The counts and results of a run, file by file."""

    def __init__(self, tree: WorkTree, context: Context, options: ValidateOptions, active: frozenset[str]) -> None:
        self.tree, self.context, self.options, self.active = tree, context, options, active
        self.findings: list[Finding] = []
        self.problems: list[Skipped] = []
        self.changed: list[str] = []
        self.diffs: list[str] = []
        self.references = self.unverified = self.fixed = 0
        self.kinds: dict[str, int] = {}

    def file(self, file: reader.FileFinds) -> None:
        """Check one file, and mend it where that is asked for and possible."""
        for find in file.found:
            self.kinds[find.kind] = self.kinds.get(find.kind, 0) + 1
        result = self._check(file.file, file.found)
        if self.options.fix or self.options.diff:
            result = self._mend(file.file, result)
        self.findings += result.findings
        self.references += result.references
        self.unverified += result.unverified

    def _check(self, path: str, found: Iterable[scan.Found]) -> FileResult:
        return check_file(path, list(found), self.context, self.active, self._link_target)

    def _mend(self, path: str, result: FileResult) -> FileResult:
        if not fixes.edits_of(result.findings, unsafe=self.options.unsafe_fixes):
            return result
        place = os.path.join(self.tree.root, path)
        try:
            before = files.read_bytes(place)
            after, fixed, left = self._mended(path, before)
            if after != before and not self.options.diff:
                if files.read_bytes(place) != before:
                    raise OSError(0, "it changed while it was being checked")  # noqa: TRY301
                files.write_atomic(place, after)
        except OSError as error:
            self.problems.append(Skipped(path, f"not fixed: {error.strerror}"))
            return result
        if after == before:
            return result
        self.changed.append(path)
        self.fixed += fixed
        if self.options.diff:
            self.diffs.append(fixes.unified_diff(path, before, after))
            return result
        return left

    def _mended(self, path: str, before: bytes) -> tuple[bytes, int, FileResult]:
        """The bytes with every fix made, until none is left: one may uncover the next."""
        text = reader.to_utf8(before) if reader.is_utf16(before) else before
        if text is None:
            raise OSError(0, "not valid UTF-16")
        fixed = 0
        for _ in range(_MOST_ROUNDS):
            found = reader.scan_text(
                path, text, code_blocks=self.options.code_blocks, links="CODEX012" in self.active
            )
            result = self._check(path, found)
            edits = fixes.edits_of(result.findings, unsafe=self.options.unsafe_fixes)
            if not edits:
                break
            text = fixes.apply_edits(text, edits)
            fixed += len(edits)
        return reader.from_utf8(text, before), fixed, result

    def _link_target(self, path: str) -> str | None:
        return link_target(self.tree, self.context, path)

    def report(self, selection: Selection, batch: reader.Batch) -> CheckReport:
        """The run's report, findings in the order of files and places."""
        return CheckReport(
            findings=tuple(sorted(self.findings, key=lambda item: (item.file, item.line, item.column, item.code))),
            files_checked=batch.checked,
            refs_checked=self.references,
            placeholders=self.kinds.get(scan.PLACEHOLDER, 0),
            foreign=self.kinds.get(scan.FOREIGN, 0),
            unverified=self.unverified,
            binary=batch.binary,
            links=batch.links,
            fixed=self.fixed,
            changed=tuple(self.changed),
            problems=(*selection.problems, *batch.problems, *self.problems),
            diff="".join(self.diffs),
            fail_on=self.options.fail_on,
            fail_unverified=self.options.unverified == "fail",
        )


def check_file(
    path: str,
    found: list[scan.Found],
    context: Context,
    active: frozenset[str],
    link_target: Callable[[str], str | None],
) -> FileResult:
    """The findings of one file's finds, silenced ones left out."""
    findings: list[Finding] = []
    silencers = [find for find in found if find.kind in (scan.DIRECTIVE, scan.FIXED_DIRECTIVE)]
    undecided: list[int] = []
    references = 0
    for find in found:
        if find.kind == scan.LINK:
            item = links.check_link(path, find, link_target)
            findings += [item] if item else []
        elif find.kind == scan.URI or find.kind in scan.LEGACY:
            references += 1
            verdict = check(path, find, context)
            findings += verdict.findings
            if verdict.verified is False:
                undecided.append(find.line)
    findings = [item for item in findings if item.code in active]
    if silencers:
        findings = directives.silence(path, findings, silencers, undecided, active)
        findings = [item for item in findings if item.code in active]
    return FileResult(findings, references, len(undecided))


def link_target(tree: WorkTree, context: Context, path: str) -> str | None:
    """The reference for a path outside the tree that linked to it, if its document is there and its project known."""
    from codex_action.config.project import detect_current_project
    from codex_action.refs.uri import build_uri

    place = os.path.normpath(os.path.join(tree.root, path))
    if not os.path.isfile(place):
        return None
    shared = links.shared_document(path)
    if shared:
        return build_uri(*shared)
    if not path.startswith("../"):
        return build_uri(context.project.org, context.project.name, path) if context.project else None
    root = files.find_root(os.path.dirname(place))
    project = detect_current_project(root, environ={})
    inside = os.path.relpath(place, root).replace(os.sep, "/")
    return build_uri(project.org, project.name, inside) if project else None
