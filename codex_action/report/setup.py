"""What `validate setup` found."""

from __future__ import annotations

from codex_action.checks.readiness import SetupValidation
from codex_action.report.data import dumps
from codex_action.report.safe import log_lines, visible

VALIDATE_SETUP = "codex-action/validate-setup@1"
_CHECKS = ("config_exists", "config_valid", "cache_accessible", "codex_repo_accessible")


def as_json(result: SetupValidation) -> str:
    """The document of `validate setup --json`."""
    checks = {name: getattr(result, name) for name in _CHECKS}
    return dumps({"schema": VALIDATE_SETUP, "valid": result.valid, **checks, "issues": list(result.issues)})


def render(result: SetupValidation, *, verbose: bool = False) -> str:
    """The issues, or that there are none; with `verbose` each check."""
    words = {True: "yes", False: "no", None: "not looked at"}
    lines = (
        [f"{name.replace('_', ' '):<22} {words[getattr(result, name)]}" for name in _CHECKS]
        if verbose
        else []
    )
    lines += [f"- {visible(issue)}" for issue in result.issues] or ["Everything is set up."]
    return log_lines("".join(line + "\n" for line in lines))
