"""What `validate setup` found."""

from __future__ import annotations

from codex_action.checks.readiness import SetupValidation
from codex_action.report.data import dumps
from codex_action.report.safe import log_lines, visible
from codex_action.report.settings import problem_line

VALIDATE_SETUP = "codex-action/validate-setup@1"
_CHECKS = ("config_exists", "config_valid", "cache_accessible", "codex_repo_accessible")


def as_json(result: SetupValidation) -> str:
    """The document of `validate setup --json`."""
    checks = {name: getattr(result, name) for name in _CHECKS}
    problems = [problem._asdict() for problem in result.problems]
    return dumps(
        {
            "schema": VALIDATE_SETUP,
            "valid": result.valid,
            **checks,
            "issues": list(result.issues),
            "problems": problems,
        }
    )


def render(result: SetupValidation, *, verbose: bool = False) -> str:
    """What is doubtful, the issues or that there are none; with `verbose` each check."""
    words = {True: "yes", False: "no", None: "not looked at"}
    lines = (
        [f"{name.replace('_', ' '):<22} {words[getattr(result, name)]}" for name in _CHECKS]
        if verbose
        else []
    )
    lines += [f"- {visible(problem_line(one))}" for one in result.problems if one.severity == "warning"]
    lines += [f"- {visible(issue)}" for issue in result.issues] or ["Everything is set up."]
    return log_lines("".join(line + "\n" for line in lines))
