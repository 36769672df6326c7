"""The Action's job `validate`."""

from __future__ import annotations

import sys

from codex_action.action import jobs, scope
from codex_action.action.inputs import Inputs
from codex_action.action.world import World
from codex_action.checks.model import CheckReport
from codex_action.checks.options import ValidateOptions
from codex_action.checks.sources import repository_prefix, sources_of
from codex_action.report import annotations as workflow
from codex_action.report import data, markdown, sarif, text
from codex_action.report.safe import visible


def run(world: World, request: jobs.Request) -> int:
    """Check the references, tell what was found, and give the exit code."""
    wanted = scope.find(world, request)
    if wanted.notice:
        world.notice(wanted.notice)
    if world.inputs.resolve == "remote":
        world.notice_unused("remotes")
    report = world.codex.validate_references(_options(world, wanted))
    if world.inputs.annotations:
        sys.stdout.write(workflow.render(report, prefix=world.prefix) + _log(report))
    else:
        sys.stdout.write(text.render(report, verbose=True))
    if wanted.remark:
        sys.stdout.write(f"codex-action: {wanted.remark}\n")
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


def _options(world: World, wanted: scope.Scope) -> ValidateOptions:
    inputs = world.inputs
    return ValidateOptions(
        files=inputs.paths,
        path=world.directory,
        fix=inputs.fix,
        resolve=inputs.resolve,
        changed_since=wanted.base,
        changed_files=wanted.files,
        exclude=inputs.exclude,
        fail_on=inputs.fail_on_findings,
        unverified=inputs.unverified,
        leave_out=tuple(filter(None, (inputs.json_file, inputs.sarif_file))),
    )


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
