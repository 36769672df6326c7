"""What GitHub's runner makes of a step's log: its parser of workflow commands, written again for the tests.

Both streams are read line by line. Two forms are commands: `::name key=value,…::data` after leading white
space, and the old `##[name key=value;…]data` anywhere in a line (actions/runner, ActionCommand.cs). The real
parser knows a list of names; here every name counts, so that nothing slips through by a name we forgot.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Command:
    """One workflow command, with its escapes undone."""

    name: str
    data: str
    properties: dict[str, str] = field(default_factory=dict)


_NEW = re.compile(r"::(?P<info>.*?)::(?P<data>.*)", re.DOTALL)
_OLD = re.compile(r"##\[(?P<info>[^]]*)\](?P<data>.*)", re.DOTALL)
_DATA = (("%0D", "\r"), ("%0A", "\n"), ("%25", "%"))
_PROPERTY = (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%"))
_OLD_PROPERTY = (("%0D", "\r"), ("%0A", "\n"), ("%3B", ";"), ("%5D", "]"), ("%25", "%"))


def _unescape(text: str, table: tuple[tuple[str, str], ...]) -> str:
    """Undo escapes in the runner's order: the per cent sign last."""
    for escape, character in table:
        text = text.replace(escape, character)
    return text


def _properties(text: str, separator: str, table: tuple[tuple[str, str], ...]) -> dict[str, str]:
    pairs = (part.split("=", 1) for part in text.split(separator) if "=" in part)
    return {key.strip(): _unescape(value, table) for key, value in pairs}


def parse_line(line: str) -> Command | None:
    """The command that a line of the log is, if it is one."""
    match, separator, table = _NEW.match(line.lstrip()), ",", _PROPERTY
    if match is None:
        match, separator, table = _OLD.search(line), ";", _OLD_PROPERTY
    if match is None:
        return None
    name, _, properties = match["info"].partition(" ")
    return Command(name, _unescape(match["data"], _DATA), _properties(properties, separator, table))


def parse_log(text: str) -> list[Command]:
    """All commands of one stream; after `::stop-commands::TOKEN` nothing counts until `::TOKEN::`."""
    commands = []
    token = None
    for line in re.split(r"\r\n|\r|\n", text):
        command = parse_line(line)
        if command is None:
            continue
        if token is not None:
            token = None if command.name == token else token
            continue
        if command.name == "stop-commands":
            token = command.data
        commands.append(command)
    return commands
