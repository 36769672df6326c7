"""What GitHub's runner reads from the files that a step writes."""

from __future__ import annotations


def parse_outputs(text: str) -> dict[str, str]:
    """Read an output file as the runner does: `name<<delimiter`, lines, the delimiter."""
    values: dict[str, str] = {}
    lines = iter(text.split("\n"))
    for line in lines:
        if line:
            name, delimiter = line.split("<<", 1)
            body: list[str] = []
            for inner in lines:
                if inner == delimiter:
                    break
                body.append(inner)
            values[name] = "\n".join(body)
    return values
