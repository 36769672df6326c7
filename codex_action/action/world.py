"""Where a job runs, and the places where it tells what it found."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass

from codex_action.action import outputs
from codex_action.action.inputs import Inputs
from codex_action.codex import Codex
from codex_action.documents.workflow import trusts_config
from codex_action.errors import StorageError
from codex_action.report import annotations as workflow
from codex_action.report.safe import visible


@dataclass(frozen=True)
class World:
    """A project in a workflow's workspace. `directory` is the folder that the inputs name."""

    codex: Codex
    inputs: Inputs
    environ: Mapping[str, str]
    workspace: str
    directory: str

    @property
    def prefix(self) -> str:
        """The way from the workspace to the project's root."""
        return os.path.relpath(self.codex.root, self.workspace).replace(os.sep, "/")

    @property
    def event_name(self) -> str:
        """What started the workflow."""
        return self.environ.get("GITHUB_EVENT_NAME", "")

    def notice(self, message: str) -> None:
        """Tell what is no finding."""
        sys.stdout.write(workflow.command("notice", message, title="codex-action"))

    def error(self, message: str) -> None:
        """Tell what went wrong besides what the job ends with."""
        sys.stdout.write(workflow.command("error", message, title="codex-action"))

    def notice_unused(self, *names: str) -> None:
        """Tell which of these parts of the configuration are not used, because somebody else may have written it."""
        config = self.codex.config
        if config is None or trusts_config(self.event_name):
            return
        why = f"for {visible(repr(self.event_name))} somebody else may have written it"
        for name in filter(config.get, names):
            self.notice(f"{name} in the configuration is not used: {why}")

    def tell(self, *, document: str, summary: str, values: Mapping[str, str], sarif: str = "") -> None:
        """The files, the step summary and the outputs, where they are asked for. Raises StorageError."""
        sys.stdout.flush()
        reports = {
            "json-file": (self.inputs.json_file, document),
            "sarif-file": (self.inputs.sarif_file, sarif),
        }
        try:
            for name, (path, text) in reports.items():
                if path:
                    outputs.write_report(path, text, self.workspace, name=name)
            if self.inputs.summary and self.environ.get("GITHUB_STEP_SUMMARY"):
                self._summarize(summary)
        except OSError as error:
            raise StorageError(f"cannot write {error.filename!r}: {error.strerror}") from error
        self.put(values)

    def put(self, values: Mapping[str, str]) -> None:
        """Outputs; of two of one name the later counts. Raises StorageError."""
        path = self.environ.get("GITHUB_OUTPUT")
        try:
            if path:
                outputs.append_outputs(path, values)
        except OSError as error:
            raise StorageError(f"cannot write {error.filename!r}: {error.strerror}") from error

    def _summarize(self, text: str) -> None:
        if not outputs.append_summary(self.environ["GITHUB_STEP_SUMMARY"], text):
            self.notice("the step summary is full: the findings are in the log")
