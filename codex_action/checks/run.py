"""Check file after file against what is known, mend what can be mended, and add it all up."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import NamedTuple

from codex_action import files
from codex_action.checks import directives, fixes, links, reader
from codex_action.checks.known import KeptPaths, RemotePaths, gather, nothing_kept
from codex_action.checks.model import CheckReport, Finding, Skipped
from codex_action.checks.options import ValidateOptions
from codex_action.checks.references import Context, check
from codex_action.checks.rules import active_rules
from codex_action.checks.selection import WorkTree
from codex_action.config.project import project_of_checkout
from codex_action.errors import ValidationError
from codex_action.refs import scan
from codex_action.refs.uri import build_uri

_MOST_ROUNDS = 10


class FileResult(NamedTuple):
    """What one file came to: its findings, how many references, and how many of them were not looked up."""

    findings: list[Finding]
    references: int
    unverified: int


def check_all(
    tree: WorkTree,
    finds: list[reader.FileFinds],
    context: Context,
    options: ValidateOptions,
    remote: RemotePaths,
    kept: KeptPaths = nothing_kept,
) -> Checker:
    """Look up what the finds need, then check each file. Raises GitError."""
    context = replace(context, example_orgs=options.example_orgs)
    every = (find for file in finds for find in file.found)
    known = gather(every, context, tree, resolve=options.resolve, remote=remote, kept=kept)
    checker = Checker(tree, replace(context, known=known), options)
    for file in finds:
        checker.file(file)
    return checker


class Checker:
    """The counts and results of a run, file by file."""

    def __init__(self, tree: WorkTree, context: Context, options: ValidateOptions) -> None:
        self.tree, self.context, self.options = tree, context, options
        self.active = active_rules(options.select, options.ignore)
        self.findings: list[Finding] = []
        self.problems: list[Skipped] = []
        self.changed: list[str] = []
        self.diffs: list[str] = []
        self.references = self.unverified = self.fixed = 0
        self.kinds: dict[str, int] = {}
        self.targets: dict[str, str | None] = {}

    def file(self, file: reader.FileFinds) -> None:
        """Check one file, and mend it where that is asked for and possible."""
        for find in file.found:
            self.kinds[find.kind] = self.kinds.get(find.kind, 0) + 1
        result = self._check(file.file, file.found)
        if self.options.fix or self.options.diff:
            result = self._mend(file.file, result)
        self.findings += self._in_file_bytes(file.file, result.findings) if file.utf16 else result.findings
        self.references += result.references
        self.unverified += result.unverified

    def _check(self, path: str, found: Iterable[scan.Found]) -> FileResult:
        return check_file(path, list(found), self.context, self.active, self._link_target)

    def _in_file_bytes(self, path: str, findings: list[Finding]) -> list[Finding]:
        """Findings of a UTF-16 file with offsets into its own bytes, not into the UTF-8 that was searched."""
        try:
            original = files.read_bytes(os.path.join(self.tree.root, path))
        except OSError:  # it went away since
            return findings
        places = sorted({place for item in findings for place in (item.offset, item.end_offset)})
        own = dict(zip(places, reader.original_offsets(places, original)))
        return [replace(item, offset=own[item.offset], end_offset=own[item.end_offset]) for item in findings]

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
        if after == before:  # another name of it was mended first
            return left
        self.changed.append(path)
        self.fixed += fixed
        if self.options.diff:
            self.diffs.append(
                fixes.unified_diff(path, *(reader.text_of(data) or b"" for data in (before, after)))
            )
            return result
        return left

    def _mended(self, path: str, before: bytes) -> tuple[bytes, int, FileResult]:
        """The bytes with every fix made, until none is left: one may uncover the next."""
        text = reader.text_of(before)
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
        if path not in self.targets:  # finding out whose a checkout is starts git
            self.targets[path] = link_target(self.tree, self.context, path)
        return self.targets[path]

    def _notices(self) -> tuple[str, ...]:
        if self.context.project is not None or not self.unverified:
            return ()
        return ("The current project is not known, so nothing was looked up in it; give --project ORG/NAME.",)

    def report(self, base: CheckReport) -> CheckReport:
        """The run's report, findings in the order of files and places; `base` tells of the reading."""
        return replace(
            base,
            findings=tuple(
                sorted(self.findings, key=lambda item: (item.file, item.line, item.column, item.code))
            ),
            refs_checked=self.references,
            placeholders=self.kinds.get(scan.PLACEHOLDER, 0),
            foreign=self.kinds.get(scan.FOREIGN, 0),
            unverified=self.unverified,
            fixed=self.fixed,
            changed=tuple(self.changed),
            problems=(*base.problems, *self.problems),
            diff="".join(self.diffs),
            notices=(*base.notices, *self._notices()),
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
    if silencers:
        hidden = [find.line for find in found if find.kind == scan.HIDDEN]
        findings = directives.silence(path, findings, silencers, directives.Unseen(undecided, hidden), active)
    findings = [item for item in findings if item.code in active]
    return FileResult(findings, references, len(undecided))


def link_target(tree: WorkTree, context: Context, path: str) -> str | None:
    """The reference for a path outside the tree that linked to it, if its document is there and its project known."""
    place = os.path.normpath(os.path.join(tree.root, path))
    if not os.path.isfile(place):
        return None
    parts = links.shared_document(path) or _document(tree, context, path, place)
    try:
        return build_uri(*parts) if parts else None
    except ValidationError:  # no reference can name it
        return None


def _document(tree: WorkTree, context: Context, path: str, place: str) -> tuple[str, str, str] | None:
    """(org, project, path) of a document of ours, or of a checkout beside ours."""
    if not path.startswith("../"):
        return (context.project.org, context.project.name, path) if context.project else None
    root = files.find_root(os.path.dirname(place))
    project = project_of_checkout(root, tree.environ)
    return (project.org, project.name, os.path.relpath(place, root).replace(os.sep, "/")) if project else None
