"""The YAML of a configuration file: its bytes, and refusals that name the file."""

from __future__ import annotations

from typing import NoReturn

from codex_action.artifacts.yaml12 import YamlData, YamlError, YamlReader
from codex_action.errors import ConfigurationError, Problem

MAX_BYTES = 1024 * 1024


def read(data: bytes, file: str = "") -> YamlData:
    """The data of a file's bytes. Raises ConfigurationError with the place of what is wrong."""
    if len(data) > MAX_BYTES:
        _refuse(Problem(f"the file is larger than {MAX_BYTES // 1024} KiB"), file)
    try:
        return YamlReader().read(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
            _refuse(Problem("the file is UTF-16: save it as UTF-8"), file)
        _refuse(Problem("the file is not UTF-8", "", data.count(b"\n", 0, error.start) + 1), file)
    except YamlError as error:
        _refuse(error.problem, file)


def _refuse(problem: Problem, file: str) -> NoReturn:
    place = f":{problem.line}:{problem.column}" if problem.line else ""
    raise ConfigurationError(
        f"{file or 'the configuration'}{place}: {problem.message}", problems=(problem,), file=file
    )
