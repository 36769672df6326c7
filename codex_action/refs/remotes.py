"""Which organisation and project a git remote's URL names."""

from __future__ import annotations

import re
from urllib.parse import unquote

_SCP = re.compile(r"(?:[^@/\s]+@)?([A-Za-z0-9][A-Za-z0-9.-]*):(?!//)(.+)")
_URL = re.compile(r"(?:git\+)?(?:https?|ssh|git)://(?:[^/]*@)?([^/:@]+)(?::\d*)?/(.+)", re.IGNORECASE)
_BARE = re.compile(r"([A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+)/(.+)")
_DRIVE = re.compile(r"[A-Za-z]:[\\/]")


def parse_remote_url(url: str) -> tuple[str, str] | None:
    """(organisation, project) of a remote on any host, ssh ports and aliases and Azure DevOps included, or None.

    A path or a file:// URL names no organisation; in a subgroup, which part is the organisation would be a guess.
    """
    text = url.strip()
    if not text or _DRIVE.match(text) or text.lower().startswith("file:"):
        return None
    match = _URL.match(text) or _SCP.fullmatch(text) or _BARE.fullmatch(text)
    if not match:
        return None
    path = re.split(r"[?#]", match[2], maxsplit=1)[0]
    segments = _azure([unquote(part) for part in path.split("/") if part])
    return (segments[0], re.sub(r"\.git$", "", segments[1])) if len(segments) == 2 else None


def _azure(segments: list[str]) -> list[str]:
    """Azure DevOps keeps a project between organisation and repository: ORG/x/_git/REPO, v3/ORG/x/REPO."""
    if len(segments) == 4 and segments[2] == "_git":
        return [segments[0], segments[3]]
    if len(segments) == 4 and segments[0] == "v3":
        return [segments[1], segments[3]]
    return segments
