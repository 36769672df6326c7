"""`codex-action-run`, the container's entry point: build the world, run the job; errors become annotations."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Mapping
from dataclasses import replace

from codex_action.action import apply, asked, fetch, jobs, migrate, outputs, plan, report, validate
from codex_action.action.folders import inside, need_places
from codex_action.action.inputs import Inputs
from codex_action.action.world import World
from codex_action.codex import Codex
from codex_action.documents.library import LibrarySettings
from codex_action.documents.workflow import read_event, trusts_config
from codex_action.errors import CodexError, ExitCode, UsageError
from codex_action.report import annotations as workflow
from codex_action.report.safe import visible
from codex_action.version import __version__


def run() -> None:
    """The console script."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure:
            reconfigure(encoding="utf-8", errors="backslashreplace")
    os.umask(0o022)  # what root writes here, the runner's user must be able to read and clear away
    # A job that is cancelled gets it, and the first process of a container would ignore it.
    signal.signal(signal.SIGTERM, _stop)
    sys.exit(main(os.environ))


def _stop(*_: object) -> None:
    """End as after Ctrl-C, and let nothing more of the kind disturb that."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


def main(environ: Mapping[str, str]) -> int:
    """Run the Action with this environment and give the exit code; errors become annotations."""
    try:
        return _run(Inputs.from_environ(environ), environ)
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
    _say_error(message)
    path = environ.get("GITHUB_OUTPUT")
    try:
        if path:
            outputs.append_outputs(path, {"result": "failed", "exit-code": str(code)})
    except OSError as error:
        _say_error(f"cannot write {visible(repr(path))}: {error.strerror}")
    return code


def _say_error(message: str) -> None:
    sys.stdout.write(workflow.command("error", message, title="codex-action"))


def _run(inputs: Inputs, environ: Mapping[str, str]) -> int:
    """Enter the project and do the job that the inputs and the event ask for."""
    workspace = os.path.abspath(environ.get("GITHUB_WORKSPACE") or ".")
    directory = _project_folder(workspace, inputs.working_directory)
    os.chdir(directory)
    need_places(inputs, workspace)
    event = read_event(environ)
    happened = jobs.event_of(environ.get("GITHUB_EVENT_NAME", ""), event, environ.get("GITHUB_REF", ""))
    wanted = jobs.jobs_of(inputs.command, happened, lambda: _syncs(inputs, environ, directory))
    codes: list[int] = []
    for job in wanted:
        own = replace(inputs, json_file="") if codes else inputs  # the report is of the first
        settings = LibrarySettings(trusts_config=trusts_config(happened.name))
        if job is jobs.Job.FETCH:
            settings = fetch.library(inputs, environ, workspace, event)
        known = asked.known_environment(inputs, environ, job)
        request = jobs.decide(inputs, happened.name, jobs.base_of_event(event), job)
        with Codex(
            directory, config=inputs.config or None, environ=known, trusted=True, library=settings
        ) as codex:
            world = World(codex, own, environ, workspace, directory)
            codes.append(_JOBS[job](world, request))
    code = next(filter(None, codes), 0)
    if len(codes) > 1:
        world.put(
            {
                "result": "failed" if code else "passed",
                "exit-code": str(code),
                "report-file": inputs.json_file,
            }
        )
    return code


def _syncs(inputs: Inputs, environ: Mapping[str, str], directory: str) -> bool:
    with Codex(directory, config=inputs.config or None, environ=environ, trusted=True) as codex:
        return asked.is_configured(codex.config)


def _project_folder(workspace: str, name: str) -> str:
    directory = os.path.join(workspace, name)
    if not os.path.isdir(directory):
        raise UsageError(f"working-directory: there is no folder {name!r}")
    inside(workspace, "working-directory", name, workspace)
    return directory


_JOBS = {
    jobs.Job.VALIDATE: validate.run,
    jobs.Job.MIGRATE: migrate.run,
    jobs.Job.FETCH: fetch.run,
    jobs.Job.PLAN: plan.run,
    jobs.Job.APPLY: apply.run,
    jobs.Job.REPORT: report.run,
}
