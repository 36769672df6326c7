"""The Action's job `validate`."""

from __future__ import annotations

import sys

from codex_action.action import jobs
from codex_action.action.inputs import Inputs
from codex_action.action.world import World
from codex_action.checks.model import CheckReport
from codex_action.checks.options import ValidateOptions
from codex_action.checks.sources import repository_prefix, sources_of
from codex_action.codex import Codex
from codex_action.errors import CodexError
from codex_action.report import annotations as workflow
from codex_action.report import data, markdown, sarif, text
from codex_action.report.safe import visible


def run(world: World, request: jobs.Request) -> int:
    """Check the references, tell what was found, and give the exit code."""
    base, notice = _base(world.codex, request)
    if notice:
        world.notice(notice)
    report = world.codex.validate_references(_options(world, base))
    if world.inputs.annotations:
        sys.stdout.write(workflow.render(report, prefix=world.prefix) + _log(report))
    else:
        sys.stdout.write(text.render(report, verbose=True))
    world.tell(
        document=data.dumps(data.validate_refs(report)),
        summary=markdown.render(report, link=_link(world)),
        values=_outputs(report, world.inputs),
        sarif=_sarif(world, report),
    )
    return int(report.exit_code)


def _sarif(world: World, report: CheckReport) -> str:
    if not world.inputs.sarif_file:
        return ""
    root = world.codex.root
    lost = sarif.left_out(report)
    if lost:
        world.notice(lost)
    return sarif.render(report, sources_of(root, report.findings), prefix=repository_prefix(root))


def _options(world: World, base: str | None) -> ValidateOptions:
    inputs = world.inputs
    return ValidateOptions(
        files=inputs.paths,
        path=world.directory,
        fix=inputs.fix,
        resolve=inputs.resolve,
        changed_since=base,
        exclude=inputs.exclude,
        fail_on=inputs.fail_on,
        unverified=inputs.unverified,
        leave_out=tuple(filter(None, (inputs.json_file, inputs.sarif_file))),
    )


def _base(codex: Codex, request: jobs.Request) -> tuple[str | None, str | None]:
    """The ref to compare with and a notice, or None where every file has to be read.

    A file that went away can break references in files that did not change: then all are read.
    """
    if not request.changed_only:
        return None, None
    for base in request.bases:
        deleted = _deleted_since(codex, base)
        if deleted:
            gone = text.plural(len(deleted), "file")
            return None, f"every file is checked: {gone} went away, and others may point there"
        if deleted is not None:
            return base, None
    return (
        None,
        "every file is checked: what changed cannot be told here (check out with fetch-depth: 2, or 0)",
    )


def _deleted_since(codex: Codex, base: str) -> list[str] | None:
    """The files that went away since a base, or None if git cannot tell."""
    git = codex.tree.git
    try:
        # The first parent of a commit that is no merge is only the commit before.
        if git is None or (base == jobs.FIRST_PARENT and not git.knows(jobs.SECOND_PARENT)):
            return None
        return git.changed_since(base)[1]
    except CodexError:
        return None


def _log(report: CheckReport) -> str:
    lines = [f"{visible(problem.file)}: {visible(problem.reason)}" for problem in report.problems]
    return "".join(f"codex-action: {line}\n" for line in [*lines, *text.summary(report, verbose=True)])


def _link(world: World) -> str | None:
    """The URL that file names are appended to, at the commit that was checked."""
    server, repository, sha = (
        world.environ.get(f"GITHUB_{name}") for name in ("SERVER_URL", "REPOSITORY", "SHA")
    )
    return f"{server}/{repository}/blob/{sha}/" if server and repository and sha else None


def _outputs(report: CheckReport, inputs: Inputs) -> dict[str, str]:
    """The outputs of action.yml."""
    return {
        "result": "failed" if report.exit_code else "passed",
        "exit-code": str(int(report.exit_code)),
        "errors": str(report.errors),
        "warnings": str(report.warnings),
        "unverified": str(report.unverified),
        "refs-checked": str(report.refs_checked),
        "files-checked": str(report.files_checked),
        "report-file": inputs.json_file,
        "sarif-file": inputs.sarif_file,
        "has-changes": str(bool(report.changed)).lower(),
    }
