"""The Action's job `migrate`: what has to change in the configuration; with `fix` it is changed."""

from __future__ import annotations

import sys

from codex_action.action import jobs
from codex_action.action.world import World
from codex_action.config.upgrade import UpgradeReport
from codex_action.report import data, upgrade


def run(world: World, _: jobs.Request) -> int:
    """Migrate the configuration, or say how; give the exit code."""
    report = world.codex.migrate_config(world.inputs.paths, write=world.inputs.fix)
    code = int(report.exit_code) if world.inputs.fail_on != "never" else 0
    if world.inputs.annotations:
        sys.stdout.write(upgrade.workflow(report, prefix=world.prefix))
    sys.stdout.write(upgrade.render(report, diff=True))
    world.tell(
        document=data.dumps(upgrade.document(report)),
        summary=upgrade.markdown(report),
        values=_outputs(report, code, world.inputs.json_file),
    )
    return code


def _outputs(report: UpgradeReport, code: int, report_file: str) -> dict[str, str]:
    problems = [problem for item in report.files for problem in item.problems]
    return {
        "result": "failed" if code else "passed",
        "exit-code": str(code),
        "errors": str(len(report.failures) + sum(problem.severity == "error" for problem in problems)),
        "warnings": str(sum(problem.severity == "warning" for problem in problems)),
        "files-checked": str(len(report.files) + len(report.failures)),
        "report-file": report_file,
        "has-changes": str(any(item.after is not None for item in report.files)).lower(),
    }
