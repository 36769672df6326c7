"""`codex-action-run`, the container's entry point: build the world, run the job, tell the runner."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping

from codex_action.action import jobs, outputs
from codex_action.action.inputs import Inputs
from codex_action.checks.model import CheckReport
from codex_action.checks.options import ValidateOptions
from codex_action.codex import Codex
from codex_action.errors import CodexError, ExitCode, StorageError, UsageError
from codex_action.report import annotations as workflow
from codex_action.report import data, markdown, text
from codex_action.report.safe import visible
from codex_action.version import __version__

_MOST_EVENT_BYTES = 25 * 1024 * 1024


def run() -> None:
    """The console script."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure:
            reconfigure(encoding="utf-8", errors="backslashreplace")
    os.umask(0o022)  # what root writes here, the runner's user must be able to read and clear away
    sys.exit(main(os.environ))


def main(environ: Mapping[str, str]) -> int:
    """Run the Action with this environment and give the exit code; errors become annotations."""
    try:
        return _validate(Inputs.from_environ(environ), environ)
    except CodexError as error:
        hint = f" ({error.hint})" if error.hint else ""
        return _failed(environ, visible(error.message + hint), int(error.exit_code))
    except KeyboardInterrupt:
        return _failed(environ, "interrupted: nothing is half written", int(ExitCode.INTERRUPTED))
    except Exception as error:
        message = (
            f"this is a bug in codex-action {__version__}: {type(error).__name__}: {visible(str(error))}"
        )
        if environ.get("RUNNER_DEBUG") == "1":
            raise
        return _failed(
            environ,
            f"{message}; report it: https://github.com/fractary/codex-action/issues",
            int(ExitCode.BUG),
        )


def _failed(environ: Mapping[str, str], message: str, code: int) -> int:
    sys.stdout.write(workflow.command("error", message, title="codex-action"))
    if environ.get("GITHUB_OUTPUT"):
        outputs.append_outputs(environ["GITHUB_OUTPUT"], {"result": "failed", "exit-code": str(code)})
    return code


def _validate(inputs: Inputs, environ: Mapping[str, str]) -> int:
    workspace = os.path.abspath(environ.get("GITHUB_WORKSPACE") or ".")
    directory = os.path.join(workspace, inputs.working_directory)
    if not os.path.isdir(directory):
        raise UsageError(f"working-directory: there is no folder {inputs.working_directory!r}")
    if os.path.commonpath((os.path.realpath(workspace), os.path.realpath(directory))) != os.path.realpath(
        workspace
    ):
        raise UsageError(f"working-directory: {inputs.working_directory!r} leads out of the workspace")
    os.chdir(directory)
    known = {**environ, **({"CODEX_TOKEN": inputs.token} if inputs.token else {})}
    codex = Codex(directory, environ=known, trusted=True)
    base, notice = _base(
        codex, jobs.decide(inputs, environ.get("GITHUB_EVENT_NAME", ""), jobs.base_of_event(_event(environ)))
    )
    if notice:
        sys.stdout.write(workflow.command("notice", notice, title="codex-action"))
    report = codex.validate_references(
        ValidateOptions(
            files=inputs.paths,
            path=directory,
            fix=inputs.fix,
            resolve=inputs.resolve,
            changed_since=base,
            exclude=inputs.exclude,
            fail_on=inputs.fail_on,
            unverified=inputs.unverified,
            leave_out=(inputs.json_file,) if inputs.json_file else (),
        )
    )
    _tell(report, inputs, environ, prefix=os.path.relpath(codex.root, workspace).replace(os.sep, "/"))
    return int(report.exit_code)


def _event(environ: Mapping[str, str]) -> object:
    """The event's payload, or None: only what changed is read from it."""
    path = environ.get("GITHUB_EVENT_PATH")
    if not path or not os.path.isfile(path) or os.path.getsize(path) > _MOST_EVENT_BYTES:
        return None
    try:
        with open(path, encoding="utf-8") as stream:
            return json.load(stream)
    except (OSError, ValueError, RecursionError) as error:
        raise UsageError(f"the event file cannot be read: {type(error).__name__}") from error


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


def _tell(report: CheckReport, inputs: Inputs, environ: Mapping[str, str], *, prefix: str) -> None:
    """Annotations and the log, the summary, the JSON file, the outputs."""
    if inputs.annotations:
        sys.stdout.write(workflow.render(report, prefix=prefix))
    sys.stdout.write(
        text.render(report, quiet=False, verbose=True) if not inputs.annotations else _summary(report)
    )
    sys.stdout.flush()
    try:
        if inputs.json_file:
            workspace = os.path.abspath(environ.get("GITHUB_WORKSPACE") or ".")
            outputs.write_report(inputs.json_file, data.dumps(data.validate_refs(report)), workspace)
        if inputs.summary and environ.get("GITHUB_STEP_SUMMARY"):
            _add_summary(report, environ)
        if environ.get("GITHUB_OUTPUT"):
            outputs.append_outputs(environ["GITHUB_OUTPUT"], _outputs(report, inputs))
    except OSError as error:
        raise StorageError(f"cannot write {error.filename!r}: {error.strerror}") from error


def _summary(report: CheckReport) -> str:
    lines = [f"{visible(problem.file)}: {visible(problem.reason)}" for problem in report.problems]
    return "".join(f"codex-action: {line}\n" for line in [*lines, *text.summary(report, verbose=True)])


def _add_summary(report: CheckReport, environ: Mapping[str, str]) -> None:
    server, repository, sha = (environ.get(f"GITHUB_{name}") for name in ("SERVER_URL", "REPOSITORY", "SHA"))
    link = f"{server}/{repository}/blob/{sha}/" if server and repository and sha else None
    if not outputs.append_summary(environ["GITHUB_STEP_SUMMARY"], markdown.render(report, link=link)):
        sys.stdout.write(
            workflow.command(
                "notice", "the step summary is full: the findings are in the log", title="codex-action"
            )
        )


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
    }
